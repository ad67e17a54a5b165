//! Damaged flash: the card says so, or answers exactly what it kept. Never an older value.

#![no_main]

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use symbolon_fuzz::seals::{PAGE_HEADER, entered, seals};
use symbolon_fuzz::stage::stage;
use symbolon_simulator::card::SimulatedCard;
use symbolon_simulator::flash::PAGE_SIZE;
use symbolon_simulator::randomness::Randomness;

const PROBES: [&[u8]; 6] = [
    &[0x00, 0xCA, 0x01, 0x05, 0x00, 0x00, 0x00],
    &[0x00, 0xA4, 0x04, 0x0C, 0x05, 0xF1, 0x01, 0x02, 0x03, 0x04],
    &[0x00, 0x20, 0x00, 0x81],
    &[0x00, 0xB0, 0x81, 0x00, 0x00],
    &[0x00, 0xD6, 0x81, 0x00, 0x01, 0xAA],
    &[0x00, 0x20, 0x00, 0x01, 0x04, 0x32, 0x34, 0x36, 0x38],
];

/// Damages as the input says, four or more bytes each: kind, place (3), and what the kind needs.
fn damage(image: &mut [u8], mut input: &[u8]) {
    let length = image.len();
    for _ in 0..8 {
        let [kind, high, middle, low, rest @ ..] = input else {
            return;
        };
        let at = usize::from(*high) << 16 | usize::from(*middle) << 8 | usize::from(*low);
        let at = at % length;
        let page = at / PAGE_SIZE * PAGE_SIZE;
        input = rest;
        let mut next = || {
            let (first, rest) = input.split_first().unwrap_or((&0, &[]));
            input = rest;
            *first
        };
        match kind % 8 {
            0 => image[at] ^= 1 << (next() & 7),
            1 => image[at] = next(),
            2 => {
                let end = (at + 1 + usize::from(next())).min(length);
                image[at..end].fill(0xFF);
            }
            3 => {
                let end = (at + 1 + usize::from(next())).min(length);
                image[at..end].fill(0);
            }
            4 => image[page..page + PAGE_SIZE].fill(0xFF),
            5 => image[page..page + PAGE_SIZE].fill(0),
            6 => {
                let to = usize::from(next()) * PAGE_SIZE % length;
                image.copy_within(page..page + PAGE_SIZE, to);
            }
            _ => {
                let count = (1 + usize::from(next())).min(length - at);
                let to = (usize::from(next()) << 8 | usize::from(next())) % (length - count + 1);
                image.copy_within(at..at + count, to);
            }
        }
    }
}

/// Whether a seal was erased and the record that bears it was not: with the end of the log erased as well, no store
/// that keeps one seal can tell this from a transaction that was never written. docs/storage-format.md says so.
fn erased_a_seal_alone(image: &[u8]) -> bool {
    static SEALS: OnceLock<Vec<usize>> = OnceLock::new();
    let sound = &stage().snapshot;
    let seals = SEALS.get_or_init(|| seals(sound, PAGE_SIZE));
    assert!(seals.len() > 10, "the stage's log was read");
    seals.iter().any(|at| {
        let erased = image[*at..*at + 4] == [0xFF; 4];
        erased && image[at + 4..at + 24] == sound[at + 4..at + 24]
    })
}

/// Whether nothing of the log is left: a flash whose formatting was cut off looks like that, with anything in its headers.
fn erased_everything(image: &[u8]) -> bool {
    let pages = entered(&stage().snapshot, PAGE_SIZE);
    let mut bytes = pages
        .iter()
        .flat_map(|page| &image[*page + PAGE_HEADER..*page + PAGE_SIZE]);
    bytes.all(|byte| *byte == 0xFF)
}

/// What the sound card answers to each of [`PROBES`].
fn right() -> &'static [Vec<u8>] {
    static RIGHT: OnceLock<Vec<Vec<u8>>> = OnceLock::new();
    RIGHT.get_or_init(|| {
        let mut good = SimulatedCard::from_snapshot(stage().snapshot.clone(), Randomness::seeded(5));
        PROBES.iter().map(|probe| good.process(probe).to_vec()).collect()
    })
}

/// Memory failure, or a card that no longer does anything.
fn failed(reply: &[u8]) -> bool {
    matches!(reply, [0x64 | 0x65 | 0x6F, _])
}

fuzz_target!(|input: &[u8]| {
    let mut image = stage().snapshot.clone();
    damage(&mut image, input);
    let limit = erased_a_seal_alone(&image) || erased_everything(&image);
    let mut chip = SimulatedCard::from_snapshot(image, Randomness::seeded(5));
    // What was found at the first look needs no second one.
    if !failed(chip.process(PROBES[0]))
        && let Ok(found) = chip.dump()
        && found != stage().dump
    {
        assert!(limit, "another state than the one kept");
        return;
    }
    for (probe, right) in PROBES.iter().zip(right()) {
        let found = chip.process(probe);
        if failed(found) {
            return;
        }
        assert_eq!(found, right, "{probe:02X?}");
    }
});
