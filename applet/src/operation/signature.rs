//! PSO HASH, COMPUTE DIGITAL SIGNATURE and VERIFY DIGITAL SIGNATURE (ISO/IEC 7816-8, 5.6, 5.5 and 5.8): ECDSA on P-256 with
//! SHA-256.

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

/// HASH: keeps the digest for the next signature, and answers it where Le asks for it.
pub(crate) fn hash<P: Platform>(
    core: &mut Core<P>,
    session: &mut Session,
    data: &[u8],
    answer: bool,
    reply: &mut Writer<'_>,
) -> Result<()> {
    session.environment.digest = None;
    session.active_application()?;
    let digest = core.hash(&[data]);
    session.environment.digest = Some(digest);
    if answer {
        reply.raw(&digest)?;
    }
    Ok(())
}

/// The digest that the command brings or HASH kept; a kept one is used up.
fn take_digest(session: &mut Session, given: Option<&[u8; 32]>) -> Result<[u8; 32]> {
    let kept = session.environment.digest.take();
    given.copied().or(kept).ok_or(Error::WrongState)
}

/// COMPUTE DIGITAL SIGNATURE.
#[inline(never)]
pub(crate) fn sign<P: Platform>(
    core: &mut Core<P>,
    session: &mut Session,
    digest: Option<&[u8; 32]>,
    reply: &mut Writer<'_>,
) -> Result<()> {
    let digest = take_digest(session, digest)?;
    let reference = session.environment.key(Purpose::Sign)?;
    let key = usable(core, session, reference, KeyUsage::SIGN)?;
    let signature = core.sign_digest(key.place(), &digest)?;
    Ok(reply.raw(&signature)?)
}

/// VERIFY DIGITAL SIGNATURE, with the public key of the environment.
#[inline(never)]
pub(crate) fn verify<P: Platform>(
    core: &mut Core<P>,
    session: &mut Session,
    digest: Option<&[u8; 32]>,
    signature: &[u8; 64],
) -> Result<()> {
    let digest = take_digest(session, digest)?;
    let point = session.environment.point.as_ref().ok_or(Error::WrongState)?;
    core.platform
        .crypto()
        .p256_verify(point, &digest, signature)
        .map_err(|_| Reason::BadSignature.into())
}
