//! What went over the wire.

pub mod decode;

use clap::Subcommand;

use super::group;
use crate::context::Context;
use crate::failure::Result;
use crate::output::Outcome;

group! {
    /// `symbolon trace`
    TraceCommand {
        /// Explain the APDUs of a log
        Decode(decode::Decode),
    }
}
