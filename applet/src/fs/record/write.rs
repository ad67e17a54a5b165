//! What changes records. Each command is one transaction: all of it or, if the power fails, nothing.

use apdu_spec::access::AccessMode;
use apdu_spec::command::{RecordChange, RecordFile, RecordName, RecordRange};
use apdu_spec::file::Structure;
use apdu_spec::limits;

use super::Target;
use super::head::{HEAD, Head};
use crate::content::request;
use crate::core::Core;
use crate::error::{Error, Result};
use crate::layout;
use crate::platform::Platform;
use crate::session::Session;
use crate::store::{Key, Secrecy};

/// What a command does to a record that is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// Its bytes are replaced.
    Update,
    /// Bits are set, by the rule for writing.
    Write,
    /// Bytes from an offset on.
    Part(RecordChange, u8),
}

impl Target {
    /// Whether a record of this length may be there.
    const fn check_length(&self, length: usize) -> Result<()> {
        let most = self.records.format.length as usize;
        if length == most || !self.records.format.is_fixed() && length < most {
            Ok(())
        } else {
            Err(Error::WrongLength)
        }
    }

    /// Writes a record, and the head if that is another one then.
    fn store<P: Platform>(&self, core: &mut Core<P>, key: Key, bytes: &[u8], mut head: Head) -> Result<()> {
        let old = core.store.len(key)?.unwrap_or(0);
        if !self.records.format.is_fixed() {
            let used = usize::from(head.used) - old.min(usize::from(head.used)) + bytes.len();
            head.used = u16::try_from(used)
                .ok()
                .filter(|used| *used <= self.file.size)
                .ok_or(Error::NoMemory)?;
        }
        let grows = bytes.len() > old;
        if !grows && head == self.records.head {
            return core.put(key, bytes);
        }
        // What takes room leaves as much as a request to delete needs.
        let (records, reserve) = if grows { request::COST } else { (0, 0) };
        let mut change = core.begin(2 + records, HEAD + bytes.len() + reserve)?;
        change.put(key, &[bytes], Secrecy::Public)?;
        Ok(change.put_last(
            layout::content(self.records.number, 0),
            &[&head.to_bytes()],
            Secrecy::Public,
        )?)
    }

    /// Adds a record: a linear EF behind the last, a cyclic one before the first, and its oldest gives way.
    fn add<P: Platform>(mut self, core: &mut Core<P>, session: &mut Session, bytes: &[u8]) -> Result<()> {
        self.check_length(bytes.len())?;
        let (head, record) = match self.records.format.structure {
            Structure::Cyclic => self.records.head.with_first(self.records.format),
            Structure::LinearFixed | Structure::LinearVariable => self.records.head.with_last(),
        };
        if head.count > self.records.format.number {
            return Err(Error::NoMemory);
        }
        let key = layout::content(self.records.number, head.place(self.records.format, record));
        self.store(core, key, bytes, head)?;
        self.file.record = record;
        self.select(session);
        Ok(())
    }
}

/// UPDATE RECORD and WRITE RECORD (ISO/IEC 7816-4, 11.4.5 and 11.4.4), UPDATE RECORD of a part (INS DD).
#[inline(never)]
pub(super) fn change<P: Platform>(
    core: &mut Core<P>,
    session: &mut Session,
    file: RecordFile,
    name: RecordName,
    change: Change,
    data: &[u8],
) -> Result<()> {
    let mode = match change {
        Change::Update | Change::Part(..) => AccessMode::UPDATE,
        Change::Write => AccessMode::WRITE,
    };
    let mut target = Target::open(core, session, file, mode)?;
    // The record before the newest is the one that is not there yet.
    if target.records.format.structure == Structure::Cyclic && name == RecordName::Previous {
        return target.add(core, session, data);
    }
    let record = target.resolve(name)?;
    let mut buffer = [0; limits::RECORD_MAX];
    let old = target.records.load(core, record, &mut buffer)?.len();
    let (offset, length) = match change {
        Change::Update => {
            target.check_length(data.len())?;
            (0, data.len())
        }
        Change::Write => {
            target.check_length(data.len())?;
            (0, data.len().max(old))
        }
        Change::Part(_, offset) => {
            let offset = usize::from(offset);
            if offset >= old {
                return Err(Error::WrongOffset);
            }
            if offset + data.len() > old {
                return Err(Error::NoMemory);
            }
            (offset, old)
        }
    };
    let space = buffer.get_mut(offset..).ok_or(Error::Fault)?;
    for (byte, new) in space.iter_mut().zip(data) {
        *byte = match change {
            Change::Update | Change::Part(RecordChange::Replace, _) => *new,
            Change::Write | Change::Part(RecordChange::Or, _) => *byte | *new,
            Change::Part(RecordChange::And, _) => *byte & *new,
            Change::Part(RecordChange::Xor, _) => *byte ^ *new,
        };
    }
    let bytes = buffer.get(..length).ok_or(Error::Fault)?;
    target.store(core, target.records.key(record), bytes, target.records.head)?;
    target.point(name, record);
    target.select(session);
    Ok(())
}

/// APPEND RECORD (ISO/IEC 7816-4, 11.4.6).
#[inline(never)]
pub(super) fn append<P: Platform>(
    core: &mut Core<P>,
    session: &mut Session,
    file: RecordFile,
    data: &[u8],
) -> Result<()> {
    Target::open(core, session, file, AccessMode::WRITE)?.add(core, session, data)
}

/// ERASE RECORD (ISO/IEC 7816-4, 11.4.8): the records stay, of fixed length as zeros, else with nothing in them.
#[inline(never)]
pub(super) fn erase<P: Platform>(
    core: &mut Core<P>,
    session: &mut Session,
    file: RecordFile,
    range: RecordRange,
) -> Result<()> {
    let target = Target::open(core, session, file, AccessMode::UPDATE)?;
    let (RecordRange::One(name) | RecordRange::ToLast(name) | RecordRange::FromLast(name)) = range;
    let record = target.resolve(name)?;
    let last = match range {
        RecordRange::One(_) => record,
        RecordRange::ToLast(_) | RecordRange::FromLast(_) => target.records.count(),
    };
    let mut head = target.records.head;
    let mut change = core.begin_removal(usize::from(last - record) + 2, HEAD)?;
    for record in record..=last {
        let key = target.records.key(record);
        let Some(length @ 1..) = change.len(key)? else {
            continue;
        };
        change.put(key, &[&[]], Secrecy::Public)?;
        if !target.records.format.is_fixed() {
            head.used = head
                .used
                .saturating_sub(u16::try_from(length).unwrap_or(u16::MAX));
        }
    }
    if head != target.records.head {
        change.put(
            layout::content(target.records.number, 0),
            &[&head.to_bytes()],
            Secrecy::Public,
        )?;
    }
    change.commit()?;
    target.select(session);
    Ok(())
}
