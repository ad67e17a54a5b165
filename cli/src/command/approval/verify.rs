//! `symbolon approval verify`

use std::path::PathBuf;

use apdu_spec::reason::Reason;
use clap::Args;
use parties::report::{Check, Outcome as Found, Report};
use serde::Serialize;

use crate::command::card::found;
use crate::context::Context;
use crate::failure::{Doing, Failure, Result};
use crate::output::{Outcome, Show};
use crate::page::Page;
use crate::roots;

/// Check every certificate and signature offline
///
/// Against the roots that a party trusts (--party) or that you name (--root). What cannot be known from the file is said,
/// and is no failure unless --complete asks for everything; anything wrong gives exit code 1.
#[derive(Args, Debug)]
#[command(after_help = "Example:
  symbolon approval verify store-notes.json --party notiz
  symbolon approval verify store-notes.json --root cardreg/certificate.cvc --root datareg/certificate.cvc --complete")]
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
}

#[derive(Serialize)]
struct Verified {
    good: bool,
    complete: bool,
    comparison_code: String,
    #[serde(flatten)]
    report: Report,
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
        let report = approval.verify(&roots, context.today).doing(step)?;
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
            comparison_code: super::status_of(&approval)?.comparison_code,
            report,
        };
        Ok(Outcome::new("approval verify", &verified))
    }
}

impl Show for Verified {
    fn show(&self, page: &mut Page) {
        page.done(match self.complete {
            true => "Everything is there and right.",
            false => "Nothing is wrong, as far as can be known.",
        });
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
        page.heading("What no file can tell");
        self.report
            .cannot_know
            .iter()
            .for_each(|what| page.text(format!("  {what}")));
    }
}
