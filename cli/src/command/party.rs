//! Parties: registrars, issuers and providers, each a folder.

pub mod accept;
pub mod new;
pub mod show;
pub mod trust;

use clap::Subcommand;

use super::group;
use crate::context::Context;
use crate::failure::Result;
use crate::output::Outcome;

group! {
    /// `symbolon party`
    PartyCommand {
        /// Make a registrar, an issuer, a provider or a data certifier
        New(new::New),
        /// Show who a party is and whom it trusts
        Show(show::Show),
        /// Take the certificate that a registrar gave
        Accept(accept::Accept),
        /// Trust a registrar's root from now on, take its newer root, or its revocation list
        Trust(trust::Trust),
    }
}

/// The longest certificate file that is read, in bytes.
const FILE_MAX: usize = 4096;
