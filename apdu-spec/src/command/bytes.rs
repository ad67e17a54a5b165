//! READ and UPDATE BINARY with data objects; WRITE, ERASE and SEARCH BINARY in both forms. ISO/IEC 7816-4:2020, 11.3.

use super::binary::{place, write_place};
use super::case::{Expected, Frame, case_3, case_4, parameters, without_reply};
use super::{BinaryFile, Command, EncodeError, Instruction};
use crate::apdu::CommandApdu;
use crate::limits::CHUNK;
use crate::status::Status;
use crate::tlv::{Reader, Tag, Writer};

/// Which EF a command for bytes means, and the form of its data field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BinaryAddress {
    /// Even INS: the offset is in P1 and P2, at most 7FFF, with a short id FF; data are the bytes alone.
    Offset(BinaryFile),
    /// Odd INS: offset and bytes come in data objects.
    Objects(BinaryFile),
    /// As [`Self::Objects`]: the EF of the current DF with this file id, above 001E; it becomes the current EF.
    FileId(u16),
}

/// What is done with the bytes of an EF.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum BinaryAction<'a> {
    /// READ BINARY: ISO/IEC 7816-4:2020, 11.3.3.
    Read {
        /// Where to begin.
        offset: u16,
        /// How much, with tag and length of the object that the bytes come in.
        length: Expected,
    },
    /// UPDATE BINARY: ISO/IEC 7816-4:2020, 11.3.5.
    Update {
        /// Where to begin.
        offset: u16,
        /// At least one byte.
        data: &'a [u8],
    },
    /// WRITE BINARY: ISO/IEC 7816-4:2020, 11.3.4. A logical OR.
    Write {
        /// Where to begin.
        offset: u16,
        /// At least one byte.
        data: &'a [u8],
    },
    /// ERASE BINARY: ISO/IEC 7816-4:2020, 11.3.7. Erased bytes are zero.
    Erase {
        /// The first byte that is erased.
        from: u16,
        /// The first behind it that stays; `None`: all to the end.
        to: Option<u16>,
    },
    /// SEARCH BINARY: ISO/IEC 7816-4:2020, 11.3.6.
    Search {
        /// Where to begin.
        offset: u16,
        /// What to look for, at most 256 bytes; empty: a byte that is erased.
        pattern: &'a [u8],
        /// How much may be answered.
        length: Expected,
    },
}

const OFFSET: Tag = Tag(0x54);
const DATA: Tag = Tag(0x53);
/// The bytes in a constructed object, which is taken as well.
const TEMPLATE: Tag = Tag(0x73);

pub(super) fn decode<'a>(instruction: Instruction, apdu: &CommandApdu<'a>) -> Result<Command<'a>, Status> {
    let (address, action) = if instruction.to_byte() & 1 == 0 {
        let (file, offset) = place(apdu)?;
        (BinaryAddress::Offset(file), plain(instruction, offset, apdu)?)
    } else {
        let address = match parameters(apdu) {
            0x0000 => BinaryAddress::Objects(BinaryFile::Current),
            id @ 0x0001..=0x001E => {
                BinaryAddress::Objects(BinaryFile::ShortId(u8::try_from(id).unwrap_or_default()))
            }
            id => BinaryAddress::FileId(id),
        };
        (address, in_objects(instruction, apdu)?)
    };
    Ok(Command::Binary { address, action })
}

fn plain<'a>(
    instruction: Instruction,
    offset: u16,
    apdu: &CommandApdu<'a>,
) -> Result<BinaryAction<'a>, Status> {
    Ok(match instruction {
        Instruction::WriteBinary => BinaryAction::Write {
            offset,
            data: case_3(apdu)?,
        },
        Instruction::EraseBinary => {
            without_reply(apdu)?;
            let to = match *apdu.data {
                [] => None,
                [_, _, _, _, _, ..] => return Err(Status::WRONG_LENGTH),
                _ => Some(number(apdu.data)?),
            };
            erased(offset, to)?
        }
        Instruction::SearchBinary => {
            let length = Expected::of(apdu)?;
            searched(offset, apdu.data, length)?
        }
        _ => return Err(Status::INSTRUCTION_NOT_SUPPORTED),
    })
}

fn in_objects<'a>(instruction: Instruction, apdu: &CommandApdu<'a>) -> Result<BinaryAction<'a>, Status> {
    if instruction == Instruction::EraseBinaryObjects {
        let data = match apdu.data {
            [] => {
                without_reply(apdu)?;
                apdu.data
            }
            _ => case_3(apdu)?,
        };
        let mut reader = Reader::new(data);
        let from = if reader.is_empty() {
            0
        } else {
            offset(&mut reader)?
        };
        let to = if reader.is_empty() {
            None
        } else {
            Some(offset(&mut reader)?)
        };
        finish(&reader)?;
        return erased(from, to);
    }
    let answers = matches!(
        instruction,
        Instruction::ReadBinaryObjects | Instruction::SearchBinaryObjects
    );
    let data = if answers { case_4(apdu)? } else { case_3(apdu)? };
    let mut reader = Reader::new(data);
    let offset = offset(&mut reader)?;
    let bytes = match reader.is_empty() {
        true => &[][..],
        false => {
            let object = reader.any().map_err(|_| Status::INCORRECT_DATA)?;
            if !matches!(object.tag, DATA | TEMPLATE) || object.value.is_empty() {
                return Err(Status::INCORRECT_DATA);
            }
            object.value
        }
    };
    finish(&reader)?;
    match (instruction, bytes) {
        (Instruction::ReadBinaryObjects, []) => Ok(BinaryAction::Read {
            offset,
            length: Expected::of(apdu)?,
        }),
        (Instruction::SearchBinaryObjects, pattern) => searched(offset, pattern, Expected::of(apdu)?),
        (Instruction::UpdateBinaryObjects, data @ [_, ..]) => Ok(BinaryAction::Update { offset, data }),
        (Instruction::WriteBinaryObjects, data @ [_, ..]) => Ok(BinaryAction::Write { offset, data }),
        _ => Err(Status::INCORRECT_DATA),
    }
}

const fn finish(reader: &Reader<'_>) -> Result<(), Status> {
    if reader.is_empty() {
        Ok(())
    } else {
        Err(Status::INCORRECT_DATA)
    }
}

fn erased<'a>(from: u16, to: Option<u16>) -> Result<BinaryAction<'a>, Status> {
    match to {
        Some(to) if to <= from => Err(Status::INCORRECT_DATA),
        to => Ok(BinaryAction::Erase { from, to }),
    }
}

fn searched(offset: u16, pattern: &[u8], length: Expected) -> Result<BinaryAction<'_>, Status> {
    if pattern.len() > CHUNK {
        return Err(Status::WRONG_LENGTH);
    }
    Ok(BinaryAction::Search {
        offset,
        pattern,
        length,
    })
}

fn offset(reader: &mut Reader<'_>) -> Result<u16, Status> {
    number(reader.value(OFFSET).map_err(|_| Status::INCORRECT_DATA)?)
}

/// One to four bytes. No EF reaches to FFFF, so that what is more may as well be that: it is behind the end.
fn number(bytes: &[u8]) -> Result<u16, Status> {
    if !(1..=4).contains(&bytes.len()) {
        return Err(Status::INCORRECT_DATA);
    }
    let number = bytes
        .iter()
        .fold(0_u32, |number, byte| number << 8 | u32::from(*byte));
    Ok(u16::try_from(number).unwrap_or(u16::MAX))
}

/// An offset on as few bytes as it takes, as the standard has it, in an object or as it is.
///
/// # Errors
/// [`crate::tlv::ErrorKind::Overflow`].
pub fn write_offset(writer: &mut Writer<'_>, offset: u16, in_object: bool) -> crate::tlv::Result<()> {
    let bytes = offset.to_be_bytes();
    let shortest = match &bytes {
        [0, low @ ..] => &low[..],
        both => &both[..],
    };
    if in_object {
        writer.object(OFFSET, shortest)
    } else {
        writer.raw(shortest)
    }
}

pub(super) const fn instruction(address: &BinaryAddress, action: &BinaryAction<'_>) -> Instruction {
    let plain = matches!(address, BinaryAddress::Offset(_));
    match action {
        BinaryAction::Read { .. } if plain => Instruction::ReadBinary,
        BinaryAction::Read { .. } => Instruction::ReadBinaryObjects,
        BinaryAction::Update { .. } if plain => Instruction::UpdateBinary,
        BinaryAction::Update { .. } => Instruction::UpdateBinaryObjects,
        BinaryAction::Write { .. } if plain => Instruction::WriteBinary,
        BinaryAction::Write { .. } => Instruction::WriteBinaryObjects,
        BinaryAction::Erase { .. } if plain => Instruction::EraseBinary,
        BinaryAction::Erase { .. } => Instruction::EraseBinaryObjects,
        BinaryAction::Search { .. } if plain => Instruction::SearchBinary,
        BinaryAction::Search { .. } => Instruction::SearchBinaryObjects,
    }
}

pub(super) fn encode(
    address: BinaryAddress,
    action: BinaryAction<'_>,
    writer: &mut Writer<'_>,
) -> Result<Frame, EncodeError> {
    let in_objects = !matches!(address, BinaryAddress::Offset(_));
    let (from, data, expected) = match action {
        BinaryAction::Read { offset, length } => (offset, &[][..], Some(length)),
        BinaryAction::Update { offset, data } | BinaryAction::Write { offset, data } => (offset, data, None),
        BinaryAction::Erase { from, .. } => (from, &[][..], None),
        BinaryAction::Search {
            offset,
            pattern,
            length,
        } => (offset, pattern, Some(length)),
    };
    let whole = matches!(action, BinaryAction::Erase { from: 0, to: None });
    if in_objects && !whole {
        write_offset(writer, from, true)?;
    }
    match action {
        BinaryAction::Erase { to: Some(to), .. } => write_offset(writer, to, in_objects)?,
        _ if in_objects && !data.is_empty() => writer.object(DATA, data)?,
        _ => writer.raw(data)?,
    }
    let [p1, p2] = match address {
        BinaryAddress::Offset(file) => write_place(file, from)?,
        BinaryAddress::Objects(BinaryFile::Current) => [0, 0],
        BinaryAddress::Objects(BinaryFile::ShortId(id)) => [0, id],
        BinaryAddress::FileId(id) => id.to_be_bytes(),
    };
    Ok(Frame::new(instruction(&address, &action), p1, p2, expected))
}
