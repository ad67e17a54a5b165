//! What is done with keys of the selected application: MANAGE SECURITY ENVIRONMENT and PERFORM SECURITY OPERATION, INTERNAL and
//! EXTERNAL AUTHENTICATE.

use apdu_spec::command::{Command, KeyName, Purpose};

use super::Session;
use crate::error::{Fault, Result};

impl Session<'_> {
    /// Signs a digest (ECDSA, r `||` s). Whether the signature is good is for the caller to check, who has the public key.
    ///
    /// # Errors
    /// 6A88 when there is no such key, it was not made yet, or does not sign; 6982 when its rule forbids it.
    pub fn sign(&mut self, key: u8, digest: &[u8; 32]) -> Result<[u8; 64]> {
        self.operate(key, Purpose::Sign, &Command::Sign { digest: Some(digest) })?
            .try_into()
            .map_err(|_| self.fault(Fault::OutOfStep))
    }

    /// The x coordinate that a key agrees on with a public key (ECDH).
    ///
    /// # Errors
    /// As [`Self::sign`]; 6A80 for a point that is not on the curve.
    pub fn agree(&mut self, key: u8, point: &[u8; 65]) -> Result<zeroize::Zeroizing<[u8; 32]>> {
        let secret = zeroize::Zeroizing::new(self.operate(key, Purpose::Agree, &Command::Agree { point })?);
        let secret = secret
            .as_slice()
            .try_into()
            .map_err(|_| self.fault(Fault::OutOfStep))?;
        Ok(zeroize::Zeroizing::new(secret))
    }

    /// Enciphers with AES-CCM: 80, the card's nonce (12), ciphertext, tag (16).
    ///
    /// # Errors
    /// As [`Self::sign`].
    pub fn encipher(&mut self, key: u8, data: &[u8]) -> Result<Vec<u8>> {
        self.operate(key, Purpose::Encipher, &Command::Encipher { data })
    }

    /// Deciphers what [`Self::encipher`] gave.
    ///
    /// # Errors
    /// As [`Self::sign`]; 6988 when it is not what the key enciphered.
    pub fn decipher(&mut self, key: u8, data: &[u8]) -> Result<zeroize::Zeroizing<Vec<u8>>> {
        self.operate(key, Purpose::Decipher, &Command::Decipher { data })
            .map(zeroize::Zeroizing::new)
    }

    /// The MAC of data: 16 bytes of AES-CMAC, 32 of HMAC.
    ///
    /// # Errors
    /// As [`Self::sign`].
    pub fn compute_mac(&mut self, key: u8, data: &[u8]) -> Result<Vec<u8>> {
        self.operate(key, Purpose::ComputeMac, &Command::ComputeMac { data })
    }

    /// Has the card check a MAC.
    ///
    /// # Errors
    /// As [`Self::sign`]; 6988 when it is wrong.
    pub fn verify_mac(&mut self, key: u8, data: &[u8], mac: &[u8]) -> Result<()> {
        self.operate(key, Purpose::VerifyMac, &Command::VerifyMac { data, mac })
            .map(drop)
    }

    /// Has the card answer a challenge with a key: a signature or MAC over
    /// [`INTERNAL_LABEL`](apdu_spec::authentication::INTERNAL_LABEL) and the challenge.
    ///
    /// # Errors
    /// As [`Self::sign`].
    pub fn authenticate_card(&mut self, key: u8, challenge: &[u8]) -> Result<Vec<u8>> {
        self.step(format!("have the card answer with key {key:02X}"));
        self.run(&Command::InternalAuthenticate {
            key: Some(key),
            challenge,
        })
    }

    /// Shows the card that the caller has a key: `answer` gives the MAC over
    /// [`EXTERNAL_LABEL`](apdu_spec::authentication::EXTERNAL_LABEL) and the card's challenge.
    ///
    /// # Errors
    /// As [`Self::sign`]; 63Cx for a wrong answer, 6983 when the key is blocked.
    pub fn authenticate_by_key(&mut self, key: u8, answer: impl FnOnce(&[u8]) -> Vec<u8>) -> Result<()> {
        let challenge = self.challenge(16)?;
        let mac = answer(&challenge);
        self.step(format!("authenticate with key {key:02X}"));
        self.run(&Command::AuthenticateByKey {
            key: Some(key),
            random: None,
            mac: &mac,
        })
        .map(drop)
    }

    /// Chooses a key and uses it.
    fn operate(&mut self, key: u8, purpose: Purpose, command: &Command<'_>) -> Result<Vec<u8>> {
        self.step(format!("use key {key:02X}"));
        self.run(&Command::SetEnvironment {
            purpose,
            key: KeyName::Local(key),
        })?;
        self.run(command)
    }
}
