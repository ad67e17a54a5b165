//! What issuers do.

pub mod cards;
pub mod personalize;
pub mod register;
pub mod release;
pub mod renew;
pub mod share_key;

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
        /// Give a card a later certificate, or take over another issuer's card
        Renew(renew::Renew),
        /// Agree that another issuer takes over a card
        Release(release::Release),
        /// Share a key with a card, so that it can authorize by MAC
        ShareKey(share_key::ShareKey),
        /// List the issuer's cards and what is on them, by verified receipts
        Cards(cards::Cards),
    }
}
