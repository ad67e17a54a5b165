//! Writing data objects.

use super::{Error, ErrorKind, Result, Tag};

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
        self.head(tag, parts.iter().map(|part| part.len()).sum())?;
        parts.iter().try_for_each(|part| self.raw(part))
    }

    /// Writes tag and length of a data object whose `length` bytes come next.
    ///
    /// # Errors
    /// [`ErrorKind::Overflow`].
    pub fn head(&mut self, tag: Tag, length: usize) -> Result<()> {
        let (length, count) = self.encoded_length(length)?;
        self.tag(tag)?;
        self.raw(length.get(..count).unwrap_or_default())
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
