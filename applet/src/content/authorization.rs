//! Authorizations: what the card demands before content changes, checked when they arrive and again at the commit.

use apdu_spec::certificate::{Certificate, Extension, Role};
use apdu_spec::limits;
use apdu_spec::object::{
    Authorizers, FLAG_MAC, FLAG_RESCUE, Header, Mode, NO_PREVIOUS, Operation, Proof, ProviderId, Signed,
};
use apdu_spec::reason::Reason;
use apdu_spec::tlv::{Reader, Tag};

use super::load::no_space;
use super::request::{self, OpenRequest};
use super::{require_mode, shared_key};
use crate::core::Core;
use crate::error::{Error, Result};
use crate::layout::{self, RequestPart};
use crate::platform::Platform;
use crate::session::{Party, Session};
use crate::store::Secrecy;
use crate::trust;

/// Two certificates and two signed objects, one behind the other.
pub(crate) const RECORD_MAX: usize = 2 * limits::CERTIFICATE_MAX + limits::AUTHORIZATION_MAX;

/// What an authorization consists of, as it came: DPR, in mode 7 the certifier's certificate, and one or two objects.
struct Evidence<'a> {
    provider: &'a [u8],
    certifier: Option<&'a [u8]>,
    first: &'a [u8],
    second: Option<&'a [u8]>,
}

impl<'a> Evidence<'a> {
    fn parts(&self) -> [&'a [u8]; 4] {
        [
            self.provider,
            self.certifier.unwrap_or_default(),
            self.first,
            self.second.unwrap_or_default(),
        ]
    }

    /// The parts from a record, which [`Self::parts`] made.
    fn read(record: &'a [u8]) -> Option<Self> {
        let mut reader = Reader::new(record);
        let provider = reader.object(CERTIFICATE).ok()?.encoded;
        let mut next = reader.any().ok()?;
        let certifier = (next.tag == CERTIFICATE).then_some(next.encoded);
        if certifier.is_some() {
            next = reader.any().ok()?;
        }
        let second = if reader.is_empty() {
            None
        } else {
            Some(reader.any().ok()?.encoded)
        };
        Some(Self {
            provider,
            certifier,
            first: next.encoded,
            second,
        })
    }
}

const CERTIFICATE: Tag = Tag(0x7F21);

/// Evidence that holds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Authorized {
    /// Certificates of those who gave it.
    pub(crate) authorizers: Authorizers,
    /// What a receipt says of how they gave it.
    pub(crate) flags: u8,
}

/// Who signs an authorization, as the card knows him.
#[derive(Clone, Copy)]
struct Signer<'a> {
    role: Role,
    certificate: [u8; 32],
    point: &'a [u8; 65],
    /// With whom a MAC's key would be shared.
    party: Option<Party>,
}

impl<'a> Signer<'a> {
    fn new<P: Platform>(core: &Core<P>, certificate: &Certificate<'a>, party: Option<Party>) -> Self {
        Self {
            role: certificate.role,
            certificate: core.hash(&[certificate.encoded]),
            point: certificate.point,
            party,
        }
    }

    /// Checks what every object has in common: role, certificate, mode, what it follows, and the proof. Gives the receipt's flags.
    fn check<P: Platform>(
        &self,
        core: &mut Core<P>,
        signed: &Signed<'_>,
        header: &Header,
        mode: Mode,
        previous: &[u8; 32],
    ) -> Result<u8> {
        if header.role != self.role {
            return Err(Reason::WrongRole.into());
        }
        if header.certificate != self.certificate {
            return Err(Reason::WrongSigner.into());
        }
        if header.previous != *previous || header.mode != mode {
            return Err(Reason::OtherRequest.into());
        }
        match (signed.proof, &self.party) {
            (Proof::Signature(signature), _) => {
                core.verify(self.point, signed.body, signature)?;
                Ok(0)
            }
            (Proof::Mac(mac), Some(party)) => {
                shared_key::verify(core, party, signed.body, mac)?;
                Ok(FLAG_MAC)
            }
            (Proof::Mac(_), None) => Err(Reason::PolicyForbids.into()),
        }
    }
}

/// Checks the evidence of any mode for an open request, from its bytes alone.
fn check<P: Platform>(core: &mut Core<P>, open: &OpenRequest, evidence: &Evidence<'_>) -> Result<Authorized> {
    let mode = open.request.header.mode;
    require_mode(core, mode)?;
    if open.sdi().expiry < core.state.date {
        return Err(Reason::Expired.into());
    }
    let dpr = Certificate::parse(evidence.provider)?;
    if dpr.role != Role::Provider {
        return Err(Reason::WrongRole.into());
    }
    trust::check_under_root(core, &dpr)?;
    let identity = trust::identity(core, &dpr)?;
    let flags = check_provider(open, &dpr, &identity)?;
    let mut buffer = [0; limits::CERTIFICATE_MAX];
    let irc = trust::stored(core, trust::ISSUER_CERTIFICATE, &mut buffer)?.ok_or(Error::Memory)?;
    check_standing(core, open, &irc, &dpr)?;

    let provider = Signer::new(core, &dpr, Some(Party::Provider(identity)));
    let issuer = Signer::new(core, &irc, Some(Party::Issuer));
    let certifier;
    let (first, second) = match mode {
        Mode::ViaIssuer => (issuer, Some(provider)),
        Mode::ViaProvider => (provider, Some(issuer)),
        Mode::ProviderAlone | Mode::CertifiedData => (provider, None),
        Mode::RegistrarCertified => {
            certifier = Certificate::parse(evidence.certifier.ok_or(Reason::NoCertificate)?)?;
            if certifier.role != Role::DataCertifier {
                return Err(Reason::WrongRole.into());
            }
            trust::check_under_root(core, &certifier)?;
            if !certifier.rights.allows(mode) {
                return Err(Reason::CertificateRole.into());
            }
            (provider, Some(Signer::new(core, &certifier, None)))
        }
        Mode::Registration | Mode::RegisteredIssuer => return Err(Reason::PolicyForbids.into()),
    };
    let flags = flags | check_first(core, open, evidence.first, &first)?;
    match (second, evidence.second) {
        (Some(second), Some(object)) => {
            if first.point == second.point {
                return Err(Reason::SameParty.into());
            }
            let previous = core.hash(&[evidence.first]);
            let flags = flags | check_second(core, mode, object, &second, &previous)?;
            authorized(&[first.certificate, second.certificate], flags)
        }
        (None, None) => authorized(&[first.certificate], flags),
        // One party signed where two must, or the reverse.
        _ => Err(Reason::WrongRole.into()),
    }
}

fn authorized(certificates: &[[u8; 32]], flags: u8) -> Result<Authorized> {
    Ok(Authorized {
        authorizers: Authorizers::new(certificates).ok_or(Error::Fault)?,
        flags,
    })
}

/// The object that speaks of the request itself: SAR, the only SA of mode 4, or SDCI.
fn check_first<P: Platform>(
    core: &mut Core<P>,
    open: &OpenRequest,
    object: &[u8],
    signer: &Signer<'_>,
) -> Result<u8> {
    let signed = Signed::parse(object)?;
    let (header, previous, same) = match open.request.header.mode {
        Mode::CertifiedData | Mode::RegistrarCertified => {
            let certified = signed.certified_data()?;
            (certified.header, NO_PREVIOUS, certified.sdi == *open.sdi())
        }
        Mode::ProviderAlone => (signed.second_authorization()?.header, open.digest, true),
        _ => {
            let first = signed.first_authorization()?;
            let same = first.card_certificate == open.request.header.certificate;
            (first.header, open.digest, same)
        }
    };
    if !same {
        return Err(Reason::OtherRequest.into());
    }
    signer.check(core, &signed, &header, open.request.header.mode, &previous)
}

/// The object over the first one: SA, or SDCI'.
fn check_second<P: Platform>(
    core: &mut Core<P>,
    mode: Mode,
    object: &[u8],
    signer: &Signer<'_>,
    previous: &[u8; 32],
) -> Result<u8> {
    let signed = Signed::parse(object)?;
    let header = if mode == Mode::RegistrarCertified {
        signed.registrar_certified_data()?.header
    } else {
        signed.second_authorization()?.header
    };
    signer.check(core, &signed, &header, mode, previous)
}

/// The provider is the one the request names and the AID is one of his; or he succeeds that one, to delete what it left (rule 9).
fn check_provider(open: &OpenRequest, dpr: &Certificate<'_>, identity: &ProviderId) -> Result<u8> {
    let sdi = open.sdi();
    match &dpr.extension {
        Extension::Provider(_) if *identity != sdi.provider => Err(Reason::WrongSigner.into()),
        Extension::Provider(extension) if extension.allows(&sdi.aid) => Ok(0),
        Extension::Successor(successor) => {
            let joint = matches!(open.request.header.mode, Mode::ViaIssuer | Mode::ViaProvider);
            let succeeds = identity.root == sdi.provider.root && successor.predecessor == sdi.provider.name;
            if joint && succeeds && sdi.operation == Operation::Delete {
                Ok(FLAG_RESCUE)
            } else {
                Err(Reason::NotSuccessor.into())
            }
        }
        _ => Err(Reason::AidNotAllowed.into()),
    }
}

/// RC and IRC are the ones of the request, still valid, and the parties have the right to take part in this mode.
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
    if rc.expiration < core.state.date {
        return Err(Reason::Expired.into());
    }
    trust::check_kept(core, irc)?;
    let mode = open.request.header.mode;
    let ordinary = matches!(irc.extension, Extension::Issuer(_));
    if !(ordinary && irc.rights.allows(mode) && dpr.rights.allows(mode) && rc.rights.allows(mode)) {
        return Err(Reason::CertificateRole.into());
    }
    Ok(())
}

/// APPLICATION MANAGEMENT REQUEST, function 04: takes the evidence for an open request.
#[inline(never)]
pub(crate) fn authorize<P: Platform>(
    core: &mut Core<P>,
    session: &mut Session,
    number: u32,
    first: &[u8],
    second: Option<&[u8]>,
) -> Result<()> {
    if !core.state.is_registered() {
        return Err(Reason::NotRegistered.into());
    }
    let open = request::by_number(core, number)?;
    let provider = session.certificate.as_ref().ok_or(Reason::NoCertificate)?;
    let certifier = match open.request.header.mode {
        Mode::RegistrarCertified => Some(session.certifier.as_ref().ok_or(Reason::NoCertificate)?),
        _ => None,
    };
    let evidence = Evidence {
        provider: &provider.bytes,
        certifier: certifier.map(|certifier| certifier.bytes.as_slice()),
        first,
        second,
    };
    check(core, &open, &evidence)?;
    let key = layout::request(open.slot, RequestPart::Authorization);
    let mut buffer = [0; RECORD_MAX];
    let known = core.load_checked(key, &mut buffer)?;
    let parts = evidence.parts();
    if known.is_some_and(|known| known.iter().eq(parts.iter().copied().flatten())) {
        return Ok(());
    }
    let change = core.begin(1, RECORD_MAX).map_err(no_space)?;
    Ok(change.put_last(key, &parts, Secrecy::Public)?)
}

/// Checks the evidence that was kept with a request, from its bytes.
pub(crate) fn check_kept<P: Platform>(core: &mut Core<P>, open: &OpenRequest) -> Result<Authorized> {
    let mut buffer = [0; RECORD_MAX];
    let key = layout::request(open.slot, RequestPart::Authorization);
    let bytes = core
        .load_checked(key, &mut buffer)?
        .ok_or(Reason::RequestNotAuthorized)?;
    check(core, open, &Evidence::read(bytes).ok_or(Error::Memory)?)
}

/// Refuses unless evidence is kept with the request.
pub(crate) fn require_kept<P: Platform>(core: &mut Core<P>, open: &OpenRequest) -> Result<()> {
    let key = layout::request(open.slot, RequestPart::Authorization);
    if core.store.len(key)?.is_some() {
        Ok(())
    } else {
        Err(Reason::RequestNotAuthorized.into())
    }
}
