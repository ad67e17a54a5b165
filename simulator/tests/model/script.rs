//! Scripts: commands in hexadecimal, resets and power cuts, one on a line; how they are written, read and shrunk.

use std::fmt;
use std::str::FromStr;

use symbolon_simulator::flash::Outcome;

use super::play::Difference;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    Command(Vec<u8>),
    /// EXTERNAL AUTHENTICATE on this channel with this key, by somebody who has it or has not. What is sent depends on the challenge.
    Answer(u8, u8, bool),
    Reset,
    /// A power cycle; after it, the power fails in this program or erase.
    Cut(u64, Outcome),
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Script {
    pub steps: Vec<Step>,
}

impl Script {
    /// Leaves out what the difference does not need.
    pub fn shrink(
        mut self,
        difference: &Difference,
        mut play: impl FnMut(&Self) -> Option<Difference>,
    ) -> Self {
        self.steps.truncate(difference.at + 1);
        let mut size = self.steps.len().div_ceil(2).max(1);
        loop {
            let mut from = 0;
            let mut shorter = false;
            while from < self.steps.len() {
                let mut tried = self.clone();
                tried.steps.drain(from..(from + size).min(self.steps.len()));
                if let Some(found) = play(&tried) {
                    tried.steps.truncate(found.at + 1);
                    self = tried;
                    shorter = true;
                } else {
                    from += size;
                }
            }
            if size == 1 && !shorter {
                return self;
            }
            size = (size / 2).max(1);
        }
    }

    /// For a name: FNV-1a of the text.
    pub fn digest(&self) -> u32 {
        self.to_string().bytes().fold(0x811C_9DC5, |hash, byte| {
            (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
        })
    }
}

impl fmt::Display for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for step in &self.steps {
            match step {
                Step::Command(bytes) => {
                    bytes.iter().try_for_each(|byte| write!(f, "{byte:02X}"))?;
                    writeln!(f)?;
                }
                Step::Answer(channel, key, right) => {
                    let how = if *right { "right" } else { "wrong" };
                    writeln!(f, "answer {channel} {key:02X} {how}")?;
                }
                Step::Reset => writeln!(f, "reset")?,
                Step::Cut(operation, Outcome::Undone) => writeln!(f, "cut {operation} undone")?,
                Step::Cut(operation, Outcome::Done) => writeln!(f, "cut {operation} done")?,
                Step::Cut(operation, Outcome::Partly(how)) => writeln!(f, "cut {operation} partly {how}")?,
            }
        }
        Ok(())
    }
}

impl FromStr for Script {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let lines = text.lines().map(str::trim);
        let steps = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
        let steps = steps.map(|line| read(line).ok_or_else(|| format!("{line:?} is no step")));
        Ok(Self {
            steps: steps.collect::<Result<_, _>>()?,
        })
    }
}

fn read(line: &str) -> Option<Step> {
    let words: Vec<_> = line.split(' ').collect();
    Some(match words.as_slice() {
        ["reset"] => Step::Reset,
        ["answer", channel, key, how @ ("right" | "wrong")] => {
            let key = u8::from_str_radix(key, 16).ok()?;
            Step::Answer(channel.parse().ok()?, key, *how == "right")
        }
        ["cut", operation, "undone"] => Step::Cut(operation.parse().ok()?, Outcome::Undone),
        ["cut", operation, "done"] => Step::Cut(operation.parse().ok()?, Outcome::Done),
        ["cut", operation, "partly", how] => {
            Step::Cut(operation.parse().ok()?, Outcome::Partly(how.parse().ok()?))
        }
        digits => {
            let digits = digits.concat();
            let pairs = (0..digits.len()).step_by(2);
            let bytes = pairs.map(|at| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok());
            Step::Command(bytes.collect::<Option<_>>()?)
        }
    })
}
