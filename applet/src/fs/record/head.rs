//! How an EF keeps its records: each in a place of its own, a value of the store, and a head that tells where record 1 is.
//!
//! Places are numbered from 1 and form a ring. Records of a linear EF stay where they are; a cyclic EF puts its newest
//! into the place before that of record 1, which is the oldest one's when all are taken. So whatever is written is one
//! record and the head, in one transaction.

use apdu_spec::file::RecordFormat;
use apdu_spec::package::FileEntry;

use crate::core::Core;
use crate::error::Result;
use crate::layout;
use crate::platform::Platform;

/// Bytes of a head.
pub(super) const HEAD: usize = 4;

/// Records there are (1), places before that of record 1 (1), bytes of all records where they vary (2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    /// Numbers 1 to this one are there.
    pub(super) count: u8,
    first: u8,
    /// Bytes of all records of a linear variable EF.
    pub(super) used: u16,
}

impl Head {
    /// The head of an EF with what a package fills it with.
    pub(crate) fn initial(file: &FileEntry<'_>, format: RecordFormat) -> Self {
        Self {
            count: file.initial_records(),
            first: 0,
            used: if format.is_fixed() { 0 } else { file.initial },
        }
    }

    /// The head of the EF with this number; one that was never written has no records.
    pub(super) fn load<P: Platform>(core: &mut Core<P>, number: u16) -> Result<Self> {
        let mut bytes = [0; HEAD];
        core.store.read(layout::content(number, 0), 0, &mut bytes)?;
        let [count, first, used_high, used_low] = bytes;
        Ok(Self {
            count,
            first,
            used: u16::from_be_bytes([used_high, used_low]),
        })
    }

    /// As it is stored.
    pub(crate) fn to_bytes(self) -> [u8; HEAD] {
        let [used_high, used_low] = self.used.to_be_bytes();
        [self.count, self.first, used_high, used_low]
    }

    /// The place of a record.
    pub(super) fn place(self, format: RecordFormat, record: u8) -> u16 {
        let before = u16::from(self.first) + u16::from(record) - 1;
        before.checked_rem(u16::from(format.number)).unwrap_or(0) + 1
    }

    /// The head once a record is added behind the last, and its number.
    pub(super) const fn with_last(self) -> (Self, u8) {
        let count = self.count.saturating_add(1);
        (Self { count, ..self }, count)
    }

    /// The head once a record is added before the first, and its number.
    pub(super) fn with_first(self, format: RecordFormat) -> (Self, u8) {
        let head = Self {
            count: self.count.saturating_add(1).min(format.number),
            first: self
                .first
                .checked_sub(1)
                .unwrap_or(format.number.saturating_sub(1)),
            ..self
        };
        (head, 1)
    }
}
