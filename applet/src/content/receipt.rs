//! Receipts: what the card did, signed and chained (DESIGN section 2). The newest 16 are kept in a ring.

use apdu_spec::aid::Aid;
use apdu_spec::certificate::{KeyOrigin, Role};
use apdu_spec::limits;
use apdu_spec::object::{
    Algorithm, Authorizers, COLLECTION_PREFIX, Consent, FLAG_KEY_MADE_BY_ISSUER, Header, Mode, RECEIPT,
    Receipt, ReceiptContent, ReceiptHead, ReceiptOperation, SIGNED, Signed,
};
use apdu_spec::reason::Reason;
use apdu_spec::reference::KeyReference;
use apdu_spec::tlv::{Reader, Tag, Writer};

use super::application::{self, Pending};
use super::audience::Audience;
use super::authorization::Authorized;
use super::inventory;
use super::request::OpenRequest;
use crate::core::{Change, Core};
use crate::error::{Error, Result};
use crate::layout::{self, CARD};
use crate::platform::Platform;
use crate::state::{CardState, STATE_MAX};
use crate::store::{Key, Secrecy};
use crate::trust;

/// The longest receipt, as a complete F0 object.
pub(crate) const RECEIPT_MAX: usize = 512;

/// A complete receipt in memory.
pub(crate) type ReceiptBytes = [u8; RECEIPT_MAX];

/// What a receipt is about; the rest the card adds.
pub(crate) struct Draft<'a> {
    pub(crate) mode: Mode,
    pub(crate) request: u32,
    pub(crate) operation: ReceiptOperation,
    pub(crate) content: Option<ReceiptContent>,
    pub(crate) authorizers: Authorizers,
    pub(crate) consent: Consent,
    /// What else is to be said of those who authorized it; that the issuer made the card's key, the card adds.
    pub(crate) flags: u8,
    /// The change to the content list that it reports.
    pub(crate) pending: Pending<'a>,
    /// Digest of the RC it is signed under.
    pub(crate) certificate: [u8; 32],
}

impl<'a> Draft<'a> {
    /// The receipt of an open request that is carried out on `package`.
    pub(crate) fn of<P: Platform>(
        core: &mut Core<P>,
        open: &OpenRequest,
        authorized: &Authorized,
        package: [u8; 32],
        pending: Pending<'a>,
    ) -> Result<Self> {
        let sdi = open.sdi();
        Ok(Self {
            mode: open.request.header.mode,
            request: open.request.number,
            operation: ReceiptOperation::Storing(sdi.operation),
            content: Some(ReceiptContent {
                aid: sdi.aid,
                version: sdi.version,
                package,
                storing_request: open.digest,
            }),
            authorizers: authorized.authorizers,
            flags: authorized.flags,
            consent: open.request.consent,
            pending,
            certificate: trust::stored_digest(core, trust::CARD_CERTIFICATE)?.ok_or(Error::Memory)?,
        })
    }
}

/// A signed receipt that is not committed yet, and the state that follows it.
pub(crate) struct Prepared {
    bytes: ReceiptBytes,
    length: usize,
    /// Which receipt it is.
    number: u32,
    /// The card's state after the commit.
    pub(crate) state: CardState,
}

/// Receipts kept, as many as may wait to be collected.
const RING: u32 = 16;
const _: () = assert!(RING as usize == limits::RECEIPTS_KEPT);

/// Where the receipt with this number is kept.
fn place(number: u32) -> Key {
    layout::receipt(u8::try_from(number % RING).unwrap_or(u8::MAX))
}

/// Writes and signs a receipt that follows `state`.
pub(crate) fn prepare<P: Platform>(
    core: &mut Core<P>,
    state: CardState,
    draft: &Draft<'_>,
) -> Result<Prepared> {
    // Asked here once more, so that nobody who forgets to ask overwrites what was not collected.
    require_room(core)?;
    let changes = !matches!(draft.pending, Pending::Nothing);
    let content_counter = state
        .content_counter
        .checked_add(u32::from(changes))
        .ok_or(Error::NoMemory)?;
    let number = state.receipts;
    let receipt = Receipt {
        header: header(&state, draft.mode, draft.certificate),
        number,
        request: draft.request,
        operation: draft.operation,
        content: draft.content,
        authorizers: draft.authorizers,
        content_counter,
        content_list: application::list_digest(core, draft.pending)?,
        date: state.date,
        consent: draft.consent,
        flags: draft.flags | key_flag(core)?,
        files: match number {
            0 => Some(inventory::digest(core)?),
            _ => None,
        },
    };
    let mut bytes = [0; RECEIPT_MAX];
    let length = receipt.write_body(&mut bytes)?;
    let length = sign(core, &mut bytes, length)?;
    let digest = core.hash(&[bytes.get(..length).ok_or(Error::Overflow)?]);
    let state = CardState {
        receipts: number.checked_add(1).ok_or(Error::NoMemory)?,
        content_counter,
        last_receipt: digest,
        ..state
    };
    Ok(Prepared {
        bytes,
        length,
        number,
        state,
    })
}

/// The header of what follows the newest receipt.
const fn header(state: &CardState, mode: Mode, certificate: [u8; 32]) -> Header {
    Header {
        mode,
        role: Role::Card,
        certificate,
        previous: state.last_receipt,
        algorithm: Algorithm::EcdsaP256Sha256,
    }
}

/// Who made the key that signs: an issuer who made it could have signed the receipt as well.
fn key_flag<P: Platform>(core: &mut Core<P>) -> Result<u8> {
    Ok(match trust::key_origin(core)? {
        KeyOrigin::Card => 0,
        KeyOrigin::Issuer => FLAG_KEY_MADE_BY_ISSUER,
    })
}

/// Makes a signed object of the body at the start of `bytes` and gives its length.
fn sign<P: Platform>(core: &mut Core<P>, bytes: &mut ReceiptBytes, length: usize) -> Result<usize> {
    let body = *bytes;
    let body = body.get(..length).ok_or(Error::Overflow)?;
    let signature = core.sign(layout::key(CARD, KeyReference::Registration.to_byte()), body)?;
    Ok(Signed::assemble(body, &signature, bytes)?)
}

impl Prepared {
    /// Records that [`Self::put`] writes, and their bytes.
    pub(crate) const COST: (usize, usize) = (2, RECEIPT_MAX + STATE_MAX);

    /// The complete receipt.
    pub(crate) fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }

    /// Puts the receipt and the new state into a transaction, and commits it.
    pub(crate) fn commit<P: Platform>(&self, mut change: Change<'_, P>) -> Result<()> {
        change.put(place(self.number), &[self.bytes()], Secrecy::Public)?;
        let mut buffer = [0; STATE_MAX];
        let state = self.state.write(&mut buffer)?;
        Ok(change.put_last(layout::state(), &[state], Secrecy::Public)?)
    }
}

/// The receipt with this number, if it is still kept.
fn kept<'b, P: Platform>(
    core: &mut Core<P>,
    number: u32,
    buffer: &'b mut ReceiptBytes,
) -> Result<Option<&'b [u8]>> {
    let age = core
        .state
        .receipts
        .checked_sub(1)
        .and_then(|newest| newest.checked_sub(number));
    if age.is_none_or(|age| age >= RING) {
        return Ok(None);
    }
    core.load_checked(place(number), buffer)?
        .ok_or(Error::Memory)
        .map(Some)
}

/// What a receipt is about: an AID, and the digest of the SR; `None` for a registration. The receipt is the card's own, and its checksum was
/// compared: nothing behind that is read.
fn subject(bytes: &[u8]) -> Result<Option<(Aid, [u8; 32])>> {
    let read = || -> apdu_spec::tlv::Result<Option<(&[u8], [u8; 32])>> {
        let mut fields = Reader::new(bytes).nested(SIGNED)?.nested(RECEIPT)?;
        for tag in [0xA0, 0x86, 0x87] {
            fields.value(Tag(tag))?;
        }
        if fields.byte(Tag(0x88))? == ReceiptOperation::Registration.code() {
            return Ok(None);
        }
        let aid = fields.value(Tag(0x4F))?;
        for tag in [0x89, 0x8A] {
            fields.value(Tag(tag))?;
        }
        Ok(Some((aid, fields.array(Tag(0x90))?)))
    };
    match read().map_err(|_| Error::Memory)? {
        Some((aid, request)) => Ok(Some((Aid::new(aid).ok_or(Error::Memory)?, request))),
        None => Ok(None),
    }
}

/// Writes the receipt with this number, or the newest, to the reply.
pub(crate) fn read<P: Platform>(
    core: &mut Core<P>,
    audience: Audience,
    number: Option<u32>,
    reply: &mut Writer<'_>,
) -> Result<()> {
    let number = match number {
        Some(number) => number,
        None => core.state.receipts.checked_sub(1).ok_or(Error::DataNotFound)?,
    };
    let mut buffer = [0; RECEIPT_MAX];
    let bytes = kept(core, number, &mut buffer)?.ok_or(Error::DataNotFound)?;
    // That the card was registered, everybody may know.
    if let Some((aid, _)) = subject(bytes)?
        && !audience.owns(core, &aid)?
    {
        return Err(Error::AccessDenied);
    }
    Ok(reply.raw(bytes)?)
}

/// Writes the receipt of the request with this digest to the reply. For everybody: who can name the request took part in it.
pub(crate) fn by_request<P: Platform>(
    core: &mut Core<P>,
    request: &[u8; 32],
    reply: &mut Writer<'_>,
) -> Result<()> {
    let mut next = core.state.receipts.checked_sub(1);
    while let Some(number) = next {
        let mut buffer = [0; RECEIPT_MAX];
        let Some(bytes) = kept(core, number, &mut buffer)? else {
            break;
        };
        if subject(bytes)?.is_some_and(|(_, of)| of == *request) {
            return Ok(reply.raw(bytes)?);
        }
        next = number.checked_sub(1);
    }
    Err(Error::DataNotFound)
}

/// Refuses unless one more receipt can be kept until somebody collects it.
pub(crate) fn require_room<P: Platform>(core: &Core<P>) -> Result<()> {
    if core.state.uncollected() < RING {
        Ok(())
    } else {
        Err(Reason::ReceiptsUncollected.into())
    }
}

/// APPLICATION MANAGEMENT REQUEST, function 07: which receipt is the newest, signed over the caller's nonce, so that who holds it
/// knows that none was kept from him.
pub(crate) fn prove<P: Platform>(core: &mut Core<P>, nonce: &[u8; 16], reply: &mut Writer<'_>) -> Result<()> {
    let state = core.state;
    if !state.is_registered() {
        return Err(Reason::NotRegistered.into());
    }
    let certificate = trust::stored_digest(core, trust::CARD_CERTIFICATE)?.ok_or(Error::Memory)?;
    let head = ReceiptHead {
        header: header(&state, Mode::Registration, certificate),
        receipts: state.receipts,
        nonce: *nonce,
        date: state.date,
    };
    let mut bytes = [0; RECEIPT_MAX];
    let length = head.write_body(&mut bytes)?;
    let length = sign(core, &mut bytes, length)?;
    Ok(reply.raw(bytes.get(..length).ok_or(Error::Overflow)?)?)
}

/// APPLICATION MANAGEMENT REQUEST, function 08: who names a receipt's digest holds it; it and all before it need not be kept for him.
pub(crate) fn collect<P: Platform>(core: &mut Core<P>, number: u32, held: &[u8; 32]) -> Result<()> {
    let mut buffer = [0; RECEIPT_MAX];
    let right =
        kept(core, number, &mut buffer)?.is_some_and(|bytes| core.hash(&[COLLECTION_PREFIX, bytes]) == *held);
    if !right {
        return Err(Reason::OtherRequest.into());
    }
    let collected = number.checked_add(1).ok_or(Error::Fault)?;
    if collected <= core.state.collected {
        return Ok(());
    }
    core.put_state(CardState {
        collected,
        ..core.state
    })
}
