//! `symbolon card drop-request`

use apdu_spec::reason::Reason;
use clap::Args;
use parties::evidence::comparison;
use serde::Serialize;

use crate::card::CardArguments;
use crate::consent::ConsentArguments;
use crate::context::Context;
use crate::failure::{Failure, Result};
use crate::output::{Outcome, Show};
use crate::page::Page;

/// Drop an open request
///
/// Nothing that was signed for it can be used any more, and its place is free for another. Needs the consent PIN, or, where
/// the card's policy says so, its issuer or the request's provider (--authenticate-as).
#[derive(Args, Debug)]
#[command(after_help = "Example:
  symbolon card drop-request 3 --card card.img
  symbolon card drop-request 3 --card card.img --authenticate-as alpenbank")]
pub struct DropRequest {
    /// The request's number; "symbolon card info" lists those that are open
    pub number: u32,
    #[command(flatten)]
    card: CardArguments,
    #[command(flatten)]
    consent: ConsentArguments,
}

#[derive(Serialize)]
struct Dropped {
    number: u32,
    dropped: bool,
    mode: u8,
    operation: &'static str,
    aid: String,
    comparison_code: String,
}

impl DropRequest {
    /// Does it.
    ///
    /// # Errors
    /// When no such request is open, or nobody who may agrees.
    pub fn run(self, context: &Context) -> Result<Outcome> {
        let number = self.number;
        let mut card = self.card.open(context)?;
        let requests = card.begin()?.requests()?;
        let request = requests
            .iter()
            .find(|entry| entry.number == number)
            .ok_or_else(|| {
                Failure::refused(
                    "drop the request",
                    "card",
                    Reason::NoSuchRequest,
                    format!("the card has no open request {number}"),
                    "Look at which requests are open: \"symbolon card info\".",
                )
            })?;
        let object = card.begin()?.storing_request(number)?;
        let comparison_code = comparison(&object);
        if !context.dry_run {
            context.output.note(&format!(
                "The card is to drop this: {} {}, mode {}, comparison code {comparison_code}.",
                request.operation.name(),
                request.aid,
                request.mode.code()
            ));
            let agreement = self.consent.ask()?;
            let mut session = card.begin()?;
            agreement.give(&mut session)?;
            session.drop_request(number)?;
        }
        Ok(Outcome::new(
            "card drop-request",
            &Dropped {
                number,
                dropped: !context.dry_run,
                mode: request.mode.code(),
                operation: request.operation.name(),
                aid: request.aid.to_string(),
                comparison_code,
            },
        ))
    }
}

impl Show for Dropped {
    fn show(&self, page: &mut Page) {
        let words = if self.dropped { "is" } else { "would be" };
        page.done(format!("Request {} {words} dropped.", self.number));
        page.field(
            "was",
            format!("{} {}, mode {}", self.operation, self.aid, self.mode),
        );
        page.field("comparison code", &self.comparison_code);
    }
}
