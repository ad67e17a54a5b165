//! `symbolon issuer cards`

use std::path::PathBuf;

use apdu_spec::certificate::{Certificate, Role};
use clap::Args;
use serde::Serialize;

use crate::context::Context;
use crate::describe::short;
use crate::failure::{Doing, Result};
use crate::output::{Outcome, Show};
use crate::page::Page;
use crate::party;

/// List the issuer's cards and what is on them, by verified receipts
///
/// Every application rests on a receipt that the card signed and the issuer verified ("symbolon approval record"). Needs
/// no passphrase.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  symbolon issuer cards --issuer alpenbank")]
pub struct Cards {
    /// The issuer's folder
    #[arg(long, value_name = "DIR")]
    pub issuer: PathBuf,
}

#[derive(Serialize)]
struct CardList {
    issuer: String,
    cards: Vec<ShownCard>,
}

#[derive(Serialize)]
struct ShownCard {
    card: String,
    name: Option<String>,
    serial: u32,
    certified: String,
    until: Option<String>,
    /// Newest receipt that was verified; none of a card that was certified but did not answer.
    newest_receipt: Option<u32>,
    applications: Vec<ShownContent>,
}

#[derive(Serialize)]
struct ShownContent {
    aid: String,
    version: u32,
    package: String,
    receipt: u32,
}

impl Cards {
    /// Does it.
    ///
    /// # Errors
    /// When the folder is no issuer's, or its database is damaged.
    pub fn run(self, _context: &Context) -> Result<Outcome> {
        let party = party::open_role(&self.issuer, Role::Issuer)?;
        let step = format!("list the cards of {}", party::name(&party));
        let database = party.database();
        let content = database.content(false).doing(&step)?;
        let mut cards: Vec<ShownCard> = Vec::new();
        for record in database.cards().doing(&step)? {
            let card = hex::encode(record.card);
            // By card and serial: the last one of a card counts.
            cards.retain(|known| known.card != card);
            let certificate = Certificate::parse(&record.certificate).ok();
            let on_it = content.iter().filter(|content| content.card == record.card);
            cards.push(ShownCard {
                name: certificate.map(|certificate| certificate.holder.to_string()),
                serial: record.serial,
                certified: record.day.to_string(),
                until: certificate.map(|certificate| certificate.expiration.to_string()),
                newest_receipt: database
                    .receipts(&record.card)
                    .doing(&step)?
                    .last()
                    .map(|receipt| receipt.number),
                applications: on_it
                    .map(|content| ShownContent {
                        aid: content.aid.to_string(),
                        version: content.version,
                        package: hex::encode(content.package),
                        receipt: content.receipt,
                    })
                    .collect(),
                card,
            });
        }
        Ok(Outcome::new(
            "issuer cards",
            &CardList {
                issuer: party.name().to_string(),
                cards,
            },
        ))
    }
}

impl Show for CardList {
    fn show(&self, page: &mut Page) {
        page.heading(format!("Cards of {}", self.issuer));
        let rows = self.cards.iter().flat_map(ShownCard::rows).collect();
        page.table(
            &["card", "until", "application", "version", "receipt"],
            rows,
            "  none",
        );
    }
}

impl ShownCard {
    fn rows(&self) -> Vec<Vec<String>> {
        let until = self.until.clone().unwrap_or_default();
        let first = vec![short(&self.card), until];
        let nothing = match self.newest_receipt {
            Some(receipt) => ["none".into(), String::new(), receipt.to_string()],
            None => [
                "certified, not registered".to_owned(),
                String::new(),
                String::new(),
            ],
        };
        if self.applications.is_empty() {
            return vec![[first, nothing.to_vec()].concat()];
        }
        let row = |(position, content): (usize, &ShownContent)| {
            let own = [
                content.aid.clone(),
                content.version.to_string(),
                content.receipt.to_string(),
            ];
            let card = if position == 0 {
                first.clone()
            } else {
                vec![String::new(); 2]
            };
            [card, own.to_vec()].concat()
        };
        self.applications.iter().enumerate().map(row).collect()
    }
}
