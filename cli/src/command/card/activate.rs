//! `symbolon card activate`

use apdu_spec::aid::Aid;
use clap::Args;

use super::deactivate::switch;
use crate::card::CardArguments;
use crate::context::Context;
use crate::failure::Result;
use crate::output::Outcome;
use crate::secret::PinArguments;

/// Switch a deactivated application on again
///
/// Needs the consent PIN.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  symbolon card activate F04E4F544553 --card card.img")]
pub struct Activate {
    /// The application
    pub aid: Aid,
    #[command(flatten)]
    card: CardArguments,
    #[command(flatten)]
    secret: PinArguments,
}

impl Activate {
    /// Does it.
    ///
    /// # Errors
    /// When there is no such application, or the holder does not consent.
    pub fn run(self, context: &Context) -> Result<Outcome> {
        let Self { aid, card, secret } = self;
        let switched = switch(aid, false, &card, &secret, context)?;
        Ok(Outcome::new("card activate", &switched))
    }
}
