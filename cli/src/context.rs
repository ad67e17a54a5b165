//! What the options that every command has mean for it.

use apdu_spec::date::Date;

use crate::arguments::GlobalArguments;
use crate::output::Output;

/// What every command knows.
#[derive(Clone, Copy, Debug)]
pub struct Context {
    /// How to write.
    pub output: Output,
    /// Show the traffic with the card.
    pub trace: bool,
    /// Change nothing.
    pub dry_run: bool,
    /// The day it is, in UTC.
    pub today: Date,
}

impl Context {
    /// What the options mean today.
    #[must_use]
    pub fn new(arguments: &GlobalArguments) -> Self {
        let GlobalArguments {
            json,
            quiet,
            trace,
            dry_run,
        } = *arguments;
        Self {
            output: Output::new(json, quiet, dry_run),
            trace,
            dry_run,
            today: parties::today(),
        }
    }
}
