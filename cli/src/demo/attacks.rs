//! The attacks. Each sends raw APDUs: first a clone of the card accepts the honest bytes, which shows that nothing but the
//! change is refused; then the card gets the changed bytes, and everything it keeps is compared before and after.
//!
//! What belongs here: what they all start from, and which are tried on which card. The attacks themselves are below, by
//! subject.

mod attempt;
mod authentication;
mod authorizations;
mod certificates;
mod certified;
mod commands;
mod consent;
mod evidence;
mod issuers;
mod labels;
mod macs;
mod packages;
mod places;
mod receipts;
mod registration;
mod requests;
mod roots;
mod versions;

use apdu_spec::aid::Aid;
use apdu_spec::certificate::{KeyOrigin, Policy};
use apdu_spec::command::Command;
use apdu_spec::object::{Mode, Operation, Sdi};
use apdu_spec::reference::PinReference;
use parties::crypto::Digest;
use parties::shared_key::{CardKey, MasterKey};

use attempt::Arena;

use super::report::Report;
use super::stage::{InProcess, Stage};
use crate::scene::Result;
use crate::scene::actor::Actor;
use crate::scene::evidence::{Evidence, Signatories, evidence};
use crate::scene::registry::Registry;
use crate::scene::steps::{self, Blank, Chip, encode};
use crate::scene::wares::{self, Ware};
use crate::scene::world::{Enrolment, World, card_certificate, card_digest};

/// What attacks start from: a registered card and who has to do with it.
pub(super) struct Ground<'a> {
    pub(super) world: &'a World,
    /// The issuer, with the IRC that the card keeps.
    pub(super) issuer: &'a Actor,
    /// The provider of the application on the card, with its present DPR.
    pub(super) provider: &'a Actor,
    /// The card's present RC.
    pub(super) rc: &'a [u8],
    /// An RC that it had before.
    pub(super) older: &'a [u8],
    /// The card's policy.
    pub(super) policy: Policy,
    /// The data registrar, as it signs today.
    pub(super) data_registrar: &'a Registry,
    /// An application that the card has.
    pub(super) present: &'a Ware,
}

/// Attacks on a card that stores by joint authority only, MACs among it.
pub(super) fn on_joint_card(stage: &mut dyn Stage, ground: &Ground<'_>, report: &mut Report) -> Result<()> {
    let mut arena = Arena { stage, report };
    authorizations::tell(&mut arena, ground)?;
    labels::tell(&mut arena, ground)?;
    registration::tell(&mut arena, ground)?;
    issuers::tell(&mut arena, ground)?;
    certificates::tell(&mut arena, ground)?;
    roots::tell(&mut arena, ground)?;
    requests::tell(&mut arena, ground)?;
    places::tell(&mut arena, ground)?;
    versions::tell(&mut arena, ground)?;
    packages::tell(&mut arena, ground)?;
    consent::tell(&mut arena, ground)?;
    macs::tell(&mut arena, ground)?;
    receipts::tell(&mut arena, ground)?;
    authentication::tell(&mut arena, ground)?;
    commands::tell(&mut arena, ground)
}

/// Attacks on a card where a provider may act alone, and an authenticated party without consent.
pub(super) fn on_alone_card(stage: &mut dyn Stage, ground: &Ground<'_>, report: &mut Report) -> Result<()> {
    let mut arena = Arena { stage, report };
    evidence::tell_alone(&mut arena, ground)?;
    authentication::tell_waived(&mut arena, ground)
}

/// Attacks on a card that takes data which a certifier countersigned, and whose key its issuer made.
pub(super) fn on_certified_card(
    stage: &mut dyn Stage,
    ground: &Ground<'_>,
    report: &mut Report,
) -> Result<()> {
    let mut arena = Arena { stage, report };
    certified::tell(&mut arena, ground)?;
    macs::tell_forbidden(&mut arena, ground)
}

impl Ground<'_> {
    /// The card's name.
    fn card(&self) -> Result<Digest> {
        card_digest(self.rc)
    }

    fn by(&self) -> Signatories<'_> {
        Signatories {
            issuer: self.issuer,
            provider: self.provider,
            certifier: &self.world.certifier,
        }
    }

    /// An AID of the provider's that no application on the card has.
    fn aid(&self, last: u8) -> Result<Aid> {
        let [prefix, _] = &self.world.prefixes;
        World::aid(prefix, &[0xA7, last])
    }

    /// A small package under such an AID, version 1.
    fn ware(&self, last: u8) -> Result<Ware> {
        wares::notes(self.aid(last)?, 1, 600)
    }

    fn sdi(&self, ware: &Ware, operation: Operation) -> Result<Sdi> {
        self.world.sdi(ware, operation, self.provider)
    }

    /// Opens a request with consent.
    fn open(&self, chip: &mut dyn Chip, mode: Mode, sdi: &Sdi) -> Result<Vec<u8>> {
        steps::consent(chip)?;
        steps::open_in(chip, mode, sdi)
    }

    /// Opens a request and has everybody agree to it.
    fn agree(&self, chip: &mut dyn Chip, mode: Mode, sdi: &Sdi) -> Result<Evidence> {
        evidence(&self.open(chip, mode, sdi)?, self.rc, &self.by())
    }

    /// As [`Self::agree`], and the card has taken it.
    fn authorize(&self, chip: &mut dyn Chip, mode: Mode, sdi: &Sdi) -> Result<Evidence> {
        let evidence = self.agree(chip, mode, sdi)?;
        evidence.give(chip)?;
        Ok(evidence)
    }

    /// Stores, replaces, deletes or lowers, with everybody's agreement.
    fn carry_out(&self, chip: &mut dyn Chip, operation: Operation, ware: &Ware) -> Result<Vec<u8>> {
        let mode = if self.policy.allows(Mode::ViaIssuer) {
            Mode::ViaIssuer
        } else {
            Mode::ViaProvider
        };
        let evidence = self.authorize(chip, mode, &self.sdi(ware, operation)?)?;
        steps::carry_out(chip, operation, ware, evidence.number)
    }

    /// What the issuer puts into a later RC of this card.
    fn enrolment<'e>(&'e self, issuer: &'e Actor, serial: u32) -> Enrolment<'e> {
        let [issuers, _] = &self.world.issuer_registrars;
        Enrolment {
            issuer,
            anchors: (issuers.anchor(), self.data_registrar.anchor()),
            policy: self.policy,
            serial,
            origin: KeyOrigin::Card,
            dates: (self.world.today, self.world.today.add_days(365)),
        }
    }

    /// A later RC for the card in `chip`.
    fn later_certificate(&self, chip: &mut dyn Chip, enrolment: &Enrolment<'_>) -> Result<Vec<u8>> {
        card_certificate(&steps::request_registration(chip)?, enrolment)
    }

    /// Another card of the same issuer, its PINs changed, and its RC.
    fn neighbour(&self) -> Result<(InProcess, Vec<u8>)> {
        let [issuers, _] = &self.world.issuer_registrars;
        let mut chip = InProcess::new();
        let blank = Blank {
            roots: (issuers.root(), self.data_registrar.root()),
            key: None,
            unblocking: true,
        };
        blank.personalise(&mut chip)?;
        if self.data_registrar.newest() != self.data_registrar.root() {
            steps::verify_certificate(&mut chip, self.data_registrar.newest())?;
        }
        let registered = steps::enrol(&mut chip, &self.enrolment(self.issuer, 1))?;
        steps::change_pins(&mut chip)?;
        Ok((chip, registered.certificate))
    }
}

/// Sends a last block, which the card keeps although it refuses to carry the request out, and gives it once more: now nothing
/// of it is new to the card.
fn sent_before(chip: &mut dyn Chip, command: Vec<u8>) -> Result<Vec<u8>> {
    steps::exchange(chip, &command)?;
    Ok(command)
}

/// An authorization as bytes.
fn authorization(number: u32, first: &[u8], second: Option<&[u8]>) -> Result<Vec<u8>> {
    encode(&Command::Authorize {
        number,
        first,
        second,
    })
}

/// VERIFY of the consent PIN, as bytes.
fn consent_command() -> Result<Vec<u8>> {
    encode(&Command::Verify {
        reference: PinReference::Consent,
        pin: Some(steps::pins::CONSENT),
    })
}

/// PSO VERIFY CERTIFICATE, as bytes.
fn certificate_command(certificate: &[u8]) -> Result<Vec<u8>> {
    encode(&steps::certificate_command(certificate)?)
}

/// Registration with an RC, as bytes.
fn registration(certificate: &[u8], release: Option<&[u8]>) -> Result<Vec<u8>> {
    encode(&Command::Register { certificate, release })
}

/// A key that somebody made up.
fn any_key() -> Result<CardKey> {
    Ok(MasterKey::generate()?.card_key(&[0; 32], 1)?)
}
