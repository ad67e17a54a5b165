//! What providers do.

pub mod add_package;
pub mod certify;
pub mod holders;
pub mod packages;
pub mod seal_package;
pub mod share_key;

use clap::Subcommand;

use super::group;
use crate::context::Context;
use crate::failure::Result;
use crate::output::Outcome;

group! {
    /// `symbolon provider`
    ProviderCommand {
        /// Build a package whose sealed files only one card can open
        SealPackage(seal_package::SealPackage),
        /// Take a package into the provider's database: from now on it may be authorized
        AddPackage(add_package::AddPackage),
        /// Certify a package for every card whose holder wants it
        Certify(certify::Certify),
        /// Share a key with a card, so that it can authorize by MAC
        ShareKey(share_key::ShareKey),
        /// List the provider's packages
        Packages(packages::Packages),
        /// List which cards hold which of its packages, by verified receipts
        Holders(holders::Holders),
    }
}
