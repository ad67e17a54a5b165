//! The record pointer over several commands: ISO/IEC 7816-4, 11.4.1.

use super::stage::{Chip, bytes};

/// Commands in order, and the reply's first byte or the status word that is not 9000.
fn walk(chip: &mut Chip, steps: &[(&str, &str, Result<u8, u16>)]) {
    for (name, command, expected) in steps {
        let answer = match chip.send(command) {
            (data, 0x9000) => Ok(data.first().copied().unwrap_or_default()),
            (_, status) => Err(status),
        };
        assert_eq!(answer, *expected, "{name}: {command}");
    }
}

/// Losing this skips records, or reads one twice.
#[test]
fn next_and_previous_walk_from_the_current_record() {
    let mut chip = Chip::with_notebook();
    walk(
        &mut chip,
        &[
            ("next in an EF just named is the first", "00B2000A 00", Ok(b'A')),
            ("next", "00B20002 00", Ok(b'B')),
            ("a number leaves the pointer", "00B20304 00", Ok(b'C')),
            ("the current record", "00B20004 00", Ok(b'B')),
            ("all from the current record", "00B20005 00", Ok(b'B')),
            ("next again", "00B20002 00", Ok(b'C')),
            ("nothing behind the last", "00B20002 00", Err(0x6A83)),
            ("which leaves the pointer", "00B20004 00", Ok(b'C')),
            ("previous", "00B20003 00", Ok(b'B')),
            ("first", "00B20000 00", Ok(b'A')),
            ("nothing before the first", "00B20003 00", Err(0x6A83)),
            ("last", "00B20001 00", Ok(b'C')),
            ("a short id resets the pointer", "00B2010C 00", Ok(b'A')),
            ("so that there is none", "00B20004 00", Err(0x6A83)),
            (
                "previous in an EF just named is the last",
                "00B2000B 00",
                Ok(b'C'),
            ),
            (
                "a refused command leaves EF and pointer",
                "00B2640C 00",
                Err(0x6A83),
            ),
            ("as they were", "00B20004 00", Ok(b'C')),
            ("so does one to another EF", "00B26414 00", Err(0x6A83)),
            ("here too", "00B20004 00", Ok(b'C')),
            ("found: the pointer goes there", "00A20104 03 426F62 00", Ok(2)),
            ("and stays", "00B20004 00", Ok(b'B')),
            (
                "not found: the pointer stays",
                "00A20104 03 426F43 00",
                Err(0x6282),
            ),
            ("here", "00B20004 00", Ok(b'B')),
            ("search from the next", "00A20006 05 0600 636172 00", Err(0x6282)),
            ("search from the previous", "00A20006 05 0700 416C69 00", Ok(1)),
            ("the first is current", "00B20004 00", Ok(b'A')),
            ("a part of the next", "00B30002 03 540101 00", Ok(0x53)),
            ("is read from there", "00B20004 00", Ok(b'B')),
            (
                "a part of the current one is replaced",
                "00DD0004 06 540100 530158",
                Ok(0),
            ),
            ("there", "00B20204 00", Ok(b'X')),
            ("erase the current one", "000C0004", Ok(0)),
            ("there too", "00B20204 00", Ok(0)),
        ],
    );
    // SELECT resets it; so does a reset.
    chip.done("00A4020C 02 0101");
    chip.refused("00B20004 00", 0x6A83);
    chip.done("00B20000 00");
    chip.0.power_off();
    chip.0.power_on();
    chip.refused("00B20004 00", 0x6986);
}

/// Losing this answers another record than the one just written.
#[test]
fn what_is_appended_is_the_current_record() {
    let mut chip = Chip::with_notebook();
    let line = |letter: u8| format!("10 {}", format!("{letter:02X}").repeat(16));
    chip.done(&format!("00E20008 20 {}", "44".repeat(32)));
    assert_eq!(chip.done("00B20004 00"), [0x44; 32]);
    assert_eq!(chip.done("00B20404 00"), [0x44; 32]);
    // In a cycle the newest is record 1, and the oldest gives way.
    for letter in b'a'..=b'g' {
        chip.done(&format!("00E20018 {}", line(letter)));
        assert_eq!(chip.done("00B20004 00"), [letter; 16]);
        assert_eq!(chip.done("00B20104 00"), [letter; 16]);
    }
    let letters: Vec<u8> = chip.records(3).iter().map(|record| record[0]).collect();
    assert_eq!(letters, b"gfedc");
    chip.done("00B2001A 00");
    assert_eq!(chip.done("00B20002 00"), [b'f'; 16], "the next is the older one");
    // A record by itself, and the order of several.
    let read = |chip: &mut Chip, command: &str| {
        chip.done(command)
            .chunks(16)
            .map(|line| line[0])
            .collect::<Vec<_>>()
    };
    assert_eq!(read(&mut chip, "00B20305 00"), b"edc");
    assert_eq!(read(&mut chip, "00B20306 00"), b"cde");
}

/// Losing this shows the holder's bytes to whoever searches, or misses them.
#[test]
fn a_search_finds_all_and_only_what_is_there() {
    let mut chip = Chip::with_notebook();
    for (name, command, found) in [
        ("forward", "00A2010C 02 6F6C 00", &[3][..]),
        ("in every record", "00A2010C 01 20 00", &[1, 2, 3]),
        ("backward", "00A2030D 01 20 00", &[3, 2, 1]),
        ("from record 2", "00A2020C 01 20 00", &[2, 3]),
        ("backward from record 2", "00A2020D 01 20 00", &[2, 1]),
        ("across what fills a record up", "00A2010C 02 3100 00", &[1]),
        ("at an offset", "00A2010E 03 040C 20 00", &[1, 2]),
        ("backward at an offset", "00A2030E 03 050C 20 00", &[2, 1]),
        ("from a byte", "00A2010E 03 0C4D 20 00", &[1]),
        ("from a byte, which counts", "00A2010E 03 0C4D 4D 00", &[1, 3]),
        ("in records of any length", "00A20114 05 6D696C6C2C 00", &[2]),
        ("longer than one of them", "00A20114 01 69 00", &[1, 2]),
    ] {
        assert_eq!(chip.done(command), found, "{name}: {command}");
    }
    // Le cuts; the rest waits.
    let (data, status) = chip.send("00A2010C 01 20 01");
    assert_eq!((data, status), (vec![1], 0x6102));
    assert_eq!(chip.done("00C00000 02"), bytes("0203"));
}
