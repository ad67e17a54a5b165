//! What was on a card before its registration, whose digest receipt 0 carries.

use super::Digest;
use crate::file::{FileControl, FileKind};
use crate::tlv::{Result, Tag, Writer};

const ENTRY: Tag = Tag(0xA0);
const DEPTH: Tag = Tag(0x87);
const CONTENT: Tag = Tag(0x8A);

/// A file that somebody made on the card before it was registered. SPEC.md section 4:
/// `A0 { 87 depth (1), 62 FCP, for an EF 8A SHA-256 of its content }`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FoundFile<'a> {
    /// How many DFs it lies in: 1 right below the MF.
    pub depth: u8,
    /// As SELECT tells it.
    pub control: FileControl<'a>,
    /// SHA-256 of an EF's content; `None` exactly for a DF.
    pub content: Option<Digest>,
}

impl FoundFile<'_> {
    /// Longest encoding, in bytes: the FCP of a file with the longest rules, and the digest.
    pub const ENCODED_MAX: usize = 3 + 3 + FileControl::ENCODED_MAX + 34;

    /// Writes the A0 object to the start of `out` and gives its length.
    ///
    /// # Errors
    /// [`InvalidValue`](crate::tlv::ErrorKind::InvalidValue) for a DF with content or an EF without,
    /// [`Overflow`](crate::tlv::ErrorKind::Overflow).
    pub fn write(&self, out: &mut [u8]) -> Result<usize> {
        let mut writer = Writer::new(out);
        let is_ef = self.control.kind != FileKind::Dedicated;
        writer.demand(CONTENT, self.content.is_some() == is_ef)?;
        writer.nested(ENTRY, |w| {
            w.byte(DEPTH, self.depth)?;
            self.control.write_to(w)?;
            self.content.map_or(Ok(()), |digest| w.object(CONTENT, &digest))
        })?;
        Ok(writer.len())
    }
}
