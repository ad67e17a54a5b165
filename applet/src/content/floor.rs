//! Version floors (rule 6): per owner and AID, they outlive deletion. A version returns only as the very package it was.

use apdu_spec::aid::Aid;
use apdu_spec::object::ProviderId;
use apdu_spec::tlv::{Reader, Tag, Writer};

use crate::core::Core;
use crate::error::{Error, Result};
use crate::layout;
use crate::platform::Platform;

/// The longest record.
pub(crate) const RECORD_MAX: usize = 128;

/// The highest version ever stored under an AID by its owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Floor {
    pub(crate) aid: Aid,
    pub(crate) provider: ProviderId,
    pub(crate) version: u32,
    pub(crate) package: [u8; 32],
}

impl Floor {
    /// Writes the record.
    pub(crate) fn write<'b>(&self, buffer: &'b mut [u8; RECORD_MAX]) -> Result<&'b [u8]> {
        let mut writer = Writer::new(buffer);
        writer.object(Tag(0x4F), self.aid.as_bytes())?;
        self.provider.write(&mut writer)?;
        writer.u32(Tag(0x81), self.version)?;
        writer.object(Tag(0x83), &self.package)?;
        Ok(writer.finish())
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader::new(bytes);
        Some(Self {
            aid: Aid::new(reader.value(Tag(0x4F)).ok()?)?,
            provider: ProviderId::read(&mut reader).ok()?,
            version: reader.u32(Tag(0x81)).ok()?,
            package: reader.array(Tag(0x83)).ok()?,
        })
    }

    /// Whether a version may be stored over this floor.
    pub(crate) fn admits(&self, version: u32, package: &[u8; 32]) -> bool {
        version > self.version || (version == self.version && *package == self.package)
    }
}

/// The floor of an AID and its owner, with its slot.
pub(crate) fn find<P: Platform>(
    core: &mut Core<P>,
    aid: &Aid,
    provider: &ProviderId,
) -> Result<Option<(u16, Floor)>> {
    let mut after = None;
    while let Some(slot) = core.next_slot(layout::floor(0), after)? {
        let mut buffer = [0; RECORD_MAX];
        let record = core
            .load_checked(layout::floor(slot), &mut buffer)?
            .ok_or(Error::Memory)?;
        let floor = Floor::read(record).ok_or(Error::Memory)?;
        if floor.aid == *aid && floor.provider == *provider {
            return Ok(Some((slot, floor)));
        }
        after = Some(slot);
    }
    Ok(None)
}

/// APPLICATION MANAGEMENT REQUEST, function 06.
pub(crate) fn lower<P: Platform>(
    _core: &mut Core<P>,
    _session: &mut crate::session::Session,
    _number: u32,
    _reply: &mut Writer<'_>,
) -> Result<()> {
    Err(Error::WrongState)
}
