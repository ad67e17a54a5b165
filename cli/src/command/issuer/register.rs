//! `symbolon issuer register`

use std::path::PathBuf;

use apdu_spec::certificate::{Certificate, Extension, Policy, Role};
use apdu_spec::data;
use apdu_spec::date::Date;
use apdu_spec::file::LifeCycle;
use apdu_spec::object::Mode;
use apdu_spec::reason::Reason;
use apdu_spec::reference::KeyReference;
use clap::Args;
use host::card::{FilePath, Session};
use parties::crypto::{random, sha256};
use parties::decision::Decision;
use parties::issuer::CardTerms;
use parties::office::IssuerOffice;
use parties::party::CertificateDescription;
use parties::receipt::{ReadReceipt, ReceiptAnswer};
use parties::signer::EncryptedKeyFile;
use serde::Serialize;

use super::USER_FILE;
use crate::card::CardArguments;
use crate::context::Context;
use crate::describe;
use crate::failure::{Doing, Failure, Result, refusal};
use crate::inventory::Inventory;
use crate::output::{Outcome, Show};
use crate::page::Page;
use crate::party;
use crate::secret::PassphraseArguments;

/// How long a card's certificate is good unless told otherwise.
const DAYS: u32 = 5 * 365;
const STEP: &str = "register the card";
/// Ways to store that a card allows unless told otherwise.
pub(super) const MODES: [u8; 2] = [1, 2];

/// Make a personalized card one of this issuer's
///
/// The card signs a registration request over a fresh nonce, the issuer certifies it, and the card, once it has checked
/// everything, answers with its receipt number 0, which the issuer verifies and keeps. From then on nothing but agreed
/// requests changes the card's applications. Run again after an interruption it completes what is missing.
#[derive(Args, Debug)]
#[command(after_help = "Example:
  symbolon issuer register --issuer alpenbank --card card.img
  symbolon issuer register --issuer alpenbank --card card.img --modes 1,2,3,4,6,7 --allow-mac")]
pub struct Register {
    /// The issuer's folder
    #[arg(long, value_name = "DIR")]
    pub issuer: PathBuf,
    #[command(flatten)]
    card: CardArguments,
    #[command(flatten)]
    terms: TermsArguments,
    #[command(flatten)]
    secret: PassphraseArguments,
}

/// What the card's certificate says.
#[derive(Args, Clone, Debug)]
pub(super) struct TermsArguments {
    /// Ways to store that the card allows, and 1; unless given "1,2", for a successor "1", and for a renewal those of the newest
    /// certificate that the issuer gave the card
    #[arg(long, value_name = "MODES", value_delimiter = ',',
          value_parser = clap::value_parser!(u8).range(1..=7))]
    modes: Vec<u8>,
    /// Issuer and provider may authorize by MAC, under a key they share with the card
    #[arg(long)]
    allow_mac: bool,
    /// The issuer, or a request's provider, may open and drop requests without the holder (not in modes 6 and 7)
    #[arg(long)]
    waive_consent: bool,
    /// Last day of the card's certificate; five years from now unless given, but not after the issuer's own ends
    #[arg(long, value_name = "DATE")]
    until: Option<Date>,
}

impl TermsArguments {
    /// Whether somebody typed what the card shall allow.
    pub(super) const fn names_modes(&self) -> bool {
        !self.modes.is_empty()
    }

    /// The terms for this card, which has a data registrar's root, its user information and its key. What it allows is `otherwise`
    /// unless modes were typed, and its last day that of `issuer`'s certificate (7F21) if that comes before the usual one.
    ///
    /// # Errors
    /// When the card does not tell what it has.
    pub(super) fn terms(
        &self,
        session: &mut Session<'_>,
        otherwise: Policy,
        issuer: &Certificate<'_>,
        context: &Context,
    ) -> Result<CardTerms> {
        // A card that is registered names its data registrar's first root in its certificate, where it may have newer ones
        // only, and its user information, whose file only the holder can read.
        let (data_root, user_information) = match extension(session)? {
            Some(known) => known,
            None => (
                sha256(
                    &session
                        .certificate(data::DATA_REGISTRAR_ROOT)?
                        .unwrap_or_default(),
                ),
                sha256(&session.read_file(&FilePath::master_file().child(USER_FILE))?),
            ),
        };
        let mut policy = match self.modes.as_slice() {
            [] => otherwise,
            modes => with_modes(modes),
        };
        if self.allow_mac {
            policy = policy.with_mac();
        }
        if self.waive_consent {
            policy = policy.with_consent_waived();
        }
        Ok(CardTerms {
            policy,
            key_origin: session.status()?.key_origin,
            data_root,
            user_information,
            effective: context.today,
            expiration: self
                .until
                .unwrap_or_else(|| context.today.add_days(DAYS).min(issuer.expiration)),
        })
    }
}

/// A policy of these modes alone.
pub(super) fn with_modes(modes: &[u8]) -> Policy {
    let modes = modes.iter().filter_map(|mode| Mode::from_code(*mode));
    modes.fold(Policy::NONE, Policy::with)
}

/// Data registrar's root and user information in the card's certificate, if it has one.
fn extension(session: &mut Session<'_>) -> Result<Option<([u8; 32], [u8; 32])>> {
    let Some(encoded) = session.certificate(data::CARD_CERTIFICATE)? else {
        return Ok(None);
    };
    match Certificate::parse(&encoded).map(|rc| rc.extension) {
        Ok(Extension::Card(card)) => Ok(Some((*card.data_root, *card.user_information))),
        _ => Err(Failure::internal(
            STEP,
            "the certificate that the card has is not a card's",
        )),
    }
}

/// A card and its certificate.
#[derive(Serialize)]
pub(super) struct Registered {
    card: String,
    certificate: Option<CertificateDescription>,
    pub(super) registered_before: bool,
    receipt: Option<u32>,
    /// Receipts that still wait on the card to be collected.
    receipts_waiting: Option<u8>,
    /// Modes that the card allows by its certificate.
    modes: Vec<u8>,
    /// Open requests that went with the certificate before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) requests_dropped: Option<usize>,
    /// Files that were on the card before, as its receipt 0 confirms.
    files_before: Option<usize>,
    warnings: Vec<String>,
}

impl Register {
    /// Does it.
    ///
    /// # Errors
    /// When issuer or card refuses.
    pub fn run(self, context: &Context) -> Result<Outcome> {
        let party = party::open_role(&self.issuer, Role::Issuer)?;
        let issuer = party::name(&party);
        let passphrase = self.secret.passphrase(&self.issuer)?;
        let office = party
            .issuer(&passphrase)
            .doing(format!("open the key of {issuer}"))?;
        let mut card = self.card.open(context)?;
        let mut session = card.begin()?;
        let before = session.status()?.life_cycle == LifeCycle::Operational;
        if context.dry_run {
            let registered = Registered {
                card: hex::encode(sha256(&session.public_key(KeyReference::Registration)?)),
                certificate: None,
                registered_before: before,
                receipt: None,
                receipts_waiting: None,
                modes: vec![],
                requests_dropped: None,
                files_before: None,
                warnings: vec![],
            };
            return Ok(Outcome::new("issuer register", &registered));
        }
        let mut files_before = None;
        let mut receipt = None;
        if !before {
            let inventory = Inventory::read(&mut session)?;
            self.certify(&mut session, &office, &issuer, context)?;
            let first = session.receipt(0)?;
            if !inventory.is_in(&first) {
                return Err(Failure::refused(
                    "compare what was on the card with its receipt",
                    "card",
                    Reason::NotThisCard,
                    "receipt 0 tells of other files than were on the card",
                    "Do not hand this card out: somebody changed its files meanwhile, or it does not say what it has.",
                ));
            }
            files_before = Some(inventory.files);
            receipt = Some(first);
        }
        let mut registered = record(&mut session, &office, &issuer, receipt, before, context)?;
        registered.files_before = files_before;
        Ok(Outcome::new("issuer register", &registered))
    }

    /// Has the issuer certify the card and the card take the certificate.
    fn certify(
        &self,
        session: &mut Session<'_>,
        office: &IssuerOffice<EncryptedKeyFile>,
        issuer: &str,
        context: &Context,
    ) -> Result<()> {
        let nonce = random().doing(STEP)?;
        let request = session.request_registration(nonce).map_err(|error| {
            Failure::from(error).with_remedy("Personalize the card first: \"symbolon issuer personalize\".")
        })?;
        let own = office.issuer().certificate().view().doing(STEP)?;
        let terms = self.terms.terms(session, with_modes(&MODES), &own, context)?;
        let answer = office
            .register(&request, &nonce, &terms, context.today)
            .doing(STEP)?;
        let certificate = match answer.decision {
            Decision::Granted(certificate) => certificate,
            Decision::Refused(no) => return Err(refusal(STEP, issuer, &no)),
        };
        session.verify_certificate(office.issuer().certificate().encoded())?;
        session.register(&certificate, None)?;
        Ok(())
    }
}

/// A card whose certificate would be renewed.
pub(super) fn planned(
    session: &mut Session<'_>,
    office: &IssuerOffice<EncryptedKeyFile>,
    terms: &CardTerms,
) -> Result<Registered> {
    let certificate = session.certificate(data::CARD_CERTIFICATE)?.unwrap_or_default();
    let modes = describe::list(&describe::policy_modes(terms.policy));
    let mut warnings = vec![format!(
        "it would allow modes {modes}, until {}",
        terms.expiration
    )];
    warnings.extend(outlives(
        terms.expiration,
        office.issuer().certificate().encoded(),
    ));
    Ok(Registered {
        card: hex::encode(sha256(&session.public_key(KeyReference::Registration)?)),
        certificate: describe::certificate(&certificate),
        registered_before: true,
        receipt: None,
        receipts_waiting: None,
        modes: modes_of(&certificate),
        requests_dropped: None,
        files_before: None,
        warnings,
    })
}

/// What to know of a card's certificate that would be good until `last` but for its issuer's, which ends before: both are looked at
/// by whoever verifies what the card signed.
fn outlives(last: Date, issuer: &[u8]) -> Option<String> {
    let issuer = Certificate::parse(issuer).ok()?;
    (last > issuer.expiration).then(|| {
        format!(
            "it is good until {} only, when the certificate of {} ends; with a newer one of that, \"symbolon issuer renew\" makes it last",
            issuer.expiration,
            issuer.holder.identity()
        )
    })
}

/// Has the issuer verify the receipt of the registration, receipt 0 unless it is at hand, so that it knows the card is its
/// own now; then the card may count it as collected.
pub(super) fn record(
    session: &mut Session<'_>,
    office: &IssuerOffice<EncryptedKeyFile>,
    issuer: &str,
    receipt: Option<Vec<u8>>,
    before: bool,
    context: &Context,
) -> Result<Registered> {
    let certificate = session.certificate(data::CARD_CERTIFICATE)?.unwrap_or_default();
    let receipt = match receipt {
        Some(receipt) => Some(receipt),
        None => match session.receipt(0) {
            // Only the last receipts are kept: a card that has been in use for long has registered long ago.
            Err(error) if before && error.status().is_some() => None,
            receipt => Some(receipt?),
        },
    };
    let mut warnings = Vec::new();
    let (mut number, mut receipts_waiting) = (None, None);
    if let Some(receipt) = &receipt {
        match office
            .record_receipt(receipt, context.today)
            .doing("record the card's receipt")?
        {
            ReceiptAnswer::Recorded { warnings: given, .. } => warnings = given,
            ReceiptAnswer::Rejected(denial) => {
                let step = "verify the card's receipt";
                let remedy = "Check which issuer the card belongs to: \"symbolon card info\".";
                return Err(Failure::refused(step, issuer, denial.reason, denial.text, remedy));
            }
        }
        // It is in the database: the card may count it as collected.
        let own = ReadReceipt::parse(receipt).doing(STEP)?.receipt.number;
        number = Some(own);
        receipts_waiting = Some(collect(session, own, receipt)?);
    } else if before {
        warnings.push("the card no longer has its first receipt".into());
    }
    if let Ok(rc) = Certificate::parse(&certificate) {
        let issuer = session.certificate(data::ISSUER_CERTIFICATE)?.unwrap_or_default();
        warnings.extend(outlives(rc.expiration, &issuer));
    }
    let modes = modes_of(&certificate);
    let certificate = describe::certificate(&certificate);
    if certificate.is_none() {
        let message = "the card is registered and shows no certificate";
        return Err(Failure::refused(
            STEP,
            "card",
            Reason::NoCertificate,
            message,
            "Do not trust this card.",
        ));
    }
    Ok(Registered {
        card: hex::encode(sha256(&session.public_key(KeyReference::Registration)?)),
        certificate,
        registered_before: before,
        receipt: number,
        receipts_waiting,
        modes,
        requests_dropped: None,
        files_before: None,
        warnings,
    })
}

/// The modes that a card's certificate allows.
fn modes_of(certificate: &[u8]) -> Vec<u8> {
    match Certificate::parse(certificate).map(|certificate| certificate.extension) {
        Ok(Extension::Card(card)) => describe::policy_modes(card.policy),
        _ => vec![],
    }
}

/// Tells the card that its receipt is kept, unless an older one waits that nobody may have; gives how many wait.
pub(crate) fn collect(session: &mut Session<'_>, number: u32, receipt: &[u8]) -> Result<u8> {
    let status = session.status()?;
    let waiting = status.receipts_uncollected;
    let oldest = status.receipts_written.saturating_sub(u32::from(waiting));
    if waiting == 0 || number != oldest {
        return Ok(waiting);
    }
    Ok(session.collect_receipts(number, &parties::receipt::held(receipt))?)
}

impl Show for Registered {
    fn show(&self, page: &mut Page) {
        match (self.registered_before, &self.certificate) {
            (true, _) => page.done("The card was registered before."),
            (false, Some(_)) => page.done("The card is registered."),
            (false, None) => page.text("The card is not registered yet."),
        }
        page.field("identity", &self.card);
        if let Some(certificate) = &self.certificate {
            page.field("certificate", describe::line(certificate));
            page.field("modes", describe::list(&self.modes));
        }
        page.optional(
            "receipt",
            self.receipt.map(|number| format!("{number}, verified and kept")),
        );
        page.optional(
            "dropped",
            self.requests_dropped
                .filter(|count| *count > 0)
                .map(|count| match count {
                    1 => "an open request: open it anew if it is still wanted".to_owned(),
                    count => format!("{count} open requests: open those anew that are still wanted"),
                }),
        );
        page.optional(
            "files before",
            self.files_before
                .map(|count| format!("{count}, as the receipt confirms")),
        );
        self.warnings
            .iter()
            .for_each(|warning| page.field("note", warning));
    }
}
