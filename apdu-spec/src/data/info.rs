//! EF.DIR, EF.ATR/INFO and EF.GDO. ISO/IEC 7816-4:2020, 12.2.1, 12.2.2; SPEC.md section 8.

use crate::aid::Aid;
use crate::file::{read_label, write_label};
use crate::limits::{COMMAND_DATA_MAX, REPLY_DATA_MAX};
use crate::tlv::{Reader, Result, Tag, Writer};

const ENTRY: Tag = Tag(0x61);
const AID: Tag = Tag(0x4F);
const SERVICE: Tag = Tag(0x43);
const CAPABILITIES: Tag = Tag(0x47);
const LENGTHS: Tag = Tag(0x7F66);
const INTEGER: Tag = Tag(0x02);
const SYMBOLON: Tag = Tag(0xE0);
const PLATFORM_VERSION: Tag = Tag(0x81);
const OBJECTS: Tag = Tag(0x82);
const SERIAL: Tag = Tag(0x5A);

/// One application in EF.DIR: `61 { 4F AID 50 label }`. ISO/IEC 7816-4:2020, 12.2.3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DirectoryEntry<'a> {
    /// Its name.
    pub aid: Aid,
    /// Its label, UTF-8, 1 to 32 bytes.
    pub label: &'a str,
}

impl<'a> DirectoryEntry<'a> {
    /// Consumes one 61 object.
    ///
    /// # Errors
    /// Any other encoding.
    pub fn read(outer: &mut Reader<'a>) -> Result<Self> {
        let mut reader = outer.nested(ENTRY)?;
        let aid = reader.convert(AID, Aid::new)?;
        let label = read_label(&mut reader)?;
        reader.finish()?;
        Ok(Self { aid, label })
    }

    /// Appends the 61 object.
    ///
    /// # Errors
    /// [`crate::tlv::ErrorKind::InvalidValue`] for a label of the wrong length, [`crate::tlv::ErrorKind::Overflow`].
    pub fn write(&self, writer: &mut Writer<'_>) -> Result<()> {
        writer.nested(ENTRY, |w| {
            w.object(AID, self.aid.as_bytes())?;
            write_label(w, self.label)
        })
    }
}

/// Reads the content of EF.DIR.
///
/// # Errors
/// Any other encoding.
pub fn directory(content: &[u8]) -> Result<impl Iterator<Item = DirectoryEntry<'_>>> {
    let mut reader = Reader::new(content);
    while !reader.is_empty() {
        DirectoryEntry::read(&mut reader)?;
    }
    Ok(super::entries(content, DirectoryEntry::read))
}

/// What the card can do: the content of EF.ATR/INFO.
///
/// ```text
/// 43 card service data (1) 47 card capabilities (3)
/// 7F66 { 02 longest command APDU (2) 02 longest response APDU (2) }
/// E0 { 81 platform version (2) 82 objects (2) }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CardInformation {
    /// Card service data. ISO/IEC 7816-4:2020, 12.2.2.5.
    pub service: u8,
    /// Card capabilities. ISO/IEC 7816-4:2020, 12.2.2.9.
    pub capabilities: [u8; 3],
    /// Longest command APDU, in bytes: header, length fields and data.
    pub command_length: u16,
    /// Longest response APDU, in bytes: data and status.
    pub reply_length: u16,
    /// Version of the card's program.
    pub platform_version: u16,
    /// Files, PINs and keys the card has room for.
    pub objects: u16,
}

impl CardInformation {
    /// Length of the encoding, in bytes.
    pub const ENCODED: usize = 29;
    /// Longest command APDU with the limits of this crate: header, three and two bytes of lengths, data.
    pub const COMMAND_LENGTH: usize = 4 + 3 + COMMAND_DATA_MAX + 2;
    /// Longest response APDU with the limits of this crate: data and status.
    pub const REPLY_LENGTH: usize = REPLY_DATA_MAX + 2;

    /// Reads the content of EF.ATR/INFO.
    ///
    /// # Errors
    /// Any other encoding.
    pub fn read(content: &[u8]) -> Result<Self> {
        let mut reader = Reader::new(content);
        let service = reader.byte(SERVICE)?;
        let capabilities = reader.array(CAPABILITIES)?;
        let mut lengths = reader.nested(LENGTHS)?;
        let command_length = lengths.u16(INTEGER)?;
        let reply_length = lengths.u16(INTEGER)?;
        lengths.finish()?;
        let mut own = reader.nested(SYMBOLON)?;
        let platform_version = own.u16(PLATFORM_VERSION)?;
        let objects = own.u16(OBJECTS)?;
        own.finish()?;
        reader.finish()?;
        Ok(Self {
            service,
            capabilities,
            command_length,
            reply_length,
            platform_version,
            objects,
        })
    }

    /// Writes the content of EF.ATR/INFO to `out` and tells its length, [`Self::ENCODED`].
    ///
    /// # Errors
    /// [`crate::tlv::ErrorKind::Overflow`].
    pub fn write(&self, out: &mut [u8]) -> Result<usize> {
        let mut writer = Writer::new(out);
        writer.byte(SERVICE, self.service)?;
        writer.object(CAPABILITIES, &self.capabilities)?;
        writer.nested(LENGTHS, |w| {
            w.u16(INTEGER, self.command_length)?;
            w.u16(INTEGER, self.reply_length)
        })?;
        writer.nested(SYMBOLON, |w| {
            w.u16(PLATFORM_VERSION, self.platform_version)?;
            w.u16(OBJECTS, self.objects)
        })?;
        Ok(writer.len())
    }
}

/// Reads the content of EF.GDO, `5A serial number (8)`.
///
/// # Errors
/// Any other encoding.
pub fn read_serial_number(content: &[u8]) -> Result<[u8; 8]> {
    let mut reader = Reader::new(content);
    let number = reader.array(SERIAL)?;
    reader.finish()?;
    Ok(number)
}

/// Writes the content of EF.GDO to `out` and tells its length, 10.
///
/// # Errors
/// [`crate::tlv::ErrorKind::Overflow`].
pub fn write_serial_number(number: [u8; 8], out: &mut [u8]) -> Result<usize> {
    let mut writer = Writer::new(out);
    writer.object(SERIAL, &number)?;
    Ok(writer.len())
}
