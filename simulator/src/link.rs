//! The card's end of a stream from a reader: vpcd's protocol, which our TCP server speaks too.
//!
//! A frame is two bytes of length, big-endian, and that many bytes. A frame of one byte is an order (0 off, 1 on, 2
//! reset, 4 answer to reset, which is sent back); any other is a command APDU, answered by a response APDU. No APDU is
//! ever logged.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::os::linux::net::TcpStreamExt;

use crate::responder::Responder;
use crate::slot::Slot;

/// The longest frame, in bytes.
pub const FRAME_MAX: usize = 0xFFFF;
/// What a card answers that wants to say more than a frame holds.
const UNSPECIFIED: [u8; 2] = [0x6F, 0x00];

/// Serves `stream` until the other end closes it, the card is taken out or the slot stopped. The card is off afterwards.
pub(crate) fn serve<R: Responder>(stream: &TcpStream, slot: &Slot<R>) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let other = stream.try_clone()?;
    let _registered = slot.on_end(move || drop(other.shutdown(Shutdown::Both)));
    let served = answer_frames(stream, slot);
    slot.with_card(|card| card.power(false))?;
    served
}

fn answer_frames<R: Responder>(stream: &TcpStream, slot: &Slot<R>) -> io::Result<()> {
    let mut output = stream;
    let mut input = BufReader::new(Prompt(stream));
    let mut frame = Vec::new();
    let mut answer = Vec::new();
    while receive(&mut input, &mut frame)? {
        let reply = match frame.as_slice() {
            [0] => slot.with_card(|card| card.power(false)).map(|()| None),
            [1] => slot.with_card(|card| card.power(true)).map(|()| None),
            [2] => slot.with_card(Responder::reset).map(|()| None),
            [4] => slot.with_card(|card| card.atr()).map(Some),
            [] | [_] => Err(io::ErrorKind::InvalidData.into()),
            command => slot.with_card(|card| card.transmit(command)).map(Some),
        }?;
        if let Some(reply) = reply {
            encode(&reply, &mut answer);
            output.write_all(&answer)?;
        }
    }
    Ok(())
}

/// Replaces the content of `frame` by the next frame's; `false` at the end of the stream.
fn receive(input: &mut impl BufRead, frame: &mut Vec<u8>) -> io::Result<bool> {
    if input.fill_buf()?.is_empty() {
        return Ok(false);
    }
    let mut length = [0; 2];
    input.read_exact(&mut length)?;
    frame.clear();
    frame.resize(usize::from(u16::from_be_bytes(length)), 0);
    input.read_exact(frame)?;
    Ok(true)
}

/// Puts length and content into one buffer, so that they leave in one packet.
fn encode(content: &[u8], frame: &mut Vec<u8>) {
    let (length, content) = match u16::try_from(content.len()) {
        Ok(length) => (length, content),
        Err(_) => (2, UNSPECIFIED.as_slice()),
    };
    frame.clear();
    frame.extend_from_slice(&length.to_be_bytes());
    frame.extend_from_slice(content);
}

/// Reads that acknowledge at once. vpcd writes length and content apart, and the second waits for the acknowledgement of
/// the first; a delayed one costs 44 ms an APDU. The kernel forgets the wish, so it is renewed before every read.
struct Prompt<'a>(&'a TcpStream);

impl Read for Prompt<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.set_quickack(true)?;
        let mut stream = self.0;
        stream.read(buffer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_read_whole_or_not_at_all() {
        let wire = [0, 3, 1, 2, 3, 0, 0];
        let mut input = BufReader::with_capacity(2, wire.as_slice());
        let mut frame = vec![9; 50];
        assert!(receive(&mut input, &mut frame).unwrap());
        assert_eq!(frame, [1, 2, 3]);
        assert!(receive(&mut input, &mut frame).unwrap());
        assert!(frame.is_empty());
        assert!(!receive(&mut input, &mut frame).unwrap());
        for cut in 1..5 {
            assert!(receive(&mut &wire[..cut], &mut frame).is_err(), "{cut}");
        }
    }

    #[test]
    fn an_answer_that_fits_no_frame_becomes_an_error_not_a_shorter_answer() {
        let mut frame = Vec::new();
        encode(&vec![7; FRAME_MAX], &mut frame);
        assert_eq!((frame.len(), &frame[..3]), (FRAME_MAX + 2, &[0xFF, 0xFF, 7][..]));
        encode(&vec![7; FRAME_MAX + 1], &mut frame);
        assert_eq!(frame, [0, 2, 0x6F, 0x00]);
    }
}
