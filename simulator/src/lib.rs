//! The symbolon card on a computer.
//!
//! A [`slot::Slot`] holds a card; [`tcp`] and [`vpcd`] serve it to readers, [`control`] to people who want to take it
//! out or copy it. What does not belong here: what a card does, which is the applet's.

pub mod control;
pub mod link;
pub mod responder;
pub mod slot;
pub mod tcp;
pub mod vpcd;
