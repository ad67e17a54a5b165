//! A card's receipts, checked offline: what they prove, and what they cannot.
//!
//! SPEC.md section 4. Each receipt names the digest of the one before, so whoever holds a later one sees a gap; a
//! receipt head over the reader's own nonce shows that none is held back. What does not belong here: what a party keeps
//! ([`crate::database`]), and requests ([`crate::approval`]).

mod history;

use std::collections::BTreeSet;

use apdu_spec::aid::Aid;
use apdu_spec::certificate::{Certificate, Role};
use apdu_spec::date::Date;
use apdu_spec::object::{
    FLAG_KEY_MADE_BY_ISSUER, FLAG_MAC, FLAG_RESCUE, NO_PREVIOUS, Receipt, ReceiptOperation,
};
use apdu_spec::reason::Reason;
use serde::Serialize;

use self::history::{Card, Link, by_card, follows, rises};
use crate::certificate::Roots;
use crate::crypto::{Digest, sha256};
use crate::decision::deny;
use crate::error::{Error, Result};
use crate::evidence::{card_extension, check_card, check_past_card};
use crate::receipt::{ReadHead, ReadReceipt};
use crate::report::{Outcome, Report};

/// What somebody has of a card. All are complete objects.
#[derive(Clone, Copy, Debug, Default)]
pub struct Chain<'a> {
    /// Receipts (F0) in any order.
    pub receipts: &'a [Vec<u8>],
    /// The card's certificates with those of their issuers (RC, IRC), 7F21 each: a card that was registered again has
    /// several.
    pub cards: &'a [(Vec<u8>, Vec<u8>)],
    /// A receipt head (F0), and the nonce that the reader gave for it.
    pub head: Option<(&'a [u8], [u8; 16])>,
}

/// One receipt for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// Its number.
    pub number: u32,
    /// `registration`, `store`, `replace`, `delete` or `lower floor`.
    pub operation: &'static str,
    /// Application identifier, hexadecimal; absent for a registration.
    pub aid: Option<String>,
    /// Version; absent for a registration.
    pub version: Option<u32>,
    /// Mode number.
    pub mode: u8,
    /// The card's date.
    pub date: String,
    /// Whether its issuer made the card's key, and could have signed it too.
    pub repudiable: bool,
    /// Whether a successor took part for a party that is gone.
    pub rescue: bool,
    /// Whether an authorization was a MAC, which proves nothing to others.
    pub mac: bool,
}

/// Everything that was checked of a chain.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ChainReport {
    /// The receipts by number.
    pub entries: Vec<Entry>,
    /// Numbers of the first and last receipt of every gap.
    pub gaps: Vec<(u32, u32)>,
    /// What was checked, and what cannot be known.
    pub report: Report,
}

/// What is said of a signature that cannot be checked.
const NO_CERTIFICATE: &str = "the card's certificate that it names is not here";

/// Checks the receipts of one card against each other, its certificates, and the registrars that the reader trusts.
///
/// A receipt that names a certificate which is not among those given is not known to be the card's, and no more: of a card
/// that was registered again, the reader may have only the later certificates.
///
/// # Errors
/// [`Error::Input`] for what cannot be read.
pub fn verify_chain(chain: &Chain<'_>, roots: &Roots, today: Date) -> Result<ChainReport> {
    let mut cards = Vec::new();
    for (rc, irc) in chain.cards {
        let rc = Certificate::parse(rc).map_err(Error::tlv("card's certificate"))?;
        let irc = Certificate::parse(irc).map_err(Error::tlv("issuer's certificate"))?;
        cards.push((rc, irc));
    }
    let mut receipts: Vec<Link<'_, '_>> = Vec::new();
    for encoded in chain.receipts {
        let read = ReadReceipt::parse(encoded)?;
        receipts.push(Link {
            read,
            digest: sha256(encoded),
            card: find(&cards, &read.receipt.header.certificate),
        });
    }
    receipts.sort_by_key(|link| link.read.receipt.number);
    let mut seen = BTreeSet::new();
    receipts.retain(|link| seen.insert(link.digest));

    let mut report = ChainReport {
        report: Report::new(&[
            "what changed inside an application's files under its own rules",
            "whether those who authorized an operation saw what they agreed to",
        ]),
        ..ChainReport::default()
    };
    verify_cards(&mut report.report, &cards, roots, today)?;
    for link in &receipts {
        report.entries.push(entry(&link.read.receipt));
        let name = format!("receipt {} by the card", link.read.receipt.number);
        match link.card {
            Some(card) => report.report.judged(name, by_card(link, card)),
            None => report.report.unknown(name, NO_CERTIFICATE),
        }
    }
    verify_links(&mut report, &receipts);
    verify_end(&mut report, chain, &cards, &receipts)?;
    limits(&mut report);
    Ok(report)
}

/// The card's certificate with this digest, and its issuer's.
fn find<'a, 'b>(cards: &'b [Card<'a>], digest: &Digest) -> Option<&'b Card<'a>> {
    cards.iter().find(|(rc, _)| sha256(rc.encoded) == *digest)
}

fn verify_cards(report: &mut Report, cards: &[Card<'_>], roots: &Roots, today: Date) -> Result<()> {
    let points = cards.iter().map(|(rc, _)| rc.point);
    if points
        .clone()
        .zip(points.skip(1))
        .any(|(one, other)| one != other)
    {
        report.judged(
            "one card",
            deny(Reason::NotThisCard, "the certificates are of several cards"),
        );
    }
    let serial = |rc: &Certificate<'_>| card_extension(rc).map_or(0, |card| card.serial);
    let newest = cards.iter().map(|(rc, _)| serial(rc)).max();
    for (rc, irc) in cards {
        let registrar = match roots.authority_of(irc, Role::IssuerRegistrar)? {
            Some(root) => roots.registrar(root.digest()),
            None => None,
        };
        let earlier = newest != Some(serial(rc));
        let name = match earlier {
            false => format!("card {} under its issuer", rc.holder),
            true => format!("card {} under its issuer then, {}", rc.holder, irc.holder),
        };
        let Some(registrar) = registrar else {
            report.untrusted(name, !earlier && roots.has(Role::IssuerRegistrar)?);
            continue;
        };
        report.judged(
            name,
            match earlier {
                false => check_card(rc, irc, registrar, today).map(drop),
                true => check_past_card(rc, irc, registrar),
            },
        );
    }
    if cards.iter().any(|(rc, _)| newest != Some(serial(rc))) {
        report.cannot_know.push(
            "whether a certificate that was replaced was good all the time that the card had it".into(),
        );
    }
    Ok(())
}

/// Numbers without gaps, each after the one before, and counters that only rise.
fn verify_links(report: &mut ChainReport, receipts: &[Link<'_, '_>]) {
    let mut expected = 0;
    let mut before: Option<&Link<'_, '_>> = None;
    let mut carried_out = BTreeSet::new();
    for link in receipts {
        let number = link.read.receipt.number;
        let name = format!("receipt {number} after the one before");
        if number > expected {
            report.gaps.push((expected, number - 1));
            match before.map_or(Ok(()), |before| rises(link, before)) {
                Ok(()) => report.report.unknown(name, "the receipt before it is missing"),
                wrong => report.report.judged(name, wrong),
            }
        } else {
            report.report.judged(name, follows(link, before));
        }
        let request = link.read.receipt.request;
        if link.read.receipt.content.is_some() && !carried_out.insert(request) {
            report.report.judged(
                format!("receipt {number} the only one of its request"),
                deny(
                    Reason::OtherRequest,
                    format!("request {request} was carried out twice"),
                ),
            );
        }
        expected = number.saturating_add(1);
        before = Some(link);
    }
}

/// Whether there are later receipts.
fn verify_end(
    report: &mut ChainReport,
    chain: &Chain<'_>,
    cards: &[Card<'_>],
    receipts: &[Link<'_, '_>],
) -> Result<()> {
    let unknown = "whether the card wrote receipts after the last one here";
    let Some((encoded, nonce)) = chain.head else {
        report.report.cannot_know.push(format!(
            "{unknown}: only a receipt head over a nonce of the reader's shows that"
        ));
        return Ok(());
    };
    let read = ReadHead::parse(encoded)?;
    let Some((rc, _)) = find(cards, &read.head.header.certificate) else {
        report.report.unknown("receipt head by the card", NO_CERTIFICATE);
        report.report.cannot_know.push(unknown.to_owned());
        return Ok(());
    };
    let signed = read.verify(rc, &nonce);
    let good = signed.is_ok();
    report.report.judged("receipt head by the card", signed);
    if !good {
        report.report.cannot_know.push(unknown.to_owned());
        return Ok(());
    }
    let written = read.head.receipts;
    let next = receipts
        .last()
        .map_or(0, |last| last.read.receipt.number.saturating_add(1));
    let name = "nothing after the last receipt";
    if written > next {
        report.gaps.push((next, written - 1));
        report.report.add(
            name,
            Outcome::Unknown,
            Some(match receipts.len() {
                0 => format!("the card has written {written} receipts, and none is here to compare with"),
                here => format!("the card has written {written} receipts, and {here} are here"),
            }),
        );
        return Ok(());
    }
    let newest = receipts.last().map_or(NO_PREVIOUS, |last| last.digest);
    let judged = if written == next && read.head.header.previous == newest {
        Ok(())
    } else {
        deny(Reason::OtherRequest, "head and receipts are of two histories")
    };
    report.report.judged(name, judged);
    Ok(())
}

/// What the flags and gaps leave open.
fn limits(report: &mut ChainReport) {
    let mut cannot = Vec::new();
    for (first, last) in &report.gaps {
        cannot.push(if first == last {
            format!("what receipt {first} says")
        } else {
            format!("what receipts {first} to {last} say")
        });
    }
    if report.entries.iter().any(|entry| entry.repudiable) {
        cannot.push("whether the card or its issuer signed: the issuer made the card's key".into());
    }
    if report.entries.iter().any(|entry| entry.mac) {
        cannot.push(
            "whether a party authorized what the card says it did by MAC: the card could have computed it"
                .into(),
        );
    }
    report.report.cannot_know.append(&mut cannot);
}

fn entry(receipt: &Receipt) -> Entry {
    let has = |flag: u8| receipt.flags & flag != 0;
    Entry {
        number: receipt.number,
        operation: match receipt.operation {
            ReceiptOperation::Registration => "registration",
            ReceiptOperation::Storing(operation) => operation.name(),
        },
        aid: receipt.content.map(|content| Aid::to_string(&content.aid)),
        version: receipt.content.map(|content| content.version),
        mode: receipt.header.mode.code(),
        date: receipt.date.to_string(),
        repudiable: has(FLAG_KEY_MADE_BY_ISSUER),
        rescue: has(FLAG_RESCUE),
        mac: has(FLAG_MAC),
    }
}
