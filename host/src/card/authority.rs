//! What registrars and parties give a card besides certificates: newer roots, revocation lists, shared keys, and the proof
//! that they are there.

use apdu_spec::certificate::{Certificate, Role};
use apdu_spec::command::Command;
use apdu_spec::data;
use apdu_spec::object::{RevocationList, Signed};

use super::{Session, compare};
use crate::error::{Error, Result};

/// Length of the challenge that a party answers, in bytes.
const CHALLENGE: usize = 16;

impl Session<'_> {
    /// Gives the card a registrar's newer root, a link certificate (7F21), and reads it back.
    ///
    /// # Errors
    /// When the card does not accept it; the reason says why.
    pub fn load_link(&mut self, link: &[u8]) -> Result<()> {
        let step = self.step("give the card a registrar's newer root");
        let role = Certificate::parse(link)
            .map_err(|error| self.invalid(format!("no certificate: {error}")))?
            .role;
        let (newer, older) = match role {
            Role::IssuerRegistrar => (data::ISSUER_REGISTRAR_LINK, data::ISSUER_REGISTRAR_ROOT),
            Role::DataRegistrar => (data::DATA_REGISTRAR_LINK, data::DATA_REGISTRAR_ROOT),
            role => {
                return Err(self.invalid(format!(
                    "the role in this certificate is {role}, and a registrar's is needed"
                )));
            }
        };
        self.verify_certificate(link)?;
        let kept = self.certificate(newer)?.unwrap_or_default();
        // One that the card had already may be its older one.
        if kept != link && self.certificate(older)?.is_some_and(|older| older == link) {
            return Ok(());
        }
        compare(&step, link, &kept)
    }

    /// Gives the card a registrar's revocation list, a complete F0, and reads it back.
    ///
    /// # Errors
    /// When the card does not accept it; the reason says why.
    pub fn load_revocation_list(&mut self, list: &[u8]) -> Result<()> {
        let step = self.step("give the card a revocation list");
        let role = Signed::parse(list)
            .and_then(|signed| signed.read::<RevocationList<'_>>())
            .map_err(|error| self.invalid(format!("no revocation list: {error}")))?
            .header
            .role;
        let tag = match role {
            Role::IssuerRegistrar => data::ISSUER_REVOCATION_LIST,
            _ => data::DATA_REVOCATION_LIST,
        };
        self.run(&Command::LoadRevocationList { list })?;
        let kept = self.revocation_list(tag)?.unwrap_or_default();
        compare(&step, list, &kept)
    }

    /// Gives the card the key that it shares with a party, a complete F0. The holder must have consented in this session,
    /// and a provider's certificate been shown. What the card took in it does not show again.
    ///
    /// # Errors
    /// When the card does not accept it; the reason says why.
    pub fn load_shared_key(&mut self, key: &[u8]) -> Result<()> {
        self.step("give the card a shared key");
        self.run(&Command::LoadSharedKey { key }).map(drop)
    }

    /// Has a party show the card that it is there: `answer` signs the card's challenge and gives a complete F0. A
    /// provider's certificate must have been shown before.
    ///
    /// # Errors
    /// What `answer` gives, and when the card does not accept it.
    pub fn authenticate<E: From<Error>>(
        &mut self,
        answer: impl FnOnce(&[u8; CHALLENGE]) -> std::result::Result<Vec<u8>, E>,
    ) -> std::result::Result<(), E> {
        let mut challenge = [0; CHALLENGE];
        // `challenge` gives as many bytes as were asked for.
        challenge.copy_from_slice(&self.challenge(CHALLENGE)?);
        let authentication = answer(&challenge)?;
        self.step("authenticate a party to the card");
        self.run(&Command::ExternalAuthenticate {
            authentication: &authentication,
        })?;
        Ok(())
    }
}
