//! The log: records one after the other over opened pages, oldest page to newest. Walking and reading it.
//! What belongs here knows nothing of which record is the current one of its key; that is the table's.

use embedded_storage::nor_flash::MultiwriteNorFlash;
use zeroize::Zeroizing;

use super::checksum::Checksum;
use super::error::{Result, StoreError};
use super::geometry::{Geometry, Position, align_up, to_u32, to_usize};
use super::key::Key;
use super::medium::{BLOCK, Medium};
use super::page::State;
use super::record::{HEADER_MAX, Item, Record, Slot, Word};

/// The log and its ends.
pub(super) struct Log<F> {
    pub(super) medium: Medium<F>,
    /// Random for every formatting.
    pub(super) seed: [u8; 4],
    /// Sequence number of the oldest page in use.
    pub(super) tail: u32,
    /// Where the next record goes, if its header fits there.
    pub(super) head: Position,
    /// Where the last committed transaction, or what was rolled back after it, ends.
    pub(super) committed: Position,
    /// Address of the last commit record: its slot seals the next transaction.
    pub(super) last_commit: u32,
}

/// A record met on a walk.
#[derive(Clone, Copy, Debug)]
pub(super) struct Walked {
    pub(super) at: Position,
    pub(super) address: u32,
    pub(super) record: Record,
    pub(super) slot: Slot,
    /// Behind the record.
    pub(super) next: Position,
}

/// Where a step of a walk leads.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step {
    Record(Walked),
    /// The log ends, or stops making sense, in the page of this sequence number or at its end.
    End(u32),
}

impl Step {
    pub(super) fn record(self) -> Option<Walked> {
        match self {
            Self::Record(walked) => Some(walked),
            Self::End(_) => None,
        }
    }
}

impl<F: MultiwriteNorFlash> Log<F> {
    pub(super) const fn geometry(&self) -> Geometry {
        self.medium.geometry
    }

    /// What lies where a record header may be.
    pub(super) fn item(&mut self, address: u32) -> Result<Item> {
        let geometry = self.geometry();
        let mut bytes = [0; HEADER_MAX];
        let header = bytes
            .get_mut(..to_usize(geometry.header()))
            .ok_or(StoreError::Geometry)?;
        self.medium.read(address, header)?;
        Ok(Item::parse(header, to_usize(geometry.slot()), self.seed, address))
    }

    /// The record at an address where one is known to be.
    pub(super) fn record(&mut self, address: u32) -> Result<Record> {
        match self.item(address)? {
            Item::Record(record, _) => Ok(record),
            _ => Err(StoreError::Damaged),
        }
    }

    /// The key of the record at an address where one is known to be; its checksum is not looked at.
    pub(super) fn key(&mut self, address: u32) -> Result<Key> {
        let mut bytes = [0; 8];
        self.medium.read(address + self.geometry().slot(), &mut bytes)?;
        Ok(Key::from_header(bytes))
    }

    /// To the first record at `at` or behind what was rolled back there.
    pub(super) fn walk(&mut self, mut at: Position) -> Result<Step> {
        let geometry = self.geometry();
        loop {
            if !geometry.header_fits(at.offset) {
                let left = at.sequence;
                at = Position {
                    sequence: left.wrapping_add(1),
                    offset: geometry.data_start(),
                };
                if !self.medium.is_opened(at.sequence, Some(at.offset))? {
                    return Ok(Step::End(left));
                }
            }
            let address = geometry.address(at);
            match self.item(address)? {
                Item::Blank | Item::Unclear(_) => return Ok(Step::End(at.sequence)),
                Item::Skip => at.offset = geometry.page_size,
                Item::Record(record, slot) if slot.is(Word::Void.value(self.seed, address)) => {
                    // The pages that a rolled back record reached into were erased.
                    let end = at.offset.saturating_add(geometry.record_size(record.length()));
                    at.offset = end.min(geometry.page_size);
                }
                Item::Record(record, slot) => {
                    return Ok(match self.behind(at, &record)? {
                        Ok(next) => Step::Record(Walked {
                            at,
                            address,
                            record,
                            slot,
                            next,
                        }),
                        Err(last) => Step::End(last),
                    });
                }
            }
        }
    }

    /// The position behind a record; if a page it reaches into does not continue it, the last one that does.
    fn behind(&mut self, at: Position, record: &Record) -> Result<core::result::Result<Position, u32>> {
        let geometry = self.geometry();
        let Position { mut sequence, offset } = at;
        let mut end = offset.saturating_add(geometry.record_size(record.length()));
        while let Some(rest) = end.checked_sub(geometry.page_size).filter(|rest| *rest > 0) {
            let next = sequence.wrapping_add(1);
            if !self.medium.is_opened(next, geometry.first_after(rest))? {
                return Ok(Err(sequence));
            }
            sequence = next;
            end = geometry.data_start() + rest;
        }
        Ok(Ok(Position {
            sequence,
            offset: end,
        }))
    }

    /// Where the first record of page `sequence` starts, which must be opened; `None` if none does.
    pub(super) fn first_in(&mut self, sequence: u32) -> Result<Option<u32>> {
        match self.medium.page_with(sequence)?.map(|header| header.state) {
            Some(State::Opened { first, .. }) => Ok(first),
            _ => Err(StoreError::Damaged),
        }
    }

    /// Reads bytes `offset..` of the value of the record at `address`; the caller has checked that they lie in it.
    pub(super) fn read_value(&mut self, address: u32, offset: u32, out: &mut [u8]) -> Result<()> {
        let geometry = self.geometry();
        let (mut rest, mut offset) = (out, offset);
        while !rest.is_empty() {
            let (place, room) = geometry.value_place(address, offset);
            let length = rest.len().min(to_usize(room));
            let (piece, behind) = rest.split_at_mut_checked(length).ok_or(StoreError::Geometry)?;
            self.medium.read(place, piece)?;
            offset += to_u32(length);
            rest = behind;
        }
        Ok(())
    }

    /// Whether the value still has its checksum.
    pub(super) fn is_intact(&mut self, address: u32, record: &Record) -> Result<bool> {
        let stored = Segment::Stored {
            address,
            offset: 0,
            length: record.length(),
        };
        Ok(self.sum([stored].into_iter())? == record.sum)
    }

    /// Overwrites the first `length` bytes of the value of the record at `address` with zeros.
    pub(super) fn scrub(&mut self, address: u32, length: u32) -> Result<()> {
        self.each_place(address, length, Medium::scrub)
    }

    /// Programs the record at `address` once more, for one whose last program may have been cut off.
    pub(super) fn refresh(&mut self, address: u32, record: &Record) -> Result<()> {
        let geometry = self.geometry();
        self.medium
            .refresh(address + geometry.slot(), address + geometry.header())?;
        self.each_place(address, record.length(), Medium::refresh)
    }

    /// Does something to the words of each page that the first `length` bytes of a value lie in.
    fn each_place(
        &mut self,
        address: u32,
        length: u32,
        mut act: impl FnMut(&mut Medium<F>, u32, u32) -> Result<()>,
    ) -> Result<()> {
        let geometry = self.geometry();
        let mut offset = 0;
        while offset < length {
            let (place, room) = geometry.value_place(address, offset);
            let piece = room.min(length - offset);
            act(
                &mut self.medium,
                place,
                align_up(place + piece, geometry.write_size),
            )?;
            offset += piece;
        }
        Ok(())
    }

    /// Checksum of a value to be written.
    pub(super) fn sum<'a>(&mut self, segments: impl Iterator<Item = Segment<'a>>) -> Result<u32> {
        let mut sum = Checksum::keyed(u32::from_le_bytes(self.seed));
        for segment in segments {
            match segment {
                Segment::Bytes(bytes) => sum = sum.update(bytes),
                Segment::Stored {
                    address,
                    mut offset,
                    length,
                } => {
                    let mut block = Zeroizing::new([0; BLOCK]);
                    let end = offset.saturating_add(length);
                    while let Some(piece) = next_piece(&mut block, offset, end) {
                        self.read_value(address, offset, piece)?;
                        offset += to_u32(piece.len());
                        sum = sum.update(piece);
                    }
                }
            }
        }
        Ok(sum.finish())
    }
}

/// A piece of a value to be written.
#[derive(Clone, Copy)]
pub(super) enum Segment<'a> {
    /// From memory.
    Bytes(&'a [u8]),
    /// From the value of the record at `address`.
    Stored { address: u32, offset: u32, length: u32 },
}

/// The part of a buffer that takes what is left up to `end`.
pub(super) fn next_piece(block: &mut [u8; BLOCK], offset: u32, end: u32) -> Option<&mut [u8]> {
    let length = to_usize(end.saturating_sub(offset)).min(BLOCK);
    block.get_mut(..length).filter(|piece| !piece.is_empty())
}
