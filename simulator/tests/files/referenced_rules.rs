//! CREATE FILE with 8B: rules that are taken from a record of an EF.ARR.

use super::stage::{Chip, PIN, SELECT, bytes};

/// An EF.ARR in the current DF: rules to read and delete; one that is cut short; none.
const RULES: [&str; 4] = [
    "00E00000 22 62 20 80020060 82050441002003 83022F06 AB0F 800104 9000 800141 9000 80013A 9000",
    "00E20000 0A 800101 9000 800140 9000",
    "00E20000 04 80010190",
    "00E20000 00",
];

/// Creates 0021 with the rules in a record of 2F06.
fn by_reference(record: &str) -> String {
    format!("00E00000 12 62 10 80020010 820101 83020021 8B03 2F06 {record}")
}

/// Losing this makes a file whose rules are not those that its maker may read, or rules that change under a file.
#[test]
fn rules_are_taken_from_a_record_once() {
    let mut chip = Chip::new();
    chip.play(&[
        (SELECT, 0x9000),
        ("00A4010C 02 7001", 0x9000),
        (&by_reference("01"), 0x6A82),
    ]);
    chip.play(&RULES[..3].iter().map(|&step| (step, 0x9000)).collect::<Vec<_>>());
    chip.play(&[
        (&by_reference("00"), 0x6A80),
        (&by_reference("FF"), 0x6A80),
        (&by_reference("02"), 0x6A80),
        (&by_reference("03"), 0x6A83),
        // Rules and a reference, and forms of it that the card does not have.
        (
            "00E00000 19 62 17 80020010 820101 83020021 8B03 2F0601 AB05 800101 9000",
            0x6A80,
        ),
        ("00E00000 10 62 0E 80020010 820101 83020021 8B01 01", 0x6A80),
        ("00E00000 13 62 11 80020010 820101 83020021 8B04 2F060101", 0x6A80),
        // Neither bytes nor a DF are an EF.ARR.
        ("00E00000 12 62 10 80020010 820101 83020021 8B03 001101", 0x6981),
        ("00E00000 12 62 10 80020010 820101 83020021 8B03 2F0601", 0x9000),
    ]);
    let told = chip.done("00A40204 02 0021 00");
    let rules = bytes("AB0A 800101 9000 800140 9000");
    assert!(told.ends_with(&rules), "{told:02X?}");
    chip.play(&[
        // Whatever becomes of the record, the file keeps what it has: to read it and to delete it.
        ("00A4020C 02 2F06", 0x9000),
        ("00DC0104 05 80017F 9000", 0x9000),
        ("00E40000", 0x9000),
        ("00A4020C 02 0021", 0x9000),
        ("00D60000 01 AA", 0x6982),
        ("00B00000 01", 0x9000),
        ("00E40000", 0x9000),
    ]);
    chip.reset();
}

/// Losing this tells somebody rules that he may not read, or takes them from a file that is switched off.
#[test]
fn whoever_takes_rules_must_be_allowed_to_read_them() {
    let mut chip = Chip::new();
    chip.play(&[(SELECT, 0x9000), ("00A4010C 02 7001", 0x9000)]);
    // To be read with the PIN only.
    chip.play(&[
        (
            "00E00000 28 62 26 80020060 82050441002003 83022F06 AB15 800104 9000 800101 A406 830181 950108 80017A 9000",
            0x9000,
        ),
        (RULES[1], 0x9000),
        (&by_reference("01"), 0x6982),
        (PIN, 0x9000),
        (&by_reference("01"), 0x9000),
        ("00E40000", 0x9000),
        // The nearest around, for there is none in the new DF.
        ("00E00000 10 62 0E 820138 83027100 AB05 80017F 9000", 0x9000),
        (&by_reference("01"), 0x9000),
        ("00E40000", 0x9000),
        ("00A4030C", 0x9000),
        ("00040000 02 2F06", 0x9000),
        (&by_reference("01"), 0x6985),
        ("00440000 02 2F06", 0x9000),
        (&by_reference("01"), 0x9000),
    ]);
    // Not from an application beside, whose files are no concern of this one; nor from a cyclic EF, which forgets.
    chip.play(&[
        ("00E40000", 0x9000),
        ("00E40000 02 2F06", 0x9000),
        (
            "00E00000 22 62 20 80020060 82050641002003 83022F06 AB0F 800104 9000 800141 9000 80013A 9000",
            0x9000,
        ),
        (
            "00E20000 20 800101 9000 800140 9000 00000000000000000000000000000000000000000000",
            0x9000,
        ),
        (&by_reference("01"), 0x6981),
    ]);
}
