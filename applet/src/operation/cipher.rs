//! PSO ENCIPHER and DECIPHER (ISO/IEC 7816-8, 5.10 and 5.11): AES-CCM with a nonce of the card's own choice, and ECDH on P-256.
//!
//! docs/decisions/0020-authenticated-encryption.md says why there is no other mode.

use apdu_spec::command::Purpose;
use apdu_spec::package::KeyUsage;
use apdu_spec::reason::Reason;
use apdu_spec::tlv::Writer;

use super::usable;
use crate::core::Core;
use crate::crypto::Crypto;
use crate::error::{Error, Result};
use crate::platform::Platform;
use crate::session::Session;

/// Padding-content indicator (ISO/IEC 7816-4, table 57): proprietary; nonce, ciphertext and tag follow.
const INDICATOR: u8 = 0x80;
/// The nonce, in bytes.
const NONCE: usize = 12;
/// The tag, in bytes.
const TAG: usize = 16;

/// ENCIPHER: answers the indicator, a fresh nonce, the ciphertext and the tag.
#[inline(never)]
pub(crate) fn encipher<P: Platform>(
    core: &mut Core<P>,
    session: &Session,
    data: &[u8],
    reply: &mut Writer<'_>,
) -> Result<()> {
    let reference = session.environment.key(Purpose::Encipher)?;
    let key = usable(core, session, reference, KeyUsage::ENCIPHER)?.secret(core)?;
    let mut nonce = [0; NONCE];
    core.platform.random(&mut nonce)?;
    reply.raw(&[INDICATOR])?;
    reply.raw(&nonce)?;
    let space = reply.space(data.len())?;
    space.copy_from_slice(data);
    let tag = core.platform.crypto().aes_ccm_seal(&key, &nonce, space)?;
    Ok(reply.raw(&tag)?)
}

/// DECIPHER: answers the data, if every bit of what came is as ENCIPHER gave it.
#[inline(never)]
pub(crate) fn decipher<P: Platform>(
    core: &mut Core<P>,
    session: &Session,
    data: &[u8],
    reply: &mut Writer<'_>,
) -> Result<()> {
    let reference = session.environment.key(Purpose::Decipher)?;
    let key = usable(core, session, reference, KeyUsage::DECIPHER)?.secret(core)?;
    let (&[INDICATOR], rest) = data.split_first_chunk::<1>().ok_or(Error::IncorrectData)? else {
        return Err(Error::IncorrectData);
    };
    let (nonce, rest) = rest.split_first_chunk::<NONCE>().ok_or(Error::IncorrectData)?;
    let (ciphertext, tag) = rest.split_last_chunk::<TAG>().ok_or(Error::IncorrectData)?;
    let space = reply.space(ciphertext.len())?;
    space.copy_from_slice(ciphertext);
    core.platform
        .crypto()
        .aes_ccm_open(&key, nonce, space, tag)
        .map_err(|_| Reason::BadSignature.into())
}

/// DECIPHER of a key agreement template: the x coordinate that the key and the other's point give.
#[inline(never)]
pub(crate) fn agree<P: Platform>(
    core: &mut Core<P>,
    session: &Session,
    point: &[u8; 65],
    reply: &mut Writer<'_>,
) -> Result<()> {
    let reference = session.environment.key(Purpose::Agree)?;
    let key = usable(core, session, reference, KeyUsage::AGREE)?;
    let secret = core.agree(key.place(), point)?;
    Ok(reply.raw(secret.as_slice())?)
}
