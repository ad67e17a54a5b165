//! `symbolon card unblock`

use apdu_spec::reference::PinReference;
use clap::Args;
use serde::Serialize;

use super::{ShownPin, WhichPin};
use crate::card::CardArguments;
use crate::context::Context;
use crate::failure::{Failure, Result};
use crate::output::{Outcome, Show};
use crate::page::Page;
use crate::secret::{CodeArguments, NEW_PIN_VARIABLE, NewPinArguments};

/// Give a blocked PIN a new value, by the unblocking code
///
/// The code came in the issuer's letter (file unblocking-code). It has ten tries, and the card tells how many are left
/// only when a wrong one was typed: after the tenth nothing unblocks this card's PINs any more. Unblocking the consent PIN
/// drops every open request, because somebody else may have asked for them. With --code-stdin the first line is the code
/// and the second the new PIN.
#[derive(Args, Debug)]
#[command(after_help = "Example:
  symbolon card unblock user --card card.img
  symbolon card unblock consent --card card.img --code-file letter/unblocking-code --new-pin-file my-pin")]
pub struct Unblock {
    #[command(flatten)]
    which: WhichPin,
    #[command(flatten)]
    card: CardArguments,
    #[command(flatten)]
    code: CodeArguments,
    #[command(flatten)]
    new: NewPinArguments,
}

#[derive(Serialize)]
struct Unblocked {
    pin: String,
    unblocked: bool,
    /// Open requests that the card dropped.
    requests_dropped: usize,
    #[serde(flatten)]
    state: ShownPin,
}

impl Unblock {
    /// Does it.
    ///
    /// # Errors
    /// When the code is wrong or used up, the card has none, or does not take the new PIN.
    pub fn run(self, context: &Context) -> Result<Outcome> {
        let name = self.which.name();
        let reference = self.which.reference();
        if matches!(reference, PinReference::Local(_)) {
            return Err(Failure::usage(
                format!("unblock {name}"),
                "the unblocking code is for the user PIN and the consent PIN",
                "Ask the application's provider what its package does about this PIN.",
            ));
        }
        let mut card = self.card.open(context)?;
        let open = card.begin()?.requests()?.len();
        let secrets = if context.dry_run {
            None
        } else {
            let code = self.code.code()?;
            let new = self
                .new
                .pin(self.code.on_stdin(), &format!("new {name}"), NEW_PIN_VARIABLE)?;
            Some((code, new))
        };
        let mut session = card.begin()?;
        if let Some((code, new)) = &secrets {
            session.unblock_pin(reference, code, new).map_err(explain)?;
        }
        let left = session.requests()?.len();
        let unblocked = Unblocked {
            pin: name,
            unblocked: secrets.is_some(),
            requests_dropped: open.saturating_sub(left),
            state: session.pin_state(reference)?.into(),
        };
        Ok(Outcome::new("card unblock", &unblocked))
    }
}

/// What the status words mean for a code rather than for a PIN.
pub(super) fn explain(error: host::Error) -> Failure {
    let tries = error.status().and_then(apdu_spec::status::Status::tries);
    let failure = Failure::from(error);
    match (tries, failure.status.map(|status| status.0)) {
        (Some(tries), _) => Failure {
            message: match tries {
                0 => "the unblocking code is wrong, and no try is left".into(),
                1 => "the unblocking code is wrong; 1 try is left".into(),
                _ => format!("the unblocking code is wrong; {tries} tries are left"),
            },
            remedy: "Type the code again with care: when no try is left nothing unblocks this card's PINs."
                .into(),
            unblocking: true,
            ..failure
        },
        (_, Some(0x6983)) => {
            failure.with_remedy("The unblocking code is used up; docs/rescue.md says who can help.")
        }
        (_, Some(0x6A88)) => failure
            .with_remedy("This card was made without an unblocking code; docs/rescue.md says who can help."),
        _ => super::refused_length(failure),
    }
}

impl Show for Unblocked {
    fn show(&self, page: &mut Page) {
        if self.unblocked {
            page.done(format!("The {} has its new value.", self.pin));
        } else {
            page.field(&self.pin, self.state.words());
        }
        if self.requests_dropped > 0 {
            page.field("open requests dropped", self.requests_dropped.to_string());
        }
    }
}
