//! What the card forgets when the power goes: the selected file, who was verified, a certificate of this session.

use apdu_spec::limits;
use apdu_spec::object::ProviderId;
use apdu_spec::reason::Reason;
use apdu_spec::reference::PinReference;
use heapless::Vec;

use crate::error::{Error, Result};
use crate::fs::OpenFile;
use crate::layout::MASTER_FILE;
use crate::operation::Environment;

/// A certificate verified in this session.
#[derive(Clone, Debug)]
pub(crate) struct VerifiedCertificate {
    /// The complete 7F21 object.
    pub(crate) bytes: Vec<u8, { limits::CERTIFICATE_MAX }>,
    /// Its SHA-256.
    pub(crate) digest: [u8; 32],
}

/// A party that showed in this session that it is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Party {
    /// The issuer that the card is registered with.
    Issuer,
    /// This provider.
    Provider(ProviderId),
}

/// Volatile state of one logical channel.
#[derive(Debug)]
pub(crate) struct Session {
    /// Number of the current DF.
    pub(crate) df: u16,
    /// Number of the application's DF that the current DF is or lies in.
    pub(crate) application: Option<u16>,
    /// Whether the holder has switched that application off: then nothing in it is there.
    pub(crate) deactivated: bool,
    /// The current EF.
    pub(crate) file: Option<OpenFile>,
    /// The last match of a SELECT by partial AID.
    pub(crate) last_match: Option<apdu_spec::aid::Aid>,
    /// The issuer's or provider's certificate verified last.
    pub(crate) certificate: Option<VerifiedCertificate>,
    /// The data certifier's certificate verified last.
    pub(crate) certifier: Option<VerifiedCertificate>,
    /// What GET CHALLENGE answered last, until somebody answers it.
    pub(crate) challenge: Option<[u8; 16]>,
    /// The party that answered a challenge.
    pub(crate) authenticated: Option<Party>,
    /// Why the last command was refused.
    pub(crate) reason: Reason,
    user_verified: bool,
    local_verified: u16,
    local_authenticated: u16,
    consent: bool,
    /// What MANAGE SECURITY ENVIRONMENT chose in the application.
    pub(crate) environment: Environment,
}

impl Session {
    /// The state after power-on and reset.
    pub(crate) const fn new() -> Self {
        Self {
            df: MASTER_FILE,
            application: None,
            deactivated: false,
            file: None,
            last_match: None,
            certificate: None,
            certifier: None,
            challenge: None,
            authenticated: None,
            reason: Reason::None,
            user_verified: false,
            local_verified: 0,
            local_authenticated: 0,
            consent: false,
            environment: Environment::new(),
        }
    }

    /// That of a channel that is opened from this one: in the same DF, with nothing established.
    pub(crate) const fn opened_from(&self) -> Self {
        let mut session = Self::new();
        session.df = self.df;
        session.application = self.application;
        session.deactivated = self.deactivated;
        session
    }

    /// Moves to a DF. What was verified in an application is forgotten when that application is left.
    pub(crate) fn enter(&mut self, df: u16, application: Option<u16>) {
        if self.application != application {
            self.local_verified = 0;
            self.local_authenticated = 0;
            self.environment = Environment::new();
        }
        self.df = df;
        self.application = application;
        self.deactivated = false;
        self.file = None;
    }

    /// The DF of the current application, for what lies in it.
    pub(crate) fn active_application(&self) -> Result<u16> {
        let application = self.application.ok_or(Error::DataNotFound)?;
        if self.deactivated {
            return Err(Reason::Deactivated.into());
        }
        Ok(application)
    }

    /// Notes that `reference` was, or no longer is, verified.
    pub(crate) fn set_verified(&mut self, reference: PinReference, verified: bool) {
        match reference {
            PinReference::User => self.user_verified = verified,
            PinReference::Consent => self.consent = verified,
            PinReference::Local(local) => set_bit(&mut self.local_verified, local, verified),
        }
    }

    /// Notes that somebody showed, or that nobody shows any longer, that he has the application's key `local`.
    pub(crate) const fn set_authenticated(&mut self, local: u8, authenticated: bool) {
        set_bit(&mut self.local_authenticated, local, authenticated);
    }

    /// Whether somebody showed that he has the application's key `local`.
    pub(crate) const fn is_authenticated(&self, local: u8) -> bool {
        self.local_authenticated & (1 << (local & 0x0F)) != 0
    }

    /// Whether `reference` counts as verified now.
    pub(crate) const fn is_verified(&self, reference: PinReference) -> bool {
        match reference {
            PinReference::User => self.user_verified,
            PinReference::Consent => self.consent,
            PinReference::Local(local) => self.local_verified & (1 << (local & 0x0F)) != 0,
        }
    }

    /// Uses up the holder's consent: whatever comes of the operation that asks, it is gone.
    pub(crate) const fn take_consent(&mut self) -> bool {
        core::mem::replace(&mut self.consent, false)
    }
}

const fn set_bit(bits: &mut u16, local: u8, value: bool) {
    let bit = 1 << (local & 0x0F);
    if value { *bits |= bit } else { *bits &= !bit }
}
