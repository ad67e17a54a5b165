//! `symbolon provider holders`

use std::path::PathBuf;

use apdu_spec::certificate::{Certificate, Role};
use clap::Args;
use parties::package::Package;
use serde::Serialize;

use crate::context::Context;
use crate::describe::short;
use crate::failure::{Doing, Result};
use crate::output::{Outcome, Show};
use crate::page::Page;
use crate::party;

/// List which cards hold which of its packages, by verified receipts
///
/// Every line rests on a receipt that the card signed and the provider verified ("symbolon approval record"). Needs no
/// passphrase.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  symbolon provider holders --provider notiz")]
pub struct Holders {
    /// The provider's folder
    #[arg(long, value_name = "DIR")]
    pub provider: PathBuf,
}

#[derive(Serialize)]
struct HolderList {
    provider: String,
    holders: Vec<Holder>,
}

#[derive(Serialize)]
struct Holder {
    card: String,
    name: Option<String>,
    issuer: Option<String>,
    aid: String,
    label: Option<String>,
    version: u32,
    package: String,
    receipt: u32,
}

impl Holders {
    /// Does it.
    ///
    /// # Errors
    /// When the folder is no provider's, or its database is damaged.
    pub fn run(self, _context: &Context) -> Result<Outcome> {
        let party = party::open_role(&self.provider, Role::Provider)?;
        let step = format!("list the holders of {}'s packages", party.name());
        let database = party.database();
        let mut holders = Vec::new();
        for content in database.content(true).doing(&step)? {
            let card = database.card(&content.card).doing(&step)?.pop();
            let names = card
                .as_ref()
                .and_then(|card| Certificate::parse(&card.certificate).ok());
            let package = database.package(&content.aid, content.version).doing(&step)?;
            let package = package.and_then(|record| Package::parse("stored package", &record.bytes).ok());
            holders.push(Holder {
                card: hex::encode(content.card),
                name: names.map(|certificate| certificate.holder.to_string()),
                issuer: names.map(|certificate| certificate.authority.identity().to_string()),
                aid: content.aid.to_string(),
                label: package.map(|package| package.label().to_owned()),
                version: content.version,
                package: hex::encode(content.package),
                receipt: content.receipt,
            });
        }
        Ok(Outcome::new(
            "provider holders",
            &HolderList {
                provider: party.name().to_string(),
                holders,
            },
        ))
    }
}

impl Show for HolderList {
    fn show(&self, page: &mut Page) {
        page.heading(format!("Cards that hold packages of {}", self.provider));
        let row = |holder: &Holder| {
            vec![
                short(&holder.card),
                holder.issuer.clone().unwrap_or_default(),
                holder.aid.clone(),
                holder.version.to_string(),
                holder.label.clone().unwrap_or_default(),
                holder.receipt.to_string(),
            ]
        };
        let rows = self.holders.iter().map(row).collect();
        page.table(
            &["card", "issuer", "AID", "version", "label", "receipt"],
            rows,
            "  none known",
        );
    }
}
