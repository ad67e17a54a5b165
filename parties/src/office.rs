//! A party at work: it decides, records, and only then answers.
//!
//! What belongs here: joining the pure decisions with the database, and what follows from earlier decisions (the same
//! request gets the same answer, no request gets two). What does not: files on disk ([`crate::party`]).

mod issuer;
mod provider;
mod registrar;

pub use issuer::IssuerOffice;
pub use provider::{ProviderOffice, add_package};
pub use registrar::RegistrarOffice;

use apdu_spec::certificate::Certificate;
use apdu_spec::date::Date;
use apdu_spec::object::{FIRST_AUTHORIZATION, NO_PREVIOUS, Signed};
use apdu_spec::reason::Reason;

use crate::crypto::Digest;
use crate::database::{Continuity, Database, GivenAuthorization, Outcome, StoredRefusal};
use crate::decision::{Decision, Denial, SignedRefusal};
use crate::error::{Error, Result};
use crate::evidence::ReadRequest;
use crate::receipt::{ReadReceipt, ReceiptAnswer};

/// A decision that is durable, and what people should know about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// What leaves the party.
    pub decision: Decision,
    /// Whether it is an earlier answer to the same request.
    pub repeated: bool,
    /// What people should know.
    pub warnings: Vec<String>,
}

impl Answer {
    fn new(decision: Decision, warnings: Vec<String>) -> Self {
        Self {
            decision,
            repeated: false,
            warnings,
        }
    }
}

fn keep_refusal(database: &Database, refusal: &SignedRefusal, day: Date) -> Result<()> {
    database.record_refusals(&[StoredRefusal {
        refused: refusal.refused,
        reason: refusal.reason,
        text: refusal.text.clone(),
        object: refusal.object.clone(),
        day,
    }])
}

/// What was decided before about a request number of a card.
enum Before {
    Nothing,
    Same(Vec<u8>),
    Other(Denial),
}

fn other_request(number: u32) -> Denial {
    Denial::new(
        Reason::OtherRequest,
        format!("request {number} of this card was authorized as another one"),
    )
}

fn before(database: &Database, read: &ReadRequest<'_>, basis: &Digest) -> Result<Before> {
    let number = read.request.number;
    Ok(match database.authorization(&read.request.card, number)? {
        None => Before::Nothing,
        Some(given) if given.request_digest == read.digest && given.basis == *basis => {
            Before::Same(given.object)
        }
        Some(_) => Before::Other(other_request(number)),
    })
}

/// Makes an authorization durable. Another process may have been faster: then its object is the answer, or, if it
/// authorized another request with this number, a denial.
fn keep_authorization(
    database: &Database,
    read: &ReadRequest<'_>,
    basis: Digest,
    object: Vec<u8>,
    day: Date,
) -> Result<std::result::Result<(Vec<u8>, bool), Denial>> {
    let record = GivenAuthorization {
        card: read.request.card,
        number: read.request.number,
        request_digest: read.digest,
        basis,
        request: read.signed.encoded.to_vec(),
        object,
        day,
    };
    let outcome = database
        .record_authorizations(std::slice::from_ref(&record))?
        .pop();
    match outcome {
        Some(Outcome::Recorded) => Ok(Ok((record.object, false))),
        Some(Outcome::Before(object)) => Ok(Ok((object, true))),
        Some(Outcome::Taken(_)) => Ok(Err(other_request(read.request.number))),
        None => Err(Error::Unfit("the database recorded nothing".into())),
    }
}

/// What a request says of the card's newest receipt, compared with what is known.
fn receipt_warnings(database: &Database, read: &ReadRequest<'_>) -> Result<Vec<String>> {
    let previous = read.request.header.previous;
    let known = database.receipts(&read.request.card)?;
    let newest = known.last();
    Ok(match newest {
        Some(newest) if newest.digest == previous => Vec::new(),
        Some(newest) if known.iter().any(|receipt| receipt.digest == previous) => {
            vec![format!(
                "the card's newest receipt is older than receipt {}, which is known here",
                newest.number
            )]
        }
        Some(newest) => vec![format!(
            "the card has receipts after {} that are not known here",
            newest.number
        )],
        None if previous == NO_PREVIOUS => Vec::new(),
        None => vec!["no receipt of this card is known here".into()],
    })
}

/// Verifies a receipt of a known card and records it; needs no key.
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
    if given.is_none() && read.receipt.content.is_some() {
        warnings.push(format!(
            "request {} was not authorized here",
            read.receipt.request
        ));
    }
    let request = given
        .as_ref()
        .map(|given| ReadRequest::parse(&given.request))
        .transpose()?;
    let authorizers = given
        .as_ref()
        .map(|given| authorizer(&given.object))
        .transpose()?;
    let verified = read.verify(
        &rc,
        request.as_ref().map(|read| &read.request),
        authorizers.as_slice(),
        today,
    );
    let record = match verified {
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
            "receipt {} is missing before it",
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
    let header = match signed.tag {
        FIRST_AUTHORIZATION => signed.first_authorization().map_err(malformed)?.header,
        _ => signed.second_authorization().map_err(malformed)?.header,
    };
    Ok(header.certificate)
}
