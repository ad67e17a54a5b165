//! GENERATE ASYMMETRIC KEY PAIR, PSO VERIFY CERTIFICATE.

use apdu_spec::certificate::CERTIFICATE;
use apdu_spec::command::{Command, KeyTemplate, read_public_key};
use apdu_spec::reference::KeyReference;
use apdu_spec::tlv::Reader;

use super::Session;
use crate::error::Result;

impl Session<'_> {
    /// Has the card make a key pair and gives the public point (04, X, Y). A key it replaces is gone.
    ///
    /// # Errors
    /// When the card refuses.
    pub fn generate_key(&mut self, reference: KeyReference) -> Result<[u8; 65]> {
        self.step(format!("make key {:02X}", reference.to_byte()));
        self.key_pair(reference, true)
    }

    /// The public point (04, X, Y) of a key on the card.
    ///
    /// # Errors
    /// 6A88 when there is no such key yet.
    pub fn public_key(&mut self, reference: KeyReference) -> Result<[u8; 65]> {
        self.step(format!("read key {:02X}", reference.to_byte()));
        self.key_pair(reference, false)
    }

    /// Shows the card a party's certificate, a complete 7F21; it is trusted until the card is reset.
    ///
    /// # Errors
    /// When the card does not accept it; the reason says why.
    pub fn verify_certificate(&mut self, certificate: &[u8]) -> Result<()> {
        self.step("show the card a certificate");
        let mut reader = Reader::new(certificate);
        let body_and_signature = reader
            .value(CERTIFICATE)
            .and_then(|value| reader.finish().map(|()| value))
            .map_err(|error| self.invalid(format!("no certificate: {error}")))?;
        self.run(&Command::VerifyCertificate { body_and_signature })
            .map(drop)
    }

    /// Has the card make a key of the selected application, and gives the public point if it is a key pair.
    ///
    /// # Errors
    /// 6A88 when there is no such key or it is for something else, 6982 when its rule forbids it.
    pub fn generate_local_key(&mut self, key: u8, template: KeyTemplate) -> Result<Option<[u8; 65]>> {
        self.step(format!("make key {key:02X}"));
        let reply = self.run(&Command::GenerateKeyPair {
            reference: KeyReference::Local(key),
            template,
            make: true,
        })?;
        if reply.is_empty() {
            return Ok(None);
        }
        read_public_key(&reply)
            .map(Some)
            .map_err(self.malformed("public key"))
    }

    /// The public point of a key pair of the selected application.
    ///
    /// # Errors
    /// 6A88 when there is no such key, it was not made yet, or it is for something else; 6982 when its rule forbids it.
    pub fn local_public_key(&mut self, key: u8, template: KeyTemplate) -> Result<[u8; 65]> {
        self.step(format!("read key {key:02X}"));
        let reply = self.run(&Command::GenerateKeyPair {
            reference: KeyReference::Local(key),
            template,
            make: false,
        })?;
        read_public_key(&reply).map_err(self.malformed("public key"))
    }

    fn key_pair(&mut self, reference: KeyReference, make: bool) -> Result<[u8; 65]> {
        let template = match reference {
            KeyReference::KeyAgreement => KeyTemplate::Agreement,
            KeyReference::Registration | KeyReference::Local(_) => KeyTemplate::Signature,
        };
        let command = Command::GenerateKeyPair {
            reference,
            template,
            make,
        };
        let reply = self.run(&command)?;
        read_public_key(&reply).map_err(self.malformed("public key"))
    }
}
