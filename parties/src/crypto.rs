//! Hashing, verifying and random numbers, by aws-lc-rs. Signing is [`crate::signer`].

use apdu_spec::object::Signed;
use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use aws_lc_rs::{digest, signature};

use crate::error::{Error, Result};

/// A SHA-256 value.
pub type Digest = [u8; 32];
/// An uncompressed P-256 point, 04 `||` X `||` Y.
pub type Point = [u8; 65];
/// An ECDSA P-256 signature, r `||` s.
pub type Signature = [u8; 64];

/// SHA-256 of `message`.
#[must_use]
pub fn sha256(message: &[u8]) -> Digest {
    sha256_of(&[message])
}

/// SHA-256 of the pieces, one after the other.
#[must_use]
pub fn sha256_of(pieces: &[&[u8]]) -> Digest {
    let mut context = digest::Context::new(&digest::SHA256);
    pieces.iter().for_each(|piece| context.update(piece));
    let mut out = Digest::default();
    out.copy_from_slice(context.finish().as_ref());
    out
}

/// Whether `signature` is one by the owner of `point` over SHA-256 of `message`.
#[must_use]
pub fn verifies(point: &Point, message: &[u8], signature: &Signature) -> bool {
    signature::UnparsedPublicKey::new(&signature::ECDSA_P256_SHA256_FIXED, point)
        .verify(message, signature)
        .is_ok()
}

/// Whether a signed object has a signature, no MAC, and it is one by the owner of `point`.
#[must_use]
pub fn signed_by(point: &Point, signed: &Signed<'_>) -> bool {
    signed
        .proof
        .signature()
        .is_some_and(|signature| verifies(point, signed.body, signature))
}

/// Fills an array with random bytes.
///
/// # Errors
/// [`Error::Cryptography`] if the system has none.
pub fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    SystemRandom::new()
        .fill(&mut bytes)
        .map_err(|_| Error::Cryptography("make random numbers"))?;
    Ok(bytes)
}
