//! Class byte and length fields: what is judged before any command is understood.

use super::{On, Tested};

pub(super) const FAMILY: &[Tested] = &[CLASS, FORMS, CHAINING];

#[rustfmt::skip] // Rows of a table.
const CLASS: Tested = Tested {
    instructions: &[],
    name: "Class and instruction",
    standard: "7816-4, 5.4.1 and 5.4.2",
    states: &[
        ("proprietary class", "80CA0101 00", [0x6E00; 3]),
        ("class FF", "FFCA0101 00", [0x6E00; 3]),
        ("class of later use", "20CA0101 00", [0x6E00; 3]),
        ("channel 1", "01CA0101 00", [0x6881; 3]),
        ("channel 3", "03CA0101 00", [0x6881; 3]),
        ("channel 4", "40CA0101 00", [0x6881; 3]),
        ("chained on channel 1", "11DA0122 01 00", [0x6881; 3]),
        ("secure messaging", "0CCA0101 00", [0x6882; 3]),
        ("secure messaging without header", "08CA0101 00", [0x6882; 3]),
        ("proprietary secure messaging", "04CA0101 00", [0x6882; 3]),
        ("chained secure messaging", "1CDA0122 01 00", [0x6882; 3]),
        ("unknown instruction", "00FF0000", [0x6D00; 3]),
        ("a foreign class with no APDU behind it", "80", [0x6E00; 3]),
    ],
    rows: &[],
};

#[rustfmt::skip] // Rows of a table.
const FORMS: Tested = Tested {
    instructions: &[],
    name: "Four cases, short and extended",
    standard: "7816-3, 12.1.3",
    states: &[
        ("case 1", "00A4000C", [0x9000; 3]),
        ("case 1, SELECT asks for an FCI", "00A40000", [0x9000; 3]),
        ("case 2 short", "00CA0101 00", [0x9000; 3]),
        ("case 2 short, exact Le", "00CA0101 47", [0x9000; 3]),
        ("case 2 extended", "00CA0101 000000", [0x9000; 3]),
        ("case 2 extended, Le of 256", "00CA0101 000100", [0x9000; 3]),
        ("case 3 short", "00A4000C 02 3F00", [0x9000; 3]),
        ("case 3 extended", "00A4000C 000002 3F00", [0x9000; 3]),
        ("case 4 short", "00A40000 02 3F00 00", [0x9000; 3]),
        ("case 4 extended", "00A40000 000002 3F00 0000", [0x9000; 3]),
        ("case 4 extended, Le of 256", "00A40000 000002 3F00 0100", [0x9000; 3]),
        ("nothing", "", [0x6700; 3]),
        ("one byte", "00", [0x6700; 3]),
        ("three bytes", "00A400", [0x6700; 3]),
        ("Lc without data", "00A4000C 02", [0x6700; 3]),
        ("Lc beyond the data", "00A4000C 03 3F00", [0x6700; 3]),
        ("two bytes behind the data", "00A40000 02 3F00 0000", [0x6700; 3]),
        ("short Lc of zero with data behind", "00A4000C 00 3F00", [0x6700; 3]),
        ("half an extended length", "00A4000C 0000", [0x6700; 3]),
        ("extended Lc of zero with data", "00A4000C 000000 3F00", [0x6700; 3]),
        ("extended Lc beyond the data", "00A4000C 000003 3F00", [0x6700; 3]),
        ("short Le behind extended Lc", "00A40000 000002 3F00 00", [0x6700; 3]),
        ("extended Le and a byte", "00A40000 000002 3F00 0000 00", [0x6700; 3]),
    ],
    rows: &[],
};

#[rustfmt::skip] // Rows of a table.
const CHAINING: Tested = Tested {
    instructions: &[],
    name: "Command chaining",
    standard: "7816-4, 5.3.3",
    states: &[
        ("SELECT", "10A4000C 02 3F00", [0x6884; 3]),
        ("READ BINARY", "10B08100 10", [0x6884; 3]),
        ("GET DATA", "10CA0101 00", [0x6884; 3]),
        ("GET DATA with selector", "10CB0109 06 860400000000 00", [0x6884; 3]),
        ("GET CHALLENGE", "10840000 08", [0x6884; 3]),
        ("VERIFY", "10200001 04 31333537", [0x6884; 3]),
        ("CHANGE REFERENCE DATA", "10240001 08 30303030 31313131", [0x6884; 3]),
        ("GENERATE ASYMMETRIC KEY PAIR", "10468000 05 B603830101 00", [0x6884; 3]),
        ("REMOVE APPLICATION", "10EC0000 06 800400000009 00", [0x6884; 3]),
        ("GET RESPONSE", "10C00000 00", [0x6884; 3]),
        ("an unknown instruction", "10FF0000 01 00", [0x6D00; 3]),
    ],
    rows: &[
        ("the end of a PIN that came in pieces", On::Blank, "10DA0121 02 3030", "00DA0121 02 3030", 0x9000),
        ("another command in between", On::Blank, "10DA0122 04 00010203", "00CA0101 00", 0x6883),
        ("another P2", On::Blank, "10DA0122 04 00010203", "00DA0121 04 30303030", 0x6883),
        ("a chain that ended without its end", On::Blank, "10DA0121 02 3030; reset", "00DA0121 02 3030", 0x6A80),
    ],
};

/// Losing this makes the card depend on how a reader cuts and pads, or misread what an attacker sends.
#[test]
fn every_row() {
    super::run::run(FAMILY);
}
