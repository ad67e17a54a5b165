//! `symbolon approval verify`

mod history;

use std::path::PathBuf;

use apdu_spec::reason::Reason;
use clap::Args;
use parties::approval::AFTER_THE_RECEIPT;
use parties::chain::{ChainReport, Entry};
use parties::report::{Check, Outcome as Found, Report};
use serde::Serialize;

use self::history::HistoryArguments;
use crate::command::card::found;
use crate::command::card::receipts::{show_entries, show_gaps};
use crate::context::Context;
use crate::failure::{Doing, Failure, Result};
use crate::output::{Outcome, Show};
use crate::page::Page;
use crate::roots;

/// Check every certificate and signature offline
///
/// Against the roots that a party trusts (--party) or that you name (--root): whoever is certified by another registrar of the
/// same kind is refused. What cannot be known from the file is said, and is no failure unless --complete asks for everything;
/// anything wrong gives exit code 1.
///
/// With other receipts of the card (--receipts, --kept-by) its place in the card's chain is checked as well: gaps, two
/// histories, who registered the card. A receipt head (--head) tells whether the card wrote more since.
#[derive(Args, Debug)]
#[command(after_help = "Example:
  symbolon approval verify store-notes.json --party notiz
  symbolon approval verify store-notes.json --root cardreg/certificate.cvc --root datareg/certificate.cvc --complete
  symbolon approval verify store-notes.json --party notiz --receipts receipts delete-notes.json
  symbolon approval verify store-notes.json --party alpenbank --kept-by alpenbank --head head.f0 --nonce 00112233445566778899AABBCCDDEEFF")]
pub struct Verify {
    /// The approval file
    pub approval: PathBuf,
    /// Trust the roots that this party trusts
    #[arg(long, value_name = "DIR")]
    pub party: Option<PathBuf>,
    /// Trust this root
    #[arg(long, value_name = "FILE")]
    pub root: Vec<PathBuf>,
    /// Fail unless everything is there and right, the receipt too
    #[arg(long)]
    pub complete: bool,
    #[command(flatten)]
    history: HistoryArguments,
}

/// The card's receipts, by number.
#[derive(Serialize)]
struct Receipts {
    receipts: Vec<Entry>,
    /// Numbers of the first and last receipt of every gap.
    gaps: Vec<(u32, u32)>,
}

#[derive(Serialize)]
struct Verified {
    good: bool,
    complete: bool,
    comparison_code: String,
    /// Whether anybody said which roots are trusted.
    #[serde(skip)]
    roots_named: bool,
    #[serde(flatten)]
    report: Report,
    /// Absent if no other receipts of the card were named.
    #[serde(skip_serializing_if = "Option::is_none")]
    chain: Option<Receipts>,
}

impl Verify {
    /// Does it.
    ///
    /// # Errors
    /// When anything is wrong.
    pub fn run(self, context: &Context) -> Result<Outcome> {
        let step = "verify the approval";
        let approval = super::read(&self.approval)?;
        let roots = roots::read(self.party.as_ref(), &self.root)?;
        let mut report = approval.verify(&roots, context.today).doing(step)?;
        let chain = self.history.verify(&approval, &roots, context)?;
        let chain = chain.map(|chain| join(&mut report, chain));
        let wanted =
            |check: &&Check| check.outcome == Found::Bad || (self.complete && check.outcome != Found::Good);
        if let Some(check) = report.checks.iter().find(wanted) {
            let detail = check.detail.as_deref().unwrap_or("not known");
            return Err(Failure::refused(
                step,
                "this verification",
                Reason::None,
                format!("{}: {detail}", check.name),
                "Do not rely on this file; \"symbolon approval status\" tells who is missing.",
            ));
        }
        let verified = Verified {
            good: report.nothing_bad(),
            complete: report.all_good(),
            roots_named: self.party.is_some() || !self.root.is_empty(),
            comparison_code: super::status_of(&approval)?.comparison_code,
            report,
            chain,
        };
        Ok(Outcome::new("approval verify", &verified))
    }
}

/// One report of both.
fn join(report: &mut Report, chain: ChainReport) -> Receipts {
    report.cannot_know.retain(|what| what != AFTER_THE_RECEIPT);
    report.checks.extend(chain.report.checks);
    for what in chain.report.cannot_know {
        if !report.cannot_know.contains(&what) {
            report.cannot_know.push(what);
        }
    }
    Receipts {
        receipts: chain.entries,
        gaps: chain.gaps,
    }
}

impl Show for Verified {
    fn show(&self, page: &mut Page) {
        page.done(match self.complete {
            true => "Everything is there and right.",
            false => "Nothing is wrong, as far as can be known.",
        });
        if !self.roots_named {
            page.field(
                "not checked",
                "whom the registrars vouch for: name their roots (--party, --root)",
            );
        }
        page.field("comparison code", &self.comparison_code);
        let row = |check: &Check| {
            vec![
                found(check.outcome).to_owned(),
                check.name.clone(),
                check.detail.clone().unwrap_or_default(),
            ]
        };
        page.table(
            &["found", "what", "why"],
            self.report.checks.iter().map(row).collect(),
            "",
        );
        if let Some(chain) = &self.chain {
            page.heading("The card's receipts");
            show_entries(&chain.receipts, page);
            show_gaps(&chain.gaps, page);
        }
        page.heading("What no file can tell");
        self.report
            .cannot_know
            .iter()
            .for_each(|what| page.text(format!("  {what}")));
    }
}
