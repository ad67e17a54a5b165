//! File control information: SPEC.md section 8.
//!
//! ISO/IEC 7816-4:2020, 7.4. What belongs here: what SELECT answers and CREATE FILE takes. What does not: files.

mod kind;
mod reference;

pub use kind::{FileKind, RecordFormat, Structure};
pub use reference::RuleReference;

use crate::access::AccessRules;
use crate::aid::Aid;
use crate::tlv::{Reader, Result, Tag, Writer};

/// File id of the MF.
pub const MASTER_FILE: u16 = 0x3F00;
/// File id of EF.DIR, the list of applications.
pub const EF_DIR: u16 = 0x2F00;
/// File id of EF.ATR/INFO, what the card can do.
pub const EF_ATR_INFO: u16 = 0x2F01;
/// File id of EF.GDO, the card's serial number.
pub const EF_GDO: u16 = 0x2F02;

/// Whether no package and no CREATE FILE may use a file id: ISO/IEC 7816-4:2020, 7.3.1.1, and the card's own.
#[must_use]
pub const fn is_reserved_id(id: u16) -> bool {
    matches!(id, 0x0000 | 0x3F00 | 0x3FFF | 0xFFFF | EF_DIR..=EF_GDO)
}

/// FCI template.
const FCI: Tag = Tag(0x6F);
/// FCP template.
const FCP: Tag = Tag(0x62);
/// FMD template.
const FMD: Tag = Tag(0x64);
const SIZE: Tag = Tag(0x80);
const DESCRIPTOR: Tag = Tag(0x82);
const ID: Tag = Tag(0x83);
const NAME: Tag = Tag(0x84);
const SHORT_ID: Tag = Tag(0x88);
const LIFE_CYCLE: Tag = Tag(0x8A);
const REFERENCE: Tag = Tag(0x8B);
const RULES: Tag = Tag(0xAB);
const PROPRIETARY: Tag = Tag(0xA5);
const VERSION: Tag = Tag(0x81);
const LABEL: Tag = Tag(0x50);

/// Data coding byte of an EF of records: WRITE RECORD is a logical OR, a data unit is one byte. ISO/IEC 7816-4:2020, 12.2.2.9.
const DATA_CODING: u8 = 0x41;

/// Life cycle of a card or a file. ISO/IEC 7816-4:2020, 7.4.10.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LifeCycle {
    /// 03, before registration.
    Initialisation,
    /// 04, cannot be used until activated.
    Deactivated,
    /// 05, in use.
    Operational,
    /// 0C, cannot be used any more.
    Terminated,
}

impl LifeCycle {
    /// The state with this life cycle status byte.
    #[must_use]
    pub const fn from_byte(byte: u8) -> Option<Self> {
        match byte {
            0x03 => Some(Self::Initialisation),
            0x04 => Some(Self::Deactivated),
            0x05 => Some(Self::Operational),
            0x0C => Some(Self::Terminated),
            _ => None,
        }
    }

    /// The life cycle status byte.
    #[must_use]
    pub const fn to_byte(self) -> u8 {
        match self {
            Self::Initialisation => 0x03,
            Self::Deactivated => 0x04,
            Self::Operational => 0x05,
            Self::Terminated => 0x0C,
        }
    }
}

/// File control parameters. ISO/IEC 7816-4:2020, 7.4.3.
///
/// ```text
/// 62 { [80 size (2)] 82 descriptor (1, with records 5) 83 file id (2) [84 AID] [88 short id << 3 (1)] [8A life cycle (1)]
///      [AB access rules] [A5 { 81 version (4) }] }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FileControl<'a> {
    /// Content of an EF in bytes; an EF has one, a DF has none.
    pub size: Option<u16>,
    /// What the file is.
    pub kind: FileKind,
    /// File id.
    pub id: u16,
    /// Name of an application's DF.
    pub aid: Option<Aid>,
    /// Short id of an EF, 01 to 1E.
    pub short_id: Option<u8>,
    /// Life cycle.
    pub life_cycle: Option<LifeCycle>,
    /// Access rules; [`AccessRules::NONE`] is left out of the encoding.
    pub rules: AccessRules<'a>,
    /// Version of an application, on its DF.
    pub version: Option<u32>,
}

impl<'a> FileControl<'a> {
    /// Longest encoding, in bytes: size, descriptor, id, AID, short id, life cycle, rules and version.
    pub const ENCODED_MAX: usize = 3 + 4 + 7 + 4 + 18 + 3 + 3 + 2 + crate::limits::RULE_MAX + 8;

    /// Reads one 62 object and nothing else.
    ///
    /// # Errors
    /// Any other encoding than the canonical one, and values the fields do not allow.
    pub fn read(encoded: &'a [u8]) -> Result<Self> {
        let mut reader = Reader::new(encoded);
        let control = Self::read_from(&mut reader)?;
        reader.finish()?;
        Ok(control)
    }

    /// As [`Self::read`], of a file that is to be made: in the place of its rules there may be 8B with a reference to them.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn read_new(encoded: &'a [u8]) -> Result<(Self, Option<RuleReference>)> {
        let mut reader = Reader::new(encoded);
        let new = Self::read_fields(&mut reader, true)?;
        reader.finish()?;
        Ok(new)
    }

    fn read_from(outer: &mut Reader<'a>) -> Result<Self> {
        Ok(Self::read_fields(outer, false)?.0)
    }

    fn read_fields(outer: &mut Reader<'a>, is_new: bool) -> Result<(Self, Option<RuleReference>)> {
        let mut reader = outer.nested(FCP)?;
        let reader = &mut reader;
        let size = optional(reader, SIZE, |value| value.try_into().ok())?.map(u16::from_be_bytes);
        let kind = reader.convert(DESCRIPTOR, |value| {
            descriptor(value).filter(|kind| size.map_or(!kind.is_ef(), |size| kind.fits(size)))
        })?;
        let id = reader.u16(ID)?;
        let aid = optional(reader, NAME, |name| {
            Aid::new(name).filter(|_| kind == FileKind::Dedicated)
        })?;
        let short_id = optional(reader, SHORT_ID, |value| match *value {
            [byte @ 0x08..=0xF0] if byte & 0x07 == 0 && kind.is_ef() => Some(byte >> 3),
            _ => None,
        })?;
        let life_cycle = optional(reader, LIFE_CYCLE, |value| match *value {
            [byte] => LifeCycle::from_byte(byte),
            _ => None,
        })?;
        let reference = match is_new {
            true => optional(reader, REFERENCE, RuleReference::from_bytes)?,
            false => None,
        };
        let rules = match reader.peek()? {
            Some(_) if reference.is_some() => AccessRules::NONE,
            Some(object) if object.tag == RULES && object.value.is_empty() => {
                return Err(reader.invalid(RULES));
            }
            Some(object) if object.tag == RULES => AccessRules::read(reader.nested(RULES)?)?,
            _ => AccessRules::NONE,
        };
        let version = match reader.peek()? {
            Some(object) if object.tag == PROPRIETARY && kind == FileKind::Dedicated => {
                let mut inner = reader.nested(PROPRIETARY)?;
                let version = inner.u32(VERSION)?;
                inner.finish()?;
                Some(version)
            }
            _ => None,
        };
        reader.finish()?;
        let control = Self {
            size,
            kind,
            id,
            aid,
            short_id,
            life_cycle,
            rules,
            version,
        };
        Ok((control, reference))
    }

    /// Writes the 62 object to `out` and tells its length.
    ///
    /// # Errors
    /// [`crate::tlv::ErrorKind::Overflow`], or [`crate::tlv::ErrorKind::InvalidValue`] for a field this kind of file does not have.
    pub fn write(&self, out: &mut [u8]) -> Result<usize> {
        let mut writer = Writer::new(out);
        self.write_to(&mut writer)?;
        Ok(writer.len())
    }

    /// Appends the 62 object.
    ///
    /// # Errors
    /// As [`Self::write`].
    pub fn write_to(&self, writer: &mut Writer<'_>) -> Result<()> {
        self.write_new_to(None, writer)
    }

    /// Appends the 62 object of a file that is to be made, with `reference` in the place of its rules, which it must not have then.
    ///
    /// # Errors
    /// As [`Self::write`].
    pub fn write_new_to(&self, reference: Option<RuleReference>, writer: &mut Writer<'_>) -> Result<()> {
        let is_ef = self.kind.is_ef();
        writer.demand(SIZE, self.size.map_or(!is_ef, |size| self.kind.fits(size)))?;
        writer.demand(NAME, self.aid.is_none() || !is_ef)?;
        writer.demand(
            SHORT_ID,
            self.short_id.is_none_or(|id| is_ef && matches!(id, 0x01..=0x1E)),
        )?;
        writer.demand(PROPRIETARY, self.version.is_none() || !is_ef)?;
        writer.demand(
            REFERENCE,
            reference.is_none_or(|reference| self.rules.is_empty() && reference.is_possible()),
        )?;
        writer.nested(FCP, |w| {
            self.size.map_or(Ok(()), |size| w.u16(SIZE, size))?;
            match self.kind.records() {
                Some(format) => {
                    let descriptor = self.kind.descriptor();
                    w.object(
                        DESCRIPTOR,
                        &[descriptor, DATA_CODING, 0, format.length, format.number],
                    )?
                }
                None => w.byte(DESCRIPTOR, self.kind.descriptor())?,
            }
            w.u16(ID, self.id)?;
            self.aid.map_or(Ok(()), |aid| w.object(NAME, aid.as_bytes()))?;
            self.short_id.map_or(Ok(()), |id| w.byte(SHORT_ID, id << 3))?;
            self.life_cycle
                .map_or(Ok(()), |state| w.byte(LIFE_CYCLE, state.to_byte()))?;
            reference.map_or(Ok(()), |reference| w.object(REFERENCE, &reference.to_bytes()))?;
            if !self.rules.is_empty() {
                w.object(RULES, self.rules.as_bytes())?;
            }
            self.version.map_or(Ok(()), |version| {
                w.nested(PROPRIETARY, |w| w.u32(VERSION, version))
            })
        })
    }
}

/// File descriptor byte, and for records data coding byte, length of the longest record (2) and number of records (1).
/// ISO/IEC 7816-4:2020, 7.4.5.
fn descriptor(value: &[u8]) -> Option<FileKind> {
    match *value {
        [descriptor] => FileKind::new(descriptor, None),
        [descriptor, DATA_CODING, 0, length, number] => FileKind::new(descriptor, Some((length, number))),
        _ => None,
    }
}

/// Consumes the object `tag` if it comes next, and gives what `convert` makes of its value.
fn optional<'a, T>(
    reader: &mut Reader<'a>,
    tag: Tag,
    convert: impl FnOnce(&'a [u8]) -> Option<T>,
) -> Result<Option<T>> {
    match reader.peek()? {
        Some(object) if object.tag == tag => reader.convert(tag, convert).map(Some),
        _ => Ok(None),
    }
}

/// What SELECT answers, whichever template was asked for. ISO/IEC 7816-4:2020, 7.4.2.
///
/// FCI: `6F { 62 ... [64 { 50 label }] }`; FCP: `62 ...`; FMD: `64 { [50 label] }`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FileInformation<'a> {
    /// Control parameters, in FCI and FCP.
    pub control: Option<FileControl<'a>>,
    /// An application's label (UTF-8, 1 to 32 bytes), in FCI and FMD.
    pub label: Option<&'a str>,
}

impl<'a> FileInformation<'a> {
    /// Reads an FCI, FCP or FMD object and nothing else.
    ///
    /// # Errors
    /// Any other encoding than the canonical one.
    pub fn read(encoded: &'a [u8]) -> Result<Self> {
        let mut reader = Reader::new(encoded);
        let information = match reader.peek()?.map(|object| object.tag) {
            Some(FCP) => Self {
                control: Some(FileControl::read_from(&mut reader)?),
                label: None,
            },
            Some(FMD) => Self {
                control: None,
                label: read_management(&mut reader)?,
            },
            _ => {
                let mut inner = reader.nested(FCI)?;
                let control = Some(FileControl::read_from(&mut inner)?);
                let at = inner.invalid(FMD);
                let label = match inner.is_empty() {
                    true => None,
                    false => Some(read_management(&mut inner)?.ok_or(at)?),
                };
                inner.finish()?;
                Self { control, label }
            }
        };
        reader.finish()?;
        Ok(information)
    }

    /// Writes an FCI with control parameters, or an FMD without, and tells its length.
    ///
    /// # Errors
    /// As [`FileControl::write`], and [`crate::tlv::ErrorKind::InvalidValue`] for a label of the wrong length.
    pub fn write(&self, out: &mut [u8]) -> Result<usize> {
        let mut writer = Writer::new(out);
        match self.control {
            Some(control) => writer.nested(FCI, |w| {
                control.write_to(w)?;
                if self.label.is_some() {
                    write_management(w, self.label)
                } else {
                    Ok(())
                }
            })?,
            None => write_management(&mut writer, self.label)?,
        }
        Ok(writer.len())
    }
}

fn read_management<'a>(reader: &mut Reader<'a>) -> Result<Option<&'a str>> {
    let mut inner = reader.nested(FMD)?;
    let label = if inner.is_empty() {
        None
    } else {
        Some(read_label(&mut inner)?)
    };
    inner.finish()?;
    Ok(label)
}

fn write_management(writer: &mut Writer<'_>, label: Option<&str>) -> Result<()> {
    writer.nested(FMD, |w| label.map_or(Ok(()), |label| write_label(w, label)))
}

/// Consumes an application label: UTF-8, 1 to 32 bytes. ISO/IEC 7816-4:2020, 12.2.4.
///
/// # Errors
/// [`crate::tlv::ErrorKind::InvalidValue`], or as [`Reader::object`].
pub fn read_label<'a>(reader: &mut Reader<'a>) -> Result<&'a str> {
    reader.convert(LABEL, |value| {
        core::str::from_utf8(value)
            .ok()
            .filter(|label| (1..=32).contains(&label.len()))
    })
}

/// Appends an application label.
///
/// # Errors
/// [`crate::tlv::ErrorKind::InvalidValue`] unless it has 1 to 32 bytes, [`crate::tlv::ErrorKind::Overflow`].
pub fn write_label(writer: &mut Writer<'_>, label: &str) -> Result<()> {
    writer.demand(LABEL, (1..=32).contains(&label.len()))?;
    writer.object(LABEL, label.as_bytes())
}
