//! Simulated cards.

pub mod new;
pub mod serve;

use clap::Subcommand;

use super::group;
use crate::context::Context;
use crate::failure::Result;
use crate::output::Outcome;

group! {
    /// `symbolon sim`
    Sim {
        /// Make a new card in a file
        New(new::New),
        /// Serve cards to PC/SC (through vpcd) or over TCP
        Serve(serve::Serve),
    }
}
