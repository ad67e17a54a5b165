//! `symbolon provider packages`

use std::path::PathBuf;

use apdu_spec::certificate::Role;
use apdu_spec::date::Date;
use clap::Args;
use parties::package::Package;
use serde::Serialize;

use crate::context::Context;
use crate::describe::short;
use crate::failure::{Doing, Result};
use crate::output::{Outcome, Show};
use crate::page::Page;
use crate::party;

/// List the provider's packages
///
/// Needs no passphrase.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  symbolon provider packages --provider notiz")]
pub struct Packages {
    /// The provider's folder
    #[arg(long, value_name = "DIR")]
    pub provider: PathBuf,
}

#[derive(Serialize)]
struct PackageList {
    provider: String,
    packages: Vec<ShownPackage>,
}

/// One package of a provider.
#[derive(Serialize)]
pub struct ShownPackage {
    pub(super) aid: String,
    pub(super) version: u32,
    pub(super) label: String,
    size: usize,
    pub(super) package: String,
    /// The only card that can open it, hexadecimal; none for everybody.
    sealed_for: Option<String>,
    added: String,
}

impl ShownPackage {
    pub(super) fn new(package: &Package, added: Date) -> Self {
        Self {
            aid: package.aid().to_string(),
            version: package.version(),
            label: package.label().to_owned(),
            size: package.bytes().len(),
            package: hex::encode(package.digests().package),
            sealed_for: package.card().map(hex::encode),
            added: added.to_string(),
        }
    }
}

impl Packages {
    /// Does it.
    ///
    /// # Errors
    /// When the folder is no provider's, or its database is damaged.
    pub fn run(self, _context: &Context) -> Result<Outcome> {
        let party = party::open_role(&self.provider, Role::Provider)?;
        let step = format!("list the packages of {}", party::name(&party));
        let records = party.database().packages().doing(&step)?;
        let packages = records.iter().map(|record| {
            let package = Package::parse("stored package", &record.bytes).doing(&step)?;
            Ok(ShownPackage::new(&package, record.day))
        });
        let list = PackageList {
            provider: party.name().to_string(),
            packages: packages.collect::<Result<_>>()?,
        };
        Ok(Outcome::new("provider packages", &list))
    }
}

impl Show for PackageList {
    fn show(&self, page: &mut Page) {
        page.heading(format!("Packages of {}", self.provider));
        let row = |package: &ShownPackage| {
            vec![
                package.aid.clone(),
                package.version.to_string(),
                package.label.clone(),
                format!("{} bytes", package.size),
                package.added.clone(),
                short(&package.package),
                package.sealed_for.as_deref().map_or_else(|| "all".into(), short),
            ]
        };
        let rows = self.packages.iter().map(row).collect();
        let columns = [
            "AID",
            "version",
            "label",
            "size",
            "added",
            "package digest",
            "for card",
        ];
        page.table(
            &columns,
            rows,
            "  none: \"symbolon provider add-package\" adds one",
        );
    }
}
