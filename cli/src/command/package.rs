//! Application packages.

pub mod build;
pub mod show;
pub mod verify;

use clap::Subcommand;

use super::group;
use crate::context::Context;
use crate::failure::Result;
use crate::output::Outcome;

group! {
    /// `symbolon package`
    PackageCommand {
        /// Build a package from its TOML
        Build(build::Build),
        /// Show what a package holds
        Show(show::Show),
        /// Check that a package keeps every rule, or is what a TOML builds
        Verify(verify::Verify),
    }
}
