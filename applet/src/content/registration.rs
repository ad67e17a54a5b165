//! Registration, modes 1 and 5 (rule 1): the card asks, the issuer certifies, the card pins that issuer. Later RCs come from
//! that issuer, from one it has released the card to, or from its successor.

use apdu_spec::certificate::{
    CardExtension, Certificate, CertificateRequestBuilder, Extension, Reference, Rights, Role,
};
use apdu_spec::file::LifeCycle;
use apdu_spec::limits;
use apdu_spec::object::{Authorizers, Consent, FLAG_RESCUE, Mode, ReceiptOperation, Release, Signed};
use apdu_spec::reason::Reason;
use apdu_spec::reference::KeyReference;
use apdu_spec::tlv::Writer;

use super::application::Pending;
use super::load::no_space;
use super::receipt::{self, Draft, Prepared};
use super::request::Retiring;
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

/// APPLICATION MANAGEMENT REQUEST, function 01: writes RI, signed with the registration key. A registered card does so too, for a later RC.
#[inline(never)]
pub(crate) fn request<P: Platform>(
    core: &mut Core<P>,
    nonce: &[u8; 16],
    reply: &mut Writer<'_>,
) -> Result<()> {
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

/// Checks RC against IRC and everything that the card knows of itself and its roots; gives what RC says.
fn check<'a, P: Platform>(
    core: &mut Core<P>,
    card: &Certificate<'a>,
    issuer: &Certificate<'_>,
) -> Result<CardExtension<'a>> {
    if issuer.role != Role::Issuer {
        return Err(Reason::WrongRole.into());
    }
    // The date may have moved since IRC was verified, and a list may have come.
    trust::check_under_root(core, issuer)?;
    trust::check(core, card, issuer, false)?;
    let Extension::Card(of_card) = card.extension else {
        return Err(Reason::UnknownExtension.into());
    };
    let point = core.public_point(REGISTRATION)?.ok_or(Reason::NotThisCard)?;
    let key_agreement = core.public_point(KEY_AGREEMENT)?.ok_or(Reason::NotThisCard)?;
    if *card.point != point
        || *of_card.key_agreement != key_agreement
        || of_card.key_origin != trust::key_origin(core)?
    {
        return Err(Reason::NotThisCard.into());
    }
    let issuer_root = trust::anchor(core, Role::IssuerRegistrar)?;
    let data_root = trust::anchor(core, Role::DataRegistrar)?;
    let bound = match &issuer.extension {
        Extension::Issuer(extension) => extension.allows(&data_root),
        Extension::Successor(extension) => extension.data_registrar_roots().any(|root| *root == data_root),
        _ => false,
    };
    if *of_card.issuer_root != issuer_root || *of_card.data_root != data_root || !bound {
        return Err(Reason::RootMismatch.into());
    }
    Ok(of_card)
}

/// Under which circumstances a card is registered: what the receipt says of it.
struct Circumstances {
    authorizers: Authorizers,
    consent: Consent,
    flags: u8,
    /// The card had another issuer.
    changes_issuer: bool,
}

/// The first registration.
fn first<P: Platform>(core: &mut Core<P>, of_card: &CardExtension<'_>, by: &By<'_>) -> Result<Circumstances> {
    by.require_ordinary()?;
    by.require_no_release()?;
    let mut stored = [0; 32];
    let user_information = core.load_checked(layout::object(USER_INFORMATION), &mut stored)?;
    if user_information.is_some_and(|digest| digest != of_card.user_information) {
        return Err(Reason::NotThisCard.into());
    }
    Ok(Circumstances {
        authorizers: Authorizers::new(&[by.digest]).ok_or(Error::Fault)?,
        consent: Consent::None,
        flags: 0,
        changes_issuer: false,
    })
}

/// Who wants to register the card, and what he brings.
struct By<'a> {
    issuer: &'a Certificate<'a>,
    digest: [u8; 32],
    release: Option<&'a [u8]>,
}

impl By<'_> {
    /// A successor's certificate takes over from the predecessor and does nothing else.
    const fn require_ordinary(&self) -> Result<()> {
        match self.issuer.extension {
            Extension::Successor(_) => Err(Error::Refused(Reason::NotSuccessor)),
            _ => Ok(()),
        }
    }

    /// An object that decides nothing is not taken in.
    const fn require_no_release(&self) -> Result<()> {
        match self.release {
            Some(_) => Err(Error::IncorrectData),
            None => Ok(()),
        }
    }
}

/// A later registration: by the pinned issuer, whatever IRC it has now, or by the next one.
fn later<P: Platform>(
    core: &mut Core<P>,
    of_card: &CardExtension<'_>,
    by: &By<'_>,
    consented: bool,
) -> Result<Circumstances> {
    let mut buffer = [0; limits::CERTIFICATE_MAX];
    let present = trust::stored(core, trust::CARD_CERTIFICATE, &mut buffer)?.ok_or(Error::Memory)?;
    let Extension::Card(of_present) = present.extension else {
        return Err(Error::Memory);
    };
    if of_card.serial <= of_present.serial {
        return Err(Reason::SerialTooOld.into());
    }
    let widens = !of_card.policy.is_subset_of(of_present.policy);
    let present = core.hash(&[present.encoded]);
    let pinned = trust::stored(core, trust::ISSUER_CERTIFICATE, &mut buffer)?.ok_or(Error::Memory)?;

    let mut authorizers = Authorizers::new(&[by.digest]);
    let mut flags = 0;
    // Both stand under the same registrar: the card has one.
    let changes_issuer = by.issuer.holder.identity() != pinned.holder.identity();
    if !changes_issuer {
        by.require_ordinary()?;
        by.require_no_release()?;
    } else if let Extension::Successor(succession) = by.issuer.extension {
        let takes_over = Rights::NONE.with(Mode::Registration).with(Mode::RegisteredIssuer);
        if succession.predecessor != pinned.holder.identity() || !by.issuer.rights.is_subset_of(takes_over) {
            return Err(Reason::NotSuccessor.into());
        }
        by.require_no_release()?;
        flags = FLAG_RESCUE;
    } else {
        let release = by.release.ok_or(Reason::NotReleased)?;
        check_release(core, &pinned, by.issuer, &present, release)?;
        authorizers = Authorizers::new(&[by.digest, core.hash(&[pinned.encoded])]);
    }
    let asks = widens || changes_issuer;
    if asks && !consented {
        return Err(Reason::ConsentMissing.into());
    }
    Ok(Circumstances {
        authorizers: authorizers.ok_or(Error::Fault)?,
        consent: if asks { Consent::Pin } else { Consent::None },
        flags,
        changes_issuer,
    })
}

/// The pinned issuer lets this card, as it is registered now, go to this issuer.
fn check_release<P: Platform>(
    core: &mut Core<P>,
    pinned: &Certificate<'_>,
    next: &Certificate<'_>,
    present: &[u8; 32],
    release: &[u8],
) -> Result<()> {
    trust::check_ordinary(core, pinned)?;
    let signed = Signed::parse(release)?;
    let release = signed.read::<Release>()?;
    let header = &release.header;
    if header.role != Role::Issuer {
        return Err(Reason::WrongRole.into());
    }
    if header.certificate != core.hash(&[pinned.encoded]) {
        return Err(Reason::WrongSigner.into());
    }
    if header.mode != Mode::Registration || header.previous != *present || release.card != core.card()? {
        return Err(Reason::OtherRequest.into());
    }
    if release.issuer != trust::identity(core, next)? {
        return Err(Reason::NotReleased.into());
    }
    let signature = signed.proof.signature().ok_or(Reason::BadSignature)?;
    core.verify(pinned.point, signed.body, signature)
}

/// APPLICATION MANAGEMENT REQUEST, function 02: takes RC in and answers a receipt. A later RC ends all open requests, which name the one before.
#[inline(never)]
pub(crate) fn register<P: Platform>(
    core: &mut Core<P>,
    session: &mut Session,
    certificate: &[u8],
    release: Option<&[u8]>,
    reply: &mut Writer<'_>,
) -> Result<()> {
    let is_later = core.state.is_registered();
    let consented = is_later && session.take_consent();
    let verified = session.certificate.as_ref().ok_or(Reason::NoCertificate)?;
    let issuer = Certificate::parse(&verified.bytes).map_err(|_| Error::Fault)?;
    let card = Certificate::parse(certificate)?;
    let of_card = check(core, &card, &issuer)?;
    let by = By {
        issuer: &issuer,
        digest: verified.digest,
        release,
    };
    let circumstances = if is_later {
        later(core, &of_card, &by, consented)?
    } else {
        first(core, &of_card, &by)?
    };
    let prepared = prepare(core, certificate, &circumstances)?;
    let retiring = Retiring::all(core)?;
    let (records, bytes) = Prepared::COST;
    let mut change = core
        .begin(
            records + 3 + retiring.records,
            bytes + 2 * limits::CERTIFICATE_MAX,
        )
        .map_err(no_space)?;
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
    let shared_key = layout::shared_key(0);
    if circumstances.changes_issuer && change.len(shared_key)?.is_some() {
        change.delete(shared_key)?;
    }
    retiring.delete::<P>(&mut change)?;
    prepared.commit::<P>(change)?;
    core.state = prepared.state;
    // What was open to a personaliser, or verified for the issuer before, is closed now; nothing of that session is carried over.
    *session = Session::new();
    Ok(reply.raw(prepared.bytes())?)
}

fn prepare<P: Platform>(
    core: &mut Core<P>,
    certificate: &[u8],
    circumstances: &Circumstances,
) -> Result<Prepared> {
    let draft = Draft {
        mode: Mode::Registration,
        request: 0,
        operation: ReceiptOperation::Registration,
        content: None,
        authorizers: circumstances.authorizers,
        consent: circumstances.consent,
        flags: circumstances.flags,
        pending: Pending::Nothing,
        certificate: core.hash(&[certificate]),
    };
    let state = CardState {
        life_cycle: LifeCycle::Operational,
        ..core.state
    };
    receipt::prepare(core, state, &draft)
}
