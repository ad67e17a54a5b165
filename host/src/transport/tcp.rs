//! A card behind a TCP connection, in vpcd's framing.

use std::io::Read;
use std::net::{TcpStream, ToSocketAddrs};
use std::os::linux::net::TcpStreamExt;
use std::time::Duration;

use super::frame::{self, Order};
use super::{Exchange, Transport, TransportError};

/// The longest a card may think about one command.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(60);

/// A card that listens on a TCP port. The connection is the exclusive use: the other end serves one at a time.
#[derive(Debug)]
pub struct Tcp {
    stream: TcpStream,
    name: String,
    answer_to_reset: Vec<u8>,
}

impl Tcp {
    /// Connects and switches the card on.
    ///
    /// # Errors
    /// When nobody listens at `address` or no card answers there.
    pub fn connect(address: impl ToSocketAddrs) -> Result<Self, TransportError> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(ANSWER_TIMEOUT))?;
        let name = stream.peer_addr()?.to_string();
        let mut card = Self {
            stream,
            name,
            answer_to_reset: Vec::new(),
        };
        frame::send(&mut card.stream, &Order::On.frame())?;
        frame::send(&mut card.stream, &Order::AnswerToReset.frame())?;
        frame::receive(&mut Prompt(&card.stream), &mut card.answer_to_reset)?;
        Ok(card)
    }
}

impl Transport for Tcp {
    fn begin(&mut self) -> Result<Box<dyn Exchange + '_>, TransportError> {
        Ok(Box::new(TcpExchange(self)))
    }

    fn reset(&mut self) -> Result<(), TransportError> {
        frame::send(&mut self.stream, &Order::Reset.frame())
    }

    fn answer_to_reset(&mut self) -> Result<Vec<u8>, TransportError> {
        Ok(self.answer_to_reset.clone())
    }

    fn name(&self) -> String {
        self.name.clone()
    }
}

struct TcpExchange<'a>(&'a mut Tcp);

impl Exchange for TcpExchange<'_> {
    fn transmit(&mut self, command: &[u8], answer: &mut Vec<u8>) -> Result<(), TransportError> {
        if command.len() < 4 {
            // It would be taken for an order.
            return Err(TransportError::Io(std::io::ErrorKind::InvalidInput.into()));
        }
        frame::send(&mut self.0.stream, command)?;
        frame::receive(&mut Prompt(&self.0.stream), answer)
    }

    fn extended(&self) -> bool {
        true
    }
}

/// Reads that acknowledge at once: a delayed acknowledgement costs 40 ms an APDU, and the kernel forgets the wish after
/// every read.
struct Prompt<'a>(&'a TcpStream);

impl Read for Prompt<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.0.set_quickack(true)?;
        let mut stream = self.0;
        stream.read(buffer)
    }
}
