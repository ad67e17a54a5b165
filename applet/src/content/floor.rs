//! Version floors (rule 6): per owner and AID, they outlive deletion. A version returns only as the very package it was.

use apdu_spec::aid::Aid;
use apdu_spec::limits;
use apdu_spec::object::{Operation, ProviderId, Sdi};
use apdu_spec::reason::Reason;
use apdu_spec::tlv::{Reader, Tag, Writer};

use super::application::Pending;
use super::receipt::{self, Draft, Prepared};
use super::{authorization, request, require_consent};
use crate::core::Core;
use crate::error::{Error, Result};
use crate::layout;
use crate::platform::Platform;
use crate::session::Session;
use crate::store::Secrecy;

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
    while let Some((slot, floor)) = next(core, after)? {
        if floor.aid == *aid && floor.provider == *provider {
            return Ok(Some((slot, floor)));
        }
        after = Some(slot);
    }
    Ok(None)
}

/// The floor in the first slot above `after`, from the first when `None`.
pub(crate) fn next<P: Platform>(core: &mut Core<P>, after: Option<u16>) -> Result<Option<(u16, Floor)>> {
    let Some(slot) = core.next_slot(layout::floor(0), after)? else {
        return Ok(None);
    };
    let mut buffer = [0; RECORD_MAX];
    let record = core
        .load_checked(layout::floor(slot), &mut buffer)?
        .ok_or(Error::Memory)?;
    let floor = Floor::read(record).ok_or(Error::Memory)?;
    Ok(Some((slot, floor)))
}

/// Refuses a version that the floor forbids, a floor that would rise instead of being lowered, and one floor too many: none is ever
/// forgotten to make room, so a provider whose floors are used up gets no new AID.
pub(crate) fn check<P: Platform>(core: &mut Core<P>, sdi: &Sdi) -> Result<()> {
    let present = find(core, &sdi.aid, &sdi.provider)?.map(|(_, floor)| floor);
    let refusal = match (&sdi.package, present) {
        (Some(package), Some(floor)) if !floor.admits(sdi.version, &package.package) => Reason::VersionTooOld,
        (Some(_), None) if is_full(core, &sdi.provider)? => Reason::FloorsFull,
        (None, None) if sdi.operation == Operation::LowerFloor => Reason::NoSuchApplication,
        (None, Some(floor)) if sdi.operation == Operation::LowerFloor && sdi.version >= floor.version => {
            Reason::VersionNotLower
        }
        _ => return Ok(()),
    };
    Err(refusal.into())
}

/// Whether a provider, or the card, has as many floors as it may.
fn is_full<P: Platform>(core: &mut Core<P>, provider: &ProviderId) -> Result<bool> {
    let (mut own, mut all, mut after) = (0, 0, None);
    while let Some((slot, floor)) = next(core, after)? {
        own += usize::from(floor.provider == *provider);
        all += 1;
        after = Some(slot);
    }
    Ok(own >= limits::PROVIDER_FLOORS || all >= limits::FLOORS)
}

/// APPLICATION MANAGEMENT REQUEST, function 06: lowers a floor by joint authority, with the holder's consent once more (rule 6).
/// Afterwards every version above the new floor may be stored, and the receipt says what was done.
#[inline(never)]
pub(crate) fn lower<P: Platform>(
    core: &mut Core<P>,
    session: &mut Session,
    number: u32,
    reply: &mut Writer<'_>,
) -> Result<()> {
    if !core.state.is_registered() {
        return Err(Reason::NotRegistered.into());
    }
    require_consent(session)?;
    let open = request::by_number(core, number)?;
    if open.sdi().operation != Operation::LowerFloor {
        return Err(Reason::WrongOperation.into());
    }
    let authorized = authorization::check_kept(core, &open)?;
    request::check_operation(core, open.sdi())?;
    let sdi = open.sdi();
    let (slot, floor) = find(core, &sdi.aid, &sdi.provider)?.ok_or(Reason::NoSuchApplication)?;
    // No package has this digest: what was stored at the old floor does not return by it.
    let lowered = Floor {
        version: sdi.version,
        package: [0; 32],
        ..floor
    };
    let draft = Draft::of(core, &open, &authorized, lowered.package, Pending::Nothing)?;
    let prepared = receipt::prepare(core, core.state, &draft)?;
    let (records, bytes) = Prepared::COST;
    let mut change = core.begin_removal(records + request::PARTS.len() + 1, bytes + RECORD_MAX)?;
    let mut buffer = [0; RECORD_MAX];
    change.put(
        layout::floor(slot),
        &[lowered.write(&mut buffer)?],
        Secrecy::Public,
    )?;
    request::retire::<P>(&mut change, open.slot)?;
    prepared.commit::<P>(change)?;
    core.state = prepared.state;
    Ok(reply.raw(prepared.bytes())?)
}
