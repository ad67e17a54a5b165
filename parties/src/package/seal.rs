//! Content that only one card can read: SPEC.md section 4.1.1.

use apdu_spec::aid::Aid;
use apdu_spec::object::ProviderId;
use apdu_spec::package::{Chunk, SEALED_CONTENT_LABEL, Seal, SealContext, counter_block, key_counter_block};
use aws_lc_rs::agreement::{ECDH_P256, PrivateKey, UnparsedPublicKey, agree};
use aws_lc_rs::cipher::{AES_128, EncryptingKey, EncryptionContext, UnboundCipherKey};
use aws_lc_rs::iv::FixedLength;
use zeroize::Zeroizing;

use crate::crypto::{Digest, Point, sha256_of};
use crate::error::{Error, Result};

/// Number of the only block that the key derivation gives (NIST SP 800-56C, one-step).
const FIRST_BLOCK: [u8; 4] = [0, 0, 0, 1];

/// For whom sealed content is made. Whoever makes one vouches that the key is that card's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipient {
    /// SHA-256 of the point of its registration key.
    pub card: Digest,
    /// Its key-agreement key, from RC.
    pub key_agreement: Point,
    /// Whose application it will be on the card.
    pub provider: ProviderId,
}

/// The sealing of one package, with a key made for it alone.
pub(super) struct Sealing {
    card: Digest,
    ephemeral: Point,
    key: Zeroizing<[u8; 16]>,
}

impl Sealing {
    /// # Errors
    /// [`Error::Unfit`] for a key that is no point of the curve; [`Error::Cryptography`].
    pub(super) fn new(recipient: &Recipient, aid: &Aid) -> Result<Self> {
        let private = PrivateKey::generate(&ECDH_P256).map_err(|_| Error::Cryptography("make a key"))?;
        let ephemeral = private
            .compute_public_key()
            .ok()
            .and_then(|point| Point::try_from(point.as_ref()).ok())
            .ok_or(Error::Cryptography("give an uncompressed point"))?;
        let off_curve = Error::Unfit("the card's key-agreement key is no point of the curve".into());
        let peer = UnparsedPublicKey::new(&ECDH_P256, &recipient.key_agreement);
        let context = SealContext::new(aid, &recipient.provider).map_err(Error::tlv("seal"))?;
        let (card, context) = (&recipient.card, context.as_bytes());
        let key = agree(&private, peer, off_curve, |shared| {
            let pieces = [
                shared,
                &FIRST_BLOCK,
                SEALED_CONTENT_LABEL,
                card,
                &ephemeral,
                context,
            ];
            let digest = Zeroizing::new(sha256_of(&pieces));
            let (key, _) = digest
                .split_first_chunk::<16>()
                .ok_or(Error::Cryptography("hash"))?;
            Ok(Zeroizing::new(*key))
        })?;
        Ok(Self {
            card: *card,
            ephemeral,
            key,
        })
    }

    /// What the manifest says of it.
    pub(super) fn seal(&self) -> Seal<'_> {
        Seal {
            card: &self.card,
            ephemeral: &self.ephemeral,
        }
    }

    /// Seals the value of a key, in place.
    pub(super) fn apply_to_key(&self, reference: u8, value: &mut [u8]) -> Result<()> {
        self.encipher(key_counter_block(reference), value)
    }

    /// AES-128 in counter mode.
    fn encipher(&self, first: [u8; 16], bytes: &mut [u8]) -> Result<()> {
        let failed = |_| Error::Cryptography("seal content");
        let key = UnboundCipherKey::new(&AES_128, self.key.as_slice()).map_err(failed)?;
        EncryptingKey::ctr(key)
            .and_then(|key| key.less_safe_encrypt(bytes, EncryptionContext::Iv128(FixedLength::from(first))))
            .map_err(failed)?;
        Ok(())
    }

    /// Seals every chunk that is to be, in place. `content` is all of them in order.
    pub(super) fn apply(&self, chunks: impl Iterator<Item = Chunk>, mut content: &mut [u8]) -> Result<()> {
        for chunk in chunks {
            let Some((own, rest)) = content.split_at_mut_checked(usize::from(chunk.length)) else {
                return Err(Error::Cryptography("cut the content"));
            };
            if chunk.sealed {
                self.encipher(counter_block(chunk.file, chunk.index), own)?;
            }
            content = rest;
        }
        Ok(())
    }
}
