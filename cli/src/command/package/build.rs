//! `symbolon package build`

use std::path::PathBuf;

use clap::Args;
use parties::file::{self, Existing};
use parties::package::Package;

use super::show::ShownPackage;
use crate::context::Context;
use crate::failure::{Doing, Result};
use crate::kind::{self, Kind};
use crate::output::Outcome;

/// Build a package from its TOML
///
/// docs/package-format.md describes the TOML. The same TOML and content files give the same bytes, everywhere; an output
/// file that exists is replaced.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  symbolon package build packages/notes.toml --output notes.pkg")]
pub struct Build {
    /// The TOML; files it names are beside it
    pub source: PathBuf,
    /// File to write the package to
    #[arg(long, short, value_name = "FILE")]
    pub output: PathBuf,
}

impl Build {
    /// Does it.
    ///
    /// # Errors
    /// With file, line and cause, when the TOML breaks a rule; when a file cannot be read or written.
    pub fn run(self, context: &Context) -> Result<Outcome> {
        kind::spare("write the package", &self.output, Some(Kind::Package))?;
        let package = Package::build_file(&self.source)
            .doing("build the package")
            .map_err(|failure| Kind::Source.explain_other(&self.source, failure))?;
        if !context.dry_run {
            file::write(&self.output, package.bytes(), 0o644, Existing::Replace)
                .doing("write the package")?;
        }
        let shown = ShownPackage::new(&package, &self.output)?.done("is built");
        Ok(Outcome::new("package build", &shown))
    }
}
