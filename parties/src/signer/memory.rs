//! A key that lives in this process only: for tests, benchmarks and demonstrations.

use std::fmt;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use zeroize::Zeroizing;

use crate::crypto::{Point, Signature};
use crate::error::{Error, Result};

use super::Signer;

/// A P-256 key pair in memory.
pub struct MemorySigner {
    key: EcdsaKeyPair,
    point: Point,
}

impl MemorySigner {
    /// Makes a new key.
    ///
    /// # Errors
    /// [`Error::Cryptography`].
    pub fn generate() -> Result<Self> {
        EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)
            .map_err(|_| Error::Cryptography("make a key"))
            .and_then(Self::from_key)
    }

    /// Takes a PKCS#8 `PrivateKeyInfo` in DER.
    ///
    /// # Errors
    /// [`Error::Cryptography`] if it is no valid P-256 key.
    pub(crate) fn from_pkcs8(der: &[u8]) -> Result<Self> {
        EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der)
            .map_err(|_| Error::Cryptography("read a P-256 key"))
            .and_then(Self::from_key)
    }

    /// The key as a PKCS#8 `PrivateKeyInfo` in DER.
    pub(crate) fn to_pkcs8(&self) -> Result<Zeroizing<Vec<u8>>> {
        let document = self
            .key
            .to_pkcs8v1()
            .map_err(|_| Error::Cryptography("export a key"))?;
        Ok(Zeroizing::new(document.as_ref().to_vec()))
    }

    fn from_key(key: EcdsaKeyPair) -> Result<Self> {
        let point = Point::try_from(key.public_key().as_ref())
            .map_err(|_| Error::Cryptography("give an uncompressed point"))?;
        Ok(Self { key, point })
    }
}

impl Signer for MemorySigner {
    fn point(&self) -> &Point {
        &self.point
    }

    fn sign(&self, message: &[u8]) -> Result<Signature> {
        let signature = self
            .key
            .sign(&SystemRandom::new(), message)
            .map_err(|_| Error::Cryptography("sign"))?;
        Signature::try_from(signature.as_ref())
            .map_err(|_| Error::Cryptography("give a signature of 64 bytes"))
    }
}

/// The public half only.
impl fmt::Debug for MemorySigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MemorySigner({})", hex::encode(self.point))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::verifies;

    #[test]
    fn a_signature_is_good_for_its_message_and_key_only() {
        let (signer, other) = (
            MemorySigner::generate().unwrap(),
            MemorySigner::generate().unwrap(),
        );
        let signature = signer.sign(b"message").unwrap();
        assert!(verifies(signer.point(), b"message", &signature));
        assert!(!verifies(signer.point(), b"messagf", &signature));
        assert!(!verifies(other.point(), b"message", &signature));
        for bit in 0..512 {
            let mut flipped = signature;
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(!verifies(signer.point(), b"message", &flipped), "bit {bit}");
        }
    }
}
