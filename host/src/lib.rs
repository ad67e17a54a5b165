//! Talk to a symbolon card: ways to it, commands, typed operations.
//!
//! A [`transport::Transport`] leads to a card, a [`connection::Connection`] gets one command there and its whole reply
//! back, and a [`card::Session`] has a function for everything a card can do. Nothing here holds a party's key, looks
//! into a database or checks a signature: a receipt that this crate returns is what the card sent.

pub mod card;
pub mod connection;
pub mod error;
pub mod explain;
pub mod private_pcscd;
#[cfg(test)]
mod script;
pub mod trace;
pub mod transport;

pub use card::{Card, Session};
pub use connection::Lengths;
pub use error::{Class, Error, Result};
pub use transport::Transport;
