//! What an application's keys are used with: MANAGE SECURITY ENVIRONMENT, PERFORM SECURITY OPERATION (ISO/IEC 7816-8) and
//! authentication by key (ISO/IEC 7816-4, 11.6). SPEC.md section 5.1.
//!
//! Every use asks again whether the key is there, is for that, and whether its rule allows it now: choosing a key grants nothing.
//! The card's own keys cannot be chosen. What does not belong here: making keys (`key`).

pub(crate) mod authenticate;
pub(crate) mod cipher;
mod environment;
pub(crate) mod mac;
pub(crate) mod signature;

pub(crate) use environment::{Environment, choose};

use core::ops::Deref;

use apdu_spec::access::AccessMode;
use zeroize::Zeroizing;

use crate::core::Core;
use crate::error::{Error, Result};
use crate::fs::require;
use crate::key::{self, Attributes};
use crate::layout;
use crate::platform::Platform;
use crate::session::Session;

/// A key of the current application that may be used now.
struct Usable {
    df: u16,
    reference: u8,
    attributes: Attributes,
}

/// Finds a key of the current application; it must be for this use.
fn find<P: Platform>(core: &mut Core<P>, session: &Session, reference: u8, usage: u8) -> Result<Usable> {
    let df = session.active_application()?;
    let attributes = key::attributes(core, df, reference)?.ok_or(Error::DataNotFound)?;
    if attributes.usage.code() & usage != usage {
        return Err(Error::DataNotFound);
    }
    Ok(Usable {
        df,
        reference,
        attributes,
    })
}

/// As [`find`], and the key's rule must allow its use now.
fn usable<P: Platform>(core: &mut Core<P>, session: &Session, reference: u8, usage: u8) -> Result<Usable> {
    let key = find(core, session, reference, usage)?;
    require(core, session, &key.attributes.rules, AccessMode::USE)?;
    Ok(key)
}

impl Usable {
    /// Where its value lies.
    const fn place(&self) -> crate::store::Key {
        layout::key(self.df, self.reference)
    }

    /// Its value, if it is no key pair.
    fn secret<P: Platform>(&self, core: &mut Core<P>) -> Result<Secret> {
        let mut bytes = Zeroizing::new([0; 32]);
        let value = core
            .load_checked(self.place(), bytes.as_mut_slice())?
            .ok_or(Error::DataNotFound)?;
        let length = value.len();
        Ok(Secret { bytes, length })
    }
}

/// A secret key or a MAC, of 32 bytes at most; cleared when dropped.
struct Secret {
    bytes: Zeroizing<[u8; 32]>,
    length: usize,
}

impl Deref for Secret {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }
}
