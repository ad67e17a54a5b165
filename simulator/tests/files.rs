//! The file system as ISO/IEC 7816-4 and 7816-9 have it: logical channels, life cycles, files that are made and deleted inside an
//! application. Commands go in as bytes; what is refused must leave the card as it was.
//!
//! One test binary. What a user would lose: files that answer for others, outlive their deletion, or change where nobody may.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    dead_code,
    missing_docs,
    unreachable_pub,
    reason = "tests may fail loudly; what other test binaries need of the shared parts is not needed here"
)]

#[path = "files/bytes.rs"]
mod bytes;
#[path = "protocol/card.rs"]
mod card;
#[path = "files/channels.rs"]
mod channels;
#[path = "protocol/evidence.rs"]
mod evidence;
#[path = "files/management.rs"]
mod management;
#[path = "protocol/package.rs"]
mod package;
#[path = "protocol/plain.rs"]
mod plain;
#[path = "files/referenced_rules.rs"]
mod referenced_rules;
#[path = "files/stage.rs"]
mod stage;
#[path = "protocol/world.rs"]
mod world;
