//! `symbolon issuer renew`

use std::path::PathBuf;

use apdu_spec::certificate::{Certificate, Mnemonic, Role};
use apdu_spec::data;
use apdu_spec::file::LifeCycle;
use apdu_spec::reason::Reason;
use apdu_spec::reference::PinReference;
use clap::Args;
use host::card::Session;
use parties::crypto::random;
use parties::decision::Decision;
use parties::file;
use parties::issuer::Takeover;
use parties::office::IssuerOffice;
use parties::signer::EncryptedKeyFile;

use super::register::{MODES, TermsArguments, record};
use crate::card::{self, AnyCard, CardArguments};
use crate::context::Context;
use crate::failure::{Doing, Failure, Result, refusal};
use crate::output::Outcome;
use crate::party;
use crate::secret::{CONSENT_PIN_VARIABLE, PassphraseArguments, PinArguments};

const STEP: &str = "renew the card's certificate";
const FILE_MAX: usize = 4096;

/// Give a card a later certificate, or take over another issuer's card
///
/// The card's issuer may renew its certificate at any time, with other modes or a later last day; where the card would allow
/// more than before, the holder is asked. Another issuer takes a card over with its present issuer's release (--release,
/// from "issuer release"), or as the successor of one that is gone (--succeeds); the holder is always asked then, and a
/// successor renews once more afterwards, without --succeeds. The card drops its open requests, and nothing on it changes.
/// The receipt is verified and kept.
#[derive(Args, Debug)]
#[command(after_help = "Example:
  symbolon issuer renew --issuer alpenbank --card card.img --modes 1,2,3,4
  symbolon issuer renew --issuer neubank --card card.img --release release.f0
  symbolon issuer renew --issuer neubank --card card.img --succeeds CHALPENBK")]
pub struct Renew {
    /// The folder of the issuer whose the card is, or will be
    #[arg(long, value_name = "DIR")]
    pub issuer: PathBuf,
    #[command(flatten)]
    card: CardArguments,
    #[command(flatten)]
    terms: TermsArguments,
    /// The present issuer's release
    #[arg(long, value_name = "FILE")]
    pub release: Option<PathBuf>,
    /// Take the card over as the successor of this issuer, which is gone
    #[arg(long, value_name = "NAME", conflicts_with = "release")]
    pub succeeds: Option<Mnemonic>,
    #[command(flatten)]
    secret: PassphraseArguments,
    #[command(flatten)]
    pin: PinArguments,
}

impl Renew {
    /// Does it.
    ///
    /// # Errors
    /// When the card is not registered, or issuer, holder or card refuses.
    pub fn run(self, context: &Context) -> Result<Outcome> {
        let party = party::open_role(&self.issuer, Role::Issuer)?;
        let (issuer, party_name) = (party::name(&party), party.name());
        let release = self
            .release
            .as_ref()
            .map(|path| file::read(path, FILE_MAX).doing("read the release"))
            .transpose()?;
        let passphrase = self.secret.passphrase(&self.issuer)?;
        let opened = match &self.succeeds {
            Some(gone) => party.issuer_as_successor(gone, &passphrase),
            None => party.issuer(&passphrase),
        };
        let office = opened.doing(format!("open the key of {issuer}"))?;
        let mut card = self.card.open(context)?;
        if card.begin()?.status()?.life_cycle != LifeCycle::Operational {
            return Err(Failure::refused(
                STEP,
                "card",
                Reason::NotRegistered,
                "the card has no issuer yet",
                "Register it: \"symbolon issuer register\".",
            ));
        }
        self.check_issuer(&mut card, party_name)?;
        if context.dry_run {
            let mut session = card.begin()?;
            let terms = self.terms.terms(&mut session, self.modes(), context)?;
            let registered = super::register::planned(&mut session, &terms)?;
            return Ok(Outcome::new("issuer renew", &registered));
        }
        let receipt = self.register(&mut card, &office, &issuer, release.as_deref(), context)?;
        let mut session = card.begin()?;
        let registered = record(&mut session, &office, &issuer, Some(receipt), false, context)?;
        Ok(Outcome::new("issuer renew", &registered))
    }

    /// Whoever is not the card's issuer needs more than a certificate.
    fn check_issuer(&self, card: &mut AnyCard, own: Mnemonic) -> Result<()> {
        let (_, irc) = card::certificates(&mut card.begin()?, STEP)?;
        let of_card = Certificate::parse(&irc).map(|irc| irc.holder.identity());
        if self.release.is_some() || self.succeeds.is_some() || of_card == Ok(own) {
            return Ok(());
        }
        let of_card = of_card.map_or_else(|_| "another".to_owned(), |name| name.to_string());
        Err(Failure::refused(
            STEP,
            "card",
            Reason::NotReleased,
            format!("the card's issuer is {of_card}, not {own}"),
            format!("Ask {of_card} to release it (\"symbolon issuer release\"), then give --release FILE."),
        ))
    }

    /// Ways to store unless told otherwise: a successor has a right to none.
    const fn modes(&self) -> &'static [u8] {
        match self.succeeds {
            Some(_) => &[1],
            None => &MODES,
        }
    }

    /// Has the issuer certify the card once more and the card take the certificate; asks the holder where the card does.
    fn register(
        &self,
        card: &mut AnyCard,
        office: &IssuerOffice<EncryptedKeyFile>,
        issuer: &str,
        release: Option<&[u8]>,
        context: &Context,
    ) -> Result<Vec<u8>> {
        let takes_over = release.is_some() || self.succeeds.is_some();
        let consent = || self.pin.pin("consent PIN", CONSENT_PIN_VARIABLE);
        let mut pin = if takes_over { Some(consent()?) } else { None };
        let certificate = self.certificate(&mut card.begin()?, office, issuer, release, context)?;
        loop {
            let mut session = card.begin()?;
            session.verify_certificate(office.issuer().certificate().encoded())?;
            if let Some(pin) = &pin {
                session.verify_pin(PinReference::Consent, pin, self.pin.last_try())?;
            }
            match session.register(&certificate, release) {
                Err(error) if pin.is_none() && error.reason() == Some(Reason::ConsentMissing) => {
                    drop(session);
                    context
                        .output
                        .note("The card would allow more than before, so it asks the holder.");
                    pin = Some(consent()?);
                }
                answer => return Ok(answer?),
            }
        }
    }

    fn certificate(
        &self,
        session: &mut Session<'_>,
        office: &IssuerOffice<EncryptedKeyFile>,
        issuer: &str,
        release: Option<&[u8]>,
        context: &Context,
    ) -> Result<Vec<u8>> {
        let terms = self.terms.terms(session, self.modes(), context)?;
        let nonce = random().doing(STEP)?;
        let request = session.request_registration(nonce)?;
        let answer = if release.is_some() || self.succeeds.is_some() {
            let (certificate, issuer_certificate) = (
                session.certificate(data::CARD_CERTIFICATE)?.unwrap_or_default(),
                session.certificate(data::ISSUER_CERTIFICATE)?.unwrap_or_default(),
            );
            let takeover = Takeover {
                certificate: &certificate,
                issuer_certificate: &issuer_certificate,
                release,
            };
            office.take_over(&request, &nonce, &terms, &takeover, context.today)
        } else {
            office.register(&request, &nonce, &terms, context.today)
        };
        match answer.doing(STEP)?.decision {
            Decision::Granted(certificate) => Ok(certificate),
            Decision::Refused(no) => Err(refusal(STEP, issuer, &no)),
        }
    }
}
