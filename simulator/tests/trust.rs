//! Whom a card believes: roots and links, revocation lists, authenticated parties, and who may register it when.
//!
//! One test binary. `parties` are honest ones of our own, `world` is a card that they made; every refusal here must leave the card as it was.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests"
)]

#[path = "trust/cuts.rs"]
mod cuts;
#[path = "trust/inventory.rs"]
mod inventory;
#[path = "trust/later.rs"]
mod later;
#[path = "trust/parties.rs"]
mod parties;
#[path = "trust/party.rs"]
mod party;
#[path = "trust/personalisation.rs"]
mod personalisation;
#[path = "trust/revocation.rs"]
mod revocation;
#[path = "trust/rights.rs"]
mod rights;
#[path = "trust/roots.rs"]
mod roots;
#[path = "trust/shared_key.rs"]
mod shared_key;
#[path = "trust/world.rs"]
mod world;
