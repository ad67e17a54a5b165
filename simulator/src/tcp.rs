//! A card that listens on a TCP port and serves one client at a time.

use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream, ToSocketAddrs};
use std::time::Duration;

use crate::link;
use crate::responder::Responder;
use crate::slot::Slot;

/// Where so many clients wait that one more cannot, they end the wait themselves.
const WAKE_TIMEOUT: Duration = Duration::from_millis(100);

/// A port with a card behind it. The protocol is [`link`]'s.
#[derive(Debug)]
pub struct TcpServer {
    listener: TcpListener,
}

impl TcpServer {
    /// Takes a port; 0 takes any that is free. Whoever can connect can use the card: give a loopback address.
    ///
    /// # Errors
    /// When the port cannot be had.
    pub fn bind(address: impl ToSocketAddrs) -> io::Result<Self> {
        TcpListener::bind(address).map(|listener| Self { listener })
    }

    /// The address clients connect to.
    ///
    /// # Errors
    /// When the operating system does not tell.
    pub fn local_address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves one client after the other until the slot is stopped; while the card is taken out clients wait.
    ///
    /// # Errors
    /// When no more clients can be accepted, or the card has failed.
    pub fn run<R: Responder>(&self, slot: &Slot<R>) -> io::Result<()> {
        let address = self.local_address()?;
        while slot.wait_until_inserted() {
            // A wait for clients ends when one comes, so we come ourselves.
            let registered = slot.on_end(move || drop(TcpStream::connect_timeout(&address, WAKE_TIMEOUT)));
            let (stream, _) = self.listener.accept()?;
            drop(registered);
            // A client that breaks off or talks nonsense is its own problem.
            if let Err(error) = link::serve(&stream, slot)
                && slot.has_failed()
            {
                return Err(error);
            }
        }
        Ok(())
    }
}
