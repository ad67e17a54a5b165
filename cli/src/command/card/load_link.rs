//! `symbolon card load-link`

use std::path::PathBuf;

use clap::Args;
use parties::file;
use parties::party::CertificateDescription;
use serde::Serialize;

use crate::card::CardArguments;
use crate::context::Context;
use crate::describe;
use crate::failure::{Doing, Failure, Result};
use crate::kind::Kind;
use crate::output::{Outcome, Show};
use crate::page::Page;

const FILE_MAX: usize = 4096;
const STEP: &str = "read the link certificate";

/// Give the card a registrar's newer root
///
/// A registrar that changes its key signs the new one with the old one ("registrar rollover"). The card checks that
/// itself, keeps at most two roots a registrar, and needs no PIN for it.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  symbolon card load-link link.cvc --card card.img")]
pub struct LoadLink {
    /// The link certificate
    pub link: PathBuf,
    #[command(flatten)]
    card: CardArguments,
}

#[derive(Serialize)]
struct Loaded {
    link: CertificateDescription,
}

impl LoadLink {
    /// Does it.
    ///
    /// # Errors
    /// When it is no link certificate, or the card does not accept it.
    pub fn run(self, context: &Context) -> Result<Outcome> {
        let encoded = file::read(&self.link, FILE_MAX)
            .doing(STEP)
            .map_err(|failure| Kind::Certificate.explain_other(&self.link, failure))?;
        let link = describe::certificate(&encoded).ok_or_else(|| {
            Failure::usage(
                STEP,
                format!("{} is no certificate", self.link.display()),
                "Give the file that \"symbolon registrar rollover\" wrote.",
            )
        })?;
        let mut card = self.card.open(context)?;
        let mut session = card.begin()?;
        if !context.dry_run {
            session.load_link(&encoded)?;
        }
        Ok(Outcome::new("card load-link", &Loaded { link }))
    }
}

impl Show for Loaded {
    fn show(&self, page: &mut Page) {
        page.done("The card has the registrar's newer root.");
        page.field("root", describe::line(&self.link));
        page.field("digest", &self.link.digest);
    }
}
