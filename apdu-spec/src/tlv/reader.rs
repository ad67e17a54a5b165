//! Reading data objects.

use super::{DataObject, Error, ErrorKind, Result, Tag};

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
