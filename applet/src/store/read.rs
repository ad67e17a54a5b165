//! Reading values, walking keys, and how full the store is.

use embedded_storage::nor_flash::MultiwriteNorFlash;

use super::Store;
use super::error::{Result, StoreError};
use super::geometry::{to_u32, to_usize};
use super::key::Key;
use super::log::Segment;
use super::page;
use super::record::Record;

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

    /// Where its record begins in flash, for who draws a map of it.
    #[must_use]
    pub fn address(&self) -> usize {
        to_usize(self.address)
    }
}

/// Where a key is in the table, and its record. Valid until a key comes or goes; making room moves records, but neither adds
/// nor removes keys, and changes nothing here but whether the record is the last of its transaction.
pub(super) struct Found {
    /// Its index, or where it would have to be inserted.
    pub(super) index: core::result::Result<usize, usize>,
    record: Option<Record>,
}

impl Found {
    /// Bytes of the value; `None` if there is none.
    pub(super) fn len(&self) -> Option<usize> {
        self.record.map(|record| usize::from(record.length))
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

    /// Changes with every commit and every move.
    #[must_use]
    pub const fn generation(&self) -> u32 {
        self.generation
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
        let free = self.most().saturating_sub(geometry.header());
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

    /// Looks a key up.
    pub(super) fn find(&mut self, key: Key) -> Result<Found> {
        let index = self.table.find(&mut self.log, key)?;
        let record = match index {
            Ok(index) => Some(self.log.record(self.address(index)?)?),
            Err(_) => None,
        };
        Ok(Found { index, record })
    }

    /// What was found, and where it is by now.
    pub(super) fn current_at(&self, found: &Found) -> Result<Option<(u32, Record)>> {
        match (found.index, found.record) {
            (Ok(index), Some(record)) => Ok(Some((self.address(index)?, record))),
            _ => Ok(None),
        }
    }

    /// The current record of a key and its address.
    pub(super) fn current(&mut self, key: Key) -> Result<Option<(u32, Record)>> {
        let found = self.find(key)?;
        self.current_at(&found)
    }

    /// Address of the record of a key's index.
    fn address(&self, index: usize) -> Result<u32> {
        let entry = self.table.entry(index).ok_or(StoreError::Damaged)?;
        Ok(self.log.geometry().entry_address(entry))
    }
}
