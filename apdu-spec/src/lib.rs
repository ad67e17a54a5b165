//! Every byte that crosses the edge of a symbolon card, both ways.
//!
//! One definition serves the card (`applet`), the card library (`host`) and the parties: commands, status words,
//! file control, certificates, and the signed objects of the storing protocol. `SPEC.md` beside this crate is the
//! same in prose; `vectors/` has examples of every object, good and bad.
//!
//! What does not belong here: cryptography (callers hash and verify), state, input and output.
#![no_std]

pub mod access;
pub mod aid;
pub mod apdu;
pub mod authentication;
pub mod certificate;
pub mod command;
pub mod data;
pub mod date;
mod fields;
pub mod file;
pub mod limits;
pub mod object;
pub mod package;
pub mod reason;
pub mod reference;
pub mod status;
pub mod tlv;
