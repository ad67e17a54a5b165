//! Receipts: what the card signed about what it did. Signatures are not checked here.
//!
//! Receipts of registrations are for everybody; the others the card shows after the user PIN, to an authenticated party,
//! or to whoever can name the request.

use apdu_spec::command::Command;
use apdu_spec::data::{NEWEST_RECEIPT, RECEIPT, ReceiptOfSelector, ReceiptSelector};
use apdu_spec::limits::RECEIPTS_KEPT;
use apdu_spec::object::{Digest, Receipt, ReceiptHead, Signed};
use apdu_spec::status::Status;
use apdu_spec::tlv;

use super::Session;
use crate::error::{Error, Fault, Result};

/// Reads the receipt in a complete F0 object.
pub(super) fn read(object: &[u8]) -> tlv::Result<Receipt> {
    Signed::parse(object)?.receipt()
}

impl Session<'_> {
    /// The newest receipt, a complete F0; `None` if there is none yet.
    ///
    /// # Errors
    /// When the card refuses or answers something else.
    pub fn newest_receipt(&mut self) -> Result<Option<Vec<u8>>> {
        let object = if_any(self.data_object(NEWEST_RECEIPT))?;
        if let Some(object) = &object {
            read(object).map_err(self.malformed("receipt"))?;
        }
        Ok(object)
    }

    /// The receipt with this number, a complete F0. The card keeps the last 16.
    ///
    /// # Errors
    /// 6A88 when the card does not have it (any more), 6982 when it does not show it to us.
    pub fn receipt(&mut self, number: u32) -> Result<Vec<u8>> {
        let object = self.data_object_of(RECEIPT, &ReceiptSelector(number).to_bytes())?;
        let receipt = read(&object).map_err(self.malformed("receipt"))?;
        if receipt.number == number {
            Ok(object)
        } else {
            Err(self.fault(Fault::OutOfStep))
        }
    }

    /// The receipt about the request with this digest (SHA-256 of the SR, a complete F0), if the card still has it. Who can
    /// name the request may see its receipt.
    ///
    /// # Errors
    /// When the card refuses or answers something else.
    pub fn receipt_of(&mut self, request: &Digest) -> Result<Option<Vec<u8>>> {
        let selector = ReceiptOfSelector(*request).to_bytes();
        let Some(object) = if_any(self.data_object_of(RECEIPT, &selector))? else {
            return Ok(None);
        };
        let receipt = read(&object).map_err(self.malformed("receipt"))?;
        match receipt.content {
            Some(content) if content.storing_request == *request => Ok(Some(object)),
            _ => Err(self.fault(Fault::OutOfStep)),
        }
    }

    /// The receipts that the card still has, complete F0 objects in the order they were written: at most 16.
    ///
    /// # Errors
    /// 6982 when it does not show them to us.
    pub fn receipts(&mut self) -> Result<Vec<Vec<u8>>> {
        let Some(newest) = self.newest_receipt()? else {
            return Ok(Vec::new());
        };
        let last = read(&newest).map_err(self.malformed("receipt"))?.number;
        let mut receipts = vec![newest];
        for number in (0..last).rev().take(RECEIPTS_KEPT - 1) {
            match if_any(self.receipt(number))? {
                Some(receipt) => receipts.push(receipt),
                None => break,
            }
        }
        receipts.reverse();
        Ok(receipts)
    }

    /// Has the card say which receipt is its newest, signed over this nonce: a complete F0, for everybody.
    ///
    /// # Errors
    /// When the card refuses, or answers another nonce.
    pub fn prove_receipts(&mut self, nonce: [u8; 16]) -> Result<Vec<u8>> {
        self.step("have the card prove its newest receipt");
        let object = self.run(&Command::ProveReceipts { nonce })?;
        let head: ReceiptHead = Signed::parse(&object)
            .and_then(|signed| signed.read())
            .map_err(self.malformed("receipt head"))?;
        if head.nonce == nonce {
            Ok(object)
        } else {
            Err(self.fault(Fault::OutOfStep))
        }
    }

    /// Tells the card that all receipts up to the one with this number were collected; `held` is SHA-256 of
    /// [`COLLECTION_PREFIX`](apdu_spec::object::COLLECTION_PREFIX) and the complete F0. Gives how many
    /// still wait. They must be stored durably before: the card makes room for new ones.
    ///
    /// # Errors
    /// When the card refuses, or still counts them.
    pub fn collect_receipts(&mut self, number: u32, held: &Digest) -> Result<u8> {
        let step = self.step(format!("collect receipts up to {number}"));
        let held = *held;
        self.run(&Command::CollectReceipts { number, held })?;
        let status = self.status()?;
        let left = status.receipts_written.saturating_sub(number.saturating_add(1));
        if u32::from(status.receipts_uncollected) > left {
            return Err(Error::NotAsWritten { step, position: 0 });
        }
        Ok(status.receipts_uncollected)
    }
}

/// That the card does not have something is no error.
pub(super) fn if_any<T>(result: Result<T>) -> Result<Option<T>> {
    match result {
        Err(error) if error.status() == Some(Status::REFERENCED_DATA_NOT_FOUND) => Ok(None),
        value => value.map(Some),
    }
}
