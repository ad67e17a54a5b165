//! Who agrees that a request is opened or dropped: the holder by the consent PIN, or, where the card's policy waives that, a
//! party that shows the card that it is there.

use std::path::PathBuf;

use apdu_spec::reference::{KeyReference, PinReference};
use clap::Args;
use host::card::{LastTry, Pin, Session};
use parties::crypto::sha256;

use crate::failure::{Doing, Failure, Result};
use crate::party::{self, Office, Opening};
use crate::secret::{CONSENT_PIN_VARIABLE, PassphraseArguments, PinArguments};

/// Who agrees.
#[derive(Args, Clone, Debug, Default)]
pub struct ConsentArguments {
    #[command(flatten)]
    pin: PinArguments,
    /// Authenticate as the issuer or provider in this folder instead, where the card's policy waives the holder's consent
    #[arg(long, value_name = "DIR", conflicts_with_all = ["pin_file", "pin_stdin", "last_try"])]
    authenticate_as: Option<PathBuf>,
    #[command(flatten)]
    passphrase: PassphraseArguments,
}

/// The one who agrees, ready to.
#[derive(Debug)]
pub enum Agreement {
    /// The holder.
    Holder(Pin, LastTry),
    /// A party, with what people call it and its certificate.
    Party(Box<Office>, String),
}

impl ConsentArguments {
    /// Asks for the consent PIN, or opens the party's key. Nobody is kept from the card meanwhile.
    ///
    /// # Errors
    /// When there is no PIN or passphrase to be had, or the folder is not of an issuer or provider.
    pub fn ask(&self) -> Result<Agreement> {
        let Some(folder) = &self.authenticate_as else {
            let pin = self.pin.pin("consent PIN", CONSENT_PIN_VARIABLE)?;
            return Ok(Agreement::Holder(pin, self.pin.last_try()));
        };
        let party = party::open(folder)?;
        let name = party::name(&party);
        let office = Office::open(party, &self.passphrase.passphrase(folder)?, Opening::default())?;
        Ok(Agreement::Party(Box::new(office), name))
    }
}

impl Agreement {
    /// Agrees to the next operation in this session.
    ///
    /// # Errors
    /// When the PIN is wrong, or the card does not know the party.
    pub fn give(&self, session: &mut Session<'_>) -> Result<()> {
        let (office, name) = match self {
            Self::Holder(pin, last_try) => {
                return Ok(session.verify_pin(PinReference::Consent, pin, *last_try)?);
            }
            Self::Party(office, name) => (office, name),
        };
        let card = sha256(&session.public_key(KeyReference::Registration)?);
        if let Office::Provider(office) = office.as_ref() {
            session.verify_certificate(office.provider().certificate().encoded())?;
        }
        session.authenticate(|challenge| {
            office
                .authenticate(&card, challenge)
                .doing("authenticate to the card")
                .map_err(|failure| Failure::by(failure, name))
        })
    }
}
