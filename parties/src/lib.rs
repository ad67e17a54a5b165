//! Registrars, issuer and provider: their keys, decisions and databases.
//!
//! Four roles, each a folder with an encrypted key, a database and its certificate ([`party`]). Deciding is pure
//! ([`registrar`], [`issuer`], [`provider`]); keeping is apart ([`database`]); [`office`] joins the two, durable before
//! anything leaves. What people mail around is an [`approval`] file; what they write is a [`package`].
//!
//! What does not belong here: talking to cards (`host`), arguments and output (`cli`).

pub mod certificate;
pub mod crypto;
pub mod database;
pub mod decision;
pub mod error;
pub mod evidence;
pub mod file;
pub mod issuer;
pub mod package;
pub mod provider;
pub mod registrar;
pub mod signer;

pub use error::{Error, Result};
