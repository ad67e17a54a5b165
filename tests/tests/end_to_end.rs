//! End to end: real cards, real parties, one test binary.

#[cfg(test)]
#[path = "end_to_end/commands.rs"]
mod commands;

#[cfg(test)]
#[path = "end_to_end/demo.rs"]
mod demo;

#[cfg(test)]
#[path = "end_to_end/documents.rs"]
mod documents;

#[cfg(test)]
#[path = "end_to_end/foreign.rs"]
mod foreign;

#[cfg(test)]
#[path = "end_to_end/holder.rs"]
mod holder;

#[cfg(test)]
#[path = "end_to_end/killed.rs"]
mod killed;

#[cfg(test)]
#[path = "end_to_end/pcsc.rs"]
mod pcsc;

#[cfg(test)]
#[path = "end_to_end/power_cuts.rs"]
mod power_cuts;

#[cfg(test)]
#[path = "end_to_end/pycvc.rs"]
mod pycvc;

#[cfg(test)]
#[path = "end_to_end/readers.rs"]
mod readers;

#[cfg(test)]
#[path = "end_to_end/records.rs"]
mod records;

#[cfg(test)]
#[path = "end_to_end/rules.rs"]
mod rules;

#[cfg(test)]
#[path = "end_to_end/storing.rs"]
mod storing;

#[cfg(test)]
#[path = "end_to_end/full.rs"]
mod full;
