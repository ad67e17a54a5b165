//! What becomes of files: ACTIVATE, DEACTIVATE, TERMINATE, DELETE FILE, TERMINATE CARD USAGE. ISO/IEC 7816-9:2017.

use super::case::{Frame, case_1, expect_parameters, without_reply};
use super::{Command, EncodeError, Instruction, SelectTarget, select};
use crate::access::AccessMode;
use crate::apdu::CommandApdu;
use crate::status::Status;
use crate::tlv::Writer;

/// What is done to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileChange {
    /// ACTIVATE FILE.
    Activate,
    /// DEACTIVATE FILE: not to be used until it is activated.
    Deactivate,
    /// TERMINATE EF: never to be used again.
    TerminateEf,
    /// TERMINATE DF: nothing in it is ever to be used again.
    TerminateDf,
    /// DELETE FILE, with all that lies in it.
    Delete,
}

impl FileChange {
    /// What the file's own rule must allow.
    #[must_use]
    pub const fn mode(self) -> AccessMode {
        match self {
            Self::Activate => AccessMode::ACTIVATE,
            Self::Deactivate => AccessMode::DEACTIVATE,
            Self::TerminateEf | Self::TerminateDf => AccessMode::TERMINATE,
            Self::Delete => AccessMode::DELETE,
        }
    }

    pub(super) const fn instruction(self) -> Instruction {
        match self {
            Self::Activate => Instruction::ActivateFile,
            Self::Deactivate => Instruction::DeactivateFile,
            Self::TerminateEf => Instruction::TerminateEf,
            Self::TerminateDf => Instruction::TerminateDf,
            Self::Delete => Instruction::DeleteFile,
        }
    }
}

/// P1 and P2 0000: the current file, or the child of the current DF whose file id is in the data field. P1 01, 02, 03, 08 and 09 name a
/// file as SELECT does.
pub(super) fn decode<'a>(change: FileChange, apdu: &CommandApdu<'a>) -> Result<Command<'a>, Status> {
    if apdu.p1 != 0 && apdu.p2 == 0 {
        let target = select::target(apdu.p1, apdu.data);
        if matches!(
            target,
            Err(Status::INCORRECT_PARAMETERS) | Ok(SelectTarget::Aid(_))
        ) || apdu.p1 == select::BY_AID
        {
            return Err(Status::INCORRECT_PARAMETERS);
        }
        without_reply(apdu)?;
        let target = target?;
        return Ok(Command::ManageNamedFile { change, target });
    }
    expect_parameters(apdu, 0)?;
    without_reply(apdu)?;
    let id = match *apdu.data {
        [] => None,
        [high, low] => Some(u16::from_be_bytes([high, low])),
        _ => return Err(Status::WRONG_LENGTH),
    };
    Ok(Command::ManageFile { change, id })
}

pub(super) fn decode_card<'a>(apdu: &CommandApdu<'a>) -> Result<Command<'a>, Status> {
    expect_parameters(apdu, 0)?;
    case_1(apdu)?;
    Ok(Command::TerminateCardUsage)
}

pub(super) fn encode(command: &Command<'_>, writer: &mut Writer<'_>) -> Result<Frame, EncodeError> {
    let p1 = match *command {
        Command::ManageFile { id: Some(id), .. } => {
            writer.raw(&id.to_be_bytes())?;
            0
        }
        Command::ManageNamedFile { target, .. } => select::write_target(target, writer)?,
        _ => 0,
    };
    Ok(Frame::new(command.instruction(), p1, 0, None))
}
