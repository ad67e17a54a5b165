//! The cryptography a card needs, as a contract for back ends.
//!
//! Points are 65 bytes (04 || X || Y), scalars and digests 32, signatures 64 (r || s), all big-endian (SEC 1).

use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// A P-256 private key. Cleared when dropped, never shown.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct PrivateKey(pub [u8; 32]);

/// The operation failed: a key out of range, a point not on the curve, a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CryptoError;

/// SHA-256, piece by piece.
pub trait Hash {
    /// Takes more input.
    fn update(&mut self, data: &[u8]);
    /// The digest of everything taken.
    fn finish(self) -> [u8; 32];
}

/// A cryptographic back end. Operations on secrets take time that does not depend on them.
pub trait Crypto {
    /// A running SHA-256.
    type Hash: Hash;

    /// Starts a SHA-256.
    fn sha256(&self) -> Self::Hash;

    /// The public point of a private key.
    ///
    /// # Errors
    /// [`CryptoError`] unless 0 < key < n.
    fn p256_public(&self, key: &PrivateKey) -> Result<[u8; 65], CryptoError>;

    /// Signs a digest (ECDSA, nonce by RFC 6979).
    ///
    /// # Errors
    /// [`CryptoError`] unless 0 < key < n.
    fn p256_sign(&self, key: &PrivateKey, digest: &[u8; 32]) -> Result<[u8; 64], CryptoError>;

    /// Checks a signature over a digest.
    ///
    /// # Errors
    /// [`CryptoError`] if the point is not on the curve or the signature is not of this digest by this key.
    fn p256_verify(
        &self,
        point: &[u8; 65],
        digest: &[u8; 32],
        signature: &[u8; 64],
    ) -> Result<(), CryptoError>;

    /// The x coordinate of key times point: what two parties agree on (ECDH, NIST SP 800-56A, 5.7.1.2).
    ///
    /// # Errors
    /// [`CryptoError`] if the point is not on the curve, or unless 0 < key < n.
    fn p256_agree(&self, key: &PrivateKey, point: &[u8; 65]) -> Result<Zeroizing<[u8; 32]>, CryptoError>;

    /// The AES-CMAC (NIST SP 800-38B) of the concatenation of `parts` under a key of 16 or 32 bytes.
    ///
    /// # Errors
    /// [`CryptoError`] for a key of another length.
    fn aes_cmac(&self, key: &[u8], parts: &[&[u8]]) -> Result<[u8; 16], CryptoError>;

    /// Whether this is the AES-128-CMAC of a message; time does not depend on where it differs.
    fn aes_cmac_verify(&self, key: &[u8; 16], message: &[u8], mac: &[u8; 16]) -> bool {
        self.aes_cmac(key, &[message])
            .is_ok_and(|right| right.ct_eq(mac).into())
    }

    /// The HMAC with SHA-256 (FIPS 198-1) of the concatenation of `parts`.
    fn hmac_sha256(&self, key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32];

    /// Enciphers in place with AES-CCM (NIST SP 800-38C) under a key of 16 or 32 bytes, without associated data, and gives the tag.
    ///
    /// # Errors
    /// [`CryptoError`] for a key of another length, or data of 16 MiB or more.
    fn aes_ccm_seal(&self, key: &[u8], nonce: &[u8; 12], data: &mut [u8]) -> Result<[u8; 16], CryptoError>;

    /// Deciphers in place what [`Self::aes_ccm_seal`] gave.
    ///
    /// # Errors
    /// [`CryptoError`] if any bit of it is wrong; `data` is zeros then.
    fn aes_ccm_open(
        &self,
        key: &[u8],
        nonce: &[u8; 12],
        data: &mut [u8],
        tag: &[u8; 16],
    ) -> Result<(), CryptoError>;

    /// Enciphers or deciphers with AES-128 in counter mode from this counter block on (NIST SP 800-38A), in place.
    fn aes_ctr(&self, key: &[u8; 16], counter: &[u8; 16], data: &mut [u8]);

    /// SHA-256 of the concatenation of `parts`.
    fn digest(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut hash = self.sha256();
        parts.iter().for_each(|part| hash.update(part));
        hash.finish()
    }
}
