//! What registrars do.

pub mod certify;
pub mod certify_data;
pub mod delegate;
pub mod revocations;
pub mod revoke;
pub mod rollover;

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
        /// Certify a data certifier, who countersigns packages for mode 7
        Delegate(delegate::Delegate),
        /// Countersign a provider's package for mode 7, as the data certifier
        CertifyData(certify_data::CertifyData),
        /// Revoke certificates
        Revoke(revoke::Revoke),
        @group "The registrar's revocation lists"
        Revocations(revocations::RevocationsCommand),
        /// Change the registrar's key
        Rollover(rollover::Rollover),
    }
}
