//! `symbolon provider add-package`

use std::path::PathBuf;

use apdu_spec::certificate::{Extension, Role};
use clap::Args;
use parties::office::add_package;
use serde::Serialize;

use super::packages::ShownPackage;
use crate::context::Context;
use crate::failure::{Doing, Failure, Result};
use crate::kind;
use crate::output::{Outcome, Show};
use crate::page::Page;
use crate::party;

/// Take a package into the provider's database: from now on it may be authorized
///
/// A provider signs only for packages it really has, byte for byte. Needs no passphrase. The same package again is no
/// change; other content under the same AID and version is refused.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  symbolon provider add-package notes.pkg --provider notiz")]
pub struct AddPackage {
    /// The package
    pub package: PathBuf,
    /// The provider's folder
    #[arg(long, value_name = "DIR")]
    pub provider: PathBuf,
}

#[derive(Serialize)]
struct Added {
    provider: String,
    #[serde(flatten)]
    package: ShownPackage,
}

impl AddPackage {
    /// Does it.
    ///
    /// # Errors
    /// When it is no package, not within the provider's prefixes, or another one has its version.
    pub fn run(self, context: &Context) -> Result<Outcome> {
        let party = party::open_role(&self.provider, Role::Provider)?;
        let step = format!("add {}", self.package.display());
        let package = kind::package(&self.package)?;
        if let Some(certificate) = party.certificate().doing(&step)?
            && let Extension::Provider(provider) = certificate.view().doing(&step)?.extension
            && !provider.allows(&package.aid())
        {
            let prefixes: Vec<String> = provider.prefixes().map(|prefix| prefix.to_string()).collect();
            return Err(Failure::usage(
                step,
                format!(
                    "the AID {} is not one of {}'s: {}",
                    package.aid(),
                    party.name(),
                    prefixes.join(", ")
                ),
                "Give the package an AID with one of these prefixes and build it again.",
            ));
        }
        if !context.dry_run {
            add_package(party.database(), &package, context.today).doing(step)?;
        }
        let package = ShownPackage::new(&package, context.today);
        Ok(Outcome::new(
            "provider add-package",
            &Added {
                provider: party.name().to_string(),
                package,
            },
        ))
    }
}

impl Show for Added {
    fn show(&self, page: &mut Page) {
        page.done(format!(
            "{} has {}, version {}.",
            self.provider, self.package.label, self.package.version
        ));
        page.field("AID", &self.package.aid);
        page.field("package digest", &self.package.package);
    }
}
