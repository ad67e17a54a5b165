//! A card before it has an issuer, and how it gets one.

use apdu_spec::certificate::KeyOrigin;
use apdu_spec::command::{Command, KeyTemplate};
use apdu_spec::data;
use apdu_spec::reference::KeyReference;

use super::{Chip, Registered, done, pins, user_information, verify_certificate};
use crate::scene::world::{Enrolment, card_certificate};
use crate::scene::{Parties, Result};

/// What goes onto a new card.
#[derive(Clone, Copy, Debug)]
pub struct Blank<'a> {
    /// First roots of the issuer registrar and the data registrar.
    pub roots: (&'a [u8], &'a [u8]),
    /// The private scalar of a registration key that the issuer made.
    pub key: Option<&'a [u8; 32]>,
    /// Whether the PINs can be unblocked.
    pub unblocking: bool,
}

/// Personalises a new card: roots, transport PINs, digest of the user information, both keys.
///
/// # Errors
/// [`SceneError::Card`](crate::scene::SceneError::Card).
pub fn personalise(chip: &mut dyn Chip, parties: &Parties) -> Result<()> {
    let blank = Blank {
        roots: (
            parties.issuer_registrar.root().encoded(),
            parties.data_registrar.root().encoded(),
        ),
        key: None,
        unblocking: false,
    };
    blank.personalise(chip)
}

impl Blank<'_> {
    /// Puts everything onto the card and has it make its keys, or those that it is not given.
    ///
    /// # Errors
    /// [`SceneError::Card`](crate::scene::SceneError::Card).
    pub fn personalise(&self, chip: &mut dyn Chip) -> Result<()> {
        let (issuer_root, data_root) = self.roots;
        let user_information = user_information();
        let mut objects: Vec<(u16, &[u8])> = vec![
            (data::ISSUER_REGISTRAR_ROOT, issuer_root),
            (data::DATA_REGISTRAR_ROOT, data_root),
            (data::CONSENT_PIN, pins::CONSENT_TRANSPORT),
            (data::USER_PIN, pins::USER_TRANSPORT),
            (data::USER_INFORMATION, &user_information),
        ];
        if self.unblocking {
            objects.push((data::UNBLOCKING_CODE, pins::UNBLOCKING));
        }
        if let Some(key) = self.key {
            objects.push((data::REGISTRATION_KEY, key));
        }
        for (tag, value) in objects {
            done(chip, "personalise", &Command::PutData { tag, value })?;
        }
        let own = (self.key.is_none()).then_some((KeyReference::Registration, KeyTemplate::Signature));
        for (reference, template) in own
            .into_iter()
            .chain([(KeyReference::KeyAgreement, KeyTemplate::Agreement)])
        {
            let command = Command::GenerateKeyPair {
                reference,
                template,
                make: true,
            };
            done(chip, "make a key", &command)?;
        }
        Ok(())
    }

    /// Whose the registration key is.
    #[must_use]
    pub const fn origin(&self) -> KeyOrigin {
        match self.key {
            Some(_) => KeyOrigin::Issuer,
            None => KeyOrigin::Card,
        }
    }
}

/// The card's RI.
///
/// # Errors
/// [`SceneError::Card`](crate::scene::SceneError::Card).
pub fn request_registration(chip: &mut dyn Chip) -> Result<Vec<u8>> {
    let nonce = parties::crypto::random::<16>()?;
    done(
        chip,
        "request registration",
        &Command::RequestRegistration { nonce },
    )
}

/// Gives the card an RC under an IRC, which is verified before; a card with another issuer wants that one's release too.
///
/// # Errors
/// [`SceneError::Card`](crate::scene::SceneError::Card).
pub fn register_with(
    chip: &mut dyn Chip,
    irc: &[u8],
    certificate: &[u8],
    release: Option<&[u8]>,
) -> Result<Registered> {
    verify_certificate(chip, irc)?;
    let command = Command::Register { certificate, release };
    let receipt = done(chip, "register", &command)?;
    Ok(Registered {
        certificate: certificate.to_vec(),
        receipt,
    })
}

/// Registers a card, for the first time or again, without release.
///
/// # Errors
/// [`SceneError::Card`](crate::scene::SceneError::Card).
pub fn enrol(chip: &mut dyn Chip, enrolment: &Enrolment<'_>) -> Result<Registered> {
    let request = request_registration(chip)?;
    let certificate = card_certificate(&request, enrolment)?;
    register_with(chip, enrolment.issuer.certificate(), &certificate, None)
}
