//! Seals: what only this card can open (SPEC.md, sections 4.1.1 and 4.2). Sealed content of a package is covered by the provider's
//! authorization as it travels; the key that opens it is derived anew for each block and at the commit, so that it lies nowhere.

use apdu_spec::object::Sdi;
use apdu_spec::package::{
    Chunk, Manifest, SEALED_CONTENT_LABEL, SealContext, counter_block, key_counter_block,
};
use apdu_spec::reason::Reason;
use apdu_spec::reference::KeyReference;
use zeroize::Zeroizing;

use crate::core::Core;
use crate::crypto::Crypto;
use crate::error::{Error, Result};
use crate::layout::{self, CARD};
use crate::platform::Platform;

/// The key that this card and whoever made `ephemeral` agree on for one purpose: one-step derivation of NIST SP 800-56C with SHA-256,
/// cut to 16 bytes.
#[inline(never)]
pub(crate) fn key<P: Platform>(
    core: &mut Core<P>,
    label: &[u8],
    card: &[u8; 32],
    ephemeral: &[u8; 65],
    context: &[u8],
) -> Result<Zeroizing<[u8; 16]>> {
    let agreement = layout::key(CARD, KeyReference::KeyAgreement.to_byte());
    let secret = core.agree(agreement, ephemeral)?;
    let counter = 1_u32.to_be_bytes();
    let digest = Zeroizing::new(core.hash(&[secret.as_slice(), &counter, label, card, ephemeral, context]));
    let (key, _) = digest.split_first_chunk::<16>().ok_or(Error::Fault)?;
    Ok(Zeroizing::new(*key))
}

/// What opens the sealed content of a package.
pub(crate) struct Opener(Zeroizing<[u8; 16]>);

/// The opener of a package; `None` if nothing in it is sealed. A seal for another card is refused, as is one whose point is not
/// on the curve.
pub(crate) fn opener<P: Platform>(
    core: &mut Core<P>,
    manifest: &Manifest<'_>,
    sdi: &Sdi,
) -> Result<Option<Opener>> {
    let Some(seal) = manifest.seal() else {
        return Ok(None);
    };
    let card = core.card()?;
    if *seal.card != card {
        return Err(Reason::NotThisCard.into());
    }
    let context = SealContext::new(&sdi.aid, &sdi.provider)?;
    let key = key(
        core,
        SEALED_CONTENT_LABEL,
        &card,
        seal.ephemeral,
        context.as_bytes(),
    );
    match key {
        Ok(key) => Ok(Some(Opener(key))),
        // Of all that goes into the key only the point comes from outside.
        Err(Error::IncorrectData) => Err(Reason::BadManifest.into()),
        Err(error) => Err(error),
    }
}

impl Opener {
    /// Opens the sealed value of a key in place.
    pub(crate) fn apply_to_key(&self, crypto: &impl Crypto, reference: u8, value: &mut [u8]) {
        crypto.aes_ctr(&self.0, &key_counter_block(reference), value);
    }

    /// Opens a sealed chunk in place, or seals an open one: counter mode does the same both ways.
    pub(crate) fn apply(&self, crypto: &impl Crypto, chunk: Chunk, content: &mut [u8]) {
        crypto.aes_ctr(&self.0, &counter_block(chunk.file, chunk.index), content);
    }
}
