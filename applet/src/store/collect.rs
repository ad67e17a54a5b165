//! Making room: the oldest page's current values move to the head, then the page is erased. The log goes around all
//! pages in turn, so every page is erased equally often.

use embedded_storage::nor_flash::MultiwriteNorFlash;

use super::Store;
use super::VALUE_MAX;
use super::error::{Result, StoreError};
use super::geometry::{Position, to_u32};
use super::log::{Segment, Walked};
use super::record::{Flags, Record};

/// Whether a transaction may use the room that is kept for replacing and deleting on a full card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Room {
    Ordinary,
    Margin,
}

impl<F: MultiwriteNorFlash, I: AsRef<[u16]> + AsMut<[u16]>> Store<F, I> {
    /// Makes sure that `needed` bytes of records can be appended, and that collecting can go on after that.
    pub(super) fn make_room(&mut self, needed: u32, room: Room) -> Result<()> {
        self.log.medium.ready()?;
        if needed > self.available(needed, room) {
            return Err(StoreError::Full);
        }
        let wanted = needed.saturating_add(self.fixed_reserve() + 2 * self.largest_in(needed, room));
        // One lap squeezes out everything superseded; a second one would find nothing.
        for _ in 0..=self.log.geometry().pages {
            if self.log.room() >= wanted {
                return Ok(());
            }
            self.collect_page()?;
        }
        Err(StoreError::Full)
    }

    /// Bytes of records that collecting everything would give a transaction of `needed` bytes.
    fn available(&self, needed: u32, room: Room) -> u32 {
        self.unreserved(room)
            .saturating_sub(2 * self.largest_in(needed, room))
    }

    /// The largest transaction there is room for, in bytes of records.
    pub(super) fn most(&self) -> u32 {
        let most = self.unreserved(Room::Ordinary);
        let value_max = self.log.geometry().record_size(to_u32(VALUE_MAX));
        let beside_largest = most.saturating_sub(2 * value_max.max(self.largest));
        if beside_largest >= value_max {
            return beside_largest;
        }
        // A transaction that may hold one value larger than all others takes that value's reserve with it.
        match most / 3 {
            third if third >= self.largest => third,
            _ => most.saturating_sub(2 * self.largest),
        }
    }

    /// What is left of the flash beside current values and what is kept whatever their size.
    fn unreserved(&self, room: Room) -> u32 {
        let geometry = self.log.geometry();
        // A page loses at most a header's length at its end, and collecting it costs one mark.
        let per_page = geometry.data_size() - 2 * geometry.header();
        let margin = match room {
            Room::Ordinary => geometry.data_size(),
            Room::Margin => 0,
        };
        ((geometry.pages - 1) * per_page).saturating_sub(self.live + self.fixed_reserve() + margin)
    }

    /// Room that is never given away, beside twice the largest record: collecting moves a page whose values may reach
    /// beyond it before it frees one, pages with nothing superseded free nothing and cost their mark, and a power cut
    /// may waste the rest of a page.
    const fn fixed_reserve(&self) -> u32 {
        let geometry = self.log.geometry();
        2 * geometry.data_size() + geometry.pages * 2 * geometry.header()
    }

    /// The largest record there is, or that a transaction of `needed` bytes may write.
    pub(super) fn largest_in(&self, needed: u32, room: Room) -> u32 {
        let value_max = self.log.geometry().record_size(to_u32(VALUE_MAX));
        match room {
            Room::Ordinary => self.largest.max(needed.min(value_max)),
            Room::Margin => self.largest,
        }
    }

    /// Moves what is current in the oldest page, in one transaction, and erases it.
    fn collect_page(&mut self) -> Result<()> {
        let tail = self.log.tail;
        if tail >= self.log.head.sequence {
            return Err(StoreError::Full);
        }
        let start = self.log.head;
        let moved = match self.move_page(tail) {
            Ok(moved) => moved,
            Err(error) => {
                self.abandon();
                return Err(error);
            }
        };
        let commit = self.log.append_mark(moved, tail + 1)?;
        self.log.seal(commit)?;
        self.publish(start)?;
        self.log.tail = tail + 1;
        self.log.prepare(tail + self.log.geometry().pages)
    }

    /// Appends a copy of everything current that starts in a page; gives the number of copies.
    fn move_page(&mut self, sequence: u32) -> Result<u16> {
        let Some(first) = self.log.first_in(sequence)? else {
            return Ok(0);
        };
        let mut at = Position {
            sequence,
            offset: first,
        };
        let mut index = 0_u16;
        loop {
            let walked = self.log.walk(at)?.record().ok_or(StoreError::Damaged)?;
            if walked.at.sequence != sequence {
                return Ok(index);
            }
            if self.is_current(&walked)? {
                self.copy(&walked, index)?;
                index += 1;
            }
            at = walked.next;
            // The last record may end with the log, in a page not followed by another.
            if at.sequence != sequence || !self.log.geometry().header_fits(at.offset) {
                return Ok(index);
            }
        }
    }

    fn is_current(&mut self, walked: &Walked) -> Result<bool> {
        if walked.record.flags.has(Flags::MARK) || walked.record.flags.has(Flags::DELETE) {
            return Ok(false);
        }
        let entry = self.log.geometry().entry(walked.address);
        let found = self.table.find(&mut self.log, walked.record.key)?;
        Ok(found.is_ok_and(|index| self.table.entry(index) == Some(entry)))
    }

    fn copy(&mut self, walked: &Walked, index: u16) -> Result<()> {
        // A copy gets its old checksum, so that damage is not made good by moving it.
        if !self.log.is_intact(walked.address, &walked.record)? {
            return Err(StoreError::Damaged);
        }
        let flags = if walked.record.flags.has(Flags::SECRET) {
            Flags::SECRET
        } else {
            Flags::PUT
        };
        let record = Record {
            flags,
            index,
            ..walked.record
        };
        let value = Segment::Stored {
            address: walked.address,
            offset: 0,
            length: record.length(),
        };
        self.log.append(&record, [value].into_iter()).map(|_| ())
    }
}
