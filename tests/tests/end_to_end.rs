//! End to end: real cards, real parties, one test binary.

#[path = "end_to_end/storing.rs"]
mod storing;

#[path = "end_to_end/demo.rs"]
mod demo;

#[path = "end_to_end/commands.rs"]
mod commands;

#[cfg(test)]
#[path = "end_to_end/power_cuts.rs"]
mod power_cuts;

#[cfg(test)]
#[path = "end_to_end/rules.rs"]
mod rules;
