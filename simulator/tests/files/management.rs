//! CREATE, DELETE, ACTIVATE, DEACTIVATE and TERMINATE inside an application; nothing of it anywhere else.

use apdu_spec::object::Operation;
use apdu_spec::package::OnReplace;
use symbolon_simulator::flash::{CutFlash, MemoryFlash, Outcome};
use symbolon_simulator::{Randomness, SimulatedCard};

use super::stage::{Chip, PIN, QUOTA, SELECT, TAKEN, bytes, carry, stage};

/// CREATE FILE of an EF with 16 bytes that everybody may do everything to.
const NEW: &str = "00E00000 14 62 12 80020010 820101 83020055 AB05 80017F 9000";

/// Losing this lets a user do more in an application, or less, than its package says.
#[test]
fn rules_of_the_package_decide() {
    let mut chip = Chip::new();
    chip.play(&[
        (SELECT, 0x9000),
        // The service DF is the package's own: no rule opens it.
        (NEW, 0x6982),
        ("00E40000 02 0001", 0x6982),
        ("00040000 02 0002", 0x6982),
        ("00E80000 02 0002", 0x6982),
        ("00E60000 02 7003", 0x6982),
        ("00E40000 02 7003", 0x6982),
        ("00E60000", 0x6985),
        ("00E40000", 0x6985),
        ("00A4010C 02 7001", 0x9000),
        (NEW, 0x9000),
        // It is current, and like any other file.
        ("00D60000 02 1122", 0x9000),
        (NEW, 0x6A89),
        ("00E40000 02 0011", 0x6982),
        ("00E40000", 0x9000),
        ("00B00000 01", 0x6986),
        ("00A4020C 02 0055", 0x6A82),
        ("00E40000 02 0055", 0x6A82),
        // A DF, and all that is put into it.
        ("00E00000 10 62 0E 820138 83027100 AB05 80017F 9000", 0x9000),
        (NEW, 0x9000),
        ("00A4030C", 0x9000),
        ("00E40000 02 7100", 0x9000),
        ("00A4010C 02 7100", 0x6A82),
        // Another DF, where it takes the PIN.
        ("00A4030C", 0x9000),
        ("00A4010C 02 7002", 0x9000),
        (NEW, 0x6982),
        (PIN, 0x9000),
        (NEW, 0x9000),
        ("00E00000 09 62 07 820138 83027100", 0x6982),
        ("00E40000", 0x9000),
        ("00A4030C", 0x9000),
        ("00A4010C 02 7001", 0x9000),
        ("00E40000 02 0011", 0x9000),
        // And one where nobody may.
        ("00A4030C", 0x9000),
        ("00A4010C 02 7003", 0x9000),
        (NEW, 0x6982),
    ]);
    chip.play(&[
        ("00A4000C", 0x9000),
        (NEW, 0x6985),
        ("00E40000", 0x6985),
        ("00E40000 02 2F00", 0x6985),
        ("00040000", 0x6985),
        ("00E60000", 0x6985),
        ("00FE0000", 0x6985),
    ]);
}

/// Losing this lets a path reach what a file id does not.
#[test]
fn a_path_opens_no_more_than_a_file_id() {
    let mut chip = Chip::new();
    chip.play(&[
        (SELECT, 0x9000),
        // From outside nothing, and the service DF is nobody's here.
        ("00040300", 0x6985),
        ("00E40300", 0x6985),
        ("00E80200 02 0002", 0x6982),
        ("00E40900 04 7003", 0x6700),
        ("00E40900 02 7003", 0x6982),
        ("00E40900 04 7001 0011", 0x6982),
        ("00040900 04 7001 0011", 0x6982),
        ("00040200 02 0001", 0x9000),
        ("00B10001 03 540100 00", 0x6985),
        ("00440900 02 0001", 0x9000),
        ("00A4010C 02 7001", 0x9000),
        (NEW, 0x9000),
        ("00A4030C", 0x9000),
        // What lies in a DF that is switched off is out of reach by every way.
        ("00040100 02 7001", 0x9000),
        ("00E40900 04 7001 0055", 0x6985),
        ("00440900 04 7001 0055", 0x6985),
        ("00440100 02 7001", 0x9000),
        ("00A4010C 02 7001", 0x9000),
        ("00E60300", 0x6985),
        ("00E00000 10 62 0E 820138 83027100 AB05 80017F 9000", 0x9000),
        // Around oneself: who was inside finds himself in the MF.
        ("00040300", 0x9000),
        ("00CA010C 00", 0x9000),
        (SELECT, 0x9000),
        ("00440100 02 7001", 0x9000),
        ("00E40900 04 7001 0055", 0x9000),
        ("00A4090C 04 7001 0055", 0x6A82),
    ]);
    chip.play(&[("00A4000C", 0x9000)]);
    let services = chip.done("00CA010C 00");
    let folder = services.rchunks(4).next().unwrap()[2..].to_vec();
    let path = |command: &str, more: &str| {
        let ids = format!("{:02X}{:02X}{more}", folder[0], folder[1]);
        format!("00{command}0800 {:02X} {ids}", ids.len() / 2)
    };
    chip.play(&[(&path("E4", ""), 0x6985), (&path("04", ""), 0x6985)]);
}

/// Losing this makes a file usable that was switched off or ended, or a living one useless.
#[test]
fn states_are_entered_and_left_as_the_standard_says() {
    let mut chip = Chip::new();
    chip.play(&[
        ("00E80000 02", 0x6700),
        ("00E80001", 0x6A86),
        ("00E80000 01 00", 0x6700),
        ("00E80000 02 0001 00", 0x6700),
        ("00FE0001", 0x6A86),
        ("00FE0000 01", 0x6700),
        (SELECT, 0x9000),
        ("00A4020C 02 0001", 0x9000),
        ("00D60000 02 ABCD", 0x9000),
        ("00E60000 02 0001", 0x6981),
        ("00E80000 02 7001", 0x6981),
        ("00040000", 0x9000),
        ("00B00000 02", 0x6985),
        ("00D60000 02 0000", 0x6985),
        ("00B08100 02", 0x6985),
        ("00A4020C 02 0001", 0x6283),
        ("00040000", 0x9000),
        ("00440000", 0x9000),
    ]);
    assert_eq!(chip.done("00B00000 02"), [0xAB, 0xCD]);
    chip.play(&[
        ("00E80000", 0x9000),
        ("00B00000 02", 0x6985),
        ("00440000", 0x6985),
        ("00040000 02 0001", 0x6985),
        ("00E80000 02 0001", 0x6985),
        ("00A4020C 02 0001", 0x6285),
    ]);
    chip.reset();
    // In a DF that is switched off nothing answers, whoever was there is shown out.
    chip.play(&[
        (SELECT, 0x9000),
        ("00A4010C 02 7001", 0x9000),
        ("00040000", 0x9000),
        ("00A4020C 02 0011", 0x6A82),
        (SELECT, 0x9000),
        ("00A4010C 02 7001", 0x6283),
        ("00A4020C 02 0011", 0x6283),
        ("00B00000 01", 0x6985),
        (NEW, 0x6985),
        ("00E40000 02 0011", 0x6985),
        (SELECT, 0x9000),
        ("00440000 02 7001", 0x9000),
        ("00A4080C 02 7001", 0x6A82),
        ("00A4090C 04 7001 0011", 0x9000),
        ("00B00000 01", 0x9000),
        (SELECT, 0x9000),
        ("00E60000 02 7001", 0x9000),
        ("00440000 02 7001", 0x6985),
        ("00A4090C 04 7001 0011", 0x6285),
        ("00B00000 01", 0x6985),
    ]);
}

/// Losing this lets one application take what others were promised.
#[test]
fn an_application_stays_within_its_quota() {
    let mut chip = Chip::new();
    chip.play(&[(SELECT, 0x9000), ("00A4010C 02 7001", 0x9000)]);
    let create =
        |id: u16, size: u32| format!("00E00000 14 62 12 8002{size:04X} 820101 8302{id:04X} AB05 80017F 9000");
    let left = QUOTA - TAKEN;
    chip.play(&[
        (&create(0x100, left + 1), 0x6A84),
        (&create(0x100, left), 0x9000),
        (&create(0x101, 1), 0x6A84),
        ("00E40000", 0x9000),
    ]);
    // Seven files and the rest of the sixty-four.
    for id in 0..57 {
        chip.play(&[(&create(0x100 + id, 1), 0x9000)]);
    }
    chip.play(&[
        (&create(0x200, 1), 0x6A84),
        ("00E40000", 0x9000),
        (&create(0x200, 1), 0x9000),
    ]);
    // Levels: 7001 is at 4.
    let df = "00E00000 10 62 0E 820138 83027100 AB05 80017F 9000";
    let mut chip = Chip::new();
    chip.play(&[
        (SELECT, 0x9000),
        ("00A4010C 02 7001", 0x9000),
        (df, 0x9000),
        (df, 0x9000),
        (df, 0x6A84),
        (NEW, 0x9000),
    ]);
    // And the whole can still be deleted.
    let (world, ..) = stage();
    carry(world, &mut chip.0, Operation::Delete, 1, OnReplace::Keep);
    let empty = Chip::of(&stage().2).dump();
    let kinds = |dump: &str, kind: &str| dump.lines().filter(|line| &line[5..7] == kind).count();
    for kind in ["10", "11", "20"] {
        assert_eq!(kinds(&chip.dump(), kind), kinds(&empty, kind), "{kind}");
    }
}

/// Losing this hands back by a new version what the holder or a user ended in the old one.
#[test]
fn a_replacement_keeps_the_state_of_what_it_keeps() {
    let (world, image, _) = stage();
    let mut chip = Chip::of(image);
    chip.play(&[
        (SELECT, 0x9000),
        ("00E80000 02 0001", 0x9000),
        ("00E60000 02 7001", 0x9000),
    ]);
    carry(world, &mut chip.0, Operation::Replace, 2, OnReplace::Keep);
    chip.play(&[
        (SELECT, 0x9000),
        ("00A4020C 02 0001", 0x6285),
        ("00A4010C 02 7001", 0x6285),
    ]);
    carry(world, &mut chip.0, Operation::Replace, 3, OnReplace::Reset);
    chip.play(&[(SELECT, 0x9000), ("00A4020C 02 0001", 0x9000)]);
}

/// Losing this makes a card that failed in production look like a good one, or an issued one worthless.
#[test]
fn a_card_without_issuer_is_terminated_for_good() {
    let mut card = SimulatedCard::in_memory(Randomness::seeded(1));
    let mut send = |command: &str| {
        let reply = card.process(&bytes(command)).to_vec();
        u16::from_be_bytes(*reply.last_chunk::<2>().unwrap())
    };
    assert_eq!(send(NEW), 0x9000);
    assert_eq!(send("00E80000"), 0x9000);
    assert_eq!(send("00B00000 01"), 0x6985);
    assert_eq!(send("00E40000"), 0x9000);
    assert_eq!(send("00FE0000"), 0x9000);
    card.power_off();
    card.power_on();
    let mut send = |command: &str| {
        let reply = card.process(&bytes(command)).to_vec();
        u16::from_be_bytes(*reply.last_chunk::<2>().unwrap())
    };
    for command in ["00A4000C", NEW, "00840000 08", "00CA0102 00", "00FE0000"] {
        assert_eq!(send(command), 0x6985, "{command}");
    }
    assert_eq!(send("00CA0101 00"), 0x9000);
}

/// Losing this leaves a file half there after a power cut.
#[test]
fn a_cut_leaves_the_old_state_or_the_new_one() {
    let mut chip = Chip::new();
    let enter: [&str; 2] = [SELECT, "00A4010C 02 7001"];
    chip.play(&[(enter[0], 0x9000), (enter[1], 0x9000), (NEW, 0x9000)]);
    let image = chip.card().snapshot().unwrap();
    for command in [
        "00E00000 0D 62 0B 80020010 820101 83020056",
        "00E00000 09 62 07 820138 83027100",
        "00040000 02 0055",
        "00E40000 02 0055",
        "00E60000",
        "00040000",
    ] {
        let run = |flash: CutFlash, send: bool| {
            let mut card = SimulatedCard::start(flash, Randomness::seeded(3));
            for command in enter {
                card.process(&bytes(command));
            }
            if send {
                card.process(&bytes(command));
            }
            card.into_flash().unwrap()
        };
        let kept = |flash: MemoryFlash| {
            let card = SimulatedCard::start(flash, Randomness::seeded(3));
            symbolon_simulator::dump::dump(card.into_flash().unwrap()).unwrap()
        };
        let powered = || CutFlash::new(MemoryFlash::from_image(image.clone()));
        let flash = |cut: &CutFlash| MemoryFlash::from_image(cut.inner().image().to_vec());
        let (idle, done) = (run(powered(), false), run(powered(), true));
        let (before, after) = (kept(flash(&idle)), kept(flash(&done)));
        assert_ne!(before, after, "{command}");
        let (from, to) = (idle.operations().total(), done.operations().total());
        for operation in from..to {
            for outcome in [Outcome::Undone, Outcome::Done] {
                let cut = run(powered().cut_at(operation, outcome), true);
                let found = kept(flash(&cut));
                assert!(found == before || found == after, "{command}: cut {operation}");
            }
        }
    }
}
