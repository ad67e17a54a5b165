//! One block of a package on its way to the card.

use crate::fields::Digest;
use crate::limits::BLOCK_DATA_MAX;
use crate::tlv::{Reader, Result, Tag, Writer};

const BLOCK: Tag = Tag(0xED);
const INDEX: Tag = Tag(0x80);
const NEXT: Tag = Tag(0x82);
const DATA: Tag = Tag(0x83);

/// Longest block, in bytes.
pub const BLOCK_MAX: usize = 4 + 4 + 34 + 4 + BLOCK_DATA_MAX;

/// A block: the manifest (index 0) or a piece of content.
///
/// SPEC.md section 4.1: `ED { 80 index, [82 digest of the next block], 83 data }`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block<'a> {
    /// Place among the blocks of the package, from 0.
    pub index: u16,
    /// SHA-256 of the next block (ED); `None` in the last.
    pub next: Option<&'a Digest>,
    /// 1 to [`BLOCK_DATA_MAX`] bytes.
    pub data: &'a [u8],
}

impl<'a> Block<'a> {
    /// Reads a complete ED object.
    ///
    /// # Errors
    /// Whatever is wrong with the encoding, and where.
    pub fn parse(input: &'a [u8]) -> Result<Self> {
        let mut reader = Reader::new(input);
        let mut fields = reader.nested(BLOCK)?;
        let index = fields.u16(INDEX)?;
        let has_next = fields.peek()?.is_some_and(|object| object.tag == NEXT);
        let next = if has_next { Some(fields.bytes(NEXT)?) } else { None };
        let data = fields.convert(DATA, |data| fits(data).then_some(data))?;
        fields.finish()?;
        reader.finish()?;
        Ok(Self { index, next, data })
    }

    /// Writes the ED object to the start of `out` and gives its length, at most [`BLOCK_MAX`].
    ///
    /// # Errors
    /// [`InvalidValue`](crate::tlv::ErrorKind::InvalidValue) for data of another length;
    /// [`Overflow`](crate::tlv::ErrorKind::Overflow).
    pub fn write(&self, out: &mut [u8]) -> Result<usize> {
        let mut writer = Writer::new(out);
        writer.nested(BLOCK, |w| {
            w.u16(INDEX, self.index)?;
            self.next.iter().try_for_each(|next| w.object(NEXT, *next))?;
            w.demand(DATA, fits(self.data))?;
            w.object(DATA, self.data)
        })?;
        Ok(writer.len())
    }
}

fn fits(data: &[u8]) -> bool {
    (1..=BLOCK_DATA_MAX).contains(&data.len())
}
