//! Flash in memory.

use embedded_storage::nor_flash::{
    ErrorType, MultiwriteNorFlash, NorFlash, ReadNorFlash, check_erase, check_read, check_write,
};

use super::{Error, PAGE_SIZE, WORD_SIZE};

/// What was done to a flash.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Program operations.
    pub programs: u64,
    /// Bytes programmed.
    pub programmed_bytes: u64,
    /// Page erases.
    pub erases: u64,
}

/// NOR flash of pages of `PAGE` bytes, programmed in words of `WORD` bytes, read in pieces of `READ` bytes.
///
/// [`Clone`] is a snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemoryFlash<const PAGE: usize = PAGE_SIZE, const WORD: usize = WORD_SIZE, const READ: usize = 1> {
    bytes: Vec<u8>,
    counts: Counts,
}

impl<const PAGE: usize, const WORD: usize, const READ: usize> MemoryFlash<PAGE, WORD, READ> {
    /// Erased flash of `pages` pages.
    #[must_use]
    pub fn new(pages: usize) -> Self {
        Self::from_image(vec![0xFF; pages * PAGE])
    }

    /// Flash that holds `bytes`.
    #[must_use]
    pub fn from_image(bytes: Vec<u8>) -> Self {
        Self {
            bytes,
            counts: Counts::default(),
        }
    }

    /// What the flash holds.
    #[must_use]
    pub fn image(&self) -> &[u8] {
        &self.bytes
    }

    /// What the flash holds, to be changed by no rule of flash.
    pub fn image_mut(&mut self) -> &mut [u8] {
        &mut self.bytes
    }

    /// What was done since [`Self::new`].
    #[must_use]
    pub const fn counts(&self) -> Counts {
        self.counts
    }

    /// Checks a program operation and gives the bytes that it would change.
    pub(super) fn programmable(&mut self, offset: u32, bytes: &[u8]) -> Result<&mut [u8], Error> {
        check_write(self, offset, bytes.len())?;
        let start = usize::try_from(offset).map_err(|_| Error::OutOfBounds)?;
        let target = self
            .bytes
            .get_mut(start..start + bytes.len())
            .ok_or(Error::OutOfBounds)?;
        if target.iter().zip(bytes).any(|(old, new)| new & !old != 0) {
            return Err(Error::BitsCleared);
        }
        Ok(target)
    }

    /// Checks an erase operation and gives the bytes that it would change.
    pub(super) fn erasable(&mut self, from: u32, to: u32) -> Result<&mut [u8], Error> {
        check_erase(self, from, to)?;
        let start = usize::try_from(from).map_err(|_| Error::OutOfBounds)?;
        let end = usize::try_from(to).map_err(|_| Error::OutOfBounds)?;
        self.bytes.get_mut(start..end).ok_or(Error::OutOfBounds)
    }

    pub(super) fn count_program(&mut self, length: usize) {
        self.counts.programs += 1;
        self.counts.programmed_bytes += u64::try_from(length).unwrap_or(u64::MAX);
    }

    pub(super) fn count_erases(&mut self, length: usize) {
        self.counts.erases += u64::try_from(length / PAGE).unwrap_or(u64::MAX);
    }
}

impl<const PAGE: usize, const WORD: usize, const READ: usize> ErrorType for MemoryFlash<PAGE, WORD, READ> {
    type Error = Error;
}

impl<const PAGE: usize, const WORD: usize, const READ: usize> ReadNorFlash for MemoryFlash<PAGE, WORD, READ> {
    const READ_SIZE: usize = READ;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), Error> {
        check_read(self, offset, bytes.len())?;
        let start = usize::try_from(offset).map_err(|_| Error::OutOfBounds)?;
        let source = self
            .bytes
            .get(start..start + bytes.len())
            .ok_or(Error::OutOfBounds)?;
        bytes.copy_from_slice(source);
        Ok(())
    }

    fn capacity(&self) -> usize {
        self.bytes.len()
    }
}

impl<const PAGE: usize, const WORD: usize, const READ: usize> NorFlash for MemoryFlash<PAGE, WORD, READ> {
    const WRITE_SIZE: usize = WORD;
    const ERASE_SIZE: usize = PAGE;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), Error> {
        let target = self.erasable(from, to)?;
        target.fill(0xFF);
        let length = target.len();
        self.count_erases(length);
        Ok(())
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), Error> {
        self.programmable(offset, bytes)?.copy_from_slice(bytes);
        self.count_program(bytes.len());
        Ok(())
    }
}

impl<const PAGE: usize, const WORD: usize, const READ: usize> MultiwriteNorFlash
    for MemoryFlash<PAGE, WORD, READ>
{
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programming_only_clears_bits() {
        let mut flash = MemoryFlash::<256, 4>::new(2);
        flash.write(4, &[0xF0; 4]).unwrap();
        assert_eq!(flash.write(4, &[0x0F; 4]), Err(Error::BitsCleared));
        flash.write(4, &[0x30; 4]).unwrap();
        assert_eq!(flash.write(2, &[0; 4]), Err(Error::NotAligned));
        assert_eq!(flash.write(510, &[0; 4]), Err(Error::OutOfBounds));
        flash.erase(0, 256).unwrap();
        assert!(flash.image().iter().all(|byte| *byte == 0xFF));
        assert_eq!(
            flash.counts(),
            Counts {
                programs: 2,
                programmed_bytes: 8,
                erases: 1
            }
        );
    }
}
