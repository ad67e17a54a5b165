//! BER-TLV as every symbolon object uses it: definite lengths, minimal coding, nothing left over.
//!
//! ISO/IEC 7816-4:2020, 5.2.2 and 6.3 (BER-TLV data objects). Tags have one or two bytes, lengths one to three
//! (values up to 65,535 bytes). What belongs here: reading and writing data objects. What does not: the meaning
//! of a tag.

mod reader;
mod writer;

use core::fmt;

pub use reader::Reader;
pub use writer::Writer;

/// A tag of one byte (`0x4F`) or two (`0x5F37`, first byte in the high half).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag(pub u16);

impl Tag {
    /// Whether the value of this tag is itself a sequence of data objects (bit 6 of the first byte).
    #[must_use]
    pub const fn is_constructed(self) -> bool {
        let [high, low] = self.0.to_be_bytes();
        let first = if high == 0 { low } else { high };
        first & 0x20 != 0
    }

    /// The tag's bytes and how many of the two count.
    const fn encoded(self) -> ([u8; 2], usize) {
        let [high, low] = self.0.to_be_bytes();
        if high == 0 {
            ([low, 0], 1)
        } else {
            ([high, low], 2)
        }
    }
}

impl fmt::Debug for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 > 0xFF {
            write!(f, "{:04X}", self.0)
        } else {
            write!(f, "{:02X}", self.0)
        }
    }
}

/// What is wrong with an encoding, and where: `position` counts bytes from the start of the outermost input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Error {
    /// Byte offset in the outermost input.
    pub position: usize,
    /// What was found there.
    pub kind: ErrorKind,
}

/// The kinds of [`Error`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The input ends inside a tag, a length or a value.
    Truncated,
    /// A tag that is not one or two bytes in minimal coding.
    InvalidTag,
    /// An indefinite, non-minimal or over-long length.
    InvalidLength,
    /// Another data object was expected here.
    UnexpectedTag {
        /// The tag that belongs here.
        expected: Tag,
    },
    /// Bytes follow where the object should end.
    TrailingBytes,
    /// The value has the wrong length or a value outside its range; the tag of the object is given.
    InvalidValue {
        /// The data object concerned.
        tag: Tag,
    },
    /// The output buffer is too small.
    Overflow,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            ErrorKind::Truncated => {
                let begin = self.position;
                return write!(
                    f,
                    "it ends too early: what begins at byte {begin} is not all there"
                );
            }
            ErrorKind::InvalidTag => write!(f, "no tag of a data object")?,
            ErrorKind::InvalidLength => write!(f, "a length that is not in its shortest form")?,
            ErrorKind::UnexpectedTag { expected } => write!(f, "data object {expected} is missing")?,
            ErrorKind::TrailingBytes => write!(f, "bytes too many")?,
            ErrorKind::InvalidValue { tag } => {
                write!(f, "data object {tag} has a value that it cannot have,")?
            }
            ErrorKind::Overflow => return write!(f, "output buffer is too small"),
        }
        write!(f, " at byte {}", self.position)
    }
}

impl core::error::Error for Error {}

/// Result of reading or writing TLV.
pub type Result<T> = core::result::Result<T, Error>;

/// One data object as it was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DataObject<'a> {
    /// The tag.
    pub tag: Tag,
    /// The value.
    pub value: &'a [u8],
    /// Tag, length and value together.
    pub encoded: &'a [u8],
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_read_only_in_minimal_form() {
        for (bytes, ok) in [
            (&[0x04, 0x00][..], true),
            (&[0x04, 0x01, 0xAA], true),
            (&[0x04, 0x81, 0x01, 0xAA], false),
            (&[0x04, 0x82, 0x00, 0x01, 0xAA], false),
            (&[0x04, 0x80, 0xAA, 0x00, 0x00], false),
            (&[0x04, 0x83, 0x00, 0x00, 0x01, 0xAA], false),
            (&[0x04, 0x02, 0xAA], false),
            (&[0x00, 0x00], false),
            (&[0x5F, 0x1E, 0x00], false),
            (&[0x5F, 0x81, 0x00, 0x00], false),
            (&[0x5F], false),
        ] {
            assert_eq!(Reader::new(bytes).any().is_ok(), ok, "{bytes:02X?}");
        }
    }

    #[test]
    fn a_nested_object_grows_its_length() {
        for size in [0, 1, 0x7D, 0x7E, 0x7F, 0x80, 0xFF, 0x100, 0x200] {
            let value = [0x55; 0x200];
            let mut buffer = [0; 0x220];
            let mut writer = Writer::new(&mut buffer);
            writer
                .nested(Tag(0x7F21), |w| w.object(Tag(0x04), &value[..size]))
                .unwrap();
            let written = writer.finish();
            let mut reader = Reader::new(written);
            let mut inner = reader.nested(Tag(0x7F21)).unwrap();
            assert_eq!(inner.value(Tag(0x04)).unwrap(), &value[..size]);
            inner.finish().unwrap();
            reader.finish().unwrap();
        }
    }

    #[test]
    fn no_room_is_an_error() {
        for room in 0..0x85 {
            let mut buffer = [0; 0x85];
            let mut writer = Writer::new(&mut buffer[..room]);
            let result = writer.nested(Tag(0x30), |w| w.object(Tag(0x04), &[0; 0x80]));
            assert_eq!(
                result.map_err(|error| error.kind),
                Err(ErrorKind::Overflow),
                "{room}"
            );
        }
    }

    #[test]
    fn errors_say_where() {
        let mut reader = Reader::new(&[0x30, 0x04, 0x04, 0x00, 0x05, 0x00]);
        let mut inner = reader.nested(Tag(0x30)).unwrap();
        inner.value(Tag(0x04)).unwrap();
        let error = inner.value(Tag(0x06)).unwrap_err();
        assert_eq!(
            error,
            Error {
                position: 4,
                kind: ErrorKind::UnexpectedTag { expected: Tag(0x06) }
            }
        );
    }
}
