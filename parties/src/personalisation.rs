//! What an issuer makes for a card before it is registered, and forgets again: SPEC.md section 5.
//!
//! Neither is ever in a database, a log or a `Debug` output, and both are wiped when dropped. What does not belong here:
//! what the card makes for itself, which is the better choice.

use std::fmt;

use aws_lc_rs::encoding::AsBigEndian;
use aws_lc_rs::encoding::EcPrivateKeyBin;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use zeroize::Zeroizing;

use crate::crypto::{Digest, Point, random, sha256_of};
use crate::error::{Error, Result};

/// A registration key that the issuer makes for a card: its receipts are repudiable, since its issuer could have kept
/// it, and the card cannot use mode 4.
pub struct RegistrationKey {
    scalar: Zeroizing<[u8; 32]>,
    point: Point,
}

impl RegistrationKey {
    /// Makes a new key.
    ///
    /// # Errors
    /// [`Error::Cryptography`].
    pub fn generate() -> Result<Self> {
        let failed = Error::Cryptography("make a key");
        let made = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).ok();
        // The library wipes its own copies.
        let parts = made.and_then(|pair| {
            let secret: EcPrivateKeyBin<'_> = pair.private_key().as_be_bytes().ok()?;
            let mut scalar = Zeroizing::new([0; 32]);
            // A big-endian number may be shorter than its room.
            let start = scalar.len().checked_sub(secret.as_ref().len())?;
            scalar.get_mut(start..)?.copy_from_slice(secret.as_ref());
            Some((scalar, Point::try_from(pair.public_key().as_ref()).ok()?))
        });
        let (scalar, point) = parts.ok_or(failed)?;
        Ok(Self { scalar, point })
    }

    /// The public key.
    #[must_use]
    pub fn point(&self) -> &Point {
        &self.point
    }

    /// The private scalar, big-endian, for PUT DATA 0124.
    #[must_use]
    pub fn scalar(&self) -> &[u8; 32] {
        &self.scalar
    }
}

/// The public half only.
impl fmt::Debug for RegistrationKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RegistrationKey({})", hex::encode(self.point))
    }
}

/// What a card says of its holder: the issuer keeps its salted digest only, the holder whatever lets him prove it.
pub struct UserInformation {
    salt: Zeroizing<[u8; 16]>,
    text: Zeroizing<Vec<u8>>,
}

impl UserInformation {
    /// Salts this information with random bytes.
    ///
    /// # Errors
    /// [`Error::Cryptography`].
    pub fn new(text: Zeroizing<Vec<u8>>) -> Result<Self> {
        Ok(Self {
            salt: Zeroizing::new(random()?),
            text,
        })
    }

    /// SHA-256 of salt `||` information: what the card and its certificate carry.
    #[must_use]
    pub fn digest(&self) -> Digest {
        sha256_of(&[self.salt.as_slice(), &self.text])
    }

    /// The salt: for the holder alone.
    #[must_use]
    pub fn salt(&self) -> &[u8; 16] {
        &self.salt
    }

    /// The information: for the holder alone.
    #[must_use]
    pub fn text(&self) -> &[u8] {
        &self.text
    }
}

/// That it is some.
impl fmt::Debug for UserInformation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UserInformation(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use p256::elliptic_curve::sec1::ToSec1Point;

    #[test]
    fn the_scalar_belongs_to_the_point() {
        let key = RegistrationKey::generate().unwrap();
        let private = p256::SecretKey::from_slice(key.scalar()).unwrap();
        assert_eq!(
            private.public_key().to_sec1_point(false).as_bytes(),
            key.point().as_slice()
        );
        assert!(!format!("{key:?}").contains(&hex::encode(key.scalar())));
    }

    #[test]
    fn the_same_person_on_two_cards_cannot_be_recognised() {
        let person = || UserInformation::new(Zeroizing::new(b"A. N. Other".to_vec())).unwrap();
        let (one, two) = (person(), person());
        assert_ne!(one.digest(), two.digest());
        assert_eq!(one.digest(), sha256_of(&[one.salt(), one.text()]));
        let printed = format!("{one:?}");
        assert_eq!(printed, "UserInformation(..)");
    }
}
