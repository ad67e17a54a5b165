//! `symbolon issuer share-key`

use std::path::PathBuf;

use apdu_spec::certificate::Role;
use clap::Args;

use crate::context::Context;
use crate::failure::Result;
use crate::output::Outcome;
use crate::share_key::ShareArguments;

/// Share a key with a card, so that the issuer can authorize by MAC
///
/// The key is derived from a master key in the issuer's folder (made the first time), sealed for this card alone and signed.
/// The holder consents, and the card's policy must allow MACs. A new key takes the place of the one before. Then: "approval
/// sign --mac".
#[derive(Args, Debug)]
#[command(after_help = "Example:
  symbolon issuer share-key --issuer alpenbank --card card.img
  symbolon issuer share-key --issuer alpenbank --approval store-notes.json")]
pub struct ShareKey {
    /// The issuer's folder
    #[arg(long, value_name = "DIR")]
    pub issuer: PathBuf,
    #[command(flatten)]
    how: ShareArguments,
}

impl ShareKey {
    /// Does it.
    ///
    /// # Errors
    /// When the card's policy has no MACs, the holder does not consent, or the key cannot be made.
    pub fn run(self, context: &Context) -> Result<Outcome> {
        let shared = self.how.share(&self.issuer, Role::Issuer, context)?;
        Ok(Outcome::new("issuer share-key", &shared))
    }
}
