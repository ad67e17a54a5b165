//! `symbolon approval status`

use std::path::PathBuf;

use clap::Args;
use parties::approval;
use serde::Serialize;

use crate::context::Context;
use crate::failure::Result;
use crate::output::{Outcome, Show};
use crate::page::Page;

/// Tell who is still missing
///
/// Works offline, from the file alone; whether its signatures are good is for "approval verify".
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  symbolon approval status store-notes.json")]
pub struct Status {
    /// The approval file
    pub approval: PathBuf,
}

#[derive(Serialize)]
#[serde(transparent)]
struct ShownStatus(approval::Status);

impl Status {
    /// Does it.
    ///
    /// # Errors
    /// When the file is damaged.
    pub fn run(self, _context: &Context) -> Result<Outcome> {
        let status = super::status_of(&super::read(&self.approval)?)?;
        Ok(Outcome::new("approval status", &ShownStatus(status)))
    }
}

impl Show for ShownStatus {
    fn show(&self, page: &mut Page) {
        let Self(status) = self;
        let what = super::asked(status.operation, &status.aid, status.version);
        page.heading(format!(
            "{what}, mode {}, comparison code {}",
            status.mode, status.comparison_code
        ));
        let row = |step: &approval::Step| {
            let done = if step.done { "done" } else { "missing" };
            vec![done.to_owned(), step.who.to_owned(), step.what.to_owned()]
        };
        page.table(
            &["state", "who", "what"],
            status.steps.iter().map(row).collect(),
            "",
        );
        for certificate in &status.missing_certificates {
            page.field("certificate missing", *certificate);
        }
        super::show_refusals(status, page);
        page.text(super::next_words(status));
    }
}
