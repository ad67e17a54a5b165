//! CREATE FILE (ISO/IEC 7816-9): how a personaliser lays out files under the MF before registration, and how an application's user adds
//! files where the package lets him. Elsewhere nothing but the storing protocol creates anything.

use apdu_spec::access::{AccessMode, AccessRules};
use apdu_spec::file::{FileControl, FileKind, LifeCycle, RuleReference, Structure, is_reserved_id};
use apdu_spec::limits;
use apdu_spec::reason::Reason;

use super::directory::{Df, DfKind, Entry};
use super::record::Records;
use super::{OpenFile, RuleBytes, Source, binary, manage, require, virtual_file};
use crate::content::request;
use crate::core::Core;
use crate::error::{Error, Result};
use crate::layout::{self, MASTER_FILE};
use crate::platform::Platform;
use crate::session::Session;
use crate::store::Secrecy;

/// Creates a DF or an EF in the current DF and selects it.
pub(crate) fn create<P: Platform>(
    core: &mut Core<P>,
    session: &mut Session,
    control: &FileControl<'_>,
    rules_from: Option<RuleReference>,
) -> Result<()> {
    let application = manage::inside(core, session, session.df)?;
    if application.is_some() {
        if session.deactivated {
            return Err(Reason::Deactivated.into());
        }
        let mode = if control.kind == FileKind::Dedicated {
            AccessMode::CREATE_DF
        } else {
            AccessMode::CREATE_EF
        };
        let rules = core.df(session.df)?.rules;
        require(core, session, &rules, mode)?;
    }
    // An AID, a version or a life cycle of the creator's choice would say what only a package may say.
    if control.aid.is_some() || control.version.is_some() || control.life_cycle.is_some() {
        return Err(Error::IncorrectData);
    }
    if is_reserved_id(control.id) || virtual_file::by_id(session.df, control.id).is_some() {
        return Err(Error::IncorrectData);
    }
    if core.entry(session.df, control.id)?.is_some() {
        return Err(Error::FileExists);
    }
    if let Some(short_id) = control.short_id
        && (virtual_file::by_short_id(session.df, short_id).is_some()
            || core.entry_by_short_id(session.df, short_id)?.is_some())
    {
        return Err(Error::FileExists);
    }
    let size = match (control.kind, control.size) {
        (FileKind::Transparent | FileKind::Records(_), Some(size)) if size > 0 => size,
        (FileKind::Dedicated, None) => 0,
        _ => return Err(Error::IncorrectData),
    };
    if let Some(application) = application {
        manage::require_quota(core, application, session.df, size)?;
    }
    let rules = match rules_from {
        Some(reference) => written_down(core, session, reference)?,
        None => RuleBytes::from_slice(control.rules.as_bytes()).map_err(|_| Error::IncorrectData)?,
    };
    if usize::from(size) > core.store.stats().free_bytes {
        return Err(Error::NoMemory);
    }
    let entry = Entry {
        kind: control.kind,
        number: core.allocate(1)?,
        size,
        short_id: control.short_id,
        life_cycle: LifeCycle::Operational,
        rules,
    };
    write(core, session.df, control.id, &entry)?;
    match control.kind {
        FileKind::Dedicated => session.enter(entry.number, session.application),
        FileKind::Transparent | FileKind::Records(_) => session.file = Some(OpenFile::of(control.id, entry)),
    }
    Ok(())
}

/// The rules in a record of an EF.ARR (ISO/IEC 7816-4, 9.3), which lies in the current DF or, if that has no such file, in the nearest
/// around it. They are taken now and kept with the new file: a reference that was followed at each access would let whoever may
/// update the EF.ARR change what others agreed on. SELECT will tell the rules, so that only who may read the record takes them.
#[inline(never)]
fn written_down<P: Platform>(
    core: &mut Core<P>,
    session: &Session,
    reference: RuleReference,
) -> Result<RuleBytes> {
    let mut df = session.df;
    let mut found = core.entry(df, reference.file)?;
    // As deep as DFs lie, and no further: damage must not make this go round.
    for _ in 0..limits::DF_DEPTH {
        if found.is_some() || df == MASTER_FILE {
            break;
        }
        df = core.df(df)?.parent;
        found = core.entry(df, reference.file)?;
    }
    let file = binary::usable(session, || {
        found
            .map(|entry| OpenFile::of(reference.file, entry))
            .ok_or(Error::FileNotFound)
    })?;
    let Source::Records(number, format) = file.source else {
        return Err(Error::IncompatibleFile);
    };
    if format.structure != Structure::LinearVariable {
        return Err(Error::IncompatibleFile);
    }
    require(core, session, &file.rules, AccessMode::READ)?;
    let records = Records::of(core, number, format)?;
    if reference.record > records.count() {
        return Err(Error::RecordNotFound);
    }
    let mut buffer = [0; limits::RECORD_MAX];
    let rules = records.load(core, reference.record, &mut buffer)?;
    if rules.is_empty() || AccessRules::new(rules).is_err() {
        return Err(Error::IncorrectData);
    }
    RuleBytes::from_slice(rules).map_err(|_| Error::IncorrectData)
}

fn write<P: Platform>(core: &mut Core<P>, parent: u16, id: u16, entry: &Entry) -> Result<()> {
    // What fills an application leaves room for the request to delete it.
    let (records, bytes) = request::COST;
    let mut change = core.begin(3 + records, 4 * super::directory::RECORD_MAX + bytes)?;
    change.put(
        layout::entry(parent, id),
        &[&entry.header(), &entry.rules],
        Secrecy::Public,
    )?;
    if entry.kind == FileKind::Dedicated {
        let df = Df {
            kind: DfKind::Inner,
            life_cycle: LifeCycle::Operational,
            parent,
            id,
            rules: entry.rules.clone(),
        };
        change.put_last(
            layout::df(entry.number),
            &[&df.header(), &df.rules],
            Secrecy::Public,
        )?;
    } else {
        // Reserves the number; bytes read as zeros until they are written, and there are no records yet.
        change.put_last(layout::content(entry.number, 0), &[&[]], Secrecy::Public)?;
    }
    core.state.search_from(entry.number.saturating_add(1));
    Ok(())
}
