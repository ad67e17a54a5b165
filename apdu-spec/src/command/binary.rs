//! READ BINARY, UPDATE BINARY, CREATE FILE, DEACTIVATE FILE, ACTIVATE FILE. ISO/IEC 7816-4:2020, 11.3; ISO/IEC 7816-9:2017.

use super::case::{Frame, case_2, case_3, expect_parameters, parameters};
use super::{Command, EncodeError, Instruction};
use crate::aid::Aid;
use crate::apdu::CommandApdu;
use crate::file::FileControl;
use crate::status::Status;
use crate::tlv::Writer;

/// Which EF READ BINARY and UPDATE BINARY mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BinaryFile {
    /// The current EF.
    Current,
    /// The EF of the current DF with this short id, 01 to 1E; it becomes the current EF.
    ShortId(u8),
}

/// Bit 8 of P1: bits 5 to 1 are a short EF identifier and P2 is the offset.
const SHORT_ID: u8 = 0x80;
const OFFSET_MAX: u16 = 0x7FFF;
/// P1 and P2: the file is named by its AID.
const BY_AID: u16 = 0x0400;

pub(super) fn decode_read<'a>(apdu: &CommandApdu<'a>) -> Result<Command<'a>, Status> {
    let (file, offset) = place(apdu)?;
    Ok(Command::ReadBinary {
        file,
        offset,
        length: case_2(apdu)?,
    })
}

pub(super) fn decode_update<'a>(apdu: &CommandApdu<'a>) -> Result<Command<'a>, Status> {
    let (file, offset) = place(apdu)?;
    Ok(Command::UpdateBinary {
        file,
        offset,
        data: case_3(apdu)?,
    })
}

pub(super) fn decode_create<'a>(apdu: &CommandApdu<'a>) -> Result<Command<'a>, Status> {
    expect_parameters(apdu, 0)?;
    let (fcp, rules_from) = FileControl::read_new(case_3(apdu)?).map_err(|_| Status::INCORRECT_DATA)?;
    Ok(Command::CreateFile { fcp, rules_from })
}

/// By AID (P1 04): the only form, for an application is what its holder switches off and on.
pub(super) fn decode_activity<'a>(
    instruction: Instruction,
    apdu: &CommandApdu<'a>,
) -> Result<Command<'a>, Status> {
    expect_parameters(apdu, BY_AID)?;
    let aid = Aid::new(case_3(apdu)?).ok_or(Status::INCORRECT_DATA)?;
    Ok(if instruction == Instruction::DeactivateFile {
        Command::DeactivateFile { aid }
    } else {
        Command::ActivateFile { aid }
    })
}

pub(super) fn encode(command: &Command<'_>, writer: &mut Writer<'_>) -> Result<Frame, EncodeError> {
    let instruction = command.instruction();
    let (file, offset, expected) = match *command {
        Command::ReadBinary { file, offset, length } => (file, offset, Some(length)),
        Command::UpdateBinary { file, offset, data } => {
            writer.raw(data)?;
            (file, offset, None)
        }
        Command::CreateFile { fcp, rules_from } => {
            fcp.write_new_to(rules_from, writer)?;
            return Ok(Frame::new(Instruction::CreateFile, 0, 0, None));
        }
        Command::DeactivateFile { aid } | Command::ActivateFile { aid } => {
            writer.raw(aid.as_bytes())?;
            let [p1, p2] = BY_AID.to_be_bytes();
            return Ok(Frame::new(instruction, p1, p2, None));
        }
        _ => return Err(EncodeError::OutOfRange),
    };
    let [p1, p2] = write_place(file, offset)?;
    Ok(Frame::new(instruction, p1, p2, expected))
}

pub(super) fn write_place(file: BinaryFile, offset: u16) -> Result<[u8; 2], EncodeError> {
    Ok(match file {
        BinaryFile::Current => offset.to_be_bytes(),
        BinaryFile::ShortId(id) => [
            SHORT_ID | id,
            u8::try_from(offset).map_err(|_| EncodeError::OutOfRange)?,
        ],
    })
}

pub(super) fn place(apdu: &CommandApdu<'_>) -> Result<(BinaryFile, u16), Status> {
    match (apdu.p1, parameters(apdu)) {
        (_, offset @ 0..=OFFSET_MAX) => Ok((BinaryFile::Current, offset)),
        (p1 @ 0x81..=0x9E, _) => Ok((BinaryFile::ShortId(p1 & !SHORT_ID), u16::from(apdu.p2))),
        _ => Err(Status::INCORRECT_PARAMETERS),
    }
}
