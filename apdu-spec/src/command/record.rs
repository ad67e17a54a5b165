//! The commands for EFs of records. ISO/IEC 7816-4:2020, 11.4.

mod coding;

pub(super) use coding::{decode, encode};

use super::{Expected, Instruction};

/// Which EF a command for records means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordFile {
    /// The current EF.
    Current,
    /// The EF of the current DF with this short id, 01 to 1E; it becomes the current EF, without a current record.
    ShortId(u8),
}

/// Which record of the EF. The first four set the record pointer, the others leave it as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordName {
    /// Record 1.
    First,
    /// The record with the highest number.
    Last,
    /// The one after the current record; the first when there is none.
    Next,
    /// The one before the current record; the last when there is none.
    Previous,
    /// The one that the record pointer names.
    Current,
    /// By its number, 01 to FE.
    Number(u8),
}

/// Which records of the EF, the bounds included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordRange {
    /// This one.
    One(RecordName),
    /// From this one, current or by number, to the last.
    ToLast(RecordName),
    /// From the last to this one, current or by number.
    FromLast(RecordName),
}

/// What bytes of a command do to those of a part of a record: UPDATE RECORD with INS DD.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordChange {
    /// They take their place.
    Replace,
    /// Logical AND.
    And,
    /// Logical OR.
    Or,
    /// Logical XOR.
    Xor,
}

/// Where in each record SEARCH RECORD begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SearchStart {
    /// At its first byte: the simple search.
    Beginning,
    /// At this byte, from 0.
    Offset(u8),
    /// At the first byte with this value.
    Value(u8),
}

/// What is done with the records of an EF.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum RecordAction<'a> {
    /// READ RECORD: ISO/IEC 7816-4:2020, 11.4.3.
    Read {
        /// Which records, one after the other.
        records: RecordRange,
        /// How much.
        length: Expected,
    },
    /// READ RECORD of a part (INS B3).
    ReadPart {
        /// Which record.
        record: RecordName,
        /// Offset in the record, in bytes.
        offset: u8,
        /// How much, with tag and length of the object that the bytes come in.
        length: Expected,
    },
    /// WRITE RECORD: ISO/IEC 7816-4:2020, 11.4.4. A logical OR.
    Write {
        /// Which record.
        record: RecordName,
        /// At least one byte.
        data: &'a [u8],
    },
    /// UPDATE RECORD: ISO/IEC 7816-4:2020, 11.4.5.
    Update {
        /// Which record.
        record: RecordName,
        /// At least one byte.
        data: &'a [u8],
    },
    /// UPDATE RECORD of a part (INS DD).
    UpdatePart {
        /// Which record, current or by number.
        record: RecordName,
        /// What the bytes do to those of the record.
        change: RecordChange,
        /// Offset in the record, in bytes.
        offset: u8,
        /// At least one byte.
        data: &'a [u8],
    },
    /// APPEND RECORD: ISO/IEC 7816-4:2020, 11.4.6.
    Append {
        /// At least one byte.
        data: &'a [u8],
    },
    /// SEARCH RECORD: ISO/IEC 7816-4:2020, 11.4.7.
    Search {
        /// The record to begin with: current or by number, next (forward) or previous (backward).
        record: RecordName,
        /// Towards record 1.
        backward: bool,
        /// Where to begin in each record.
        start: SearchStart,
        /// What to look for, at least one byte.
        pattern: &'a [u8],
        /// How many record numbers.
        length: Expected,
    },
    /// ERASE RECORD: ISO/IEC 7816-4:2020, 11.4.8.
    Erase {
        /// One, or all from one to the last, named by number or current.
        records: RecordRange,
    },
}

impl RecordAction<'_> {
    pub(super) const fn instruction(&self) -> Instruction {
        match self {
            Self::Read { .. } => Instruction::ReadRecord,
            Self::ReadPart { .. } => Instruction::ReadRecordPart,
            Self::Write { .. } => Instruction::WriteRecord,
            Self::Update { .. } => Instruction::UpdateRecord,
            Self::UpdatePart { .. } => Instruction::UpdateRecordPart,
            Self::Append { .. } => Instruction::AppendRecord,
            Self::Search { .. } => Instruction::SearchRecord,
            Self::Erase { .. } => Instruction::EraseRecord,
        }
    }
}
