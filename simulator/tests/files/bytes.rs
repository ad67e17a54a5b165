//! READ, UPDATE, WRITE, ERASE and SEARCH BINARY with data objects and without, and SELECT of one application after the other.

use super::stage::{Chip, SELECT};

/// EF 0001, 320 bytes, every byte AA.
fn full() -> Chip {
    let mut chip = Chip::new();
    chip.play(&[(SELECT, 0x9000), ("00A4020C 02 0001", 0x9000)]);
    let bytes = "AA".repeat(320);
    chip.play(&[(&format!("00D60000 000140 {bytes}"), 0x9000)]);
    chip
}

/// Losing this hides a file from readers that name it by id, or answers other bytes than those asked for.
#[test]
fn objects_carry_offset_and_bytes() {
    let mut chip = full();
    chip.play(&[
        ("00D70000 09 5402013C 5303112233", 0x9000),
        ("00D70000 09 5402013C 7303445566", 0x9000),
        ("00D70000 0B 5404000000 01 5303 010203", 0x9000),
        ("00D70001 06 540100 530107", 0x9000),
        ("00D70000 09 5402013E 5303112233", 0x6A84),
        ("00D70000 07 54020140 530111", 0x6B00),
        ("00D70000 08 5403010000 530111", 0x6B00),
        ("00D70002 07 54020000 530111", 0x6A82),
        ("00D77001 07 54020000 530111", 0x6981),
        ("00D74711 07 54020000 530111", 0x6A82),
        ("00D70002 06 540100 530111", 0x6A82),
    ]);
    assert_eq!(
        chip.done("00B10000 03 540100 06"),
        [0x53, 0x04, 0x07, 0x01, 0x02, 0x03]
    );
    assert_eq!(
        chip.done("00B10001 04 5402013C 05"),
        [0x53, 0x03, 0x44, 0x55, 0x66]
    );
    let (rest, status) = chip.send("00B10000 04 5402013C 10");
    assert_eq!((rest.len(), status), (6, 0x6282));
    // What comes is as much as Le leaves room for.
    assert_eq!(chip.done("00B10000 03 540100 00").len(), 256);
    assert_eq!(chip.done("00B10000 000003 540100 0000").len(), 4 + 320);
    assert_eq!(chip.done("00B10000 03 540100 80").len(), 128);
    // No object has 130 bytes: from 128 on the length takes a byte more.
    assert_eq!(chip.done("00B10000 03 540100 82").len(), 129);
    assert_eq!(chip.done("00B10000 03 540100 83").len(), 131);
    chip.play(&[
        ("00B10000 03 540100 02", 0x6700),
        ("00B10000 04 54020140 00", 0x6B00),
        ("00B10002 03 540100 00", 0x6A82),
    ]);
    // A file id selects: what follows is about that file.
    chip.play(&[
        ("00A4000C", 0x9000),
        ("00B12F00 03 540100 00", 0x9000),
        (SELECT, 0x9000),
    ]);
    chip.play(&[
        ("00A4020C 02 0002", 0x9000),
        ("00D74711 06 540100 530111", 0x6A82),
    ]);
    let (small, _) = chip.send("00B00000 000140");
    assert_eq!(small.len(), 32, "what is refused selects nothing");
}

/// Losing this makes of a counter that only goes up one that goes down.
#[test]
fn writing_only_sets_bits() {
    let mut chip = Chip::new();
    chip.play(&[
        (SELECT, 0x9000),
        ("00A4020C 02 0003", 0x9000),
        ("00D00000 02 8001", 0x9000),
        ("00D00000 02 0102", 0x9000),
        ("00D10003 06 540102 5301F0", 0x6A82),
        ("00D10000 06 540102 5301F0", 0x9000),
        ("00D00040 01 01", 0x6B00),
        ("00D0003F 02 0101", 0x6A84),
        // Neither of these is what the rule allows.
        ("00D60000 01 00", 0x6982),
        ("000E0000", 0x6982),
        ("000F0000", 0x6982),
        ("00A4020C 02 0002", 0x9000),
        ("00D00000 01 01", 0x6982),
        ("00A4020C 02 0003", 0x9000),
    ]);
    assert_eq!(chip.done("00B00000 03"), [0x81, 0x03, 0xF0]);
}

/// Losing this leaves what was erased, or erases what was to stay.
#[test]
fn erased_bytes_are_zero_and_the_others_stay() {
    let content = |chip: &mut Chip| chip.done("00B00000 000000");
    for (command, from, to) in [
        ("000E0000", 0, 320),
        ("000E0010", 16, 320),
        ("000E0010 01 20", 16, 32),
        ("000E0010 02 0120", 16, 288),
        ("000E0100", 256, 320),
        ("000E8104", 4, 320),
        ("000F0000", 0, 320),
        ("000F0001 04 54020101", 257, 320),
        ("000F0000 07 5401FF 54020101", 255, 257),
        ("000F0000 06 540100 5401FF", 0, 255),
    ] {
        let mut chip = full();
        chip.play(&[(command, 0x9000)]);
        let mut expected = vec![0xAA; 320];
        expected[from..to].fill(0);
        assert_eq!(content(&mut chip), expected, "{command}");
        chip.play(&[("00D60000 01 BB", 0x9000), ("00D6013F 01 BB", 0x9000)]);
        expected[0] = 0xBB;
        expected[319] = 0xBB;
        assert_eq!(content(&mut chip), expected, "{command}, and written again");
    }
    let mut chip = full();
    chip.play(&[
        ("000E0140", 0x6B00),
        ("000E0000 02 0141", 0x6B00),
        ("000E0010 01 10", 0x6A80),
        ("000E0010 01 01", 0x6A80),
        ("000F0000 08 54020140 54020141", 0x6B00),
    ]);
    assert_eq!(content(&mut chip), [0xAA; 320]);
}

/// Losing this sends a reader to the wrong place of a file, or past what it looks for.
#[test]
fn a_search_finds_the_first_place() {
    let mut chip = full();
    // Across the border of chunks, and of what is looked at in one go.
    chip.play(&[("00D600FE 04 01020304", 0x9000), ("00D6013E 02 0500", 0x9000)]);
    assert_eq!(chip.done("00A00000 02 0102 00"), [0xFE]);
    assert_eq!(chip.done("00A00000 04 01020304 00"), [0xFE]);
    assert_eq!(chip.done("00A00010 01 04 00"), [0x01, 0x01]);
    assert_eq!(chip.done("00A08110 01 AA 00"), [0x10]);
    assert_eq!(chip.done("00A00000 00"), [0x01, 0x3F]);
    assert_eq!(
        chip.done("00A10000 06 540100 530105 00"),
        [0x54, 0x02, 0x01, 0x3E]
    );
    assert_eq!(chip.done("00A10001 07 540200FF 730102 00"), [0x54, 0x01, 0xFF]);
    for command in [
        "00A000FF 01 01 00",
        "00A00000 02 0502 00",
        "00A10000 07 5402013F 530105 00",
    ] {
        assert_eq!(chip.send(command), (vec![], 0x6282), "{command}");
    }
    chip.play(&[("00A00140 01 AA 00", 0x6B00), ("00A4020C 02 0003", 0x9000)]);
    assert_eq!(chip.done("00A00000 01 00 00"), [0x00]);
    let far = format!("00A00000 000101 {} 0000", "00".repeat(257));
    chip.play(&[(&far, 0x6700)]);
}

/// Losing this keeps a reader from finding all applications on a card, or makes it go around for ever.
#[test]
fn applications_are_found_one_after_the_other() {
    let mut chip = Chip::new();
    let name = |chip: &mut Chip, command: &str| {
        let (fci, status) = chip.send(command);
        let found = |aid: &[u8]| fci.windows(aid.len()).any(|window| window == aid);
        assert_eq!(status, 0x9000, "{command}");
        found(&[0xF0, 0x4E, 0, 0, 1, 1, 1])
    };
    assert!(name(&mut chip, "00A40401 01 F0 00"), "last");
    chip.play(&[
        ("00A4040F 01 F0", 0x6A82),
        ("00A4040E 01 F0", 0x6A82),
        ("00A4040D 05 F04E000002", 0x6A82),
        ("00A4000D 02 3F00", 0x6A86),
        ("00A4000F 02 3F00", 0x6A86),
        ("00A4080D 02 0001", 0x6A86),
        // The card itself comes first, once.
        ("00A4040C 05 F053594D42", 0x9000),
        ("00A4040E 05 F053594D42", 0x6A82),
    ]);
    assert!(name(&mut chip, "00A40402 01 F0 00"), "next after the card");
    chip.play(&[
        ("00A4040F 05 F053594D42", 0x9000),
        ("00A4040F 05 F053594D42", 0x6A82),
    ]);
}

/// Losing this opens a door to what the holder or a user switched off.
#[test]
fn what_is_switched_off_answers_by_no_name() {
    let mut chip = full();
    chip.play(&[
        ("00040000", 0x9000),
        ("00B10001 03 540100 00", 0x6985),
        ("00A00000 00", 0x6985),
        ("00A4010C 02 7001", 0x9000),
        ("00B10011 03 540100 00", 0x6A82),
        (
            "00E00000 14 62 12 80020010 820101 83020155 AB05 80017F 9000",
            0x9000,
        ),
        ("00B10155 03 540100 01 ", 0x6700),
        ("00040000 02 0155", 0x9000),
        ("00B10155 03 540100 00", 0x6985),
        ("00D10155 06 540100 530101", 0x6985),
        ("000F0155", 0x6985),
        ("00440000 02 0155", 0x9000),
        ("00D10155 06 540100 530101", 0x9000),
    ]);
}
