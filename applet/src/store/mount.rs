//! Formatting and mounting. Mounting reads everything first and repairs what a power cut left only then, so that a
//! damaged image stays as it was found.

use embedded_storage::nor_flash::MultiwriteNorFlash;

use super::Store;
use super::error::{Result, StoreError};
use super::geometry::Position;
use super::log::{Step, Walked};
use super::page::{self, Header, Page, State};
use super::record::{Flags, Slot, Word};

/// How far the log was read.
struct Replay {
    /// Start of the records read since the last commit, and how many.
    run: Option<(Position, u16)>,
    last_commit: Option<(u32, Slot)>,
    /// A complete transaction whose predecessor does not say so yet: the address of that slot.
    unsealed: Option<u32>,
    /// Whether a secret was superseded anywhere.
    secrets: bool,
}

impl<F: MultiwriteNorFlash, I: AsRef<[u16]> + AsMut<[u16]>> Store<F, I> {
    /// Erases everything and begins an empty log.
    pub(super) fn initialize(&mut self, seed: [u8; 4]) -> Result<()> {
        let pages = self.log.geometry().pages;
        self.forget();
        self.log.seed = seed;
        // What is not ours goes first: from then on a cut leaves only ours or erased pages, which mounting calls blank.
        for page in (0..pages).rev() {
            if !matches!(self.log.medium.page(page)?, Page::Ours(_)) {
                self.log.medium.erase(self.log.geometry().page_address(page))?;
            }
        }
        for page in (0..pages).rev() {
            match self.log.medium.page(page)? {
                Page::Ours(old) => self
                    .log
                    .medium
                    .prepare(page, seed, old.erases.saturating_add(1))?,
                _ => self.log.medium.mark_prepared(page, seed, 1)?,
            }
        }
        let first = self.log.geometry().data_start();
        self.log.tail = 0;
        self.log.head = Position {
            sequence: 0,
            offset: first,
        };
        self.log.medium.open(0, seed, Some(first), 0)?;
        self.log.last_commit = self.log.append_mark(0, 0)?;
        self.log.committed = self.log.head;
        Ok(())
    }

    fn forget(&mut self) {
        self.table.clear();
        self.live = 0;
        self.largest = 0;
    }

    /// Reads the log, checks everything current, and finishes what a power cut interrupted.
    pub(super) fn recover(&mut self) -> Result<()> {
        self.forget();
        let newest = self.find_newest_page()?;
        self.find_tail(newest)?;
        let replay = self.replay(newest.sequence)?;
        let Some((last_commit, slot)) = replay.last_commit else {
            return Err(self.without_commit(newest.sequence));
        };
        // Its successor would have to be the last one.
        if !slot.is_blank() {
            return Err(StoreError::Damaged);
        }
        self.check_all()?;
        self.log.last_commit = last_commit;
        self.repair(newest.sequence, &replay)
    }

    fn find_newest_page(&mut self) -> Result<Header> {
        let mut newest: Option<Header> = None;
        let mut seed = None;
        for number in 0..self.log.geometry().pages {
            let Page::Ours(header) = self.log.medium.page(number)? else {
                continue;
            };
            let at_home = self.log.geometry().page_of(header.sequence) == number;
            // No flash lives to see half of all numbers: nothing below can overflow.
            let plausible = header.sequence <= u32::MAX / 2;
            if !at_home || !plausible || *seed.get_or_insert(header.seed) != header.seed {
                return Err(StoreError::Damaged);
            }
            let opened = matches!(header.state, State::Opened { .. });
            if opened && newest.is_none_or(|newest| newest.sequence < header.sequence) {
                newest = Some(header);
            }
        }
        match newest {
            Some(newest) => {
                self.log.seed = newest.seed;
                Ok(newest)
            }
            None => Err(self.without_pages()?),
        }
    }

    /// No page is in use: never formatted, formatted otherwise, formatting cut off, or damage.
    fn without_pages(&mut self) -> Result<StoreError> {
        let mut error = StoreError::Blank;
        let mut ours = false;
        let mut foreign = false;
        for number in 0..self.log.geometry().pages {
            let found = self.log.medium.page(number)?;
            let (from, to) = page::body(&self.log.geometry(), number);
            let blank = self.log.medium.is_blank(from, to)?;
            match found {
                Page::Ours(header) => {
                    ours = true;
                    if !blank || header.sequence >= self.log.geometry().pages {
                        return Ok(StoreError::Damaged);
                    }
                }
                _ if blank => {}
                Page::Version(version) => error = StoreError::Version(version),
                Page::Geometry => error = StoreError::Geometry,
                Page::Damaged => return Ok(StoreError::Damaged),
                Page::Foreign => foreign = true,
            }
        }
        Ok(if ours && foreign {
            StoreError::Damaged
        } else {
            error
        })
    }

    /// A log without any commit is one whose formatting was cut off, or a damaged one.
    fn without_commit(&mut self, newest: u32) -> StoreError {
        let geometry = self.log.geometry();
        let (_, end) = page::body(&geometry, newest);
        let behind = geometry.page_address(newest) + geometry.data_start() + geometry.header();
        match self.log.medium.is_blank(behind, end) {
            Ok(true) if newest == 0 => StoreError::Blank,
            Ok(_) => StoreError::Damaged,
            Err(error) => error,
        }
    }

    /// The oldest page is what the last mark says, or what the newest page said when it was opened.
    fn find_tail(&mut self, newest: Header) -> Result<()> {
        let State::Opened { first, tail } = newest.state else {
            return Err(StoreError::Damaged);
        };
        self.log.tail = tail;
        let mut at = first.map(|offset| Position {
            sequence: newest.sequence,
            offset,
        });
        while let Some(start) = at {
            let walked = self.log.walk(start)?.record();
            if let Some(walked) = walked.filter(|walked| walked.record.flags.has(Flags::MARK)) {
                self.log.tail = walked.record.sum;
            }
            at = walked.map(|walked| walked.next);
        }
        let used = newest
            .sequence
            .checked_sub(self.log.tail)
            .ok_or(StoreError::Damaged)?;
        if used + 2 > self.log.geometry().pages {
            Err(StoreError::Damaged)
        } else {
            Ok(())
        }
    }

    /// Builds the table from all committed transactions. What stops the walk in the newest page, stops the log: that
    /// nothing committed lies behind it is what the slot of the last commit found attests.
    fn replay(&mut self, newest: u32) -> Result<Replay> {
        let mut replay = Replay {
            run: None,
            last_commit: None,
            unsealed: None,
            secrets: false,
        };
        let mut at = self.first_record(newest)?;
        self.log.committed = at;
        let mut begun = false;
        let reached = loop {
            let walked = match self.log.walk(at)? {
                Step::Record(walked) => walked,
                Step::End(sequence) => break sequence,
            };
            if replay.unsealed.is_some() {
                return Err(StoreError::Damaged);
            }
            if !self.accept(&mut replay, &walked, begun)? {
                break walked.next.sequence;
            }
            begun = true;
            at = walked.next;
        };
        // A page is opened once everything before it was written, and taken back before anything in front of it is:
        // what a cut left in doubt lies in the newest page. Elsewhere it is damage, and what lies behind was committed.
        if reached < newest {
            return Err(StoreError::Damaged);
        }
        Ok(replay)
    }

    fn first_record(&mut self, newest: u32) -> Result<Position> {
        for sequence in self.log.tail..=newest {
            if let Some(offset) = self.log.first_in(sequence)? {
                return Ok(Position { sequence, offset });
            }
        }
        Err(StoreError::Damaged)
    }

    /// Takes one record, and with a commit record its transaction. `false`: the record does not go on from the last.
    fn accept(&mut self, replay: &mut Replay, walked: &Walked, begun: bool) -> Result<bool> {
        let record = &walked.record;
        let (start, count) = match replay.run {
            // The oldest page may begin within a transaction, whose start was erased.
            None if record.index > 0 && begun => return Ok(false),
            None => (walked.at, record.index),
            Some(run) => run,
        };
        if record.index != count {
            return Ok(false);
        }
        if !record.flags.has(Flags::COMMIT) {
            replay.run = Some((start, count.wrapping_add(1)));
            return Ok(walked.slot.is_blank());
        }
        if !self.is_complete(replay, walked)? {
            return Ok(false);
        }
        replay.secrets |= self.apply_all(start, walked.address)?;
        replay.run = None;
        replay.last_commit = Some((walked.address, walked.slot));
        self.log.committed = walked.next;
        Ok(true)
    }

    /// Whether a transaction was completed: its predecessor says so, or it is the last and was written to its end.
    fn is_complete(&mut self, replay: &mut Replay, walked: &Walked) -> Result<bool> {
        let Some((predecessor, slot)) = replay.last_commit else {
            return Ok(true);
        };
        let seal = Word::Seal.value(self.log.seed, predecessor);
        if slot.is(seal) {
            return Ok(true);
        }
        if !slot.may_become(seal) {
            return Err(StoreError::Damaged);
        }
        // A mark is written after everything else. Another record that commits is in doubt until its own value is
        // whole, except that sealing was begun after that.
        if slot.is_blank()
            && !walked.record.flags.has(Flags::MARK)
            && !self.log.is_intact(walked.address, &walked.record)?
        {
            return Ok(false);
        }
        replay.unsealed = Some(predecessor);
        Ok(true)
    }

    /// Applies the records from `start` to the one at `last`; says whether a secret was superseded.
    fn apply_all(&mut self, start: Position, last: u32) -> Result<bool> {
        let mut at = start;
        let mut secrets = false;
        loop {
            let walked = self.log.walk(at)?.record().ok_or(StoreError::Damaged)?;
            secrets |= self.apply(walked.address, &walked.record)?.is_some();
            if walked.address == last {
                return Ok(secrets);
            }
            at = walked.next;
        }
    }

    /// Compares every current value with its checksum.
    fn check_all(&mut self) -> Result<()> {
        for index in 0..self.table.count() {
            let entry = self.table.entry(index).ok_or(StoreError::Damaged)?;
            let address = self.log.geometry().entry_address(entry);
            let record = self.log.record(address)?;
            if !self.log.is_intact(address, &record)? {
                return Err(StoreError::Damaged);
            }
        }
        Ok(())
    }

    /// Does what is left to do after a power cut. Every step may be cut off and is then done at the next mount.
    fn repair(&mut self, newest: u32, replay: &Replay) -> Result<()> {
        if let Some(predecessor) = replay.unsealed {
            let commit = self.log.record(self.log.last_commit)?;
            self.log.refresh(self.log.last_commit, &commit)?;
            let seal = Word::Seal.value(self.log.seed, predecessor);
            self.log.medium.program_slot(predecessor, seal)?;
        }
        self.repair_page_behind(newest)?;
        self.log.head = Position {
            sequence: newest,
            offset: self.log.geometry().page_size,
        };
        self.log.roll_back()?;
        if replay.secrets {
            self.scrub_superseded(newest)?;
        }
        self.finish_collecting()
    }

    /// Rolling back erases pages, newest first. A cut may leave one that looks prepared and still holds something.
    fn repair_page_behind(&mut self, newest: u32) -> Result<()> {
        let sequence = newest + 1;
        let (from, to) = page::body(&self.log.geometry(), sequence);
        let prepared = self
            .log
            .medium
            .page_with(sequence)?
            .is_some_and(|header| header.is_prepared(sequence));
        if prepared && !self.log.medium.is_blank(from, to)? {
            self.log.prepare(sequence)?;
        }
        Ok(())
    }

    fn scrub_superseded(&mut self, newest: u32) -> Result<()> {
        let mut at = self.first_record(newest)?;
        while at < self.log.committed
            && let Step::Record(walked) = self.log.walk(at)?
        {
            if walked.record.flags.has(Flags::SECRET) {
                let entry = self.log.geometry().entry(walked.address);
                let found = self.table.find(&mut self.log, walked.record.key)?;
                if !found.is_ok_and(|index| self.table.entry(index) == Some(entry)) {
                    self.log.scrub(walked.address, walked.record.length())?;
                }
            }
            at = walked.next;
        }
        Ok(())
    }

    /// Erases what is not ready of the free pages.
    fn finish_collecting(&mut self) -> Result<()> {
        let pages = self.log.geometry().pages;
        let end = self.log.tail + pages;
        if !self.is_prepared(end - 1)? {
            // The page before the oldest was to be erased. A secret that began there may reach into the next.
            self.scrub_overhang()?;
        }
        for sequence in self.log.head.sequence + 1..end {
            if !self.is_prepared(sequence)? {
                self.log.prepare(sequence)?;
            }
        }
        Ok(())
    }

    fn is_prepared(&mut self, sequence: u32) -> Result<bool> {
        Ok(self
            .log
            .medium
            .page_with(sequence)?
            .is_some_and(|header| header.is_prepared(sequence)))
    }

    fn scrub_overhang(&mut self) -> Result<()> {
        let geometry = self.log.geometry();
        for sequence in self.log.tail..=self.log.head.sequence {
            let first = self.log.first_in(sequence)?;
            let address = geometry.page_address(sequence);
            let end = first.unwrap_or(geometry.page_size);
            self.log
                .medium
                .scrub(address + geometry.data_start(), address + end)?;
            if first.is_some() {
                break;
            }
        }
        Ok(())
    }
}
