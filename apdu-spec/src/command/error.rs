//! Why a command cannot be encoded.

use core::fmt;

use crate::status::Status;
use crate::tlv;

/// Why a command cannot be encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EncodeError {
    /// The data field does not fit the buffer, or an object in it cannot be written.
    Content(tlv::Error),
    /// Every card would answer this.
    Refused(Status),
    /// A field is outside its range, so that a card would understand another command.
    OutOfRange,
}

impl From<tlv::Error> for EncodeError {
    fn from(error: tlv::Error) -> Self {
        Self::Content(error)
    }
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Content(error) => write!(f, "cannot write the command: {error}"),
            Self::Refused(status) => write!(f, "no card takes the command: {status}"),
            Self::OutOfRange => f.write_str("a field of the command is outside its range"),
        }
    }
}

impl core::error::Error for EncodeError {}
