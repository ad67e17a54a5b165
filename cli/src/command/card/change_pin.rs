//! `symbolon card change-pin`

use clap::Args;
use serde::Serialize;

use super::{ShownPin, WhichPin};
use crate::card::CardArguments;
use crate::context::Context;
use crate::failure::{Failure, Result};
use crate::output::{Outcome, Show};
use crate::page::Page;
use crate::secret::{NEW_PIN_VARIABLE, NewPinArguments, PinArguments};

/// Replace a PIN, or a transport PIN by your own
///
/// A card comes with transport PINs, which open nothing: the holder replaces them first. The consent PIN has 6 to 16
/// characters, the user PIN 4 to 16. With --pin-stdin the first line is the old PIN and the second the new one.
#[derive(Args, Debug)]
#[command(after_help = "Example:
  symbolon card change-pin consent --card card.img
  symbolon card change-pin user --card card.img --pin-file letter/user-pin --new-pin-file my-pin")]
pub struct ChangePin {
    #[command(flatten)]
    which: WhichPin,
    #[command(flatten)]
    card: CardArguments,
    #[command(flatten)]
    secret: PinArguments,
    #[command(flatten)]
    new: NewPinArguments,
}

#[derive(Serialize)]
struct Changed {
    pin: String,
    changed: bool,
    #[serde(flatten)]
    state: ShownPin,
}

impl ChangePin {
    /// Does it.
    ///
    /// # Errors
    /// When the old PIN is wrong or blocked, one try is left, or the card does not take the new one.
    pub fn run(self, context: &Context) -> Result<Outcome> {
        let name = self.which.name();
        let pins = if context.dry_run {
            None
        } else {
            let old = self
                .secret
                .pin(&format!("present {name}"), self.which.variable())?;
            let new = self
                .new
                .pin(self.secret.pin_stdin, &format!("new {name}"), NEW_PIN_VARIABLE)?;
            if old == new {
                return Err(Failure::usage(
                    format!("change the {name}"),
                    "the new PIN is the old one",
                    "Choose another PIN: whoever knows the old one should not know the new one.",
                ));
            }
            Some((old, new))
        };
        let mut card = self.card.open(context)?;
        let mut session = card.begin()?;
        self.which.select(&mut session)?;
        let reference = self.which.reference();
        if let Some((old, new)) = &pins {
            session
                .change_pin(reference, old, new, self.secret.last_try())
                .map_err(super::explain_new_pin)?;
        }
        let state = session.pin_state(reference)?.into();
        Ok(Outcome::new(
            "card change-pin",
            &Changed {
                pin: name,
                changed: pins.is_some(),
                state,
            },
        ))
    }
}

impl Show for Changed {
    fn show(&self, page: &mut Page) {
        if self.changed {
            page.done(format!("The {} is changed.", self.pin));
        } else {
            page.field(&self.pin, self.state.words());
        }
    }
}
