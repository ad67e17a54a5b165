//! `symbolon demo`

use clap::Args;

use crate::context::Context;
use crate::demo;
use crate::failure::{Class, Failure, Result};
use crate::output::Outcome;

const STEP: &str = "demonstration";

/// Play the whole protocol with three cards, in every mode, and the attacks on it
///
/// Registrars, issuers, providers and a data certifier who never met, and three cards of different policy: issued, loaded,
/// updated, cleared, rescued and attacked, bytes and all. Everything is made in memory and a temporary folder and is gone afterwards. With --json the report is one
/// document: {"schema":1,"modes":[..],"attacks":[..],"cards":[..],"checks":N,"failed":N}.
#[derive(Args, Debug)]
#[command(after_help = "Example:
  symbolon demo
  symbolon demo --pcsc --json")]
pub struct Demo {
    /// Put the card into a reader of a real pcscd, private to this run
    #[arg(long)]
    pub pcsc: bool,
}

impl Demo {
    /// Plays it.
    ///
    /// # Errors
    /// When a step fails that must succeed, or a check fails.
    pub fn run(self, context: &Context) -> Result<Outcome> {
        let json = context.output.json;
        let silent = json || context.output.quiet;
        if self.pcsc {
            match demo::run_as_client(silent) {
                Some(told) => finish(told),
                None => behind_pcscd(json),
            }
        } else {
            finish(demo::run(silent))
        }
    }
}

fn behind_pcscd(json: bool) -> Result<Outcome> {
    let status = demo::run_behind_pcscd(json).map_err(|error| {
        Failure::no_card(
            STEP,
            format!("no pcscd of our own: {error}"),
            "Run make demo-pcsc once: it installs what is needed.",
        )
    })?;
    if status.success() {
        Ok(Outcome::reported())
    } else {
        // The client has said why.
        Ok(Outcome::reported().with_exit_code(Class::Internal.exit_code()))
    }
}

fn finish(told: crate::scene::Result<demo::Report>) -> Result<Outcome> {
    let report = told.map_err(|error| Failure::internal(STEP, error.to_string()))?;
    let outcome = Outcome::document(&report);
    Ok(if report.is_good() {
        outcome
    } else {
        outcome.with_exit_code(Class::Internal.exit_code())
    })
}
