//! Random commands on three EFs of records against lists of records, with resets and power cuts.
//!
//! The card is a blank one, where no rule is enforced, on a flash so small that its log goes around many times.

#[path = "model/lists.rs"]
mod lists;

use simulator::card::SimulatedCard;
use simulator::flash::{CutFlash, MemoryFlash, Outcome};
use simulator::platform::CardFlash;
use simulator::randomness::Randomness;

use super::stage::bytes;
use lists::{Command, FILES, Model, Numbers};

type Flash = MemoryFlash<1_024, 4>;

const PAGES: usize = 20;
const COMMANDS: usize = 20_000;

fn send<F: CardFlash>(card: &mut SimulatedCard<F>, command: &[u8]) -> (Vec<u8>, u16) {
    let reply = card.process(command);
    let (data, status) = reply.split_last_chunk::<2>().expect("a status word");
    (data.to_vec(), u16::from_be_bytes(*status))
}

fn start<F: CardFlash>(flash: F) -> SimulatedCard<F> {
    SimulatedCard::start(flash, Randomness::seeded(3))
}

/// All records of a card, read by number.
fn read_all(card: &mut SimulatedCard<Flash>) -> [Vec<Vec<u8>>; 3] {
    [1_u8, 2, 3].map(|file| {
        (1..=254_u8)
            .map(|number| send(card, &[0, 0xB2, number, file << 3 | 4, 0]))
            .take_while(|(_, status)| *status == 0x9000)
            .map(|(record, _)| record)
            .collect()
    })
}

/// Sends a command to a card whose power fails in the given operation; gives the flash that is left and whether it failed.
fn cut(image: &[u8], selected: Option<usize>, command: &[u8], at: u64, outcome: Outcome) -> (Vec<u8>, bool) {
    let flash = CutFlash::new(Flash::from_image(image.to_vec())).cut_at(at, outcome);
    let mut card = start(flash);
    if let Some(file) = selected {
        send(
            &mut card,
            &[0, 0xA4, 2, 0x0C, 2, 1, u8::try_from(file + 1).unwrap()],
        );
    }
    let (_, status) = send(&mut card, command);
    let flash = card.into_flash().unwrap();
    assert_eq!(flash.is_lost(), status == 0x6581, "{command:02X?}");
    (flash.inner().image().to_vec(), flash.is_lost())
}

/// Losing this loses or confuses records after some sequence of commands that nobody thought of, or after a power cut.
#[test]
fn files_of_records_are_lists_of_records() {
    let mut numbers = Numbers(1);
    let mut card = start(Flash::new(PAGES));
    for (fcp, ..) in FILES {
        let fcp = bytes(fcp);
        let create = [&[0, 0xE0, 0, 0, u8::try_from(fcp.len()).unwrap()][..], &fcp].concat();
        assert_eq!(send(&mut card, &create), (vec![], 0x9000));
        send(&mut card, &bytes("00A40000"));
    }
    let mut model = Model {
        files: Default::default(),
        current: None,
        pointer: None,
    };
    let (mut done, mut cuts, mut answers) = (0, 0, std::collections::BTreeMap::new());
    for step in 0..COMMANDS {
        if numbers.below(200) == 0 {
            card.power_off();
            card.power_on();
            model.reset();
        }
        let command = Command::random(&mut numbers);
        let apdu = command.encode();
        let image = (numbers.below(20) == 0).then(|| card.snapshot().unwrap());
        let before = model.clone();
        let expected = model.answer(&command);
        if let Some(image) = image {
            // The pointer is gone with the power, so only what names its record by number means the same again.
            if expected.1 == 0x9000 && (command.mode > 3 && command.p1 > 0 || command.instruction == 0xE2) {
                let at = u64::try_from(numbers.below(6)).unwrap();
                let outcome = [Outcome::Undone, Outcome::Done, Outcome::Partly(at)][numbers.below(3)];
                let (image, lost) = cut(&image, before.current, &apdu, at, outcome);
                let files = read_all(&mut start(Flash::from_image(image)));
                let old_or_new = files == model.files || lost && files == before.files;
                assert!(
                    old_or_new,
                    "step {step}: {apdu:02X?}: {before:?} became {files:?}"
                );
                cuts += usize::from(lost);
            }
        }
        let answer = send(&mut card, &apdu);
        assert_eq!(answer, expected, "step {step}: {apdu:02X?} after {before:?}");
        done += usize::from(answer.1 == 0x9000);
        *answers.entry((command.instruction, answer.1)).or_insert(0) += 1;
        if step % 500 == 0 {
            assert_eq!(
                read_all(&mut card.duplicate().unwrap()),
                model.files,
                "step {step}"
            );
        }
    }
    assert_eq!(read_all(&mut card), model.files);
    // The random commands reach what they are for.
    for (instruction, status) in [
        (0xB2, 0x6A83),
        (0xB3, 0x6B00),
        (0xDC, 0x6700),
        (0xDC, 0x6A84),
        (0xD2, 0x6A84),
        (0xDD, 0x6A84),
        (0xE2, 0x6A84),
        (0xA2, 0x6282),
        (0x0C, 0x6A83),
    ] {
        assert!(
            answers.contains_key(&(instruction, status)),
            "{instruction:02X} never {status:04X}"
        );
    }
    assert!(
        done > COMMANDS / 4 && cuts > 50,
        "{done} done, {cuts} cuts: {answers:?}"
    );
    // The log went around: whatever was written was written in bounded room.
    let (_, most) = card.erase_counts().unwrap();
    assert!(most > 10, "{most} erases");
}
