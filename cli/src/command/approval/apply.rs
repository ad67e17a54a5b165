//! `symbolon approval apply`
//!
//! Safe to repeat after an end at any instant: what the card has done it tells by its receipt, what it has begun by its
//! list of open requests, and the approval file is written whole or not at all.

mod receipt;

use std::path::PathBuf;

use apdu_spec::data::RequestState;
use apdu_spec::object::{Digest, Operation, StoringRequest};
use apdu_spec::reason::Reason;
use apdu_spec::reference::{KeyReference, PinReference};
use clap::Args;
use host::card::{LastTry, Loaded, Pin, Session};
use parties::approval::{Approval, Status};
use parties::crypto::sha256;
use parties::file::Existing;
use parties::package::Package;
use serde::Serialize;

use super::show::check_package;
use crate::card::{AnyCard, CardArguments};
use crate::command::issuer::register::collect;
use crate::context::Context;
use crate::failure::{Doing, Failure, Result};
use crate::kind;
use crate::output::{Outcome, Show};
use crate::page::Page;
use crate::progress::LoadingBar;
use crate::secret::{CONSENT_PIN_VARIABLE, PinArguments};

const STEP: &str = "apply the approval";

/// Give the card what was signed and what is to be stored, and take its receipt
///
/// The card checks everything itself: certificates, signatures, every block before it is written, and all of it
/// again before the one moment in which the application is there. Interrupted at any point, the same command goes on where
/// it stopped; done already, it fetches the receipt. Deleting and lowering a floor ask for the consent PIN again, and so do
/// a replacement that drops data, and a shared key in the file. The receipt is verified and written into the approval file,
/// and only then counted as collected by the card.
#[derive(Args, Debug)]
#[command(after_help = "Example:
  symbolon approval apply store-notes.json --card card.img --package notes.pkg
  symbolon approval apply delete.json --card card.img")]
pub struct Apply {
    /// The approval file
    pub approval: PathBuf,
    #[command(flatten)]
    card: CardArguments,
    /// The package, unless something is deleted
    #[arg(long, value_name = "FILE")]
    pub package: Option<PathBuf>,
    #[command(flatten)]
    secret: PinArguments,
}

#[derive(Serialize)]
struct Applied {
    /// Whether the card had done it before.
    before: bool,
    /// Number of the receipt; none of a dry run.
    receipt: Option<u32>,
    /// Receipts that still wait on the card to be collected; none of a dry run.
    receipts_waiting: Option<u8>,
    /// Receipts that the card has written since, if it was done before.
    #[serde(skip_serializing_if = "Option::is_none")]
    receipts_since: Option<u32>,
    /// Blocks the card has, of a dry run.
    #[serde(skip_serializing_if = "Option::is_none")]
    blocks_kept: Option<u16>,
    #[serde(flatten)]
    status: Status,
}

/// Everything the card needs.
struct Work<'a> {
    approval: &'a Approval,
    request: StoringRequest,
    /// SHA-256 of the SR.
    digest: Digest,
    package: Option<&'a Package>,
    first: &'a [u8],
    second: Option<&'a [u8]>,
}

impl Apply {
    /// Does it.
    ///
    /// # Errors
    /// When a signature is missing, another package is asked for, or the card refuses.
    pub fn run(self, context: &Context) -> Result<Outcome> {
        let mut approval = super::read(&self.approval)?;
        let status = super::status_of(&approval)?;
        let package = self.package(&status)?;
        let mut card = self.card.open(context)?;
        let (loaded, blocks_kept) = {
            let work = Work::new(&approval, &status, package.as_ref())?;
            match work.look(&mut card)? {
                Found::Done(receipt) => (
                    Some(Loaded {
                        receipt,
                        before: true,
                    }),
                    None,
                ),
                Found::Open(kept) if context.dry_run => (None, Some(kept)),
                Found::Open(_) => (Some(self.carry_out(&work, &mut card, context)?), None),
            }
        };
        let (mut number, mut receipts_waiting) = (None, None);
        if let Some(loaded) = &loaded {
            number = Some(receipt::check(&approval, &loaded.receipt, context)?);
            approval.set_receipt(&loaded.receipt).doing(STEP)?;
            if !context.dry_run {
                approval
                    .write(&self.approval, Existing::Replace)
                    .doing("write the receipt into the approval file")?;
                // It is on the disk: the card may count it as collected.
                receipts_waiting = number
                    .map(|number| collect(&mut card.begin()?, number, &loaded.receipt))
                    .transpose()?;
            }
        }
        let before = loaded.is_some_and(|loaded| loaded.before);
        let receipts_since = match number {
            Some(number) if before => {
                let written = card.begin()?.status()?.receipts_written;
                Some(written.saturating_sub(number.saturating_add(1)))
            }
            _ => None,
        };
        let applied = Applied {
            before,
            receipt: number,
            receipts_waiting,
            receipts_since,
            blocks_kept,
            status: super::status_of(&approval)?,
        };
        Ok(Outcome::new("approval apply", &applied))
    }

    fn package(&self, status: &Status) -> Result<Option<Package>> {
        match (&self.package, &status.package_digest) {
            (Some(path), _) => {
                let package = kind::package(path)?;
                check_package(status, &package)?;
                Ok(Some(package))
            }
            (None, None) => Ok(None),
            (None, Some(_)) => Err(Failure::usage(
                STEP,
                format!(
                    "the package {} version {} is not named",
                    status.aid, status.version
                ),
                "Give --package FILE.",
            )),
        }
    }

    fn carry_out(&self, work: &Work<'_>, card: &mut AnyCard, context: &Context) -> Result<Loaded> {
        let consent = || self.secret.pin("consent PIN", CONSENT_PIN_VARIABLE);
        let asks_again = matches!(
            work.request.sdi.operation,
            Operation::Delete | Operation::LowerFloor
        );
        let status = super::status_of(work.approval)?;
        let ask = |words: &str| {
            super::before_consent(&status, words, context);
            consent()
        };
        // Nobody is kept from the card while the holder types.
        let mut pin = if asks_again {
            Some(ask("The card asks the holder once more")?)
        } else {
            None
        };
        let last_try = self.secret.last_try();
        match work.go(card, pin.as_ref().map(|pin| (pin, last_try)), &[], context) {
            Err(error) if error.reason() == Some(Reason::NoSharedKey) && work.has_shared_keys() => {
                let words =
                    "The file brings a key that a party shares with the card, so the card asks the holder";
                let pin = match pin.take() {
                    Some(pin) => pin,
                    None => ask(words)?,
                };
                let keys: Vec<&[u8]> = work.approval.shared_keys().collect();
                Ok(work.go(card, Some((&pin, last_try)), &keys, context)?)
            }
            Err(error) if pin.is_none() && error.reason() == Some(Reason::ConsentMissing) => {
                let pin = ask("This replacement drops data, so the card asks the holder again")?;
                let mut session = card.begin()?;
                session.verify_pin(PinReference::Consent, &pin, last_try)?;
                Ok(work.finish(&mut session, context)?)
            }
            done => Ok(done?),
        }
    }
}

/// How far the card is.
enum Found {
    /// It has done it: the receipt.
    Done(Vec<u8>),
    /// It waits, with that many blocks kept.
    Open(u16),
}

impl<'a> Work<'a> {
    fn new(approval: &'a Approval, status: &Status, package: Option<&'a Package>) -> Result<Self> {
        let missing = |who: &str, what: &str| {
            Failure::usage(STEP, what, format!("Ask the {who}: \"symbolon approval sign\".")).by(who)
        };
        if !approval.is_authorized().doing(STEP)? {
            let who = status.next.unwrap_or("signer");
            return Err(match status.refusals.iter().rfind(|refusal| refusal.who == who) {
                Some(refusal) => missing(who, &format!("the {who} refused: {}", refusal.text)),
                None => missing(who, &format!("the {who} has not signed yet")),
            });
        }
        if let Some(certificate) = status.missing_certificates.first() {
            return Err(missing("signer", &format!("the file has no {certificate}")));
        }
        let first = approval
            .first()
            .ok_or_else(|| missing("signer", "nobody has signed yet"))?;
        Ok(Self {
            approval,
            request: approval.storing_request().doing(STEP)?,
            digest: sha256(approval.request()),
            package,
            first,
            second: approval.second(),
        })
    }

    fn has_shared_keys(&self) -> bool {
        self.approval.shared_keys().next().is_some()
    }

    /// Shows the card every certificate and all evidence, and has it do what was agreed. Every consent is for one thing.
    fn go(
        &self,
        card: &mut AnyCard,
        consent: Option<(&Pin, LastTry)>,
        shared_keys: &[&[u8]],
        context: &Context,
    ) -> host::Result<Loaded> {
        let mut session = card.begin()?;
        let agree = |session: &mut Session<'_>| match consent {
            Some((pin, last_try)) => session.verify_pin(PinReference::Consent, pin, last_try),
            None => Ok(()),
        };
        for certificate in self.approval.certificates() {
            match session.verify_certificate(certificate) {
                // A registrar's newer root that the card has already.
                Err(error) if error.reason() == Some(Reason::LinkTooOld) => {}
                shown => shown?,
            }
        }
        for key in shared_keys {
            agree(&mut session)?;
            match session.load_shared_key(key) {
                Err(error) if error.reason() == Some(Reason::KeyTooOld) => {}
                loaded => loaded?,
            }
        }
        session.authorize(self.request.number, self.first, self.second)?;
        if matches!(
            self.request.sdi.operation,
            Operation::Delete | Operation::LowerFloor
        ) {
            agree(&mut session)?;
        }
        self.finish(&mut session, context)
    }

    /// Makes sure it is this card's request, and looks how far it is.
    fn look(&self, card: &mut AnyCard) -> Result<Found> {
        let mut session = card.begin()?;
        let point = session.public_key(KeyReference::Registration)?;
        if sha256(&point) != self.request.card {
            return Err(Failure::usage(
                STEP,
                "the approval is for another card",
                "Use the card that the request was made on: \"symbolon approval show\" and \"symbolon card info\" name it.",
            ));
        }
        let number = self.request.number;
        let requests = session.requests()?;
        let Some(entry) = requests.iter().find(|entry| entry.number == number) else {
            return match session.receipt_of(&self.digest)? {
                Some(receipt) => Ok(Found::Done(receipt)),
                None => Err(Failure::refused(
                    STEP,
                    "card",
                    Reason::NoSuchRequest,
                    format!("the card has no open request {number} and no receipt about it"),
                    "Open a new request: this one was dropped.",
                )),
            };
        };
        if session.storing_request(number)? != self.approval.request() {
            return Err(Failure::refused(
                STEP,
                "card",
                Reason::OtherRequest,
                format!("the card's request {number} is another one than the approval's"),
                "Use the approval that was made for this card's open request.",
            ));
        }
        Ok(Found::Open(if entry.state == RequestState::Loading {
            entry.next_block
        } else {
            0
        }))
    }

    /// Loads the package, removes the application or lowers the floor; goes on at the block the card waits for.
    fn finish(&self, session: &mut Session<'_>, context: &Context) -> host::Result<Loaded> {
        let number = self.request.number;
        match (self.request.sdi.operation, self.package) {
            (Operation::LowerFloor, _) => session.lower_floor(number, &self.digest),
            (_, None) => session.remove(number, &self.digest),
            (_, Some(package)) => {
                let bar = LoadingBar::new(&context.output);
                session.load(number, &self.digest, package.blocks().iter(), &mut |progress| {
                    bar.show(progress);
                })
            }
        }
    }
}

impl Show for Applied {
    fn show(&self, page: &mut Page) {
        let status = &self.status;
        let what = format!("{} version {}", status.aid, status.version);
        let done = match status.operation {
            "delete" => "deleted",
            "replace" => "stored in place of the one before",
            "lower floor" => "the floor now",
            _ => "stored",
        };
        match (self.receipt, self.before) {
            (Some(_), false) => page.done(format!("{what} is {done}.")),
            (Some(_), true) => page.done(format!("{what} was {done}, in an earlier run.")),
            (None, _) => page.text(format!("{what} would be {done}.")),
        }
        page.optional(
            "receipt",
            self.receipt
                .map(|number| format!("{number}, verified and in the approval file")),
        );
        page.optional("blocks kept", self.blocks_kept.map(|blocks| blocks.to_string()));
        page.field("comparison code", &status.comparison_code);
        if let Some(waiting) = self.receipts_waiting.filter(|waiting| *waiting > 0) {
            page.field(
                "receipts not collected",
                format!("{waiting}: \"symbolon card receipts --collect\" takes and keeps them"),
            );
        }
        if let Some(since) = self.receipts_since.filter(|since| *since > 0) {
            let count = match since {
                1 => "one receipt".to_owned(),
                since => format!("{since} receipts"),
            };
            page.text(format!(
                "The card has written {count} since: what is on it now may be something else (\"symbolon card info\"). This approval is \
                 used up; for another change have the card open a new request (\"symbolon approval request\")."
            ));
        }
        if self.receipt.is_some() {
            let who = if status.steps.iter().any(|step| step.who == "issuer") {
                "the issuer and the provider"
            } else {
                "the provider, and to the issuer if it keeps receipts"
            };
            page.text(format!("Hand the file to {who}: \"symbolon approval record\"."));
        }
    }
}
