//! How commands for records are written as APDUs.

use super::{RecordAction, RecordChange, RecordFile, RecordName, RecordRange, SearchStart};
use crate::apdu::CommandApdu;
use crate::command::case::{Frame, case_2, case_3, case_4, without_data, without_reply};
use crate::command::{Command, EncodeError, Expected, Instruction};
use crate::status::Status;
use crate::tlv::{Reader, Tag, Writer};

const OFFSET: Tag = Tag(0x54);
const DATA: Tag = Tag(0x53);

// Bits 3 to 1 of P2. The first four name a record by its place, P1 is then a record identifier, which no record has here.
const FIRST: u8 = 0;
const LAST: u8 = 1;
const NEXT: u8 = 2;
const PREVIOUS: u8 = 3;
const NUMBER: u8 = 4;
const TO_LAST: u8 = 5;
const FROM_LAST: u8 = 6;
const BACKWARD: u8 = 5;
const ENHANCED: u8 = 6;
// First byte of the search indication: which record, and this bit for a value rather than an offset.
const FROM_NUMBER: u8 = 4;
const FROM_NUMBER_BACKWARD: u8 = 5;
const FROM_NEXT: u8 = 6;
const FROM_PREVIOUS: u8 = 7;
const BY_VALUE: u8 = 8;

pub(crate) fn decode<'a>(instruction: Instruction, apdu: &CommandApdu<'a>) -> Result<Command<'a>, Status> {
    let file = file(apdu)?;
    let action = decode_action(instruction, apdu)?;
    Ok(Command::Record { file, action })
}

fn decode_action<'a>(instruction: Instruction, apdu: &CommandApdu<'a>) -> Result<RecordAction<'a>, Status> {
    match instruction {
        Instruction::ReadRecord => {
            let records = range(apdu)?;
            let length = case_2(apdu)?;
            Ok(RecordAction::Read { records, length })
        }
        Instruction::ReadRecordPart => {
            let record = one(apdu)?;
            let data = case_4(apdu)?;
            let (offset, rest) = offset(data)?;
            let length = Expected::of(apdu)?;
            if !rest.is_empty() {
                return Err(Status::INCORRECT_DATA);
            }
            Ok(RecordAction::ReadPart {
                record,
                offset,
                length,
            })
        }
        Instruction::WriteRecord => {
            let record = one(apdu)?;
            let data = case_3(apdu)?;
            Ok(RecordAction::Write { record, data })
        }
        Instruction::UpdateRecord => {
            let record = one(apdu)?;
            let data = case_3(apdu)?;
            Ok(RecordAction::Update { record, data })
        }
        Instruction::UpdateRecordPart => decode_update_part(apdu),
        Instruction::AppendRecord => {
            if (apdu.p1, mode(apdu)) != (0, FIRST) {
                return Err(Status::INCORRECT_PARAMETERS);
            }
            let data = case_3(apdu)?;
            Ok(RecordAction::Append { data })
        }
        Instruction::EraseRecord => {
            let records = match range(apdu)? {
                range @ (RecordRange::One(RecordName::Current | RecordName::Number(_))
                | RecordRange::ToLast(_)) => range,
                _ => return Err(Status::INCORRECT_PARAMETERS),
            };
            without_data(apdu)?;
            without_reply(apdu)?;
            Ok(RecordAction::Erase { records })
        }
        Instruction::SearchRecord => decode_search(apdu),
        _ => Err(Status::INSTRUCTION_NOT_SUPPORTED),
    }
}

fn decode_update_part<'a>(apdu: &CommandApdu<'a>) -> Result<RecordAction<'a>, Status> {
    let change = match mode(apdu) {
        4 => RecordChange::Replace,
        5 => RecordChange::And,
        6 => RecordChange::Or,
        7 => RecordChange::Xor,
        _ => return Err(Status::INCORRECT_PARAMETERS),
    };
    let record = by_number(apdu.p1)?;
    let (offset, rest) = offset(case_3(apdu)?)?;
    let mut reader = Reader::new(rest);
    let data = reader.value(DATA).map_err(|_| Status::INCORRECT_DATA)?;
    if data.is_empty() || !reader.is_empty() {
        return Err(Status::INCORRECT_DATA);
    }
    Ok(RecordAction::UpdatePart {
        record,
        change,
        offset,
        data,
    })
}

fn decode_search<'a>(apdu: &CommandApdu<'a>) -> Result<RecordAction<'a>, Status> {
    let record = by_number(apdu.p1)?;
    let mode = mode(apdu);
    if !(NUMBER..=ENHANCED).contains(&mode) {
        return Err(Status::INCORRECT_PARAMETERS);
    }
    let data = case_4(apdu)?;
    let length = Expected::of(apdu)?;
    let simple = (record, mode == BACKWARD, SearchStart::Beginning, data);
    let (record, backward, start, pattern) = match data {
        _ if mode != ENHANCED => simple,
        [indication, byte, pattern @ ..] if !pattern.is_empty() => {
            let start = match indication & BY_VALUE {
                0 => SearchStart::Offset(*byte),
                _ => SearchStart::Value(*byte),
            };
            let (record, backward) = match (indication & !BY_VALUE, apdu.p1) {
                (FROM_NUMBER, _) => (record, false),
                (FROM_NUMBER_BACKWARD, _) => (record, true),
                (FROM_NEXT, 0) => (RecordName::Next, false),
                (FROM_PREVIOUS, 0) => (RecordName::Previous, true),
                _ => return Err(Status::INCORRECT_DATA),
            };
            (record, backward, start, pattern)
        }
        _ => return Err(Status::INCORRECT_DATA),
    };
    Ok(RecordAction::Search {
        record,
        backward,
        start,
        pattern,
        length,
    })
}

pub(crate) fn encode(
    file: RecordFile,
    action: RecordAction<'_>,
    writer: &mut Writer<'_>,
) -> Result<Frame, EncodeError> {
    let ((p1, mode), expected) = match action {
        RecordAction::Read { records, length } => (ranged(records), Some(length)),
        RecordAction::ReadPart {
            record,
            offset,
            length,
        } => {
            writer.byte(OFFSET, offset)?;
            (named(record), Some(length))
        }
        RecordAction::Write { record, data } | RecordAction::Update { record, data } => {
            writer.raw(data)?;
            (named(record), None)
        }
        RecordAction::UpdatePart {
            record,
            change,
            offset,
            data,
        } => {
            writer.byte(OFFSET, offset)?;
            writer.object(DATA, data)?;
            let mode = match change {
                RecordChange::Replace => 4,
                RecordChange::And => 5,
                RecordChange::Or => 6,
                RecordChange::Xor => 7,
            };
            ((named(record).0, mode), None)
        }
        RecordAction::Append { data } => {
            writer.raw(data)?;
            ((0, FIRST), None)
        }
        RecordAction::Erase { records } => (ranged(records), None),
        RecordAction::Search {
            record,
            backward,
            start,
            pattern,
            length,
        } => (
            encode_search(record, backward, start, pattern, writer)?,
            Some(length),
        ),
    };
    let short_id = match file {
        RecordFile::Current => 0,
        RecordFile::ShortId(id @ 0x01..=0x1E) => id,
        RecordFile::ShortId(_) => return Err(EncodeError::OutOfRange),
    };
    Ok(Frame::new(
        action.instruction(),
        p1,
        short_id << 3 | mode,
        expected,
    ))
}

fn encode_search(
    record: RecordName,
    backward: bool,
    start: SearchStart,
    pattern: &[u8],
    writer: &mut Writer<'_>,
) -> Result<(u8, u8), EncodeError> {
    let (p1, simple) = (named(record).0, if backward { BACKWARD } else { NUMBER });
    let from = match (record, backward) {
        (RecordName::Current | RecordName::Number(_), false) => FROM_NUMBER,
        (RecordName::Current | RecordName::Number(_), true) => FROM_NUMBER_BACKWARD,
        (RecordName::Next, false) => FROM_NEXT,
        (RecordName::Previous, true) => FROM_PREVIOUS,
        _ => return Err(EncodeError::OutOfRange),
    };
    let indication = match start {
        SearchStart::Beginning if from < FROM_NEXT => {
            writer.raw(pattern)?;
            return Ok((p1, simple));
        }
        SearchStart::Beginning => return Err(EncodeError::OutOfRange),
        SearchStart::Offset(offset) => [from, offset],
        SearchStart::Value(value) => [from | BY_VALUE, value],
    };
    writer.raw(&indication)?;
    writer.raw(pattern)?;
    Ok((p1, ENHANCED))
}

/// P1 and bits 3 to 1 of P2 for one record.
const fn named(record: RecordName) -> (u8, u8) {
    match record {
        RecordName::First => (0, FIRST),
        RecordName::Last => (0, LAST),
        RecordName::Next => (0, NEXT),
        RecordName::Previous => (0, PREVIOUS),
        RecordName::Current => (0, NUMBER),
        RecordName::Number(number) => (number, NUMBER),
    }
}

const fn ranged(range: RecordRange) -> (u8, u8) {
    match range {
        RecordRange::One(record) => named(record),
        RecordRange::ToLast(record) => (named(record).0, TO_LAST),
        RecordRange::FromLast(record) => (named(record).0, FROM_LAST),
    }
}

const fn mode(apdu: &CommandApdu<'_>) -> u8 {
    apdu.p2 & 0x07
}

/// Bits 8 to 4 of P2.
const fn file(apdu: &CommandApdu<'_>) -> Result<RecordFile, Status> {
    match apdu.p2 >> 3 {
        0 => Ok(RecordFile::Current),
        id @ 0x01..=0x1E => Ok(RecordFile::ShortId(id)),
        _ => Err(Status::INCORRECT_PARAMETERS),
    }
}

const fn by_number(p1: u8) -> Result<RecordName, Status> {
    match p1 {
        0x00 => Ok(RecordName::Current),
        0xFF => Err(Status::INCORRECT_PARAMETERS),
        number => Ok(RecordName::Number(number)),
    }
}

fn range(apdu: &CommandApdu<'_>) -> Result<RecordRange, Status> {
    let record = by_number(apdu.p1)?;
    Ok(RecordRange::One(match (mode(apdu), apdu.p1) {
        (FIRST, 0) => RecordName::First,
        (LAST, 0) => RecordName::Last,
        (NEXT, 0) => RecordName::Next,
        (PREVIOUS, 0) => RecordName::Previous,
        (FIRST..=PREVIOUS, _) => return Err(Status::FUNCTION_NOT_SUPPORTED),
        (NUMBER, _) => record,
        (TO_LAST, _) => return Ok(RecordRange::ToLast(record)),
        (FROM_LAST, _) => return Ok(RecordRange::FromLast(record)),
        _ => return Err(Status::INCORRECT_PARAMETERS),
    }))
}

fn one(apdu: &CommandApdu<'_>) -> Result<RecordName, Status> {
    match range(apdu)? {
        RecordRange::One(record) => Ok(record),
        _ => Err(Status::INCORRECT_PARAMETERS),
    }
}

/// The offset that stands first in the data field, and what follows it.
fn offset(data: &[u8]) -> Result<(u8, &[u8]), Status> {
    let mut reader = Reader::new(data);
    match reader.byte(OFFSET) {
        Ok(offset) => Ok((offset, reader.remaining())),
        Err(_) => Err(Status::INCORRECT_DATA),
    }
}
