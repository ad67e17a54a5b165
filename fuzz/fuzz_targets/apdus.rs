//! Commands, resets and power cuts, one after the other, on a registered card with applications and open requests.
//!
//! Whatever comes: an answer with a status word that the card may give, nothing changed by what is refused, no receipt
//! lost, and a card that is sound at the end.

#![no_main]

use apdu_spec::data::CardStatus;
use apdu_spec::status::Status;
use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};
use symbolon_fuzz::commands;
use symbolon_fuzz::script::{self, STEPS_MAX, Step};
use symbolon_fuzz::stage::stage;
use symbolon_simulator::card::SimulatedCard;
use symbolon_simulator::flash::{CutFlash, MemoryFlash, Outcome};
use symbolon_simulator::randomness::Randomness;

type Chip = SimulatedCard<CutFlash>;

/// Instructions that may spend a try and be refused.
const SPENDING: [u8; 7] = [0x20, 0x21, 0x24, 0x2C, 0x2A, 0x82, 0x88];

fn start(flash: MemoryFlash, cut: Option<(u64, Outcome)>) -> Chip {
    let mut flash = CutFlash::new(flash);
    if let Some((operation, outcome)) = cut {
        flash = flash.cut_at(operation, outcome);
    }
    SimulatedCard::start(flash, Randomness::seeded(5))
}

fn dump(image: &[u8]) -> String {
    let mut chip = SimulatedCard::from_snapshot(image.to_vec(), Randomness::seeded(5));
    chip.dump().expect("a sound card")
}

fn status(chip: &mut Chip) -> CardStatus {
    let reply = chip.process(&[0x00, 0xCA, 0x01, 0x01, 0x00]).to_vec();
    let (data, word) = reply.split_last_chunk::<2>().expect("a status word");
    assert_eq!(word, &[0x90, 0x00], "the card does not tell its status");
    CardStatus::read(data).expect("status that reads")
}

fuzz_target!(|input: &[u8]| {
    let mut chip = start(MemoryFlash::from_image(stage().snapshot.clone()), None);
    let receipts = status(&mut chip).receipts_written;
    let mut image = stage().snapshot.clone();
    for step in script::read(input) {
        match step {
            Step::Reset => {
                chip.power_off();
                chip.power_on();
            }
            Step::Cut(operation, outcome) => {
                let flash = chip.into_flash().expect("a card that did not panic").into_inner();
                let outcome = match outcome % 4 {
                    0 => Outcome::Undone,
                    1 => Outcome::Done,
                    _ => Outcome::Partly(u64::from(outcome)),
                };
                chip = start(flash, Some((u64::from(operation % 16), outcome)));
            }
            Step::Command(command) => {
                let reply = chip.process(&command).to_vec();
                if chip.with_flash(|flash| flash.is_lost()) == Some(true) {
                    let flash = chip.into_flash().expect("a card that did not panic").into_inner();
                    chip = start(flash, None);
                    image = chip.snapshot().expect("a card that did not panic");
                    continue;
                }
                let (data, word) = reply.split_last_chunk::<2>().expect("a status word");
                let word = u16::from_be_bytes(*word);
                assert!(
                    Status(word).row().is_some(),
                    "{word:04X} is no status word of the card"
                );
                let warned = Status(word).is_success() || matches!(word >> 8, 0x61 | 0x62);
                assert!(warned || data.is_empty(), "{word:04X} with data");
                let spends = command.get(1).is_some_and(|ins| SPENDING.contains(ins));
                if !warned
                    && !spends
                    && chip.with_flash(|flash| flash.inner().image() == image) == Some(false)
                {
                    let now = chip.dump().expect("a sound card");
                    let before = dump(&image);
                    assert_eq!(now, before, "{word:04X}, but the card changed: {command:02X?}");
                }
            }
        }
        let same = chip.with_flash(|flash| flash.inner().image() == image) == Some(true);
        if !same {
            image = chip.snapshot().expect("a card that did not panic");
        }
    }
    let flash = chip.into_flash().expect("a card that did not panic").into_inner();
    let mut chip = start(flash, None);
    let now = status(&mut chip);
    assert!(!now.damaged);
    assert!(now.receipts_written >= receipts, "a receipt is lost");
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
