//! `symbolon approval record`

use std::path::PathBuf;

use apdu_spec::certificate::Role;
use clap::Args;
use parties::approval::Status;
use parties::database::Continuity;
use parties::office::{meet_card, record_receipt};
use parties::receipt::ReceiptAnswer;
use serde::Serialize;

use crate::context::Context;
use crate::failure::{Doing, Failure, Result};
use crate::output::{Outcome, Show};
use crate::page::Page;
use crate::party;

/// Hand the card's receipt to a party, which verifies and keeps it
///
/// The party checks that the card signed the receipt and did what this party had agreed to; "issuer cards" and "provider
/// holders" list what such receipts say. Needs no passphrase. The same receipt again is no change.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  symbolon approval record store-notes.json --party alpenbank")]
pub struct Record {
    /// The approval file, after "approval apply"
    pub approval: PathBuf,
    /// The folder of the issuer or provider
    #[arg(long, value_name = "DIR")]
    pub party: PathBuf,
}

#[derive(Serialize)]
struct Recorded {
    party: String,
    continuity: Option<&'static str>,
    warnings: Vec<String>,
    #[serde(flatten)]
    status: Status,
}

impl Record {
    /// Does it.
    ///
    /// # Errors
    /// When there is no receipt, or it is not good.
    pub fn run(self, context: &Context) -> Result<Outcome> {
        let approval = super::read(&self.approval)?;
        let status = super::status_of(&approval)?;
        let party = party::open(&self.party)?;
        let name = party::name(&party);
        let step = format!("record the receipt at {name}");
        if !matches!(party.role(), Role::Issuer | Role::Provider | Role::DataCertifier) {
            return Err(Failure::usage(
                step,
                format!("{} keeps no receipts", party::with_article(party.role())),
                "Name the folder of the card's issuer or of the package's provider.",
            ));
        }
        let receipt = approval.receipt().ok_or_else(|| {
            let remedy = "Have the card apply the approval first: \"symbolon approval apply\".";
            Failure::usage(&step, "the approval file has no receipt yet", remedy)
        })?;
        let (mut continuity, mut warnings) = (None, Vec::new());
        if !context.dry_run {
            if party.role() != Role::Issuer {
                // What was certified for every card was stored without asking: the card may be new to this party.
                let (rc, irc) = (approval.card_certificate(), approval.issuer_certificate());
                let roots = party.trusted().doing("read the trusted roots")?;
                meet_card(party.database(), rc, irc, &roots, context.today)
                    .doing(&step)
                    .map_err(|failure| failure.by(&name))?;
            }
            match record_receipt(party.database(), receipt, context.today).doing(&step)? {
                ReceiptAnswer::Recorded {
                    continuity: fits,
                    warnings: given,
                } => {
                    (continuity, warnings) = (Some(word(fits)), given);
                }
                ReceiptAnswer::Rejected(denial) => {
                    let remedy =
                        "Do not rely on this receipt: ask whoever sent it, and look at the card itself.";
                    return Err(Failure::refused(step, name, denial.reason, denial.text, remedy));
                }
            }
        }
        Ok(Outcome::new(
            "approval record",
            &Recorded {
                party: name,
                continuity,
                warnings,
                status,
            },
        ))
    }
}

const fn word(continuity: Continuity) -> &'static str {
    match continuity {
        Continuity::Known => "known",
        Continuity::Follows => "follows",
        Continuity::Gap => "gap",
        Continuity::Contradicts(_) => "contradicts",
    }
}

impl Show for Recorded {
    fn show(&self, page: &mut Page) {
        page.done(match self.continuity {
            Some("known") => format!("The {} had this receipt already.", self.party),
            Some(_) => format!("The {} verified the receipt and keeps it.", self.party),
            None => format!("The {} would verify the receipt and keep it.", self.party),
        });
        super::show_request(&self.status, page);
        self.warnings
            .iter()
            .for_each(|warning| page.field("note", warning));
    }
}
