//! GET DATA, PUT DATA, GET CHALLENGE, GET RESPONSE. ISO/IEC 7816-4:2020, 11.5, 11.6.3, 11.8.1.

use super::case::{Expected, Frame, OPEN, case_2, case_3, case_4, expect_parameters, parameters};
use super::{Command, EncodeError};
use crate::apdu::{CommandApdu, SHORT_EXPECTED_MAX};
use crate::status::Status;
use crate::tlv::Writer;

pub(super) fn decode_get<'a>(apdu: &CommandApdu<'a>) -> Result<Command<'a>, Status> {
    case_2(apdu)?;
    Ok(Command::GetData {
        tag: parameters(apdu),
        selector: &[],
    })
}

pub(super) fn decode_get_selected<'a>(apdu: &CommandApdu<'a>) -> Result<Command<'a>, Status> {
    Ok(Command::GetData {
        tag: parameters(apdu),
        selector: case_4(apdu)?,
    })
}

pub(super) fn decode_put<'a>(apdu: &CommandApdu<'a>) -> Result<Command<'a>, Status> {
    Ok(Command::PutData {
        tag: parameters(apdu),
        value: case_3(apdu)?,
    })
}

pub(super) fn decode_challenge<'a>(apdu: &CommandApdu<'a>) -> Result<Command<'a>, Status> {
    expect_parameters(apdu, 0)?;
    let length = case_2(apdu)?.maximum();
    if length > SHORT_EXPECTED_MAX {
        return Err(Status::WRONG_LENGTH);
    }
    Ok(Command::GetChallenge { length })
}

pub(super) fn decode_response<'a>(apdu: &CommandApdu<'a>) -> Result<Command<'a>, Status> {
    expect_parameters(apdu, 0)?;
    Ok(Command::GetResponse {
        length: case_2(apdu)?,
    })
}

pub(super) fn encode(command: &Command<'_>, writer: &mut Writer<'_>) -> Result<Frame, EncodeError> {
    let instruction = command.instruction();
    let (tag, expected) = match *command {
        Command::GetData { tag, selector } => {
            writer.raw(selector)?;
            (tag, OPEN)
        }
        Command::PutData { tag, value } => {
            writer.raw(value)?;
            (tag, None)
        }
        Command::GetChallenge {
            length: SHORT_EXPECTED_MAX,
        } => (0, OPEN),
        Command::GetChallenge { length } => (
            0,
            Some(Expected::Exactly(
                u16::try_from(length).map_err(|_| EncodeError::OutOfRange)?,
            )),
        ),
        Command::GetResponse { length } => (0, Some(length)),
        _ => return Err(EncodeError::OutOfRange),
    };
    let [p1, p2] = tag.to_be_bytes();
    Ok(Frame::new(instruction, p1, p2, expected))
}
