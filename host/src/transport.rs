//! Ways to a card: [`Pcsc`], [`Tcp`] and [`Local`].
//!
//! A [`Transport`] is a card one may want to talk to; an [`Exchange`] is the permission to do so, and it is a guard:
//! while it lives nobody else gets an APDU through to the card, and dropping it lets others in again. What one operation
//! needs (a VERIFY and what it allows) therefore happens within one exchange. Everything blocks; nothing here starts a
//! thread. What does not belong here: anything that knows what an APDU means, except its lengths.

mod error;
mod frame;
mod local;
mod pcsc;
mod tcp;

pub use error::TransportError;
pub use local::Local;
pub use pcsc::Pcsc;
pub use tcp::Tcp;

/// The longest answer that is taken from a card, in bytes: 65,536 data bytes and the status word.
pub const ANSWER_MAX: usize = 65_538;

/// A card at the other end of something.
pub trait Transport {
    /// Waits until nobody else uses the card and keeps others out until the guard is dropped.
    ///
    /// # Errors
    /// When the card or the way to it is gone.
    fn begin(&mut self) -> Result<Box<dyn Exchange + '_>, TransportError>;

    /// Resets the card: whatever was verified or selected is forgotten.
    ///
    /// # Errors
    /// When the card or the way to it is gone.
    fn reset(&mut self) -> Result<(), TransportError>;

    /// The card's answer to reset; empty where the transport has none.
    ///
    /// # Errors
    /// When the card or the way to it is gone.
    fn answer_to_reset(&mut self) -> Result<Vec<u8>, TransportError>;

    /// What a person calls it: a reader's name, an address.
    fn name(&self) -> String;
}

/// Exclusive use of a card.
pub trait Exchange {
    /// Sends one command APDU and replaces the content of `answer` by the whole response APDU.
    ///
    /// # Errors
    /// When the card or the way to it is gone, or the answer is longer than [`ANSWER_MAX`].
    fn transmit(&mut self, command: &[u8], answer: &mut Vec<u8>) -> Result<(), TransportError>;

    /// Whether card and reader take extended length fields.
    fn extended(&self) -> bool;
}

impl<T: Transport + ?Sized> Transport for Box<T> {
    fn begin(&mut self) -> Result<Box<dyn Exchange + '_>, TransportError> {
        (**self).begin()
    }

    fn reset(&mut self) -> Result<(), TransportError> {
        (**self).reset()
    }

    fn answer_to_reset(&mut self) -> Result<Vec<u8>, TransportError> {
        (**self).answer_to_reset()
    }

    fn name(&self) -> String {
        (**self).name()
    }
}
