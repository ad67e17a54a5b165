//! A party at work: it decides, records, and only then answers.
//!
//! What belongs here: joining the pure decisions with the database, and what follows from earlier decisions (the same
//! request gets the same answer, no request gets two). What does not: files on disk ([`crate::party`]).

mod certifier;
mod issuer;
mod known;
mod provider;
mod receipts;
mod registrar;
mod shared_key;

pub use certifier::CertifierOffice;
pub use issuer::IssuerOffice;
pub use provider::{ProviderOffice, add_package};
pub use receipts::{check_head, meet_card, record_receipt};
pub use registrar::RegistrarOffice;

use apdu_spec::date::Date;
use apdu_spec::object::{NO_PREVIOUS, Proof, Signed};
use apdu_spec::reason::Reason;

use crate::crypto::Digest;
use crate::database::{Database, GivenAuthorization, Outcome, StoredRefusal};
use crate::decision::{Decision, Denial, SignedRefusal};
use crate::error::{Error, Result};
use crate::evidence::ReadRequest;

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

/// How a party authorizes: a MAC spares the card a verification, and proves nothing to anybody else.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Manner {
    /// By signature.
    #[default]
    Signature,
    /// By a MAC under the key it shares with the card, where the card's policy allows that.
    Mac,
}

/// What people should know of an authorization that came first.
fn mac_warning(first: Option<&[u8]>) -> Option<String> {
    let signed = Signed::parse(first?).ok()?;
    matches!(signed.proof, Proof::Mac(_))
        .then(|| "the first authorization is a MAC: only the card can tell whether it is right".to_owned())
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
            "the card has receipts after {} that are not kept here, which is normal if they do not concern this party",
            newest.number
        )],
        None if previous == NO_PREVIOUS => Vec::new(),
        None => vec![
            "no receipt of this card is kept here, which is normal if none has concerned this party".into(),
        ],
    })
}
