//! Registration, modes 1 and 5 (rule 1): the card asks, the issuer certifies, the card pins that issuer.

use apdu_spec::certificate::{Certificate, CertificateRequestBuilder, Extension, KeyOrigin, Reference, Role};
use apdu_spec::file::LifeCycle;
use apdu_spec::limits;
use apdu_spec::object::{Authorizers, Consent, Mode, ReceiptOperation};
use apdu_spec::reason::Reason;
use apdu_spec::reference::KeyReference;
use apdu_spec::tlv::Writer;

use super::application::Pending;
use super::receipt::{self, Draft, Prepared};
use crate::PLATFORM_VERSION;
use crate::core::Core;
use crate::error::{Error, Result};
use crate::layout::{self, CARD};
use crate::platform::Platform;
use crate::session::Session;
use crate::state::CardState;
use crate::store::{Key, Secrecy};
use crate::trust;

/// GET DATA tag of the salted digest of the user information.
pub(crate) const USER_INFORMATION: u16 = 0x0122;

const REGISTRATION: Key = layout::key(CARD, 0x01);
const KEY_AGREEMENT: Key = layout::key(CARD, 0x02);

/// APPLICATION MANAGEMENT REQUEST, function 01: writes RI, signed with the registration key.
pub(crate) fn request<P: Platform>(
    core: &mut Core<P>,
    nonce: &[u8; 16],
    reply: &mut Writer<'_>,
) -> Result<()> {
    if core.state.is_registered() {
        return Err(Reason::AlreadyRegistered.into());
    }
    let point = core.public_point(REGISTRATION)?.ok_or(Error::DataNotFound)?;
    let key_agreement = core.public_point(KEY_AGREEMENT)?.ok_or(Error::DataNotFound)?;
    let builder = CertificateRequestBuilder {
        holder: holder(core, &point)?,
        point: &point,
        card: Some(apdu_spec::certificate::RequestExtension {
            nonce,
            key_agreement: &key_agreement,
            platform_version: PLATFORM_VERSION,
            serial_number: &core.state.serial_number,
        }),
    };
    let mut body = [0; limits::REQUEST_MAX];
    let length = builder.write_body(&mut body)?;
    let body = body.get(..length).ok_or(Error::Overflow)?;
    let signature = core.sign(layout::key(CARD, KeyReference::Registration.to_byte()), body)?;
    let mut bytes = [0; limits::REQUEST_MAX];
    let length = apdu_spec::certificate::assemble(body, &signature, &mut bytes)?;
    Ok(reply.raw(bytes.get(..length).ok_or(Error::Overflow)?)?)
}

/// The card's own name for itself: ZZ, C and eight digits of base 32 from the digest of its registration point.
fn holder<P: Platform>(core: &Core<P>, point: &[u8; 65]) -> Result<Reference> {
    const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let digest = core.hash(&[point]);
    let mut name = *b"ZZC0000000000001";
    for (to, byte) in name.iter_mut().skip(3).zip(digest).take(8) {
        *to = DIGITS
            .get(usize::from(byte & 0x1F))
            .copied()
            .ok_or(Error::Fault)?;
    }
    Reference::new(&name).ok_or(Error::Fault)
}

/// Checks RC against everything the card knows of itself and its roots.
fn check<P: Platform>(core: &mut Core<P>, card: &Certificate<'_>, issuer: &Certificate<'_>) -> Result<()> {
    if issuer.role != Role::Issuer {
        return Err(Reason::WrongRole.into());
    }
    // The date may have moved since IRC was verified.
    trust::check_under_root(core, issuer)?;
    trust::check(core, card, issuer, false)?;
    let (Extension::Card(of_card), Extension::Issuer(of_issuer)) = (&card.extension, &issuer.extension)
    else {
        return Err(Reason::UnknownExtension.into());
    };
    let point = core.public_point(REGISTRATION)?.ok_or(Reason::NotThisCard)?;
    let key_agreement = core.public_point(KEY_AGREEMENT)?.ok_or(Reason::NotThisCard)?;
    if *card.point != point
        || *of_card.key_agreement != key_agreement
        || of_card.key_origin != KeyOrigin::Card
    {
        return Err(Reason::NotThisCard.into());
    }
    let issuer_root = trust::anchor(core, Role::IssuerRegistrar)?;
    let data_root = trust::anchor(core, Role::DataRegistrar)?;
    let bound = of_issuer.data_registrar_roots().any(|root| *root == data_root);
    if *of_card.issuer_root != issuer_root || *of_card.data_root != data_root || !bound {
        return Err(Reason::RootMismatch.into());
    }
    let mut stored = [0; 32];
    let user_information = core.load_checked(layout::object(USER_INFORMATION), &mut stored)?;
    if user_information.is_some_and(|digest| digest != of_card.user_information) {
        return Err(Reason::NotThisCard.into());
    }
    Ok(())
}

/// APPLICATION MANAGEMENT REQUEST, function 02: takes RC in and answers receipt 0.
pub(crate) fn register<P: Platform>(
    core: &mut Core<P>,
    session: &mut Session,
    certificate: &[u8],
    _release: Option<&[u8]>,
    reply: &mut Writer<'_>,
) -> Result<()> {
    if core.state.is_registered() {
        return Err(Reason::AlreadyRegistered.into());
    }
    let verified = session.certificate.as_ref().ok_or(Reason::NoCertificate)?;
    let issuer = Certificate::parse(&verified.bytes).map_err(|_| Error::Fault)?;
    let card = Certificate::parse(certificate)?;
    check(core, &card, &issuer)?;
    let prepared = prepare(core, certificate, verified.digest)?;
    let (records, bytes) = Prepared::COST;
    let mut change = core.begin(records + 2, bytes + 2 * limits::CERTIFICATE_MAX)?;
    change.put(
        layout::object(trust::ISSUER_CERTIFICATE),
        &[&verified.bytes],
        Secrecy::Public,
    )?;
    change.put(
        layout::object(trust::CARD_CERTIFICATE),
        &[certificate],
        Secrecy::Public,
    )?;
    prepared.put::<P>(&mut change)?;
    change.commit()?;
    core.state = prepared.state;
    // What was open to a personaliser is closed now; nothing of that session is carried over.
    *session = Session::new();
    Ok(reply.raw(prepared.bytes())?)
}

fn prepare<P: Platform>(core: &mut Core<P>, certificate: &[u8], issuer: [u8; 32]) -> Result<Prepared> {
    let draft = Draft {
        mode: Mode::Registration,
        request: 0,
        operation: ReceiptOperation::Registration,
        content: None,
        authorizers: Authorizers::new(&[issuer]).ok_or(Error::Fault)?,
        consent: Consent::None,
        flags: 0,
        pending: Pending::Nothing,
        certificate: core.hash(&[certificate]),
    };
    let state = CardState {
        life_cycle: LifeCycle::Operational,
        ..core.state
    };
    receipt::prepare(core, state, &draft)
}
