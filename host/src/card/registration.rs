//! Registration: SPEC.md section 6.

use apdu_spec::certificate::CertificateRequest;
use apdu_spec::command::Command;
use apdu_spec::object::ReceiptOperation;

use super::{Session, receipt};
use crate::error::{Fault, Result};

impl Session<'_> {
    /// The card's registration request (RI), a complete 7F21 that answers this nonce. Its signature is not checked here.
    ///
    /// # Errors
    /// When the card refuses, or answers another nonce.
    pub fn request_registration(&mut self, nonce: [u8; 16]) -> Result<Vec<u8>> {
        self.step("request registration");
        let reply = self.run(&Command::RequestRegistration { nonce })?;
        let request = CertificateRequest::parse(&reply).map_err(self.malformed("registration request"))?;
        let answered = request.card.map(|card| *card.nonce);
        if answered == Some(nonce) {
            Ok(reply)
        } else {
            Err(self.fault(Fault::OutOfStep))
        }
    }

    /// Registers the card with its RC, a complete 7F21, after its issuer's IRC was shown. Gives the receipt, a complete F0,
    /// whose signature is not checked here. A later RC of the same issuer needs the holder's consent where it permits more;
    /// an RC of another issuer always, and the present issuer's release, a complete F0, unless a successor takes over.
    ///
    /// # Errors
    /// When the card refuses; the reason says why.
    pub fn register(&mut self, certificate: &[u8], release: Option<&[u8]>) -> Result<Vec<u8>> {
        self.step("register the card");
        let reply = self.run(&Command::Register { certificate, release })?;
        let receipt = receipt::read(&reply).map_err(self.malformed("receipt"))?;
        if receipt.operation == ReceiptOperation::Registration {
            Ok(reply)
        } else {
            Err(self.fault(Fault::OutOfStep))
        }
    }
}
