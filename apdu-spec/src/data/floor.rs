//! Version floors, GET DATA 010B.

use crate::aid::Aid;
use crate::object::{Digest, ProviderId};
use crate::tlv::{Reader, Result, Tag, Writer};

const ENTRY: Tag = Tag(0x61);
const AID: Tag = Tag(0x4F);
const VERSION: Tag = Tag(0x81);
const PACKAGE: Tag = Tag(0x83);

/// The version below which nothing is stored under an AID by its owner. SPEC.md section 5.
///
/// `61 { 4F AID 81 version (4) 83 package digest (32) A6 { 80 root 81 name } }`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FloorEntry {
    /// The name.
    pub aid: Aid,
    /// The highest version stored so far, or what the floor was lowered to.
    pub version: u32,
    /// The package which alone may return with that version; zeros: none.
    pub package: Digest,
    /// Whose name it was.
    pub provider: ProviderId,
}

impl FloorEntry {
    /// Length of the longest encoding, in bytes.
    pub const ENCODED_MAX: usize = 2 + 18 + 6 + 34 + 49;

    /// Consumes one 61 object.
    ///
    /// # Errors
    /// Any other encoding.
    pub fn read(outer: &mut Reader<'_>) -> Result<Self> {
        let mut reader = outer.nested(ENTRY)?;
        let entry = Self {
            aid: reader.convert(AID, Aid::new)?,
            version: reader.u32(VERSION)?,
            package: reader.array(PACKAGE)?,
            provider: ProviderId::read(&mut reader)?,
        };
        reader.finish()?;
        Ok(entry)
    }

    /// Appends the 61 object.
    ///
    /// # Errors
    /// [`crate::tlv::ErrorKind::Overflow`].
    pub fn write(&self, writer: &mut Writer<'_>) -> Result<()> {
        writer.nested(ENTRY, |w| {
            w.object(AID, self.aid.as_bytes())?;
            w.u32(VERSION, self.version)?;
            w.object(PACKAGE, &self.package)?;
            self.provider.write(w)
        })
    }
}

/// Reads the value of object 010B: entries with AIDs that do not descend (two owners may have had one AID, one after the other).
///
/// # Errors
/// Any other encoding or order.
pub fn floors(value: &[u8]) -> Result<impl Iterator<Item = FloorEntry> + use<'_>> {
    let mut reader = Reader::new(value);
    let mut last = None;
    while !reader.is_empty() {
        let at = reader.invalid(ENTRY);
        let aid = FloorEntry::read(&mut reader)?.aid;
        if last > Some(aid) {
            return Err(at);
        }
        last = Some(aid);
    }
    Ok(super::entries(value, FloorEntry::read))
}
