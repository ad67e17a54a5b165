//! The rules of the storing protocol (SPEC.md section 6), each attacked on its own in raw APDUs by whoever holds the keys for it.
//!
//! One test binary. Cards and parties are those of the trust tests, `scene` has honest ways to do everything; every refusal must leave
//! the card as it was. What a user would lose: a rule that no other test looks at alone, and that a change takes away unseen.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    missing_docs,
    unreachable_pub,
    reason = "helpers of tests"
)]

#[path = "rules/channels.rs"]
mod channels;
#[path = "rules/evidence.rs"]
mod evidence;
#[path = "rules/keeping.rs"]
mod keeping;
#[path = "rules/keys.rs"]
mod keys;
#[path = "rules/machine.rs"]
mod machine;
#[path = "rules/operations.rs"]
mod operations;
#[path = "protocol/package.rs"]
mod package;
#[path = "rules/packages.rs"]
mod packages;
#[path = "trust/parties.rs"]
mod parties;
#[path = "rules/receipts.rs"]
mod receipts;
#[path = "rules/requests.rs"]
mod requests;
#[path = "rules/room.rs"]
mod room;
#[path = "rules/scene.rs"]
mod scene;
#[path = "rules/secret_keys.rs"]
mod secret_keys;
#[path = "rules/standing.rs"]
mod standing;
#[path = "rules/wycheproof.rs"]
mod vectors;
#[path = "rules/versions.rs"]
mod versions;
#[path = "trust/world.rs"]
#[allow(dead_code, reason = "shared with the trust tests, which need more of it")]
mod world;
