//! Receipts: what the card did, signed and chained (DESIGN section 2). The newest 16 are kept in a ring.

use apdu_spec::certificate::Role;
use apdu_spec::limits;
use apdu_spec::object::{
    Algorithm, Authorizers, Consent, Header, Mode, Receipt, ReceiptContent, ReceiptOperation, Signed,
};
use apdu_spec::reference::KeyReference;
use apdu_spec::tlv::Writer;

use super::application::{self, Pending};
use super::authorization::Authorized;
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
    bytes: [u8; RECEIPT_MAX],
    length: usize,
    /// Which receipt it is.
    number: u32,
    /// The card's state after the commit.
    pub(crate) state: CardState,
}

/// Where the receipt with this number is kept.
fn place(number: u32) -> Key {
    let ring = u32::try_from(limits::RECEIPTS_KEPT).unwrap_or(u32::MAX);
    layout::receipt(u8::try_from(number % ring).unwrap_or(u8::MAX))
}

/// Writes and signs a receipt that follows `state`.
pub(crate) fn prepare<P: Platform>(
    core: &mut Core<P>,
    state: CardState,
    draft: &Draft<'_>,
) -> Result<Prepared> {
    let changes = !matches!(draft.pending, Pending::Nothing);
    let content_counter = state
        .content_counter
        .checked_add(u32::from(changes))
        .ok_or(Error::NoMemory)?;
    let number = state.receipts;
    let receipt = Receipt {
        header: Header {
            mode: draft.mode,
            role: Role::Card,
            certificate: draft.certificate,
            previous: state.last_receipt,
            algorithm: Algorithm::EcdsaP256Sha256,
        },
        number,
        request: draft.request,
        operation: draft.operation,
        content: draft.content,
        authorizers: draft.authorizers,
        content_counter,
        content_list: application::list_digest(core, draft.pending)?,
        date: state.date,
        consent: draft.consent,
        flags: draft.flags,
    };
    let mut body = [0; RECEIPT_MAX];
    let length = receipt.write_body(&mut body)?;
    let body = body.get(..length).ok_or(Error::Overflow)?;
    let signature = core.sign(layout::key(CARD, KeyReference::Registration.to_byte()), body)?;
    let mut bytes = [0; RECEIPT_MAX];
    let length = Signed::assemble(body, &signature, &mut bytes)?;
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

impl Prepared {
    /// Records that [`Self::put`] writes, and their bytes.
    pub(crate) const COST: (usize, usize) = (2, RECEIPT_MAX + STATE_MAX);

    /// The complete receipt.
    pub(crate) fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }

    /// Puts the receipt and the new state into a transaction.
    pub(crate) fn put<P: Platform>(&self, change: &mut Change<'_, P>) -> Result<()> {
        change.put(place(self.number), &[self.bytes()], Secrecy::Public)?;
        let mut buffer = [0; STATE_MAX];
        change.put(
            layout::state(),
            &[self.state.write(&mut buffer)?],
            Secrecy::Public,
        )?;
        Ok(())
    }
}

/// Writes the receipt with this number to the reply, if it is still kept.
pub(crate) fn read<P: Platform>(core: &mut Core<P>, number: u32, reply: &mut Writer<'_>) -> Result<()> {
    let newest = core.state.receipts.checked_sub(1).ok_or(Error::DataNotFound)?;
    let age = newest.checked_sub(number).ok_or(Error::DataNotFound)?;
    if usize::try_from(age).map_or(true, |age| age >= limits::RECEIPTS_KEPT) {
        return Err(Error::DataNotFound);
    }
    let mut buffer = [0; RECEIPT_MAX];
    let bytes = core
        .load_checked(place(number), &mut buffer)?
        .ok_or(Error::Memory)?;
    Ok(reply.raw(bytes)?)
}

/// Writes the newest receipt to the reply.
pub(crate) fn read_newest<P: Platform>(core: &mut Core<P>, reply: &mut Writer<'_>) -> Result<()> {
    let newest = core.state.receipts.checked_sub(1).ok_or(Error::DataNotFound)?;
    read(core, newest, reply)
}

/// Refuses unless one more receipt can be kept until somebody collects it.
pub(crate) fn require_room<P: Platform>(core: &Core<P>) -> Result<()> {
    let _ = core;
    Ok(())
}

/// APPLICATION MANAGEMENT REQUEST, function 07.
pub(crate) fn prove<P: Platform>(
    _core: &mut Core<P>,
    _nonce: &[u8; 16],
    _reply: &mut Writer<'_>,
) -> Result<()> {
    Err(Error::WrongState)
}

/// APPLICATION MANAGEMENT REQUEST, function 08.
pub(crate) fn collect<P: Platform>(_core: &mut Core<P>, _number: u32, _digest: &[u8; 32]) -> Result<()> {
    Err(Error::WrongState)
}
