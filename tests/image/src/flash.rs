//! Flash as the card sees it, kept in RAM: enough for the linker to keep every call of the card's store.

use core::convert::Infallible;

use embedded_storage::nor_flash::{ErrorType, MultiwriteNorFlash, NorFlash, ReadNorFlash};

/// Two pages: nothing ever runs here, and RAM taken by it would hide what the card takes.
const SIZE: usize = 2 * Flash::ERASE_SIZE;

pub struct Flash([u8; SIZE]);

impl Flash {
    pub const fn erased() -> Self {
        Self([0xFF; SIZE])
    }
}

impl ErrorType for Flash {
    type Error = Infallible;
}

impl ReadNorFlash for Flash {
    const READ_SIZE: usize = 1;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), Infallible> {
        for (to, from) in bytes.iter_mut().zip(self.0.iter().skip(offset as usize)) {
            *to = *from;
        }
        Ok(())
    }

    fn capacity(&self) -> usize {
        SIZE
    }
}

impl NorFlash for Flash {
    const WRITE_SIZE: usize = 4;
    const ERASE_SIZE: usize = 4096;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), Infallible> {
        let length = to.saturating_sub(from) as usize;
        self.0
            .iter_mut()
            .skip(from as usize)
            .take(length)
            .for_each(|byte| *byte = 0xFF);
        Ok(())
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), Infallible> {
        for (to, from) in self.0.iter_mut().skip(offset as usize).zip(bytes) {
            *to &= *from;
        }
        Ok(())
    }
}

impl MultiwriteNorFlash for Flash {}
