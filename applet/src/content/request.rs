//! Storing requests (rule 5): opened with consent, made and signed by the card, kept until they are done or dropped.

pub(crate) mod retiring;

use apdu_spec::certificate::Role;
use apdu_spec::limits;
use apdu_spec::object::{
    Algorithm, Consent, Header, Mode, Operation, ProviderId, Sdi, Signed, StoringRequest,
};
use apdu_spec::reason::Reason;
use apdu_spec::reference::KeyReference;
use apdu_spec::tlv::Writer;

pub(crate) use retiring::{PARTS, Retiring, retire};

use super::load::{Progress, no_space};
use super::{application, floor, receipt, require_mode};
use crate::core::Core;
use crate::error::{Error, Result};
use crate::layout::{self, CARD, RequestPart};
use crate::platform::Platform;
use crate::session::{Party, Session};
use crate::state::{CardState, STATE_MAX};
use crate::store::{Secrecy, Store};
use crate::trust;

/// The longest SR, as a complete F0 object.
pub(crate) const REQUEST_MAX: usize = 640;

/// An open request, read from the card's own memory.
#[derive(Clone, Debug)]
pub(crate) struct OpenRequest {
    pub(crate) slot: u8,
    pub(crate) request: StoringRequest,
    /// Digest of the complete SR object: what a first authorization must name.
    pub(crate) digest: [u8; 32],
}

impl OpenRequest {
    pub(crate) const fn sdi(&self) -> &Sdi {
        &self.request.sdi
    }
}

const SLOTS: u8 = 4;
const _: () = assert!(SLOTS as usize == limits::OPEN_REQUESTS);

/// The request in a slot.
pub(crate) fn in_slot<P: Platform>(core: &mut Core<P>, slot: u8) -> Result<Option<OpenRequest>> {
    let mut buffer = [0; REQUEST_MAX];
    let key = layout::request(slot, RequestPart::Request);
    let Some(bytes) = core.load_checked(key, &mut buffer)? else {
        return Ok(None);
    };
    let request = Signed::parse(bytes)
        .and_then(|signed| signed.storing_request())
        .map_err(|_| Error::Memory)?;
    Ok(Some(OpenRequest {
        slot,
        request,
        digest: core.hash(&[bytes]),
    }))
}

/// The open request with this number.
pub(crate) fn by_number<P: Platform>(core: &mut Core<P>, number: u32) -> Result<OpenRequest> {
    for slot in 0..SLOTS {
        if let Some(open) = in_slot(core, slot)?
            && open.request.number == number
        {
            return Ok(open);
        }
    }
    Err(Reason::NoSuchRequest.into())
}

/// Writes the SR object of a request to the reply: the one with this number, or the only one.
pub(crate) fn read<P: Platform>(
    core: &mut Core<P>,
    number: Option<u32>,
    reply: &mut Writer<'_>,
) -> Result<()> {
    let mut found = None;
    for slot in 0..SLOTS {
        if let Some(open) = in_slot(core, slot)?
            && number.is_none_or(|number| open.request.number == number)
            && found.replace(slot).is_some()
        {
            return Err(Error::DataNotFound);
        }
    }
    write(core, found.ok_or(Error::DataNotFound)?, reply)
}

fn write<P: Platform>(core: &mut Core<P>, slot: u8, reply: &mut Writer<'_>) -> Result<()> {
    let mut buffer = [0; REQUEST_MAX];
    let key = layout::request(slot, RequestPart::Request);
    let bytes = core.load_checked(key, &mut buffer)?.ok_or(Error::Memory)?;
    Ok(reply.raw(bytes)?)
}

/// Writes the list of open requests (GET DATA 0106).
pub(crate) fn list<P: Platform>(core: &mut Core<P>, reply: &mut Writer<'_>) -> Result<()> {
    for slot in 0..SLOTS {
        let Some(open) = in_slot(core, slot)? else {
            continue;
        };
        let authorized = core
            .store
            .len(layout::request(slot, RequestPart::Authorization))?
            .is_some();
        let progress = Progress::load(core, slot)?;
        let entry = apdu_spec::data::RequestEntry {
            number: open.request.number,
            mode: open.request.header.mode,
            operation: open.sdi().operation,
            aid: open.sdi().aid,
            state: match (authorized, &progress) {
                (false, _) => apdu_spec::data::RequestState::Open,
                (true, None) => apdu_spec::data::RequestState::Authorized,
                (true, Some(_)) => apdu_spec::data::RequestState::Loading,
            },
            next_block: progress.map_or(0, |progress| progress.next_block),
        };
        entry.write(reply)?;
    }
    Ok(())
}

/// Whether the operation can be done at all; asked when a request is opened and again at the commit (rules 3, 5 and 6).
pub(crate) fn check_operation<P: Platform>(core: &mut Core<P>, sdi: &Sdi) -> Result<()> {
    if sdi.expiry < core.state.date {
        return Err(Reason::Expired.into());
    }
    let present = application::by_aid(core, &sdi.aid)?.map(|(_, application)| application);
    match sdi.operation {
        Operation::Store => {
            if sdi.aid.is_reserved() || application::shadowed(core, &sdi.aid, &sdi.provider)? {
                return Err(if present.is_some() {
                    Reason::AidTaken
                } else {
                    Reason::AidNotAllowed
                }
                .into());
            }
            if present.is_some() {
                return Err(Reason::AidTaken.into());
            }
        }
        Operation::Replace | Operation::Delete => {
            let application = present
                .filter(|application| application.provider == sdi.provider)
                .ok_or(Reason::NoSuchApplication)?;
            match sdi.operation {
                Operation::Delete if application.version != sdi.version => {
                    return Err(Reason::NoSuchApplication.into());
                }
                Operation::Replace if application.version >= sdi.version => {
                    return Err(Reason::VersionTooOld.into());
                }
                _ => {}
            }
        }
        Operation::LowerFloor => {
            if present.is_some_and(|application| application.provider == sdi.provider) {
                return Err(Reason::AidTaken.into());
            }
        }
    }
    floor::check(core, sdi)
}

fn check_space<P: Platform>(core: &mut Core<P>, sdi: &Sdi) -> Result<()> {
    let Some(package) = &sdi.package else {
        return Ok(());
    };
    let size = usize::try_from(package.size).map_err(|_| Reason::NoSpace)?;
    let chunks = size.div_ceil(limits::CHUNK);
    let needed = size + chunks * Store::<P::Flash, P::Index>::RECORD_OVERHEAD;
    let stats = core.store.stats();
    if size > limits::PACKAGE_MAX
        || needed > stats.free_bytes
        || chunks > stats.index_capacity - stats.objects
    {
        return Err(Reason::NoSpace.into());
    }
    Ok(())
}

/// The open request of the same mode and storing data.
fn same<P: Platform>(core: &mut Core<P>, mode: Mode, sdi: &Sdi) -> Result<Option<u8>> {
    for slot in 0..SLOTS {
        if let Some(open) = in_slot(core, slot)?
            && open.request.header.mode == mode
            && open.request.sdi == *sdi
        {
            return Ok(Some(slot));
        }
    }
    Ok(None)
}

fn is_taken<P: Platform>(core: &mut Core<P>, slot: u8) -> Result<bool> {
    Ok(core
        .store
        .len(layout::request(slot, RequestPart::Request))?
        .is_some())
}

/// The policy lets the party that is authenticated open and drop this request without the holder's consent: the issuer where it takes
/// part, a provider what is its own, and nobody where the holder's word is the only one (modes 6 and 7).
fn require_waived<P: Platform>(
    core: &mut Core<P>,
    session: &Session,
    mode: Mode,
    owner: &ProviderId,
) -> Result<()> {
    let concerned = match (mode, &session.authenticated) {
        (Mode::ViaIssuer | Mode::ViaProvider, Some(Party::Issuer)) => true,
        (Mode::ViaIssuer | Mode::ViaProvider | Mode::ProviderAlone, Some(Party::Provider(provider))) => {
            provider == owner
        }
        _ => false,
    };
    if concerned && super::policy(core)?.waives_consent() {
        Ok(())
    } else {
        Err(Reason::ConsentMissing.into())
    }
}

/// Where a provider's new request goes, and what makes room for it: a request whose day is past gives way when all slots are taken.
fn place<P: Platform>(core: &mut Core<P>, provider: &ProviderId) -> Result<(u8, Retiring)> {
    let (mut free, mut expired, mut own) = (None, None, 0);
    for slot in 0..SLOTS {
        match in_slot(core, slot)? {
            None => free = free.or(Some(slot)),
            Some(open) if open.sdi().expiry < core.state.date => expired = expired.or(Some(slot)),
            Some(open) if open.sdi().provider == *provider => own += 1,
            Some(_) => {}
        }
    }
    if own >= limits::PROVIDER_REQUESTS {
        return Err(Reason::ProviderSlotsFull.into());
    }
    match (free, expired) {
        (Some(slot), _) => Ok((slot, Retiring::default())),
        (None, Some(slot)) => Ok((slot, Retiring::one(core, slot)?)),
        (None, None) => Err(Reason::RequestSlotsFull.into()),
    }
}

/// What a mode can be used for: certified data deletes nothing, and a floor is lowered by joint authority alone (rules 6 and 7).
fn require_possible(mode: Mode, operation: Operation) -> Result<()> {
    let possible = match operation {
        Operation::Store | Operation::Replace => true,
        Operation::Delete => !matches!(mode, Mode::CertifiedData | Mode::RegistrarCertified),
        Operation::LowerFloor => matches!(mode, Mode::ViaIssuer | Mode::ViaProvider),
    };
    if possible {
        Ok(())
    } else {
        Err(Reason::WrongOperation.into())
    }
}

/// What a request takes until it is carried out, with its evidence: records and bytes. Whatever fills a card leaves as much, or nothing could ever
/// be deleted from it again.
pub(crate) const COST: (usize, usize) = (3, REQUEST_MAX + STATE_MAX + super::authorization::RECORD_MAX);

/// APPLICATION MANAGEMENT REQUEST, function 03: opens a request and answers its SR.
#[inline(never)]
pub(crate) fn open<P: Platform>(
    core: &mut Core<P>,
    session: &mut Session,
    mode: Mode,
    sdi: &Sdi,
    reply: &mut Writer<'_>,
) -> Result<()> {
    require_mode(core, mode)?;
    require_possible(mode, sdi.operation)?;
    if let Some(slot) = same(core, mode, sdi)? {
        return write(core, slot, reply);
    }
    let consent = if session.take_consent() {
        Consent::Pin
    } else {
        require_waived(core, session, mode, &sdi.provider)?;
        Consent::None
    };
    receipt::require_room(core)?;
    check_operation(core, sdi)?;
    check_space(core, sdi)?;
    let (slot, evicted) = place(core, &sdi.provider)?;
    let (bytes, length, state) = make(core, mode, sdi, consent)?;
    let bytes = bytes.get(..length).ok_or(Error::Overflow)?;
    let mut buffer = [0; STATE_MAX];
    let state_bytes = state.write(&mut buffer)?;
    let mut change = core
        .begin(evicted.records + 2, REQUEST_MAX + STATE_MAX)
        .map_err(no_space)?;
    evicted.delete::<P>(&mut change)?;
    change.put(
        layout::request(slot, RequestPart::Request),
        &[bytes],
        Secrecy::Public,
    )?;
    change.put_last(layout::state(), &[state_bytes], Secrecy::Public)?;
    core.state = state;
    Ok(reply.raw(bytes)?)
}

/// Makes and signs SR; gives its bytes, how many count, and the state that follows.
fn make<P: Platform>(
    core: &mut Core<P>,
    mode: Mode,
    sdi: &Sdi,
    consent: Consent,
) -> Result<([u8; REQUEST_MAX], usize, CardState)> {
    let number = core.state.requests.checked_add(1).ok_or(Error::NoMemory)?;
    let registration = layout::key(CARD, KeyReference::Registration.to_byte());
    let point = core.public_point(registration)?.ok_or(Error::Memory)?;
    let mut nonce = [0; 16];
    core.platform.random(&mut nonce)?;
    let request = StoringRequest {
        header: Header {
            mode,
            role: Role::Card,
            certificate: trust::stored_digest(core, trust::CARD_CERTIFICATE)?.ok_or(Error::Memory)?,
            previous: core.state.last_receipt,
            algorithm: Algorithm::EcdsaP256Sha256,
        },
        sdi: *sdi,
        card: core.hash(&[&point]),
        issuer_root: trust::anchor(core, Role::IssuerRegistrar)?,
        data_root: trust::anchor(core, Role::DataRegistrar)?,
        number,
        nonce,
        consent,
        date: core.state.date,
        content_counter: core.state.content_counter,
    };
    let mut body = [0; REQUEST_MAX];
    let length = request.write_body(&mut body)?;
    let body = body.get(..length).ok_or(Error::Overflow)?;
    let signature = core.sign(registration, body)?;
    let mut bytes = [0; REQUEST_MAX];
    let length = Signed::assemble(body, &signature, &mut bytes)?;
    Ok((
        bytes,
        length,
        CardState {
            requests: number,
            ..core.state
        },
    ))
}

/// APPLICATION MANAGEMENT REQUEST, function 05: drops a request and what was loaded for it.
#[inline(never)]
pub(crate) fn drop<P: Platform>(core: &mut Core<P>, session: &mut Session, number: u32) -> Result<()> {
    if !core.state.is_registered() {
        return Err(Reason::NotRegistered.into());
    }
    let consent = session.take_consent();
    let open = by_number(core, number)?;
    if !consent {
        require_waived(core, session, open.request.header.mode, &open.sdi().provider)?;
    }
    let retiring = Retiring::one(core, open.slot)?;
    let mut change = core.begin_removal(retiring.records, 0)?;
    retiring.delete::<P>(&mut change)?;
    Ok(change.commit()?)
}
