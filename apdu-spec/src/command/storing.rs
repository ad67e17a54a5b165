//! APPLICATION MANAGEMENT REQUEST, LOAD APPLICATION, REMOVE APPLICATION.
//!
//! ISO/IEC 7816-13:2007; SPEC.md sections 1 and 6 say where symbolon differs. Objects inside are only delimited here;
//! `certificate`, `object` and `package` read them.

use super::case::{Frame, OPEN, case_3, case_4, expect_parameters, parameters};
use super::{Command, EncodeError};
use crate::apdu::CommandApdu;
use crate::limits::AUTHORIZATION_MAX;
use crate::object::{Mode, SIGNED, Sdi};
use crate::status::Status;
use crate::tlv::{self, Reader, Tag, Writer};

const NUMBER: Tag = Tag(0x80);
const NONCE: Tag = Tag(0x80);
const MODE: Tag = Tag(0x81);
const CERTIFICATE: Tag = Tag(0x7F21);
const BLOCK: Tag = Tag(0xED);

/// Bit 8 of P1: the last block.
const LAST: u16 = 0x8000;

/// What P1 of APPLICATION MANAGEMENT REQUEST names: SPEC.md section 6.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Function {
    /// 01, request registration.
    RequestRegistration,
    /// 02, register.
    Register,
    /// 03, open a storing request.
    OpenRequest,
    /// 04, authorize.
    Authorize,
    /// 05, drop a request.
    DropRequest,
}

impl Function {
    /// All of them, in the order of their bytes.
    pub const ALL: [Self; 5] = [
        Self::RequestRegistration,
        Self::Register,
        Self::OpenRequest,
        Self::Authorize,
        Self::DropRequest,
    ];

    /// The function with this P1.
    #[must_use]
    pub const fn from_byte(byte: u8) -> Option<Self> {
        match byte {
            0x01 => Some(Self::RequestRegistration),
            0x02 => Some(Self::Register),
            0x03 => Some(Self::OpenRequest),
            0x04 => Some(Self::Authorize),
            0x05 => Some(Self::DropRequest),
            _ => None,
        }
    }

    /// P1.
    #[must_use]
    pub const fn to_byte(self) -> u8 {
        match self {
            Self::RequestRegistration => 0x01,
            Self::Register => 0x02,
            Self::OpenRequest => 0x03,
            Self::Authorize => 0x04,
            Self::DropRequest => 0x05,
        }
    }

    /// Name in SPEC.md.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::RequestRegistration => "request registration",
            Self::Register => "register",
            Self::OpenRequest => "open a storing request",
            Self::Authorize => "authorize",
            Self::DropRequest => "drop a request",
        }
    }
}

pub(super) fn decode_request<'a>(apdu: &CommandApdu<'a>) -> Result<Command<'a>, Status> {
    let function = Function::from_byte(apdu.p1).ok_or(Status::FUNCTION_NOT_SUPPORTED)?;
    if apdu.p2 != 0 {
        return Err(Status::INCORRECT_PARAMETERS);
    }
    let (data, read): (_, fn(&mut Reader<'a>) -> tlv::Result<Command<'a>>) = match function {
        Function::RequestRegistration => (case_4(apdu)?, read_registration),
        Function::Register => (case_4(apdu)?, read_certificate),
        Function::OpenRequest => (case_4(apdu)?, read_open),
        Function::Authorize => (case_3(apdu)?, read_authorize),
        Function::DropRequest => (case_3(apdu)?, read_drop),
    };
    whole(data, read)
}

pub(super) fn decode_load<'a>(apdu: &CommandApdu<'a>) -> Result<Command<'a>, Status> {
    let parameters = parameters(apdu);
    let (index, last) = (parameters & !LAST, parameters & LAST != 0);
    let data = if last { case_4(apdu)? } else { case_3(apdu)? };
    whole(data, |reader| {
        let number = reader.u32(NUMBER)?;
        let block = reader.object(BLOCK)?.encoded;
        Ok(Command::LoadBlock {
            index,
            last,
            number,
            block,
        })
    })
}

pub(super) fn decode_remove<'a>(apdu: &CommandApdu<'a>) -> Result<Command<'a>, Status> {
    expect_parameters(apdu, 0)?;
    whole(case_4(apdu)?, |reader| {
        Ok(Command::RemoveApplication {
            number: reader.u32(NUMBER)?,
        })
    })
}

/// Reads a complete data field; whatever is wrong with it is 6A80.
fn whole<'a>(
    data: &'a [u8],
    read: impl FnOnce(&mut Reader<'a>) -> tlv::Result<Command<'a>>,
) -> Result<Command<'a>, Status> {
    let mut reader = Reader::new(data);
    let command = read(&mut reader).map_err(|_| Status::INCORRECT_DATA)?;
    reader.finish().map_err(|_| Status::INCORRECT_DATA)?;
    Ok(command)
}

fn read_registration<'a>(reader: &mut Reader<'a>) -> tlv::Result<Command<'a>> {
    Ok(Command::RequestRegistration {
        nonce: reader.array(NONCE)?,
    })
}

fn read_certificate<'a>(reader: &mut Reader<'a>) -> tlv::Result<Command<'a>> {
    Ok(Command::Register {
        certificate: reader.object(CERTIFICATE)?.encoded,
    })
}

fn read_open<'a>(reader: &mut Reader<'a>) -> tlv::Result<Command<'a>> {
    let mode = reader.code(MODE, Mode::from_code)?;
    let sdi_encoded = reader.remaining();
    let sdi = Sdi::read(reader)?;
    reader.finish()?;
    Ok(Command::OpenRequest {
        mode,
        sdi,
        sdi_encoded,
    })
}

fn read_authorize<'a>(reader: &mut Reader<'a>) -> tlv::Result<Command<'a>> {
    let number = reader.u32(NUMBER)?;
    let too_long = reader.invalid(SIGNED);
    let first = reader.object(SIGNED)?.encoded;
    let second = reader.object(SIGNED)?.encoded;
    if first.len() + second.len() > AUTHORIZATION_MAX {
        return Err(too_long);
    }
    Ok(Command::Authorize {
        number,
        first,
        second,
    })
}

fn read_drop<'a>(reader: &mut Reader<'a>) -> tlv::Result<Command<'a>> {
    Ok(Command::DropRequest {
        number: reader.u32(NUMBER)?,
    })
}

pub(super) fn encode(command: &Command<'_>, writer: &mut Writer<'_>) -> Result<Frame, EncodeError> {
    let instruction = command.instruction();
    let function = |function: Function, expected| Frame::new(instruction, function.to_byte(), 0, expected);
    Ok(match *command {
        Command::RequestRegistration { nonce } => {
            writer.object(NONCE, &nonce)?;
            function(Function::RequestRegistration, OPEN)
        }
        Command::Register { certificate } => {
            writer.raw(certificate)?;
            function(Function::Register, OPEN)
        }
        Command::OpenRequest {
            mode, sdi_encoded, ..
        } => {
            writer.byte(MODE, mode.code())?;
            writer.raw(sdi_encoded)?;
            function(Function::OpenRequest, OPEN)
        }
        Command::Authorize {
            number,
            first,
            second,
        } => {
            writer.u32(NUMBER, number)?;
            writer.raw(first)?;
            writer.raw(second)?;
            function(Function::Authorize, None)
        }
        Command::DropRequest { number } => {
            writer.u32(NUMBER, number)?;
            function(Function::DropRequest, None)
        }
        Command::LoadBlock {
            index,
            last,
            number,
            block,
        } => {
            writer.u32(NUMBER, number)?;
            writer.raw(block)?;
            let [p1, p2] = (if last { index | LAST } else { index }).to_be_bytes();
            Frame::new(instruction, p1, p2, if last { OPEN } else { None })
        }
        Command::RemoveApplication { number } => {
            writer.u32(NUMBER, number)?;
            Frame::new(instruction, 0, 0, OPEN)
        }
        _ => return Err(EncodeError::OutOfRange),
    })
}
