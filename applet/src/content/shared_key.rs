//! Keys that the card shares with its issuer and with providers, for MACs in place of signatures.

use crate::core::Core;
use crate::error::{Error, Result};
use crate::platform::Platform;
use crate::session::Session;

/// APPLICATION MANAGEMENT REQUEST, function 0A.
pub(crate) fn load<P: Platform>(_core: &mut Core<P>, _session: &mut Session, _key: &[u8]) -> Result<()> {
    Err(Error::WrongState)
}
