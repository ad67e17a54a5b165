//! Which object of the card lies under which key of the store. This module is the flash format above the store;
//! docs/storage-format.md describes it.
//!
//! A *number* names a DF or the content of an EF. Numbers are given out by [`crate::core::Core::allocate`] and are
//! not visible outside; a file is reached through its directory entry only, so that staged content under fresh
//! numbers does not exist for anybody until a commit writes the entries.

use crate::store::Key;

/// The number of the MF. Numbers above it are given out; 0 is the card itself.
pub(crate) const MASTER_FILE: u16 = 1;
/// The namespace of what belongs to the card rather than to a DF.
pub(crate) const CARD: u16 = 0;

const STATE: u8 = 0x01;
const OBJECT: u8 = 0x02;
const KEY: u8 = 0x03;
const PIN: u8 = 0x04;
const TRIES: u8 = 0x05;
const REQUEST: u8 = 0x06;
const RECEIPT: u8 = 0x07;
const APPLICATION: u8 = 0x08;
const FLOOR: u8 = 0x09;
const PROVIDER: u8 = 0x0A;
const KEY_ATTRIBUTES: u8 = 0x0B;
const SHARED_KEY: u8 = 0x0C;
const KEY_TRIES: u8 = 0x0D;
const DF: u8 = 0x10;
const ENTRY: u8 = 0x11;
const CONTENT: u8 = 0x20;

/// The parts of a storing request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RequestPart {
    /// Mode and the SR object.
    Request = 0,
    /// DPR, SAR and SA.
    Authorization = 1,
    /// How far loading has come.
    Progress = 2,
    /// The staged manifest.
    Manifest = 3,
}

/// The card's counters and state.
pub(crate) const fn state() -> Key {
    Key::new(CARD, STATE, 0, 0)
}

/// A certificate or digest that GET DATA gives under `tag`.
pub(crate) const fn object(tag: u16) -> Key {
    Key::new(CARD, OBJECT, tag, 0)
}

/// A private key of the card (`namespace` 0) or of an application's DF.
pub(crate) const fn key(namespace: u16, reference: u8) -> Key {
    Key::new(namespace, KEY, reference as u16, 0)
}

/// What may be done with an application's key.
pub(crate) const fn key_attributes(namespace: u16, reference: u8) -> Key {
    Key::new(namespace, KEY_ATTRIBUTES, reference as u16, 0)
}

/// The tries left of an application's key.
pub(crate) const fn key_tries(namespace: u16, reference: u8) -> Key {
    Key::new(namespace, KEY_TRIES, reference as u16, 0)
}

/// The value of a PIN.
pub(crate) const fn pin(namespace: u16, reference: u8) -> Key {
    Key::new(namespace, PIN, reference as u16, 0)
}

/// The tries left of a PIN.
pub(crate) const fn tries(namespace: u16, reference: u8) -> Key {
    Key::new(namespace, TRIES, reference as u16, 0)
}

/// A part of the storing request in `slot`.
pub(crate) const fn request(slot: u8, part: RequestPart) -> Key {
    Key::new(CARD, REQUEST, slot as u16, part as u16)
}

/// The receipt in a place of the ring.
pub(crate) const fn receipt(place: u8) -> Key {
    Key::new(CARD, RECEIPT, place as u16, 0)
}

/// An application's record; `slot` has no meaning.
pub(crate) const fn application(slot: u16) -> Key {
    Key::new(CARD, APPLICATION, slot, 0)
}

/// A version floor.
pub(crate) const fn floor(slot: u16) -> Key {
    Key::new(CARD, FLOOR, slot, 0)
}

/// A provider's DF.
pub(crate) const fn provider(slot: u16) -> Key {
    Key::new(CARD, PROVIDER, slot, 0)
}

/// A key that the card shares with a party: slot 0 the issuer's, the others providers'.
pub(crate) const fn shared_key(slot: u16) -> Key {
    Key::new(CARD, SHARED_KEY, slot, 0)
}

/// What a DF is.
pub(crate) const fn df(number: u16) -> Key {
    Key::new(number, DF, 0, 0)
}

/// The entry of file `id` in a DF.
pub(crate) const fn entry(df: u16, id: u16) -> Key {
    Key::new(df, ENTRY, id, 0)
}

/// A chunk of an EF's content; of an EF of records the head (chunk 0), and behind it the places of its records.
pub(crate) const fn content(number: u16, chunk: u16) -> Key {
    Key::new(number, CONTENT, 0, chunk)
}

/// The first key a namespace can have.
pub(crate) const fn first_of(namespace: u16) -> Key {
    Key::new(namespace, 0, 0, 0)
}

/// The slot of an application, floor or provider record, if `key` is of the same kind as `like`.
pub(crate) fn slot_like(key: Key, like: Key) -> Option<u16> {
    (key.namespace() == like.namespace() && key.kind() == like.kind()).then(|| key.id())
}

/// The file id of a directory entry of `df`.
pub(crate) fn entry_id(key: Key, df: u16) -> Option<u16> {
    slot_like(key, entry(df, 0))
}
