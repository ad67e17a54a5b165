//! `symbolon approval apply`
//!
//! Safe to repeat after an end at any instant: what the card has done it tells by its receipt, what it has begun by its
//! list of open requests, and the approval file is written whole or not at all.

use std::path::PathBuf;

use apdu_spec::certificate::Certificate;
use apdu_spec::data::RequestState;
use apdu_spec::object::{Operation, StoringRequest};
use apdu_spec::reason::Reason;
use apdu_spec::reference::{KeyReference, PinReference};
use clap::Args;
use host::card::{Loaded, Session};
use parties::approval::{Approval, Status};
use parties::crypto::sha256;
use parties::file::Existing;
use parties::package::Package;
use parties::receipt::ReadReceipt;
use serde::Serialize;

use super::show::check_package;
use crate::card::{AnyCard, CardArguments};
use crate::context::Context;
use crate::failure::{Doing, Failure, Result};
use crate::output::{Outcome, Show};
use crate::page::Page;
use crate::progress::LoadingBar;
use crate::secret::{CONSENT_PIN_VARIABLE, PinArguments};

const STEP: &str = "apply the approval";

/// Give the card both signatures and what is to be stored, and take its receipt
///
/// The card checks everything itself: certificates, both signatures, every block before it is written, and all of it
/// again before the one moment in which the application is there. Interrupted at any point, the same command goes on where
/// it stopped; done already, it fetches the receipt. Deleting asks for the consent PIN again, and so does a replacement
/// that drops data. The receipt is verified and written into the approval file.
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
    package: Option<&'a Package>,
    dpr: &'a [u8],
    first: &'a [u8],
    second: &'a [u8],
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
        let (loaded, blocks_kept) = {
            let work = Work::new(&approval, package.as_ref())?;
            let mut card = self.card.open(context)?;
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
        let mut number = None;
        if let Some(loaded) = &loaded {
            number = Some(check_receipt(&approval, &loaded.receipt, context)?);
            approval.set_receipt(&loaded.receipt).doing(STEP)?;
            if !context.dry_run {
                approval
                    .write(&self.approval, Existing::Replace)
                    .doing("write the receipt into the approval file")?;
            }
        }
        let applied = Applied {
            before: loaded.is_some_and(|loaded| loaded.before),
            receipt: number,
            blocks_kept,
            status: super::status_of(&approval)?,
        };
        Ok(Outcome::new("approval apply", &applied))
    }

    fn package(&self, status: &Status) -> Result<Option<Package>> {
        match (&self.package, &status.package_digest) {
            (Some(path), _) => {
                let package = Package::read(path).doing("read the package")?;
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
        let deletes = work.request.sdi.operation == Operation::Delete;
        // Nobody is kept from the card while the holder types.
        let pin = if deletes { Some(consent()?) } else { None };
        let verify = |session: &mut Session<'_>, pin: &host::card::Pin| {
            session.verify_pin(PinReference::Consent, pin, self.secret.last_try())
        };
        let first = {
            let mut session = card.begin()?;
            session.verify_certificate(work.dpr)?;
            session.authorize(work.request.number, work.first, Some(work.second))?;
            if let Some(pin) = &pin {
                verify(&mut session, pin)?;
            }
            work.finish(&mut session, context)
        };
        match first {
            Err(error) if !deletes && error.reason() == Some(Reason::ConsentMissing) => {
                context
                    .output
                    .note("This replacement drops data, so the card asks the holder again.");
                let pin = consent()?;
                let mut session = card.begin()?;
                verify(&mut session, &pin)?;
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
    fn new(approval: &'a Approval, package: Option<&'a Package>) -> Result<Self> {
        let missing = |who: &str| {
            Failure::usage(
                STEP,
                format!("the {who} has not signed yet"),
                format!("Ask the {who}: \"symbolon approval sign\"."),
            )
            .by(who)
        };
        let first = approval.first().ok_or_else(|| missing("issuer"))?;
        let second = approval.second().ok_or_else(|| missing("provider"))?;
        let dpr = approval
            .provider_certificate()
            .ok_or_else(|| missing("provider"))?;
        let request = approval.storing_request().doing(STEP)?;
        Ok(Self {
            approval,
            request,
            package,
            dpr,
            first,
            second,
        })
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
            return match session.receipt_of(&sha256(self.approval.request()))? {
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

    /// Loads the package or removes the application; goes on at the block the card waits for.
    fn finish(&self, session: &mut Session<'_>, context: &Context) -> host::Result<Loaded> {
        let number = self.request.number;
        let request = sha256(self.approval.request());
        match self.package {
            None => session.remove(number, &request),
            Some(package) => {
                let bar = LoadingBar::new(&context.output);
                session.load(number, &request, package.blocks().iter(), &mut |progress| {
                    bar.show(progress)
                })
            }
        }
    }
}

/// Checks that the card of the approval signed the receipt, and for what was agreed; gives its number.
fn check_receipt(approval: &Approval, receipt: &[u8], context: &Context) -> Result<u32> {
    let step = "verify the card's receipt";
    let read = ReadReceipt::parse(receipt).doing(step)?;
    let rc = Certificate::parse(approval.card_certificate()).map_err(|error| {
        Failure::usage(
            step,
            format!("the card's certificate: {error}"),
            "Get the file again.",
        )
    })?;
    let request = approval.storing_request().doing(step)?;
    let dpr = approval.provider_certificate().unwrap_or_default();
    let authorizers = [sha256(approval.issuer_certificate()), sha256(dpr)];
    match read.verify(&rc, Some(&request), &authorizers, context.today) {
        Ok(_) => Ok(read.receipt.number),
        Err(denial) => {
            let remedy = "Do not trust this card; if it is a symbolon card, report this.";
            Err(Failure::refused(
                step,
                "this verification",
                denial.reason,
                denial.text,
                remedy,
            ))
        }
    }
}

impl Show for Applied {
    fn show(&self, page: &mut Page) {
        let status = &self.status;
        let what = format!("{} version {}", status.aid, status.version);
        let done = match status.operation {
            "delete" => "deleted",
            "replace" => "replaced",
            _ => "stored",
        };
        match (self.receipt, self.before) {
            (Some(_), false) => page.done(format!("{what} is {done}.")),
            (Some(_), true) => page.done(format!("{what} was {done} before.")),
            (None, _) => page.text(format!("{what} would be {done}.")),
        }
        page.optional(
            "receipt",
            self.receipt
                .map(|number| format!("{number}, verified and in the approval file")),
        );
        page.optional("blocks kept", self.blocks_kept.map(|blocks| blocks.to_string()));
        page.field("comparison code", &status.comparison_code);
        if self.receipt.is_some() {
            page.text("Hand the file to the issuer and the provider: \"symbolon approval record\".");
        }
    }
}
