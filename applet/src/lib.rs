//! The symbolon card: a smart card whose content changes only when everyone concerned agrees.
//!
//! `no_std`, no allocator, no unsafe code, generic over a small [`Platform`]. [`Card::process`] is the whole card:
//!
//! bytes -> APDU -> [`Command`](apdu_spec::command::Command) -> life-cycle and access check -> handler -> [`store`] ->
//! reply -> bytes.
//!
//! The applet knows no service: a service is a package that the storing protocol (`content`) puts here by agreement
//! of the card's holder, its issuer and the package's provider. `apdu-spec/SPEC.md` is the wire format,
//! `docs/storage-format.md` the flash format.
#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]

mod boot;
mod card;
mod channel;
mod content;
mod core;
pub mod crypto;
mod data;
mod dispatch;
mod error;
mod fs;
mod key;
mod layout;
mod operation;
mod pin;
mod platform;
#[cfg(feature = "rustcrypto")]
pub mod rustcrypto;
mod session;
mod state;
pub mod store;
mod trust;

pub use card::{Card, Parts, REPLY_MAX};
pub use platform::{Platform, RandomError};

use apdu_spec::date::Date;

/// Version of the platform, as certificates and EF.ATR/INFO announce it: major and minor.
pub const PLATFORM_VERSION: u16 = 0x0001;

/// Bytes of RAM that each of the logical channels takes, open or not; they are part of a [`Card`].
pub const CHANNEL_BYTES: usize = size_of::<Option<session::Session>>();

/// The date of a card that has no roots yet.
const FIRST_DATE: Date = Date::MIN;

/// Answer to reset: T=1; historical bytes announce selection by AID, EF.DIR, chaining and extended length
/// (ISO/IEC 7816-3, 8.2; ISO/IEC 7816-4, 12.1.1).
pub const ATR: [u8; 19] = [
    0x3B, 0x8E, 0x80, 0x01, 0x80, 0x31, 0xF8, 0x73, 0xF6, 0x01, 0xC0, 0x66, b's', b'y', b'm', b'b', b'o',
    b'l', 0x62,
];
