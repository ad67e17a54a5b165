//! Revocation lists (rule 8).

use crate::core::Core;
use crate::error::{Error, Result};
use crate::platform::Platform;

/// APPLICATION MANAGEMENT REQUEST, function 09.
pub(crate) fn load<P: Platform>(_core: &mut Core<P>, _list: &[u8]) -> Result<()> {
    Err(Error::WrongState)
}
