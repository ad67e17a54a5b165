//! SELECT in every form, and what it answers, decoded by apdu-spec.

use apdu_spec::aid::Aid;
use apdu_spec::file::{FileControl, FileInformation, FileKind, LifeCycle};

use super::stage::{AIDS, stage};
use super::table::{Chip, bytes, in_order};

/// Losing this lets a refused SELECT move the reader to another file.
#[test]
fn a_refused_select_moves_nothing() {
    let mut chip = Chip::of(&stage().registered);
    in_order(
        &mut chip,
        &[
            ("into a DF", "00A4010C 02 7000", 0x9000),
            ("its EF", "00A4020C 02 7001", 0x9000),
            ("a file nobody has", "00A4020C 02 4711", 0x6A82),
            ("an application nobody has", "00A4040C 05 A000000003", 0x6A82),
            ("a path that ends nowhere", "00A4080C 04 70004711", 0x6A82),
            ("the EF is still selected", "00B00000 0A", 0x9000),
            ("the DF is still current", "00A4010C 02 7100", 0x9000),
            ("and so is no EF", "00B00000 0A", 0x6986),
            ("its EF by short id", "00B08500 0A", 0x9000),
            ("which is now selected", "00B00000 0A", 0x9000),
            ("the current DF by its own id", "00A4000C 02 7100", 0x9000),
            ("the parent by its id", "00A4000C 02 7000", 0x9000),
            ("a child again, from below the MF", "00A4090C 04 71007101", 0x9000),
            (
                "a path is relative to the DF of that EF",
                "00A4090C 02 7101",
                0x9000,
            ),
            ("the parent", "00A4030C", 0x9000),
            ("the parent's parent", "00A4030C", 0x9000),
            ("the MF has none", "00A4030C", 0x6A82),
            (
                "an application's EF is no child of the MF",
                "00A4020C 02 0001",
                0x6A82,
            ),
        ],
    );
}

/// Losing this hides all applications of a provider but the first.
#[test]
fn shortened_names_find_one_application_after_the_other() {
    let mut chip = Chip::of(&stage().registered);
    let found = |chip: &mut Chip, command: &str| {
        let reply = chip.done(command);
        FileControl::read(&reply).unwrap().aid.unwrap()
    };
    let [one, other] = AIDS.map(|aid| Aid::new(&bytes(aid)).unwrap());
    assert_eq!(found(&mut chip, "00A40404 05 F053594D01 00"), one);
    assert_eq!(found(&mut chip, "00A40406 05 F053594D01 00"), other);
    in_order(
        &mut chip,
        &[("there is no third", "00A4040E 05 F053594D01", 0x6A82)],
    );
    assert_eq!(
        found(&mut chip, "00A40404 05 F053594D01 00"),
        one,
        "from the first again"
    );
    assert_eq!(found(&mut chip, "00A40406 05 F053594D01 00"), other);
}

/// Losing this makes a host read past a file's end, or a card's name of another.
#[test]
fn what_select_answers() {
    let [one, _] = AIDS.map(|aid| Aid::new(&bytes(aid)).unwrap());
    let mut chip = Chip::of(&stage().registered);

    let reply = chip.done("00A40000 02 3F00 00");
    let information = FileInformation::read(&reply).unwrap();
    let control = information.control.unwrap();
    assert_eq!(
        (control.kind, control.id, control.aid),
        (FileKind::Dedicated, 0x3F00, Some(Aid::PLATFORM))
    );
    assert_eq!(
        (control.life_cycle, information.label),
        (Some(LifeCycle::Operational), None)
    );

    let reply = chip.done("00A40400 07 F053594D010101 00");
    let information = FileInformation::read(&reply).unwrap();
    let control = information.control.unwrap();
    assert_eq!(
        (control.kind, control.aid, control.version),
        (FileKind::Dedicated, Some(one), Some(1))
    );
    assert_eq!((control.size, information.label), (None, Some("Notes")));
    assert_eq!(
        chip.done("00A40404 07 F053594D010101 00"),
        reply_part(&reply, 0x62)
    );
    assert_eq!(
        chip.done("00A40408 07 F053594D010101 00"),
        bytes("64 07 50 05 4E6F746573")
    );
    assert_eq!(chip.done("00A4040C 07 F053594D010101"), b"");
    assert_eq!(
        chip.done("00A40400 07 F053594D010101"),
        b"",
        "without Le there is no reply"
    );

    let reply = chip.done("00A40204 02 0003 00");
    let control = FileControl::read(&reply).unwrap();
    assert_eq!(
        (control.kind, control.size, control.id),
        (FileKind::Transparent, Some(600), 0x0003)
    );
    assert_eq!(
        (control.short_id, control.life_cycle),
        (Some(3), Some(LifeCycle::Operational))
    );
    assert_eq!(control.rules.to_string(), "read: always");
    let reply = chip.done("00A40200 02 0002 00");
    let information = FileInformation::read(&reply).unwrap();
    assert_eq!(information.label, None);
    assert!(
        information.control.unwrap().rules.to_string().contains("pin"),
        "{}",
        information.control.unwrap().rules
    );
    assert_eq!(chip.done("00A40208 02 0002 00"), bytes("64 00"));

    let mut blank = Chip::of(&stage().blank);
    let reply = blank.done("00A40004 02 3F00 00");
    assert_eq!(
        FileControl::read(&reply).unwrap().life_cycle,
        Some(LifeCycle::Initialisation)
    );
}

/// The object with this tag in an FCI.
fn reply_part(information: &[u8], tag: u8) -> Vec<u8> {
    assert_eq!(information[2], tag);
    information[2..4 + usize::from(information[3])].to_vec()
}
