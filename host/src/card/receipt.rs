//! Receipts: what the card signed about what it did. Signatures are not checked here.

use apdu_spec::data::{NEWEST_RECEIPT, RECEIPT, ReceiptSelector};
use apdu_spec::limits::RECEIPTS_KEPT;
use apdu_spec::object::{Receipt, Signed};
use apdu_spec::status::Status;
use apdu_spec::tlv;

use super::Session;
use crate::error::{Fault, Result};

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
        let object = match self.data_object(NEWEST_RECEIPT) {
            Err(error) if error.status() == Some(Status::REFERENCED_DATA_NOT_FOUND) => return Ok(None),
            object => object?,
        };
        read(&object).map_err(self.malformed("receipt"))?;
        Ok(Some(object))
    }

    /// The receipt with this number, a complete F0. The card keeps the last 16.
    ///
    /// # Errors
    /// 6A88 when the card does not have it (any more).
    pub fn receipt(&mut self, number: u32) -> Result<Vec<u8>> {
        let object = self.data_object_of(RECEIPT, &ReceiptSelector(number).to_bytes())?;
        let receipt = read(&object).map_err(self.malformed("receipt"))?;
        if receipt.number == number {
            Ok(object)
        } else {
            Err(self.fault(Fault::OutOfStep))
        }
    }

    /// The receipt about a request that is done, if the card still has it, newest first.
    ///
    /// # Errors
    /// As [`Self::receipt`].
    pub fn receipt_of_request(&mut self, request: u32) -> Result<Option<Vec<u8>>> {
        let mut next = self.newest_receipt()?;
        for _ in 0..RECEIPTS_KEPT {
            let Some(object) = next else { break };
            let receipt = read(&object).map_err(self.malformed("receipt"))?;
            if receipt.request == request && receipt.content.is_some() {
                return Ok(Some(object));
            }
            let Some(before) = receipt.number.checked_sub(1) else {
                break;
            };
            next = match self.receipt(before) {
                Err(error) if error.status() == Some(Status::REFERENCED_DATA_NOT_FOUND) => None,
                object => Some(object?),
            };
        }
        Ok(None)
    }
}
