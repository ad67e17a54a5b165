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

mod append;
mod checksum;
mod collect;
mod error;
mod geometry;
mod key;
mod log;
mod medium;
mod mount;
mod page;
mod publish;
mod read;
mod record;
mod recovery;
mod table;
mod transaction;

use embedded_storage::nor_flash::MultiwriteNorFlash;

pub use error::StoreError;
pub use key::Key;
pub use page::FORMAT_VERSION;
pub use read::{Extent, Stats};
pub use transaction::Transaction;

use collect::Room;
use error::Result;
use geometry::{Geometry, Position, to_u32, to_usize};
use log::Log;
use medium::Medium;
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

/// Changing one value, the fastest way: one record that is its own transaction.
impl<F: MultiwriteNorFlash, I: AsRef<[u16]> + AsMut<[u16]>> Store<F, I> {
    /// Stores the concatenated `parts` under `key`. Replacing by nothing larger always has room.
    ///
    /// # Errors
    /// [`StoreError::TooLong`], [`StoreError::Full`], [`StoreError::IndexFull`], [`StoreError::Remount`],
    /// [`StoreError::Damaged`] or the flash's error.
    pub fn put(&mut self, key: Key, parts: &[&[u8]], secrecy: Secrecy) -> Result<()> {
        let length = transaction::value_length(parts)?;
        let found = self.find(key)?;
        let room = match found.len() {
            Some(old) if old >= usize::from(length) => Room::Margin,
            _ => Room::Ordinary,
        };
        self.alone(u32::from(length), room)?
            .put_found(key, &found, parts, secrecy)
    }

    /// Overwrites a value from `offset` on, which may be its end; the rest stays, and so does its secrecy.
    ///
    /// # Errors
    /// As [`Self::put`]; [`StoreError::Absent`] if there is no value, [`StoreError::TooLong`] if `offset` is behind it.
    pub fn patch(&mut self, key: Key, offset: usize, bytes: &[u8]) -> Result<()> {
        let found = self.find(key)?;
        let old = found.len().ok_or(StoreError::Absent)?;
        let end = offset.saturating_add(bytes.len());
        let room = if end <= old { Room::Margin } else { Room::Ordinary };
        self.alone(to_u32(old.max(end)), room)?
            .patch_found(key, &found, offset, bytes)
    }

    /// Deletes a value, if there is one. There is always room for that.
    ///
    /// # Errors
    /// [`StoreError::Remount`], [`StoreError::Damaged`] or the flash's error.
    pub fn delete(&mut self, key: Key) -> Result<()> {
        let found = self.find(key)?;
        if found.len().is_none() {
            return Ok(());
        }
        self.alone(0, Room::Margin)?.delete_found(key, &found)
    }

    fn alone(&mut self, length: u32, room: Room) -> Result<Transaction<'_, F, I>> {
        if to_usize(length) > VALUE_MAX {
            return Err(StoreError::TooLong);
        }
        self.make_room(self.log.geometry().record_size(length), room)?;
        Ok(Transaction::new(
            self,
            Self::RECORD_OVERHEAD + to_usize(length),
            room,
        ))
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

    /// As [`Self::begin`], for a transaction that leaves no more behind than it finds and writes no value larger than
    /// all there are. It may use the room, one page, that is kept so that a full card can still replace and delete.
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
        Ok(Transaction::new(self, needed, room))
    }
}
