//! `symbolon approval request`

mod wish;

use std::path::PathBuf;

use apdu_spec::object::{Mode, Sdi};
use apdu_spec::reason::Reason;
use apdu_spec::status::Status;
use clap::Args;
use host::card::Session;
use parties::approval::{self, Approval};
use parties::evidence::ReadRequest;
use parties::file::Existing;
use serde::Serialize;

use self::wish::WishArguments;
use crate::card::{self, CardArguments};
use crate::consent::ConsentArguments;
use crate::context::Context;
use crate::failure::{Doing, Failure, Result};
use crate::output::{Outcome, Show};
use crate::page::Page;

const STEP: &str = "request the operation";

/// Have a card ask for an application to be stored, replaced or deleted, or for a version floor to be lowered
///
/// The holder consents with the consent PIN, which allows this one request. The card checks space, owner and version,
/// numbers the request and signs it; the approval file goes to whoever the mode names: 2 the issuer, then the provider;
/// 3 the provider, then the issuer; 4 the provider alone; 6 the provider, who certifies the package for every card;
/// 7 the provider, then the data certifier. Modes 6 and 7 take what was certified already from a file (--certified), and the
/// approval is complete at once. While the same request is open the card gives the same request again, without asking the
/// holder. Where the card's policy waives consent, its issuer or the provider may ask (--authenticate-as).
#[derive(Args, Debug)]
#[command(after_help = "Example:
  symbolon approval request --card card.img --package notes.pkg --provider-name DENOTIZ --output store-notes.json
  symbolon approval request --card card.img --mode 3 --package notes.pkg --provider-name DENOTIZ --output store.json
  symbolon approval request --card card.img --certified notes-certified.json --output store.json
  symbolon approval request --card card.img --replace --package notes-2.pkg --provider-name DENOTIZ --output replace.json
  symbolon approval request --card card.img --delete F04E4F544553 --output delete.json
  symbolon approval request --card card.img --lower-floor F04E4F544553 --version 1 --output lower.json")]
pub struct Request {
    #[command(flatten)]
    card: CardArguments,
    #[command(flatten)]
    wish: WishArguments,
    /// Approval file to write
    #[arg(long, short, value_name = "FILE")]
    pub output: PathBuf,
    #[command(flatten)]
    consent: ConsentArguments,
}

#[derive(Serialize)]
struct Requested {
    approval: Option<String>,
    /// Whether the request was open already.
    open_before: bool,
    operation: &'static str,
    aid: String,
    version: u32,
    /// What the card signed; none of a dry run.
    request: Option<approval::Status>,
}

impl Request {
    /// Does it.
    ///
    /// # Errors
    /// When the card refuses, the holder does not consent, or another approval is in the output file.
    pub fn run(self, context: &Context) -> Result<Outcome> {
        let wish = self.wish.read()?;
        let present = match self.output.exists() {
            true => Some(super::read(&self.output)?),
            false => None,
        };
        let mut card = self.card.open(context)?;
        let owner = self.wish.owner(&wish, &mut card, context)?;
        let (sdi, open) = {
            let mut session = card.begin()?;
            let sdi = self.wish.sdi(&wish, owner, &mut session, context)?;
            let exact = self.wish.names_day() || wish.certified.is_some();
            let open = find_open(&mut session, wish.mode, &sdi, exact)?;
            (sdi, open)
        };
        // Before anybody consents to what could not be written down.
        if let Some(present) = &present
            && open.as_deref() != Some(present.request())
        {
            return Err(Failure::usage(
                "write the approval file",
                format!("{} holds the approval of another request", self.output.display()),
                "Choose another name: nothing was asked of the card.",
            ));
        }
        let open_before = open.is_some();
        if context.dry_run {
            return Ok(outcome(None, open_before, None, &sdi));
        }
        let request = match open {
            Some(request) => request,
            None => {
                context.output.note(&format!(
                    "The card is to ask for this: {}, mode {}, provider {}.",
                    super::asked(sdi.operation.name(), sdi.aid, sdi.version),
                    wish.mode.code(),
                    sdi.provider.name
                ));
                // Nobody is kept from the card while the holder types.
                let agreement = self.consent.ask()?;
                let mut session = card.begin()?;
                agreement.give(&mut session)?;
                session
                    .open_request(wish.mode, &sdi)
                    .map_err(|error| explain(error, &sdi))?
            }
        };
        let mut session = card.begin()?;
        let (rc, irc) = card::certificates(&mut session, STEP)?;
        let mut approval = Approval::new(&request, &rc, &irc).doing(STEP)?;
        if let Some(certificate) = &wish.certificate {
            approval.set_provider_certificate(certificate).doing(STEP)?;
        }
        match present {
            // With whatever was signed since.
            Some(present) if present.request() == approval.request() => approval = present,
            Some(_) => {
                return Err(Failure::usage(
                    "write the approval file",
                    format!("{} holds the approval of another request", self.output.display()),
                    "Choose another name and run the command again: the card gives the same request.",
                ));
            }
            None => {
                if let Some(certified) = &wish.certified {
                    approval.set_certified(certified).doing(STEP)?;
                }
                approval
                    .write(&self.output, Existing::Refuse)
                    .doing("write the approval file")?;
            }
        }
        let status = super::status_of(&approval)?;
        Ok(outcome(
            Some(self.output.display().to_string()),
            open_before,
            Some(status),
            &sdi,
        ))
    }
}

/// The card has no word of its own for what it does not find.
fn explain(error: host::Error, sdi: &Sdi) -> Failure {
    let failure = Failure::from(error);
    if failure.status != Some(Status::REFERENCED_DATA_NOT_FOUND) {
        return failure;
    }
    Failure {
        reason: Some(Reason::NoSuchApplication),
        message: format!("the card has no application {} of {}", sdi.aid, sdi.provider.name),
        remedy: "Look at which applications are on the card: \"symbolon card info\".".into(),
        ..failure
    }
}

/// The request for the same thing, if the card has one open. The day it ends matters only if somebody chose it: run again
/// on another day, the command goes on with what it began.
fn find_open(session: &mut Session<'_>, mode: Mode, sdi: &Sdi, exact: bool) -> Result<Option<Vec<u8>>> {
    for entry in session.requests()? {
        if entry.aid != sdi.aid || entry.operation != sdi.operation || entry.mode != mode {
            continue;
        }
        let object = session.storing_request(entry.number)?;
        let open = ReadRequest::parse(&object)
            .doing("read the open request")?
            .request;
        let wanted = Sdi {
            expiry: if exact { sdi.expiry } else { open.sdi.expiry },
            ..*sdi
        };
        if open.sdi == wanted {
            return Ok(Some(object));
        }
    }
    Ok(None)
}

fn outcome(
    approval: Option<String>,
    open_before: bool,
    status: Option<approval::Status>,
    sdi: &Sdi,
) -> Outcome {
    let (operation, aid, version) = (sdi.operation.name(), sdi.aid.to_string(), sdi.version);
    Outcome::new(
        "approval request",
        &Requested {
            approval,
            open_before,
            operation,
            aid,
            version,
            request: status,
        },
    )
}

impl Show for Requested {
    fn show(&self, page: &mut Page) {
        let what = super::asked(self.operation, &self.aid, self.version);
        let Some(status) = &self.request else {
            return page.text(match self.open_before {
                true => format!("The card has this request open: {what}."),
                false => format!("The card would be asked: {what}."),
            });
        };
        page.done(format!("The card asks: {what}."));
        super::show_request(status, page);
        page.optional("approval file", self.approval.as_deref());
        if super::is_for_one_card(status) {
            page.text("Tell the signers the comparison code: the same code means the same request.");
        }
        page.text(super::next_words(status));
    }
}
