//! Whose certificates the card believes, and how its date moves.
//!
//! The roots of two registrars are pinned by personalisation and confirmed by RC. Rule 8: a card has no clock; only the effective date of a
//! certificate signed directly by one of these roots moves its date, forward, after everything else was verified.

pub(crate) mod party;
pub(crate) mod revocation;
pub(crate) mod root;

use apdu_spec::certificate::{CERTIFICATE, Certificate, Extension, KeyOrigin, Role};
use apdu_spec::date::Date;
use apdu_spec::limits;
use apdu_spec::object::ProviderId;
use apdu_spec::reason::Reason;
use apdu_spec::tlv::Writer;
use heapless::Vec;

use crate::core::Core;
use crate::error::{Error, Result};
use crate::layout;
use crate::platform::Platform;
use crate::session::{Session, VerifiedCertificate};
use crate::state::CardState;
use crate::store::Key;

pub(crate) use root::{Registrar, anchor};

pub(crate) use apdu_spec::data::{CARD_CERTIFICATE, ISSUER_CERTIFICATE};

/// Says that the registration key was not made on the card; absent otherwise. GET DATA does not know it.
pub(crate) const KEY_ORIGIN: Key = layout::object(apdu_spec::data::REGISTRATION_KEY);

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

/// Checks a certificate that one of the two roots of its holder's registrar signed directly, and that it is not revoked.
pub(crate) fn check_under_root<P: Platform>(core: &mut Core<P>, certificate: &Certificate<'_>) -> Result<()> {
    let mut buffer = [0; limits::CERTIFICATE_MAX];
    let named = |_: &Core<P>, root: &Certificate<'_>| root.holder == certificate.authority;
    let root = root::find(core, Registrar::of(certificate.role)?, &named, &mut buffer)?;
    check(core, certificate, &root, true)?;
    let digest = core.hash(&[certificate.encoded]);
    check_not_revoked(core, certificate.role, &digest)
}

/// Checks again a certificate that was verified before the card kept it: its root must still be there, its days must not be over, and
/// it must not be revoked. Its signature cannot have changed: the store compares checksums.
pub(crate) fn check_kept<P: Platform>(core: &mut Core<P>, certificate: &Certificate<'_>) -> Result<()> {
    let mut buffer = [0; limits::CERTIFICATE_MAX];
    let named = |_: &Core<P>, root: &Certificate<'_>| root.holder == certificate.authority;
    root::find(core, Registrar::of(certificate.role)?, &named, &mut buffer)?;
    check_dates(core.state.date, certificate, false)?;
    let digest = core.hash(&[certificate.encoded]);
    check_not_revoked(core, certificate.role, &digest)
}

/// Where the card's registration key was made: what RC must say of it.
pub(crate) fn key_origin<P: Platform>(core: &mut Core<P>) -> Result<KeyOrigin> {
    let mut origin = [0; 1];
    match core.load_checked(KEY_ORIGIN, &mut origin)? {
        Some(&[code]) => KeyOrigin::from_code(code).ok_or(Error::Memory),
        Some(_) => Err(Error::Memory),
        None => Ok(KeyOrigin::Card),
    }
}

/// As [`check_under_root`], for a party that acts in its own name: a successor's certificate is for winding up another's affairs only.
pub(crate) fn check_ordinary<P: Platform>(core: &mut Core<P>, certificate: &Certificate<'_>) -> Result<()> {
    check_under_root(core, certificate)?;
    match certificate.extension {
        Extension::Successor(_) => Err(Reason::NotSuccessor.into()),
        _ => Ok(()),
    }
}

/// Who the holder of an IRC or DPR is, whatever key it has today.
pub(crate) fn identity<P: Platform>(core: &mut Core<P>, certificate: &Certificate<'_>) -> Result<ProviderId> {
    Ok(ProviderId {
        root: anchor(core, certificate.role)?,
        name: certificate.holder.identity(),
    })
}

/// PSO VERIFY CERTIFICATE (ISO/IEC 7816-8; TR-03110-3, B.3): a certificate directly under one of the card's roots. The
/// session keeps it, the data certifier's apart from the issuer's or provider's, and the card's date moves with it. A
/// registrar's own is a link, which the card keeps.
#[inline(never)]
pub(crate) fn verify_certificate<P: Platform>(
    core: &mut Core<P>,
    session: &mut Session,
    body_and_signature: &[u8],
) -> Result<()> {
    let mut bytes = [0; limits::CERTIFICATE_MAX];
    let mut writer = Writer::new(&mut bytes);
    writer
        .object(CERTIFICATE, body_and_signature)
        .map_err(|_| Error::IncorrectData)?;
    let encoded = writer.finish();
    let certificate = Certificate::parse(encoded)?;
    let place = match certificate.role {
        Role::IssuerRegistrar | Role::DataRegistrar => return root::take_link(core, &certificate),
        Role::DataCertifier => &mut session.certifier,
        Role::Issuer | Role::Provider | Role::Card => &mut session.certificate,
    };
    *place = None;
    check_under_root(core, &certificate)?;
    if certificate.effective > core.state.date {
        core.put_state(CardState {
            date: certificate.effective,
            ..core.state
        })?;
    }
    let digest = core.hash(&[encoded]);
    *place = Some(VerifiedCertificate {
        bytes: Vec::from_slice(encoded).map_err(|_| Error::Fault)?,
        digest,
    });
    Ok(())
}
