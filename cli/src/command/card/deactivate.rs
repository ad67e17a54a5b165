//! `symbolon card deactivate`

use apdu_spec::aid::Aid;
use apdu_spec::reference::PinReference;
use clap::Args;
use host::card::{FilePath, Session};
use serde::Serialize;

use crate::card::CardArguments;
use crate::context::Context;
use crate::failure::Result;
use crate::output::{Outcome, Show};
use crate::page::Page;
use crate::secret::{CONSENT_PIN_VARIABLE, PinArguments};

/// Switch an application off
///
/// The holder can always do this, with the consent PIN and without asking anybody. Nothing in the application can be used
/// until it is activated again; its data stays. It can still be replaced and deleted by agreement.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  symbolon card deactivate F04E4F544553 --card card.img")]
pub struct Deactivate {
    /// The application
    pub aid: Aid,
    #[command(flatten)]
    card: CardArguments,
    #[command(flatten)]
    secret: PinArguments,
}

impl Deactivate {
    /// Does it.
    ///
    /// # Errors
    /// When there is no such application, or the holder does not consent.
    pub fn run(self, context: &Context) -> Result<Outcome> {
        let Self { aid, card, secret } = self;
        let switched = switch(aid, true, &card, &secret, context)?;
        Ok(Outcome::new("card deactivate", &switched))
    }
}

/// What became of an application.
#[derive(Serialize)]
pub(super) struct Switched {
    aid: String,
    deactivated: bool,
    /// Whether it was so before.
    before: bool,
    #[serde(skip)]
    wanted: bool,
}

/// Switches an application off or on, unless it is so already.
pub(super) fn switch(
    aid: Aid,
    off: bool,
    card: &CardArguments,
    secret: &PinArguments,
    context: &Context,
) -> Result<Switched> {
    let mut card = card.open(context)?;
    let path = FilePath::application(aid);
    let state = |session: &mut Session<'_>| session.select(&path).map(|details| details.deactivated);
    let present = state(&mut card.begin()?)?;
    let before = present == off;
    if !before && !context.dry_run {
        // Nobody is kept from the card while the holder types.
        let pin = secret.pin("consent PIN", CONSENT_PIN_VARIABLE)?;
        let mut session = card.begin()?;
        session.verify_pin(PinReference::Consent, &pin, secret.last_try())?;
        if off {
            session.deactivate(aid)?;
        } else {
            session.activate(aid)?;
        }
    }
    Ok(Switched {
        aid: aid.to_string(),
        deactivated: if context.dry_run { present } else { off },
        before,
        wanted: off,
    })
}

impl Show for Switched {
    fn show(&self, page: &mut Page) {
        let word = if self.wanted { "deactivated" } else { "active" };
        let Self { aid, before, .. } = self;
        page.done(match (before, self.deactivated == self.wanted) {
            (true, _) => format!("{aid} was {word} before."),
            (false, true) => format!("{aid} is {word}."),
            (false, false) => format!("{aid} would be {word}."),
        });
    }
}
