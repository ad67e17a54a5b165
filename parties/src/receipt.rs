//! Receipts as a party receives them: read, then judged against what it knows.
//!
//! SPEC.md section 4. What does not belong here: keeping them ([`crate::database`]).

use apdu_spec::certificate::Certificate;
use apdu_spec::date::Date;
use apdu_spec::object::{Receipt, Signed, StoringRequest};

use crate::crypto::{Digest, sha256};
use crate::database::{Continuity, StoredReceipt};
use crate::decision::Denial;
use crate::error::{Error, Result};
use crate::evidence::{check_carried_out, check_receipt};

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

    /// The receipt is signed by the card of `rc`, and says what `request` asked for where one is given.
    ///
    /// # Errors
    /// The first reason why not.
    pub fn verify(
        &self,
        rc: &Certificate<'_>,
        request: Option<&StoringRequest>,
        authorizers: &[Digest],
        day: Date,
    ) -> std::result::Result<StoredReceipt, Denial> {
        check_receipt(&self.signed, &self.receipt, rc)?;
        if let Some(request) = request {
            check_carried_out(&self.receipt, request, authorizers)?;
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
