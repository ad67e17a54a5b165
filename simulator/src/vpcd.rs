//! A card in the reader of a stock pcscd whose driver is vpcd.
//!
//! vpcd listens, the card connects; a reader without a connection is empty. When pcscd goes away the card tries again,
//! at growing intervals of at most a second, until the slot is stopped. After a connection it stays away for a second:
//! pcscd looks every 0.4 s, and a card that comes back unseen has lost its power without anybody knowing.

use std::io;
use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

use crate::link;
use crate::responder::Responder;
use crate::slot::Slot;

const FIRST_PAUSE: Duration = Duration::from_millis(5);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// The port a stock vpcd listens on; the second reader's is the next.
pub const DEFAULT_PORT: u16 = 0x8C7B;

/// Keeps the slot's card in the reader at `address` until the slot is stopped.
///
/// # Errors
/// When `address` means nothing, or the card has failed. That nobody listens there is no error: they may come yet.
pub fn run<R: Responder>(address: impl ToSocketAddrs, slot: &Slot<R>) -> io::Result<()> {
    let addresses: Vec<_> = address.to_socket_addrs()?.collect();
    let mut pause = FIRST_PAUSE;
    while slot.wait_until_inserted() {
        if let Ok(stream) = TcpStream::connect(addresses.as_slice()) {
            if let Err(error) = link::serve(&stream, slot)
                && slot.has_failed()
            {
                return Err(error);
            }
            slot.pause(LONGEST_PAUSE);
            pause = FIRST_PAUSE;
            continue;
        }
        slot.pause(pause);
        pause = pause.saturating_mul(2).min(LONGEST_PAUSE);
    }
    Ok(())
}
