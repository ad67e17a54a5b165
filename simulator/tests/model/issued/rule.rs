//! Who may do what: conditions and rules as tables say them, and how the card is told.

/// What somebody shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    Pin(u8),
    Key(u8),
}

use Who::{Key, Pin};

/// When something is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    Always,
    Never,
    Shown(Who),
    Both(Who, Who),
    Either(Who, Who),
}

use When::{Always, Both, Either, Never, Shown};

impl When {
    /// The condition, or nothing.
    pub fn bytes(self) -> Vec<u8> {
        let who = |who: Who| match who {
            Pin(pin) => vec![0xA4, 0x06, 0x83, 0x01, pin, 0x95, 0x01, 0x08],
            Key(key) => vec![0xA4, 0x06, 0x83, 0x01, key, 0x95, 0x01, 0x80],
        };
        let group = |tag: u8, one: Who, other: Who| {
            let inner = [who(one), who(other)].concat();
            [vec![tag, u8::try_from(inner.len()).unwrap()], inner].concat()
        };
        match self {
            Always => vec![0x90, 0x00],
            Never => Vec::new(),
            Shown(it) => who(it),
            Both(one, other) => group(0xAF, one, other),
            Either(one, other) => group(0xA0, one, other),
        }
    }
}

/// The value of AB: access modes and when they are allowed.
pub fn rule_bytes(pairs: &[(u8, When)]) -> Vec<u8> {
    let pairs = pairs.iter().filter(|(_, when)| *when != Never);
    pairs
        .flat_map(|(modes, when)| [vec![0x80, 0x01, *modes], when.bytes()].concat())
        .collect()
}

/// Who may do what with an EF.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    pub read: When,
    pub update: When,
    /// Write and append.
    pub append: When,
    /// Deactivate and activate.
    pub switch: When,
    /// Terminate and delete.
    pub end: When,
}

impl Rule {
    /// The value of AB.
    pub fn bytes(self) -> Vec<u8> {
        rule_bytes(&[
            (0x01, self.read),
            (0x02, self.update),
            (0x04, self.append),
            (0x18, self.switch),
            (0x60, self.end),
        ])
    }
}

/// Of an EF in which nobody writes or appends.
pub const fn rule(read: When, update: When, switch: When, end: When) -> Rule {
    Rule {
        read,
        update,
        append: Never,
        switch,
        end,
    }
}
