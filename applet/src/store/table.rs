//! The sorted table: where in flash each key's current record is, as 16-bit numbers of units. All the memory there is.

use embedded_storage::nor_flash::MultiwriteNorFlash;

use super::error::{Result, StoreError};
use super::key::Key;
use super::log::Log;

/// Entries in order of their keys, which are read from flash.
pub(super) struct Table<I> {
    entries: I,
    count: usize,
}

impl<I: AsRef<[u16]> + AsMut<[u16]>> Table<I> {
    pub(super) const fn new(entries: I) -> Self {
        Self { entries, count: 0 }
    }

    pub(super) fn into_entries(self) -> I {
        self.entries
    }

    pub(super) const fn count(&self) -> usize {
        self.count
    }

    pub(super) fn capacity(&self) -> usize {
        self.entries.as_ref().len()
    }

    pub(super) const fn clear(&mut self) {
        self.count = 0;
    }

    /// The entry at `index`, if there are so many.
    pub(super) fn entry(&self, index: usize) -> Option<u16> {
        self.entries.as_ref().get(..self.count)?.get(index).copied()
    }

    /// Where the entry of `key` is, or where it would have to be inserted. `probe` reads the key of an entry.
    fn search(
        &self,
        key: Key,
        mut probe: impl FnMut(u16) -> Result<Key>,
    ) -> Result<core::result::Result<usize, usize>> {
        let (mut low, mut high) = (0, self.count);
        while low < high {
            let middle = low + (high - low) / 2;
            let entry = self.entry(middle).ok_or(StoreError::Damaged)?;
            match probe(entry)?.cmp(&key) {
                core::cmp::Ordering::Equal => return Ok(Ok(middle)),
                core::cmp::Ordering::Less => low = middle + 1,
                core::cmp::Ordering::Greater => high = middle,
            }
        }
        Ok(Err(low))
    }

    /// As [`Self::search`]. A key read wrongly may lead astray but not to another value, for what is found is compared
    /// with its checksum by whoever reads it. That nothing is found is believed only after every key on the way was.
    pub(super) fn find<F: MultiwriteNorFlash>(
        &self,
        log: &mut Log<F>,
        key: Key,
    ) -> Result<core::result::Result<usize, usize>> {
        // An empty table would answer without asking flash.
        log.medium.ready()?;
        let geometry = log.geometry();
        let quick = self.search(key, |entry| log.key(geometry.entry_address(entry)))?;
        if quick.is_ok() {
            return Ok(quick);
        }
        self.search(key, |entry| Ok(log.record(geometry.entry_address(entry))?.key))
    }

    pub(super) fn set(&mut self, index: usize, entry: u16) {
        if let Some(place) = self.entries.as_mut().get_mut(index) {
            *place = entry;
        }
    }

    pub(super) fn insert(&mut self, index: usize, entry: u16) -> Result<()> {
        let space = self
            .entries
            .as_mut()
            .get_mut(index..=self.count)
            .ok_or(StoreError::IndexFull)?;
        space.rotate_right(1);
        self.count += 1;
        self.set(index, entry);
        Ok(())
    }

    pub(super) fn remove(&mut self, index: usize) {
        if let Some(space) = self.entries.as_mut().get_mut(index..self.count)
            && !space.is_empty()
        {
            space.rotate_left(1);
            self.count -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_order_and_knows_its_limit() {
        let mut table = Table::new([0_u16; 3]);
        table.insert(0, 5).unwrap();
        table.insert(0, 3).unwrap();
        table.insert(1, 4).unwrap();
        assert_eq!(table.insert(3, 6), Err(StoreError::IndexFull));
        assert_eq!(
            [0, 1, 2, 3].map(|index| table.entry(index)),
            [Some(3), Some(4), Some(5), None]
        );
        table.remove(1);
        assert_eq!(
            [0, 1, 2].map(|index| table.entry(index)),
            [Some(3), Some(5), None]
        );
        table.remove(2);
        assert_eq!(table.count(), 2);
    }
}
