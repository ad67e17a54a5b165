//! Commands for EFs of records (ISO/IEC 7816-4, 11.4). [`head`] says how an EF keeps them.

mod head;
mod write;

use apdu_spec::access::AccessMode;
use apdu_spec::command::{
    BinaryFile, Expected, RecordAction, RecordFile, RecordName, RecordRange, SearchStart,
};
use apdu_spec::file::RecordFormat;
use apdu_spec::limits;
use apdu_spec::status::Status;
use apdu_spec::tlv::Writer;

pub(crate) use head::Head;
use write::{Change, append, change, erase};

use super::{OpenFile, Source, binary, require};
use crate::core::Core;
use crate::error::{Error, Result};
use crate::layout;
use crate::platform::Platform;
use crate::session::Session;
use crate::store::Key;

/// Room for any record.
pub(crate) type Buffer = [u8; limits::RECORD_MAX];

/// The records of an EF.
pub(crate) struct Records {
    number: u16,
    format: RecordFormat,
    head: Head,
}

impl Records {
    /// Those of the EF with this number.
    pub(crate) fn of<P: Platform>(core: &mut Core<P>, number: u16, format: RecordFormat) -> Result<Self> {
        let head = Head::load(core, number)?;
        Ok(Self { number, format, head })
    }

    /// How many there are.
    pub(crate) const fn count(&self) -> u8 {
        self.head.count
    }

    fn key(&self, record: u8) -> Key {
        layout::content(self.number, self.head.place(self.format, record))
    }

    /// Bytes of a record.
    fn length<P: Platform>(&self, core: &mut Core<P>, record: u8) -> Result<usize> {
        if self.format.is_fixed() {
            return Ok(usize::from(self.format.length));
        }
        Ok(core.store.len(self.key(record))?.unwrap_or(0))
    }

    /// A whole record. What of a record of fixed length was never written, or was erased, reads as zeros.
    #[inline(never)]
    pub(crate) fn load<'b, P: Platform>(
        &self,
        core: &mut Core<P>,
        record: u8,
        buffer: &'b mut Buffer,
    ) -> Result<&'b [u8]> {
        buffer.fill(0);
        let stored = core.store.read(self.key(record), 0, buffer)?;
        let length = match self.format.is_fixed() {
            true => usize::from(self.format.length),
            false => stored,
        };
        buffer.get(..length).ok_or(Error::Memory)
    }
}

/// The EF that a command addresses, and its records.
struct Target {
    file: OpenFile,
    records: Records,
}

impl Target {
    /// Finds the EF and asks its rule. It becomes the current one when the command has succeeded: [`Self::select`].
    #[inline(never)]
    fn open<P: Platform>(
        core: &mut Core<P>,
        session: &Session,
        file: RecordFile,
        mode: AccessMode,
    ) -> Result<Self> {
        let file = match file {
            RecordFile::Current => BinaryFile::Current,
            RecordFile::ShortId(id) => BinaryFile::ShortId(id),
        };
        let file = binary::find(core, session, file)?;
        let Source::Records(number, format) = file.source else {
            return Err(Error::IncompatibleFile);
        };
        require(core, session, &file.rules, mode)?;
        let records = Records::of(core, number, format)?;
        Ok(Self { file, records })
    }

    /// The number of a record that is there.
    const fn resolve(&self, name: RecordName) -> Result<u8> {
        let (count, current) = (self.records.count(), self.file.record);
        let record = match (name, current) {
            (RecordName::First, _) => 1,
            (RecordName::Last, _) | (RecordName::Previous, 0) => count,
            (RecordName::Next, _) => current.saturating_add(1),
            (RecordName::Previous, _) => current - 1,
            (RecordName::Current, _) => current,
            (RecordName::Number(number), _) => number,
        };
        if record == 0 || record > count {
            return Err(Error::RecordNotFound);
        }
        Ok(record)
    }

    /// Moves the record pointer if the record was named by its place: naming it by number leaves the pointer.
    const fn point(&mut self, name: RecordName, record: u8) {
        if !matches!(name, RecordName::Current | RecordName::Number(_)) {
            self.file.record = record;
        }
    }

    fn select(self, session: &mut Session) {
        session.file = Some(self.file);
    }
}

/// Does what a command asks with the records of an EF.
pub(crate) fn act<P: Platform>(
    core: &mut Core<P>,
    session: &mut Session,
    file: RecordFile,
    action: RecordAction<'_>,
    reply: &mut Writer<'_>,
) -> Result<Status> {
    match action {
        RecordAction::Read { records, length } => return read(core, session, file, records, length, reply),
        RecordAction::ReadPart {
            record,
            offset,
            length,
        } => return read_part(core, session, file, record, offset, length, reply),
        RecordAction::Search {
            record,
            backward,
            start,
            pattern,
            length: _,
        } => return search(core, session, file, record, backward, start, pattern, reply),
        RecordAction::Update { record, data } => change(core, session, file, record, Change::Update, data),
        RecordAction::UpdatePart {
            record,
            change: part,
            offset,
            data,
        } => change(core, session, file, record, Change::Part(part, offset), data),
        RecordAction::Write { record, data } => change(core, session, file, record, Change::Write, data),
        RecordAction::Append { data } => append(core, session, file, data),
        RecordAction::Erase { records } => erase(core, session, file, records),
    }?;
    Ok(Status::SUCCESS)
}

/// READ RECORD (ISO/IEC 7816-4, 11.4.3). Le cuts what is answered, which may be several records.
#[inline(never)]
fn read<P: Platform>(
    core: &mut Core<P>,
    session: &mut Session,
    file: RecordFile,
    range: RecordRange,
    length: Expected,
    reply: &mut Writer<'_>,
) -> Result<Status> {
    let mut target = Target::open(core, session, file, AccessMode::READ)?;
    let (RecordRange::One(name) | RecordRange::ToLast(name) | RecordRange::FromLast(name)) = range;
    let record = target.resolve(name)?;
    let last = match range {
        RecordRange::One(_) => record,
        RecordRange::ToLast(_) | RecordRange::FromLast(_) => target.records.count(),
    };
    let mut left = match length {
        Expected::Available { .. } => limits::REPLY_DATA_MAX + 1,
        Expected::Exactly(wanted) => usize::from(wanted),
    };
    for step in 0..=last - record {
        let next = match range {
            RecordRange::FromLast(_) => last - step,
            RecordRange::One(_) | RecordRange::ToLast(_) => record + step,
        };
        let length = target.records.length(core, next)?.min(left);
        core.store
            .read(target.records.key(next), 0, reply.space(length)?)?;
        left -= length;
    }
    target.point(name, record);
    target.select(session);
    Ok(match length {
        Expected::Exactly(_) if left > 0 => Status::END_OF_FILE,
        _ => Status::SUCCESS,
    })
}

/// READ RECORD of a part (ISO/IEC 7816-4, 11.4.3, INS B3): what Le leaves room for, in an object.
#[inline(never)]
fn read_part<P: Platform>(
    core: &mut Core<P>,
    session: &mut Session,
    file: RecordFile,
    name: RecordName,
    offset: u8,
    length: Expected,
    reply: &mut Writer<'_>,
) -> Result<Status> {
    let mut target = Target::open(core, session, file, AccessMode::READ)?;
    let record = target.resolve(name)?;
    let mut buffer = [0; limits::RECORD_MAX];
    let bytes = target.records.load(core, record, &mut buffer)?;
    let rest = bytes
        .get(usize::from(offset)..)
        .filter(|rest| !rest.is_empty())
        .ok_or(Error::WrongOffset)?;
    let (wanted, status) = match length {
        Expected::Available { .. } => (rest.len(), Status::SUCCESS),
        Expected::Exactly(expected) => match binary::room(expected.into()) {
            0 => return Err(Error::WrongLength),
            room if room > rest.len() => (rest.len(), Status::END_OF_FILE),
            room => (room, Status::SUCCESS),
        },
    };
    reply.object(binary::DATA, rest.get(..wanted).ok_or(Error::Fault)?)?;
    target.point(name, record);
    target.select(session);
    Ok(status)
}

/// SEARCH RECORD (ISO/IEC 7816-4, 11.4.7): the numbers of the records with these bytes; the first becomes the current record.
#[expect(clippy::too_many_arguments, reason = "what the command says")]
#[inline(never)]
fn search<P: Platform>(
    core: &mut Core<P>,
    session: &mut Session,
    file: RecordFile,
    name: RecordName,
    backward: bool,
    start: SearchStart,
    pattern: &[u8],
    reply: &mut Writer<'_>,
) -> Result<Status> {
    let mut target = Target::open(core, session, file, AccessMode::READ)?;
    if target.records.format.is_fixed() && pattern.len() > usize::from(target.records.format.length) {
        return Err(Error::WrongLength);
    }
    let first = target.resolve(name)?;
    let steps = if backward {
        first
    } else {
        target.records.count() - first + 1
    };
    let mut buffer = [0; limits::RECORD_MAX];
    let mut found = None;
    for step in 0..steps {
        let record = if backward { first - step } else { first + step };
        let bytes = target.records.load(core, record, &mut buffer)?;
        let from = match start {
            SearchStart::Beginning => Some(0),
            SearchStart::Offset(offset) => Some(usize::from(offset)),
            SearchStart::Value(value) => bytes.iter().position(|byte| *byte == value),
        };
        let rest = from.and_then(|from| bytes.get(from..)).unwrap_or_default();
        if rest.windows(pattern.len()).any(|window| window == pattern) {
            found = found.or(Some(record));
            reply.raw(&[record])?;
        }
    }
    match found {
        Some(record) => target.file.record = record,
        None => return Ok(Status::END_OF_FILE),
    }
    target.select(session);
    Ok(Status::SUCCESS)
}
