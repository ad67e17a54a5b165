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
const RECEIPT_NUMBER: Tag = Tag(0x86);
const RECEIPT_HELD: Tag = Tag(0x84);

/// Bit 8 of P1: the last block.
const LAST: u16 = 0x8000;

macro_rules! functions {
    ($($byte:literal $variant:ident $name:literal;)*) => {
        /// What P1 of APPLICATION MANAGEMENT REQUEST names: SPEC.md section 6.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Function {
            $(#[doc = concat!(stringify!($byte), ", ", $name, ".")]
            $variant,)*
        }

        impl Function {
            /// All of them, in the order of their bytes.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The function with this P1.
            #[must_use]
            pub const fn from_byte(byte: u8) -> Option<Self> {
                match byte {
                    $($byte => Some(Self::$variant),)*
                    _ => None,
                }
            }

            /// P1.
            #[must_use]
            pub const fn to_byte(self) -> u8 {
                match self {
                    $(Self::$variant => $byte,)*
                }
            }

            /// Name in SPEC.md.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }
        }
    };
}

functions! {
    0x01 RequestRegistration "request registration";
    0x02 Register "register";
    0x03 OpenRequest "open a storing request";
    0x04 Authorize "authorize";
    0x05 DropRequest "drop a request";
    0x06 LowerFloor "lower a floor";
    0x07 ProveReceipts "prove the newest receipt";
    0x08 CollectReceipts "collect receipts";
    0x09 LoadRevocationList "take in a revocation list";
    0x0A LoadSharedKey "take in a shared key";
}

pub(super) fn decode_request<'a>(apdu: &CommandApdu<'a>) -> Result<Command<'a>, Status> {
    let function = Function::from_byte(apdu.p1).ok_or(Status::FUNCTION_NOT_SUPPORTED)?;
    if apdu.p2 != 0 {
        return Err(Status::INCORRECT_PARAMETERS);
    }
    let (data, read): (_, fn(&mut Reader<'a>) -> tlv::Result<Command<'a>>) = match function {
        Function::RequestRegistration => (case_4(apdu)?, read_registration),
        Function::Register => (case_4(apdu)?, read_register),
        Function::OpenRequest => (case_4(apdu)?, read_open),
        Function::Authorize => (case_3(apdu)?, read_authorize),
        Function::DropRequest => (case_3(apdu)?, read_drop),
        Function::LowerFloor => (case_4(apdu)?, read_lower),
        Function::ProveReceipts => (case_4(apdu)?, read_prove),
        Function::CollectReceipts => (case_3(apdu)?, read_collect),
        Function::LoadRevocationList => (case_3(apdu)?, read_list),
        Function::LoadSharedKey => (case_3(apdu)?, read_key),
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

fn read_register<'a>(reader: &mut Reader<'a>) -> tlv::Result<Command<'a>> {
    Ok(Command::Register {
        certificate: reader.object(CERTIFICATE)?.encoded,
        release: optional_signed(reader)?,
    })
}

/// The F0 object that may come next.
fn optional_signed<'a>(reader: &mut Reader<'a>) -> tlv::Result<Option<&'a [u8]>> {
    if reader.is_empty() {
        return Ok(None);
    }
    Ok(Some(reader.object(SIGNED)?.encoded))
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
    let second = optional_signed(reader)?;
    if first.len() + second.map_or(0, <[u8]>::len) > AUTHORIZATION_MAX {
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

fn read_lower<'a>(reader: &mut Reader<'a>) -> tlv::Result<Command<'a>> {
    Ok(Command::LowerFloor {
        number: reader.u32(NUMBER)?,
    })
}

fn read_prove<'a>(reader: &mut Reader<'a>) -> tlv::Result<Command<'a>> {
    Ok(Command::ProveReceipts {
        nonce: reader.array(NONCE)?,
    })
}

fn read_collect<'a>(reader: &mut Reader<'a>) -> tlv::Result<Command<'a>> {
    Ok(Command::CollectReceipts {
        number: reader.u32(RECEIPT_NUMBER)?,
        held: reader.array(RECEIPT_HELD)?,
    })
}

fn read_list<'a>(reader: &mut Reader<'a>) -> tlv::Result<Command<'a>> {
    Ok(Command::LoadRevocationList {
        list: reader.object(SIGNED)?.encoded,
    })
}

fn read_key<'a>(reader: &mut Reader<'a>) -> tlv::Result<Command<'a>> {
    Ok(Command::LoadSharedKey {
        key: reader.object(SIGNED)?.encoded,
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
        Command::Register { certificate, release } => {
            writer.raw(certificate)?;
            writer.raw(release.unwrap_or_default())?;
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
            writer.raw(second.unwrap_or_default())?;
            function(Function::Authorize, None)
        }
        Command::DropRequest { number } => {
            writer.u32(NUMBER, number)?;
            function(Function::DropRequest, None)
        }
        Command::LowerFloor { number } => {
            writer.u32(NUMBER, number)?;
            function(Function::LowerFloor, OPEN)
        }
        Command::ProveReceipts { nonce } => {
            writer.object(NONCE, &nonce)?;
            function(Function::ProveReceipts, OPEN)
        }
        Command::CollectReceipts { number, held } => {
            writer.u32(RECEIPT_NUMBER, number)?;
            writer.object(RECEIPT_HELD, &held)?;
            function(Function::CollectReceipts, None)
        }
        Command::LoadRevocationList { list } => {
            writer.raw(list)?;
            function(Function::LoadRevocationList, None)
        }
        Command::LoadSharedKey { key } => {
            writer.raw(key)?;
            function(Function::LoadSharedKey, None)
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
