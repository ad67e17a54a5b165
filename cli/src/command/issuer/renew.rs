//! `symbolon issuer renew`

use std::path::PathBuf;

use apdu_spec::certificate::{Certificate, CertificateRequest, Extension, Mnemonic, Policy, Role};
use apdu_spec::data;
use apdu_spec::file::LifeCycle;
use apdu_spec::reason::Reason;
use apdu_spec::reference::{KeyReference, PinReference};
use clap::Args;
use host::card::Session;
use parties::crypto::{Digest, random, sha256};
use parties::decision::Decision;
use parties::file;
use parties::issuer::{CardTerms, Takeover};
use parties::office::IssuerOffice;
use parties::signer::EncryptedKeyFile;

use super::register::{self, TermsArguments, record};
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
/// The card's issuer may renew its certificate at any time, with a later last day, and with other modes if --modes names them;
/// where the card would allow more than before, the holder is asked. Another issuer takes a card over with its present issuer's release (--release,
/// from "issuer release"), or as the successor of one that is gone (--succeeds); the holder is always asked then, and a
/// successor renews once more afterwards, without --succeeds. The card drops its open requests, and nothing on it changes.
/// The receipt is verified and kept.
#[derive(Args, Debug)]
#[command(after_help = "Example:
  symbolon issuer renew --issuer alpenbank --card card.img --until 2031-12-31
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
            let card = sha256(&session.public_key(KeyReference::Registration)?);
            let terms = self.terms(&mut session, &office, &issuer, &card, context)?;
            let registered = register::planned(&mut session, &office, &terms)?;
            return Ok(Outcome::new("issuer renew", &registered));
        }
        let open = card.begin()?.requests()?.len();
        let receipt = self.register(&mut card, &office, &issuer, release.as_deref(), context)?;
        let mut session = card.begin()?;
        let mut registered = record(&mut session, &office, &issuer, Some(receipt), false, context)?;
        registered.requests_dropped = Some(open.saturating_sub(session.requests()?.len()));
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

    /// What the certificate of this card, known by its registration key, is to say. A successor has a right to one mode. Who has had the
    /// card keeps what the newest certificate allows that this issuer gave it: what the card says of itself nobody signed.
    fn terms(
        &self,
        session: &mut Session<'_>,
        office: &IssuerOffice<EncryptedKeyFile>,
        issuer: &str,
        card: &Digest,
        context: &Context,
    ) -> Result<CardTerms> {
        let otherwise = match (&self.succeeds, &self.release) {
            (Some(_), _) => register::with_modes(&[1]),
            (None, None) if !self.terms.names_modes() => kept(session, office, issuer, card)?,
            (None, _) => register::with_modes(&register::MODES),
        };
        let own = office.issuer().certificate().view().doing(STEP)?;
        self.terms.terms(session, otherwise, &own, context)
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
        let mut pin = if takes_over {
            context.output.note(&format!(
                "The card goes from its issuer to {issuer}, so it asks the holder."
            ));
            Some(consent()?)
        } else {
            None
        };
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
        let nonce = random().doing(STEP)?;
        let request = session.request_registration(nonce)?;
        // The card that signed the request, whatever card it says to be elsewhere.
        let asks = CertificateRequest::parse(&request)
            .map_err(|_| Failure::internal(STEP, "what the card sent is not a registration request"))?;
        let terms = self.terms(session, office, issuer, &sha256(asks.point), context)?;
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

/// The policy of the newest certificate that this issuer gave the card, if the card's own says the same.
fn kept(
    session: &mut Session<'_>,
    office: &IssuerOffice<EncryptedKeyFile>,
    issuer: &str,
    card: &Digest,
) -> Result<Policy> {
    let unsure = |why: String| {
        let remedy = "Say what the card shall allow: --modes, for example \"--modes 1,2\".";
        Err(Failure::refused(STEP, issuer, Reason::NotThisCard, why, remedy))
    };
    let Some(newest) = office.card(card).doing(STEP)? else {
        return unsure(format!(
            "{issuer} has no certificate of this card in its database"
        ));
    };
    let policy = newest.policy().doing(STEP)?;
    let (rc, _) = card::certificates(session, STEP)?;
    match Certificate::parse(&rc).map(|rc| rc.extension) {
        Ok(Extension::Card(shown)) if shown.policy == policy => Ok(policy),
        _ => unsure(format!(
            "the card's certificate allows other modes than number {}, the newest that {issuer} gave it",
            newest.serial
        )),
    }
}
