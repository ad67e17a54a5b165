//! Fields of a fixed size that become types while they are read, and enumerations that are one byte on the wire.
//!
//! What belongs here: what `certificate`, `object` and `package` share. What does not: any one tag.

use core::ops::RangeInclusive;

use crate::tlv::{Error, ErrorKind, Reader, Result, Tag, Writer};

/// SHA-256 of something.
pub type Digest = [u8; 32];

impl<'a> Reader<'a> {
    /// Consumes the data object `tag` of exactly `N` bytes and gives them where they are.
    pub(crate) fn bytes<const N: usize>(&mut self, tag: Tag) -> Result<&'a [u8; N]> {
        self.convert(tag, |value| value.try_into().ok())
    }

    /// Consumes the data object `tag`, whose value `convert` accepts or not.
    pub(crate) fn convert<T>(&mut self, tag: Tag, convert: impl FnOnce(&'a [u8]) -> Option<T>) -> Result<T> {
        let invalid = self.invalid(tag);
        convert(self.value(tag)?).ok_or(invalid)
    }

    /// Consumes the data object `tag` of exactly `N` bytes, which `convert` accepts or not.
    pub(crate) fn field<const N: usize, T>(
        &mut self,
        tag: Tag,
        convert: impl FnOnce([u8; N]) -> Option<T>,
    ) -> Result<T> {
        self.convert(tag, |value| convert(value.try_into().ok()?))
    }

    /// Consumes a one-byte code.
    pub(crate) fn code<T>(&mut self, tag: Tag, convert: impl FnOnce(u8) -> Option<T>) -> Result<T> {
        self.field(tag, |[code]| convert(code))
    }

    /// Consumes the one-byte object `tag` that has only one value.
    pub(crate) fn constant(&mut self, tag: Tag, value: u8) -> Result<()> {
        self.code(tag, |code| (code == value).then_some(()))
    }
}

impl Writer<'_> {
    /// An [`ErrorKind::InvalidValue`] for what would be written next as `tag`.
    pub(crate) const fn refuse(&self, tag: Tag) -> Error {
        Error {
            position: self.len(),
            kind: ErrorKind::InvalidValue { tag },
        }
    }

    /// Refuses to write `tag` unless `allowed`.
    pub(crate) fn demand(&self, tag: Tag, allowed: bool) -> Result<()> {
        if allowed { Ok(()) } else { Err(self.refuse(tag)) }
    }
}

/// The same error in an input that starts `offset` bytes before.
pub(crate) const fn moved(error: Error, offset: usize) -> Error {
    Error {
        position: error.position.saturating_add(offset),
        kind: error.kind,
    }
}

/// UTF-8 of a length in `lengths` that a terminal can show as it is: no control characters.
pub(crate) fn readable(bytes: &[u8], lengths: RangeInclusive<usize>) -> Option<&str> {
    let text = str::from_utf8(bytes).ok()?;
    let shown = lengths.contains(&bytes.len()) && !text.chars().any(char::is_control);
    shown.then_some(text)
}

/// Declares an enumeration of one byte, its code on the wire, with a name for people.
macro_rules! coded {
    ($(#[$outer:meta])* $name:ident { $($(#[$inner:meta])* $variant:ident = $code:literal, $text:literal;)* }) => {
        $(#[$outer])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum $name {
            $($(#[$inner])* $variant = $code,)*
        }

        impl $name {
            /// Every value, in the order of the codes.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The value with this code, if there is one.
            #[must_use]
            pub const fn from_code(code: u8) -> Option<Self> {
                match code {
                    $($code => Some(Self::$variant),)*
                    _ => None,
                }
            }

            /// The code on the wire.
            #[must_use]
            pub const fn code(self) -> u8 {
                match self {
                    $(Self::$variant => $code,)*
                }
            }

            /// Name for people, in lower case.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)*
                }
            }
        }

        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str(self.name())
            }
        }
    };
}

pub(crate) use coded;
