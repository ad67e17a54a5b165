//! What registrars do.

pub mod certify;

use clap::Subcommand;

use super::group;
use crate::context::Context;
use crate::failure::Result;
use crate::output::Outcome;

group! {
    /// `symbolon registrar`
    RegistrarCommand {
        /// Certify an issuer or a provider
        Certify(certify::Certify),
    }
}
