//! Flash whose power fails in a chosen operation.

use embedded_storage::nor_flash::{ErrorType, MultiwriteNorFlash, NorFlash, ReadNorFlash};

use super::memory::MemoryFlash;
use super::{Error, PAGE_SIZE, WORD_SIZE};

/// What is left of the operation that the power failed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing happened.
    Undone,
    /// It was completed, but nobody was told.
    Done,
    /// Something between, which the number chooses. Of a program: words in order up to one with some bits cleared, words
    /// in any order, or any of the bits to be cleared. Of an erase: words or bits erased, in order or not, or noise.
    Partly(u64),
}

/// Programs and erases so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Operations {
    /// Program operations.
    pub programs: u64,
    /// Page erases.
    pub erases: u64,
}

impl Operations {
    /// Both together: how [`CutFlash::cut_at`] counts.
    #[must_use]
    pub const fn total(self) -> u64 {
        self.programs + self.erases
    }
}

/// A [`MemoryFlash`] whose power can be cut in any program or erase. From then on everything fails, reads too.
#[derive(Clone, Debug)]
pub struct CutFlash<const PAGE: usize = PAGE_SIZE, const WORD: usize = WORD_SIZE, const READ: usize = 1> {
    inner: MemoryFlash<PAGE, WORD, READ>,
    operations: Operations,
    cut: Option<(u64, Outcome)>,
    lost: bool,
}

impl<const PAGE: usize, const WORD: usize, const READ: usize> CutFlash<PAGE, WORD, READ> {
    /// Flash with power.
    #[must_use]
    pub fn new(inner: MemoryFlash<PAGE, WORD, READ>) -> Self {
        Self {
            inner,
            operations: Operations::default(),
            cut: None,
            lost: false,
        }
    }

    /// Lets the power fail in program or erase number `operation`, counted from 0 since [`Self::new`].
    #[must_use]
    pub fn cut_at(mut self, operation: u64, outcome: Outcome) -> Self {
        self.cut = Some((operation, outcome));
        self
    }

    /// Programs and erases so far, the interrupted one included.
    #[must_use]
    pub const fn operations(&self) -> Operations {
        self.operations
    }

    /// Whether the power failed.
    #[must_use]
    pub const fn is_lost(&self) -> bool {
        self.lost
    }

    /// The flash itself, whether the power failed or not: power is back.
    #[must_use]
    pub fn into_inner(self) -> MemoryFlash<PAGE, WORD, READ> {
        self.inner
    }

    /// The flash itself, to look at.
    #[must_use]
    pub const fn inner(&self) -> &MemoryFlash<PAGE, WORD, READ> {
        &self.inner
    }

    fn powered(&self) -> Result<(), Error> {
        if self.lost { Err(Error::PowerLost) } else { Ok(()) }
    }

    /// What happens to the operation that is now begun: nothing unusual, or a cut.
    fn next(&mut self, number: u64) -> Option<Outcome> {
        let outcome = self
            .cut
            .filter(|(at, _)| *at == number)
            .map(|(_, outcome)| outcome);
        self.lost = outcome.is_some();
        outcome
    }
}

impl<const PAGE: usize, const WORD: usize, const READ: usize> ErrorType for CutFlash<PAGE, WORD, READ> {
    type Error = Error;
}

impl<const PAGE: usize, const WORD: usize, const READ: usize> ReadNorFlash for CutFlash<PAGE, WORD, READ> {
    const READ_SIZE: usize = READ;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), Error> {
        self.powered()?;
        self.inner.read(offset, bytes)
    }

    fn capacity(&self) -> usize {
        self.inner.capacity()
    }
}

impl<const PAGE: usize, const WORD: usize, const READ: usize> NorFlash for CutFlash<PAGE, WORD, READ> {
    const WRITE_SIZE: usize = WORD;
    const ERASE_SIZE: usize = PAGE;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), Error> {
        self.powered()?;
        let number = self.operations.total();
        self.operations.erases += 1;
        match self.next(number) {
            None => return self.inner.erase(from, to),
            Some(Outcome::Undone) => {}
            Some(Outcome::Done) => self.inner.erase(from, to)?,
            Some(Outcome::Partly(seed)) => erase_partly::<WORD>(self.inner.erasable(from, to)?, seed),
        }
        Err(Error::PowerLost)
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), Error> {
        self.powered()?;
        let number = self.operations.total();
        self.operations.programs += 1;
        match self.next(number) {
            None => return self.inner.write(offset, bytes),
            Some(Outcome::Undone) => {}
            Some(Outcome::Done) => self.inner.write(offset, bytes)?,
            Some(Outcome::Partly(seed)) => {
                program_partly::<WORD>(self.inner.programmable(offset, bytes)?, bytes, seed)
            }
        }
        Err(Error::PowerLost)
    }
}

impl<const PAGE: usize, const WORD: usize, const READ: usize> MultiwriteNorFlash
    for CutFlash<PAGE, WORD, READ>
{
}

/// Words in order and some bits of the next one, as flash controllers do; words in any order, or any bits, as the trait
/// allows.
fn program_partly<const WORD: usize>(target: &mut [u8], bytes: &[u8], seed: u64) {
    let mut random = Random(seed);
    let mode = random.next() % 4;
    let whole = random.below(target.len() / WORD);
    for (index, (old, new)) in target.chunks_mut(WORD).zip(bytes.chunks(WORD)).enumerate() {
        let (done, begun) = match mode {
            0 => (false, true),
            1 => (random.next().is_multiple_of(2), false),
            _ => (index < whole, index == whole),
        };
        for (old, new) in old.iter_mut().zip(new) {
            if done {
                *old &= new;
            } else if begun {
                *old &= new | random.byte();
            }
        }
    }
}

fn erase_partly<const WORD: usize>(target: &mut [u8], seed: u64) {
    let mut random = Random(seed);
    let mode = random.next() % 4;
    let whole = random.below(target.len() / WORD);
    for (index, word) in target.chunks_mut(WORD).enumerate() {
        let erased = match mode {
            0 => index < whole,
            1 => random.next().is_multiple_of(2),
            _ => false,
        };
        for byte in word {
            *byte = match mode {
                _ if erased => 0xFF,
                2 => *byte | random.byte(),
                3 => random.byte(),
                _ => *byte,
            };
        }
    }
}

/// Splitmix64: what a cut leaves must be repeatable.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut value = self.0;
        value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        value ^ (value >> 31)
    }

    fn byte(&mut self) -> u8 {
        let [.., byte] = self.next().to_le_bytes();
        byte
    }

    fn below(&mut self, limit: usize) -> usize {
        let limit = u64::try_from(limit.max(1)).unwrap_or(u64::MAX);
        usize::try_from(self.next() % limit).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_works_after_the_cut() {
        for (outcome, left) in [(Outcome::Undone, 0xFF), (Outcome::Done, 0x00)] {
            let mut flash = CutFlash::new(MemoryFlash::<256, 4>::new(1)).cut_at(1, outcome);
            flash.write(0, &[1; 4]).unwrap();
            assert_eq!(flash.write(4, &[0; 4]), Err(Error::PowerLost));
            assert_eq!(flash.read(0, &mut [0]), Err(Error::PowerLost));
            assert_eq!(flash.erase(0, 256), Err(Error::PowerLost));
            assert_eq!(
                flash.operations(),
                Operations {
                    programs: 2,
                    erases: 0
                }
            );
            assert_eq!(flash.into_inner().image()[4..8], [left; 4]);
        }
    }

    #[test]
    fn a_partial_program_sets_no_bit_and_touches_nothing_else() {
        for seed in 0..1_000 {
            let mut flash = CutFlash::new(MemoryFlash::<256, 4>::new(1)).cut_at(0, Outcome::Partly(seed));
            assert_eq!(flash.write(8, &[0x55; 16]), Err(Error::PowerLost));
            let image = flash.into_inner().image().to_vec();
            assert!(image[8..24].iter().all(|byte| byte & 0x55 == 0x55));
            assert!(image[..8].iter().chain(&image[24..]).all(|byte| *byte == 0xFF));
        }
    }
}
