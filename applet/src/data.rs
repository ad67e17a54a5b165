//! GET DATA, PUT DATA and GET CHALLENGE (ISO/IEC 7816-4, 11.5.3, 11.5.5 and 11.6.3). SPEC.md section 5.

mod put;

pub(crate) use put::put;

use apdu_spec::aid::Aid;
use apdu_spec::certificate::{KeyOrigin, Policy};
use apdu_spec::data::{
    self, ApplicationEntry, ApplicationSelector, CardStatus, ReceiptSelector, RequestSelector,
};
use apdu_spec::file::LifeCycle;
use apdu_spec::limits;
use apdu_spec::tlv::Writer;

use crate::PLATFORM_VERSION;
use crate::content::{self, application, receipt, request};
use crate::core::Core;
use crate::error::{Error, Result};
use crate::layout;
use crate::platform::Platform;
use crate::session::Session;

/// GET DATA.
pub(crate) fn get<P: Platform>(
    core: &mut Core<P>,
    session: &Session,
    tag: u16,
    selector: &[u8],
    reply: &mut Writer<'_>,
) -> Result<()> {
    if !selector.is_empty() && !matches!(tag, data::STORING_REQUEST | data::RECEIPT | data::APPLICATIONS) {
        return Err(Error::DataNotFound);
    }
    match tag {
        data::CARD_STATUS => status(core, reply),
        data::ISSUER_REGISTRAR_ROOT
        | data::DATA_REGISTRAR_ROOT
        | data::ISSUER_CERTIFICATE
        | data::CARD_CERTIFICATE => {
            let mut buffer = [0; limits::CERTIFICATE_MAX];
            let bytes = core
                .load_checked(layout::object(tag), &mut buffer)?
                .ok_or(Error::DataNotFound)?;
            Ok(reply.raw(bytes)?)
        }
        data::OPEN_REQUESTS => request::list(core, reply),
        data::STORING_REQUEST if selector.is_empty() => request::read(core, None, reply),
        data::STORING_REQUEST => request::read(core, Some(RequestSelector::read(selector)?.0), reply),
        data::NEWEST_RECEIPT => receipt::read_newest(core, reply),
        data::RECEIPT if selector.is_empty() => receipt::read_newest(core, reply),
        data::RECEIPT => receipt::read(core, ReceiptSelector::read(selector)?.0, reply),
        data::APPLICATIONS if selector.is_empty() => applications(core, None, reply),
        data::APPLICATIONS => applications(core, Some(ApplicationSelector::read(selector)?.0), reply),
        data::LAST_REASON => Ok(reply.raw(&data::reason(session.reason))?),
        _ => Err(Error::DataNotFound),
    }
}

fn status<P: Platform>(core: &mut Core<P>, reply: &mut Writer<'_>) -> Result<()> {
    let policy = if core.state.is_registered() {
        content::policy(core)?
    } else {
        Policy::NONE
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
            key_origin: KeyOrigin::Card,
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
        },
        reply,
    )
}

/// The applications behind `last` in ascending order of their AIDs (all when `None`), as many as fit the reply.
fn applications<P: Platform>(
    core: &mut Core<P>,
    mut last: Option<Aid>,
    reply: &mut Writer<'_>,
) -> Result<()> {
    while let Some((_, application)) = application::next_after(core, last)? {
        let mut buffer = [0; ApplicationEntry::ENCODED_MAX];
        let mut entry = Writer::new(&mut buffer);
        ApplicationEntry {
            aid: application.aid,
            label: &application.label,
            version: application.version,
            package: application.package,
            provider: application.provider,
            salt: application.salt,
        }
        .write(&mut entry)?;
        if reply.raw(entry.finish()).is_err() {
            break;
        }
        last = Some(application.aid);
    }
    Ok(())
}

/// GET CHALLENGE.
pub(crate) fn challenge<P: Platform>(
    core: &mut Core<P>,
    session: &mut Session,
    length: usize,
    reply: &mut Writer<'_>,
) -> Result<()> {
    let challenge = reply.space(length)?;
    core.platform.random(challenge)?;
    session.challenge = <[u8; 16]>::try_from(&*challenge).ok();
    Ok(())
}
