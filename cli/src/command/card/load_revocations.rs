//! `symbolon card load-revocations`

use std::path::PathBuf;

use apdu_spec::object::{RevocationList, Signed};
use clap::Args;
use parties::file;
use serde::Serialize;

use crate::card::CardArguments;
use crate::context::Context;
use crate::failure::{Doing, Failure, Result};
use crate::kind::Kind;
use crate::output::{Outcome, Show};
use crate::page::Page;

const FILE_MAX: usize = 4096;
const STEP: &str = "read the revocation list";

/// Give the card a registrar's revocation list
///
/// The card checks the registrar's signature and takes only a list with a higher number than it has. Whoever is on it can
/// do nothing with this card any more. Needs no PIN.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  symbolon card load-revocations revoked.f0 --card card.img")]
pub struct LoadRevocations {
    /// The list, as "registrar revocations export" writes it
    pub list: PathBuf,
    #[command(flatten)]
    card: CardArguments,
}

#[derive(Serialize)]
struct Loaded {
    registrar: &'static str,
    number: u32,
    date: String,
    revoked: Vec<String>,
}

impl LoadRevocations {
    /// Does it.
    ///
    /// # Errors
    /// When it is no revocation list, or the card does not accept it.
    pub fn run(self, context: &Context) -> Result<Outcome> {
        let encoded = file::read(&self.list, FILE_MAX)
            .doing(STEP)
            .map_err(|failure| Kind::Object.explain_other(&self.list, failure))?;
        let signed = Signed::parse(&encoded).map_err(|error| self.malformed(&error))?;
        let list: RevocationList<'_> = signed.read().map_err(|error| self.malformed(&error))?;
        let loaded = Loaded {
            registrar: list.header.role.name(),
            number: list.number,
            date: list.date.to_string(),
            revoked: list.revoked().map(hex::encode).collect(),
        };
        let mut card = self.card.open(context)?;
        let mut session = card.begin()?;
        if !context.dry_run {
            session.load_revocation_list(&encoded)?;
        }
        Ok(Outcome::new("card load-revocations", &loaded))
    }

    fn malformed(&self, error: &apdu_spec::tlv::Error) -> Failure {
        let failure = Failure::usage(STEP, format!("{}: {error}", self.list.display()), "");
        Kind::Object
            .explain(&self.list, failure)
            .with_remedy("Give the file that \"symbolon registrar revocations export\" wrote.")
    }
}

impl Show for Loaded {
    fn show(&self, page: &mut Page) {
        page.done(format!(
            "The card has revocation list {} of the {}.",
            self.number, self.registrar
        ));
        page.field("date", &self.date);
        page.field("revoked certificates", self.revoked.len().to_string());
    }
}
