//! MANAGE SECURITY ENVIRONMENT (ISO/IEC 7816-4, 11.5.11): which key is for what, until the application is left.

use apdu_spec::certificate::Certificate;
use apdu_spec::command::{KeyName, Purpose};
use apdu_spec::package::KeyUsage;
use apdu_spec::reason::Reason;
use heapless::Vec;

use super::find;
use crate::core::Core;
use crate::error::{Error, Result};
use crate::platform::Platform;
use crate::session::Session;

/// What was chosen, and the digest that waits for a signature.
#[derive(Clone, Debug)]
pub(crate) struct Environment {
    keys: Vec<(Purpose, u8), { Purpose::ALL.len() }>,
    /// The public key that signatures are verified with.
    pub(super) point: Option<[u8; 65]>,
    /// What HASH kept, until it is used.
    pub(super) digest: Option<[u8; 32]>,
}

impl Environment {
    /// Nothing is chosen.
    pub(crate) const fn new() -> Self {
        Self {
            keys: Vec::new(),
            point: None,
            digest: None,
        }
    }

    /// The key that a command names, or the one chosen for its purpose.
    pub(super) fn key_or(&self, named: Option<u8>, purpose: Purpose) -> Result<u8> {
        named.map_or_else(|| self.key(purpose), Ok)
    }

    /// The key chosen for a purpose.
    pub(super) fn key(&self, purpose: Purpose) -> Result<u8> {
        let chosen = self.keys.iter().find(|chosen| chosen.0 == purpose);
        Ok(chosen.ok_or(Error::WrongState)?.1)
    }
}

/// What a key must be for to be chosen.
pub(super) const fn usage(purpose: Purpose) -> u8 {
    match purpose {
        Purpose::Sign => KeyUsage::SIGN,
        Purpose::Agree => KeyUsage::AGREE,
        Purpose::Encipher => KeyUsage::ENCIPHER,
        Purpose::Decipher => KeyUsage::DECIPHER,
        Purpose::ComputeMac => KeyUsage::COMPUTE_MAC,
        Purpose::VerifyMac => KeyUsage::VERIFY_MAC,
        Purpose::AuthenticateCard => KeyUsage::INTERNAL,
        Purpose::AuthenticateOther => KeyUsage::EXTERNAL,
        // Public keys are given, not kept.
        Purpose::VerifySignature => u8::MAX,
    }
}

/// SET: chooses a key that is there and for that. Whether its rule allows it is asked when it is used.
#[inline(never)]
pub(crate) fn choose<P: Platform>(
    core: &mut Core<P>,
    session: &mut Session,
    purpose: Purpose,
    key: KeyName<'_>,
) -> Result<()> {
    match key {
        KeyName::Local(reference) => {
            find(core, session, reference, usage(purpose))?;
            let keys = &mut session.environment.keys;
            keys.retain(|chosen| chosen.0 != purpose);
            keys.push((purpose, reference)).map_err(|_| Error::Fault)?;
        }
        KeyName::Point(point) => session.environment.point = Some(*point),
        KeyName::Holder(holder) => {
            let verified = session.certificate.as_ref().ok_or(Reason::NoCertificate)?;
            let certificate = Certificate::parse(&verified.bytes).map_err(|_| Error::Fault)?;
            if certificate.holder.as_bytes() != holder {
                return Err(Error::DataNotFound);
            }
            session.environment.point = Some(*certificate.point);
        }
    }
    Ok(())
}
