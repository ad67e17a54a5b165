//! Where a party's private key is, and how it signs.
//!
//! What belongs here: signing with ECDSA P-256 over SHA-256. What does not: what is signed, or whether it should be.

mod encrypted;
pub mod key_file;
pub mod memory;
pub mod secret_file;

pub use encrypted::WorkFactor;
pub use key_file::EncryptedKeyFile;
pub use memory::MemorySigner;

use std::fmt;
use std::sync::Arc;

use zeroize::Zeroizing;

use crate::crypto::{Point, Signature};
use crate::error::Result;

/// Signs with one private P-256 key.
pub trait Signer: Send + Sync {
    /// The public key, as an uncompressed point.
    fn point(&self) -> &Point;

    /// An ECDSA signature, r `||` s, over SHA-256 of `message`.
    ///
    /// # Errors
    /// [`crate::Error::Cryptography`] when the key's keeper fails.
    fn sign(&self, message: &[u8]) -> Result<Signature>;
}

impl<S: Signer + ?Sized> Signer for Box<S> {
    fn point(&self) -> &Point {
        (**self).point()
    }

    fn sign(&self, message: &[u8]) -> Result<Signature> {
        (**self).sign(message)
    }
}

impl<S: Signer + ?Sized> Signer for &S {
    fn point(&self) -> &Point {
        (**self).point()
    }

    fn sign(&self, message: &[u8]) -> Result<Signature> {
        (**self).sign(message)
    }
}

impl<S: Signer + ?Sized> Signer for Arc<S> {
    fn point(&self) -> &Point {
        (**self).point()
    }

    fn sign(&self, message: &[u8]) -> Result<Signature> {
        (**self).sign(message)
    }
}

/// What opens a key file. Wiped when dropped, never printed.
#[derive(Clone)]
pub struct Passphrase(Zeroizing<String>);

impl Passphrase {
    /// Takes the passphrase as typed.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passphrase(..)")
    }
}
