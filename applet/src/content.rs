//! The storing protocol (DESIGN, SPEC.md sections 5 and 6): registration, requests, authorizations, loading, the commit
//! and its receipt. After registration nothing else changes what is on the card.

pub(crate) mod activity;
pub(crate) mod application;
pub(crate) mod audience;
pub(crate) mod authorization;
pub(crate) mod commit;
pub(crate) mod floor;
pub(crate) mod inventory;
pub(crate) mod keep;
pub(crate) mod load;
pub(crate) mod provider;
pub(crate) mod receipt;
pub(crate) mod registration;
pub(crate) mod remove;
pub(crate) mod request;
pub(crate) mod seal;
pub(crate) mod shared_key;
pub(crate) mod tree;

use apdu_spec::certificate::{Extension, KeyOrigin, Policy};
use apdu_spec::limits;
use apdu_spec::object::Mode;
use apdu_spec::reason::Reason;

use crate::core::Core;
use crate::error::{Error, Result};
use crate::platform::Platform;
use crate::session::Session;
use crate::trust;

/// The content policy that the present RC sets.
pub(crate) fn policy<P: Platform>(core: &mut Core<P>) -> Result<Policy> {
    Ok(registered(core)?.0)
}

/// Policy and key origin, as the present RC tells them.
fn registered<P: Platform>(core: &mut Core<P>) -> Result<(Policy, KeyOrigin)> {
    let mut buffer = [0; limits::CERTIFICATE_MAX];
    let certificate =
        trust::stored(core, trust::CARD_CERTIFICATE, &mut buffer)?.ok_or(Reason::NotRegistered)?;
    match certificate.extension {
        Extension::Card(extension) => Ok((extension.policy, extension.key_origin)),
        _ => Err(Error::Memory),
    }
}

/// Refuses unless the card is registered and takes part in this mode. Where its provider alone stands for an application, receipts must
/// be nobody's but the card's: its key may not have been in other hands (rule 10).
pub(crate) fn require_mode<P: Platform>(core: &mut Core<P>, mode: Mode) -> Result<()> {
    if !core.state.is_registered() {
        return Err(Reason::NotRegistered.into());
    }
    let (policy, origin) = registered(core)?;
    if matches!(mode, Mode::Registration | Mode::RegisteredIssuer) || !policy.allows(mode) {
        return Err(Reason::PolicyForbids.into());
    }
    if mode == Mode::ProviderAlone && origin != KeyOrigin::Card {
        return Err(Reason::KeyNotOfCard.into());
    }
    Ok(())
}

/// Uses up the holder's consent, or refuses.
pub(crate) fn require_consent(session: &mut Session) -> Result<()> {
    if session.take_consent() {
        Ok(())
    } else {
        Err(Reason::ConsentMissing.into())
    }
}
