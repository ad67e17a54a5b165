//! SELECT (ISO/IEC 7816-4, 11.2.2): by file id, path and AID, whole or shortened.

use apdu_spec::access::AccessRules;
use apdu_spec::aid::Aid;
use apdu_spec::command::{SelectReply, SelectTarget};
use apdu_spec::file::{FileControl, FileKind, LifeCycle};
use apdu_spec::status::Status;
use apdu_spec::tlv::{Tag, Writer};

use super::directory::DfKind;
use super::{OpenFile, Source, directory, virtual_file};
use crate::content::application::{self, Application};
use crate::core::Core;
use crate::error::{Error, Result};
use crate::layout::{self, MASTER_FILE};
use crate::platform::Platform;
use crate::session::Session;

/// What a SELECT found.
enum Found {
    Df(u16),
    /// An EF and the DF it lies in.
    File(u16, OpenFile),
}

impl OpenFile {
    /// The current EF made of its directory entry.
    pub(crate) fn of(id: u16, entry: directory::Entry) -> Self {
        Self {
            source: match entry.kind {
                FileKind::Records(format) => Source::Records(entry.number, format),
                FileKind::Transparent | FileKind::Dedicated => Source::Chunks(entry.number),
            },
            id,
            size: entry.size,
            short_id: entry.short_id,
            life_cycle: entry.life_cycle,
            rules: entry.rules,
            record: 0,
        }
    }

    /// Its control parameters.
    pub(crate) fn control(&self) -> Result<FileControl<'_>> {
        Ok(FileControl {
            size: Some(self.size),
            kind: match self.source {
                Source::Records(_, format) => FileKind::Records(format),
                Source::Chunks(_) | Source::Virtual(_) => FileKind::Transparent,
            },
            id: self.id,
            aid: None,
            short_id: self.short_id,
            life_cycle: Some(self.life_cycle),
            rules: AccessRules::new(&self.rules).map_err(|_| Error::Memory)?,
            version: None,
        })
    }
}

/// Selects a file; the session changes only if one was found. What the holder switched off is found, with a warning.
pub(crate) fn select<P: Platform>(
    core: &mut Core<P>,
    session: &mut Session,
    target: SelectTarget<'_>,
    form: SelectReply,
    next: bool,
    reply: &mut Writer<'_>,
) -> Result<Status> {
    if next && !matches!(target, SelectTarget::Aid(_)) {
        return Err(Error::FileNotFound);
    }
    let found = match target {
        SelectTarget::Aid(name) | SelectTarget::LastAid(name) | SelectTarget::PreviousAid(name) => {
            let which = match target {
                SelectTarget::LastAid(_) => Occurrence::Last,
                SelectTarget::PreviousAid(_) => Occurrence::Previous,
                _ if next => Occurrence::Next,
                _ => Occurrence::First,
            };
            let (aid, df) = by_aid(core, name, which, session.last_match)?;
            session.last_match = Some(aid);
            Found::Df(df)
        }
        target => find(core, session.df, target)?,
    };
    // The reply is made before anything moves: if it cannot be made, nothing has.
    if form != SelectReply::Nothing {
        match &found {
            Found::Df(number) => describe_df(core, *number, form, reply)?,
            Found::File(_, file) => describe(&file.control()?, None, form, reply)?,
        }
    }
    let (df, file) = match found {
        Found::Df(number) => (number, None),
        Found::File(df, file) => (df, Some(file)),
    };
    let directory::Surroundings { application, state } = core.surroundings(df)?;
    let deactivated = state != LifeCycle::Operational;
    // The state of the file itself, unless it lies where nothing answers.
    let state = match &file {
        Some(file) if !deactivated => file.life_cycle,
        _ => state,
    };
    session.enter(df, application);
    session.deactivated = deactivated;
    session.file = file;
    Ok(match state {
        LifeCycle::Deactivated => Status::DEACTIVATED,
        LifeCycle::Terminated => Status::TERMINATED,
        LifeCycle::Initialisation | LifeCycle::Operational => Status::SUCCESS,
    })
}

/// The file that is named otherwise than by AID, seen from a DF.
#[inline(never)]
fn find<P: Platform>(core: &mut Core<P>, df: u16, target: SelectTarget<'_>) -> Result<Found> {
    match target {
        SelectTarget::MasterFile => Ok(Found::Df(MASTER_FILE)),
        SelectTarget::FileId(id) => by_id(core, df, id),
        SelectTarget::ChildDf(id) => expect_df(child(core, df, id)?),
        SelectTarget::ChildEf(id) => expect_file(child(core, df, id)?),
        SelectTarget::Parent => Ok(Found::Df(parent(core, df)?)),
        SelectTarget::PathFromMf(path) => by_path(core, MASTER_FILE, without_master(path)),
        SelectTarget::PathFromCurrent(path) => by_path(core, df, path),
        SelectTarget::Aid(_) | SelectTarget::LastAid(_) | SelectTarget::PreviousAid(_) => {
            Err(Error::FileNotFound)
        }
    }
}

/// Where such a file lies: the DF around it, and its id there. The MF lies nowhere.
pub(super) fn place<P: Platform>(
    core: &mut Core<P>,
    df: u16,
    target: SelectTarget<'_>,
) -> Result<Option<(u16, u16)>> {
    match find(core, df, target)? {
        Found::File(df, file) => Ok(Some((df, file.id))),
        Found::Df(MASTER_FILE) => Ok(None),
        Found::Df(number) => place_of(core, number).map(Some),
    }
}

/// Where a DF lies, which is not the MF.
pub(super) fn place_of<P: Platform>(core: &mut Core<P>, number: u16) -> Result<(u16, u16)> {
    let df = core.df(number)?;
    Ok((df.parent, df.id))
}

/// What is current after somebody else wrote: the same file as it is now, or the MF if it is gone.
pub(crate) fn look_again<P: Platform>(core: &mut Core<P>, session: &mut Session) -> Result<()> {
    if session.df == MASTER_FILE {
        session.application = None;
    } else if core.store.len(layout::df(session.df))?.is_none() {
        session.enter(MASTER_FILE, None);
        return Ok(());
    }
    let deactivated = core.surroundings(session.df)?.state != LifeCycle::Operational;
    if deactivated && !session.deactivated {
        session.enter(MASTER_FILE, None);
        return Ok(());
    }
    session.deactivated = deactivated;
    if let Some(open) = session.file.take() {
        session.file = match open.source {
            Source::Virtual(_) => Some(open),
            Source::Chunks(number) | Source::Records(number, _) => {
                let entry = core.entry(session.df, open.id)?;
                entry
                    .filter(|entry| entry.number == number)
                    .map(|entry| OpenFile {
                        record: open.record,
                        ..OpenFile::of(open.id, entry)
                    })
            }
        };
    }
    Ok(())
}

fn expect_df(found: Option<Found>) -> Result<Found> {
    match found {
        Some(Found::File(..)) | None => Err(Error::FileNotFound),
        Some(df) => Ok(df),
    }
}

fn expect_file(found: Option<Found>) -> Result<Found> {
    match found {
        Some(Found::Df(_)) | None => Err(Error::FileNotFound),
        Some(file) => Ok(file),
    }
}

/// An immediate child of a DF.
fn child<P: Platform>(core: &mut Core<P>, df: u16, id: u16) -> Result<Option<Found>> {
    if let Some(file) = virtual_file::by_id(df, id) {
        return Ok(Some(Found::File(df, virtual_file::open(core, file)?)));
    }
    Ok(core.entry(df, id)?.map(|entry| match entry.kind {
        FileKind::Dedicated => Found::Df(entry.number),
        FileKind::Transparent | FileKind::Records(_) => Found::File(df, OpenFile::of(id, entry)),
    }))
}

/// An EF in a DF.
pub(super) fn child_file<P: Platform>(core: &mut Core<P>, df: u16, id: u16) -> Result<OpenFile> {
    match child(core, df, id)?.ok_or(Error::FileNotFound)? {
        Found::File(_, file) => Ok(file),
        Found::Df(_) => Err(Error::IncompatibleFile),
    }
}

fn parent<P: Platform>(core: &mut Core<P>, df: u16) -> Result<u16> {
    let df = core.df(df)?;
    if df.kind == DfKind::Master {
        Err(Error::FileNotFound)
    } else {
        Ok(df.parent)
    }
}

/// By file id alone: a child of the current DF, that DF itself, its parent, or a sibling DF.
fn by_id<P: Platform>(core: &mut Core<P>, df: u16, id: u16) -> Result<Found> {
    if let Some(found) = child(core, df, id)? {
        return Ok(found);
    }
    let here = core.df(df)?;
    if here.id == id {
        return Ok(Found::Df(df));
    }
    if here.kind == DfKind::Master {
        return Err(Error::FileNotFound);
    }
    if core.df(here.parent)?.id == id {
        return Ok(Found::Df(here.parent));
    }
    expect_df(child(core, here.parent, id)?)
}

fn without_master(path: &[u8]) -> &[u8] {
    path.strip_prefix(&[0x3F, 0x00]).unwrap_or(path)
}

fn by_path<P: Platform>(core: &mut Core<P>, from: u16, path: &[u8]) -> Result<Found> {
    let mut found = Found::Df(from);
    for step in path.chunks(2) {
        let &[high, low] = step else {
            return Err(Error::IncorrectData);
        };
        // Only the last step of a path may be an EF.
        let Found::Df(df) = found else {
            return Err(Error::FileNotFound);
        };
        found = child(core, df, u16::from_be_bytes([high, low]))?.ok_or(Error::FileNotFound)?;
    }
    Ok(found)
}

/// Which of several applications a partial AID means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Occurrence {
    First,
    Last,
    Next,
    Previous,
}

/// The card itself, or an application, whose AID begins with `name`. The card comes first, then applications in ascending order; next and
/// previous count from the last match, and without one from before the first and behind the last.
fn by_aid<P: Platform>(
    core: &mut Core<P>,
    name: &[u8],
    which: Occurrence,
    last_match: Option<Aid>,
) -> Result<(Aid, u16)> {
    let place = |aid: Aid| (aid != Aid::PLATFORM, aid);
    let mut found = None;
    let mut candidate = Some((Aid::PLATFORM, MASTER_FILE));
    let mut passed = None;
    while let Some((aid, df)) = candidate {
        // Four bytes and less are too few to mean the card.
        let matches = aid.as_bytes().starts_with(name) && (aid != Aid::PLATFORM || name.len() >= 5);
        let wanted = match (which, last_match) {
            (Occurrence::Next, Some(last)) => place(aid) > place(last),
            (Occurrence::Previous, Some(last)) => place(aid) < place(last),
            _ => true,
        };
        if matches && wanted {
            found = Some((aid, df));
            if matches!(which, Occurrence::First | Occurrence::Next) {
                break;
            }
        }
        if aid != Aid::PLATFORM {
            passed = Some(aid);
        }
        candidate =
            application::next_after(core, passed)?.map(|(_, application)| (application.aid, application.df));
    }
    found.ok_or(Error::FileNotFound)
}

fn describe_df<P: Platform>(
    core: &mut Core<P>,
    number: u16,
    form: SelectReply,
    reply: &mut Writer<'_>,
) -> Result<()> {
    let df = core.df(number)?;
    let application = application::by_df(core, number)?;
    let control = FileControl {
        size: None,
        kind: FileKind::Dedicated,
        id: df.id,
        aid: match df.kind {
            DfKind::Master => Some(Aid::PLATFORM),
            _ => application.as_ref().map(|application| application.aid),
        },
        short_id: None,
        life_cycle: Some(if df.kind == DfKind::Master {
            core.state.life_cycle
        } else {
            df.life_cycle
        }),
        rules: AccessRules::new(&df.rules).map_err(|_| Error::Memory)?,
        version: application.as_ref().map(|application| application.version),
    };
    describe(&control, application.as_ref(), form, reply)
}

fn describe(
    control: &FileControl<'_>,
    application: Option<&Application>,
    form: SelectReply,
    reply: &mut Writer<'_>,
) -> Result<()> {
    let management = |w: &mut Writer<'_>| {
        w.nested(Tag(0x64), |w| match application {
            Some(application) => w.object(Tag(0x50), application.label.as_bytes()),
            None => Ok(()),
        })
    };
    Ok(match form {
        SelectReply::Fci => reply.nested(Tag(0x6F), |w| {
            control.write_to(w)?;
            application.map_or(Ok(()), |_| management(w))
        }),
        SelectReply::Fcp => control.write_to(reply),
        SelectReply::Fmd => management(reply),
        SelectReply::Nothing => Ok(()),
    }?)
}
