//! `symbolon card prove-receipts`

use std::path::PathBuf;

use apdu_spec::certificate::{Certificate, Role};
use apdu_spec::reason::Reason;
use clap::Args;
use parties::chain::{Chain, verify_chain};
use parties::crypto::random;
use parties::file::{self, Existing};
use parties::receipt::ReadHead;
use parties::report::Report;
use serde::Serialize;

use super::receipts::certificates;
use crate::card::CardArguments;
use crate::context::Context;
use crate::failure::{Doing, Failure, Result};
use crate::kind::{self, Kind};
use crate::output::{Outcome, Show};
use crate::page::Page;
use crate::roots::RootArguments;

const STEP: &str = "verify the card's receipt head";

/// Have the card prove which receipt is its newest
///
/// The card signs how many receipts it wrote and the digest of the newest, over a nonce of the caller's: so nobody can hold
/// a receipt back. The signature is checked with the card's certificate, and that one against the roots you name (--root,
/// --trusted-by): a card that does not lead to one of them is refused. Without a root nothing says whose card it is. Needs no
/// PIN.
#[derive(Args, Debug)]
#[command(after_help = "Example:
  symbolon card prove-receipts --card card.img --root cardreg/certificate.cvc
  symbolon card prove-receipts --card card.img --nonce 00112233445566778899AABBCCDDEEFF --output head.f0")]
pub struct ProveReceipts {
    #[command(flatten)]
    card: CardArguments,
    /// What the card signs over, 32 hexadecimal digits; random unless given
    #[arg(long, value_name = "HEX", value_parser = nonce)]
    nonce: Option<[u8; 16]>,
    /// Write what the card signed to this file: "symbolon approval verify --head" checks it later
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    roots: RootArguments,
}

/// Reads a nonce.
pub(crate) fn nonce(text: &str) -> Result<[u8; 16], &'static str> {
    let bytes = hex::decode(text).ok().and_then(|bytes| bytes.try_into().ok());
    bytes.ok_or("not a nonce: write 32 hexadecimal digits")
}

#[derive(Serialize)]
struct Proved {
    /// How many receipts the card wrote.
    receipts: u32,
    /// Digest of the newest, hexadecimal.
    newest: String,
    date: String,
    nonce: String,
    /// What the card signed, hexadecimal.
    head: String,
    written_to: Option<String>,
    /// Whether the card's certificate was checked against roots: without any, the card may be anybody's.
    card_verified: bool,
    report: Report,
}

impl ProveReceipts {
    /// Does it.
    ///
    /// # Errors
    /// When the card refuses, or its signature or a certificate is wrong.
    pub fn run(self, context: &Context) -> Result<Outcome> {
        if let Some(path) = &self.output {
            kind::spare("write the receipt head", path, Some(Kind::Object))?;
        }
        let roots = self.roots.roots()?;
        let nonce = match self.nonce {
            Some(nonce) => nonce,
            None => random().doing("make a nonce")?,
        };
        let mut card = self.card.open(context)?;
        let mut session = card.begin()?;
        let head = session.prove_receipts(nonce)?;
        let cards = certificates(&mut session)?;
        let read = ReadHead::parse(&head).doing(STEP)?;
        if let Some((rc, _)) = cards.first() {
            let rc = Certificate::parse(rc)
                .map_err(|error| Failure::internal(STEP, format!("the card's certificate: {error}")))?;
            read.verify(&rc, &nonce).map_err(|denial| {
                let remedy = "Do not trust this card; if it is a symbolon card, report this.";
                Failure::refused(STEP, "this verification", denial.reason, denial.text, remedy)
            })?;
        }
        let chain = Chain {
            receipts: &[],
            cards: cards.as_slice(),
            head: Some((&head, nonce)),
        };
        let report = verify_chain(&chain, &roots, context.today).doing(STEP)?.report;
        super::demand_good(STEP, &report)?;
        // With such a root a card under another one is wrong already.
        let card_verified = !cards.is_empty() && roots.has(Role::IssuerRegistrar).doing(STEP)?;
        if self.roots.named() && !card_verified {
            return Err(Failure::refused(
                STEP,
                "this verification",
                Reason::UnknownAuthority,
                match cards.is_empty() {
                    true => "the card has no certificate, so nothing leads from it to a root",
                    false => {
                        "none of the roots is an issuer registrar's, so nothing leads from the card to one"
                    }
                },
                "Name the root of the registrar that certified the card's issuer: --root FILE.",
            ));
        }
        if let Some(path) = self.output.as_deref().filter(|_| !context.dry_run) {
            file::write(path, &head, 0o644, Existing::Replace).doing("write the receipt head")?;
        }
        Ok(Outcome::new(
            "card prove-receipts",
            &Proved {
                receipts: read.head.receipts,
                card_verified,
                newest: hex::encode(read.head.header.previous),
                date: read.head.date.to_string(),
                nonce: hex::encode(nonce),
                head: hex::encode(&head),
                written_to: self.output.map(|path| path.display().to_string()),
                report,
            },
        ))
    }
}

impl Show for Proved {
    fn show(&self, page: &mut Page) {
        page.done(format!("The card signed: it wrote {} receipts.", self.receipts));
        if !self.card_verified {
            page.field(
                "not checked",
                "whose card this is: name the root of its registrar (--root, --trusted-by)",
            );
        }
        page.field("newest", &self.newest);
        page.field("card's date", &self.date);
        page.field("nonce", &self.nonce);
        page.optional("written to", self.written_to.as_deref());
        super::show_report(&self.report, page);
    }
}
