//! Making committed records the current ones of their keys.

use embedded_storage::nor_flash::MultiwriteNorFlash;

use super::Store;
use super::error::Result;
use super::geometry::Position;
use super::log::Step;
use super::read::Found;
use super::record::{Flags, Record};

impl<F: MultiwriteNorFlash, I: AsRef<[u16]> + AsMut<[u16]>> Store<F, I> {
    /// Makes everything committed from `start` to the head current, and zeroes the secrets that it supersedes.
    pub(super) fn publish(&mut self, start: Position) -> Result<()> {
        self.generation = self.generation.wrapping_add(1);
        let mut at = start;
        while at < self.log.head
            && let Step::Record(walked) = self.log.walk(at)?
        {
            if !walked.record.flags.has(Flags::MARK) {
                let found = self.find(walked.record.key)?;
                self.supersede(&found, walked.address, &walked.record)?;
            }
            at = walked.next;
        }
        Ok(())
    }

    /// Applies one committed record, whose key was found there, and zeroes the secret that it supersedes.
    pub(super) fn supersede(&mut self, found: &Found, address: u32, record: &Record) -> Result<()> {
        match self.apply_at(found, address, record)? {
            Some((old, length)) => self.log.scrub(old, length),
            None => Ok(()),
        }
    }

    /// Brings the table up to one record; gives address and length of the secret that it supersedes, if any.
    pub(super) fn apply(&mut self, address: u32, record: &Record) -> Result<Option<(u32, u32)>> {
        if record.flags.has(Flags::MARK) {
            return Ok(None);
        }
        let found = self.find(record.key)?;
        self.apply_at(&found, address, record)
    }

    /// As [`Self::apply`], for who knows where the record's key is.
    fn apply_at(&mut self, found: &Found, address: u32, record: &Record) -> Result<Option<(u32, u32)>> {
        let geometry = self.log.geometry();
        let old = self.current_at(found)?;
        let (Ok(index) | Err(index)) = found.index;
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
