//! Access rules as text, for packages and for people; the grammar is at [`parse`](super::parse).

use core::fmt;

use super::{AccessRules, Condition, Expression, Expressions};

/// What a rule protects; it decides only how modes are called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// An EF: read, update, write.
    File,
    /// A DF: delete a child, create.
    Directory,
    /// A PIN: change.
    Pin,
    /// A key: read, generate, use.
    Key,
}

pub(super) const MODES: [(&str, u8); 13] = [
    ("read", 0x01),
    ("update", 0x02),
    ("write", 0x04),
    ("use", 0x04),
    ("deactivate", 0x08),
    ("activate", 0x10),
    ("terminate", 0x20),
    ("delete", 0x40),
    ("delete-child", 0x01),
    ("create-ef", 0x02),
    ("create-df", 0x04),
    ("change", 0x02),
    ("generate", 0x02),
];

pub(super) const ROLES: [(&str, u8); 6] = [
    ("issuer-registrar", 0x01),
    ("data-registrar", 0x02),
    ("issuer", 0x03),
    ("provider", 0x04),
    ("card", 0x05),
    ("data-certifier", 0x06),
];

impl Subject {
    fn mode(self, bit: u8) -> &'static str {
        match (self, bit) {
            (Self::Directory, 0x01) => "delete-child",
            (Self::Directory, 0x02) => "create-ef",
            (Self::Directory, 0x04) => "create-df",
            (Self::Pin, 0x02) => "change",
            (Self::Key, 0x02) => "generate",
            (Self::Key, 0x04) => "use",
            _ => MODES.iter().find(|mode| mode.1 == bit).map_or("?", |mode| mode.0),
        }
    }
}

/// A rule to be shown with the words that fit its subject; see [`AccessRules::named`].
#[derive(Clone, Copy, Debug)]
pub struct Named<'a> {
    rules: AccessRules<'a>,
    subject: Subject,
}

impl<'a> AccessRules<'a> {
    /// The rule as text, with modes called as they are for `subject`.
    #[must_use]
    pub const fn named(self, subject: Subject) -> Named<'a> {
        Named { rules: self, subject }
    }
}

impl fmt::Display for Named<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, pair) in self.rules.pairs().enumerate() {
            f.write_str(if index == 0 { "" } else { "; " })?;
            let bits = (0..8)
                .map(|shift| 1_u8 << shift)
                .filter(|bit| pair.mode.0 & bit != 0);
            for (index, bit) in bits.enumerate() {
                f.write_str(if index == 0 { "" } else { ", " })?;
                f.write_str(self.subject.mode(bit))?;
            }
            write!(f, ": {}", pair.condition)?;
        }
        Ok(())
    }
}

/// As for an EF.
impl fmt::Display for AccessRules<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.named(Subject::File).fmt(f)
    }
}

impl fmt::Debug for AccessRules<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AccessRules({self})")
    }
}

impl fmt::Display for Expression<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Always => f.write_str("always"),
            Self::Never => f.write_str("never"),
            Self::Is(condition) => condition.fmt(f),
            Self::Any(inner) => joined(f, inner, " or "),
            Self::All(inner) => joined(f, inner, " and "),
            Self::Not(inner) => {
                f.write_str("not ")?;
                joined(f, inner, "")
            }
        }
    }
}

fn joined(f: &mut fmt::Formatter<'_>, inner: &Expressions<'_>, word: &str) -> fmt::Result {
    for (index, each) in inner.clone().enumerate() {
        f.write_str(if index == 0 { "" } else { word })?;
        if each.is_combined() {
            write!(f, "({each})")?
        } else {
            write!(f, "{each}")?
        }
    }
    Ok(())
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Pin(reference) => write!(f, "pin {reference:02X}"),
            Self::Key(reference) => write!(f, "key {reference:02X}"),
            Self::Role(code) => match ROLES.iter().find(|role| role.1 == code) {
                Some(role) => write!(f, "role {}", role.0),
                None => write!(f, "role {code:02X}"),
            },
            Self::SecureMessaging => f.write_str("secure-messaging"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::certificate::Role;

    #[test]
    fn every_role_has_its_word() {
        assert_eq!(ROLES.len(), Role::ALL.len());
        for (word, role) in ROLES.iter().zip(Role::ALL) {
            assert_eq!(word.1, role.code());
            assert!(word.0.split('-').eq(role.name().split(' ')), "{role}");
        }
    }
}
