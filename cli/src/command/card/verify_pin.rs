//! `symbolon card verify-pin`

use clap::Args;
use serde::Serialize;

use super::{ShownPin, WhichPin};
use crate::card::CardArguments;
use crate::context::Context;
use crate::failure::Result;
use crate::output::{Outcome, Show};
use crate::page::Page;
use crate::secret::PinArguments;

/// Check a PIN
///
/// A wrong PIN costs one of its tries; when one try is left the command stops before it, unless --last-try says otherwise.
/// With --dry-run only the tries left are asked for, and no PIN.
#[derive(Args, Debug)]
#[command(after_help = "Example:
  symbolon card verify-pin user --card card.img
  symbolon card verify-pin 81 --application F04E4F544553 --card card.img --pin-file pin.txt")]
pub struct VerifyPin {
    #[command(flatten)]
    which: WhichPin,
    #[command(flatten)]
    card: CardArguments,
    #[command(flatten)]
    secret: PinArguments,
}

#[derive(Serialize)]
struct Verified {
    pin: String,
    verified: bool,
    #[serde(flatten)]
    state: ShownPin,
}

impl VerifyPin {
    /// Does it.
    ///
    /// # Errors
    /// When the PIN is wrong, blocked, a transport PIN, or one try is left.
    pub fn run(self, context: &Context) -> Result<Outcome> {
        let pin = match context.dry_run {
            true => None,
            false => Some(self.secret.pin(&self.which.name(), self.which.variable())?),
        };
        let mut card = self.card.open(context)?;
        let mut session = card.begin()?;
        self.which.select(&mut session)?;
        let reference = self.which.reference();
        if let Some(pin) = &pin {
            session.verify_pin(reference, pin, self.secret.last_try())?;
        }
        let state = session.pin_state(reference)?.into();
        Ok(Outcome::new(
            "card verify-pin",
            &Verified {
                pin: self.which.name(),
                verified: pin.is_some(),
                state,
            },
        ))
    }
}

impl Show for Verified {
    fn show(&self, page: &mut Page) {
        if self.verified {
            page.done(format!("The {} is right.", self.pin));
        } else {
            page.field(&self.pin, self.state.words());
        }
    }
}
