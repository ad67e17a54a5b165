//! The card's store: values under keys in NOR flash, changed in transactions.
//!
//! A log of checksummed records over the pages of a flash, and a sorted table of 16-bit offsets in memory that the
//! caller gives. After a power cut the state is the one before or the one after the transaction that was interrupted.
//! Damage is reported, never answered with an older state. Secret values are zeroed in flash before the call that
//! replaces or deletes them returns. docs/storage-format.md describes what lies in flash, and what is promised when.
//!
//! What belongs here: bytes under keys. What the bytes mean is the business of the layers above.
//!
//! *When checksums are compared.* Of every current value at mount, and when a value is moved to make room. Of a record
//! header whenever a key is looked up. Of a value in [`Store::check`] and [`Store::read_checked`], which a security
//! decision must go through: flash does not change between mounts unless somebody attacks it.

mod checksum;
mod collect;
mod error;
mod geometry;
mod key;
mod log;
mod medium;
mod mount;
mod page;
mod record;
mod recovery;
mod table;
mod transaction;

use embedded_storage::nor_flash::MultiwriteNorFlash;

pub use error::StoreError;
pub use key::Key;
pub use page::FORMAT_VERSION;
pub use transaction::Transaction;

use collect::Room;
use error::Result;
use geometry::{Geometry, Position, to_u32, to_usize};
use log::{Log, Segment};
use medium::Medium;
use record::{Flags, Record};
use table::Table;

/// The longest value, in bytes.
pub const VALUE_MAX: usize = 2_100;

/// Whether a value must leave no trace in flash once it is replaced or deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Secrecy {
    /// Old versions stay in flash until their page is erased.
    Public,
    /// Old versions are zeroed at once.
    Secret,
}

/// Where a value lies, so that it need not be searched again. Valid until the next change of the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    address: u32,
    length: usize,
    generation: u32,
}

impl Extent {
    /// Bytes of the value.
    #[must_use]
    pub const fn length(&self) -> usize {
        self.length
    }
}

/// How full the store is; bytes of records, headers included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stats {
    /// The flash without page headers.
    pub capacity_bytes: usize,
    /// What current values take.
    pub live_bytes: usize,
    /// What the next [`Store::begin`] can be given.
    pub free_bytes: usize,
    /// Current values.
    pub objects: usize,
    /// How many values the index memory can hold.
    pub index_capacity: usize,
}

/// Values under keys, over a flash `F`, with index memory `I` of one entry for each object.
///
/// After a failed program or erase everything answers [`StoreError::Remount`].
pub struct Store<F, I> {
    log: Log<F>,
    table: Table<I>,
    /// Changes with every commit and every move.
    generation: u32,
    /// Bytes of current records.
    live: u32,
    /// Bytes of the largest current record since mount.
    largest: u32,
}

/// Formatting, mounting, and the parts back.
impl<F: MultiwriteNorFlash, I: AsRef<[u16]> + AsMut<[u16]>> Store<F, I> {
    /// What a record takes beside its value, at most, as [`Self::begin`] counts.
    pub const RECORD_OVERHEAD: usize = Geometry::header_size(F::WRITE_SIZE) + 3;

    /// Erases the flash and begins an empty store. `seed` is random: it keeps values from posing as records.
    ///
    /// # Errors
    /// [`StoreError::Geometry`], or the flash's error.
    pub fn format(flash: F, index: I, seed: [u8; 4]) -> Result<Self> {
        let mut store = Self::unmounted(flash, index)?;
        store.initialize(seed)?;
        Ok(store)
    }

    /// Reads the store, compares all checksums and finishes what a power cut interrupted.
    ///
    /// Give a `&mut F` to keep the flash when this fails.
    ///
    /// # Errors
    /// [`StoreError::Blank`] if there is no store, [`StoreError::Damaged`], [`StoreError::Version`] or
    /// [`StoreError::Geometry`] if there is one that cannot be used, [`StoreError::IndexFull`] if it has more objects
    /// than `index` has entries, or the flash's error.
    pub fn mount(flash: F, index: I) -> Result<Self> {
        let mut store = Self::unmounted(flash, index)?;
        store.recover()?;
        Ok(store)
    }

    /// Mounts, or formats if the flash is blank; never if it is damaged.
    ///
    /// # Errors
    /// As [`Self::mount`], without [`StoreError::Blank`].
    pub fn mount_or_format(flash: F, index: I, seed: [u8; 4]) -> Result<Self> {
        let mut store = Self::unmounted(flash, index)?;
        match store.recover() {
            Err(StoreError::Blank) => store.initialize(seed)?,
            other => other?,
        }
        Ok(store)
    }

    /// Gives flash and index memory back.
    pub fn release(self) -> (F, I) {
        (self.log.medium.into_flash(), self.table.into_entries())
    }

    /// The flash, to look at.
    pub const fn flash(&self) -> &F {
        self.log.medium.flash()
    }

    fn unmounted(flash: F, index: I) -> Result<Self> {
        let start = Position {
            sequence: 0,
            offset: 0,
        };
        let medium = Medium::new(flash)?;
        let log = Log {
            medium,
            seed: [0; 4],
            tail: 0,
            head: start,
            committed: start,
            last_commit: 0,
        };
        Ok(Self {
            log,
            table: Table::new(index),
            generation: 0,
            live: 0,
            largest: 0,
        })
    }
}

/// Reading.
impl<F: MultiwriteNorFlash, I: AsRef<[u16]> + AsMut<[u16]>> Store<F, I> {
    /// Length of a value in bytes; `None` if there is none.
    ///
    /// # Errors
    /// [`StoreError::Damaged`], [`StoreError::Remount`] or the flash's error.
    pub fn len(&mut self, key: Key) -> Result<Option<usize>> {
        Ok(self.current(key)?.map(|(_, record)| usize::from(record.length)))
    }

    /// Copies bytes `offset..` of a value and gives how many: fewer than `out` holds if the value ends before, 0 if
    /// there is none.
    ///
    /// # Errors
    /// As [`Self::len`].
    pub fn read(&mut self, key: Key, offset: usize, out: &mut [u8]) -> Result<usize> {
        match self.locate(key)? {
            Some(extent) => self.read_extent(&extent, offset, out),
            None => Ok(0),
        }
    }

    /// Copies a whole value and compares what was copied with the checksum. `None` if there is no value.
    ///
    /// # Errors
    /// As [`Self::len`]; [`StoreError::TooLong`] if `out` is shorter than the value.
    pub fn read_checked(&mut self, key: Key, out: &mut [u8]) -> Result<Option<usize>> {
        let Some((address, record)) = self.current(key)? else {
            return Ok(None);
        };
        let length = usize::from(record.length);
        let space = out.get_mut(..length).ok_or(StoreError::TooLong)?;
        self.log.read_value(address, 0, space)?;
        let sum = self.log.sum([Segment::Bytes(space)].into_iter())?;
        if sum == record.sum {
            Ok(Some(length))
        } else {
            Err(StoreError::Damaged)
        }
    }

    /// Compares a value with its checksum.
    ///
    /// # Errors
    /// As [`Self::len`]; [`StoreError::Damaged`] if it differs, [`StoreError::Absent`] if there is no value.
    pub fn check(&mut self, key: Key) -> Result<()> {
        let (address, record) = self.current(key)?.ok_or(StoreError::Absent)?;
        if self.log.is_intact(address, &record)? {
            Ok(())
        } else {
            Err(StoreError::Damaged)
        }
    }

    /// Where a value lies, for [`Self::read_extent`].
    ///
    /// # Errors
    /// As [`Self::len`].
    pub fn locate(&mut self, key: Key) -> Result<Option<Extent>> {
        let generation = self.generation;
        let extent = |(address, record): (u32, Record)| Extent {
            address,
            length: record.length.into(),
            generation,
        };
        Ok(self.current(key)?.map(extent))
    }

    /// As [`Self::read`], without a search.
    ///
    /// # Errors
    /// [`StoreError::Stale`] if the store was changed since, [`StoreError::Remount`] or the flash's error.
    pub fn read_extent(&mut self, extent: &Extent, offset: usize, out: &mut [u8]) -> Result<usize> {
        if extent.generation != self.generation {
            return Err(StoreError::Stale);
        }
        let length = extent.length.saturating_sub(offset).min(out.len());
        let Some(space) = out.get_mut(..length).filter(|space| !space.is_empty()) else {
            return Ok(0);
        };
        self.log.read_value(extent.address, to_u32(offset), space)?;
        Ok(length)
    }

    /// The lowest key with a value that is `key` or above it: with [`Key::successor`], a walk in order.
    ///
    /// # Errors
    /// As [`Self::len`].
    pub fn first_at_or_after(&mut self, key: Key) -> Result<Option<Key>> {
        let (Ok(index) | Err(index)) = self.table.find(&mut self.log, key)?;
        let Some(entry) = self.table.entry(index) else {
            return Ok(None);
        };
        let address = self.log.geometry().entry_address(entry);
        Ok(Some(self.log.record(address)?.key))
    }

    /// How full the store is.
    pub fn stats(&self) -> Stats {
        let geometry = self.log.geometry();
        // What a transaction takes beside its values is its mark; larger ones leave room for a larger value's move.
        let value_max = geometry.record_size(to_u32(VALUE_MAX));
        let free = self
            .available(value_max, Room::Ordinary)
            .saturating_sub(geometry.header());
        Stats {
            capacity_bytes: to_usize(geometry.pages * geometry.data_size()),
            live_bytes: to_usize(self.live),
            free_bytes: to_usize(free),
            objects: self.table.count(),
            index_capacity: self.table.capacity(),
        }
    }

    /// How often the least and the most erased page were erased.
    ///
    /// # Errors
    /// The flash's error.
    pub fn erase_counts(&mut self) -> Result<(u32, u32)> {
        let (mut least, mut most) = (u32::MAX, 0);
        for page in 0..self.log.geometry().pages {
            let erases = page::erases_of(self.log.medium.page(page)?);
            least = least.min(erases);
            most = most.max(erases);
        }
        Ok((least, most))
    }

    /// The current record of a key and its address.
    fn current(&mut self, key: Key) -> Result<Option<(u32, Record)>> {
        let Ok(index) = self.table.find(&mut self.log, key)? else {
            return Ok(None);
        };
        let entry = self.table.entry(index).ok_or(StoreError::Damaged)?;
        let address = self.log.geometry().entry_address(entry);
        Ok(Some((address, self.log.record(address)?)))
    }
}

/// Changing one value, the fastest way: one record that is its own transaction.
impl<F: MultiwriteNorFlash, I: AsRef<[u16]> + AsMut<[u16]>> Store<F, I> {
    /// Stores the concatenated `parts` under `key`. Replacing by nothing larger always has room.
    ///
    /// # Errors
    /// [`StoreError::TooLong`], [`StoreError::Full`], [`StoreError::IndexFull`], [`StoreError::Remount`],
    /// [`StoreError::Damaged`] or the flash's error.
    pub fn put(&mut self, key: Key, parts: &[&[u8]], secrecy: Secrecy) -> Result<()> {
        let length = transaction::value_length(parts)?;
        let room = match self.len(key)? {
            Some(old) if old >= usize::from(length) => Room::Margin,
            _ => Room::Ordinary,
        };
        self.alone(u32::from(length), room)?.put_last(key, parts, secrecy)
    }

    /// Overwrites a value from `offset` on, which may be its end; the rest stays, and so does its secrecy.
    ///
    /// # Errors
    /// As [`Self::put`]; [`StoreError::Absent`] if there is no value, [`StoreError::TooLong`] if `offset` is behind it.
    pub fn patch(&mut self, key: Key, offset: usize, bytes: &[u8]) -> Result<()> {
        let old = self.len(key)?.ok_or(StoreError::Absent)?;
        let end = offset.saturating_add(bytes.len());
        let room = if end <= old { Room::Margin } else { Room::Ordinary };
        self.alone(to_u32(old.max(end)), room)?
            .patch_last(key, offset, bytes)
    }

    /// Deletes a value, if there is one. There is always room for that.
    ///
    /// # Errors
    /// [`StoreError::Remount`], [`StoreError::Damaged`] or the flash's error.
    pub fn delete(&mut self, key: Key) -> Result<()> {
        if self.len(key)?.is_none() {
            return Ok(());
        }
        self.alone(0, Room::Margin)?.delete_last(key)
    }

    fn alone(&mut self, length: u32, room: Room) -> Result<Transaction<'_, F, I>> {
        if to_usize(length) > VALUE_MAX {
            return Err(StoreError::TooLong);
        }
        self.make_room(self.log.geometry().record_size(length), room)?;
        Ok(Transaction::new(self, Self::RECORD_OVERHEAD + to_usize(length)))
    }
}

/// Transactions.
impl<F: MultiwriteNorFlash, I: AsRef<[u16]> + AsMut<[u16]>> Store<F, I> {
    /// Begins a transaction and makes room for it, so that it cannot run out of room. `needed` is the length of all its
    /// values and [`Self::RECORD_OVERHEAD`] for each put, patch and delete.
    ///
    /// # Errors
    /// [`StoreError::Full`] if there is no such room, [`StoreError::Remount`], [`StoreError::Damaged`] or the flash's
    /// error.
    pub fn begin(&mut self, needed: usize) -> Result<Transaction<'_, F, I>> {
        self.begin_in(needed, Room::Ordinary)
    }

    /// As [`Self::begin`], for a transaction that leaves no more behind than it finds: it may use the room, one page,
    /// that is kept so that a full card can still replace and delete.
    ///
    /// # Errors
    /// As [`Self::begin`].
    pub fn begin_in_margin(&mut self, needed: usize) -> Result<Transaction<'_, F, I>> {
        self.begin_in(needed, Room::Margin)
    }

    fn begin_in(&mut self, needed: usize, room: Room) -> Result<Transaction<'_, F, I>> {
        let geometry = self.log.geometry();
        // RECORD_OVERHEAD counts records aligned to units of 4 bytes; large flashes have larger ones.
        let records = needed / Self::RECORD_OVERHEAD;
        let aligned = needed.saturating_add(records.saturating_mul(to_usize(geometry.unit() - 4)));
        self.make_room(to_u32(aligned).saturating_add(geometry.record_size(0)), room)?;
        Ok(Transaction::new(self, needed))
    }

    /// Makes everything committed from `start` to the head current, and zeroes the secrets that it supersedes.
    fn publish(&mut self, start: Position) -> Result<()> {
        self.generation = self.generation.wrapping_add(1);
        let mut at = start;
        while at < self.log.head
            && let Some(walked) = self.log.walk(at)?
        {
            self.supersede(walked.address, &walked.record)?;
            at = walked.next;
        }
        Ok(())
    }

    /// Applies one committed record, and zeroes the secret that it supersedes.
    fn supersede(&mut self, address: u32, record: &Record) -> Result<()> {
        match self.apply(address, record)? {
            Some((old, length)) => self.log.scrub(old, length),
            None => Ok(()),
        }
    }

    /// Brings the table up to one record; gives address and length of the secret that it supersedes, if any.
    fn apply(&mut self, address: u32, record: &Record) -> Result<Option<(u32, u32)>> {
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
    fn abandon(&mut self) {
        if self.log.roll_back().is_err() {
            self.log.medium.fail();
        }
    }
}
