//! `symbolon party trust`

use std::path::PathBuf;

use clap::Args;
use parties::certificate::Roots;
use parties::file;

use crate::context::Context;
use crate::failure::{Doing, Result};
use crate::output::Outcome;
use crate::party;

/// Trust a registrar's root from now on
///
/// An issuer trusts the data registrars that it may bind its cards to; a provider trusts the issuer registrars whose
/// issuers' cards it serves. Make sure that the root really is the registrar's: compare its digest by telephone.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  symbolon party trust alpenbank datareg/certificate.cvc")]
pub struct Trust {
    /// The party's folder
    pub folder: PathBuf,
    /// Roots to trust
    #[arg(required = true, value_name = "ROOT")]
    pub roots: Vec<PathBuf>,
}

impl Trust {
    /// Does it.
    ///
    /// # Errors
    /// When a file is no root of a registrar.
    pub fn run(self, context: &Context) -> Result<Outcome> {
        let party = party::open(&self.folder)?;
        let mut roots = Vec::new();
        for path in &self.roots {
            let name = path.display().to_string();
            let step = format!("trust {name}");
            let root = file::read(path, super::FILE_MAX).doing(&step)?;
            // All are looked at before the first is kept.
            Roots::new().add(&name, &root).doing(&step)?;
            roots.push((step, root));
        }
        if !context.dry_run {
            for (step, root) in &roots {
                party.trust(root).doing(step)?;
            }
        }
        let done = format!("{} trusts {} more.", party::name(&party), roots.len());
        super::show::shown("party trust", &party, Some(done))
    }
}
