//! `symbolon provider seal-package`

use std::path::PathBuf;

use apdu_spec::certificate::Role;
use clap::Args;
use parties::file::{self, Existing};
use parties::package::Package;

use crate::card::{self, CardArguments};
use crate::command::package::show::ShownPackage;
use crate::context::Context;
use crate::failure::{Doing, Result};
use crate::kind::{self, Kind};
use crate::output::Outcome;
use crate::party;

const STEP: &str = "seal the package";

/// Build a package whose sealed files only one card can open
///
/// The TOML marks files with "sealed = true" (docs/package-format.md). Their content is sealed for the card, whose
/// certificates are judged first: they come from the card itself, or from an approval file of the same card. The manifest
/// stays readable, and everybody signs for the sealed bytes. Each run makes another key, and so other bytes. Needs no
/// passphrase. Then: "provider add-package", "approval request".
#[derive(Args, Debug)]
#[command(after_help = "Example:
  symbolon provider seal-package letter.toml --provider notiz --card card.img --output letter-ada.pkg
  symbolon provider seal-package letter.toml --provider notiz --approval store-notes.json --output letter-ada.pkg")]
pub struct SealPackage {
    /// The TOML; files it names are beside it
    pub source: PathBuf,
    /// The provider's folder
    #[arg(long, value_name = "DIR")]
    pub provider: PathBuf,
    #[command(flatten)]
    card: CardArguments,
    /// Seal for the card of this approval file
    #[arg(long, value_name = "FILE", conflicts_with_all = ["card", "reader", "tcp"])]
    approval: Option<PathBuf>,
    /// File to write the package to
    #[arg(long, short, value_name = "FILE")]
    pub output: PathBuf,
}

impl SealPackage {
    /// Does it.
    ///
    /// # Errors
    /// When the card is not one that the provider may trust, the TOML breaks a rule or marks nothing, or a file cannot be
    /// read or written.
    pub fn run(self, context: &Context) -> Result<Outcome> {
        let party = party::open_role(&self.provider, Role::Provider)?;
        kind::spare("write the package", &self.output, Some(Kind::Package))?;
        let (rc, irc) = match &self.approval {
            Some(path) => {
                let approval = kind::approval(path)?;
                (
                    approval.card_certificate().to_vec(),
                    approval.issuer_certificate().to_vec(),
                )
            }
            None => {
                let mut card = self.card.open(context)?;
                card::certificates(&mut card.begin()?, STEP)?
            }
        };
        let recipient = party.recipient(&rc, &irc, context.today).doing(STEP)?;
        let package = Package::build_file_for(&recipient, &self.source).doing(STEP)?;
        if !context.dry_run {
            file::write(&self.output, package.bytes(), 0o644, Existing::Replace)
                .doing("write the package")?;
        }
        let shown = ShownPackage::new(&package, &self.output)?.done("is built and sealed");
        Ok(Outcome::new("provider seal-package", &shown))
    }
}
