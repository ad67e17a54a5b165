//! `symbolon issuer register`

use std::path::PathBuf;

use apdu_spec::certificate::{Policy, Role};
use apdu_spec::data;
use apdu_spec::date::Date;
use apdu_spec::file::LifeCycle;
use apdu_spec::object::Mode;
use apdu_spec::reason::Reason;
use clap::Args;
use host::card::{FilePath, Session};
use parties::crypto::{random, sha256};
use parties::decision::Decision;
use parties::issuer::CardTerms;
use parties::office::IssuerOffice;
use parties::party::CertificateDescription;
use parties::receipt::ReceiptAnswer;
use parties::signer::EncryptedKeyFile;
use serde::Serialize;

use super::USER_FILE;
use crate::card::CardArguments;
use crate::context::Context;
use crate::describe;
use crate::failure::{Doing, Failure, Result, refusal};
use crate::output::{Outcome, Show};
use crate::page::Page;
use crate::party;
use crate::secret::PassphraseArguments;

/// How long a card's certificate is good unless told otherwise.
const DAYS: u32 = 5 * 365;
const STEP: &str = "register the card";

/// Make a personalized card one of this issuer's
///
/// The card signs a registration request over a fresh nonce, the issuer certifies it, and the card, once it has checked
/// everything, answers with its receipt number 0, which the issuer verifies and keeps. From then on nothing but agreed
/// requests changes the card's applications. Run again after an interruption it completes what is missing.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  symbolon issuer register --issuer alpenbank --card card.img")]
pub struct Register {
    /// The issuer's folder
    #[arg(long, value_name = "DIR")]
    pub issuer: PathBuf,
    #[command(flatten)]
    card: CardArguments,
    /// Ways to store that the card allows; this version's cards carry out mode 2
    #[arg(long, value_name = "MODES", value_delimiter = ',', default_value = "1,2",
          value_parser = clap::value_parser!(u8).range(1..=7))]
    pub modes: Vec<u8>,
    /// Last day of the card's certificate; five years from now unless given
    #[arg(long, value_name = "DATE")]
    pub until: Option<Date>,
    #[command(flatten)]
    secret: PassphraseArguments,
}

#[derive(Serialize)]
struct Registered {
    card: String,
    certificate: Option<CertificateDescription>,
    registered_before: bool,
    receipt: Option<u32>,
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
                card: hex::encode(sha256(
                    &session.public_key(apdu_spec::reference::KeyReference::Registration)?,
                )),
                certificate: None,
                registered_before: before,
                receipt: None,
                warnings: vec![],
            };
            return Ok(Outcome::new("issuer register", &registered));
        }
        if !before {
            self.certify(&mut session, &office, &issuer, context)?;
        }
        let registered = record(&mut session, &office, &issuer, before, context)?;
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
        let root = session
            .certificate(data::DATA_REGISTRAR_ROOT)?
            .unwrap_or_default();
        let user = session.read_file(&FilePath::master_file().child(USER_FILE))?;
        let modes = self.modes.iter().filter_map(|mode| Mode::from_code(*mode));
        let terms = CardTerms {
            policy: modes.fold(Policy::NONE, Policy::with),
            data_root: sha256(&root),
            user_information: sha256(&user),
            effective: context.today,
            expiration: self.until.unwrap_or_else(|| context.today.add_days(DAYS)),
        };
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

/// Has the issuer verify receipt 0, so that it knows the card is its own now.
fn record(
    session: &mut Session<'_>,
    office: &IssuerOffice<EncryptedKeyFile>,
    issuer: &str,
    before: bool,
    context: &Context,
) -> Result<Registered> {
    let certificate = session.certificate(data::CARD_CERTIFICATE)?.unwrap_or_default();
    let receipt = match session.receipt(0) {
        // Only the last receipts are kept: a card that has been in use for long has registered long ago.
        Err(error) if before && error.status().is_some() => None,
        receipt => Some(receipt?),
    };
    let mut warnings = Vec::new();
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
    } else if before {
        warnings.push("the card no longer has its first receipt".into());
    }
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
        card: hex::encode(sha256(
            &session.public_key(apdu_spec::reference::KeyReference::Registration)?,
        )),
        certificate,
        registered_before: before,
        receipt: receipt.map(|_| 0),
        warnings,
    })
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
        }
        page.optional(
            "receipt",
            self.receipt.map(|number| format!("{number}, verified and kept")),
        );
        self.warnings
            .iter()
            .for_each(|warning| page.field("note", warning));
    }
}
