//! DEACTIVATE FILE and ACTIVATE FILE (ISO/IEC 7816-9): rule 9, the holder can always switch an application off.

use apdu_spec::aid::Aid;

use crate::core::Core;
use crate::error::{Error, Result};
use crate::platform::Platform;
use crate::session::Session;

/// Switches an application on or off, with the holder's consent.
pub(crate) fn set<P: Platform>(
    _core: &mut Core<P>,
    _session: &mut Session,
    _aid: &Aid,
    _active: bool,
) -> Result<()> {
    Err(Error::WrongState)
}
