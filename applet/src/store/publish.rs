//! Making committed records the current ones of their keys.

use embedded_storage::nor_flash::MultiwriteNorFlash;

use super::Store;
use super::error::Result;
use super::geometry::Position;
use super::log::Step;
use super::record::{Flags, Record};

impl<F: MultiwriteNorFlash, I: AsRef<[u16]> + AsMut<[u16]>> Store<F, I> {
    /// Makes everything committed from `start` to the head current, and zeroes the secrets that it supersedes.
    pub(super) fn publish(&mut self, start: Position) -> Result<()> {
        self.generation = self.generation.wrapping_add(1);
        let mut at = start;
        while at < self.log.head
            && let Step::Record(walked) = self.log.walk(at)?
        {
            self.supersede(walked.address, &walked.record)?;
            at = walked.next;
        }
        Ok(())
    }

    /// Applies one committed record, and zeroes the secret that it supersedes.
    pub(super) fn supersede(&mut self, address: u32, record: &Record) -> Result<()> {
        match self.apply(address, record)? {
            Some((old, length)) => self.log.scrub(old, length),
            None => Ok(()),
        }
    }

    /// Brings the table up to one record; gives address and length of the secret that it supersedes, if any.
    pub(super) fn apply(&mut self, address: u32, record: &Record) -> Result<Option<(u32, u32)>> {
        if record.flags.has(Flags::MARK) {
            return Ok(None);
        }
        let geometry = self.log.geometry();
        let found = self.table.find(&mut self.log, record.key)?;
        let old = match found.ok().and_then(|index| self.table.entry(index)) {
            Some(entry) => {
                let old = geometry.entry_address(entry);
                Some((old, self.log.record(old)?))
            }
            None => None,
        };
        let (Ok(index) | Err(index)) = found;
        match (old.is_some(), record.flags.has(Flags::DELETE)) {
            (false, false) => self.table.insert(index, geometry.entry(address))?,
            (true, false) => self.table.set(index, geometry.entry(address)),
            (true, true) => self.table.remove(index),
            (false, true) => {}
        }
        if !record.flags.has(Flags::DELETE) {
            let size = geometry.record_size(record.length());
            self.live += size;
            self.largest = self.largest.max(size);
        }
        let Some((old, superseded)) = old else {
            return Ok(None);
        };
        self.live = self
            .live
            .saturating_sub(geometry.record_size(superseded.length()));
        Ok(superseded
            .flags
            .has(Flags::SECRET)
            .then_some((old, superseded.length())))
    }

    /// Takes back what was appended and not committed.
    pub(super) fn abandon(&mut self) {
        if self.log.roll_back().is_err() {
            self.log.medium.fail();
        }
    }
}
