//! `symbolon approval refuse`

use std::path::PathBuf;

use apdu_spec::reason::Reason;
use clap::Args;
use parties::approval::Status;
use parties::file::Existing;
use serde::Serialize;

use crate::context::Context;
use crate::failure::{Doing, Result};
use crate::output::{Outcome, Show};
use crate::page::Page;
use crate::party::{self, Office, Opening};
use crate::secret::PassphraseArguments;

/// Refuse as the card's issuer or as the package's provider
///
/// The refusal is signed, says why, and stays in the file and in the party's database. It cannot be given once the party
/// has signed.
#[derive(Args, Debug)]
#[command(after_help = "Example:
  symbolon approval refuse store-notes.json --party alpenbank --text \"This card is for payments only\"")]
pub struct Refuse {
    /// The approval file
    pub approval: PathBuf,
    /// The folder of the issuer or provider that refuses
    #[arg(long, value_name = "DIR")]
    pub party: PathBuf,
    /// Why, in at most 120 bytes
    #[arg(long)]
    pub text: String,
    /// Why, as a name of apdu-spec/SPEC.md section 2.1
    #[arg(long, value_name = "NAME", default_value = "None", value_parser = reason)]
    pub reason: Reason,
    #[command(flatten)]
    secret: PassphraseArguments,
}

fn reason(name: &str) -> Result<Reason, String> {
    let found = Reason::ALL
        .iter()
        .find(|reason| reason.name().eq_ignore_ascii_case(name));
    found.copied().ok_or_else(|| {
        let names: Vec<&str> = Reason::ALL.iter().map(|reason| reason.name()).collect();
        format!("not a reason; there are {}", names.join(", "))
    })
}

#[derive(Serialize)]
struct Refused {
    party: String,
    reason: &'static str,
    text: String,
    #[serde(flatten)]
    status: Status,
}

impl Refuse {
    /// Does it.
    ///
    /// # Errors
    /// When the party has signed already.
    pub fn run(self, context: &Context) -> Result<Outcome> {
        let mut approval = super::read(&self.approval)?;
        let party = party::open(&self.party)?;
        let name = party::name(&party);
        let step = format!("refuse {} as {name}", self.approval.display());
        let mut text = self.text;
        if !context.dry_run {
            let office = Office::open(party, &self.secret.passphrase(&self.party)?, Opening::default())?;
            let given = office.refuse(&mut approval, self.reason, &text, context);
            let signed = matches!(
                (&given, &office),
                (
                    Err(parties::Error::Unfit(_)),
                    Office::Issuer(_) | Office::Provider(_)
                )
            );
            let given = given.doing(step).map_err(|failure| match signed {
                true => failure
                    .with_remedy("Ask the holder to drop the request: \"symbolon card drop-request\".")
                    .by(&name),
                false => failure.by(&name),
            });
            text = given?.text;
            approval
                .write(&self.approval, Existing::Replace)
                .doing("write the approval file")?;
        }
        let status = super::status_of(&approval)?;
        let refused = Refused {
            party: name,
            reason: self.reason.name(),
            text,
            status,
        };
        Ok(Outcome::new("approval refuse", &refused))
    }
}

impl Show for Refused {
    fn show(&self, page: &mut Page) {
        page.done(format!("The {} refused: {}", self.party, self.text));
        super::show_request(&self.status, page);
    }
}
