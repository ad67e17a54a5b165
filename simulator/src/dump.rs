//! A full logical dump: what a card keeps, as text that two cards have in common exactly if they keep the same.
//!
//! One line for each object in the order of the store: namespace, kind, id and part of its key, length, SHA-256 of its
//! value. Values themselves are not shown: keys and PINs are among them. Where in flash something lies makes no
//! difference, and neither does what a power cut left for the next start to clear away.

use std::fmt::Write;

use applet::store::{Key, Store, StoreError, VALUE_MAX};
use sha2::{Digest, Sha256};

use crate::card::OBJECTS_MAX;
use crate::platform::CardFlash;

/// Dumps the card in `flash`, which is a copy: mounting may write to it.
///
/// # Errors
/// When the flash is damaged or was never formatted.
pub fn dump<F: CardFlash>(flash: F) -> Result<String, StoreError> {
    let mut store = Store::mount(flash, vec![0; OBJECTS_MAX])?;
    let mut value = vec![0; VALUE_MAX];
    let mut text = String::new();
    let mut next = Some(Key::MIN);
    while let Some(from) = next {
        let Some(key) = store.first_at_or_after(from)? else {
            break;
        };
        let length = store.read_checked(key, &mut value)?.ok_or(StoreError::Damaged)?;
        let digest = Sha256::digest(value.get(..length).ok_or(StoreError::Damaged)?);
        line(&mut text, key, length, &digest);
        next = key.successor();
    }
    Ok(text)
}

fn line(text: &mut String, key: Key, length: usize, digest: &[u8]) {
    let (namespace, kind, id, part) = (key.namespace(), key.kind(), key.id(), key.part());
    // Writing to a string does not fail.
    let _ = write!(text, "{namespace:04X} {kind:02X} {id:04X} {part:04X} {length:4} ");
    for byte in digest {
        let _ = write!(text, "{byte:02x}");
    }
    text.push('\n');
}
