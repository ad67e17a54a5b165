//! How conditions are written: ISO/IEC 7816-4:2020, 9.3.3.

use super::{Condition, Expression, Expressions};
use crate::certificate::Role;
use crate::reference::{LOCAL_FIRST, LOCAL_LAST};
use crate::tlv::{DataObject, Error, ErrorKind, Reader, Result, Tag};

pub(super) const ALWAYS: Tag = Tag(0x90);
pub(super) const NEVER: Tag = Tag(0x97);
pub(super) const AUTHENTICATION: Tag = Tag(0xA4);
pub(super) const SECURE_MESSAGING: Tag = Tag(0xB4);
pub(super) const ANY: Tag = Tag(0xA0);
pub(super) const ALL: Tag = Tag(0xAF);
pub(super) const NOT: Tag = Tag(0xA7);
pub(super) const REFERENCE: Tag = Tag(0x83);
pub(super) const USAGE: Tag = Tag(0x95);
pub(super) const ROLE: Tag = Tag(0x5F4C);

pub(super) const USAGE_PIN: u8 = 0x08;
/// External authentication: of a role, or with a key that a reference names.
pub(super) const USAGE_ROLE: u8 = 0x80;
pub(super) const USAGE_SECURE_MESSAGING: u8 = 0x30;

/// Checks the next condition, with at most `depth` of A0, AF and A7 around one another; tells whether it contains
/// an A4.
pub(super) fn check(reader: &mut Reader<'_>, depth: usize) -> Result<bool> {
    let Some(DataObject { tag, .. }) = reader.peek()? else {
        return Err(Error {
            position: reader.position(),
            kind: ErrorKind::Truncated,
        });
    };
    let at = reader.invalid(tag);
    match tag {
        ALWAYS | NEVER => reader.array::<0>(tag).map(|[]| false),
        AUTHENTICATION => {
            authentication(reader.nested(tag)?)?;
            Ok(true)
        }
        SECURE_MESSAGING => {
            let mut inner = reader.nested(tag)?;
            inner.constant(USAGE, USAGE_SECURE_MESSAGING)?;
            inner.finish()?;
            Ok(false)
        }
        ANY | ALL | NOT => {
            let inside = depth.checked_sub(1).ok_or(at)?;
            let mut inner = reader.nested(tag)?;
            let mut contains = false;
            let mut count = 0_usize;
            while !inner.is_empty() {
                contains |= check(&mut inner, inside)?;
                count += 1;
            }
            let fits = if tag == NOT {
                count == 1 && !contains
            } else {
                count >= 2
            };
            if fits { Ok(contains) } else { Err(at) }
        }
        _ => Err(at),
    }
}

fn authentication(mut reader: Reader<'_>) -> Result<()> {
    if reader.peek()?.is_some_and(|object| object.tag == REFERENCE) {
        let is_local = reader.code(REFERENCE, |byte| match byte {
            0x01..=0x7F => Some(false),
            LOCAL_FIRST..=LOCAL_LAST => Some(true),
            _ => None,
        })?;
        reader.code(USAGE, |usage| {
            (usage == USAGE_PIN || usage == USAGE_ROLE && is_local).then_some(())
        })?;
    } else {
        reader.constant(USAGE, USAGE_ROLE)?;
        reader.code(ROLE, Role::from_code)?;
    }
    reader.finish()
}

/// Gives a condition that [`check`] has seen.
pub(super) fn expression(object: DataObject<'_>) -> Option<Expression<'_>> {
    let mut inner = Reader::new(object.value);
    Some(match object.tag {
        ALWAYS => Expression::Always,
        NEVER => Expression::Never,
        SECURE_MESSAGING => Expression::Is(Condition::SecureMessaging),
        AUTHENTICATION => Expression::Is(match inner.optional(REFERENCE).ok()? {
            Some(&[reference]) => match inner.byte(USAGE).ok()? {
                USAGE_PIN => Condition::Pin(reference),
                _ => Condition::Key(reference),
            },
            Some(_) => return None,
            None => {
                inner.byte(USAGE).ok()?;
                Condition::Role(inner.byte(ROLE).ok()?)
            }
        }),
        ANY => Expression::Any(Expressions(inner)),
        ALL => Expression::All(Expressions(inner)),
        NOT => Expression::Not(Expressions(inner)),
        _ => return None,
    })
}
