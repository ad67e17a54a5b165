//! Frames on a stream: two bytes of length, big-endian, then that many bytes.
//!
//! The framing of vpcd (TESTBED.md), seen from the reader's side. A frame of one byte is an order to the card; no APDU
//! is that short.

use std::io::{Read, Write};

use zeroize::Zeroize;

use super::TransportError;

/// An order to the card, sent as a frame of one byte.
#[derive(Clone, Copy)]
#[repr(u8)]
pub(super) enum Order {
    On = 1,
    Reset = 2,
    AnswerToReset = 4,
}

impl Order {
    pub(super) const fn frame(self) -> [u8; 1] {
        match self {
            Self::On => [1],
            Self::Reset => [2],
            Self::AnswerToReset => [4],
        }
    }
}

/// Sends one frame in one write, so that it leaves in one packet.
pub(super) fn send(stream: &mut impl Write, bytes: &[u8]) -> Result<(), TransportError> {
    let length = u16::try_from(bytes.len()).map_err(|_| TransportError::TooLong)?;
    let mut frame = Vec::with_capacity(bytes.len() + 2);
    frame.extend_from_slice(&length.to_be_bytes());
    frame.extend_from_slice(bytes);
    let sent = stream.write_all(&frame);
    // It may hold a PIN.
    frame.zeroize();
    Ok(sent?)
}

/// Replaces the content of `frame` by the next frame's. A frame has at most 65,535 bytes, so that is all it can grow to.
pub(super) fn receive(stream: &mut impl Read, frame: &mut Vec<u8>) -> Result<(), TransportError> {
    let mut length = [0; 2];
    stream.read_exact(&mut length)?;
    frame.clear();
    frame.resize(usize::from(u16::from_be_bytes(length)), 0);
    Ok(stream.read_exact(frame)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_comes_back_and_a_cut_one_is_an_end() {
        let mut wire = Vec::new();
        send(&mut wire, &[1, 2, 3]).unwrap();
        assert_eq!(wire, [0, 3, 1, 2, 3]);
        let mut frame = vec![9; 100];
        receive(&mut wire.as_slice(), &mut frame).unwrap();
        assert_eq!(frame, [1, 2, 3]);
        for cut in 0..wire.len() {
            let error = receive(&mut &wire[..cut], &mut frame).unwrap_err();
            assert!(matches!(error, TransportError::Closed), "{cut}");
        }
    }

    #[test]
    fn what_does_not_fit_a_frame_is_not_sent() {
        let mut wire = Vec::new();
        assert!(matches!(
            send(&mut wire, &[0; 0x1_0000]),
            Err(TransportError::TooLong)
        ));
        assert!(wire.is_empty());
    }
}
