//! A card in the same process: any function from command to answer.

use super::{ANSWER_MAX, Exchange, Transport, TransportError};

/// A card that is a function. Resetting it is another function, which does nothing unless given.
pub struct Local<F, R = fn()> {
    card: F,
    reset: R,
    answer_to_reset: Vec<u8>,
}

impl<F: FnMut(&[u8]) -> Vec<u8>> Local<F> {
    /// A card whose answers `card` gives.
    pub const fn new(card: F) -> Self {
        Self {
            card,
            reset: || {},
            answer_to_reset: Vec::new(),
        }
    }
}

impl<F: FnMut(&[u8]) -> Vec<u8>, R: FnMut()> Local<F, R> {
    /// As [`Self::new`], with what resets the card and its answer to reset.
    pub const fn with_reset(card: F, reset: R, answer_to_reset: Vec<u8>) -> Self {
        Self {
            card,
            reset,
            answer_to_reset,
        }
    }
}

impl<F: FnMut(&[u8]) -> Vec<u8>, R: FnMut()> Transport for Local<F, R> {
    fn begin(&mut self) -> Result<Box<dyn Exchange + '_>, TransportError> {
        Ok(Box::new(LocalExchange(&mut self.card)))
    }

    fn reset(&mut self) -> Result<(), TransportError> {
        (self.reset)();
        Ok(())
    }

    fn answer_to_reset(&mut self) -> Result<Vec<u8>, TransportError> {
        Ok(self.answer_to_reset.clone())
    }

    fn name(&self) -> String {
        "this process".to_owned()
    }
}

struct LocalExchange<'a, F>(&'a mut F);

impl<F: FnMut(&[u8]) -> Vec<u8>> Exchange for LocalExchange<'_, F> {
    fn transmit(&mut self, command: &[u8], answer: &mut Vec<u8>) -> Result<(), TransportError> {
        *answer = (self.0)(command);
        if answer.len() > ANSWER_MAX {
            Err(TransportError::TooLong)
        } else {
            Ok(())
        }
    }

    fn extended(&self) -> bool {
        true
    }
}
