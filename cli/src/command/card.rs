//! Looking at a card, and what its holder does with it.

pub mod activate;
pub mod backup;
pub mod change_pin;
pub mod compare;
pub mod deactivate;
pub mod drop_request;
pub mod info;
pub mod load_link;
pub mod load_revocations;
pub mod make_key;
pub mod map;
pub mod prove_receipts;
pub mod read;
pub mod receipts;
mod rule;
pub mod shell;
pub mod sign;
pub mod tree;
pub mod unblock;
pub mod verify_pin;
pub mod write;

use std::str::FromStr;

use apdu_spec::aid::Aid;
use apdu_spec::reason::Reason;
use apdu_spec::reference::{KeyReference, PinReference};
use apdu_spec::status::Status;
use clap::{Args, Subcommand};
use host::card::{FilePath, Pin, PinState, Session};
use parties::report::{Check, Outcome as Found, Report};
use serde::Serialize;

use super::group;
use crate::context::Context;
use crate::failure::{Failure, Result};
use crate::output::Outcome;
use crate::page::Page;
use crate::secret::{CONSENT_PIN_VARIABLE, PIN_VARIABLE, PinArguments};

group! {
    /// `symbolon card`
    CardCommand {
        /// Tell everything a card says about itself
        Info(info::Info),
        /// Show the folders and files of a card
        Tree(tree::Tree),
        /// Show what fills the memory of a card
        Map(map::Map),
        /// Keep everything that can be read of a card in a file
        Backup(backup::BackupCommand),
        /// Compare two cards, or a card and a backup
        Compare(compare::Compare),
        /// Read a file
        Read(read::Read),
        /// Write a file
        Write(write::Write),
        /// Have the card make a key of an application
        MakeKey(make_key::MakeKey),
        /// Have the card sign a file with a key of an application
        Sign(sign::Sign),
        /// Work on a card in a shell, or run a script of its commands
        Shell(shell::Shell),
        /// Check a PIN
        VerifyPin(verify_pin::VerifyPin),
        /// Replace a PIN, or a transport PIN by your own
        ChangePin(change_pin::ChangePin),
        /// Give a blocked PIN a new value, by the unblocking code
        Unblock(unblock::Unblock),
        /// Drop an open request
        DropRequest(drop_request::DropRequest),
        /// List the card's receipts, keep them, and tell the card that they were collected
        Receipts(receipts::Receipts),
        /// Have the card prove which receipt is its newest
        ProveReceipts(prove_receipts::ProveReceipts),
        /// Switch an application off
        Deactivate(deactivate::Deactivate),
        /// Switch a deactivated application on again
        Activate(activate::Activate),
        /// Give the card a registrar's revocation list
        LoadRevocations(load_revocations::LoadRevocations),
        /// Give the card a registrar's newer root
        LoadLink(load_link::LoadLink),
    }
}

/// The number of a record, as it is typed.
fn record_number(text: &str) -> std::result::Result<u8, &'static str> {
    match text.parse() {
        Ok(number @ 1..=254) => Ok(number),
        _ => Err("a record is named by its number, 1 to 254"),
    }
}

/// A key of an application, as it is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyName(u8);

impl FromStr for KeyName {
    type Err = &'static str;

    fn from_str(text: &str) -> std::result::Result<Self, Self::Err> {
        let reference = u8::from_str_radix(text, 16)
            .ok()
            .and_then(KeyReference::from_byte);
        match reference {
            Some(KeyReference::Local(local)) => Ok(Self(local)),
            _ => Err("not a key of an application: write 81 to 8F"),
        }
    }
}

/// Which PIN, as it is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PinName(PinReference);

impl FromStr for PinName {
    type Err = &'static str;

    fn from_str(text: &str) -> std::result::Result<Self, Self::Err> {
        let local = || {
            u8::from_str_radix(text, 16)
                .ok()
                .and_then(PinReference::from_byte)
        };
        match text {
            "user" => Ok(Self(PinReference::User)),
            "consent" => Ok(Self(PinReference::Consent)),
            _ => match local() {
                Some(reference @ PinReference::Local(_)) => Ok(Self(reference)),
                _ => Err("not a PIN: write user, consent, or 81 to 8F for a PIN of an application"),
            },
        }
    }
}

/// Which PIN a command is about.
#[derive(Args, Clone, Debug)]
pub struct WhichPin {
    /// The PIN: user, consent, or 81 to 8F for one of an application
    #[arg(value_name = "PIN")]
    pub pin: PinName,
    /// The application whose PIN is meant
    #[arg(long, value_name = "AID")]
    pub application: Option<Aid>,
}

impl WhichPin {
    const fn reference(&self) -> PinReference {
        self.pin.0
    }

    /// What people call it.
    fn name(&self) -> String {
        pin_name(self.reference())
    }

    const fn variable(&self) -> &'static str {
        match self.reference() {
            PinReference::Consent => CONSENT_PIN_VARIABLE,
            PinReference::User | PinReference::Local(_) => PIN_VARIABLE,
        }
    }

    /// Selects the application whose PIN it is.
    fn select(&self, session: &mut Session<'_>) -> Result<()> {
        match (self.reference(), self.application) {
            (PinReference::Local(_), None) => Err(Failure::usage(
                format!("find {}", self.name()),
                "this is a PIN of an application, and none is named",
                "Add --application AID; \"symbolon card info\" lists the applications.",
            )),
            (PinReference::Local(_), Some(aid)) => {
                Ok(session.select(&FilePath::application(aid)).map(drop)?)
            }
            (_, Some(_)) => Err(Failure::usage(
                format!("find the {}", self.name()),
                "this is a PIN of the card, not of an application",
                "Leave --application away.",
            )),
            (_, None) => Ok(()),
        }
    }
}

/// The user PIN, for what a card does not show to everybody.
#[derive(Args, Clone, Debug, Default)]
pub struct LookArguments {
    /// Verify the user PIN first (--pin user): the card then shows what it hides from others
    #[arg(long, value_name = "PIN", value_parser = ["user"])]
    pin: Option<String>,
    #[command(flatten)]
    secret: PinArguments,
}

impl LookArguments {
    /// The user PIN, if it is to be verified. Looking changes nothing: a dry run does it, PIN and all.
    fn pin(&self) -> Result<Option<Pin>> {
        let read = |_| self.secret.pin("user PIN", PIN_VARIABLE);
        self.pin.as_ref().map(read).transpose()
    }

    fn verify(&self, session: &mut Session<'_>, pin: Option<&Pin>) -> Result<()> {
        match pin {
            Some(pin) => Ok(session.verify_pin(PinReference::User, pin, self.secret.last_try())?),
            None => Ok(()),
        }
    }
}

/// The PIN to verify before a file is used, if one is named.
struct FilePin(Option<(WhichPin, Pin)>);

impl FilePin {
    /// Gets it, unless nothing is to be done with it.
    fn new(pin: Option<PinName>, path: &FilePath, secret: &PinArguments, context: &Context) -> Result<Self> {
        let Some(pin) = pin.filter(|_| !context.dry_run) else {
            return Ok(Self(None));
        };
        let application = match pin.0 {
            PinReference::Local(_) => path.aid().copied(),
            PinReference::User | PinReference::Consent => None,
        };
        let which = WhichPin { pin, application };
        let value = secret.pin(&which.name(), which.variable())?;
        Ok(Self(Some((which, value))))
    }

    fn verify(&self, session: &mut Session<'_>, secret: &PinArguments) -> Result<()> {
        let Some((which, pin)) = &self.0 else {
            return Ok(());
        };
        which.select(session)?;
        Ok(session.verify_pin(which.reference(), pin, secret.last_try())?)
    }
}

/// What was checked, and what cannot be known.
fn show_report(report: &Report, page: &mut Page) {
    let row = |check: &Check| {
        vec![
            found(check.outcome).to_owned(),
            check.name.clone(),
            check.detail.clone().unwrap_or_default(),
        ]
    };
    page.table(
        &["found", "what", "why"],
        report.checks.iter().map(row).collect(),
        "",
    );
    for what in &report.cannot_know {
        page.field("cannot be known", what);
    }
}

/// A word for what a check found.
pub(super) const fn found(outcome: Found) -> &'static str {
    match outcome {
        Found::Good => "good",
        Found::Bad => "bad",
        Found::Unknown => "unknown",
    }
}

/// Nothing that was checked is wrong.
fn demand_good(step: &str, report: &Report) -> Result<()> {
    let Some(bad) = report.checks.iter().find(|check| check.outcome == Found::Bad) else {
        return Ok(());
    };
    let detail = bad.detail.as_deref().unwrap_or("wrong");
    Err(Failure::refused(
        step,
        "this verification",
        Reason::None,
        format!("{}: {detail}", bad.name),
        "If it should lead to another root, name that one (--root); else do not rely on what this card says, and ask its issuer.",
    ))
}

/// A PIN of its own choice that the card does not take: the parser has seen to everything but the least length of this PIN.
fn explain_new_pin(error: host::Error) -> Failure {
    let failure = refused_length(error.into());
    match failure.status.and_then(Status::tries) {
        Some(_) => failure.with_remedy(
            "Give the PIN that counts now; when no try is left it is blocked. The one in the issuer's letter counts no more once it was \
             replaced.",
        ),
        None => failure,
    }
}

fn refused_length(failure: Failure) -> Failure {
    match failure.status {
        Some(Status::INCORRECT_DATA) => Failure {
            message: "the card does not take the new PIN: it is too short for this one".into(),
            remedy: "Choose a longer PIN: the consent PIN has at least six characters, an application says how many its own have.".into(),
            ..failure
        },
        _ => failure,
    }
}

fn pin_name(reference: PinReference) -> String {
    match reference {
        PinReference::User => "user PIN".into(),
        PinReference::Consent => "consent PIN".into(),
        PinReference::Local(byte) => format!("PIN {byte:02X}"),
    }
}

/// How it stands with a PIN.
#[derive(Serialize)]
struct ShownPin {
    state: &'static str,
    tries_left: Option<u8>,
}

impl From<PinState> for ShownPin {
    fn from(state: PinState) -> Self {
        let (state, tries_left) = match state {
            PinState::Verified => ("verified", None),
            PinState::TriesLeft(tries) => ("ready", Some(tries)),
            PinState::Transport(tries) => ("transport", Some(tries)),
            PinState::Blocked => ("blocked", Some(0)),
        };
        Self { state, tries_left }
    }
}

impl ShownPin {
    fn words(&self) -> String {
        let tries = match self.tries_left {
            Some(1) => "1 try left".into(),
            Some(tries) => format!("{tries} tries left"),
            None => String::new(),
        };
        match (self.state, self.tries_left) {
            ("transport", Some(_)) => format!("transport PIN, to be changed before use, {tries}"),
            ("ready", Some(_)) => tries,
            (state, _) => state.into(),
        }
    }
}
