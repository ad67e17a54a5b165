//! Where a simulated card's random numbers come from.

use applet::RandomError;
use sha2::{Digest, Sha256};

/// A source of random numbers.
#[derive(Clone, Debug)]
pub enum Randomness {
    /// The operating system's: for every card that is used for anything.
    System,
    /// **Not random.** Every number follows from the seed, and whoever knows it knows every key the card makes. For
    /// tests that must run the same way each time.
    Seeded(Seeded),
}

impl Randomness {
    /// **Not random**: see [`Self::Seeded`].
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self::Seeded(Seeded { seed, counter: 0 })
    }

    pub(crate) fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomError> {
        match self {
            Self::System => getrandom::fill(out).map_err(|_| RandomError),
            Self::Seeded(seeded) => {
                seeded.fill(out);
                Ok(())
            }
        }
    }
}

/// SHA-256 of a seed and a counter, block by block. What is left of a block is thrown away, so that how many bytes were
/// asked for at a time does not matter to what comes next.
#[derive(Clone, Debug)]
pub struct Seeded {
    seed: u64,
    counter: u64,
}

impl Seeded {
    fn fill(&mut self, out: &mut [u8]) {
        for block in out.chunks_mut(32) {
            let digest = Sha256::new()
                .chain_update(b"symbolon simulator: not random")
                .chain_update(self.seed.to_be_bytes())
                .chain_update(self.counter.to_be_bytes())
                .finalize();
            self.counter = self.counter.wrapping_add(1);
            block.iter_mut().zip(digest).for_each(|(byte, from)| *byte = from);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn three(mut randomness: Randomness) -> [[u8; 40]; 3] {
        [(); 3].map(|()| {
            let mut out = [0; 40];
            randomness.fill(&mut out).unwrap();
            out
        })
    }

    #[test]
    fn a_seed_gives_the_same_numbers_and_no_number_twice() {
        assert_eq!(three(Randomness::seeded(1)), three(Randomness::seeded(1)));
        assert_ne!(three(Randomness::seeded(1)), three(Randomness::seeded(2)));
        assert_ne!(three(Randomness::System), three(Randomness::System));
        for [a, b, c] in [three(Randomness::seeded(1)), three(Randomness::System)] {
            assert!(a != b && b != c && a[..32] != b[..32]);
        }
    }
}
