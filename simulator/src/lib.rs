//! The symbolon card on a computer.
//!
//! [`card::SimulatedCard`] is the applet with flash ([`flash`]) and random numbers; [`image`] keeps it in a file, and
//! [`issued`] makes it one that has an issuer and applications, for tests of other programs. A [`slot::Slot`] holds a card;
//! [`tcp`] and [`vpcd`] serve it to readers, [`control`] to people who want to take it out or copy it. [`map`] and [`dump`]
//! look into its flash. What does not belong here: what a card does, which is the applet's.

pub mod card;
pub mod control;
pub mod dump;
pub mod flash;
pub mod image;
pub mod issued;
pub mod link;
pub mod map;
pub mod platform;
pub mod randomness;
pub mod responder;
pub mod slot;
pub mod tcp;
pub mod vpcd;

pub use card::SimulatedCard;
pub use randomness::Randomness;
