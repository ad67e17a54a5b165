//! The parties' side of the whole protocol, with a card played by a few lines of Rust.
//!
//! One test binary, because linking the database costs more than all tests together.
// Helpers of tests may stop a test as tests themselves may.
#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used
)]

// Others name the crate so in their Cargo.toml; its own tests have to say it here.
extern crate symbolon_parties as parties;

mod approval;
mod bad_input;
mod card;
mod certified;
mod certifying;
mod chain;
mod chain_registrations;
mod concurrency;
mod database;
mod flow;
mod folder;
mod known;
mod links;
mod lists;
mod mac;
mod migration;
mod modes;
mod offices;
mod package;
mod refusals;
mod registrar;
mod registration;
mod release;
mod revocation;
mod successor;
mod witness;
mod world;
