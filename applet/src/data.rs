//! GET DATA, PUT DATA and GET CHALLENGE (ISO/IEC 7816-4, 11.5.3, 11.5.5 and 11.6.3). SPEC.md section 5.

mod listing;
mod put;

pub(crate) use put::put;

use apdu_spec::aid::Aid;
use apdu_spec::certificate::{KeyOrigin, Policy};
use apdu_spec::data::{
    self, ApplicationSelector, CardStatus, ChildSelector, ReceiptOfSelector, ReceiptSelector,
    RequestSelector, TransportPins,
};
use apdu_spec::file::LifeCycle;
use apdu_spec::reference::PinReference;
use apdu_spec::tlv::Writer;

use crate::PLATFORM_VERSION;
use crate::content::audience::Audience;
use crate::content::{self, receipt, request};
use crate::core::Core;
use crate::error::{Error, Result};
use crate::layout;
use crate::pin;
use crate::platform::Platform;
use crate::session::Session;
use crate::trust;

/// GET DATA.
pub(crate) fn get<P: Platform>(
    core: &mut Core<P>,
    session: &Session,
    tag: u16,
    selector: &[u8],
    reply: &mut Writer<'_>,
) -> Result<()> {
    let selected = matches!(
        tag,
        data::STORING_REQUEST | data::RECEIPT | data::APPLICATIONS | data::FLOORS | data::CHILDREN
    );
    if !selector.is_empty() && !selected {
        return Err(Error::DataNotFound);
    }
    let audience = Audience::of(core, session);
    match tag {
        data::CARD_STATUS => status(core, reply),
        data::ISSUER_REGISTRAR_ROOT
        | data::DATA_REGISTRAR_ROOT
        | data::ISSUER_CERTIFICATE
        | data::CARD_CERTIFICATE
        | data::ISSUER_REGISTRAR_LINK
        | data::DATA_REGISTRAR_LINK
        | data::ISSUER_REVOCATION_LIST
        | data::DATA_REVOCATION_LIST => {
            let key = layout::object(tag);
            let length = core.store.len(key)?.ok_or(Error::DataNotFound)?;
            core.load_checked(key, reply.space(length)?)?
                .ok_or(Error::Memory)?;
            Ok(())
        }
        data::OPEN_REQUESTS => request::list(core, reply),
        data::STORING_REQUEST if selector.is_empty() => request::read(core, None, reply),
        data::STORING_REQUEST => request::read(core, Some(RequestSelector::read(selector)?.0), reply),
        data::NEWEST_RECEIPT => receipt::read(core, audience, None, reply),
        data::RECEIPT if selector.is_empty() => receipt::read(core, audience, None, reply),
        data::RECEIPT if selector.len() == ReceiptOfSelector::ENCODED => {
            receipt::by_request(core, &ReceiptOfSelector::read(selector)?.0, reply)
        }
        data::RECEIPT => receipt::read(core, audience, Some(ReceiptSelector::read(selector)?.0), reply),
        data::APPLICATIONS => listing::applications(core, audience, behind(selector)?, reply),
        data::FLOORS => listing::floors(core, audience, behind(selector)?, reply),
        data::CHILDREN if selector.is_empty() => listing::children(core, session, None, reply),
        data::CHILDREN => listing::children(core, session, Some(ChildSelector::read(selector)?.0), reply),
        data::LAST_REASON => Ok(reply.raw(&data::reason(session.reason))?),
        _ => Err(Error::DataNotFound),
    }
}

/// The AID behind which a list goes on.
fn behind(selector: &[u8]) -> Result<Option<Aid>> {
    if selector.is_empty() {
        return Ok(None);
    }
    Ok(Some(ApplicationSelector::read(selector)?.0))
}

fn status<P: Platform>(core: &mut Core<P>, reply: &mut Writer<'_>) -> Result<()> {
    let policy = if core.state.is_registered() {
        content::policy(core)?
    } else {
        Policy::NONE
    };
    let key_origin = trust::key_origin(core)?;
    let transport_pins = TransportPins {
        user: pin::is_transport(core, PinReference::User)?,
        consent: pin::is_transport(core, PinReference::Consent)?,
    };
    let state = &core.state;
    write_status(
        &CardStatus {
            wire_format: data::WIRE_FORMAT,
            platform_version: PLATFORM_VERSION,
            life_cycle: state.life_cycle,
            date: state.date,
            content_counter: state.content_counter,
            receipts_written: state.receipts,
            requests_used: state.requests,
            content_policy: policy,
            free_bytes: u32::try_from(core.store.stats().free_bytes).unwrap_or(u32::MAX),
            serial_number: state.serial_number,
            damaged: false,
            receipts_uncollected: u8::try_from(state.uncollected()).unwrap_or(u8::MAX),
            key_origin,
            transport_pins,
        },
        reply,
    )
}

fn write_status(status: &CardStatus, reply: &mut Writer<'_>) -> Result<()> {
    let mut buffer = [0; CardStatus::ENCODED];
    let length = status.write(&mut buffer)?;
    Ok(reply.raw(buffer.get(..length).ok_or(Error::Overflow)?)?)
}

/// The status of a card whose memory cannot be trusted: that it is damaged, and nothing that was read from it.
pub(crate) fn damaged(reply: &mut Writer<'_>) -> Result<()> {
    write_status(
        &CardStatus {
            wire_format: data::WIRE_FORMAT,
            platform_version: PLATFORM_VERSION,
            life_cycle: LifeCycle::Terminated,
            date: crate::FIRST_DATE,
            content_counter: 0,
            receipts_written: 0,
            requests_used: 0,
            content_policy: Policy::NONE,
            free_bytes: 0,
            serial_number: [0; 8],
            damaged: true,
            receipts_uncollected: 0,
            key_origin: KeyOrigin::Card,
            transport_pins: TransportPins::default(),
        },
        reply,
    )
}

/// GET CHALLENGE.
pub(crate) fn challenge<P: Platform>(
    core: &mut Core<P>,
    session: &mut Session,
    length: usize,
    reply: &mut Writer<'_>,
) -> Result<()> {
    session.challenge = None;
    let challenge = reply.space(length)?;
    core.platform.random(challenge)?;
    session.challenge = <[u8; 16]>::try_from(&*challenge).ok();
    Ok(())
}
