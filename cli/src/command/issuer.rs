//! What issuers do.

pub mod cards;
pub mod personalize;
pub mod register;

use clap::Subcommand;

use super::group;
use crate::context::Context;
use crate::failure::Result;
use crate::output::Outcome;

/// File id of the EF with the user information, below the MF.
pub(crate) const USER_FILE: u16 = 0x5F01;

group! {
    /// `symbolon issuer`
    IssuerCommand {
        /// Put roots, PINs, keys and the user's name on a new card
        Personalize(personalize::Personalize),
        /// Make a personalized card one of this issuer's
        Register(register::Register),
        /// List the issuer's cards and what is on them, by verified receipts
        Cards(cards::Cards),
    }
}
