//! The keys of a package at the commit: what may be done with each, the values that are kept, and those that the package brings.

use apdu_spec::package::{KeyEntry, KeyType};
use apdu_spec::reason::Reason;
use zeroize::Zeroizing;

use super::{Plan, rules};
use crate::content::seal;
use crate::core::Change;
use crate::crypto::{Crypto, PrivateKey};
use crate::error::{Error, Result};
use crate::key::Attributes;
use crate::layout;
use crate::platform::Platform;
use crate::store::Secrecy;

/// Writes all of them.
pub(super) fn write<P: Platform>(
    change: &mut Change<'_, P>,
    plan: &Plan<'_>,
    crypto: &P::Crypto,
    opener: Option<&seal::Opener>,
) -> Result<()> {
    let df = plan.application.df;
    for key in plan.manifest.keys().filter(|key| !key.is_removed()) {
        let attributes = Attributes {
            kind: key.kind,
            usage: key.usage,
            tries: key.tries.unwrap_or_default(),
            rules: rules(plan.manifest, key.rule)?,
        };
        let place = layout::key_attributes(df, key.reference);
        change.put(place, &[&attributes.header(), &attributes.rules], Secrecy::Public)?;
        let mut tries = [attributes.tries];
        let to = layout::key(df, key.reference);
        let mut has_value = false;
        if let Some(old) = plan.kept.key(key.reference) {
            let from = layout::key(old, key.reference);
            has_value = copy::<P, { crate::core::KEY_RECORD }>(change, from, to, Secrecy::Secret)?;
            if attributes.tries > 0 {
                let mut left = [0; 1];
                change.read(layout::key_tries(old, key.reference), 0, &mut left)?;
                tries = left.map(|left| left.min(attributes.tries));
            }
        }
        if attributes.tries > 0 {
            change.put(layout::key_tries(df, key.reference), &[&tries], Secrecy::Public)?;
        }
        // A key that is kept stays what it is, whatever the package brings.
        if let (Some(sealed), Some(opener), false) = (key.sealed, opener, has_value) {
            put_sealed::<P>(change, crypto, opener, &key, sealed, to)?;
        }
    }
    Ok(())
}

/// Opens the value that a package brings for a key, and stores it.
#[inline(never)]
fn put_sealed<P: Platform>(
    change: &mut Change<'_, P>,
    crypto: &P::Crypto,
    opener: &seal::Opener,
    key: &KeyEntry<'_>,
    sealed: &[u8],
    to: crate::store::Key,
) -> Result<()> {
    let mut value = Zeroizing::new([0; 32]);
    let value = value.get_mut(..sealed.len()).ok_or(Error::Fault)?;
    value.copy_from_slice(sealed);
    opener.apply_to_key(crypto, key.reference, value);
    if key.kind != KeyType::P256 {
        return Ok(change.put(to, &[value], Secrecy::Secret)?);
    }
    let scalar = <&[u8; 32]>::try_from(&*value).map_err(|_| Error::Fault)?;
    let private = PrivateKey(*scalar);
    let point = crypto.p256_public(&private).map_err(|_| Reason::BadManifest)?;
    Ok(change.put(to, &[&private.0, &point], Secrecy::Secret)?)
}

/// Copies a record of at most `N` bytes, and tells whether there is one.
fn copy<P: Platform, const N: usize>(
    change: &mut Change<'_, P>,
    from: crate::store::Key,
    to: crate::store::Key,
    secrecy: Secrecy,
) -> Result<bool> {
    let Some(length) = change.len(from)? else {
        return Ok(false);
    };
    let mut record = Zeroizing::new([0; N]);
    let record = record.get_mut(..length).ok_or(Error::Memory)?;
    change.read(from, 0, record)?;
    change.put(to, &[record], secrecy)?;
    Ok(true)
}
