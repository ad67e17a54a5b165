//! Receipts and receipt heads as a party receives them: read, then judged against what it knows.
//!
//! SPEC.md section 4. What does not belong here: keeping them ([`crate::database`]).

use apdu_spec::certificate::Certificate;
use apdu_spec::date::Date;
use apdu_spec::object::{COLLECTION_PREFIX, Receipt, ReceiptHead, Signed};
use apdu_spec::reason::Reason;

use crate::crypto::{Digest, sha256, sha256_of, signed_by};
use crate::database::{Continuity, StoredReceipt};
use crate::decision::{Denial, deny};
use crate::error::{Error, Result};
use crate::evidence::{Expected, ReadRequest, check_carried_out, check_receipt};

/// What shows a card that somebody holds this receipt (F0), so that it may make room for others.
#[must_use]
pub fn held(receipt: &[u8]) -> Digest {
    sha256_of(&[COLLECTION_PREFIX, receipt])
}

/// A receipt as it was received: readable, nothing more.
#[derive(Clone, Copy, Debug)]
pub struct ReadReceipt<'a> {
    /// The signed object.
    pub signed: Signed<'a>,
    /// What it says.
    pub receipt: Receipt,
}

impl<'a> ReadReceipt<'a> {
    /// Reads a receipt, F0.
    ///
    /// # Errors
    /// [`Error::Input`].
    pub fn parse(encoded: &'a [u8]) -> Result<Self> {
        let malformed = Error::tlv("receipt");
        let signed = Signed::parse(encoded).map_err(malformed)?;
        let receipt = signed.receipt().map_err(malformed)?;
        Ok(Self { signed, receipt })
    }

    /// The receipt is signed by the card of `rc`, and says what the request asked for where one is given.
    ///
    /// # Errors
    /// The first reason why not.
    pub fn verify(
        &self,
        rc: &Certificate<'_>,
        request: Option<(&ReadRequest<'_>, &Expected)>,
        day: Date,
    ) -> std::result::Result<StoredReceipt, Denial> {
        check_receipt(&self.signed, &self.receipt, rc)?;
        if let Some((request, expected)) = request {
            check_carried_out(&self.receipt, request, expected)?;
        }
        Ok(StoredReceipt {
            card: sha256(rc.point),
            number: self.receipt.number,
            digest: sha256(self.signed.encoded),
            previous: self.receipt.header.previous,
            object: self.signed.encoded.to_vec(),
            day,
        })
    }
}

/// A receipt head as it was received: readable, nothing more.
#[derive(Clone, Copy, Debug)]
pub struct ReadHead<'a> {
    /// The signed object.
    pub signed: Signed<'a>,
    /// What it says.
    pub head: ReceiptHead,
}

impl<'a> ReadHead<'a> {
    /// Reads a receipt head, F0.
    ///
    /// # Errors
    /// [`Error::Input`].
    pub fn parse(encoded: &'a [u8]) -> Result<Self> {
        let malformed = Error::tlv("receipt head");
        let signed = Signed::parse(encoded).map_err(malformed)?;
        let head = signed.read().map_err(malformed)?;
        Ok(Self { signed, head })
    }

    /// The head is signed by the card of `rc` over the reader's own nonce: so it is new.
    ///
    /// # Errors
    /// The first reason why not.
    pub fn verify(&self, rc: &Certificate<'_>, nonce: &[u8; 16]) -> std::result::Result<(), Denial> {
        if self.head.header.certificate != sha256(rc.encoded) {
            return deny(
                Reason::NotThisCard,
                "the receipt head is not of the card with this certificate",
            );
        }
        if self.head.nonce != *nonce {
            return deny(
                Reason::OtherRequest,
                "the receipt head does not answer this nonce: it may be old",
            );
        }
        if signed_by(rc.point, &self.signed) {
            Ok(())
        } else {
            deny(Reason::BadSignature, "the receipt head is not signed by the card")
        }
    }
}

/// What a card's receipt head says, compared with the receipts that a party knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeadReport {
    /// How many receipts the card has written.
    pub receipts: u32,
    /// The card's date.
    pub date: Date,
    /// Numbers of receipts that are not known here.
    pub missing: Vec<u32>,
    /// Whether the newest receipt known is the newest of the card.
    pub newest_known: bool,
}

/// What became of a receipt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReceiptAnswer {
    /// It is good and recorded.
    Recorded {
        /// How it fits the card's earlier receipts; never [`Continuity::Contradicts`].
        continuity: Continuity,
        /// What people should know.
        warnings: Vec<String>,
    },
    /// It is not: nothing was recorded.
    Rejected(Denial),
}
