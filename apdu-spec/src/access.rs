//! Access rules of files, PINs and keys: SPEC.md section 8.
//!
//! ISO/IEC 7816-4:2020, 9.3.3 (expanded format), narrowed to what a card can decide without memory: pairs of one
//! access mode and one condition. What belongs here: reading and judging rules; [`parse`] and `Display` are the
//! same rules as text. What does not: what is established at the moment, which the card tells through a closure.

mod form;
mod parse;
mod text;

pub use parse::{TextError, TextErrorKind, parse};
pub use text::{Named, Subject};

use form::{check, expression};

use crate::limits::{RULE_DEPTH, RULE_MAX, RULES_PER_FILE};
use crate::tlv::{Error, ErrorKind, Reader, Result, Tag};

/// Access mode of a pair.
const MODE: Tag = Tag(0x80);

/// What somebody wants to do: one bit, or several in a rule. The same bit means another thing for another subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AccessMode(pub u8);

impl AccessMode {
    /// Read an EF.
    pub const READ: Self = Self(0x01);
    /// Update an EF.
    pub const UPDATE: Self = Self(0x02);
    /// Write (a logical OR) and append in an EF.
    pub const WRITE: Self = Self(0x04);
    /// Deactivate a file.
    pub const DEACTIVATE: Self = Self(0x08);
    /// Activate a file.
    pub const ACTIVATE: Self = Self(0x10);
    /// Terminate a file.
    pub const TERMINATE: Self = Self(0x20);
    /// Delete a file.
    pub const DELETE: Self = Self(0x40);
    /// Delete a child of a DF.
    pub const DELETE_CHILD: Self = Self(0x01);
    /// Create an EF in a DF.
    pub const CREATE_EF: Self = Self(0x02);
    /// Create a DF in a DF.
    pub const CREATE_DF: Self = Self(0x04);
    /// Change a PIN.
    pub const CHANGE: Self = Self(0x02);
    /// Read the public part of a key.
    pub const READ_PUBLIC: Self = Self(0x01);
    /// Generate a key.
    pub const GENERATE: Self = Self(0x02);
    /// Use a key.
    pub const USE: Self = Self(0x04);

    /// Bits a rule may name.
    const DEFINED: u8 = 0x7F;
}

/// Something that is established on the card or is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Condition {
    /// The PIN with this reference was verified: 01 to 7F of the card, 81 to 8F of the DF in which the file lies.
    Pin(u8),
    /// A party with this role was authenticated: the code of a [`Role`](crate::certificate::Role).
    Role(u8),
    /// Somebody showed that he has the key with this reference, 81 to 8F, of the DF in which the file lies.
    Key(u8),
    /// The command came under secure messaging.
    SecureMessaging,
}

/// One security condition.
#[derive(Clone, Debug)]
pub enum Expression<'a> {
    /// Everybody.
    Always,
    /// Nobody.
    Never,
    /// Whoever established this.
    Is(Condition),
    /// One of these, at least two.
    Any(Expressions<'a>),
    /// All of these, at least two.
    All(Expressions<'a>),
    /// Unless this one, which never contains [`Condition::Pin`], [`Condition::Role`] or [`Condition::Key`].
    Not(Expressions<'a>),
}

impl Expression<'_> {
    /// Whether the condition holds when `established` tells what is; nothing is asked twice without need.
    pub fn holds(self, established: &mut dyn FnMut(Condition) -> bool) -> bool {
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::Is(condition) => established(condition),
            Self::Any(mut some) => some.any(|each| each.holds(established)),
            Self::All(mut some) => some.all(|each| each.holds(established)),
            Self::Not(mut one) => one.next().is_some_and(|inner| !inner.holds(established)),
        }
    }

    /// Whether nobody meets this condition without meeting `other`. "No" may also mean that it cannot be told from the form.
    #[must_use]
    pub fn implies(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Never, _) | (_, Self::Always) => true,
            (Self::Is(one), Self::Is(two)) => one == two,
            (Self::Not(one), Self::Not(two)) => one.0.remaining() == two.0.remaining(),
            // Who meets one of several, whichever it is, must meet the other; who must meet all does meet each.
            (Self::Any(each), _) => each.clone().all(|each| each.implies(other)),
            (_, Self::All(each)) => each.clone().all(|each| self.implies(&each)),
            (Self::All(some), _) => {
                some.clone().any(|some| some.implies(other))
                    || matches!(other, Self::Any(others) if others.clone().any(|other| self.implies(&other)))
            }
            (_, Self::Any(some)) => some.clone().any(|some| self.implies(&some)),
            _ => false,
        }
    }

    fn is_combined(&self) -> bool {
        matches!(self, Self::Any(_) | Self::All(_))
    }
}

/// Conditions one after the other.
#[derive(Clone, Debug)]
pub struct Expressions<'a>(Reader<'a>);

impl<'a> Iterator for Expressions<'a> {
    type Item = Expression<'a>;

    fn next(&mut self) -> Option<Expression<'a>> {
        self.0.any().ok().and_then(expression)
    }
}

/// One pair of an access rule.
#[derive(Clone, Debug)]
pub struct Pair<'a> {
    /// What is allowed, one bit or several.
    pub mode: AccessMode,
    /// Under which condition.
    pub condition: Expression<'a>,
}

/// The value of an AB object, known to be well formed; without pairs it allows nothing.
///
/// ISO/IEC 7816-4:2020, 9.3.3.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct AccessRules<'a>(&'a [u8]);

impl<'a> AccessRules<'a> {
    /// No pairs: nothing is ever allowed.
    pub const NONE: AccessRules<'static> = AccessRules(&[]);
    /// Everybody reads, nobody does anything else.
    pub const ALWAYS_READ: AccessRules<'static> = AccessRules(&[0x80, 0x01, 0x01, 0x90, 0x00]);

    /// Checks the value of an AB object.
    ///
    /// # Errors
    /// Whatever SPEC.md section 8 does not allow: [`ErrorKind::InvalidValue`] names the object in question,
    /// [`ErrorKind::TrailingBytes`] stands where a ninth pair or the 65th byte begins.
    pub fn new(value: &'a [u8]) -> Result<Self> {
        Self::read(Reader::new(value))
    }

    /// As [`Self::new`], from a reader of the value, so that errors count from its outermost input.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn read(mut reader: Reader<'a>) -> Result<Self> {
        let value = reader.remaining();
        if value.len() > RULE_MAX {
            return Err(Error {
                position: reader.position() + RULE_MAX,
                kind: ErrorKind::TrailingBytes,
            });
        }
        for _ in 0..RULES_PER_FILE {
            if reader.is_empty() {
                break;
            }
            reader.code(MODE, |mode| {
                (mode != 0 && mode & !AccessMode::DEFINED == 0).then_some(())
            })?;
            check(&mut reader, RULE_DEPTH)?;
        }
        reader.finish()?;
        Ok(Self(value))
    }

    /// The value of the AB object.
    #[must_use]
    pub const fn as_bytes(&self) -> &'a [u8] {
        self.0
    }

    /// Whether there are no pairs, so that nothing is ever allowed.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The pairs in their order.
    pub fn pairs(&self) -> impl Iterator<Item = Pair<'a>> + use<'a> {
        let mut reader = Reader::new(self.0);
        core::iter::from_fn(move || {
            let mode = AccessMode(reader.byte(MODE).ok()?);
            let condition = expression(reader.any().ok()?)?;
            Some(Pair { mode, condition })
        })
    }

    /// Whether these rules allow nobody what `other` does not: for every access mode, the condition implies the other's.
    #[must_use]
    pub fn tighten(&self, other: &AccessRules<'_>) -> bool {
        (0..u8::BITS).map(|bit| AccessMode(1 << bit)).all(|mode| {
            match (self.condition(mode), other.condition(mode)) {
                (None, _) => true,
                (Some(own), Some(other)) => own.implies(&other),
                (Some(own), None) => own.implies(&Expression::Never),
            }
        })
    }

    /// The condition that decides about `mode`, a single bit.
    fn condition(&self, mode: AccessMode) -> Option<Expression<'a>> {
        self.pairs()
            .find(|pair| pair.mode.0 & mode.0 != 0)
            .map(|pair| pair.condition)
    }

    /// Whether `mode`, a single bit, is allowed when `established` tells what is: the first pair with that bit
    /// decides, and without one the answer is no.
    pub fn allows(&self, mode: AccessMode, established: &mut dyn FnMut(Condition) -> bool) -> bool {
        self.condition(mode)
            .is_some_and(|condition| condition.holds(established))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    extern crate std;

    fn allowed(value: &[u8], mode: AccessMode, established: &[Condition]) -> bool {
        AccessRules::new(value)
            .unwrap()
            .allows(mode, &mut |condition| established.contains(&condition))
    }

    #[test]
    fn what_no_pair_names_is_forbidden() {
        assert!(!allowed(&[], AccessMode::READ, &[]));
        assert!(AccessRules::ALWAYS_READ.allows(AccessMode::READ, &mut |_| false));
        assert!(!AccessRules::ALWAYS_READ.allows(AccessMode::UPDATE, &mut |_| true));
    }

    #[test]
    fn the_first_pair_decides() {
        let value = [0x80, 0x01, 0x01, 0x97, 0x00, 0x80, 0x01, 0x03, 0x90, 0x00];
        assert!(!allowed(&value, AccessMode::READ, &[]));
        assert!(allowed(&value, AccessMode::UPDATE, &[]));
    }

    #[test]
    fn tighter_is_what_allows_nobody_new() {
        fn tighten(new: &str, old: &str) -> bool {
            let (mut one, mut two) = ([0; RULE_MAX], [0; RULE_MAX]);
            let (new, old) = (parse(new, &mut one).unwrap(), parse(old, &mut two).unwrap());
            new.tighten(&old)
        }
        let tighter = [
            ("read: pin 81", "read: always"),
            ("read: never", "read: pin 81"),
            ("read: pin 81 and pin 01", "read: pin 01"),
            ("read: pin 81", "read: pin 81 or pin 01"),
            ("read: pin 81 and pin 01", "read: pin 01 or role issuer"),
        ];
        for (new, old) in tighter {
            assert!(tighten(new, old), "{new} is tighter than {old}");
            assert!(!tighten(old, new), "{old} is not tighter than {new}");
            assert!(tighten(old, old) && tighten(new, new));
        }
        assert!(!tighten("read: pin 82", "read: pin 81"));
        assert!(!tighten("read: pin 81; update: pin 81", "read: pin 81"));
    }

    #[test]
    fn nobody_turns_a_missing_pin_into_a_permission() {
        let over_pin = [
            0x80, 0x01, 0x01, 0xA7, 0x08, 0xA4, 0x06, 0x83, 0x01, 0x01, 0x95, 0x01, 0x08,
        ];
        assert_eq!(AccessRules::new(&over_pin).unwrap_err().position, 3);
        let any_of = [
            0xA0, 0x0A, 0xA4, 0x06, 0x83, 0x01, 0x01, 0x95, 0x01, 0x08, 0x90, 0x00,
        ];
        let over_any = [&[0x80, 0x01, 0x01, 0xA7, 0x0C][..], &any_of].concat();
        assert_eq!(AccessRules::new(&over_any).unwrap_err().position, 3);
    }
}
