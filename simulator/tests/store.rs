//! The card's store against a model, under power cuts, and on damaged images.
//!
//! One test binary. `support` holds the model and the workloads; they are seeded, so that a failure can be repeated.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "helpers of tests"
)]

#[path = "store/cuts.rs"]
mod cuts;
#[path = "store/damage.rs"]
mod damage;
#[path = "store/file.rs"]
mod file;
#[path = "store/format.rs"]
mod format;
#[path = "store/limits.rs"]
mod limits;
#[path = "store/model.rs"]
mod model;
#[path = "store/secrets.rs"]
mod secrets;
#[path = "store/support.rs"]
mod support;
#[path = "store/wear.rs"]
mod wear;
