//! Applications, GET DATA 010A.

use crate::aid::Aid;
use crate::file::{read_label, write_label};
use crate::object::{Digest, ProviderId};
use crate::tlv::{Reader, Result, Tag, Writer};

const ENTRY: Tag = Tag(0x61);
const AID: Tag = Tag(0x4F);
const VERSION: Tag = Tag(0x81);
const PACKAGE: Tag = Tag(0x83);
const SALT: Tag = Tag(0x8C);

/// One application on the card. SPEC.md section 5.
///
/// `61 { 4F AID 50 label 81 version (4) 83 package digest (32) A6 { 80 root 81 name } 8C content salt (16) }`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ApplicationEntry<'a> {
    /// Its name.
    pub aid: Aid,
    /// Its label, UTF-8, 1 to 32 bytes.
    pub label: &'a str,
    /// Its version.
    pub version: u32,
    /// Digest of the package it was made from.
    pub package: Digest,
    /// Whose it is.
    pub provider: ProviderId,
    /// Salt of its leaf in the content list.
    pub salt: [u8; 16],
}

impl<'a> ApplicationEntry<'a> {
    /// Length of the longest encoding, in bytes: AID, label, version, digest, provider, salt.
    pub const ENCODED_MAX: usize = 3 + 18 + 34 + 6 + 34 + 49 + 18;

    /// Consumes one 61 object.
    ///
    /// # Errors
    /// Any other encoding.
    pub fn read(outer: &mut Reader<'a>) -> Result<Self> {
        let mut reader = outer.nested(ENTRY)?;
        let entry = Self {
            aid: reader.convert(AID, Aid::new)?,
            label: read_label(&mut reader)?,
            version: reader.u32(VERSION)?,
            package: reader.array(PACKAGE)?,
            provider: ProviderId::read(&mut reader)?,
            salt: reader.array(SALT)?,
        };
        reader.finish()?;
        Ok(entry)
    }

    /// Appends the 61 object.
    ///
    /// # Errors
    /// [`crate::tlv::ErrorKind::InvalidValue`] for a label of the wrong length, [`crate::tlv::ErrorKind::Overflow`].
    pub fn write(&self, writer: &mut Writer<'_>) -> Result<()> {
        writer.nested(ENTRY, |w| {
            w.object(AID, self.aid.as_bytes())?;
            write_label(w, self.label)?;
            w.u32(VERSION, self.version)?;
            w.object(PACKAGE, &self.package)?;
            self.provider.write(w)?;
            w.object(SALT, &self.salt)
        })
    }
}

/// Which applications GET DATA 010A means: `4F AID`, those behind this one in ascending order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ApplicationSelector(pub Aid);

impl ApplicationSelector {
    /// Length of the longest encoding, in bytes.
    pub const ENCODED_MAX: usize = 2 + Aid::MAX;

    /// Reads the data field of GET DATA.
    ///
    /// # Errors
    /// Any other encoding.
    pub fn read(selector: &[u8]) -> Result<Self> {
        let mut reader = Reader::new(selector);
        let aid = reader.convert(AID, Aid::new)?;
        reader.finish()?;
        Ok(Self(aid))
    }

    /// Writes the data field of GET DATA to `out` and tells its length.
    ///
    /// # Errors
    /// [`crate::tlv::ErrorKind::Overflow`].
    pub fn write(&self, out: &mut [u8]) -> Result<usize> {
        let mut writer = Writer::new(out);
        writer.object(AID, self.0.as_bytes())?;
        Ok(writer.len())
    }
}

/// Reads the value of object 010A: entries with ascending AIDs.
///
/// # Errors
/// Any other encoding or order.
pub fn applications(value: &[u8]) -> Result<impl Iterator<Item = ApplicationEntry<'_>>> {
    let mut reader = Reader::new(value);
    let mut last = None;
    while !reader.is_empty() {
        let at = reader.invalid(ENTRY);
        let aid = ApplicationEntry::read(&mut reader)?.aid;
        if last >= Some(aid) {
            return Err(at);
        }
        last = Some(aid);
    }
    Ok(super::entries(value, ApplicationEntry::read))
}
