//! Whose certificates the card believes, and how its date moves.
//!
//! Two roots are pinned by personalisation and confirmed by RC. Rule 8: a card has no clock; only the effective date of a
//! certificate signed directly by one of these roots moves its date, forward, after everything else was verified.

pub(crate) mod party;
pub(crate) mod revocation;

use apdu_spec::certificate::{Certificate, Role};
use apdu_spec::date::Date;
use apdu_spec::limits;
use apdu_spec::reason::Reason;
use apdu_spec::tlv::{Tag, Writer};
use heapless::Vec;

use crate::core::Core;
use crate::error::{Error, Result};
use crate::layout;
use crate::platform::Platform;
use crate::session::{Session, VerifiedCertificate};
use crate::state::CardState;
use crate::store::Key;

pub(crate) use apdu_spec::data::{
    CARD_CERTIFICATE, DATA_REGISTRAR_ROOT as DATA_ROOT, ISSUER_CERTIFICATE,
    ISSUER_REGISTRAR_ROOT as ISSUER_ROOT,
};

/// How far ahead of the card's date a certificate may begin.
const STEP_DAYS: u32 = 400;

/// A complete certificate in memory.
pub(crate) type CertificateBytes = [u8; limits::CERTIFICATE_MAX];

/// A certificate that the card keeps.
pub(crate) fn stored<'b, P: Platform>(
    core: &mut Core<P>,
    tag: u16,
    buffer: &'b mut CertificateBytes,
) -> Result<Option<Certificate<'b>>> {
    let Some(bytes) = core.load_checked(layout::object(tag), buffer)? else {
        return Ok(None);
    };
    Certificate::parse(bytes).map(Some).map_err(|_| Error::Memory)
}

/// The digest of a certificate that the card keeps.
pub(crate) fn stored_digest<P: Platform>(core: &mut Core<P>, tag: u16) -> Result<Option<[u8; 32]>> {
    let mut buffer = [0; limits::CERTIFICATE_MAX];
    let Some(bytes) = core.load_checked(layout::object(tag), &mut buffer)? else {
        return Ok(None);
    };
    Ok(Some(core.hash(&[bytes])))
}

/// Where the digest of the first root of a registrar's chain is kept: it outlives that root.
pub(crate) const fn anchor_place(root: Role) -> Key {
    layout::object(match root {
        Role::IssuerRegistrar => 0x0116,
        _ => 0x0117,
    })
}

/// What RC, SDI, SR and identities call the root of a registrar: the digest of the first of its chain, whichever root signs today.
pub(crate) fn anchor<P: Platform>(core: &mut Core<P>, root: Role) -> Result<[u8; 32]> {
    let mut digest = [0; 32];
    core.load_checked(anchor_place(root), &mut digest)?
        .ok_or(Reason::RootMismatch)?;
    Ok(digest)
}

/// Refuses a certificate, by its digest, that the registrar of its holder's role has revoked.
pub(crate) fn check_not_revoked<P: Platform>(
    core: &mut Core<P>,
    holder: Role,
    digest: &[u8; 32],
) -> Result<()> {
    revocation::check(core, holder, digest)
}

/// Checks everything about a certificate that its authority and the date decide.
///
/// `by_root` says that the authority is one of the card's roots: then the effective date is bounded.
pub(crate) fn check<P: Platform>(
    core: &Core<P>,
    certificate: &Certificate<'_>,
    authority: &Certificate<'_>,
    by_root: bool,
) -> Result<()> {
    certificate.check_under(authority)?;
    core.verify(authority.point, certificate.body, certificate.signature)?;
    check_dates(core.state.date, certificate, by_root)
}

fn check_dates(today: Date, certificate: &Certificate<'_>, by_root: bool) -> Result<()> {
    if certificate.expiration < today {
        return Err(Reason::Expired.into());
    }
    if by_root && certificate.effective > today.add_days(STEP_DAYS) {
        return Err(Reason::NotYetValid.into());
    }
    Ok(())
}

/// Checks a root's self-signature before it is taken in.
pub(crate) fn check_root<P: Platform>(core: &Core<P>, root: &Certificate<'_>, role: Role) -> Result<()> {
    root.check_root(role)?;
    core.verify(root.point, root.body, root.signature)
}

/// Which of the card's roots certifies a role.
const fn root_of(role: Role) -> Option<u16> {
    match role {
        Role::Issuer => Some(ISSUER_ROOT),
        Role::Provider | Role::DataCertifier => Some(DATA_ROOT),
        // A root certifies no root here, and a card is certified by its issuer.
        Role::IssuerRegistrar | Role::DataRegistrar | Role::Card => None,
    }
}

/// Checks a certificate that one of the card's roots signed directly.
pub(crate) fn check_under_root<P: Platform>(core: &mut Core<P>, certificate: &Certificate<'_>) -> Result<()> {
    let tag = root_of(certificate.role).ok_or(Reason::UnknownAuthority)?;
    let mut buffer = [0; limits::CERTIFICATE_MAX];
    let root = stored(core, tag, &mut buffer)?.ok_or(Reason::UnknownAuthority)?;
    if root.expiration < core.state.date {
        return Err(Reason::Expired.into());
    }
    check(core, certificate, &root, true)
}

/// PSO VERIFY CERTIFICATE (ISO/IEC 7816-8; TR-03110-3, B.3): a certificate directly under one of the card's roots. The
/// session keeps it, and the card's date moves with it.
pub(crate) fn verify_certificate<P: Platform>(
    core: &mut Core<P>,
    session: &mut Session,
    body_and_signature: &[u8],
) -> Result<()> {
    session.certificate = None;
    let mut bytes = [0; limits::CERTIFICATE_MAX];
    let mut writer = Writer::new(&mut bytes);
    writer
        .object(Tag(0x7F21), body_and_signature)
        .map_err(|_| Error::IncorrectData)?;
    let encoded = writer.finish();
    let certificate = Certificate::parse(encoded)?;
    check_under_root(core, &certificate)?;
    if certificate.effective > core.state.date {
        core.put_state(CardState {
            date: certificate.effective,
            ..core.state
        })?;
    }
    let digest = core.hash(&[encoded]);
    session.certificate = Some(VerifiedCertificate {
        bytes: Vec::from_slice(encoded).map_err(|_| Error::Fault)?,
        digest,
    });
    Ok(())
}
