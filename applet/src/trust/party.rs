//! EXTERNAL AUTHENTICATE (ISO/IEC 7816-4, 11.6.4): an issuer or a provider shows that it is there.

use apdu_spec::certificate::{Certificate, Role};
use apdu_spec::limits;
use apdu_spec::object::{Authentication, Mode, NO_PREVIOUS, Signed};
use apdu_spec::reason::Reason;

use super::{ISSUER_CERTIFICATE, check_ordinary, identity, stored};
use crate::core::Core;
use crate::error::{Error, Result};
use crate::platform::Platform;
use crate::session::{Party, Session};

/// Takes a party's answer to the last challenge, which is used up whatever comes of it, as is who was authenticated before.
#[inline(never)]
pub(crate) fn authenticate<P: Platform>(
    core: &mut Core<P>,
    session: &mut Session,
    answer: &[u8],
) -> Result<()> {
    session.authenticated = None;
    let challenge = session.challenge.take().ok_or(Reason::NotAuthenticated)?;
    if !core.state.is_registered() {
        return Err(Reason::NotRegistered.into());
    }
    session.authenticated = Some(check(core, session, &challenge, answer)?);
    Ok(())
}

/// Who answered, after everything about the answer was checked.
fn check<P: Platform>(
    core: &mut Core<P>,
    session: &Session,
    challenge: &[u8; 16],
    answer: &[u8],
) -> Result<Party> {
    let signed = Signed::parse(answer)?;
    let given = signed.read::<Authentication>()?;
    let header = &given.header;
    if given.challenge != *challenge {
        return Err(Reason::NotAuthenticated.into());
    }
    if header.mode != Mode::Registration || header.previous != NO_PREVIOUS || given.card != core.card()? {
        return Err(Reason::OtherRequest.into());
    }
    let mut buffer = [0; limits::CERTIFICATE_MAX];
    let certificate = match header.role {
        Role::Issuer => stored(core, ISSUER_CERTIFICATE, &mut buffer)?.ok_or(Error::Memory)?,
        Role::Provider => {
            let verified = session.certificate.as_ref().ok_or(Reason::NoCertificate)?;
            Certificate::parse(&verified.bytes).map_err(|_| Error::Fault)?
        }
        _ => return Err(Reason::WrongRole.into()),
    };
    if certificate.role != header.role {
        return Err(Reason::WrongRole.into());
    }
    if core.hash(&[certificate.encoded]) != header.certificate {
        return Err(Reason::WrongSigner.into());
    }
    // The date may have moved since it was verified, and a list may have come.
    check_ordinary(core, &certificate)?;
    let signature = signed.proof.signature().ok_or(Reason::BadSignature)?;
    core.verify(certificate.point, signed.body, signature)?;
    Ok(match header.role {
        Role::Provider => Party::Provider(identity(core, &certificate)?),
        _ => Party::Issuer,
    })
}
