//! Entries of the content list, whose digest every receipt carries.

use super::{AID, Digest, ProviderId};
use crate::aid::Aid;
use crate::tlv::{Reader, Result, Tag, Writer};

const ENTRY: Tag = Tag(0x61);
const VERSION: Tag = Tag(0x81);
const PACKAGE: Tag = Tag(0x83);

/// Length of the salt before an entry, in bytes.
pub const SALT_LENGTH: usize = 16;
/// Longest entry, in bytes.
pub const CONTENT_ENTRY_MAX: usize = 109;

/// One application on the card. A leaf of the content list is SHA-256 of salt `||` this entry.
///
/// SPEC.md section 4: `61 { 4F AID, 81 version, 83 package digest, A6 provider }`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContentEntry {
    /// Its identifier.
    pub aid: Aid,
    /// Its version.
    pub version: u32,
    /// SHA-256 of the package it came from.
    pub package: Digest,
    /// Who owns it.
    pub provider: ProviderId,
}

impl ContentEntry {
    /// Reads a complete 61 object.
    ///
    /// # Errors
    /// Whatever is wrong with the encoding, and where.
    pub fn read(input: &[u8]) -> Result<Self> {
        let mut reader = Reader::new(input);
        let mut fields = reader.nested(ENTRY)?;
        let entry = Self {
            aid: fields.convert(AID, Aid::new)?,
            version: fields.u32(VERSION)?,
            package: fields.array(PACKAGE)?,
            provider: ProviderId::read(&mut fields)?,
        };
        fields.finish()?;
        reader.finish()?;
        Ok(entry)
    }

    /// Writes the 61 object to the start of `out` and gives its length.
    ///
    /// # Errors
    /// [`Overflow`](crate::tlv::ErrorKind::Overflow).
    pub fn write(&self, out: &mut [u8]) -> Result<usize> {
        let mut writer = Writer::new(out);
        writer.nested(ENTRY, |w| {
            w.object(AID, self.aid.as_bytes())?;
            w.u32(VERSION, self.version)?;
            w.object(PACKAGE, &self.package)?;
            self.provider.write(w)
        })?;
        Ok(writer.len())
    }
}
