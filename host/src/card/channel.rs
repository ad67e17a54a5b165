//! Logical channels: several current files, and several sets of verified PINs, at a time. ISO/IEC 7816-4:2020, 11.2.3.

use apdu_spec::command::Command;

use super::Session;
use crate::error::{Fault, Result};

impl Session<'_> {
    /// Opens a logical channel and gives its number, 1 to 3. Nothing is verified there; see [`Self::use_channel`].
    ///
    /// # Errors
    /// When the card refuses: it has four channels at most, the basic one included.
    pub fn open_channel(&mut self) -> Result<u8> {
        self.step("open a logical channel");
        match *self.run(&Command::OpenChannel { number: None })? {
            [number @ 1..=3] => Ok(number),
            _ => Err(self.fault(Fault::OutOfStep)),
        }
    }

    /// Closes a logical channel, with all that was established there; what comes next goes over the basic one if that was in use.
    ///
    /// # Errors
    /// When the card refuses: the basic channel 0 cannot be closed.
    pub fn close_channel(&mut self, number: u8) -> Result<()> {
        self.step(format!("close logical channel {number}"));
        let number = Some(number).filter(|number| *number != self.connection.channel());
        let closed = self.run(&Command::CloseChannel { number });
        if closed.is_ok() && number.is_none() {
            self.connection.set_channel(0);
        }
        closed.map(drop)
    }

    /// Sends what comes next over an open logical channel; 0 is the basic one.
    pub const fn use_channel(&mut self, number: u8) {
        self.connection.set_channel(number);
    }
}
