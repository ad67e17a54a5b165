//! Receipts that reach a party; none of this needs a key.

use std::collections::BTreeSet;

use apdu_spec::certificate::{Certificate, Role};
use apdu_spec::date::Date;
use apdu_spec::object::{Mode, NO_PREVIOUS, Signed};
use apdu_spec::reason::Reason;

use crate::certificate::Roots;
use crate::crypto::{Digest, sha256};
use crate::database::{CardRecord, Continuity, Database};
use crate::decision::Denial;
use crate::error::{Error, Result};
use crate::evidence::{Expected, ReadRequest, card_extension, check_card, object_header};
use crate::receipt::{HeadReport, ReadHead, ReadReceipt, ReceiptAnswer};

/// Most missing receipts that are named one by one: a card keeps sixteen.
const MISSING_MAX: usize = 64;

/// Makes a card known by which a party was never asked, since what it took was certified for every card: its receipts can be
/// recorded then. The card's certificates are checked under the registrars that the party trusts.
///
/// # Errors
/// [`Error::Denied`] if they are not good; [`Error::Input`] for what cannot be read; [`Error::Database`].
pub fn meet_card(database: &Database, rc: &[u8], irc: &[u8], roots: &Roots, today: Date) -> Result<()> {
    if database.card_certificate(&sha256(rc))?.is_some() {
        return Ok(());
    }
    let card = Certificate::parse(rc).map_err(Error::tlv("card's certificate"))?;
    let issuer = Certificate::parse(irc).map_err(Error::tlv("issuer's certificate"))?;
    let root = roots.authority_of(&issuer, Role::IssuerRegistrar)?;
    let registrar = root.and_then(|root| roots.registrar(root.digest()));
    let registrar = registrar.ok_or_else(|| {
        let text = "the card's issuer is certified by a registrar that is not trusted here";
        Error::Denied(Denial::new(Reason::UnknownAuthority, text))
    })?;
    check_card(&card, &issuer, registrar, today).map_err(Error::Denied)?;
    remember(database, rc, irc, today)
}

/// Keeps a verified card's certificates, by which its receipts will be verified.
pub(super) fn remember(database: &Database, rc: &[u8], irc: &[u8], today: Date) -> Result<()> {
    let view = Certificate::parse(rc).map_err(Error::tlv("card's certificate"))?;
    let card = card_extension(&view).map_err(|denial| Error::Unfit(denial.to_string()))?;
    let record = CardRecord {
        card: sha256(view.point),
        serial: card.serial,
        request: [0; 32],
        grant: [0; 32],
        certificate: rc.to_vec(),
        issuer_certificate: irc.to_vec(),
        day: today,
    };
    database.record_cards(&[record]).map(|_| ())
}

/// Verifies a receipt of a known card and records it.
///
/// # Errors
/// [`Error::Input`] for what cannot be read; [`Error::Database`].
pub fn record_receipt(database: &Database, encoded: &[u8], today: Date) -> Result<ReceiptAnswer> {
    let read = ReadReceipt::parse(encoded)?;
    let Some(card) = database.card_certificate(&read.receipt.header.certificate)? else {
        let denial = Denial::new(
            Reason::NotThisCard,
            "the receipt is of a card that is not known here",
        );
        return Ok(ReceiptAnswer::Rejected(denial));
    };
    let rc = Certificate::parse(&card.certificate).map_err(Error::tlv("stored card certificate"))?;
    let mut warnings = Vec::new();
    let given = match read.receipt.content {
        Some(_) => database.authorization(&card.card, read.receipt.request)?,
        None => None,
    };
    // What was certified for every card is stored without asking anybody.
    let certified = matches!(
        read.receipt.header.mode,
        Mode::CertifiedData | Mode::RegistrarCertified
    );
    if given.is_none() && read.receipt.content.is_some() && !certified {
        warnings.push(format!(
            "request {} was not authorized here",
            read.receipt.request
        ));
    }
    let asked = match &given {
        Some(given) => Some((
            ReadRequest::parse(&given.request)?,
            Expected::Among(vec![authorizer(&given.object)?]),
        )),
        None => None,
    };
    let asked = asked.as_ref().map(|(request, expected)| (request, expected));
    let record = match read.verify(&rc, asked, today) {
        Ok(record) => record,
        Err(denial) => return Ok(ReceiptAnswer::Rejected(denial)),
    };
    let continuity = database
        .record_receipts(&[(record, read.receipt)])?
        .pop()
        .unwrap_or(Continuity::Known);
    match continuity {
        Continuity::Contradicts(number) => {
            let text = format!("the card signed two histories: it contradicts receipt {number}");
            return Ok(ReceiptAnswer::Rejected(Denial::new(Reason::OtherRequest, text)));
        }
        Continuity::Gap => warnings.push(format!(
            "receipt {}, the one before it, is not kept here, which is normal if it does not concern this party: a card \
             tells each party only what does",
            read.receipt.number.saturating_sub(1)
        )),
        Continuity::Known | Continuity::Follows => {}
    }
    Ok(ReceiptAnswer::Recorded { continuity, warnings })
}

/// The certificate under which an authorization was given.
fn authorizer(object: &[u8]) -> Result<Digest> {
    let malformed = Error::tlv("stored authorization");
    let signed = Signed::parse(object).map_err(malformed)?;
    Ok(object_header(&signed).map_err(malformed)?.certificate)
}

/// Compares what a card says of its newest receipt, over the caller's own nonce, with the receipts known here.
///
/// # Errors
/// [`Error::Denied`] if the head is not the card's, not over this nonce, or of another history than the receipts known;
/// [`Error::Input`] for what cannot be read; [`Error::Database`].
pub fn check_head(database: &Database, encoded: &[u8], nonce: &[u8; 16]) -> Result<HeadReport> {
    let read = ReadHead::parse(encoded)?;
    let denied = |reason, text: &str| Err(Error::Denied(Denial::new(reason, text)));
    let Some(card) = database.card_certificate(&read.head.header.certificate)? else {
        return denied(
            Reason::NotThisCard,
            "the receipt head is of a card that is not known here",
        );
    };
    let rc = Certificate::parse(&card.certificate).map_err(Error::tlv("stored card certificate"))?;
    read.verify(&rc, nonce).map_err(Error::Denied)?;
    let known = database.receipts(&card.card)?;
    let numbers: BTreeSet<u32> = known.iter().map(|receipt| receipt.number).collect();
    let written = read.head.receipts;
    let newest = known
        .iter()
        .find(|receipt| written.checked_sub(1) == Some(receipt.number));
    let newest_known = match newest {
        Some(newest) => newest.digest == read.head.header.previous,
        None => written == 0 && read.head.header.previous == NO_PREVIOUS,
    };
    let later = numbers.iter().next_back().is_some_and(|last| *last >= written);
    if later || (newest.is_some() && !newest_known) {
        return denied(
            Reason::OtherRequest,
            "the card signed two histories: its head contradicts a receipt known here",
        );
    }
    Ok(HeadReport {
        receipts: written,
        date: read.head.date,
        missing: (0..written)
            .rev()
            .filter(|number| !numbers.contains(number))
            .take(MISSING_MAX)
            .collect(),
        newest_known,
    })
}
