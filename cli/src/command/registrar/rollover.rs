//! `symbolon registrar rollover`

use std::path::PathBuf;

use apdu_spec::certificate::Rights;
use apdu_spec::date::Date;
use clap::Args;
use parties::file::{self, Existing};
use parties::party::CertificateDescription;
use parties::signer::WorkFactor;
use serde::Serialize;

use crate::context::Context;
use crate::describe;
use crate::failure::{Doing, Result};
use crate::kind::{self, Kind};
use crate::output::{Outcome, Show};
use crate::page::Page;
use crate::party;
use crate::secret::PassphraseArguments;

/// How long the new root is good unless told otherwise.
const DAYS: u32 = 20 * 365;

/// Change a registrar's key
///
/// Makes a new key beside the old one and has the old one sign a link certificate for it, which goes to every party ("party
/// trust") and every card ("card load-link"). What the old key certified stays good. The registrar signs with the new key
/// from now on, under the same passphrase.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  symbolon registrar rollover --registrar datareg --output link.cvc")]
pub struct Rollover {
    /// The registrar's folder
    #[arg(long, value_name = "DIR")]
    pub registrar: PathBuf,
    /// File to write the link certificate to
    #[arg(long, short, value_name = "FILE")]
    pub output: PathBuf,
    /// Last day of the new root; 20 years from now unless given
    #[arg(long, value_name = "DATE")]
    pub until: Option<Date>,
    #[command(flatten)]
    secret: PassphraseArguments,
}

#[derive(Serialize)]
struct Rolled {
    registrar: String,
    link: Option<CertificateDescription>,
    written_to: String,
}

impl Rollover {
    /// Does it.
    ///
    /// # Errors
    /// When the folder is no registrar's, the passphrase is wrong, or a file cannot be written.
    pub fn run(self, context: &Context) -> Result<Outcome> {
        let party = party::open_registrar(&self.registrar)?;
        let name = party::name(&party);
        let step = format!("change the key of {name}");
        kind::spare(&step, &self.output, Some(Kind::Certificate))?;
        let passphrase = self.secret.passphrase(&self.registrar)?;
        let mut link = None;
        if context.dry_run {
            party.unlock(&passphrase).doing(&step)?;
        } else {
            let until = self.until.unwrap_or_else(|| context.today.add_days(DAYS));
            let made = party
                .rollover(
                    &passphrase,
                    WorkFactor::STANDARD,
                    Rights::ALL,
                    (context.today, until),
                )
                .doing(&step)?;
            file::write(&self.output, &made, 0o644, Existing::Replace).doing("write the link certificate")?;
            link = describe::certificate(&made);
        }
        Ok(Outcome::new(
            "registrar rollover",
            &Rolled {
                registrar: name,
                link,
                written_to: self.output.display().to_string(),
            },
        ))
    }
}

impl Show for Rolled {
    fn show(&self, page: &mut Page) {
        match &self.link {
            Some(link) => {
                page.done(format!("The {} has a new key.", self.registrar));
                page.field("new root", describe::line(link));
                page.field("digest", &link.digest);
                page.field("link certificate", &self.written_to);
            }
            None => page.text(format!("The {} would have a new key.", self.registrar)),
        }
        page.text(
            "Give it to every party (\"symbolon party trust\") and card (\"symbolon card load-link\").",
        );
    }
}
