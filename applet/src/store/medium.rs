//! The flash as the store sees it: reads of any alignment, and no word from it once a write has failed.

use embedded_storage::nor_flash::{MultiwriteNorFlash, NorFlash};
use zeroize::Zeroizing;

use super::error::{Result, StoreError, flash_error};
use super::geometry::{Geometry, to_u32, to_usize};

/// Bytes of the buffers on the stack that flash is read and programmed through.
pub(super) const BLOCK: usize = 64;

/// A flash and its geometry.
pub(super) struct Medium<F> {
    flash: F,
    pub(super) geometry: Geometry,
    failed: bool,
}

impl<F: MultiwriteNorFlash> Medium<F> {
    pub(super) fn new(flash: F) -> Result<Self> {
        let geometry = Geometry::of(&flash).ok_or(StoreError::Geometry)?;
        Ok(Self {
            flash,
            geometry,
            failed: false,
        })
    }

    pub(super) fn into_flash(self) -> F {
        self.flash
    }

    pub(super) const fn flash(&self) -> &F {
        &self.flash
    }

    /// Refuses everything from now on: memory and flash may disagree.
    pub(super) const fn fail(&mut self) {
        self.failed = true;
    }

    pub(super) const fn ready(&self) -> Result<()> {
        if self.failed {
            Err(StoreError::Remount)
        } else {
            Ok(())
        }
    }

    /// Reads from any address.
    #[inline]
    pub(super) fn read(&mut self, address: u32, out: &mut [u8]) -> Result<()> {
        self.ready()?;
        if F::READ_SIZE <= 1 {
            return self.flash.read(address, out).map_err(flash_error);
        }
        self.read_unaligned(address, out)
    }

    /// Reads whole words around what is wanted.
    fn read_unaligned(&mut self, mut address: u32, out: &mut [u8]) -> Result<()> {
        let mask = to_u32(F::READ_SIZE) - 1;
        let mut block = Zeroizing::new([0; BLOCK]);
        for piece in out.chunks_mut(BLOCK - F::READ_SIZE) {
            let skip = to_usize(address & mask);
            let length = (skip + piece.len()).next_multiple_of(F::READ_SIZE);
            let window = block.get_mut(..length).ok_or(StoreError::Geometry)?;
            self.flash.read(address & !mask, window).map_err(flash_error)?;
            for (to, from) in piece.iter_mut().zip(window.iter().skip(skip)) {
                *to = *from;
            }
            address += to_u32(piece.len());
        }
        Ok(())
    }

    /// Programs whole words.
    pub(super) fn program(&mut self, address: u32, bytes: &[u8]) -> Result<()> {
        self.ready()?;
        let done = self.flash.write(address, bytes).map_err(flash_error);
        self.failed |= done.is_err();
        done
    }

    /// Programs `value` into a slot, repeated over its width.
    pub(super) fn program_slot(&mut self, address: u32, value: u32) -> Result<()> {
        let [a, b, c, d] = value.to_le_bytes();
        let bytes = [a, b, c, d, a, b, c, d];
        let width = to_usize(self.geometry.slot());
        self.program(address, bytes.get(..width).unwrap_or(&bytes))
    }

    /// Programs words once more with what they read as. A program that was cut off may have left bits that read as
    /// programmed today and as erased tomorrow.
    pub(super) fn refresh(&mut self, from: u32, to: u32) -> Result<()> {
        let mut block = Zeroizing::new([0; BLOCK]);
        let mut address = from;
        while address < to {
            let length = to_usize(to - address).min(BLOCK);
            let piece = block.get_mut(..length).ok_or(StoreError::Geometry)?;
            self.read(address, piece)?;
            self.program(address, piece)?;
            address += to_u32(length);
        }
        Ok(())
    }

    /// Erases the page that starts at `address`.
    pub(super) fn erase(&mut self, address: u32) -> Result<()> {
        self.ready()?;
        let done =
            NorFlash::erase(&mut self.flash, address, address + self.geometry.page_size).map_err(flash_error);
        self.failed |= done.is_err();
        done
    }

    /// Whether `from..to` is erased.
    pub(super) fn is_blank(&mut self, from: u32, to: u32) -> Result<bool> {
        self.is_filled(from, to, 0xFF)
    }

    fn is_filled(&mut self, from: u32, to: u32, with: u8) -> Result<bool> {
        let mut block = Zeroizing::new([0; BLOCK]);
        let mut address = from;
        while address < to {
            let length = to_usize(to - address).min(BLOCK);
            let Some(piece) = block.get_mut(..length) else {
                break;
            };
            self.read(address, piece)?;
            if piece.iter().any(|byte| *byte != with) {
                return Ok(false);
            }
            address += to_u32(length);
        }
        Ok(true)
    }

    /// Programs zeros over what is not zero yet in `from..to`, whole words. Zeroed flash keeps nothing of what it held.
    pub(super) fn scrub(&mut self, from: u32, to: u32) -> Result<()> {
        self.scrub_blocks(from, to, false)
    }

    /// As [`Self::scrub`], except that erased blocks stay erased.
    pub(super) fn scrub_written(&mut self, from: u32, to: u32) -> Result<()> {
        self.scrub_blocks(from, to, true)
    }

    fn scrub_blocks(&mut self, from: u32, to: u32, keep_blank: bool) -> Result<()> {
        let zeros = [0; BLOCK];
        let mut address = from;
        while address < to {
            let length = to_usize(to - address).min(BLOCK);
            let end = address + to_u32(length);
            let done = self.is_filled(address, end, 0)? || (keep_blank && self.is_blank(address, end)?);
            if !done {
                self.program(address, zeros.get(..length).unwrap_or(&zeros))?;
            }
            address = end;
        }
        Ok(())
    }
}
