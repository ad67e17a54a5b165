//! `symbolon card receipts`

use std::path::{Path, PathBuf};

use apdu_spec::data;
use apdu_spec::reference::KeyReference;
use clap::Args;
use host::card::Session;
use parties::chain::{Chain, Entry, verify_chain};
use parties::crypto::sha256;
use parties::file::{self, Existing};
use parties::office::record_receipt;
use parties::party::Party;
use parties::receipt::{ReadReceipt, ReceiptAnswer};
use serde::Serialize;

use super::LookArguments;
use crate::card::CardArguments;
use crate::context::Context;
use crate::failure::{Class, Doing, Failure, Result};
use crate::output::{Outcome, Show};
use crate::page::Page;
use crate::party;
use crate::roots::RootArguments;

/// List the card's receipts, keep them, and tell the card that they were collected
///
/// A card keeps its last 16 receipts, and does nothing more when 16 wait to be collected. With --collect they are first
/// written where you say (--output, --record-at), and only then does the card count them as collected. Each is checked
/// against the one before and the card's certificate; the certificates are checked against the roots you name; anything wrong
/// gives exit code 1. Receipts of registrations are for everybody, the others for the holder (--pin user).
#[derive(Args, Debug)]
#[command(after_help = "Example:
  symbolon card receipts --card card.img --pin user
  symbolon card receipts --card card.img --pin user --root cardreg/certificate.cvc --output receipts --collect
  symbolon card receipts --card card.img --pin user --record-at alpenbank --collect")]
pub struct Receipts {
    #[command(flatten)]
    card: CardArguments,
    /// Tell the card that all were collected, after they were written
    #[arg(long)]
    collect: bool,
    /// Write each receipt into this folder: receipt-0.f0, receipt-1.f0
    #[arg(long, short, value_name = "DIR")]
    output: Option<PathBuf>,
    /// Hand them to the issuer or provider in this folder, who verifies and keeps them
    #[arg(long, value_name = "DIR")]
    record_at: Option<PathBuf>,
    #[command(flatten)]
    roots: RootArguments,
    #[command(flatten)]
    look: LookArguments,
}

#[derive(Serialize)]
struct ReceiptList {
    receipts: Vec<Entry>,
    gaps: Vec<(u32, u32)>,
    report: parties::report::Report,
    /// Receipts that waited to be collected.
    waited: u8,
    /// Receipts that wait now.
    waiting: u8,
    written_to: Option<String>,
    recorded_at: Option<String>,
    /// Receipts that name a certificate which nobody here has: they are not checked.
    unchecked: Vec<u32>,
    /// Receipts that this party does not keep, since the card was another issuer's then.
    not_recorded: Vec<u32>,
}

impl Receipts {
    /// Does it.
    ///
    /// # Errors
    /// When the card does not show them, one is not good, or they cannot be written.
    pub fn run(self, context: &Context) -> Result<Outcome> {
        let step = "collect the card's receipts";
        if self.collect && self.output.is_none() && self.record_at.is_none() {
            return Err(Failure::usage(
                step,
                "nobody would keep them",
                "Say where they go: --output DIR, or --record-at DIR of a party.",
            ));
        }
        let keeper = self.record_at.as_deref().map(party::open).transpose()?;
        let roots = self.roots.roots()?;
        let pin = self.look.pin()?;
        let mut card = self.card.open(context)?;
        let mut session = card.begin()?;
        self.look.verify(&mut session, pin.as_ref())?;
        let waited = session.status()?.receipts_uncollected;
        let receipts = session.receipts().map_err(hidden)?;
        let mut cards = certificates(&mut session)?;
        if let Some(keeper) = &keeper {
            let card = sha256(&session.public_key(KeyReference::Registration)?);
            // Receipts from before a later registration name an earlier certificate.
            let known = keeper.database().card(&card).doing(step)?;
            cards.extend(
                known
                    .into_iter()
                    .map(|known| (known.certificate, known.issuer_certificate)),
            );
        }
        // From before a later registration, with a certificate that nobody here has: they can be kept, not checked.
        let mut checkable = receipts.clone();
        let mut unchecked = Vec::new();
        for receipt in &receipts {
            let read = ReadReceipt::parse(receipt).doing(step)?.receipt;
            if !cards.iter().any(|(rc, _)| sha256(rc) == read.header.certificate) {
                unchecked.push(read.number);
                checkable.retain(|other| other != receipt);
            }
        }
        let check = |receipts: &[Vec<u8>]| {
            let chain = Chain {
                receipts,
                cards: cards.as_slice(),
                head: None,
            };
            verify_chain(&chain, &roots, context.today).doing("check the card's receipts")
        };
        let (all, checked) = (check(&receipts)?, check(&checkable)?);
        if self.collect {
            super::demand_good(step, &checked.report)?;
        }
        let (mut waiting, mut not_recorded) = (waited, Vec::new());
        if !context.dry_run {
            if let Some(folder) = &self.output {
                write(folder, &receipts)?;
            }
            if let Some(keeper) = &keeper {
                not_recorded = record(keeper, &receipts, context)?;
            }
            if self.collect && self.output.is_none() && !not_recorded.is_empty() {
                return Err(Failure::usage(
                    step,
                    "the party does not know the certificate that one of them names, and does not keep it",
                    "Keep them in a folder too: --output DIR.",
                ));
            }
            if let Some(newest) = receipts.last().filter(|_| self.collect && waited > 0) {
                let number = ReadReceipt::parse(newest).doing(step)?.receipt.number;
                waiting = session.collect_receipts(number, &parties::receipt::held(newest))?;
            }
        }
        // People and scripts see what is wrong; that it is shows in the exit code as well.
        let code = match checked.report.nothing_bad() {
            true => 0,
            false => Class::Refused.exit_code(),
        };
        let outcome = Outcome::new(
            "card receipts",
            &ReceiptList {
                receipts: all.entries,
                gaps: all.gaps,
                report: checked.report,
                waited,
                waiting,
                written_to: self.output.map(|folder| folder.display().to_string()),
                recorded_at: keeper.as_ref().map(party::name),
                unchecked,
                not_recorded,
            },
        );
        Ok(outcome.with_exit_code(code))
    }
}

/// The card shows its receipts to whom they concern.
fn hidden(error: host::Error) -> Failure {
    let hidden = error.status() == Some(apdu_spec::status::Status::SECURITY_STATUS_NOT_SATISFIED);
    let failure = Failure::from(error);
    if hidden {
        failure.with_remedy("Verify the user PIN: --pin user.")
    } else {
        failure
    }
}

/// The card's certificate and its issuer's, if it is registered.
pub(super) fn certificates(session: &mut Session<'_>) -> Result<Vec<(Vec<u8>, Vec<u8>)>> {
    let rc = session.certificate(data::CARD_CERTIFICATE)?;
    let irc = session.certificate(data::ISSUER_CERTIFICATE)?;
    Ok(rc.into_iter().zip(irc).collect())
}

/// Writes each into a file of its own. What is there already must be the same.
fn write(folder: &Path, receipts: &[Vec<u8>]) -> Result<()> {
    let step = "write the receipts";
    std::fs::create_dir_all(folder).map_err(|error| Failure::file(step, folder, &error))?;
    for receipt in receipts {
        let number = ReadReceipt::parse(receipt).doing(step)?.receipt.number;
        let path = folder.join(format!("receipt-{number}.f0"));
        if path.exists() {
            if file::read(&path, receipt.len() + 1).doing(step)? == *receipt {
                continue;
            }
            return Err(Failure::usage(
                step,
                format!("{} is the receipt of another card", path.display()),
                "Choose another folder for this card.",
            ));
        }
        file::write(&path, receipt, 0o644, Existing::Refuse).doing(step)?;
    }
    Ok(())
}

/// Has a party keep them. Gives the numbers of those it cannot judge: from the time when the card was another issuer's.
fn record(keeper: &Party, receipts: &[Vec<u8>], context: &Context) -> Result<Vec<u32>> {
    let name = party::name(keeper);
    let step = format!("record the receipts at {name}");
    let mut foreign = Vec::new();
    for receipt in receipts {
        let read = ReadReceipt::parse(receipt).doing(&step)?.receipt;
        let known = keeper.database().card_certificate(&read.header.certificate);
        if known.doing(&step)?.is_none() {
            foreign.push(read.number);
            continue;
        }
        let answer = record_receipt(keeper.database(), receipt, context.today).doing(&step)?;
        if let ReceiptAnswer::Rejected(denial) = answer {
            let remedy =
                "Ask the card's issuer: these receipts contradict what the party knows of this card.";
            return Err(Failure::refused(step, name, denial.reason, denial.text, remedy));
        }
    }
    Ok(foreign)
}

impl Show for ReceiptList {
    fn show(&self, page: &mut Page) {
        page.heading("Receipts");
        show_entries(&self.receipts, page);
        for number in &self.unchecked {
            page.field(
                "not checked",
                format!("{number}: the certificate that it names is not here"),
            );
        }
        show_gaps(&self.gaps, page);
        page.field("waited to be collected", self.waited.to_string());
        page.field("wait now", self.waiting.to_string());
        page.optional("written to", self.written_to.as_deref());
        page.optional("kept by", self.recorded_at.as_deref());
        for number in &self.not_recorded {
            page.field(
                "not kept there",
                format!("{number}: of a certificate that it does not know"),
            );
        }
        super::show_report(&self.report, page);
        if !self.report.nothing_bad() {
            page.text("Something is wrong: do not rely on what this card says, and ask its issuer.");
        }
    }
}

/// A card's receipts, one a line.
pub(crate) fn show_entries(entries: &[Entry], page: &mut Page) {
    let row = |entry: &Entry| {
        let labels = [
            (entry.repudiable, "key made by the issuer"),
            (entry.rescue, "rescue"),
            (entry.mac, "MAC"),
        ];
        let labels: Vec<&str> = labels
            .iter()
            .filter(|label| label.0)
            .map(|label| label.1)
            .collect();
        vec![
            entry.number.to_string(),
            entry.mode.to_string(),
            entry.operation.to_owned(),
            entry.aid.clone().unwrap_or_default(),
            entry
                .version
                .map(|version| version.to_string())
                .unwrap_or_default(),
            entry.date.clone(),
            labels.join(", "),
        ]
    };
    page.table(
        &["number", "mode", "operation", "AID", "version", "date", "label"],
        entries.iter().map(row).collect(),
        "  none",
    );
}

/// Receipts that are missing.
pub(crate) fn show_gaps(gaps: &[(u32, u32)], page: &mut Page) {
    for (first, last) in gaps {
        page.field("missing", format!("{first} to {last}"));
    }
}
