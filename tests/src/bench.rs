//! What `make bench` measures, against the goals of the design.
//!
//! Here belongs measuring; nothing here fails because something is slow. A figure is the median of several rounds, so
//! that one disturbed round does not count. Numbers of an unoptimised build mean nothing and are labelled as such.

pub mod card;
pub mod crypto;
pub mod environment;
pub mod flash;
pub mod pcsc;
pub mod process;
pub mod report;
pub mod scene;
pub mod storing;
pub mod tool;

use std::hint::black_box;
use std::time::{Duration, Instant};

/// Whatever goes wrong: a benchmark has nobody to tell errors apart.
pub type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// How long to measure.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// Rounds that a median is taken of; odd.
    pub rounds: usize,
    /// Length of a round.
    pub round: Duration,
}

impl Effort {
    /// What the published numbers are made with.
    pub const FULL: Self = Self {
        rounds: 7,
        round: Duration::from_millis(250),
    };

    /// Median time of one call of `work`, in seconds on its core: what other processes take of the machine does not count.
    ///
    /// # Errors
    /// The first error of `work`.
    pub fn seconds_each(self, mut work: impl FnMut() -> Result<()>) -> Result<f64> {
        // A round that nobody looks at: pages, caches and tables are there when the clock starts.
        let batch = self.calls_between_looks(&mut work)?;
        let mut rounds = Vec::with_capacity(self.rounds);
        for _ in 0..self.rounds {
            let (start, clock) = (Instant::now(), CoreClock::start());
            let mut calls = 0_u32;
            while start.elapsed() < self.round {
                for _ in 0..batch {
                    black_box(work()?);
                }
                calls += batch;
            }
            rounds.push(clock.seconds() / f64::from(calls));
        }
        Ok(median(rounds))
    }

    /// So many calls that looking at the clock costs nothing beside them; at least one.
    fn calls_between_looks(self, work: &mut impl FnMut() -> Result<()>) -> Result<u32> {
        let start = Instant::now();
        let mut calls = 0_u32;
        while start.elapsed() < self.round / 4 && calls < 1 << 20 {
            work()?;
            calls += 1;
        }
        Ok((calls / 64).clamp(1, 1024))
    }
}

/// Time that this thread spends on a core; where the kernel does not tell, time.
#[derive(Debug)]
pub struct CoreClock {
    start: Instant,
    on_core: Option<u64>,
}

impl CoreClock {
    /// Starts at zero.
    #[must_use]
    pub fn start() -> Self {
        Self {
            on_core: nanoseconds_on_core(),
            start: Instant::now(),
        }
    }

    /// Seconds since the start. The kernel counts in steps of up to 4 ms.
    #[must_use]
    pub fn seconds(&self) -> f64 {
        let passed = self.start.elapsed();
        let on_core = self
            .on_core
            .and_then(|start| nanoseconds_on_core()?.checked_sub(start));
        on_core.map_or(passed, Duration::from_nanos).as_secs_f64()
    }
}

/// The first number of /proc/thread-self/schedstat.
fn nanoseconds_on_core() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split_whitespace().next()?.parse().ok()
}

/// The middle value; zero of none.
#[must_use]
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

/// The value that `share` of the others are not above; zero of none.
#[must_use]
pub fn percentile(mut values: Vec<f64>, share: usize) -> f64 {
    values.sort_by(f64::total_cmp);
    let index = (values.len() * share / 100).min(values.len().saturating_sub(1));
    values.get(index).copied().unwrap_or_default()
}

/// Numbers without a pattern that caches could learn, the same in every run.
#[derive(Clone, Debug)]
pub struct Numbers(u64);

impl Numbers {
    /// The numbers of this seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next one, below `limit`; zero where the limit is.
    pub fn below(&mut self, limit: u16) -> u16 {
        // Knuth's MMIX generator; its upper bits are the good ones.
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let [high, low, ..] = self.0.to_be_bytes();
        u16::from_be_bytes([high, low])
            .checked_rem(limit)
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Losing this prints a disturbed round as the card's speed.
    #[test]
    fn one_slow_round_does_not_count() {
        assert!((median(vec![1.0, 900.0, 2.0]) - 2.0).abs() < f64::EPSILON);
        assert!((percentile((0..100).map(f64::from).collect(), 95) - 95.0).abs() < f64::EPSILON);
        assert!(median(Vec::new()).abs() < f64::EPSILON);
    }

    /// Losing this measures one address again and again.
    #[test]
    fn numbers_spread_over_what_was_asked_for() {
        let mut numbers = Numbers::new(1);
        let drawn: Vec<u16> = (0..2_000).map(|_| numbers.below(100)).collect();
        assert!((0..100).all(|number| drawn.contains(&number)));
    }
}
