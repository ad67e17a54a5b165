//! Storing, replacing and deleting applications by agreement.

pub mod apply;
pub mod record;
pub mod refuse;
pub mod request;
pub mod show;
pub mod sign;
pub mod status;
pub mod verify;

use std::fmt::Display;
use std::path::Path;

use clap::Subcommand;
use parties::approval::{Approval, Status};

use super::group;
use crate::context::Context;
use crate::failure::{Doing, Failure, Result};
use crate::kind;
use crate::output::Outcome;
use crate::page::Page;

group! {
    /// `symbolon approval`
    ApprovalCommand {
        /// Have a card ask for an application to be stored, replaced or deleted, or for a version floor to be lowered
        Request(request::Request),
        /// Show what is asked for, and its comparison code
        Show(show::Show),
        /// Sign as the card's issuer, the package's provider or the data certifier
        Sign(sign::Sign),
        /// Refuse as the card's issuer or as the package's provider
        Refuse(refuse::Refuse),
        /// Tell who is still missing
        Status(status::Status),
        /// Give the card what was signed and what is to be stored, and take its receipt
        Apply(apply::Apply),
        /// Check every certificate and signature offline
        Verify(verify::Verify),
        /// Hand the card's receipt to a party, which verifies and keeps it
        Record(record::Record),
    }
}

fn read(path: &Path) -> Result<Approval> {
    kind::approval(path)
}

fn status_of(approval: &Approval) -> Result<Status> {
    approval.status().doing("read the approval file")
}

/// What people compare on several screens before they sign; `code` is what they were told.
fn check_code(approval: &Approval, code: Option<&str>) -> Result<()> {
    let own = status_of(approval)?.comparison_code;
    let plain = |code: &str| code.replace('-', "").to_ascii_uppercase();
    match code {
        Some(code) if plain(code) != plain(&own) => Err(Failure::usage(
            "compare the comparison codes",
            format!("this approval has {own}, not {code}"),
            "Do not sign: this is another request than the one you were told of.",
        )),
        _ => Ok(()),
    }
}

/// Says what somebody is about to agree to, and its comparison code, before any PIN or passphrase is asked for.
fn before_consent(status: &Status, words: &str, context: &Context) {
    context.output.note(&format!(
        "{words}: {}, mode {}, comparison code {}.",
        asked(status.operation, &status.aid, status.version),
        status.mode,
        status.comparison_code
    ));
}

/// What is asked for, in a few words.
fn asked(operation: &str, aid: impl Display, version: u32) -> String {
    match operation {
        "replace" => format!("replace {aid} by version {version}"),
        "lower floor" => format!("lower the floor of {aid} to version {version}"),
        _ => format!("{operation} {aid} version {version}"),
    }
}

/// Whether anybody signs for this request alone; certified data are signed for every card.
const fn is_for_one_card(status: &Status) -> bool {
    !matches!(status.mode, 6 | 7)
}

/// What is asked for, for people.
fn show_request(status: &Status, page: &mut Page) {
    page.field("operation", format!("{}, mode {}", status.operation, status.mode));
    page.field(
        "application",
        format!("{}, version {}", status.aid, status.version),
    );
    page.field("provider", &status.provider);
    page.field("card", &status.card);
    page.field(
        "request",
        format!("{}, until {} by the card's date", status.number, status.expiry),
    );
    page.optional("package digest", status.package_digest.as_deref());
    page.field("comparison code", &status.comparison_code);
    show_refusals(status, page);
}

/// Who refused, and why.
fn show_refusals(status: &Status, page: &mut Page) {
    for refusal in &status.refusals {
        // Words alone, where no name of SPEC.md section 2.1 fits.
        let reason = match refusal.reason.as_str() {
            "None" => String::new(),
            reason => format!(" ({reason})"),
        };
        page.field("refused by", format!("{}: {}{reason}", refusal.who, refusal.text));
    }
}

/// Who has to act next, in a sentence.
fn next_words(status: &Status) -> String {
    match status.next {
        None => "All is done: the card has signed its receipt.".into(),
        Some(who) if status.refusals.iter().any(|refusal| refusal.who == who) => format!(
            "The {who} has refused: nothing goes on unless it signs after all (\"symbolon approval sign\")."
        ),
        Some("card") => "Next: the holder has the card apply it (\"symbolon approval apply\").".into(),
        Some(who) => format!("Next: the {who} signs (\"symbolon approval sign\")."),
    }
}
