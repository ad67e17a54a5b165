//! What is on the card, and what was: lists in ascending order, as many entries as fit a reply, and of them what the asking party
//! may see.

use apdu_spec::aid::Aid;
use apdu_spec::data::{ApplicationEntry, ChildSelector, FloorEntry};
use apdu_spec::limits;
use apdu_spec::reason::Reason;
use apdu_spec::tlv::Writer;

use crate::content::application;
use crate::content::audience::Audience;
use crate::content::floor::{self, Floor};
use crate::core::Core;
use crate::error::{Error, Result};
use crate::platform::Platform;
use crate::session::Session;

/// The applications behind `last` (all when `None`).
pub(super) fn applications<P: Platform>(
    core: &mut Core<P>,
    audience: Audience,
    mut last: Option<Aid>,
    reply: &mut Writer<'_>,
) -> Result<()> {
    audience.require_known()?;
    while let Some((_, application)) = application::next_after(core, last)? {
        last = Some(application.aid);
        if !audience.sees(&application.provider) {
            continue;
        }
        let mut buffer = [0; ApplicationEntry::ENCODED_MAX];
        let mut entry = Writer::new(&mut buffer);
        ApplicationEntry {
            aid: application.aid,
            label: &application.label,
            version: application.version,
            package: application.package,
            provider: application.provider,
            salt: application.salt,
        }
        .write(&mut entry)?;
        if reply.raw(entry.finish()).is_err() {
            break;
        }
    }
    Ok(())
}

/// The floors behind those of the AID `after` (all when `None`).
pub(super) fn floors<P: Platform>(
    core: &mut Core<P>,
    audience: Audience,
    after: Option<Aid>,
    reply: &mut Writer<'_>,
) -> Result<()> {
    audience.require_known()?;
    let mut last = after.map(|aid| (aid, u16::MAX));
    while let Some((slot, floor, count)) = following(core, audience, last)? {
        // Two owners may have had one AID, and a list is continued behind an AID: it has all entries of one, or none.
        let is_first = last.is_none_or(|(aid, _)| aid != floor.aid);
        let room = limits::REPLY_DATA_MAX.saturating_sub(reply.len());
        if is_first && count * FloorEntry::ENCODED_MAX > room && !reply.is_empty() {
            break;
        }
        last = Some((floor.aid, slot));
        FloorEntry {
            aid: floor.aid,
            version: floor.version,
            package: floor.package,
            provider: floor.provider,
        }
        .write(reply)?;
    }
    Ok(())
}

/// The floor that follows `last` in the order of AIDs and slots, with its slot, and how many are left of its AID.
fn following<P: Platform>(
    core: &mut Core<P>,
    audience: Audience,
    last: Option<(Aid, u16)>,
) -> Result<Option<(u16, Floor, usize)>> {
    let (mut best, mut after) = (None::<(u16, Floor, usize)>, None);
    while let Some((slot, floor)) = floor::next(core, after)? {
        after = Some(slot);
        if !audience.sees(&floor.provider) || last.is_some_and(|last| (floor.aid, slot) <= last) {
            continue;
        }
        match &mut best {
            Some((_, best, count)) if best.aid == floor.aid => *count += 1,
            Some((_, best, _)) if best.aid < floor.aid => {}
            _ => best = Some((slot, floor, 1)),
        }
    }
    Ok(best)
}

/// The files in the current DF behind `last` (all when `None`). Everybody may ask: SELECT answers the same, id by id.
pub(super) fn children<P: Platform>(
    core: &mut Core<P>,
    session: &Session,
    mut last: Option<u16>,
    reply: &mut Writer<'_>,
) -> Result<()> {
    if session.deactivated {
        return Err(Error::Refused(Reason::Deactivated));
    }
    while let Some(id) = core.next_entry(session.df, last)? {
        if reply.raw(&ChildSelector(id).encode()).is_err() {
            break;
        }
        last = Some(id);
    }
    Ok(())
}
