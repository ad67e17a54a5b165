//! The registrars' roots: the first of each is what its name is for ever, links put newer keys beside it.
//!
//! A card keeps two roots of a registrar at most and believes certificates under either. The digest of the *first* root, the
//! anchor, stays what RC, storing data and identities call the root, however often the registrar has changed its key.

use apdu_spec::certificate::{Certificate, Role};
use apdu_spec::data;
use apdu_spec::date::Date;
use apdu_spec::limits;
use apdu_spec::reason::Reason;

use super::{CertificateBytes, check_dates, stored};
use crate::core::Core;
use crate::error::{Error, Result};
use crate::layout;
use crate::platform::Platform;
use crate::state::{CardState, STATE_MAX};
use crate::store::{Key, Secrecy};

/// Where the digest of the issuer registrar's first root is kept, and behind it the data registrar's. GET DATA does not know them.
const ANCHOR: u16 = 0x0116;

/// One of the card's two registrars, by its place among them; what the card keeps of both lies under tags in that order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Registrar(u16);

impl Registrar {
    const ISSUERS: Self = Self(0);
    const DATA: Self = Self(1);

    /// The registrar of this role, or the one that certifies it directly.
    pub(crate) fn of(role: Role) -> Result<Self> {
        match role {
            Role::IssuerRegistrar | Role::Issuer => Ok(Self::ISSUERS),
            Role::DataRegistrar | Role::Provider | Role::DataCertifier => Ok(Self::DATA),
            // A card is certified by its issuer.
            Role::Card => Err(Reason::UnknownAuthority.into()),
        }
    }

    const fn role(self) -> Role {
        match self {
            Self::ISSUERS => Role::IssuerRegistrar,
            _ => Role::DataRegistrar,
        }
    }

    const fn other(self) -> Self {
        Self(1 - self.0)
    }

    /// Tags of the older root, or the only one, and of the newer.
    const fn roots(self) -> [u16; 2] {
        [
            data::ISSUER_REGISTRAR_ROOT + self.0,
            data::ISSUER_REGISTRAR_LINK + self.0,
        ]
    }

    /// Where its revocation list is kept.
    pub(super) const fn list(self) -> Key {
        layout::object(data::ISSUER_REVOCATION_LIST + self.0)
    }

    const fn anchor(self) -> Key {
        layout::object(ANCHOR + self.0)
    }
}

/// The digest of the first root of the registrar that has this role or certifies it: what RC, SDI, SR and identities call
/// its root, whichever root signs today.
pub(crate) fn anchor<P: Platform>(core: &mut Core<P>, role: Role) -> Result<[u8; 32]> {
    let mut digest = [0; 32];
    core.load_checked(Registrar::of(role)?.anchor(), &mut digest)?
        .ok_or(Reason::RootMismatch)?;
    Ok(digest)
}

/// The root of a registrar that is the one meant, if its date is not past.
pub(super) fn find<'b, P: Platform>(
    core: &mut Core<P>,
    registrar: Registrar,
    is_meant: &dyn Fn(&Core<P>, &Certificate<'_>) -> bool,
    buffer: &'b mut CertificateBytes,
) -> Result<Certificate<'b>> {
    for tag in registrar.roots() {
        let meant = match stored(core, tag, buffer)? {
            Some(root) => is_meant(core, &root),
            None => false,
        };
        if meant {
            let root = stored(core, tag, buffer)?.ok_or(Error::Fault)?;
            return if root.expiration < core.state.date {
                Err(Reason::Expired.into())
            } else {
                Ok(root)
            };
        }
    }
    Err(Reason::UnknownAuthority.into())
}

/// PUT DATA 0102 and 0103: the first root of a registrar, self-signed. What belonged to another that was there before goes with it. The
/// card's date becomes the latest effective date of its roots.
pub(crate) fn put_first<P: Platform>(core: &mut Core<P>, role: Role, value: &[u8]) -> Result<()> {
    let registrar = Registrar::of(role)?;
    let root = Certificate::parse(value)?;
    root.check_root(registrar.role())?;
    core.verify(root.point, root.body, root.signature)?;
    let mut date = root.effective;
    for tag in registrar.other().roots() {
        let mut buffer = [0; limits::CERTIFICATE_MAX];
        if let Some(other) = stored(core, tag, &mut buffer)? {
            date = date.max(other.effective);
        }
    }
    let anchor = core.hash(&[value]);
    let [only, newer] = registrar.roots().map(layout::object);
    keep(
        core,
        date,
        &[
            (newer, None),
            (registrar.list(), None),
            (only, Some(value)),
            (registrar.anchor(), Some(&anchor)),
        ],
    )
}

/// Takes in a link certificate: the registrar's next key, certified by one that the card has (BSI TR-03110-3, 2.6). With
/// two roots present the older one falls out. The one that is there already is taken without effect.
///
/// Links are not looked for on revocation lists: whoever has a registrar's key signs lists and links as well as the registrar does.
#[inline(never)]
pub(super) fn take_link<P: Platform>(core: &mut Core<P>, link: &Certificate<'_>) -> Result<()> {
    let registrar = Registrar::of(link.role)?;
    let mut buffer = [0; limits::CERTIFICATE_MAX];
    let (mut highest, mut count) = (0, 0);
    for tag in registrar.roots() {
        if let Some(root) = stored(core, tag, &mut buffer)? {
            if root.encoded == link.encoded {
                return Ok(());
            }
            highest = root.holder.sequence().max(highest);
            count += 1;
        }
    }
    let named = |_: &Core<P>, root: &Certificate<'_>| root.holder == link.authority;
    let root = find(core, registrar, &named, &mut buffer)?;
    link.check_link(&root)?;
    if link.holder.sequence() <= highest {
        return Err(Reason::LinkTooOld.into());
    }
    core.verify(root.point, link.body, link.signature)?;
    check_dates(core.state.date, link, true)?;

    let date = core.state.date.max(link.effective);
    let [older, newer] = registrar.roots().map(layout::object);
    let link = (newer, Some(link.encoded));
    if count > 1 {
        let staying = core.load_checked(newer, &mut buffer)?;
        keep(core, date, &[(older, staying), link])
    } else {
        keep(core, date, &[link])
    }
}

/// Puts and deletes (where there is no value) what the card keeps of a registrar, and moves the date to `date`, in one transaction.
fn keep<P: Platform>(core: &mut Core<P>, date: Date, changes: &[(Key, Option<&[u8]>)]) -> Result<()> {
    let state = CardState { date, ..core.state };
    let mut buffer = [0; STATE_MAX];
    let state_bytes = state.write(&mut buffer)?;
    let mut change = core.begin(changes.len() + 1, 2 * limits::CERTIFICATE_MAX + STATE_MAX)?;
    for (key, value) in changes {
        match value {
            Some(value) => change.put(*key, &[value], Secrecy::Public)?,
            None => change.delete(*key)?,
        }
    }
    change.put_last(layout::state(), &[state_bytes], Secrecy::Public)?;
    core.state = state;
    Ok(())
}
