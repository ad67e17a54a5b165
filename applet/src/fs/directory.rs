//! Directory entries and what a DF is, as records of the store.
//!
//! Fixed layouts rather than TLV: SELECT reads them for each step of a path.

use apdu_spec::file::{FileKind, LifeCycle};
use apdu_spec::limits;

use super::RuleBytes;
use crate::core::Core;
use crate::error::{Error, Result};
use crate::layout;
use crate::platform::Platform;

/// Bytes of an entry before its rules.
const ENTRY_FIXED: usize = 9;
/// Bytes of a DF record before its rules.
const DF_FIXED: usize = 6;
/// The longest of both records.
pub(crate) const RECORD_MAX: usize = ENTRY_FIXED + limits::RULE_MAX;

/// A file's entry in its DF: kind (1), number (2), size (2), short id or 0 (1), life cycle (1), length and number of
/// records, or zeros (2), rules.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) kind: FileKind,
    /// The DF's number, or that of the EF's content.
    pub(crate) number: u16,
    pub(crate) size: u16,
    pub(crate) short_id: Option<u8>,
    pub(crate) life_cycle: LifeCycle,
    pub(crate) rules: RuleBytes,
}

impl Entry {
    /// The fixed part; the rules follow it in the record.
    pub(crate) fn header(&self) -> [u8; ENTRY_FIXED] {
        let [number_high, number_low] = self.number.to_be_bytes();
        let [size_high, size_low] = self.size.to_be_bytes();
        let short_id = self.short_id.unwrap_or(0);
        let (length, records) = match self.kind.records() {
            Some(format) => (format.length, format.number),
            None => (0, 0),
        };
        [
            self.kind.descriptor(),
            number_high,
            number_low,
            size_high,
            size_low,
            short_id,
            self.life_cycle.to_byte(),
            length,
            records,
        ]
    }

    /// Reads the record; one that does not read is damage.
    pub(crate) fn read(record: &[u8]) -> Result<Self> {
        let (fixed, rules) = record.split_first_chunk::<ENTRY_FIXED>().ok_or(Error::Memory)?;
        let [
            kind,
            number_high,
            number_low,
            size_high,
            size_low,
            short_id,
            life_cycle,
            length,
            records,
        ] = *fixed;
        let format = (length != 0).then_some((length, records));
        Ok(Self {
            kind: FileKind::new(kind, format).ok_or(Error::Memory)?,
            number: u16::from_be_bytes([number_high, number_low]),
            size: u16::from_be_bytes([size_high, size_low]),
            short_id: (short_id != 0).then_some(short_id),
            life_cycle: LifeCycle::from_byte(life_cycle).ok_or(Error::Memory)?,
            rules: RuleBytes::from_slice(rules).map_err(|_| Error::Memory)?,
        })
    }
}

/// What kind of DF it is; decides who owns what lies in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DfKind {
    Master,
    Provider,
    Application,
    Inner,
}

impl DfKind {
    const fn code(self) -> u8 {
        match self {
            Self::Master => 0,
            Self::Provider => 1,
            Self::Application => 2,
            Self::Inner => 3,
        }
    }

    const fn from_code(code: u8) -> Option<Self> {
        Some(match code {
            0 => Self::Master,
            1 => Self::Provider,
            2 => Self::Application,
            3 => Self::Inner,
            _ => return None,
        })
    }
}

/// A DF: kind (1), life cycle (1), parent's number (2), file id (2), rules.
#[derive(Clone, Debug)]
pub(crate) struct Df {
    pub(crate) kind: DfKind,
    pub(crate) life_cycle: LifeCycle,
    pub(crate) parent: u16,
    pub(crate) id: u16,
    pub(crate) rules: RuleBytes,
}

impl Df {
    /// The fixed part; the rules follow it in the record.
    pub(crate) fn header(&self) -> [u8; DF_FIXED] {
        let [parent_high, parent_low] = self.parent.to_be_bytes();
        let [id_high, id_low] = self.id.to_be_bytes();
        [
            self.kind.code(),
            self.life_cycle.to_byte(),
            parent_high,
            parent_low,
            id_high,
            id_low,
        ]
    }

    fn read(record: &[u8]) -> Result<Self> {
        let (fixed, rules) = record.split_first_chunk::<DF_FIXED>().ok_or(Error::Memory)?;
        let [kind, life_cycle, parent_high, parent_low, id_high, id_low] = *fixed;
        Ok(Self {
            kind: DfKind::from_code(kind).ok_or(Error::Memory)?,
            life_cycle: LifeCycle::from_byte(life_cycle).ok_or(Error::Memory)?,
            parent: u16::from_be_bytes([parent_high, parent_low]),
            id: u16::from_be_bytes([id_high, id_low]),
            rules: RuleBytes::from_slice(rules).map_err(|_| Error::Memory)?,
        })
    }
}

/// What lies around a DF, up to its application.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Surroundings {
    /// The number of the application's DF that the DF is or lies in.
    pub(crate) application: Option<u16>,
    /// Deactivated or terminated if the DF is, or lies in one that is.
    pub(crate) state: LifeCycle,
}

impl<P: Platform> Core<P> {
    /// The entry of file `id` in a DF.
    pub(crate) fn entry(&mut self, df: u16, id: u16) -> Result<Option<Entry>> {
        let mut record = [0; RECORD_MAX];
        self.load(layout::entry(df, id), &mut record)?
            .map(Entry::read)
            .transpose()
    }

    /// What the DF with this number is.
    pub(crate) fn df(&mut self, number: u16) -> Result<Df> {
        let mut record = [0; RECORD_MAX];
        // Whether an application is switched off stands here.
        let record = self
            .load_checked(layout::df(number), &mut record)?
            .ok_or(Error::Memory)?;
        Df::read(record)
    }

    /// The next file id in a DF above `after` (from the first when `None`).
    pub(crate) fn next_entry(&mut self, df: u16, after: Option<u16>) -> Result<Option<u16>> {
        self.next_slot(layout::entry(df, 0), after)
    }

    /// The EF with a short id in a DF.
    pub(crate) fn entry_by_short_id(&mut self, df: u16, short_id: u8) -> Result<Option<(u16, Entry)>> {
        let mut after = None;
        while let Some(id) = self.next_entry(df, after)? {
            if let Some(entry) = self.entry(df, id)?
                && entry.short_id == Some(short_id)
            {
                return Ok(Some((id, entry)));
            }
            after = Some(id);
        }
        Ok(None)
    }

    /// What lies around a DF, itself included.
    pub(crate) fn surroundings(&mut self, mut number: u16) -> Result<Surroundings> {
        let mut state = LifeCycle::Operational;
        for _ in 0..limits::DF_DEPTH {
            let df = self.df(number)?;
            if state == LifeCycle::Operational
                && matches!(df.life_cycle, LifeCycle::Deactivated | LifeCycle::Terminated)
            {
                state = df.life_cycle;
            }
            let application = match df.kind {
                DfKind::Application => Some(number),
                DfKind::Master | DfKind::Provider => None,
                DfKind::Inner => {
                    number = df.parent;
                    continue;
                }
            };
            return Ok(Surroundings { application, state });
        }
        Err(Error::Memory)
    }
}
