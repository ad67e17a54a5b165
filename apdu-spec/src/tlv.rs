//! BER-TLV as every symbolon object uses it: definite lengths, minimal coding, nothing left over.
//!
//! ISO/IEC 7816-4:2020, 5.2.2 and 6.3 (BER-TLV data objects). Tags have one or two bytes, lengths one to three
//! (values up to 65,535 bytes). What belongs here: reading and writing data objects. What does not: the meaning
//! of a tag.

use core::fmt;

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
            ErrorKind::Truncated => write!(f, "input ends early")?,
            ErrorKind::InvalidTag => write!(f, "invalid tag")?,
            ErrorKind::InvalidLength => write!(f, "length not in minimal definite form")?,
            ErrorKind::UnexpectedTag { expected } => write!(f, "expected data object {expected}")?,
            ErrorKind::TrailingBytes => write!(f, "unexpected bytes after the object")?,
            ErrorKind::InvalidValue { tag } => write!(f, "invalid value in data object {tag}")?,
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

/// Reads data objects from a byte string, front to back.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    input: &'a [u8],
    base: usize,
    position: usize,
}

impl<'a> Reader<'a> {
    /// Reads `input` from its start; errors count positions from there.
    #[must_use]
    pub const fn new(input: &'a [u8]) -> Self {
        Self {
            input,
            base: 0,
            position: 0,
        }
    }

    /// Whether nothing is left.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.position >= self.input.len()
    }

    /// What has not been read yet.
    #[must_use]
    pub fn remaining(&self) -> &'a [u8] {
        self.input.get(self.position..).unwrap_or_default()
    }

    /// Position of the next byte in the outermost input.
    #[must_use]
    pub const fn position(&self) -> usize {
        self.base + self.position
    }

    const fn error(&self, kind: ErrorKind) -> Error {
        Error {
            position: self.base + self.position,
            kind,
        }
    }

    /// An [`ErrorKind::InvalidValue`] for `tag` at the current position.
    #[must_use]
    pub const fn invalid(&self, tag: Tag) -> Error {
        self.error(ErrorKind::InvalidValue { tag })
    }

    /// The next data object, read but not consumed; `None` at the end.
    ///
    /// # Errors
    /// [`ErrorKind::Truncated`], [`ErrorKind::InvalidTag`] or [`ErrorKind::InvalidLength`].
    pub fn peek(&self) -> Result<Option<DataObject<'a>>> {
        let rest = self.remaining();
        let Some(&first) = rest.first() else {
            return Ok(None);
        };
        let (tag, tag_length) = if first & 0x1F == 0x1F {
            let &second = rest.get(1).ok_or_else(|| self.error(ErrorKind::Truncated))?;
            // Numbers below 31 fit one byte; a set bit 8 would announce a third.
            if second & 0x80 != 0 || second < 0x1F {
                return Err(self.error(ErrorKind::InvalidTag));
            }
            (Tag(u16::from_be_bytes([first, second])), 2)
        } else if first == 0 {
            return Err(self.error(ErrorKind::InvalidTag));
        } else {
            (Tag(u16::from(first)), 1)
        };
        let (length, length_length) = self.length_at(rest, tag_length)?;
        let start = tag_length + length_length;
        let encoded = rest
            .get(..start + length)
            .ok_or_else(|| self.error(ErrorKind::Truncated))?;
        let value = encoded.get(start..).unwrap_or_default();
        Ok(Some(DataObject { tag, value, encoded }))
    }

    fn length_at(&self, rest: &[u8], at: usize) -> Result<(usize, usize)> {
        let truncated = || self.error(ErrorKind::Truncated);
        let byte = |index: usize| rest.get(index).copied().ok_or_else(truncated);
        match byte(at)? {
            short @ 0..=0x7F => Ok((usize::from(short), 1)),
            0x81 => match byte(at + 1)? {
                0..=0x7F => Err(self.error(ErrorKind::InvalidLength)),
                long => Ok((usize::from(long), 2)),
            },
            0x82 => match u16::from_be_bytes([byte(at + 1)?, byte(at + 2)?]) {
                0..=0xFF => Err(self.error(ErrorKind::InvalidLength)),
                long => Ok((usize::from(long), 3)),
            },
            _ => Err(self.error(ErrorKind::InvalidLength)),
        }
    }

    /// Consumes the next data object, whatever its tag.
    ///
    /// # Errors
    /// As [`Self::peek`]; [`ErrorKind::Truncated`] at the end of the input.
    pub fn any(&mut self) -> Result<DataObject<'a>> {
        let object = self.peek()?.ok_or_else(|| self.error(ErrorKind::Truncated))?;
        self.position += object.encoded.len();
        Ok(object)
    }

    /// Consumes the data object `tag`, whole.
    ///
    /// # Errors
    /// [`ErrorKind::UnexpectedTag`] if another comes first, else as [`Self::any`].
    pub fn object(&mut self, tag: Tag) -> Result<DataObject<'a>> {
        match self.peek()? {
            Some(object) if object.tag == tag => self.any(),
            _ => Err(self.error(ErrorKind::UnexpectedTag { expected: tag })),
        }
    }

    /// Consumes the data object `tag` and gives its value.
    ///
    /// # Errors
    /// As [`Self::object`].
    pub fn value(&mut self, tag: Tag) -> Result<&'a [u8]> {
        self.object(tag).map(|object| object.value)
    }

    /// Consumes the data object `tag` if it comes next.
    ///
    /// # Errors
    /// As [`Self::peek`].
    pub fn optional(&mut self, tag: Tag) -> Result<Option<&'a [u8]>> {
        match self.peek()? {
            Some(object) if object.tag == tag => self.any().map(|object| Some(object.value)),
            _ => Ok(None),
        }
    }

    /// Consumes the constructed data object `tag` and gives a reader of its value.
    ///
    /// # Errors
    /// As [`Self::object`].
    pub fn nested(&mut self, tag: Tag) -> Result<Reader<'a>> {
        let object = self.object(tag)?;
        let base = self.base + self.position - object.value.len();
        Ok(Reader {
            input: object.value,
            base,
            position: 0,
        })
    }

    /// Consumes the data object `tag` of exactly `N` bytes.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidValue`] for another length, else as [`Self::object`].
    pub fn array<const N: usize>(&mut self, tag: Tag) -> Result<[u8; N]> {
        let at = self.error(ErrorKind::InvalidValue { tag });
        <[u8; N]>::try_from(self.value(tag)?).map_err(|_| at)
    }

    /// Consumes a one-byte data object.
    ///
    /// # Errors
    /// As [`Self::array`].
    pub fn byte(&mut self, tag: Tag) -> Result<u8> {
        self.array::<1>(tag).map(|[byte]| byte)
    }

    /// Consumes a two-byte big-endian number.
    ///
    /// # Errors
    /// As [`Self::array`].
    pub fn u16(&mut self, tag: Tag) -> Result<u16> {
        self.array(tag).map(u16::from_be_bytes)
    }

    /// Consumes a four-byte big-endian number.
    ///
    /// # Errors
    /// As [`Self::array`].
    pub fn u32(&mut self, tag: Tag) -> Result<u32> {
        self.array(tag).map(u32::from_be_bytes)
    }

    /// Ends the reading: nothing may be left.
    ///
    /// # Errors
    /// [`ErrorKind::TrailingBytes`].
    pub const fn finish(&self) -> Result<()> {
        if self.is_empty() {
            Ok(())
        } else {
            Err(self.error(ErrorKind::TrailingBytes))
        }
    }
}

/// Writes data objects into a bounded buffer; too little room is an error, never a silent cut.
#[derive(Debug)]
pub struct Writer<'b> {
    buffer: &'b mut [u8],
    length: usize,
}

impl<'b> Writer<'b> {
    /// Writes from the start of `buffer`.
    #[must_use]
    pub const fn new(buffer: &'b mut [u8]) -> Self {
        Self { buffer, length: 0 }
    }

    /// Bytes written so far.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.length
    }

    /// Whether nothing was written.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// What was written so far.
    #[must_use]
    pub fn written(&self) -> &[u8] {
        self.buffer.get(..self.length).unwrap_or_default()
    }

    /// Ends the writing and gives what was written.
    #[must_use]
    pub fn finish(self) -> &'b [u8] {
        self.buffer.get(..self.length).unwrap_or_default()
    }

    const fn overflow(&self) -> Error {
        Error {
            position: self.length,
            kind: ErrorKind::Overflow,
        }
    }

    /// Appends bytes as they are.
    ///
    /// # Errors
    /// [`ErrorKind::Overflow`].
    pub fn raw(&mut self, bytes: &[u8]) -> Result<()> {
        let overflow = self.overflow();
        let end = self.length.checked_add(bytes.len()).ok_or(overflow)?;
        self.buffer
            .get_mut(self.length..end)
            .ok_or(overflow)?
            .copy_from_slice(bytes);
        self.length = end;
        Ok(())
    }

    /// Appends `length` zero bytes and gives them to be filled.
    ///
    /// # Errors
    /// [`ErrorKind::Overflow`].
    pub fn space(&mut self, length: usize) -> Result<&mut [u8]> {
        let overflow = self.overflow();
        let end = self.length.checked_add(length).ok_or(overflow)?;
        let space = self.buffer.get_mut(self.length..end).ok_or(overflow)?;
        space.fill(0);
        self.length = end;
        Ok(space)
    }

    fn tag(&mut self, tag: Tag) -> Result<()> {
        let (bytes, count) = tag.encoded();
        self.raw(bytes.get(..count).unwrap_or_default())
    }

    fn encoded_length(&self, length: usize) -> Result<([u8; 3], usize)> {
        let [high, low] = u16::try_from(length).map_err(|_| self.overflow())?.to_be_bytes();
        Ok(match length {
            0..=0x7F => ([low, 0, 0], 1),
            0x80..=0xFF => ([0x81, low, 0], 2),
            _ => ([0x82, high, low], 3),
        })
    }

    /// Writes one data object.
    ///
    /// # Errors
    /// [`ErrorKind::Overflow`].
    pub fn object(&mut self, tag: Tag, value: &[u8]) -> Result<()> {
        self.parts(tag, &[value])
    }

    /// Writes one data object whose value is gathered from several pieces.
    ///
    /// # Errors
    /// [`ErrorKind::Overflow`].
    pub fn parts(&mut self, tag: Tag, parts: &[&[u8]]) -> Result<()> {
        let total = parts.iter().map(|part| part.len()).sum();
        let (length, count) = self.encoded_length(total)?;
        self.tag(tag)?;
        self.raw(length.get(..count).unwrap_or_default())?;
        parts.iter().try_for_each(|part| self.raw(part))
    }

    /// Writes a one-byte data object.
    ///
    /// # Errors
    /// [`ErrorKind::Overflow`].
    pub fn byte(&mut self, tag: Tag, value: u8) -> Result<()> {
        self.object(tag, &[value])
    }

    /// Writes a two-byte big-endian number.
    ///
    /// # Errors
    /// [`ErrorKind::Overflow`].
    pub fn u16(&mut self, tag: Tag, value: u16) -> Result<()> {
        self.object(tag, &value.to_be_bytes())
    }

    /// Writes a four-byte big-endian number.
    ///
    /// # Errors
    /// [`ErrorKind::Overflow`].
    pub fn u32(&mut self, tag: Tag, value: u32) -> Result<()> {
        self.object(tag, &value.to_be_bytes())
    }

    /// Writes a constructed data object whose value `content` writes.
    ///
    /// # Errors
    /// [`ErrorKind::Overflow`], or what `content` returns.
    pub fn nested(&mut self, tag: Tag, content: impl FnOnce(&mut Self) -> Result<()>) -> Result<()> {
        self.tag(tag)?;
        // One length byte is reserved; a longer length moves the value when it is known.
        let at = self.length;
        self.raw(&[0])?;
        content(self)?;
        let value = at + 1..self.length;
        let (length, count) = self.encoded_length(value.len())?;
        let extra = count - 1;
        if self.buffer.len() < self.length + extra {
            return Err(self.overflow());
        }
        self.buffer.copy_within(value, at + count);
        let overflow = self.overflow();
        let header = self.buffer.get_mut(at..at + count).ok_or(overflow)?;
        header.copy_from_slice(length.get(..count).unwrap_or_default());
        self.length += extra;
        Ok(())
    }
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
