//! Revocation lists (rule 8): certificates that a registrar no longer stands for.

use apdu_spec::certificate::{Certificate, Role};
use apdu_spec::limits;
use apdu_spec::object::{Mode, NO_PREVIOUS, RevocationList, Signed};
use apdu_spec::reason::Reason;

use super::root::{self, Registrar};
use crate::content::load::no_space;
use crate::core::Core;
use crate::error::{Error, Result};
use crate::platform::Platform;
use crate::store::Secrecy;

/// The longest list, as a complete F0 object.
const LIST_MAX: usize = RevocationList::MAX + Signed::OVERHEAD;

/// What a question to the present list of a registrar comes to; `None` if there is no list.
// Never inlined: the buffer is large, and callers go on to things that need much of the stack themselves.
#[inline(never)]
fn ask<P: Platform>(
    core: &mut Core<P>,
    registrar: Registrar,
    question: &dyn Fn(&RevocationList<'_>) -> bool,
) -> Result<Option<bool>> {
    let mut buffer = [0; LIST_MAX];
    let Some(bytes) = core.load_checked(registrar.list(), &mut buffer)? else {
        return Ok(None);
    };
    let list = Signed::parse(bytes)
        .and_then(|signed| signed.read::<RevocationList<'_>>())
        .map_err(|_| Error::Memory)?;
    Ok(Some(question(&list)))
}

/// Refuses a certificate that is on the list of the registrar which registers its holder's role.
pub(super) fn check<P: Platform>(core: &mut Core<P>, holder: Role, digest: &[u8; 32]) -> Result<()> {
    match ask(core, Registrar::of(holder)?, &|list| list.names(digest))? {
        Some(true) => Err(Reason::Revoked.into()),
        Some(false) | None => Ok(()),
    }
}

/// APPLICATION MANAGEMENT REQUEST, function 09: takes in a list signed by one of its registrar's two roots, in place of the list before.
#[inline(never)]
pub(crate) fn load<P: Platform>(core: &mut Core<P>, list: &[u8]) -> Result<()> {
    let signed = Signed::parse(list)?;
    let new = signed.read::<RevocationList<'_>>()?;
    let header = &new.header;
    if !header.role.is_root() {
        return Err(Reason::WrongRole.into());
    }
    if header.mode != Mode::RegisteredIssuer || header.previous != NO_PREVIOUS {
        return Err(Reason::OtherRequest.into());
    }
    let registrar = Registrar::of(header.role)?;
    let mut buffer = [0; limits::CERTIFICATE_MAX];
    let named = |core: &Core<P>, root: &Certificate<'_>| core.hash(&[root.encoded]) == header.certificate;
    let root = root::find(core, registrar, &named, &mut buffer)?;
    if ask(core, registrar, &|present| present.number >= new.number)? == Some(true) {
        return Err(Reason::ListTooOld.into());
    }
    let signature = signed.proof.signature().ok_or(Reason::BadSignature)?;
    core.verify(root.point, signed.body, signature)?;
    let change = core.begin(1, LIST_MAX).map_err(no_space)?;
    Ok(change.put_last(registrar.list(), &[signed.encoded], Secrecy::Public)?)
}
