//! EFs of records: ISO/IEC 7816-4, 11.4; SPEC.md section 1.

use apdu_spec::command::{
    BinaryFile, Expected, RecordAction, RecordChange, RecordFile, RecordName, RecordRange, SearchStart,
};
use apdu_spec::file::{RecordFormat, Structure};

use super::rules::{APPEND, READ, UPDATE};
use super::*;

/// An EF of records is a list of them, record 1 first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Records {
    pub format: RecordFormat,
    pub size: usize,
    pub list: Vec<Vec<u8>>,
}

/// What names several records names one of them, the others go to the last.
const fn name(range: RecordRange) -> RecordName {
    let (RecordRange::One(name) | RecordRange::ToLast(name) | RecordRange::FromLast(name)) = range;
    name
}

impl Plain {
    pub(super) fn record(&mut self, file: RecordFile, action: &RecordAction<'_>) -> Answer {
        let (ef, mut pointer) = match file {
            RecordFile::Current => (self.find(BinaryFile::Current)?, self.session.record),
            RecordFile::ShortId(short_id) => (self.find(BinaryFile::ShortId(short_id))?, None),
        };
        let file = &self.files[&ef];
        let Content::Records(records) = &file.content else {
            return Err(INCOMPATIBLE);
        };
        let mode = match action {
            RecordAction::Read { .. } | RecordAction::ReadPart { .. } | RecordAction::Search { .. } => READ,
            RecordAction::Update { .. } | RecordAction::UpdatePart { .. } | RecordAction::Erase { .. } => {
                UPDATE
            }
            RecordAction::Write { .. } | RecordAction::Append { .. } => APPEND,
        };
        if !self.session.allowed(&file.rule, mode) {
            return Err(DENIED);
        }
        // What is refused half-way changes nothing.
        let mut records = records.clone();
        let answer = records.act(&mut pointer, action)?;
        self.files.get_mut(&ef).unwrap().content = Content::Records(records);
        self.session.ef = Some(ef);
        self.session.record = pointer;
        Ok(answer)
    }
}

impl Records {
    /// Index of the record that is named.
    fn find(&self, pointer: Option<usize>, name: RecordName) -> Result<usize, u16> {
        let last = self.list.len().checked_sub(1).ok_or(NO_RECORD)?;
        let at = match (name, pointer) {
            (RecordName::First, _) | (RecordName::Next, None) => 0,
            (RecordName::Last, _) | (RecordName::Previous, None) => last,
            (RecordName::Next, Some(at)) => at + 1,
            (RecordName::Previous, Some(at)) => at.checked_sub(1).ok_or(NO_RECORD)?,
            (RecordName::Current, _) => pointer.ok_or(NO_RECORD)?,
            (RecordName::Number(number), _) => usize::from(number) - 1,
        };
        if at <= last { Ok(at) } else { Err(NO_RECORD) }
    }

    fn act(&mut self, pointer: &mut Option<usize>, action: &RecordAction<'_>) -> Answer {
        let fixed = self.format.structure != Structure::LinearVariable;
        let done = Ok((Vec::new(), SUCCESS));
        // The record that is dealt with, named by its place or otherwise.
        let name = match *action {
            RecordAction::Append { data } => {
                return self.append(pointer, data).map(|()| (Vec::new(), SUCCESS));
            }
            RecordAction::Update { record, data } | RecordAction::Write { record, data }
                if self.format.structure == Structure::Cyclic && record == RecordName::Previous =>
            {
                return self.append(pointer, data).map(|()| (Vec::new(), SUCCESS));
            }
            RecordAction::Search { pattern, .. }
                if fixed && pattern.len() > usize::from(self.format.length) =>
            {
                return Err(WRONG_LENGTH);
            }
            RecordAction::Read { records, .. } | RecordAction::Erase { records } => name(records),
            RecordAction::ReadPart { record, .. }
            | RecordAction::Write { record, .. }
            | RecordAction::Update { record, .. }
            | RecordAction::UpdatePart { record, .. }
            | RecordAction::Search { record, .. } => record,
        };
        let at = self.find(*pointer, name)?;
        let answer = match *action {
            RecordAction::Read { records, length } => self.read(at, records, length),
            RecordAction::ReadPart { offset, length, .. } => self.read_part(at, usize::from(offset), length),
            RecordAction::Search {
                backward,
                start,
                pattern,
                ..
            } => {
                let found = self.search(at, backward, start, pattern);
                *pointer = Some(*found.first().ok_or(END_OF_FILE)?);
                let numbers = found.iter().map(|at| u8::try_from(at + 1).unwrap());
                return Ok((numbers.collect(), SUCCESS));
            }
            RecordAction::Update { data, .. } => self.change(at, data.to_vec(), data.len()).and(done),
            RecordAction::Write { data, .. } => {
                let mut new = self.list[at].clone();
                new.resize(new.len().max(data.len()), 0);
                new.iter_mut().zip(data).for_each(|(byte, bits)| *byte |= bits);
                self.change(at, new, data.len()).and(done)
            }
            RecordAction::UpdatePart {
                change, offset, data, ..
            } => self.change_part(at, change, usize::from(offset), data).and(done),
            RecordAction::Erase { records } => {
                let last = match records {
                    RecordRange::One(_) => at,
                    RecordRange::ToLast(_) | RecordRange::FromLast(_) => self.list.len() - 1,
                };
                let length = if fixed { usize::from(self.format.length) } else { 0 };
                self.list[at..=last].fill(vec![0; length]);
                done
            }
            RecordAction::Append { .. } => unreachable!("names no record"),
        };
        let by_place = !matches!(name, RecordName::Current | RecordName::Number(_));
        if answer.is_ok() && by_place {
            *pointer = Some(at);
        }
        answer
    }

    fn read(&self, at: usize, records: RecordRange, length: Expected) -> Answer {
        let rest = &self.list[at..];
        let mut bytes: Vec<u8> = match records {
            RecordRange::One(_) => rest[0].clone(),
            RecordRange::ToLast(_) => rest.concat(),
            RecordRange::FromLast(_) => rest.iter().rev().flatten().copied().collect(),
        };
        match length {
            Expected::Available { .. } => Ok((bytes, SUCCESS)),
            Expected::Exactly(wanted) if usize::from(wanted) > bytes.len() => Ok((bytes, END_OF_FILE)),
            Expected::Exactly(wanted) => {
                bytes.truncate(usize::from(wanted));
                Ok((bytes, SUCCESS))
            }
        }
    }

    /// Le counts the two bytes before those of the record.
    fn read_part(&self, at: usize, offset: usize, length: Expected) -> Answer {
        let rest = self.list[at].get(offset..).filter(|rest| !rest.is_empty());
        let rest = rest.ok_or(WRONG_OFFSET)?;
        let (part, status) = match length {
            Expected::Available { .. } => (rest, SUCCESS),
            Expected::Exactly(wanted) => match usize::from(wanted).saturating_sub(2) {
                0 => return Err(WRONG_LENGTH),
                room if room > rest.len() => (rest, END_OF_FILE),
                room => (&rest[..room], SUCCESS),
            },
        };
        let head = [0x53, u8::try_from(part.len()).unwrap()];
        Ok(([&head, part].concat(), status))
    }

    /// Indexes of the records with these bytes, in the order in which they are looked at.
    fn search(&self, at: usize, backward: bool, start: SearchStart, pattern: &[u8]) -> Vec<usize> {
        let order: Vec<usize> = if backward {
            (0..=at).rev().collect()
        } else {
            (at..self.list.len()).collect()
        };
        let has = |at: &usize| {
            let record = &self.list[*at];
            let from = match start {
                SearchStart::Beginning => Some(0),
                SearchStart::Offset(offset) => Some(usize::from(offset)),
                SearchStart::Value(value) => record.iter().position(|byte| *byte == value),
            };
            let rest = from.and_then(|from| record.get(from..)).unwrap_or_default();
            rest.windows(pattern.len()).any(|window| window == pattern)
        };
        order.into_iter().filter(has).collect()
    }

    /// Whether a record may be so long.
    fn check(&self, length: usize) -> Result<(), u16> {
        let most = usize::from(self.format.length);
        let variable = self.format.structure == Structure::LinearVariable;
        if length == most || variable && length < most {
            Ok(())
        } else {
            Err(WRONG_LENGTH)
        }
    }

    /// Bytes of all records but one.
    fn used_but(&self, at: usize) -> usize {
        let others = self.list.iter().enumerate().filter(|(other, _)| *other != at);
        others.map(|(_, record)| record.len()).sum()
    }

    /// Another value of a record, for which so many bytes came.
    fn change(&mut self, at: usize, new: Vec<u8>, came: usize) -> Result<(), u16> {
        self.check(came)?;
        if self.used_but(at) + new.len() > self.size {
            return Err(NO_MEMORY);
        }
        self.list[at] = new;
        Ok(())
    }

    fn change_part(
        &mut self,
        at: usize,
        change: RecordChange,
        offset: usize,
        data: &[u8],
    ) -> Result<(), u16> {
        let record = &mut self.list[at];
        if offset >= record.len() {
            return Err(WRONG_OFFSET);
        }
        let part = record.get_mut(offset..offset + data.len()).ok_or(NO_MEMORY)?;
        for (byte, new) in part.iter_mut().zip(data) {
            match change {
                RecordChange::Replace => *byte = *new,
                RecordChange::And => *byte &= new,
                RecordChange::Or => *byte |= new,
                RecordChange::Xor => *byte ^= new,
            }
        }
        Ok(())
    }

    /// APPEND, and UPDATE or WRITE of the record before the newest of a cyclic EF. The new record is the current one.
    fn append(&mut self, pointer: &mut Option<usize>, data: &[u8]) -> Result<(), u16> {
        self.check(data.len())?;
        let most = usize::from(self.format.number);
        if self.format.structure == Structure::Cyclic {
            self.list.insert(0, data.to_vec());
            self.list.truncate(most);
            *pointer = Some(0);
            return Ok(());
        }
        if self.list.len() == most || self.used_but(most) + data.len() > self.size {
            return Err(NO_MEMORY);
        }
        self.list.push(data.to_vec());
        *pointer = Some(self.list.len() - 1);
        Ok(())
    }
}
