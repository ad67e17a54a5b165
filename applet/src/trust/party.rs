//! EXTERNAL AUTHENTICATE (ISO/IEC 7816-4, 11.6.4): an issuer or a provider shows that it is there.

use crate::core::Core;
use crate::error::{Error, Result};
use crate::platform::Platform;
use crate::session::Session;

/// Takes a party's answer to the last challenge, which is used up whatever comes of it.
pub(crate) fn authenticate<P: Platform>(
    _core: &mut Core<P>,
    _session: &mut Session,
    _answer: &[u8],
) -> Result<()> {
    Err(Error::WrongState)
}
