//! Registrars, issuers, providers and data certifiers: their keys, decisions and databases.
//!
//! Five roles, each a folder with an encrypted key, a database and its certificate ([`party`]). Deciding is pure
//! ([`registrar`], [`issuer`], [`provider`], [`certifier`]); keeping is apart ([`database`]); [`office`] joins the two, durable before
//! anything leaves. What people mail around is an [`approval`] file; what they write is a [`package`].
//!
//! What does not belong here: talking to cards (`host`), arguments and output (`cli`).

pub mod approval;
pub mod certificate;
pub mod certified;
pub mod certifier;
pub mod chain;
pub mod crypto;
pub mod database;
pub mod decision;
pub mod error;
pub mod evidence;
pub mod file;
pub mod issuer;
pub mod office;
pub mod package;
pub mod party;
pub mod personalisation;
pub mod plain;
pub mod provider;
pub mod receipt;
pub mod registrar;
pub mod report;
pub mod shared_key;
pub mod signer;

pub use error::{Error, Result};

use std::time::{SystemTime, UNIX_EPOCH};

use apdu_spec::date::Date;

/// Days from 1970-01-01 to 2000-01-01.
const DAYS_TO_2000: u64 = 10_957;

/// The day by this computer's clock, in UTC; 2000-01-01 if it is set before that.
#[must_use]
pub fn today() -> Date {
    let seconds = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs());
    let days = (seconds / 86_400).saturating_sub(DAYS_TO_2000);
    Date::from_days(u32::try_from(days).unwrap_or(u32::MAX))
}
