//! Authorizations: what the card demands before content changes, checked when they arrive and again at the commit.

use apdu_spec::certificate::{Certificate, Extension, Role};
use apdu_spec::limits;
use apdu_spec::object::{Authorizers, Header, ProviderId, Signed};
use apdu_spec::reason::Reason;
use apdu_spec::tlv::{Reader, Tag};

use super::load::no_space;
use super::request::{self, OpenRequest};
use super::require_mode;
use crate::core::Core;
use crate::error::{Error, Result};
use crate::layout::{self, RequestPart};
use crate::platform::Platform;
use crate::session::Session;
use crate::store::Secrecy;
use crate::trust;

/// DPR, SAR and SA, one behind the other.
const RECORD_MAX: usize = limits::CERTIFICATE_MAX + limits::AUTHORIZATION_MAX;

/// Who signs an authorization, as the card knows him.
struct Signer<'a> {
    role: Role,
    certificate: [u8; 32],
    point: &'a [u8; 65],
}

/// Checks what every authorization has in common: role, certificate, mode, what it follows, and the signature.
fn check_signer<P: Platform>(
    core: &Core<P>,
    signed: &Signed<'_>,
    header: &Header,
    signer: &Signer<'_>,
    open: &OpenRequest,
    previous: &[u8; 32],
) -> Result<()> {
    if header.role != signer.role {
        return Err(Reason::WrongRole.into());
    }
    if header.certificate != signer.certificate {
        return Err(Reason::WrongSigner.into());
    }
    if header.previous != *previous || header.mode != open.request.header.mode {
        return Err(Reason::OtherRequest.into());
    }
    core.verify(
        signer.point,
        signed.body,
        signed.proof.signature().ok_or(Reason::PolicyForbids)?,
    )
}

/// Mode 2: the issuer's SAR over this very SR, and over it the provider's SA, whose DPR allows the AID.
pub(crate) fn check<P: Platform>(
    core: &mut Core<P>,
    open: &OpenRequest,
    provider: &[u8],
    first: &[u8],
    second: &[u8],
) -> Result<Authorizers> {
    require_mode(core, open.request.header.mode)?;
    let today = core.state.date;
    if open.sdi().expiry < today {
        return Err(Reason::Expired.into());
    }
    let dpr = Certificate::parse(provider)?;
    if dpr.role != Role::Provider {
        return Err(Reason::WrongRole.into());
    }
    trust::check_under_root(core, &dpr)?;
    check_provider(core, open, &dpr)?;
    let mut buffer = [0; limits::CERTIFICATE_MAX];
    let irc = trust::stored(core, trust::ISSUER_CERTIFICATE, &mut buffer)?.ok_or(Error::Memory)?;
    check_standing(core, open, &irc, &dpr)?;

    let signed_first = Signed::parse(first)?;
    let signed_second = Signed::parse(second)?;
    let issuer = Signer {
        role: Role::Issuer,
        certificate: core.hash(&[irc.encoded]),
        point: irc.point,
    };
    let data = Signer {
        role: Role::Provider,
        certificate: core.hash(&[dpr.encoded]),
        point: dpr.point,
    };
    if issuer.point == data.point {
        return Err(Reason::SameParty.into());
    }
    let sar = signed_first.first_authorization()?;
    if sar.card_certificate != open.request.header.certificate {
        return Err(Reason::OtherRequest.into());
    }
    check_signer(core, &signed_first, &sar.header, &issuer, open, &open.digest)?;
    let sa = signed_second.second_authorization()?;
    check_signer(
        core,
        &signed_second,
        &sa.header,
        &data,
        open,
        &core.hash(&[first]),
    )?;
    Authorizers::new(&[issuer.certificate, data.certificate]).ok_or(Error::Fault)
}

/// The provider is the one the request names, and the AID is one of his.
fn check_provider<P: Platform>(core: &mut Core<P>, open: &OpenRequest, dpr: &Certificate<'_>) -> Result<()> {
    let root = trust::stored_digest(core, trust::DATA_ROOT)?.ok_or(Error::Memory)?;
    if (ProviderId {
        root,
        name: dpr.holder.identity(),
    }) != open.sdi().provider
    {
        return Err(Reason::WrongSigner.into());
    }
    match &dpr.extension {
        Extension::Provider(extension) if extension.allows(&open.sdi().aid) => Ok(()),
        _ => Err(Reason::AidNotAllowed.into()),
    }
}

/// RC and IRC are the ones of the request, still valid, and both parties have the right to take part in this mode.
fn check_standing<P: Platform>(
    core: &mut Core<P>,
    open: &OpenRequest,
    irc: &Certificate<'_>,
    dpr: &Certificate<'_>,
) -> Result<()> {
    let mut buffer = [0; limits::CERTIFICATE_MAX];
    let rc = trust::stored(core, trust::CARD_CERTIFICATE, &mut buffer)?.ok_or(Error::Memory)?;
    if core.hash(&[rc.encoded]) != open.request.header.certificate {
        return Err(Reason::OtherRequest.into());
    }
    if rc.expiration < core.state.date || irc.expiration < core.state.date {
        return Err(Reason::Expired.into());
    }
    let mode = open.request.header.mode;
    if !(irc.rights.allows(mode) && dpr.rights.allows(mode) && rc.rights.allows(mode)) {
        return Err(Reason::CertificateRole.into());
    }
    Ok(())
}

/// APPLICATION MANAGEMENT REQUEST, function 04: takes SAR and SA for an open request.
pub(crate) fn authorize<P: Platform>(
    core: &mut Core<P>,
    session: &mut Session,
    number: u32,
    first: &[u8],
    second: Option<&[u8]>,
) -> Result<()> {
    let second = second.ok_or(Reason::PolicyForbids)?;
    if !core.state.is_registered() {
        return Err(Reason::NotRegistered.into());
    }
    let open = request::by_number(core, number)?;
    let verified = session.certificate.as_ref().ok_or(Reason::NoCertificate)?;
    check(core, &open, &verified.bytes, first, second)?;
    let key = layout::request(open.slot, RequestPart::Authorization);
    let mut buffer = [0; RECORD_MAX];
    let known = core.load_checked(key, &mut buffer)?;
    let parts = [verified.bytes.as_slice(), first, second];
    if known.is_some_and(|known| known.iter().eq(parts.iter().copied().flatten())) {
        return Ok(());
    }
    let mut change = core.begin(1, RECORD_MAX).map_err(no_space)?;
    change.put(key, &parts, Secrecy::Public)?;
    Ok(change.commit()?)
}

/// Checks the authorization that was kept with a request, from its bytes; gives the certificates of those who gave it.
pub(crate) fn check_kept<P: Platform>(core: &mut Core<P>, open: &OpenRequest) -> Result<Authorizers> {
    let mut buffer = [0; RECORD_MAX];
    let key = layout::request(open.slot, RequestPart::Authorization);
    let bytes = core
        .load_checked(key, &mut buffer)?
        .ok_or(Reason::RequestNotAuthorized)?;
    let mut reader = Reader::new(bytes);
    let mut next = |tag| {
        reader
            .object(Tag(tag))
            .map(|object| object.encoded)
            .map_err(|_| Error::Memory)
    };
    let (provider, first, second) = (next(0x7F21)?, next(0xF0)?, next(0xF0)?);
    check(core, open, provider, first, second)
}

/// Refuses unless an authorization is kept with the request.
pub(crate) fn require_kept<P: Platform>(core: &mut Core<P>, open: &OpenRequest) -> Result<()> {
    let key = layout::request(open.slot, RequestPart::Authorization);
    if core.store.len(key)?.is_some() {
        Ok(())
    } else {
        Err(Reason::RequestNotAuthorized.into())
    }
}
