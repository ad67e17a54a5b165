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

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::net::{Shutdown, TcpListener};
    use std::thread;

    use super::*;

    /// Connects to a card that answers with these bytes, whatever it is sent, and then ends.
    fn card(answers: &'static [u8]) -> Result<Tcp, TransportError> {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            stream.write_all(answers).unwrap();
            stream.shutdown(Shutdown::Write).unwrap();
            // Closing with something unread would look like a crash.
            stream.read_to_end(&mut Vec::new())
        });
        Tcp::connect(address)
    }

    #[test]
    fn a_card_answers_and_may_go_away_at_any_byte() {
        let answers = &[0, 2, 0x3B, 0x80, 0, 3, 0xAA, 0x90, 0x00];
        let mut whole = card(answers).unwrap();
        assert_eq!(whole.answer_to_reset().unwrap(), [0x3B, 0x80]);
        let mut answer = Vec::new();
        let mut exchange = whole.begin().unwrap();
        exchange.transmit(&[0, 0x84, 0, 0, 1], &mut answer).unwrap();
        assert_eq!(answer, [0xAA, 0x90, 0x00]);
        drop(exchange);
        for cut in 0..answers.len() {
            let result = card(&answers[..cut]).and_then(|mut card| {
                let mut exchange = card.begin()?;
                exchange.transmit(&[0, 0x84, 0, 0, 1], &mut Vec::new())
            });
            assert!(matches!(result, Err(TransportError::Closed)), "{cut}: {result:?}");
        }
    }

    #[test]
    fn nothing_shorter_than_a_command_is_sent_because_it_would_be_an_order() {
        let mut card = card(&[0, 0]).unwrap();
        let mut exchange = card.begin().unwrap();
        for length in 0..4 {
            exchange.transmit(&[0; 4][..length], &mut Vec::new()).unwrap_err();
        }
    }

    #[test]
    fn where_nobody_listens_there_is_no_card() {
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let error = Tcp::connect(address).unwrap_err();
        assert_eq!(error.class(), crate::error::Class::NoCard);
    }
}
