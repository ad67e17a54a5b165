//! Access rules as bytes, and what they say: SPEC.md section 8.

use super::Session;

/// Longest, most pairs, deepest.
const LONGEST: usize = 64;
const PAIRS: usize = 8;
const DEPTH: usize = 3;

pub const READ: u8 = 0x01;
pub const UPDATE: u8 = 0x02;
pub const APPEND: u8 = 0x04;
pub const DEACTIVATE: u8 = 0x08;
pub const ACTIVATE: u8 = 0x10;
pub const TERMINATE: u8 = 0x20;
pub const DELETE: u8 = 0x40;

#[derive(Clone, Debug, PartialEq, Eq)]
enum Condition {
    Always,
    /// Also what nobody on this card can show: a role, secure messaging.
    Never,
    Pin(u8),
    Key(u8),
    Any(Vec<Self>),
    All(Vec<Self>),
    Not(Box<Self>),
}

/// The rules of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// As somebody wrote them.
    pub bytes: Vec<u8>,
    pairs: Vec<(u8, Condition)>,
}

impl Rules {
    /// Of these bytes, if they are rules.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let mut pairs = Vec::new();
        let mut rest = bytes;
        while !rest.is_empty() {
            let [0x80, 0x01, modes @ 0x01..=0x7F, after @ ..] = rest else {
                return None;
            };
            let (condition, after) = condition(after, DEPTH)?;
            pairs.push((*modes, condition));
            rest = after;
        }
        (bytes.len() <= LONGEST && pairs.len() <= PAIRS).then(|| Self {
            bytes: bytes.to_vec(),
            pairs,
        })
    }
}

/// The first object: its tag in one or two bytes, its value, and what follows.
fn object(bytes: &[u8]) -> Option<(u16, &[u8], &[u8])> {
    let (tag, rest) = match *bytes {
        [0x5F, low, ..] => (0x5F00 | u16::from(low), &bytes[2..]),
        [tag, ..] => (u16::from(tag), &bytes[1..]),
        [] => return None,
    };
    let (length, rest) = rest.split_first()?;
    // Longer ones than rules can be need no other form of length.
    let (value, rest) = rest.split_at_checked(usize::from(*length))?;
    (*length < 0x80).then_some((tag, value, rest))
}

fn condition(bytes: &[u8], depth: usize) -> Option<(Condition, &[u8])> {
    let (tag, value, rest) = object(bytes)?;
    let found = match (tag, value) {
        (0x90, []) => Condition::Always,
        (0x97, []) => Condition::Never,
        (0xA4, [0x83, 0x01, pin @ (0x01..=0x7F | 0x81..=0x8F), 0x95, 0x01, 0x08]) => Condition::Pin(*pin),
        (0xA4, [0x83, 0x01, key @ 0x81..=0x8F, 0x95, 0x01, 0x80]) => Condition::Key(*key),
        (0xA4, [0x95, 0x01, 0x80, 0x5F, 0x4C, 0x01, 0x01..=0x06]) => Condition::Never,
        (0xB4, [0x95, 0x01, 0x30]) => Condition::Never,
        (0xA0 | 0xAF | 0xA7, inner) => {
            let depth = depth.checked_sub(1)?;
            let mut several = Vec::new();
            let mut inner = inner;
            while !inner.is_empty() {
                let (one, after) = condition(inner, depth)?;
                several.push(one);
                inner = after;
            }
            match (tag, several.len()) {
                (0xA0, 2..) => Condition::Any(several),
                (0xAF, 2..) => Condition::All(several),
                (0xA7, 1) if !value_authenticates(value) => Condition::Not(Box::new(several.remove(0))),
                _ => return None,
            }
        }
        _ => return None,
    };
    Some((found, rest))
}

/// Whether there is an A4 in conditions that were read.
fn value_authenticates(mut conditions: &[u8]) -> bool {
    while let Some((tag, value, rest)) = object(conditions) {
        if tag == 0xA4 || matches!(tag, 0xA0 | 0xAF | 0xA7) && value_authenticates(value) {
            return true;
        }
        conditions = rest;
    }
    false
}

impl Session {
    /// Whether rules allow what this mode bit stands for: the first pair that names it decides, and without one it is not allowed.
    pub fn allowed(&self, rules: &Rules, mode: u8) -> bool {
        let pair = rules.pairs.iter().find(|(modes, _)| modes & mode != 0);
        pair.is_some_and(|(_, condition)| self.meets(condition))
    }

    fn meets(&self, condition: &Condition) -> bool {
        match condition {
            Condition::Always => true,
            // Consent opens no file.
            Condition::Never | Condition::Pin(0x02) => false,
            Condition::Pin(pin) => self.verified.contains(pin),
            Condition::Key(key) => self.authenticated.contains(key),
            Condition::Any(several) => several.iter().any(|one| self.meets(one)),
            Condition::All(several) => several.iter().all(|one| self.meets(one)),
            Condition::Not(one) => !self.meets(one),
        }
    }
}
