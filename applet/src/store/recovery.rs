//! Taking back what was not committed: after a transaction was dropped, and at mount after a power cut.
//!
//! Everything here may be cut off itself and is begun again at the next mount.

use embedded_storage::nor_flash::MultiwriteNorFlash;

use super::error::{Result, StoreError};
use super::geometry::Position;
use super::log::Log;
use super::page;
use super::record::{Flags, Item, Record, Slot, Word};

impl<F: MultiwriteNorFlash> Log<F> {
    /// Takes back what lies behind the last commit, up to the head's page.
    ///
    /// Whole pages are erased, newest first so that the log has no gap; the space they take is not lost, however often
    /// the power fails. In the page of the last commit, records are marked.
    pub(super) fn roll_back(&mut self) -> Result<()> {
        while self.head.sequence > self.committed.sequence {
            self.prepare(self.head.sequence)?;
            let sequence = self.head.sequence - 1;
            self.head = Position {
                sequence,
                offset: self.geometry().page_size,
            };
        }
        let mut at = self.committed;
        while self.geometry().header_fits(at.offset) {
            let address = self.geometry().address(at);
            let (_, page_end) = page::body(&self.geometry(), at.sequence);
            match self.item(address)? {
                Item::Blank if self.medium.is_blank(address, page_end)? => break,
                Item::Blank => {
                    self.skip_rest(address, page_end)?;
                    at.offset = self.geometry().page_size;
                }
                Item::Skip => at.offset = self.geometry().page_size,
                Item::Unclear(slot) => {
                    self.check_slot(slot, Word::Skip, address)?;
                    self.skip_rest(address, page_end)?;
                    at.offset = self.geometry().page_size;
                }
                Item::Record(record, slot) => {
                    self.void(address, &record, slot)?;
                    let end = at
                        .offset
                        .saturating_add(self.geometry().record_size(record.length()));
                    at.offset = end.min(self.geometry().page_size);
                }
            }
        }
        self.committed = at;
        self.head = at;
        Ok(())
    }

    /// Marks a record as rolled back, and zeroes its value first if that is secret.
    fn void(&mut self, address: u32, record: &Record, slot: Slot) -> Result<()> {
        let void = self.check_slot(slot, Word::Void, address)?;
        if record.flags.has(Flags::SECRET) {
            // What reached into further pages was erased with them.
            let (_, page_end) = page::body(&self.geometry(), self.committed.sequence);
            let here = page_end.saturating_sub(address + self.geometry().header());
            self.scrub(address, record.length().min(here))?;
        }
        if slot.is(void) {
            return Ok(());
        }
        self.medium.program_slot(address, void)
    }

    /// Gives up the rest of a page: a cut program may have left anything in it, secrets too.
    fn skip_rest(&mut self, address: u32, page_end: u32) -> Result<()> {
        let geometry = self.geometry();
        self.medium
            .scrub(address + geometry.slot(), address + geometry.header())?;
        self.medium.scrub_written(address + geometry.header(), page_end)?;
        self.medium
            .program_slot(address, Word::Skip.value(self.seed, address))
    }

    /// The value of a word, if the slot can still become it. No cut leaves a slot that cannot.
    fn check_slot(&self, slot: Slot, word: Word, address: u32) -> Result<u32> {
        let value = word.value(self.seed, address);
        if slot.may_become(value) {
            Ok(value)
        } else {
            Err(StoreError::Damaged)
        }
    }
}
