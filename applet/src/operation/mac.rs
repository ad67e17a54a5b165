//! PSO COMPUTE and VERIFY CRYPTOGRAPHIC CHECKSUM (ISO/IEC 7816-8, 5.4 and 5.7): AES-CMAC, HMAC with SHA-256.

use apdu_spec::command::Purpose;
use apdu_spec::package::{KeyType, KeyUsage};
use apdu_spec::reason::Reason;
use apdu_spec::tlv::Writer;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::{Secret, Usable, usable};
use crate::core::Core;
use crate::crypto::Crypto;
use crate::error::{Error, Result};
use crate::platform::Platform;
use crate::session::Session;

/// The MAC of the concatenation of `parts`.
#[inline(never)]
pub(super) fn of<P: Platform>(core: &mut Core<P>, key: &Usable, parts: &[&[u8]]) -> Result<Secret> {
    let secret = key.secret(core)?;
    let crypto = core.platform.crypto();
    let mut bytes = Zeroizing::new([0; 32]);
    let length = match key.attributes.kind {
        KeyType::Aes128 | KeyType::Aes256 => {
            let mac = crypto.aes_cmac(&secret, parts)?;
            *bytes.first_chunk_mut().ok_or(Error::Fault)? = mac;
            mac.len()
        }
        KeyType::Hmac => {
            let secret = (*secret).try_into().map_err(|_| Error::Memory)?;
            *bytes = crypto.hmac_sha256(secret, parts);
            bytes.len()
        }
        KeyType::P256 => return Err(Error::Fault),
    };
    Ok(Secret { bytes, length })
}

/// Whether `given` is the MAC; time depends on neither.
pub(super) fn is_right<P: Platform>(
    core: &mut Core<P>,
    key: &Usable,
    parts: &[&[u8]],
    given: &[u8],
) -> Result<bool> {
    Ok(of(core, key, parts)?.ct_eq(given).into())
}

/// COMPUTE CRYPTOGRAPHIC CHECKSUM.
pub(crate) fn compute<P: Platform>(
    core: &mut Core<P>,
    session: &Session,
    data: &[u8],
    reply: &mut Writer<'_>,
) -> Result<()> {
    let reference = session.environment.key(Purpose::ComputeMac)?;
    let key = usable(core, session, reference, KeyUsage::COMPUTE_MAC)?;
    Ok(reply.raw(&of(core, &key, &[data])?)?)
}

/// VERIFY CRYPTOGRAPHIC CHECKSUM.
pub(crate) fn verify<P: Platform>(
    core: &mut Core<P>,
    session: &Session,
    data: &[u8],
    mac: &[u8],
) -> Result<()> {
    let reference = session.environment.key(Purpose::VerifyMac)?;
    let key = usable(core, session, reference, KeyUsage::VERIFY_MAC)?;
    // Compared twice: one skipped instruction must not be enough.
    if is_right(core, &key, &[data], mac)? && is_right(core, &key, &[data], mac)? {
        Ok(())
    } else {
        Err(Reason::BadSignature.into())
    }
}
