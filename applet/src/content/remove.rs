//! REMOVE APPLICATION (ISO/IEC 7816-13): the same joint authority as storing, and the holder's consent once more.

use apdu_spec::object::Operation;
use apdu_spec::reason::Reason;
use apdu_spec::tlv::Writer;

use super::application::{self, Pending};
use super::receipt::{self, Draft, Prepared};
use super::{authorization, provider, request, require_consent, tree};
use crate::core::Core;
use crate::error::{Error, Result};
use crate::layout;
use crate::platform::Platform;
use crate::session::Session;

/// Deletes an application and answers the receipt. The commit returns when its secrets are physically gone.
#[inline(never)]
pub(crate) fn remove<P: Platform>(
    core: &mut Core<P>,
    session: &mut Session,
    number: u32,
    reply: &mut Writer<'_>,
) -> Result<()> {
    if !core.state.is_registered() {
        return Err(Reason::NotRegistered.into());
    }
    require_consent(session)?;
    let open = request::by_number(core, number)?;
    if open.sdi().operation != Operation::Delete {
        return Err(Reason::WrongOperation.into());
    }
    let authorized = authorization::check_kept(core, &open)?;
    request::check_operation(core, open.sdi())?;
    let aid = open.sdi().aid;
    let (slot, application) = application::by_aid(core, &aid)?.ok_or(Reason::NoSuchApplication)?;
    let draft = Draft::of(
        core,
        &open,
        &authorized,
        application.package,
        Pending::Remove(&aid),
    )?;
    let prepared = receipt::prepare(core, core.state, &draft)?;
    let keeps_df = application::shares_df(core, application.provider_df, &aid)?;
    let provider = provider::find(core, &application.provider)?.ok_or(Error::Memory)?;
    let (records, bytes) = Prepared::COST;
    let records = records + request::PARTS.len() + 5 + tree::count(core, application.df)?;
    let mut change = core.begin_removal(records, bytes)?;
    tree::delete::<P>(&mut change, application.df, &[])?;
    change.delete(layout::entry(application.provider_df, application.id))?;
    change.delete(layout::application(slot))?;
    if !keeps_df {
        provider.delete::<P>(&mut change)?;
    }
    request::retire::<P>(&mut change, open.slot)?;
    prepared.commit::<P>(change)?;
    core.state = prepared.state;
    session.enter(layout::MASTER_FILE, None);
    Ok(reply.raw(prepared.bytes())?)
}
