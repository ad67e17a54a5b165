//! Who is told what of the card's doings. The holder and the issuer are told everything, a provider what concerns his applications, and
//! whoever holds the card in his hand that it is registered, nothing more.

use apdu_spec::aid::Aid;
use apdu_spec::object::ProviderId;
use apdu_spec::reference::PinReference;

use super::floor;
use crate::core::Core;
use crate::error::{Error, Result};
use crate::platform::Platform;
use crate::session::{Party, Session};

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Audience {
    /// Nobody the card knows.
    Anybody,
    /// The holder or the issuer.
    Everything,
    /// A provider.
    Provider(ProviderId),
}

impl Audience {
    /// Whom the session shows to be there. A card without an issuer has nothing to hide yet.
    pub(crate) fn of<P: Platform>(core: &Core<P>, session: &Session) -> Self {
        match session.authenticated {
            _ if !core.state.is_registered() || session.is_verified(PinReference::User) => Self::Everything,
            Some(Party::Issuer) => Self::Everything,
            Some(Party::Provider(provider)) => Self::Provider(provider),
            None => Self::Anybody,
        }
    }

    /// Refuses to list anything to nobody the card knows.
    pub(crate) fn require_known(&self) -> Result<()> {
        match self {
            Self::Anybody => Err(Error::AccessDenied),
            Self::Everything | Self::Provider(_) => Ok(()),
        }
    }

    /// Whether what belongs to `owner` is his to see.
    pub(crate) fn sees(&self, owner: &ProviderId) -> bool {
        match self {
            Self::Anybody => false,
            Self::Everything => true,
            Self::Provider(provider) => provider == owner,
        }
    }

    /// Whether all that was ever stored under an AID was his.
    pub(crate) fn owns<P: Platform>(&self, core: &mut Core<P>, aid: &Aid) -> Result<bool> {
        let provider = match self {
            Self::Everything => return Ok(true),
            Self::Anybody => return Ok(false),
            Self::Provider(provider) => provider,
        };
        // A receipt does not name the owner. Who ever stored something under an AID has a floor for it, which is never
        // forgotten: where this provider's is the only one, the receipt is about what is his.
        let (mut own, mut after) = (false, None);
        while let Some((slot, floor)) = floor::next(core, after)? {
            if floor.aid == *aid {
                if floor.provider != *provider {
                    return Ok(false);
                }
                own = true;
            }
            after = Some(slot);
        }
        Ok(own)
    }
}
