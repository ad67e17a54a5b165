//! Keys that the card shares with its issuer and with providers, for MACs in place of signatures: on chips where one
//! verification takes seconds. A MAC tells the card who authorized; it proves nothing to anybody else, for the card could have made it.

use apdu_spec::certificate::{Certificate, Role};
use apdu_spec::limits;
use apdu_spec::object::{Mode, ProviderId, SHARED_KEY_LABEL, SharedKey, Signed};
use apdu_spec::reason::Reason;
use apdu_spec::tlv::{Reader, Tag, Writer};
use zeroize::Zeroizing;

use super::load::no_space;
use super::{policy, require_consent, seal};
use crate::core::Core;
use crate::crypto::Crypto;
use crate::error::{Error, Result};
use crate::layout;
use crate::platform::Platform;
use crate::session::{Party, Session};
use crate::store::{Key, Secrecy};
use crate::trust;

/// The longest record.
const RECORD_MAX: usize = 6 + 18 + 49;
/// The issuer's key has a slot of its own, so that it can go when another issuer comes.
const ISSUER_SLOT: u16 = 0;

/// A key of the store.
struct Stored {
    version: u32,
    key: Zeroizing<[u8; 16]>,
    provider: Option<ProviderId>,
}

fn at<P: Platform>(core: &mut Core<P>, place: Key) -> Result<Option<Stored>> {
    let mut buffer = Zeroizing::new([0; RECORD_MAX]);
    let Some(record) = core.load_checked(place, buffer.as_mut_slice())? else {
        return Ok(None);
    };
    let mut reader = Reader::new(record);
    let mut parse = || -> apdu_spec::tlv::Result<Stored> {
        Ok(Stored {
            version: reader.u32(Tag(0x81))?,
            key: Zeroizing::new(reader.array(Tag(0x82))?),
            provider: if reader.is_empty() {
                None
            } else {
                Some(ProviderId::read(&mut reader)?)
            },
        })
    };
    parse().map(Some).map_err(|_| Error::Memory)
}

/// The place of the key shared with a party, and the key if there is one.
fn find<P: Platform>(core: &mut Core<P>, party: &Party) -> Result<(Key, Option<Stored>)> {
    let issuers = layout::shared_key(ISSUER_SLOT);
    let Party::Provider(provider) = party else {
        return Ok((issuers, at(core, issuers)?));
    };
    let (mut free, mut after) = (ISSUER_SLOT + 1, Some(ISSUER_SLOT));
    while let Some(slot) = core.next_slot(issuers, after)? {
        let place = layout::shared_key(slot);
        let stored = at(core, place)?;
        if stored
            .as_ref()
            .is_some_and(|stored| stored.provider.as_ref() == Some(provider))
        {
            return Ok((place, stored));
        }
        if slot == free {
            free = slot.checked_add(1).ok_or(Error::NoMemory)?;
        }
        after = Some(slot);
    }
    Ok((layout::shared_key(free), None))
}

/// Checks a MAC over a message by the key shared with a party.
pub(crate) fn verify<P: Platform>(
    core: &mut Core<P>,
    party: &Party,
    message: &[u8],
    mac: &[u8; 16],
) -> Result<()> {
    if !policy(core)?.allows_mac() {
        return Err(Reason::PolicyForbids.into());
    }
    let (_, stored) = find(core, party)?;
    let stored = stored.ok_or(Reason::NoSharedKey)?;
    // Compared twice: one skipped instruction must not be enough.
    let right = |core: &Core<P>| core.platform.crypto().aes_cmac_verify(&stored.key, message, mac);
    if right(core) && right(core) {
        Ok(())
    } else {
        Err(Reason::BadSignature.into())
    }
}

/// APPLICATION MANAGEMENT REQUEST, function 0A: takes in a key that the issuer, or the provider whose DPR was verified in this session,
/// has sealed for this card and signed.
#[inline(never)]
pub(crate) fn load<P: Platform>(core: &mut Core<P>, session: &mut Session, object: &[u8]) -> Result<()> {
    if !core.state.is_registered() {
        return Err(Reason::NotRegistered.into());
    }
    require_consent(session)?;
    if !policy(core)?.allows_mac() {
        return Err(Reason::PolicyForbids.into());
    }
    let signed = Signed::parse(object)?;
    let shared = signed.read::<SharedKey<'_>>()?;
    let party = check(core, session, &signed, &shared)?;
    let (place, present) = find(core, &party)?;
    if present.is_some_and(|present| present.version >= shared.version) {
        return Err(Reason::KeyTooOld.into());
    }
    let key = open(core, &shared)?;
    let mut buffer = Zeroizing::new([0; RECORD_MAX]);
    let mut writer = Writer::new(buffer.as_mut_slice());
    writer.u32(Tag(0x81), shared.version)?;
    writer.object(Tag(0x82), key.as_slice())?;
    if let Party::Provider(provider) = &party {
        provider.write(&mut writer)?;
    }
    let record = writer.finish();
    let change = core.begin(1, RECORD_MAX).map_err(no_space)?;
    Ok(change.put_last(place, &[record], Secrecy::Secret)?)
}

/// Who made the object, after everything about it was checked.
fn check<P: Platform>(
    core: &mut Core<P>,
    session: &Session,
    signed: &Signed<'_>,
    shared: &SharedKey<'_>,
) -> Result<Party> {
    let header = &shared.header;
    if header.mode != Mode::Registration
        || header.previous != trust::stored_digest(core, trust::CARD_CERTIFICATE)?.ok_or(Error::Memory)?
        || shared.card != core.card()?
    {
        return Err(Reason::NotThisCard.into());
    }
    let mut buffer = [0; limits::CERTIFICATE_MAX];
    let certificate = match header.role {
        Role::Issuer => trust::stored(core, trust::ISSUER_CERTIFICATE, &mut buffer)?.ok_or(Error::Memory)?,
        Role::Provider => {
            let verified = session.certificate.as_ref().ok_or(Reason::NoCertificate)?;
            Certificate::parse(&verified.bytes).map_err(|_| Error::Fault)?
        }
        _ => return Err(Reason::WrongRole.into()),
    };
    if certificate.role != header.role {
        return Err(Reason::WrongRole.into());
    }
    trust::check_ordinary(core, &certificate)?;
    if core.hash(&[certificate.encoded]) != header.certificate {
        return Err(Reason::WrongSigner.into());
    }
    let signature = signed.proof.signature().ok_or(Reason::BadSignature)?;
    core.verify(certificate.point, signed.body, signature)?;
    Ok(match header.role {
        Role::Provider => Party::Provider(trust::identity(core, &certificate)?),
        _ => Party::Issuer,
    })
}

/// Opens the seal: SPEC.md section 4.2.
fn open<P: Platform>(core: &mut Core<P>, shared: &SharedKey<'_>) -> Result<Zeroizing<[u8; 16]>> {
    let version = shared.version.to_be_bytes();
    let mut key = seal::key(core, SHARED_KEY_LABEL, &shared.card, shared.ephemeral, &version)?;
    for (pad, sealed) in key.iter_mut().zip(shared.sealed) {
        *pad ^= sealed;
    }
    Ok(key)
}
