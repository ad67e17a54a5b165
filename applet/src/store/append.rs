//! Appending to the log: records in as few program operations as whole words and small buffers allow.

use embedded_storage::nor_flash::MultiwriteNorFlash;
use zeroize::Zeroizing;

use super::error::{Result, StoreError};
use super::geometry::{Position, align_up, to_u32, to_usize};
use super::key::Key;
use super::log::{Log, Segment, next_piece};
use super::medium::BLOCK;
use super::page;
use super::record::{BODY, Flags, HEADER_MAX, Record, Word};

/// Bytes on their way into flash, collected to whole words and larger pieces.
struct Stream {
    /// Where the collected bytes go.
    at: Position,
    staged: usize,
    stage: Zeroizing<[u8; BLOCK]>,
    /// Bytes of the record still to come.
    rest: u32,
}

impl<F: MultiwriteNorFlash> Log<F> {
    /// Programs a record at the head and gives its address.
    pub(super) fn append<'a>(
        &mut self,
        record: &Record,
        segments: impl Iterator<Item = Segment<'a>>,
    ) -> Result<u32> {
        let geometry = self.geometry();
        if !geometry.header_fits(self.head.offset) {
            self.enter_next_page(Some(geometry.data_start()))?;
        }
        let address = geometry.address(self.head);
        let body = Position {
            offset: self.head.offset + geometry.slot(),
            ..self.head
        };
        let rest = geometry.header() - geometry.slot() + record.length();
        let mut stream = Stream {
            at: body,
            staged: 0,
            stage: Zeroizing::new([0; BLOCK]),
            rest,
        };
        self.feed(&mut stream, &record.to_bytes(self.seed, address))?;
        let padding = to_usize(geometry.header() - geometry.slot()) - BODY;
        self.feed(&mut stream, [0xFF; HEADER_MAX].get(..padding).unwrap_or_default())?;
        for segment in segments {
            self.feed_segment(&mut stream, segment)?;
        }
        self.finish(stream)?;
        Ok(address)
    }

    fn feed_segment(&mut self, stream: &mut Stream, segment: Segment<'_>) -> Result<()> {
        match segment {
            Segment::Bytes(bytes) => self.feed(stream, bytes),
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
                    self.feed(stream, piece)?;
                }
                Ok(())
            }
        }
    }

    fn feed(&mut self, stream: &mut Stream, mut bytes: &[u8]) -> Result<()> {
        let geometry = self.geometry();
        while !bytes.is_empty() {
            let offset = stream.at.offset + to_u32(stream.staged);
            if offset >= geometry.page_size {
                self.flush(stream)?;
                let rest = align_up(stream.rest, geometry.unit());
                self.enter_next_page(geometry.first_after(rest))?;
                stream.at = self.head;
                continue;
            }
            let room = to_usize(geometry.page_size - offset).min(bytes.len());
            let length = if stream.staged == 0 && room >= BLOCK {
                self.pass(stream, bytes, room & !(F::WRITE_SIZE - 1))?
            } else {
                self.stage(stream, bytes, room)?
            };
            bytes = bytes.get(length..).unwrap_or_default();
            stream.rest = stream.rest.saturating_sub(to_u32(length));
        }
        Ok(())
    }

    /// Programs whole words straight from the caller's memory.
    fn pass(&mut self, stream: &mut Stream, bytes: &[u8], length: usize) -> Result<usize> {
        let piece = bytes.get(..length).ok_or(StoreError::Geometry)?;
        self.medium.program(self.geometry().address(stream.at), piece)?;
        stream.at.offset += to_u32(length);
        Ok(length)
    }

    fn stage(&mut self, stream: &mut Stream, bytes: &[u8], room: usize) -> Result<usize> {
        let space = stream.stage.get_mut(stream.staged..).unwrap_or_default();
        let length = room.min(space.len()).min(bytes.len());
        if let (Some(space), Some(piece)) = (space.get_mut(..length), bytes.get(..length)) {
            space.copy_from_slice(piece);
        }
        stream.staged += length;
        if stream.staged == BLOCK {
            self.flush(stream)?;
        }
        Ok(length)
    }

    fn flush(&mut self, stream: &mut Stream) -> Result<()> {
        let Some(bytes) = stream
            .stage
            .get(..stream.staged)
            .filter(|bytes| !bytes.is_empty())
        else {
            return Ok(());
        };
        self.medium.program(self.geometry().address(stream.at), bytes)?;
        stream.at.offset += to_u32(stream.staged);
        stream.staged = 0;
        Ok(())
    }

    /// Pads the last word and moves the head behind the record.
    fn finish(&mut self, mut stream: Stream) -> Result<()> {
        let padded = stream.staged.next_multiple_of(F::WRITE_SIZE);
        if let Some(padding) = stream.stage.get_mut(stream.staged..padded) {
            padding.fill(0xFF);
        }
        stream.staged = padded;
        self.flush(&mut stream)?;
        let Position { sequence, offset } = stream.at;
        self.head = Position {
            sequence,
            offset: align_up(offset, self.geometry().unit()),
        };
        Ok(())
    }

    /// Opens the page after the head's. The last free page is never entered: collecting needs it.
    fn enter_next_page(&mut self, first: Option<u32>) -> Result<()> {
        let geometry = self.geometry();
        let sequence = self.head.sequence.wrapping_add(1);
        if sequence - self.tail + 2 > geometry.pages {
            return Err(StoreError::Full);
        }
        let header = self
            .medium
            .page_with(sequence)?
            .filter(|header| header.is_prepared(sequence));
        let (from, to) = page::body(&geometry, sequence);
        if header.is_none() || !self.medium.is_blank(from, to)? {
            self.prepare(sequence)?;
        }
        self.medium.open(sequence, self.seed, first, self.tail)?;
        self.head = Position {
            sequence,
            offset: geometry.data_start(),
        };
        Ok(())
    }

    /// Erases the physical page of `sequence` for use under this number.
    pub(super) fn prepare(&mut self, sequence: u32) -> Result<()> {
        let found = page::erases_of(self.medium.page(self.geometry().page_of(sequence))?);
        // A header lost to a cut erase: the oldest page of the log was erased one time less.
        let erases = match found {
            0 => page::erases_of(self.medium.page(self.geometry().page_of(self.tail))?),
            count => count,
        };
        self.medium.prepare(sequence, self.seed, erases.saturating_add(1))
    }

    /// Bytes of records that can surely be appended, however they fall on pages.
    pub(super) fn room(&self) -> u32 {
        let geometry = self.geometry();
        let used = self.head.sequence - self.tail + 1;
        let free = (geometry.pages - 1).saturating_sub(used);
        let here = (geometry.page_size - self.head.offset).saturating_sub(geometry.header());
        here + free * (geometry.data_size() - geometry.header())
    }

    /// Programs the slot that says the transaction ending at the head is complete.
    pub(super) fn seal(&mut self, commit: u32) -> Result<()> {
        let value = Word::Seal.value(self.seed, self.last_commit);
        self.medium.program_slot(self.last_commit, value)?;
        self.last_commit = commit;
        self.committed = self.head;
        Ok(())
    }

    /// The header-only record that ends a transaction.
    pub(super) fn append_mark(&mut self, index: u16, tail: u32) -> Result<u32> {
        let flags = Flags::COMMIT.with(Flags::MARK);
        let record = Record {
            key: Key::MIN,
            flags,
            length: 0,
            index,
            sum: tail,
        };
        self.append(&record, core::iter::empty())
    }
}
