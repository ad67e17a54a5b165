//! Commands, resets and power cuts, one after the other, on a registered card with applications and open requests.
//!
//! Whatever comes: an answer with a status word that the card may give, nothing changed by what is refused, no receipt
//! lost, and a card that is sound at the end.

#![no_main]

use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};
use symbolon_fuzz::commands;
use symbolon_fuzz::script::{self, STEPS_MAX, Step};

fuzz_target!(|input: &[u8]| {
    symbolon_fuzz::play::play(input);
});

/// Numbers from one seed, for choosing what to change.
struct Choice(u32);

impl Choice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let high = usize::try_from(self.0 >> 8).unwrap_or(0);
        if limit == 0 { 0 } else { high % limit }
    }
}

// Changes steps rather than bytes: a change inside a command leaves the ones behind it whole.
fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    let mut choice = Choice(seed);
    let mut steps = script::read(&data[..size]);
    for _ in 0..=choice.below(3) {
        let at = choice.below(steps.len() + 1);
        match choice.below(12) {
            0..=3 if steps.len() < STEPS_MAX => {
                let known = commands::all();
                let mut command = known[choice.below(known.len())].clone();
                if choice.below(6) == 0
                    && let Some(class) = command.first_mut()
                {
                    *class |= u8::try_from(choice.below(4)).unwrap_or(0);
                }
                steps.insert(at, Step::Command(command));
            }
            4 => steps.insert(at, Step::Reset),
            5 => {
                let operation = u8::try_from(choice.below(16)).unwrap_or(0);
                let outcome = u8::try_from(choice.below(256)).unwrap_or(0);
                steps.insert(at, Step::Cut(operation, outcome));
            }
            6 if at < steps.len() => {
                steps.remove(at);
            }
            7 if at < steps.len() => {
                let step = steps[at].clone();
                let to = choice.below(steps.len() + 1);
                steps.insert(to, step);
            }
            _ => {
                if let Some(Step::Command(command)) = steps.get_mut(at) {
                    let length = command.len();
                    command.resize(length + 64, 0);
                    let changed = fuzzer_mutate(command, length, length + 64);
                    command.truncate(changed);
                }
            }
        }
    }
    steps.truncate(STEPS_MAX);
    let mut bytes = script::write(&steps);
    while bytes.len() > max_size && steps.pop().is_some() {
        bytes = script::write(&steps);
    }
    data[..bytes.len()].copy_from_slice(&bytes);
    bytes.len()
});
