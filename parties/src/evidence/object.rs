//! One object of a request's evidence: who signed it, over what, and how.

use apdu_spec::certificate::{Certificate, Extension, Role};
use apdu_spec::object::{
    CERTIFIED_DATA, CertifiedData, FIRST_AUTHORIZATION, FirstAuthorization, Header, Mode, Proof,
    REGISTRAR_CERTIFIED_DATA, RegistrarCertifiedData, SECOND_AUTHORIZATION, Sdi, SecondAuthorization, Signed,
};
use apdu_spec::reason::Reason;

use super::{Check, Slot};
use crate::crypto::{Digest, sha256, signed_by};
use crate::decision::deny;

/// How much is known of an object that is right as far as anybody can see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proved {
    /// Its signature verifies.
    Signature,
    /// It has a MAC: only the card and the party whose word it is can tell whether that is right.
    Mac,
}

/// Who must have signed an object, and after which one.
#[derive(Clone, Copy, Debug)]
pub struct Signatory<'a> {
    /// The signer's certificate; whether it is to be trusted is another check.
    pub certificate: &'a Certificate<'a>,
    /// Mode of the request.
    pub mode: Mode,
    /// Digest of the object before: [`Slot::previous`].
    pub previous: Digest,
    /// Whether the card's policy allows MACs.
    pub mac_allowed: bool,
}

/// An object fills its slot: right kind, role, mode, certificate, object before, and signature. `rc` is the digest of
/// the card's certificate, which a SAR names, and `sdi` what certified data must say; both are `None` where no card is
/// known yet.
///
/// # Errors
/// The first reason why not.
pub fn check_object(
    slot: &Slot,
    signed: &Signed<'_>,
    signer: &Signatory<'_>,
    rc: Option<&Digest>,
    sdi: Option<&Sdi>,
) -> Check<Proved> {
    let Some((header, names_card, says)) = read(slot, signed) else {
        return deny(Reason::OtherRequest, format!("this is not the {}", slot.name));
    };
    check_header(slot, &header, signer)?;
    if names_card.is_some() && names_card.as_ref() != rc {
        return deny(
            Reason::NotThisCard,
            format!("the {} is for another card's certificate", slot.name),
        );
    }
    if let (Some(says), Some(sdi)) = (says, sdi)
        && says != *sdi
    {
        return deny(
            Reason::OtherRequest,
            "the certified data are not those of the request",
        );
    }
    match signed.proof {
        Proof::Mac(_) if signer.mac_allowed => Ok(Proved::Mac),
        Proof::Mac(_) => deny(
            Reason::PolicyForbids,
            format!(
                "the {} is a MAC, which the card's policy does not allow",
                slot.name
            ),
        ),
        Proof::Signature(_) if signed_by(signer.certificate.point, signed) => Ok(Proved::Signature),
        Proof::Signature(_) => deny(
            Reason::BadSignature,
            format!("the {} is not signed by {}", slot.name, signer.certificate.holder),
        ),
    }
}

/// Header, the card's certificate if the object names one, and the SDI if it carries one.
fn read(slot: &Slot, signed: &Signed<'_>) -> Option<(Header, Option<Digest>, Option<Sdi>)> {
    if signed.tag != slot.tag {
        return None;
    }
    match slot.tag {
        FIRST_AUTHORIZATION => {
            let body: FirstAuthorization = signed.read().ok()?;
            Some((body.header, Some(body.card_certificate), None))
        }
        SECOND_AUTHORIZATION => {
            let body: SecondAuthorization = signed.read().ok()?;
            Some((body.header, None, None))
        }
        CERTIFIED_DATA => {
            let body: CertifiedData = signed.read().ok()?;
            Some((body.header, None, Some(body.sdi)))
        }
        REGISTRAR_CERTIFIED_DATA => {
            let body: RegistrarCertifiedData = signed.read().ok()?;
            Some((body.header, None, None))
        }
        _ => None,
    }
}

/// The header of an authorization or of certified data.
///
/// # Errors
/// Whatever is wrong with the encoding; [`UnexpectedTag`](apdu_spec::tlv::ErrorKind::UnexpectedTag) for another object.
pub fn object_header(signed: &Signed<'_>) -> apdu_spec::tlv::Result<Header> {
    match signed.tag {
        FIRST_AUTHORIZATION => signed.read::<FirstAuthorization>().map(|body| body.header),
        CERTIFIED_DATA => signed.read::<CertifiedData>().map(|body| body.header),
        REGISTRAR_CERTIFIED_DATA => signed.read::<RegistrarCertifiedData>().map(|body| body.header),
        _ => signed.read::<SecondAuthorization>().map(|body| body.header),
    }
}

/// The header says that the holder of the certificate, in the slot's role, signed after the object before.
fn check_header(slot: &Slot, header: &Header, signer: &Signatory<'_>) -> Check {
    let (certificate, mode) = (signer.certificate, signer.mode);
    if header.role != slot.role || certificate.role != slot.role {
        return deny(
            Reason::WrongRole,
            format!("signed as {}, not as {}", header.role, slot.role),
        );
    }
    if header.mode != mode {
        return deny(
            Reason::WrongRole,
            format!("signed for mode {}, not {}", header.mode.code(), mode.code()),
        );
    }
    if header.certificate != sha256(certificate.encoded) {
        return deny(
            Reason::WrongSigner,
            format!("signed under another certificate than {}", certificate.holder),
        );
    }
    if header.previous != signer.previous {
        return deny(Reason::OtherRequest, "signed over another object");
    }
    check_rights(certificate, mode)
}

/// The holder of this certificate may take part in this mode.
pub(crate) fn check_rights(certificate: &Certificate<'_>, mode: Mode) -> Check {
    if !certificate.rights.allows(mode) {
        return deny(
            Reason::CertificateRole,
            format!("{} has no right to mode {}", certificate.holder, mode.code()),
        );
    }
    if certificate.role == Role::Issuer && matches!(certificate.extension, Extension::Successor(_)) {
        return deny(
            Reason::NotSuccessor,
            format!(
                "{} may register its predecessor's cards and nothing else",
                certificate.holder
            ),
        );
    }
    Ok(())
}
