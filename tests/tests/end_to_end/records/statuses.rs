//! Every status word that a command for records can answer, and that nothing changes when it is refused.

use super::stage::{Chip, NOTEBOOK};

const ALICE: &[u8] = b"Alice, Market Square 1";

/// Losing this loses a record that a package brought.
#[test]
fn a_package_brings_records() {
    let mut chip = Chip::with_notebook();
    let addresses = chip.records(1);
    assert_eq!(addresses.len(), 3);
    assert!(addresses.iter().all(|record| record.len() == 32));
    assert!(addresses[0].starts_with(ALICE) && addresses[0][ALICE.len()..].iter().all(|byte| *byte == 0));
    assert_eq!(
        chip.records(2),
        [&b"Milk"[..], b"Call Carol about the mill, she has the keys"]
    );
    assert_eq!(chip.records(3), [*b"made\0\0\0\0\0\0\0\0\0\0\0\0"]);
    // What SELECT tells: size, descriptor with length and number, short id.
    let fcp = chip.done("00A40204 02 0101 00");
    assert_eq!(
        fcp[..18],
        super::stage::bytes("62 32 8002 0280 8205 0241 0020 14 8302 0101 88")
    );
    let fcp = chip.done("00A40204 02 0103 00");
    assert_eq!(fcp[2..13], super::stage::bytes("8002 0050 8205 0641 0010 05"));
}

/// Losing this answers a client what it does not expect, or writes where it was refused.
#[test]
fn what_is_refused_changes_nothing() {
    let mut chip = Chip::with_notebook();
    let text = |length: usize| format!("{length:02X}{}", "41".repeat(length));
    // No EF is selected yet; an EF of bytes; a short id that nobody has.
    chip.refused("00B20104 00", 0x6986);
    chip.refused("00B2013C 00", 0x6A82);
    for (name, rows) in [
        (
            "linear fixed",
            vec![
                ("00B2040C 00".to_owned(), 0x6A83),
                ("00B2FE0C 00".to_owned(), 0x6A83),
                ("00B2000C 00".to_owned(), 0x6A83),
                ("00B2040D 00".to_owned(), 0x6A83),
                ("00B2040E 00".to_owned(), 0x6A83),
                (format!("00DC010C {}", text(31)), 0x6700),
                (format!("00DC010C {}", text(33)), 0x6700),
                (format!("00DC040C {}", text(32)), 0x6A83),
                (format!("00D2010C {}", text(31)), 0x6700),
                (format!("00E20008 {}", text(31)), 0x6700),
                ("00DD010C 06 540120 530141".to_owned(), 0x6B00),
                ("00DD010C 07 54011F 53024141".to_owned(), 0x6A84),
                ("00B3010C 03 540120 00".to_owned(), 0x6B00),
                ("00B3010C 03 540100 02".to_owned(), 0x6700),
                ("000C040C".to_owned(), 0x6A83),
                ("000C000C".to_owned(), 0x6A83),
                (format!("00A2010C {} 00", text(33)), 0x6700),
                (format!("00A2040C {} 00", text(1)), 0x6A83),
            ],
        ),
        (
            "linear variable",
            vec![
                (format!("00DC0114 {}", text(121)), 0x6700),
                (format!("00E20010 {}", text(121)), 0x6700),
                (format!("00D20114 {}", text(121)), 0x6700),
                ("00DD0114 06 540104 530141".to_owned(), 0x6B00),
            ],
        ),
        (
            "cyclic",
            vec![
                ("00DC011C 10 41414141414141414141414141414141".to_owned(), 0x6982),
                ("000C011C".to_owned(), 0x6982),
                ("00E20018 0F 414141414141414141414141414141".to_owned(), 0x6700),
                ("00D2021C 10 41414141414141414141414141414141".to_owned(), 0x6A83),
            ],
        ),
    ] {
        for (command, status) in rows {
            println!("{name}: {command}");
            chip.refused(&command, status);
        }
    }
    // None of it selected a file.
    chip.refused("00B20104 00", 0x6986);
}

/// Losing this reads records as bytes, or bytes as records.
#[test]
fn bytes_are_not_records() {
    let mut chip = Chip::with_notebook();
    for short_id in [0x81, 0x82, 0x83] {
        chip.refused(&format!("00B0 {short_id:02X} 00 00"), 0x6981);
        chip.refused(&format!("00D6 {short_id:02X} 00 01 41"), 0x6981);
    }
    chip.done("00A4000C 02 3F00");
    chip.done("00A4020C 02 2F00");
    for command in [
        "00B20104 00",
        "00DC0104 01 41",
        "00E20000 01 41",
        "000C0104",
        "00A20104 01 41 00",
    ] {
        chip.refused(command, 0x6981);
    }
}

/// Losing this lets somebody without the PIN read or change what the holder wrote.
#[test]
fn rules_are_asked_for_each_command() {
    let mut chip = Chip::with_notebook();
    chip.0.power_off();
    chip.0.power_on();
    chip.done(NOTEBOOK);
    let record = "41".repeat(32);
    // Everybody reads addresses, and nobody else does anything with them.
    assert_eq!(chip.done("00B2010C 00").len(), 32);
    assert_eq!(chip.done("00A2010C 05 416C696365 00"), [1]);
    for command in [
        format!("00DC010C 20 {record}"),
        format!("00D2010C 20 {record}"),
        format!("00E20008 20 {record}"),
        "00DD010C 06 540100 530141".into(),
        "000C010C".into(),
        "000C010D".into(),
        // Notes are for the holder alone.
        "00B20114 00".into(),
        "00B30114 03 540100 00".into(),
        "00A20114 01 41 00".into(),
        "00E20010 01 41".into(),
    ] {
        chip.refused(&command, 0x6982);
    }
    // The history takes a new line from everybody.
    chip.done(&format!("00E20018 10 {}", "42".repeat(16)));
    chip.verify();
    chip.done(&format!("00E20008 20 {record}"));
    chip.done("000C010C");
}

/// Losing this makes a client that asks for too much or too little lose its place.
#[test]
fn le_tells_how_much_of_a_record() {
    let mut chip = Chip::with_notebook();
    for (command, length, expected) in [
        ("00B2010C 00", 32, 0x9000),
        ("00B2010C 20", 32, 0x9000),
        ("00B2010C 05", 5, 0x9000),
        ("00B2010C 21", 32, 0x6282),
        ("00B2010D 00", 96, 0x9000),
        ("00B2020D 00", 64, 0x9000),
        ("00B2020D 41", 64, 0x6282),
        ("00B2020D 28", 40, 0x9000),
        ("00B20114 00", 4, 0x9000),
        ("00B30114 03 540101 00", 5, 0x9000),
        ("00B30114 03 540101 05", 5, 0x9000),
        ("00B30114 03 540101 06", 5, 0x6282),
        ("00B30114 03 540101 03", 3, 0x9000),
    ] {
        let (data, status) = chip.send(command);
        assert_eq!(
            (data.len(), format!("{status:04X}")),
            (length, format!("{expected:04X}")),
            "{command}"
        );
    }
    assert_eq!(chip.done("00B30114 03 540101 00"), [0x53, 3, b'i', b'l', b'k']);
    // More than 256 bytes wait for GET RESPONSE.
    for _ in 0..6 {
        chip.done(&format!("00E20008 20 {}", "43".repeat(32)));
    }
    let (first, status) = chip.send("00B2010D 00");
    assert_eq!((first.len(), status), (256, 0x6120));
    assert_eq!(chip.done("00C00000 20"), [0x43; 32]);
}
