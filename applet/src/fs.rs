//! The file system: DFs, directory entries, and the content of EFs in chunks. Access rules are decided here too, because
//! a rule belongs to a file.

pub(crate) mod binary;
pub(crate) mod create;
pub(crate) mod directory;
pub(crate) mod manage;
pub(crate) mod record;
pub(crate) mod select;
pub(crate) mod virtual_file;

use apdu_spec::access::{AccessMode, AccessRules, Condition};
use apdu_spec::certificate::Role;
use apdu_spec::file::{LifeCycle, RecordFormat};
use apdu_spec::limits;
use apdu_spec::object::ProviderId;
use apdu_spec::reference::PinReference;
use heapless::Vec;

use crate::content::application;
use crate::core::Core;
use crate::error::{Error, Result};
use crate::platform::Platform;
use crate::session::{Party, Session};
use virtual_file::VirtualFile;

/// The value of an AB object, as a file keeps it.
pub(crate) type RuleBytes = Vec<u8, { limits::RULE_MAX }>;

/// Where an EF's bytes come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// Chunks under this number.
    Chunks(u16),
    /// Records under this number.
    Records(u16, RecordFormat),
    /// Made by the card when read.
    Virtual(VirtualFile),
}

/// The current EF, with what READ and UPDATE need of its entry, so that they do not look it up again.
#[derive(Clone, Debug)]
pub(crate) struct OpenFile {
    pub(crate) source: Source,
    pub(crate) id: u16,
    pub(crate) size: u16,
    pub(crate) short_id: Option<u8>,
    pub(crate) life_cycle: LifeCycle,
    pub(crate) rules: RuleBytes,
    /// The record pointer: number of the current record, 0 for none.
    pub(crate) record: u8,
}

/// Decides an access rule for what was established in this session. Before registration nothing is enforced.
pub(crate) fn require<P: Platform>(
    core: &mut Core<P>,
    session: &Session,
    rules: &[u8],
    mode: AccessMode,
) -> Result<()> {
    if !core.state.is_registered() {
        return Ok(());
    }
    let rules = AccessRules::new(rules).map_err(|_| Error::Memory)?;
    let mut failure = None;
    let mut established = |condition: Condition| match condition {
        // The consent PIN opens no file: one VERIFY of it allows one storing operation and nothing else.
        Condition::Pin(reference) => match PinReference::from_byte(reference) {
            Some(PinReference::Consent) | None => false,
            Some(reference) => session.is_verified(reference),
        },
        Condition::Role(role) => match (session.authenticated, Role::from_code(role)) {
            (Some(Party::Issuer), Some(Role::Issuer)) => true,
            (Some(Party::Provider(provider)), Some(Role::Provider)) => {
                let owns = owns_current(core, session, &provider);
                owns.unwrap_or_else(|error| {
                    failure = Some(error);
                    false
                })
            }
            _ => false,
        },
        Condition::Key(reference) => session.is_authenticated(reference),
        Condition::SecureMessaging => false,
    };
    let allowed = rules.allows(mode, &mut established);
    match failure {
        None if allowed => Ok(()),
        None => Err(Error::AccessDenied),
        Some(error) => Err(error),
    }
}

/// Whether the session is in an application of this provider.
fn owns_current<P: Platform>(core: &mut Core<P>, session: &Session, provider: &ProviderId) -> Result<bool> {
    let Some(df) = session.application else {
        return Ok(false);
    };
    Ok(application::by_df(core, df)?.is_some_and(|application| application.provider == *provider))
}
