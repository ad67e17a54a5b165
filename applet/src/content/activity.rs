//! DEACTIVATE FILE and ACTIVATE FILE (ISO/IEC 7816-9): rule 9, the holder can always switch an application off. It stays, and so does all
//! that is in it, but nothing in it answers until the holder switches it on again.

use apdu_spec::aid::Aid;
use apdu_spec::file::LifeCycle;
use apdu_spec::reason::Reason;

use super::commit::put_df;
use super::{application, require_consent};
use crate::core::Core;
use crate::error::Result;
use crate::fs::directory::RECORD_MAX;
use crate::layout::MASTER_FILE;
use crate::platform::Platform;
use crate::session::Session;

/// Switches an application on or off, with the holder's consent.
pub(crate) fn set<P: Platform>(
    core: &mut Core<P>,
    session: &mut Session,
    aid: &Aid,
    active: bool,
) -> Result<()> {
    require_consent(session)?;
    let (_, application) = application::by_aid(core, aid)?.ok_or(Reason::NoSuchApplication)?;
    let mut df = core.df(application.df)?;
    let life_cycle = if active {
        LifeCycle::Operational
    } else {
        LifeCycle::Deactivated
    };
    if df.life_cycle == life_cycle {
        return Ok(());
    }
    df.life_cycle = life_cycle;
    // Two records that stay as long as they are: there is room for that on a full card.
    let mut change = core.begin_removal(2, 2 * RECORD_MAX)?;
    put_df::<P>(&mut change, application.df, &df)?;
    change.commit()?;
    // Who is in it is shown out, with all that was verified there.
    if session.application == Some(application.df) {
        session.enter(MASTER_FILE, None);
    }
    Ok(())
}
