//! What the fuzz targets share: a prepared card, the commands worth starting from, and scripts of them.
//!
//! The card and those around it are those of the simulator's tests, included from there.

#![allow(
    dead_code,
    unused_imports,
    reason = "the tests that this is shared with need more of it"
)]

// `canonical/check.rs` knows it by this name.
pub extern crate apdu_spec as symbolon_apdu_spec;

#[path = "../../simulator/tests/model/issued.rs"]
mod issued;
#[path = "../../simulator/tests/protocol/package.rs"]
mod package;
#[path = "../../simulator/tests/trust/parties.rs"]
mod parties;
#[path = "../../simulator/tests/rules/scene.rs"]
mod scene;
#[path = "../../simulator/tests/trust/world.rs"]
mod world;

#[path = "../../apdu-spec/tests/canonical/check.rs"]
mod canonical;

pub mod commands;
pub mod play;
pub mod script;
pub mod seals;
pub mod stage;

/// Reads the input as everything it could be and writes what was read again: `apdu-spec/tests/canonical`.
pub fn check_objects(input: &[u8]) {
    canonical::check(input);
}
