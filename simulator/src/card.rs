//! The applet with flash, power and a reader's view of it: one card in this process.

use std::io;

use applet::store::{FORMAT_VERSION, StoreError};
use applet::{ATR, Card, REPLY_MAX};

use crate::control::Inspect;
use crate::dump;
use crate::flash::MemoryFlash;
use crate::platform::{CardFlash, Home, SharedRandomness, SimulatorPlatform};
use crate::randomness::Randomness;
use crate::responder::Responder;

/// Entries of the store's table: objects the card can keep.
pub const OBJECTS_MAX: usize = 4_096;
/// Pages of a new card's flash, of [`PAGE_SIZE`](crate::flash::PAGE_SIZE) bytes.
pub const DEFAULT_PAGES: usize = 64;

/// A card in this process, over flash in memory, flash whose power can be cut, or a card image file.
pub struct SimulatedCard<F: CardFlash> {
    home: Home<F>,
    randomness: SharedRandomness,
    /// Here while the card is on.
    card: Option<Card<SimulatorPlatform<F>>>,
    reply: Vec<u8>,
}

impl SimulatedCard<MemoryFlash> {
    /// A new card in memory, switched on.
    #[must_use]
    pub fn in_memory(randomness: Randomness) -> Self {
        Self::start(MemoryFlash::new(DEFAULT_PAGES), randomness)
    }

    /// The card whose flash image this is, in memory and switched on.
    #[must_use]
    pub fn from_snapshot(image: Vec<u8>, randomness: Randomness) -> Self {
        Self::start(MemoryFlash::from_image(image), randomness)
    }
}

impl<F: CardFlash> SimulatedCard<F> {
    /// The card that lives in `flash`, switched off. On erased flash, switching it on makes a new card.
    #[must_use]
    pub fn new(flash: F, randomness: Randomness) -> Self {
        Self {
            home: Home::new(flash),
            randomness: SharedRandomness::new(randomness),
            card: None,
            reply: vec![0; REPLY_MAX],
        }
    }

    /// As [`Self::new`], switched on.
    #[must_use]
    pub fn start(flash: F, randomness: Randomness) -> Self {
        let mut card = Self::new(flash, randomness);
        card.power_on();
        card
    }

    /// Switches the card on, if it is off: mounts its flash and completes what was interrupted.
    pub fn power_on(&mut self) {
        if self.card.is_none()
            && let Some(flash) = self.home.take()
        {
            let platform = SimulatorPlatform::new(self.randomness.clone());
            self.card = Some(Card::start(platform, flash, vec![0; OBJECTS_MAX]));
        }
    }

    /// Switches the card off, if it is on; what was volatile is lost.
    pub fn power_off(&mut self) {
        self.card = None;
    }

    /// Whether the card is on.
    #[must_use]
    pub const fn is_on(&self) -> bool {
        self.card.is_some()
    }

    /// Answers one command APDU; a card that is off answers nothing. As [`Responder::transmit`], without a copy.
    pub fn process(&mut self, command: &[u8]) -> &[u8] {
        let length = self
            .card
            .as_mut()
            .map_or(0, |card| card.process(command, &mut self.reply));
        self.reply.get(..length).unwrap_or_default()
    }

    /// Looks at the flash; `None` if the card was lost in a panic.
    pub fn with_flash<T>(&mut self, look: impl FnOnce(&F) -> T) -> Option<T> {
        match self.card.as_mut().and_then(Card::store_mut) {
            Some(store) => store.flash().flash().map(look),
            None => self.home.look(look),
        }
    }

    /// How often the page that was erased least, and the one that was erased most; `None` if the card is off, damaged or lost.
    pub fn erase_counts(&mut self) -> Option<(u32, u32)> {
        let store = self.card.as_mut().and_then(Card::store_mut)?;
        store.erase_counts().ok()
    }

    /// The version of the flash's format; `None` if the card is damaged, off or lost.
    pub fn format(&mut self) -> Option<u8> {
        if self.card.as_mut()?.store_mut().is_some() {
            return Some(FORMAT_VERSION);
        }
        // The card itself says no more than that it cannot use this memory.
        match self.dump() {
            Err(StoreError::Version(version)) => Some(version),
            _ => None,
        }
    }

    /// The flash image: [`SimulatedCard::from_snapshot`] makes this card of it, as it is after a power cut right now.
    pub fn snapshot(&mut self) -> Option<Vec<u8>> {
        self.with_flash(|flash| flash.image().to_vec())
    }

    /// Another card with the same content, in memory, switched on. Nothing is selected or verified on it; a seeded
    /// source of random numbers goes on from where this one's is.
    pub fn duplicate(&mut self) -> Option<SimulatedCard<F::Memory>> {
        let flash = self.with_flash(CardFlash::copy)?;
        Some(SimulatedCard::start(flash, self.randomness.fork()))
    }

    /// Everything the card keeps, one line for each object, in a fixed order: see [`dump`].
    ///
    /// # Errors
    /// When the flash is damaged.
    pub fn dump(&mut self) -> Result<String, StoreError> {
        let flash = self.with_flash(CardFlash::copy).ok_or(StoreError::Damaged)?;
        dump::dump(flash)
    }

    /// Switches the card off and gives its flash; `None` if the card was lost in a panic.
    #[must_use]
    pub fn into_flash(mut self) -> Option<F> {
        self.power_off();
        self.home.into_flash()
    }
}

impl<F: CardFlash> Responder for SimulatedCard<F> {
    fn power(&mut self, on: bool) {
        if on {
            self.power_on();
        } else {
            self.power_off();
        }
    }

    fn reset(&mut self) {
        self.power_off();
        self.power_on();
    }

    fn atr(&self) -> Vec<u8> {
        ATR.to_vec()
    }

    fn transmit(&mut self, command: &[u8]) -> Vec<u8> {
        self.process(command).to_vec()
    }
}

impl<F: CardFlash> Inspect for SimulatedCard<F> {
    fn snapshot(&mut self) -> io::Result<Vec<u8>> {
        self.snapshot()
            .ok_or_else(|| io::Error::other("the card is lost"))
    }

    fn dump(&mut self) -> io::Result<String> {
        self.dump().map_err(io::Error::other)
    }
}
