//! The machine a simulated card runs on: the applet's `Platform`, and the flash it works on.
//!
//! What belongs here: joining flash, random numbers and cryptography. What does not: the flash models (`flash`).

use std::marker::PhantomData;
use std::sync::{Arc, Mutex, PoisonError};

use applet::rustcrypto::RustCrypto;
use applet::{Platform, RandomError};
use embedded_storage::nor_flash::{ErrorType, MultiwriteNorFlash, NorFlash, ReadNorFlash};

use crate::flash::{CutFlash, Error, FileFlash, MemoryFlash};
use crate::randomness::Randomness;

/// Flash that a simulated card can live in, and whose content can be copied.
pub trait CardFlash: MultiwriteNorFlash<Error = Error> + Send {
    /// Flash of the same geometry in memory.
    type Memory: CardFlash;

    /// What the flash holds, byte for byte.
    fn image(&self) -> &[u8];

    /// A copy in memory.
    fn copy(&self) -> Self::Memory;
}

impl<const PAGE: usize, const WORD: usize, const READ: usize> CardFlash for MemoryFlash<PAGE, WORD, READ> {
    type Memory = Self;

    fn image(&self) -> &[u8] {
        self.image()
    }

    fn copy(&self) -> Self {
        self.clone()
    }
}

impl<const PAGE: usize, const WORD: usize, const READ: usize> CardFlash for CutFlash<PAGE, WORD, READ> {
    type Memory = MemoryFlash<PAGE, WORD, READ>;

    fn image(&self) -> &[u8] {
        self.inner().image()
    }

    fn copy(&self) -> Self::Memory {
        self.inner().clone()
    }
}

impl<const PAGE: usize, const WORD: usize> CardFlash for FileFlash<PAGE, WORD> {
    type Memory = MemoryFlash<PAGE, WORD>;

    fn image(&self) -> &[u8] {
        self.image()
    }

    fn copy(&self) -> Self::Memory {
        MemoryFlash::from_image(self.image().to_vec())
    }
}

/// The applet's platform on a computer.
#[derive(Debug)]
pub struct SimulatorPlatform<F> {
    randomness: SharedRandomness,
    crypto: RustCrypto,
    flash: PhantomData<fn() -> F>,
}

impl<F> SimulatorPlatform<F> {
    pub(crate) const fn new(randomness: SharedRandomness) -> Self {
        Self {
            randomness,
            crypto: RustCrypto,
            flash: PhantomData,
        }
    }
}

/// A source that outlives the card's being on.
#[derive(Clone, Debug)]
pub(crate) struct SharedRandomness(Arc<Mutex<Randomness>>);

impl SharedRandomness {
    pub(crate) fn new(randomness: Randomness) -> Self {
        Self(Arc::new(Mutex::new(randomness)))
    }

    /// The source as it is now, for a card that goes its own way.
    pub(crate) fn fork(&self) -> Randomness {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl<F: CardFlash> Platform for SimulatorPlatform<F> {
    type Flash = Held<F>;
    type Index = Vec<u16>;
    type Crypto = RustCrypto;

    fn random(&mut self, out: &mut [u8]) -> Result<(), RandomError> {
        self.randomness.0.lock().map_err(|_| RandomError)?.fill(out)
    }

    fn crypto(&self) -> &RustCrypto {
        &self.crypto
    }
}

/// Where a card's flash is while the card is off.
#[derive(Debug)]
pub(crate) struct Home<F>(Arc<Mutex<Option<F>>>);

impl<F> Home<F> {
    pub(crate) fn new(flash: F) -> Self {
        Self(Arc::new(Mutex::new(Some(flash))))
    }

    /// Takes the flash; it comes back when what is given is dropped.
    pub(crate) fn take(&self) -> Option<Held<F>> {
        let flash = self.0.lock().unwrap_or_else(PoisonError::into_inner).take()?;
        Some(Held {
            flash: Some(flash),
            home: Self(Arc::clone(&self.0)),
        })
    }

    /// Looks at the flash, if it is here.
    pub(crate) fn look<T>(&self, look: impl FnOnce(&F) -> T) -> Option<T> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .as_ref()
            .map(look)
    }

    /// Takes the flash for good.
    pub(crate) fn into_flash(self) -> Option<F> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// Flash in the hands of a card that is on. However the card ends, damaged or in a panic, the flash goes home.
#[derive(Debug)]
pub struct Held<F> {
    flash: Option<F>,
    home: Home<F>,
}

impl<F> Held<F> {
    pub(crate) const fn flash(&self) -> Option<&F> {
        self.flash.as_ref()
    }

    fn powered(&mut self) -> Result<&mut F, Error> {
        self.flash.as_mut().ok_or(Error::PowerLost)
    }
}

impl<F> Drop for Held<F> {
    fn drop(&mut self) {
        *self.home.0.lock().unwrap_or_else(PoisonError::into_inner) = self.flash.take();
    }
}

impl<F> ErrorType for Held<F> {
    type Error = Error;
}

impl<F: CardFlash> ReadNorFlash for Held<F> {
    const READ_SIZE: usize = F::READ_SIZE;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), Error> {
        self.powered()?.read(offset, bytes)
    }

    fn capacity(&self) -> usize {
        self.flash().map_or(0, ReadNorFlash::capacity)
    }
}

impl<F: CardFlash> NorFlash for Held<F> {
    const WRITE_SIZE: usize = F::WRITE_SIZE;
    const ERASE_SIZE: usize = F::ERASE_SIZE;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), Error> {
        self.powered()?.erase(from, to)
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), Error> {
        self.powered()?.write(offset, bytes)
    }
}

impl<F: CardFlash> MultiwriteNorFlash for Held<F> {}
