//! Application management: the storing protocol.

use apdu_spec::command::Instruction;

use super::Tested;

pub(super) const FAMILY: &[Tested] = &[REQUEST, LOAD, REMOVE];

#[rustfmt::skip] // Rows of a table.
const REQUEST: Tested = Tested {
    instructions: &[Instruction::ApplicationManagementRequest],
    name: "APPLICATION MANAGEMENT REQUEST",
    standard: "7816-13",
    states: &[
        ("01: registration request", "00400100 000012 8010000102030405060708090A0B0C0D0E0F 0000", [0x6A88, 0x9000, 0x9000]),
        ("01: nonce of 15 bytes", "00400100 11 800F000102030405060708090A0B0C0D0E 00", [0x6A80; 3]),
        ("01: without Le", "00400100 12 8010000102030405060708090A0B0C0D0E0F", [0x6700; 3]),
        ("01: without data", "00400100 00", [0x6700; 3]),
        ("02: no certificate", "00400200 03 800100 00", [0x6A80; 3]),
        ("02: an empty certificate", "00400200 03 7F2100 00", [0x6985; 3]),
        ("03: no storing data", "00400300 03 810102 00", [0x6A80; 3]),
        ("04: noise", "00400400 01 00", [0x6A80; 3]),
        ("04: with Le", "00400400 01 00 00", [0x6700; 3]),
        ("05: no such request", "00400500 06 800400000009", [0x6985, 0x6985, 0x6A88]),
        ("05: with Le", "00400500 06 800400000009 00", [0x6700; 3]),
        ("00", "00400000 06 800400000009", [0x6A81; 3]),
        ("06: without Le", "00400600 06 800400000009", [0x6700; 3]),
        ("06: no consent", "00400600 06 800400000009 00", [0x6985, 0x6985, 0x6982]),
        ("07: head", "00400700 000012 8010000102030405060708090A0B0C0D0E0F 0000", [0x6985, 0x6985, 0x9000]),
        ("07: nonce of 15 bytes", "00400700 11 800F000102030405060708090A0B0C0D0E 00", [0x6A80; 3]),
        ("08: no such receipt", "00400800 28 860400000009 8420000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F", [0x6988; 3]),
        ("0B", "00400B00 06 800400000009", [0x6A81; 3]),
        ("FF", "0040FF00 06 800400000009", [0x6A81; 3]),
        ("05: P2 01", "00400501 06 800400000009", [0x6A86; 3]),
    ],
    rows: &[
    ],
};

#[rustfmt::skip] // Rows of a table.
const LOAD: Tested = Tested {
    instructions: &[Instruction::LoadApplication],
    name: "LOAD APPLICATION",
    standard: "7816-13",
    states: &[
        ("no such request", "00EA0000 09 800400000009 ED0100", [0x6985, 0x6985, 0x6A88]),
        ("last, no such request", "00EA8000 09 800400000009 ED0100 00", [0x6985, 0x6985, 0x6A88]),
        ("last, without Le", "00EA8000 09 800400000009 ED0100", [0x6700; 3]),
        ("not last, with Le", "00EA0000 09 800400000009 ED0100 00", [0x6700; 3]),
        ("no block", "00EA0000 06 800400000009", [0x6A80; 3]),
        ("two blocks", "00EA0000 0C 800400000009 ED0100 ED0100", [0x6A80; 3]),
        ("without data", "00EA0000", [0x6700; 3]),
    ],
    rows: &[
    ],
};

#[rustfmt::skip] // Rows of a table.
const REMOVE: Tested = Tested {
    instructions: &[Instruction::RemoveApplication],
    name: "REMOVE APPLICATION",
    standard: "7816-13",
    states: &[
        ("no consent", "00EC0000 06 800400000009 00", [0x6985, 0x6985, 0x6982]),
        ("P1 01", "00EC0100 06 800400000009 00", [0x6A86; 3]),
        ("without Le", "00EC0000 06 800400000009", [0x6700; 3]),
        ("without data", "00EC0000 00", [0x6700; 3]),
        ("noise", "00EC0000 03 890100 00", [0x6A80; 3]),
    ],
    rows: &[
    ],
};

/// Losing this lets a command of the storing protocol work in a state it was not made for.
#[test]
fn every_row() {
    super::run::run(FAMILY);
}
