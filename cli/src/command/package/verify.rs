//! `symbolon package verify`

use std::path::PathBuf;

use clap::Args;
use parties::package::Package;

use super::show::ShownPackage;
use crate::context::Context;
use crate::failure::{Doing, Failure, Result};
use crate::kind;
use crate::output::Outcome;

/// Check that a package keeps every rule, or is what a TOML builds
///
/// With --source the TOML is built again and compared byte for byte: whoever has the source can tell what is loaded.
#[derive(Args, Debug)]
#[command(after_help = "Example:
  symbolon package verify notes.pkg
  symbolon package verify notes.pkg --source packages/notes.toml")]
pub struct Verify {
    /// The package
    pub package: PathBuf,
    /// Build this TOML and compare
    #[arg(long, value_name = "TOML")]
    pub source: Option<PathBuf>,
}

impl Verify {
    /// Does it.
    ///
    /// # Errors
    /// When the file is not a package that keeps every rule, or another one than the source's.
    pub fn run(self, _context: &Context) -> Result<Outcome> {
        let package = kind::package(&self.package)?;
        let mut done = "keeps every rule";
        if let Some(source) = &self.source {
            let built = Package::build_file(source).doing("build the package")?;
            compare(
                &package,
                &built,
                &self.package.display().to_string(),
                &source.display().to_string(),
            )?;
            done = "is what its source builds";
        }
        Ok(Outcome::new(
            "package verify",
            &ShownPackage::new(&package, &self.package)?.done(done),
        ))
    }
}

fn compare(package: &Package, built: &Package, file: &str, source: &str) -> Result<()> {
    if package.bytes() == built.bytes() {
        return Ok(());
    }
    let same = package
        .bytes()
        .iter()
        .zip(built.bytes())
        .take_while(|(a, b)| a == b)
        .count();
    Err(Failure::usage(
        "compare the package with its source",
        format!("{file} is not what {source} builds: they differ from byte {same} on"),
        "Build the package again, or ask where it comes from.",
    ))
}
