//! A card that loses what it kept, keeps what it should forget, or belongs to two processes at once is no card.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use symbolon_simulator::card::SimulatedCard;
use symbolon_simulator::control::Inspect;
use symbolon_simulator::flash::{CutFlash, FileErrorKind, MemoryFlash, Outcome, PAGE_SIZE};
use symbolon_simulator::image;
use symbolon_simulator::platform::CardFlash;
use symbolon_simulator::randomness::Randomness;
use symbolon_simulator::responder::Responder;

const GET_CHALLENGE: [u8; 5] = [0x00, 0x84, 0x00, 0x00, 0x08];
const CARD_STATUS: [u8; 5] = [0x00, 0xCA, 0x01, 0x01, 0x00];
const SELECT_DIR: [u8; 7] = [0x00, 0xA4, 0x02, 0x0C, 0x02, 0x2F, 0x00];
const READ: [u8; 5] = [0x00, 0xB0, 0x00, 0x00, 0x00];
/// PUT DATA of a user PIN, 1234.
const PUT_PIN: [u8; 9] = [0x00, 0xDA, 0x01, 0x21, 0x04, 0x31, 0x32, 0x33, 0x34];

fn status<F: CardFlash>(card: &mut SimulatedCard<F>, command: &[u8]) -> u16 {
    let answer = card.process(command);
    u16::from_be_bytes(*answer.last_chunk().unwrap())
}

#[test]
fn a_card_keeps_what_was_written_and_forgets_what_was_selected() {
    let mut card = SimulatedCard::in_memory(Randomness::System);
    let told = card.transmit(&CARD_STATUS);
    assert!(told.ends_with(&[0x90, 0x00]));
    assert_eq!(status(&mut card, &SELECT_DIR), 0x9000);
    assert_ne!(status(&mut card, &READ), 0x6986);
    card.reset();
    assert_eq!(status(&mut card, &READ), 0x6986);
    card.power_off();
    assert!(!card.is_on());
    assert_eq!(card.transmit(&CARD_STATUS), []);
    card.power_on();
    assert_eq!(card.transmit(&CARD_STATUS), told);
}

#[test]
fn a_seed_makes_the_same_card_and_a_copy_goes_on_like_it() {
    let new = || SimulatedCard::in_memory(Randomness::seeded(7));
    let (mut one, mut other) = (new(), new());
    assert_eq!(one.snapshot(), other.snapshot());
    assert_eq!(one.transmit(&GET_CHALLENGE), other.transmit(&GET_CHALLENGE));
    assert_ne!(
        one.transmit(&GET_CHALLENGE),
        SimulatedCard::in_memory(Randomness::seeded(8)).transmit(&GET_CHALLENGE)
    );
    let mut copy = one.duplicate().unwrap();
    assert_eq!(copy.dump(), one.dump());
    let mut again = one.duplicate().unwrap();
    assert_eq!(copy.transmit(&GET_CHALLENGE), again.transmit(&GET_CHALLENGE));
    let mut restored = SimulatedCard::from_snapshot(one.snapshot().unwrap(), Randomness::System);
    assert_eq!(restored.dump(), one.dump());
    assert_eq!(restored.transmit(&CARD_STATUS), one.transmit(&CARD_STATUS));
}

#[test]
fn a_dump_shows_a_change_and_only_a_change_and_no_value() {
    let mut card = SimulatedCard::in_memory(Randomness::seeded(1));
    let before = card.dump().unwrap();
    assert!(before.lines().count() >= 2, "{before}");
    card.process(&GET_CHALLENGE);
    card.process(&SELECT_DIR);
    card.reset();
    assert_eq!(card.dump().unwrap(), before);
    card.power_off();
    assert_eq!(card.dump().unwrap(), before, "the same while off");
    card.power_on();
    assert_eq!(status(&mut card, &PUT_PIN), 0x9000);
    let after = card.dump().unwrap();
    assert_ne!(after, before);
    assert!(
        before.lines().filter(|line| !after.contains(line)).count() <= 2,
        "{before}\n{after}"
    );
    assert!(!after.contains("31323334"), "{after}");
}

#[test]
fn a_damaged_card_says_so_and_its_image_can_still_be_looked_at() {
    let mut whole = SimulatedCard::in_memory(Randomness::seeded(1));
    let mut image = whole.snapshot().unwrap();
    for byte in image.iter_mut().skip(64).step_by(5).take(100) {
        *byte ^= 0x10;
    }
    let mut card = SimulatedCard::from_snapshot(image.clone(), Randomness::System);
    assert_eq!(status(&mut card, &SELECT_DIR), 0x6581);
    assert_eq!(card.snapshot().unwrap(), image);
    card.dump().unwrap_err();
    Inspect::dump(&mut card).unwrap_err();
    card.reset();
    assert_eq!(status(&mut card, &SELECT_DIR), 0x6581);
}

#[test]
fn a_card_of_another_flash_format_is_refused_and_not_made_new() {
    let whole = SimulatedCard::in_memory(Randomness::seeded(1))
        .snapshot()
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let version = usize::from(applet::store::FORMAT_VERSION);
    for other in [version - 1, version + 1] {
        let mut image = whole.clone();
        for page in image.chunks_mut(PAGE_SIZE) {
            // Byte 3 of every page: docs/storage-format.md.
            if let Some(byte) = page.get_mut(3) {
                *byte = u8::try_from(other).unwrap();
            }
        }
        let mut card = SimulatedCard::from_snapshot(image.clone(), Randomness::System);
        assert_eq!(status(&mut card, &SELECT_DIR), 0x6581);
        assert_eq!(card.snapshot().unwrap(), image);
        // Whoever has it in a file is told which format that is: a card that is only old must not be thrown away as damaged.
        let path = folder.path().join(other.to_string());
        std::fs::write(&path, &image).unwrap();
        let error = image::open(&path, Randomness::System).err().unwrap();
        assert!(
            matches!(error.kind, FileErrorKind::Format(format) if usize::from(format) == other),
            "{error}"
        );
        assert_eq!(std::fs::read(&path).unwrap(), image);
    }
}

#[test]
fn a_card_whose_power_fails_while_it_starts_gives_its_flash_back() {
    let flash = || -> CutFlash { CutFlash::new(MemoryFlash::new(8)) };
    let whole = SimulatedCard::in_memory(Randomness::seeded(1))
        .into_flash()
        .unwrap();
    let counting = SimulatedCard::start(flash(), Randomness::seeded(1));
    let operations = counting.into_flash().unwrap().operations().total();
    assert!(operations > 0);
    for operation in 0..operations {
        let flash = flash().cut_at(operation, Outcome::Undone);
        let mut card = SimulatedCard::start(flash, Randomness::seeded(1));
        assert_ne!(status(&mut card, &CARD_STATUS), 0x6D00);
        let flash = card.into_flash().unwrap();
        assert!(flash.is_lost(), "{operation}");
        let mut card = SimulatedCard::start(flash.into_inner(), Randomness::seeded(2));
        assert_eq!(status(&mut card, &CARD_STATUS), 0x9000, "{operation}");
    }
    assert_eq!(CardFlash::image(&whole), whole.image());
}

#[test]
fn a_card_in_a_file_belongs_to_one_process_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("card");
    let mut card = image::create(&path, Randomness::System).unwrap();
    let kept = card.dump().unwrap();
    let error = image::open(&path, Randomness::System).err().unwrap();
    assert!(matches!(error.kind, FileErrorKind::InUse), "{error}");
    assert_eq!(status(&mut card, &PUT_PIN), 0x9000);
    let changed = card.dump().unwrap();
    assert_ne!(changed, kept);
    drop(card);
    let mut card = image::open(&path, Randomness::System).unwrap();
    assert_eq!(card.dump().unwrap(), changed);
    assert_eq!(card.snapshot().unwrap(), std::fs::read(&path).unwrap());
    drop(card);
    let error = image::create(&path, Randomness::System).err().unwrap();
    assert!(matches!(error.kind, FileErrorKind::Io(_)), "{error}");
}
