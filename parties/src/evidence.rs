//! What a storing request stands on, checked step by step: card, issuer, request, provider, authorizations, receipt.
//!
//! SPEC.md section 4. What belongs here: checks that all parties and whoever reads an approval file have in common; each
//! is pure and says what is wrong. What does not: signing, and what a party knows besides.

mod carried_out;
mod object;
mod request;
mod slot;

pub use carried_out::{Expected, check_carried_out, check_receipt};
pub(crate) use object::check_rights;
pub use object::{Proved, Signatory, check_object, object_header};
pub use request::{card_extension, check_card, check_provider, check_request};
pub(crate) use request::{check_operation, check_owner, check_past_card, judge_card};
pub use slot::{Slot, slots};

use apdu_spec::certificate::Certificate;
use apdu_spec::object::{COMPARISON_PREFIX, Signed, StoringRequest, comparison_code};

use crate::crypto::{Digest, sha256, sha256_of};
use crate::decision::Denial;
use crate::error::{Error, Result};

type Check<T = ()> = std::result::Result<T, Denial>;

/// The comparison code of a storing request (F0), `XXXX-XXXX`.
#[must_use]
pub fn comparison(request: &[u8]) -> String {
    let code = comparison_code(&sha256_of(&[COMPARISON_PREFIX, request]));
    code.iter().copied().map(char::from).collect()
}

/// What a storing request comes with, all of it complete objects as they were received.
#[derive(Clone, Copy, Debug)]
pub struct Evidence<'a> {
    /// SR, F0.
    pub request: &'a [u8],
    /// RC, 7F21.
    pub card_certificate: &'a [u8],
    /// IRC, 7F21.
    pub issuer_certificate: &'a [u8],
    /// DPR, 7F21, where known.
    pub provider_certificate: Option<&'a [u8]>,
    /// SAR, F0, where somebody signed first.
    pub first: Option<&'a [u8]>,
}

/// The same, read: nothing is known of it yet but that it can be read.
pub(crate) struct ReadEvidence<'a> {
    pub(crate) read: ReadRequest<'a>,
    pub(crate) rc: Certificate<'a>,
    pub(crate) irc: Certificate<'a>,
    pub(crate) dpr: Option<Certificate<'a>>,
    pub(crate) first: Option<Signed<'a>>,
}

impl<'a> ReadEvidence<'a> {
    pub(crate) fn parse(evidence: &Evidence<'a>) -> Result<Self> {
        let certificate = |name, encoded| Certificate::parse(encoded).map_err(Error::tlv(name));
        Ok(Self {
            read: ReadRequest::parse(evidence.request)?,
            rc: certificate("card's certificate", evidence.card_certificate)?,
            irc: certificate("issuer's certificate", evidence.issuer_certificate)?,
            dpr: evidence
                .provider_certificate
                .map(|dpr| certificate("provider's certificate", dpr))
                .transpose()?,
            first: evidence
                .first
                .map(|first| Signed::parse(first).map_err(Error::tlv("first authorization")))
                .transpose()?,
        })
    }
}

/// A storing request as it was received: readable, nothing more.
#[derive(Clone, Copy, Debug)]
pub struct ReadRequest<'a> {
    /// The signed object.
    pub signed: Signed<'a>,
    /// What it says.
    pub request: StoringRequest,
    /// SHA-256 of it.
    pub digest: Digest,
}

impl<'a> ReadRequest<'a> {
    /// Reads an SR, F0.
    ///
    /// # Errors
    /// [`Error::Input`].
    pub fn parse(encoded: &'a [u8]) -> Result<Self> {
        let malformed = Error::tlv("storing request");
        let signed = Signed::parse(encoded).map_err(malformed)?;
        let request = signed.storing_request().map_err(malformed)?;
        Ok(Self {
            signed,
            request,
            digest: sha256(encoded),
        })
    }
}
