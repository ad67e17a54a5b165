//! A card as its reader sees it: power, reset, answer to reset, commands.

/// What a reader can do with a card, without knowing what a command means.
pub trait Responder {
    /// Switches the card on or off; what was volatile is lost. Without effect if it is so already.
    fn power(&mut self, on: bool);

    /// Resets the card: as power off and on, and the card is on afterwards.
    fn reset(&mut self);

    /// The answer to reset.
    fn atr(&self) -> Vec<u8>;

    /// Answers one command APDU; a card that is off answers nothing at all.
    fn transmit(&mut self, command: &[u8]) -> Vec<u8>;
}

impl<R: Responder + ?Sized> Responder for Box<R> {
    fn power(&mut self, on: bool) {
        (**self).power(on);
    }

    fn reset(&mut self) {
        (**self).reset();
    }

    fn atr(&self) -> Vec<u8> {
        (**self).atr()
    }

    fn transmit(&mut self, command: &[u8]) -> Vec<u8> {
        (**self).transmit(command)
    }
}
