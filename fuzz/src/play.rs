//! Plays a script: commands, resets and power cuts, one after the other, on a registered card with applications and open requests.
//!
//! Whatever comes: an answer with a status word that the card may give, nothing changed by what is refused, no receipt
//! lost, and a card that is sound at the end.

use apdu_spec::data::CardStatus;
use apdu_spec::status::Status;
use symbolon_simulator::card::SimulatedCard;
use symbolon_simulator::flash::{CutFlash, MemoryFlash, Outcome};
use symbolon_simulator::randomness::Randomness;

use crate::script::{self, Step};
use crate::stage::stage;

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

/// Plays a script on the prepared card.
///
/// # Panics
/// When the card does what it must not.
pub fn play(input: &[u8]) {
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
}
