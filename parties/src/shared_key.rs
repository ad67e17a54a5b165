//! Keys that a party shares with one card each, for authorizations by MAC.
//!
//! SPEC.md section 4.2. What belongs here: deriving a card's key from the party's own, sealing it for the card, and
//! computing MACs. What does not: signing the object that carries it ([`crate::issuer`], [`crate::provider`]), and
//! files ([`crate::signer`]).

use std::fmt;

use apdu_spec::object::{Mac, SHARED_KEY_LABEL};
use aws_lc_rs::agreement::{ECDH_P256, PrivateKey, UnparsedPublicKey, agree};
use aws_lc_rs::cmac;
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Salt};
use zeroize::Zeroizing;

use crate::crypto::{Digest, Point, random, sha256_of};
use crate::error::{Error, Result};

/// What stands in the derivation of a card's key: design of wire 0.2.
const CARD_KEY_LABEL: &[u8] = b"symbolon card key 1";
/// Number of the only block that the key derivation of a seal gives (NIST SP 800-56C, one-step).
const FIRST_BLOCK: [u8; 4] = [0, 0, 0, 1];

/// A party's own key, from which it derives one for each card. Wiped when dropped, never printed.
pub struct MasterKey(Zeroizing<[u8; 32]>);

impl MasterKey {
    /// Length, in bytes.
    pub const LENGTH: usize = 32;

    /// Makes a new key.
    ///
    /// # Errors
    /// [`Error::Cryptography`].
    pub fn generate() -> Result<Self> {
        random().map(|key| Self(Zeroizing::new(key)))
    }

    /// Takes a key as it was kept.
    #[must_use]
    pub fn from_bytes(bytes: Zeroizing<[u8; 32]>) -> Self {
        Self(bytes)
    }

    pub(crate) fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The key that this party shares with `card`, in this version: HKDF-SHA256 (RFC 5869) without salt, over
    /// "symbolon card key 1" `||` card digest `||` version.
    ///
    /// # Errors
    /// [`Error::Cryptography`].
    pub fn card_key(&self, card: &Digest, version: u32) -> Result<CardKey> {
        let failed = |_| Error::Cryptography("derive a key");
        let version = version.to_be_bytes();
        let information = [CARD_KEY_LABEL, card, &version];
        let mut key = Zeroizing::new([0; CardKey::LENGTH]);
        Salt::new(HKDF_SHA256, &[])
            .extract(self.0.as_slice())
            .expand(&information, CardKeyLength)
            .and_then(|derived| derived.fill(key.as_mut_slice()))
            .map_err(failed)?;
        Ok(CardKey(key))
    }
}

/// That it is one.
impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey(..)")
    }
}

struct CardKeyLength;

impl KeyType for CardKeyLength {
    fn len(&self) -> usize {
        CardKey::LENGTH
    }
}

/// The AES-128 key that a party shares with one card. Wiped when dropped, never printed.
#[derive(Clone)]
pub struct CardKey(Zeroizing<[u8; 16]>);

impl CardKey {
    /// Length, in bytes.
    pub const LENGTH: usize = 16;

    /// Takes a key as it is: for tests, and for parties whose keys come from elsewhere.
    #[must_use]
    pub fn from_bytes(bytes: Zeroizing<[u8; 16]>) -> Self {
        Self(bytes)
    }

    /// AES-128-CMAC (NIST SP 800-38B, RFC 4493) over a complete body.
    ///
    /// # Errors
    /// [`Error::Cryptography`].
    pub fn mac(&self, body: &[u8]) -> Result<Mac> {
        let failed = Error::Cryptography("compute a MAC");
        let tag = cmac::Key::new(cmac::AES_128, self.0.as_slice()).and_then(|key| cmac::sign(&key, body));
        match tag.ok().and_then(|tag| Mac::try_from(tag.as_ref()).ok()) {
            Some(mac) => Ok(mac),
            None => Err(failed),
        }
    }
}

/// That it is one.
impl fmt::Debug for CardKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CardKey(..)")
    }
}

/// A card's key as it travels: only the card can open it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sealed {
    /// The point made for this object alone.
    pub ephemeral: Point,
    /// The key, exclusive-or the pad.
    pub sealed: [u8; 16],
}

/// Seals a key for the card with this key-agreement key.
///
/// Z = x of ECDH(ephemeral, `key_agreement`); pad = the first 16 bytes of SHA-256(Z `||` 00000001 `||` "symbolon shared
/// key 1" `||` card digest `||` ephemeral point `||` version). The ephemeral key is used once, so the pad is too.
///
/// # Errors
/// [`Error::Unfit`] for a point that is not on the curve; [`Error::Cryptography`].
pub fn seal(key: &CardKey, card: &Digest, version: u32, key_agreement: &Point) -> Result<Sealed> {
    let private = PrivateKey::generate(&ECDH_P256).map_err(|_| Error::Cryptography("make a key"))?;
    let ephemeral = private
        .compute_public_key()
        .ok()
        .and_then(|point| Point::try_from(point.as_ref()).ok())
        .ok_or(Error::Cryptography("give an uncompressed point"))?;
    let off_curve = Error::Unfit("the card's key-agreement key is no point of the curve".into());
    let peer = UnparsedPublicKey::new(&ECDH_P256, key_agreement);
    let pad = agree(&private, peer, off_curve, |shared| {
        let version = version.to_be_bytes();
        let pieces = [shared, &FIRST_BLOCK, SHARED_KEY_LABEL, card, &ephemeral, &version];
        Ok(Zeroizing::new(sha256_of(&pieces)))
    })?;
    let mut sealed = [0; CardKey::LENGTH];
    for (out, (key, pad)) in sealed.iter_mut().zip(key.0.iter().zip(pad.iter())) {
        *out = key ^ pad;
    }
    Ok(Sealed { ephemeral, sealed })
}

#[cfg(test)]
mod tests {
    use super::*;
    use p256::elliptic_curve::sec1::ToSec1Point;
    use sha2::{Digest as _, Sha256};

    fn key(text: &str) -> Zeroizing<[u8; 16]> {
        Zeroizing::new(hex::decode(text).unwrap().try_into().unwrap())
    }

    /// RFC 4493, section 4: a MAC that another implementation cannot check would be worth nothing.
    #[test]
    fn macs_are_those_of_rfc_4493() {
        let card = CardKey::from_bytes(key("2b7e151628aed2a6abf7158809cf4f3c"));
        let message =
            hex::decode("6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51").unwrap();
        for (length, mac) in [
            (0, "bb1d6929e95937287fa37d129b756746"),
            (16, "070a16b46b4d4144f79bdd9dd04a287c"),
        ] {
            assert_eq!(hex::encode(card.mac(&message[..length]).unwrap()), mac);
        }
    }

    /// RFC 5869 by hand, with HMAC from its definition: the card's key must be the same in every program.
    #[test]
    fn a_cards_key_is_hkdf_of_the_master_key() {
        fn hmac(key: &[u8], message: &[u8]) -> [u8; 32] {
            let pad = |byte: u8| -> Vec<u8> {
                let mut block = [0; 64];
                block[..key.len()].copy_from_slice(key);
                block.iter().map(|key| key ^ byte).collect()
            };
            let inner = Sha256::digest([pad(0x36), message.to_vec()].concat());
            Sha256::digest([pad(0x5c), inner.to_vec()].concat()).into()
        }
        let (master, card) = ([0x11; 32], [0x22; 32]);
        let derived = MasterKey::from_bytes(Zeroizing::new(master))
            .card_key(&card, 7)
            .unwrap();
        let information = [b"symbolon card key 1".as_slice(), &card, &[0, 0, 0, 7], &[1]].concat();
        let expected = hmac(&hmac(&[0; 32], &master), &information);
        assert_eq!(derived.0.as_slice(), &expected[..16]);
    }

    /// The card's side, computed by another library: what was sealed comes out, and only for this card and version.
    #[test]
    fn the_card_opens_what_was_sealed_for_it() {
        let private = p256::SecretKey::from_slice(&[0x42; 32]).unwrap();
        let point: Point = private
            .public_key()
            .to_sec1_point(false)
            .as_bytes()
            .try_into()
            .unwrap();
        let (secret, card) = (key("000102030405060708090a0b0c0d0e0f"), [0x33; 32]);
        let shared = seal(&CardKey::from_bytes(secret.clone()), &card, 3, &point).unwrap();
        let open = |card: &[u8; 32], version: u32| -> Vec<u8> {
            let peer = p256::PublicKey::from_sec1_bytes(&shared.ephemeral).unwrap();
            let z = p256::ecdh::diffie_hellman(private.to_nonzero_scalar(), peer.as_affine());
            let pad = Sha256::new()
                .chain_update(z.raw_secret_bytes())
                .chain_update([0, 0, 0, 1])
                .chain_update(b"symbolon shared key 1")
                .chain_update(card)
                .chain_update(shared.ephemeral)
                .chain_update(version.to_be_bytes())
                .finalize();
            shared.sealed.iter().zip(pad).map(|(a, b)| a ^ b).collect()
        };
        assert_eq!(open(&card, 3), secret.as_slice());
        assert_ne!(open(&card, 4), secret.as_slice());
        assert_ne!(open(&[0x34; 32], 3), secret.as_slice());
        let again = seal(&CardKey::from_bytes(secret), &card, 3, &point).unwrap();
        assert_ne!(again.ephemeral, shared.ephemeral, "a pad is used once");
        assert!(
            seal(
                &CardKey::from_bytes(key("00".repeat(16).as_str())),
                &card,
                3,
                &[4; 65]
            )
            .is_err()
        );
    }

    #[test]
    fn keys_are_never_printed() {
        let master = MasterKey::from_bytes(Zeroizing::new([0xAB; 32]));
        let printed = format!("{master:?} {:?}", master.card_key(&[1; 32], 1).unwrap());
        assert_eq!(printed, "MasterKey(..) CardKey(..)");
    }
}
