//! `symbolon registrar revocations`

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::revoke::ShownList;
use crate::command::group;
use crate::context::Context;
use crate::failure::{Doing, Failure, Result};
use crate::kind::{self, Kind};
use crate::output::Outcome;
use crate::party;
use crate::secret::PassphraseArguments;

group! {
    /// `symbolon registrar revocations`
    RevocationsCommand {
        /// Write the registrar's newest revocation list to a file
        Export(Export),
    }
}

/// Write the registrar's newest revocation list to a file
///
/// Needs no passphrase, unless everything revoked is to be signed again under the next number (--again): after a roll-over,
/// or to show on a later day that nothing was added. That also makes the first list, an empty one.
#[derive(Args, Debug)]
#[command(after_help = "Example:
  symbolon registrar revocations export --registrar datareg --output revoked.f0
  symbolon registrar revocations export --registrar datareg --again --output revoked.f0")]
pub struct Export {
    /// The registrar's folder
    #[arg(long, value_name = "DIR")]
    pub registrar: PathBuf,
    /// Sign it again under the next number
    #[arg(long)]
    pub again: bool,
    /// File to write the list to
    #[arg(long, short, value_name = "FILE")]
    pub output: PathBuf,
    #[command(flatten)]
    secret: PassphraseArguments,
}

impl Export {
    /// Does it.
    ///
    /// # Errors
    /// When there is no list yet, or the file cannot be written.
    pub fn run(self, context: &Context) -> Result<Outcome> {
        let party = party::open_registrar(&self.registrar)?;
        let name = party::name(&party);
        let step = format!("export the revocation list of {name}");
        kind::spare(&step, &self.output, Some(Kind::Object))?;
        let present = party.database().revocation_list().doing(&step)?;
        let list = match present {
            Some(present) if !self.again || context.dry_run => present.object,
            None if !self.again || context.dry_run => {
                return Err(Failure::usage(
                    step,
                    "nothing was revoked yet",
                    "Revoke something (\"symbolon registrar revoke\"), or make an empty list with --again.",
                ));
            }
            _ => {
                let passphrase = self.secret.passphrase(&self.registrar)?;
                let office = party
                    .registrar(&passphrase)
                    .doing(format!("open the key of {name}"))?;
                office.publish_list(context.today).doing(&step)?
            }
        };
        let shown = if context.dry_run {
            ShownList::read(name, &list, &self.output, &step)?
        } else {
            ShownList::write(name, &list, &self.output, &step)?
        };
        Ok(Outcome::new("registrar revocations export", &shown))
    }
}
