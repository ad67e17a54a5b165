//! Several changes that happen together or not at all.

use embedded_storage::nor_flash::MultiwriteNorFlash;

use super::collect::Room;
use super::error::{Result, StoreError};
use super::geometry::{Position, to_u32};
use super::key::Key;
use super::log::Segment;
use super::read::Found;
use super::record::{Flags, Record};
use super::{Secrecy, Store, VALUE_MAX};

/// Changes under way. Reads give the state before all of them; dropping takes them back.
pub struct Transaction<'s, F, I>
where
    F: MultiwriteNorFlash,
    I: AsRef<[u16]> + AsMut<[u16]>,
{
    store: &'s mut Store<F, I>,
    start: Position,
    /// Records written.
    records: u16,
    /// What is left of what was reserved.
    budget: usize,
    /// Objects this adds, at most.
    added: usize,
    room: Room,
}

impl<'s, F, I> Transaction<'s, F, I>
where
    F: MultiwriteNorFlash,
    I: AsRef<[u16]> + AsMut<[u16]>,
{
    pub(super) fn new(store: &'s mut Store<F, I>, budget: usize, room: Room) -> Self {
        let start = store.log.head;
        Self {
            store,
            start,
            records: 0,
            budget,
            added: 0,
            room,
        }
    }

    /// Stores the concatenated `parts` under `key`.
    ///
    /// # Errors
    /// [`StoreError::TooLong`], [`StoreError::IndexFull`], [`StoreError::Unreserved`] if this is more than was
    /// reserved, [`StoreError::Remount`], [`StoreError::Damaged`] or the flash's error. The transaction can go on
    /// after the first three.
    pub fn put(&mut self, key: Key, parts: &[&[u8]], secrecy: Secrecy) -> Result<()> {
        let found = self.store.find(key)?;
        self.write_put(key, &found, parts, secrecy, Flags::PUT)
            .map(|_| ())
    }

    /// As [`Self::put`], and with it [`Self::commit`]. A change that is known to be the last needs no mark behind it.
    ///
    /// # Errors
    /// As [`Self::put`], all of which end the transaction here, and as [`Self::commit`].
    pub fn put_last(self, key: Key, parts: &[&[u8]], secrecy: Secrecy) -> Result<()> {
        let found = self.store.find(key)?;
        self.put_found(key, &found, parts, secrecy)
    }

    /// Overwrites a value, as it was before the transaction, from `offset` on; the rest stays, and so does its secrecy.
    ///
    /// # Errors
    /// As [`Self::put`]; [`StoreError::Absent`] if there is no value, [`StoreError::TooLong`] if `offset` is behind it.
    pub fn patch(&mut self, key: Key, offset: usize, bytes: &[u8]) -> Result<()> {
        let found = self.store.find(key)?;
        self.write_patch(key, &found, offset, bytes, Flags::PUT)
            .map(|_| ())
    }

    /// Deletes a value, if there is one.
    ///
    /// # Errors
    /// As [`Self::put`].
    pub fn delete(&mut self, key: Key) -> Result<()> {
        if self.records == 0 && self.store.len(key)?.is_none() {
            return Ok(());
        }
        self.write_delete(key, Flags::PUT).map(|_| ())
    }

    /// Makes it so. When this returns, flash holds the new state and no secret that it supersedes.
    ///
    /// # Errors
    /// The flash's error: the state is then the old or the new one, and the store must be mounted again.
    pub fn commit(mut self) -> Result<()> {
        if self.records == 0 {
            return Ok(());
        }
        let commit = self.store.log.append_mark(self.records, self.store.log.tail)?;
        self.store.log.seal(commit)?;
        self.records = 0;
        let published = self.store.publish(self.start);
        self.fail_unless(published)
    }

    /// As [`Store::len`], before the transaction.
    ///
    /// # Errors
    /// As [`Store::len`].
    pub fn len(&mut self, key: Key) -> Result<Option<usize>> {
        self.store.len(key)
    }

    /// As [`Store::read`], before the transaction.
    ///
    /// # Errors
    /// As [`Store::read`].
    pub fn read(&mut self, key: Key, offset: usize, out: &mut [u8]) -> Result<usize> {
        self.store.read(key, offset, out)
    }

    /// As [`Store::read_checked`], before the transaction.
    ///
    /// # Errors
    /// As [`Store::read_checked`].
    pub fn read_checked(&mut self, key: Key, out: &mut [u8]) -> Result<Option<usize>> {
        self.store.read_checked(key, out)
    }

    /// As [`Store::first_at_or_after`], before the transaction.
    ///
    /// # Errors
    /// As [`Store::first_at_or_after`].
    pub fn first_at_or_after(&mut self, key: Key) -> Result<Option<Key>> {
        self.store.first_at_or_after(key)
    }

    pub(super) fn put_found(
        mut self,
        key: Key,
        found: &Found,
        parts: &[&[u8]],
        secrecy: Secrecy,
    ) -> Result<()> {
        let written = self.write_put(key, found, parts, secrecy, Flags::COMMIT)?;
        self.commit_with(found, written)
    }

    pub(super) fn patch_found(mut self, key: Key, found: &Found, offset: usize, bytes: &[u8]) -> Result<()> {
        let written = self.write_patch(key, found, offset, bytes, Flags::COMMIT)?;
        self.commit_with(found, written)
    }

    pub(super) fn delete_found(mut self, key: Key, found: &Found) -> Result<()> {
        let written = self.write_delete(key, Flags::COMMIT)?;
        self.commit_with(found, written)
    }

    /// Commits with a record that says itself that it is the last.
    fn commit_with(mut self, found: &Found, (address, record): (u32, Record)) -> Result<()> {
        self.store.log.seal(address)?;
        let alone = self.records == 1;
        self.records = 0;
        let published = if alone {
            self.store.generation = self.store.generation.wrapping_add(1);
            self.store.supersede(found, address, &record)
        } else {
            self.store.publish(self.start)
        };
        self.fail_unless(published)
    }

    /// Flash is ahead of memory if publishing fails halfway.
    fn fail_unless(&mut self, published: Result<()>) -> Result<()> {
        if published.is_err() {
            self.store.log.medium.fail();
        }
        published
    }

    fn write_put(
        &mut self,
        key: Key,
        found: &Found,
        parts: &[&[u8]],
        secrecy: Secrecy,
        flags: Flags,
    ) -> Result<(u32, Record)> {
        let length = value_length(parts)?;
        if found.len().is_none() {
            self.add_object()?;
        }
        let flags = match secrecy {
            Secrecy::Public => flags,
            Secrecy::Secret => flags.with(Flags::SECRET),
        };
        let record = Record {
            key,
            flags,
            length,
            index: self.records,
            sum: 0,
        };
        self.write(record, parts.iter().map(|part| Segment::Bytes(part)))
    }

    fn write_patch(
        &mut self,
        key: Key,
        found: &Found,
        offset: usize,
        bytes: &[u8],
        flags: Flags,
    ) -> Result<(u32, Record)> {
        let (address, old) = self.store.current_at(found)?.ok_or(StoreError::Absent)?;
        let old_length = usize::from(old.length);
        let end = offset.saturating_add(bytes.len());
        if offset > old_length {
            return Err(StoreError::TooLong);
        }
        let length = checked_length(old_length.max(end))?;
        // What is copied gets a new checksum, which must not make damage good.
        if !self.store.log.is_intact(address, &old)? {
            return Err(StoreError::Damaged);
        }
        let flags = if old.flags.has(Flags::SECRET) {
            flags.with(Flags::SECRET)
        } else {
            flags
        };
        let record = Record {
            key,
            flags,
            length,
            index: self.records,
            sum: 0,
        };
        let behind = old.length().saturating_sub(to_u32(end));
        let segments = [
            Segment::Stored {
                address,
                offset: 0,
                length: to_u32(offset),
            },
            Segment::Bytes(bytes),
            Segment::Stored {
                address,
                offset: to_u32(end),
                length: behind,
            },
        ];
        self.write(record, segments.into_iter())
    }

    fn write_delete(&mut self, key: Key, flags: Flags) -> Result<(u32, Record)> {
        let flags = flags.with(Flags::DELETE);
        let record = Record {
            key,
            flags,
            length: 0,
            index: self.records,
            sum: 0,
        };
        self.write(record, core::iter::empty())
    }

    /// Appends a record with its checksum, if it was reserved.
    fn write<'a>(
        &mut self,
        mut record: Record,
        segments: impl Iterator<Item = Segment<'a>> + Clone,
    ) -> Result<(u32, Record)> {
        let cost = Store::<F, I>::RECORD_OVERHEAD + usize::from(record.length);
        let size = self.store.log.geometry().record_size(record.length());
        if size > self.store.largest_in(u32::MAX, self.room) && !record.flags.has(Flags::DELETE) {
            return Err(StoreError::Unreserved);
        }
        let budget = self.budget.checked_sub(cost).ok_or(StoreError::Unreserved)?;
        let records = self.records.checked_add(1).ok_or(StoreError::Unreserved)?;
        record.sum = self.store.log.sum(segments.clone())?;
        // From here on there may be something to take back.
        self.records = records;
        self.budget = budget;
        let address = self.store.log.append(&record, segments)?;
        Ok((address, record))
    }

    fn add_object(&mut self) -> Result<()> {
        let objects = self.store.table.count() + self.added;
        if objects >= self.store.table.capacity() {
            return Err(StoreError::IndexFull);
        }
        self.added += 1;
        Ok(())
    }
}

impl<F, I> Drop for Transaction<'_, F, I>
where
    F: MultiwriteNorFlash,
    I: AsRef<[u16]> + AsMut<[u16]>,
{
    fn drop(&mut self) {
        if self.records > 0 {
            self.store.abandon();
        }
    }
}

/// Length of the concatenated parts, if that is a value's.
pub(super) fn value_length(parts: &[&[u8]]) -> Result<u16> {
    checked_length(parts.iter().map(|part| part.len()).fold(0, usize::saturating_add))
}

fn checked_length(length: usize) -> Result<u16> {
    if length > VALUE_MAX {
        return Err(StoreError::TooLong);
    }
    u16::try_from(length).map_err(|_| StoreError::TooLong)
}
