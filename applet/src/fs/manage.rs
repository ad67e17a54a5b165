//! ACTIVATE, DEACTIVATE, TERMINATE and DELETE FILE, of a file; TERMINATE CARD USAGE (ISO/IEC 7816-9). Rule 2: after registration
//! only below an application's own DF, where the package's rules decide, and never beyond its quota.

use apdu_spec::access::AccessMode;
use apdu_spec::command::{FileChange, SelectTarget};
use apdu_spec::file::{FileKind, LifeCycle};
use apdu_spec::limits;
use apdu_spec::reason::Reason;

use super::directory::{Df, DfKind, RECORD_MAX};
use super::{require, select};
use crate::content::{application, tree};
use crate::core::Core;
use crate::error::{Error, Result};
use crate::layout::{self, MASTER_FILE};
use crate::platform::Platform;
use crate::session::Session;
use crate::state::CardState;
use crate::store::Secrecy;

/// The application in which the session is, if what lies in `df` is its own; `None` before registration, when all is the personaliser's.
pub(crate) fn inside<P: Platform>(core: &mut Core<P>, session: &Session, df: u16) -> Result<Option<u16>> {
    if !core.state.is_registered() {
        return Ok(None);
    }
    match session.application {
        Some(application) if core.surroundings(df)?.application == Some(application) => Ok(Some(application)),
        _ => Err(Reason::AlreadyRegistered.into()),
    }
}

/// Whether an application may have one more file of `size` bytes in `parent`.
pub(crate) fn require_quota<P: Platform>(
    core: &mut Core<P>,
    application: u16,
    parent: u16,
    size: u16,
) -> Result<()> {
    let quota = application::by_df(core, application)?.ok_or(Error::Memory)?.quota;
    let mut used = (1, u32::from(size));
    add(core, application, &mut used, limits::DF_DEPTH)?;
    // A DF has one level less below it than the one around it; the service DF is at level 3.
    let (mut level, mut df) = (4, parent);
    while df != application {
        (level, df) = (level + 1, core.df(df)?.parent);
    }
    if used.0 > limits::MANIFEST_FILES || used.1 > quota || (size == 0 && level > limits::DF_DEPTH) {
        return Err(Error::NoMemory);
    }
    Ok(())
}

/// Adds the files and bytes below a DF.
fn add<P: Platform>(core: &mut Core<P>, df: u16, used: &mut (usize, u32), depth: usize) -> Result<()> {
    let depth = depth.checked_sub(1).ok_or(Error::Memory)?;
    let mut after = None;
    while let Some(id) = core.next_entry(df, after)? {
        let entry = core.entry(df, id)?.ok_or(Error::Memory)?;
        *used = (used.0 + 1, used.1.saturating_add(u32::from(entry.size)));
        if entry.kind == FileKind::Dedicated {
            add(core, entry.number, used, depth)?;
        }
        after = Some(id);
    }
    Ok(())
}

/// Changes the state of the current file or of a child of the current DF, or deletes it.
pub(crate) fn manage<P: Platform>(
    core: &mut Core<P>,
    session: &mut Session,
    change: FileChange,
    id: Option<u16>,
) -> Result<()> {
    let current = session.file.as_ref().map(|file| file.id);
    let place = match (id, current) {
        (Some(id), _) => Some((session.df, id)),
        (None, Some(id)) if change != FileChange::TerminateDf => Some((session.df, id)),
        _ if session.df == MASTER_FILE => None,
        _ => Some(select::place_of(core, session.df)?),
    };
    manage_at(core, session, change, place)
}

/// As [`manage`], of a file that is named as SELECT names it.
pub(crate) fn manage_named<P: Platform>(
    core: &mut Core<P>,
    session: &mut Session,
    change: FileChange,
    target: SelectTarget<'_>,
) -> Result<()> {
    let place = select::place(core, session.df, target)?;
    manage_at(core, session, change, place)
}

#[inline(never)]
fn manage_at<P: Platform>(
    core: &mut Core<P>,
    session: &mut Session,
    change: FileChange,
    place: Option<(u16, u16)>,
) -> Result<()> {
    let Some((parent, id)) = place else {
        return Err(match core.state.is_registered() {
            true => Reason::AlreadyRegistered.into(),
            false => Error::NoFileSelected,
        });
    };
    let application = inside(core, session, parent)?;
    if application.is_some() && core.surroundings(parent)?.state != LifeCycle::Operational {
        return Err(Reason::Deactivated.into());
    }
    let mut entry = core.entry(parent, id)?.ok_or(Error::FileNotFound)?;
    let is_df = entry.kind == FileKind::Dedicated;
    match change {
        FileChange::TerminateEf if is_df => return Err(Error::IncompatibleFile),
        FileChange::TerminateDf if !is_df => return Err(Error::IncompatibleFile),
        _ => {}
    }
    require(core, session, &entry.rules, change.mode())?;
    if change == FileChange::Delete {
        let rules = core.df(parent)?.rules;
        require(core, session, &rules, AccessMode::DELETE_CHILD)?;
        delete(core, parent, id, entry.number, is_df)?;
    } else {
        let life_cycle = match change {
            FileChange::Activate => LifeCycle::Operational,
            FileChange::Deactivate => LifeCycle::Deactivated,
            _ => LifeCycle::Terminated,
        };
        if entry.life_cycle == LifeCycle::Terminated {
            return Err(Error::WrongState);
        }
        if entry.life_cycle == life_cycle {
            return Ok(());
        }
        entry.life_cycle = life_cycle;
        // Records that stay as long as they are: there is room for that on a full card.
        let mut writing = core.begin_removal(2, 2 * RECORD_MAX)?;
        if is_df {
            let df = Df {
                kind: DfKind::Inner,
                life_cycle,
                parent,
                id,
                rules: entry.rules.clone(),
            };
            writing.put(
                layout::df(entry.number),
                &[&df.header(), &df.rules],
                Secrecy::Public,
            )?;
        }
        writing.put_last(
            layout::entry(parent, id),
            &[&entry.header(), &entry.rules],
            Secrecy::Public,
        )?;
    }
    select::look_again(core, session)
}

fn delete<P: Platform>(core: &mut Core<P>, parent: u16, id: u16, number: u16, is_df: bool) -> Result<()> {
    let keys = if is_df {
        tree::count(core, number)?
    } else {
        tree::count_number(core, number)?
    };
    let mut change = core.begin_removal(keys + 1, 0)?;
    if is_df {
        tree::delete::<P>(&mut change, number, &[])?;
    } else {
        tree::delete_number::<P>(&mut change, number)?;
    }
    change.delete(layout::entry(parent, id))?;
    Ok(change.commit()?)
}

/// TERMINATE CARD USAGE: what a personaliser does to a card that shall never be issued. An issued card is nobody's alone to end.
pub(crate) fn terminate_card<P: Platform>(core: &mut Core<P>) -> Result<()> {
    if core.state.is_registered() {
        return Err(Reason::AlreadyRegistered.into());
    }
    core.put_state(CardState {
        life_cycle: LifeCycle::Terminated,
        ..core.state
    })
}
