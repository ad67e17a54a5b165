//! MANAGE CHANNEL. ISO/IEC 7816-4:2020, 11.2.3.

use super::case::{Expected, Frame, case_1, case_2};
use super::{Command, EncodeError, Instruction};
use crate::apdu::CommandApdu;
use crate::limits::CHANNELS;
use crate::status::Status;

const OPEN: u8 = 0x00;
const CLOSE: u8 = 0x80;

pub(super) fn decode<'a>(apdu: &CommandApdu<'a>) -> Result<Command<'a>, Status> {
    let number = match apdu.p2 {
        0 => None,
        number if usize::from(number) < CHANNELS => Some(number),
        _ => return Err(Status::INCORRECT_PARAMETERS),
    };
    match (apdu.p1, number) {
        // Only who lets the card choose has to be told.
        (OPEN, None) => {
            case_2(apdu)?;
            Ok(Command::OpenChannel { number })
        }
        (OPEN, Some(_)) => {
            case_1(apdu)?;
            Ok(Command::OpenChannel { number })
        }
        (CLOSE, _) => {
            case_1(apdu)?;
            Ok(Command::CloseChannel { number })
        }
        _ => Err(Status::INCORRECT_PARAMETERS),
    }
}

pub(super) fn encode(command: &Command<'_>) -> Result<Frame, EncodeError> {
    let (p1, number, expected) = match *command {
        Command::OpenChannel { number: None } => (OPEN, None, Some(Expected::Exactly(1))),
        Command::OpenChannel { number } => (OPEN, number, None),
        Command::CloseChannel { number } => (CLOSE, number, None),
        _ => return Err(EncodeError::OutOfRange),
    };
    let p2 = number.unwrap_or(0);
    Ok(Frame::new(Instruction::ManageChannel, p1, p2, expected))
}
