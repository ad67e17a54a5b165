//! Transparent EFs, and files made, switched off and on.

use apdu_spec::command::Instruction;

use super::{On, Tested};

pub(super) const FAMILY: &[Tested] = &[READ_BINARY, UPDATE_BINARY, CREATE_FILE, DEACTIVATE_FILE, ACTIVATE_FILE, DELETE_FILE, TERMINATE_EF, TERMINATE_DF, TERMINATE_CARD_USAGE];

#[rustfmt::skip] // Rows of a table.
const READ_BINARY: Tested = Tested {
    instructions: &[Instruction::ReadBinary],
    name: "READ BINARY",
    standard: "7816-4, 11.3.3",
    states: &[
        ("no EF selected", "00B00000 00", [0x6986; 3]),
        ("extended, no EF selected", "00B00000 000000", [0x6986; 3]),
        ("short id 01", "00B08100 10", [0x6A82, 0x9000, 0x9000]),
        ("EF.DIR by short id 1E", "00B09E00 00", [0x9000; 3]),
        ("short id 00", "00B08000 00", [0x6A86; 3]),
        ("short id 1F", "00B09F00 00", [0x6A86; 3]),
        ("P1 C1", "00B0C100 00", [0x6A86; 3]),
        ("short id that nobody has", "00B09D00 00", [0x6A82; 3]),
        ("without Le", "00B08100", [0x6700; 3]),
        ("with data", "00B08100 01 00", [0x6700; 3]),
        ("with data and Le", "00B08100 01 00 00", [0x6700; 3]),
    ],
    rows: &[
        ("a file without rule", On::Registered, "00A4020C 02 0102", "00B00000 04", 0x6982),
        ("the user PIN's file", On::Registered, "00A4020C 02 0103", "00B00000 04", 0x6982),
        ("the user PIN's file, verified", On::Registered, "00200001 04 31333537; 00A4020C 02 0103", "00B00000 04", 0x9000),
        ("the last byte", On::Registered, "00A4020C 02 0101", "00B00257 01", 0x9000),
        ("two bytes from the last", On::Registered, "00A4020C 02 0101", "00B00257 02", 0x6282),
        ("from the end", On::Registered, "00A4020C 02 0101", "00B00258 01", 0x6B00),
        ("a DF is current, no EF", On::Registered, "00A4010C 02 7000", "00B00000 01", 0x6986),
        ("a file of records", On::Registered, "00A4020C 02 0201", "00B00000 01", 0x6981),
    ],
};

#[rustfmt::skip] // Rows of a table.
const UPDATE_BINARY: Tested = Tested {
    instructions: &[Instruction::UpdateBinary],
    name: "UPDATE BINARY",
    standard: "7816-4, 11.3.5",
    states: &[
        ("no EF selected", "00D60000 01 AA", [0x6986; 3]),
        ("short id 01", "00D68100 01 AA", [0x6A82, 0x9000, 0x9000]),
        ("extended", "00D68100 000001 AA", [0x6A82, 0x9000, 0x9000]),
        ("EF.DIR", "00D69E00 01 AA", [0x6982; 3]),
        ("short id 00", "00D68000 01 AA", [0x6A86; 3]),
        ("short id 1F", "00D69F00 01 AA", [0x6A86; 3]),
        ("without data", "00D68100", [0x6700; 3]),
        ("with Le", "00D68100 01 AA 00", [0x6700; 3]),
    ],
    rows: &[
        ("a file that only its reader may have", On::Registered, "00A4020C 02 0104", "00D60000 01 AA", 0x6982),
        ("the user PIN, and its file", On::Registered, "00200001 04 31333537; 00A4020C 02 0103", "00D60000 02 ABCD", 0x9000),
        ("up to the end", On::Registered, "00A4020C 02 0101", "00D60257 01 AA", 0x9000),
        ("beyond the end", On::Registered, "00A4020C 02 0101", "00D60257 02 AAAA", 0x6A84),
        ("from the end", On::Registered, "00A4020C 02 0101", "00D60258 01 AA", 0x6B00),
        ("a file of records", On::Registered, "00A4020C 02 0201", "00D60000 01 AA", 0x6981),
    ],
};

/// An EF.ARR: a record with a rule, and one without.
const ARR: &str = "00E00000 11 62 0F 80020040 82050441002002 83022F06; 00E20000 05 800101 9000; 00E20000 01 AA";

#[rustfmt::skip] // Rows of a table.
const CREATE_FILE: Tested = Tested {
    instructions: &[Instruction::CreateFile],
    name: "CREATE FILE",
    standard: "7816-9",
    states: &[
        ("an EF", "00E00000 0D 62 0B 80020010 820101 83020200", [0x9000, 0x9000, 0x6985]),
        ("extended", "00E00000 00000D 62 0B 80020010 820101 83020200", [0x9000, 0x9000, 0x6985]),
        ("a DF", "00E00000 09 62 07 820138 83027200", [0x9000, 0x9000, 0x6985]),
        ("taken file id", "00E00000 0D 62 0B 80020010 820101 83020101", [0x9000, 0x6A89, 0x6985]),
        ("taken short id", "00E00000 10 62 0E 80020010 820101 83020200 880108", [0x9000, 0x6A89, 0x6985]),
        ("short id of EF.DIR", "00E00000 10 62 0E 80020010 820101 83020200 8801F0", [0x6A89, 0x6A89, 0x6985]),
        ("file id of the MF", "00E00000 0D 62 0B 80020010 820101 83023F00", [0x6A80, 0x6A80, 0x6985]),
        ("file id of EF.DIR", "00E00000 0D 62 0B 80020010 820101 83022F00", [0x6A80, 0x6A80, 0x6985]),
        ("file id FFFF", "00E00000 0D 62 0B 80020010 820101 8302FFFF", [0x6A80, 0x6A80, 0x6985]),
        ("an EF of no bytes", "00E00000 0D 62 0B 80020000 820101 83020200", [0x6A80, 0x6A80, 0x6985]),
        ("an EF without size", "00E00000 09 62 07 820101 83020200", [0x6A80; 3]),
        ("a DF with a size", "00E00000 0D 62 0B 80020010 820138 83020200", [0x6A80; 3]),
        ("a linear EF", "00E00000 0D 62 0B 80020010 820102 83020200", [0x6A80; 3]),
        ("a DF with an AID", "00E00000 10 62 0E 820138 83027200 8405F053594D09", [0x6A80, 0x6A80, 0x6985]),
        ("a chosen life cycle", "00E00000 10 62 0E 80020010 820101 83020200 8A0105", [0x6A80, 0x6A80, 0x6985]),
        ("a broken rule", "00E00000 11 62 0F 80020010 820101 83020200 AB02 8001", [0x6A80; 3]),
        ("a rule by reference to no file", "00E00000 12 62 10 80020010 820101 83020200 8B03 2F0601", [0x6A82, 0x6A82, 0x6985]),
        ("to a file of bytes", "00E00000 12 62 10 80020010 820101 83020200 8B03 010101", [0x6A82, 0x6981, 0x6985]),
        ("to record 00", "00E00000 12 62 10 80020010 820101 83020200 8B03 2F0600", [0x6A80; 3]),
        ("to a record without file", "00E00000 10 62 0E 80020010 820101 83020200 8B01 01", [0x6A80; 3]),
        ("a compact rule", "00E00000 11 62 0F 80020010 820101 83020200 8C02 0100", [0x6A80; 3]),
        ("FCP cut short", "00E00000 0C 62 0B 80020010 820101 830202", [0x6A80; 3]),
        ("a byte behind the FCP", "00E00000 0E 62 0B 80020010 820101 83020200 00", [0x6A80; 3]),
        ("elements in another order", "00E00000 0D 62 0B 820101 80020010 83020200", [0x6A80; 3]),
        ("P1 01", "00E00100 0D 62 0B 80020010 820101 83020200", [0x6A86; 3]),
        ("P2 01", "00E00001 0D 62 0B 80020010 820101 83020200", [0x6A86; 3]),
        ("without data", "00E00000", [0x6700; 3]),
        ("with Le", "00E00000 0D 62 0B 80020010 820101 83020200 00", [0x6700; 3]),
    ],
    rows: &[
        ("a rule by reference", On::Personalised, ARR, "00E00000 12 62 10 80020010 820101 83020200 8B03 2F0601", 0x9000),
        ("to a record that is not there", On::Personalised, ARR, "00E00000 12 62 10 80020010 820101 83020200 8B03 2F0603", 0x6A83),
        ("to a record without rules", On::Personalised, ARR, "00E00000 12 62 10 80020010 820101 83020200 8B03 2F0602", 0x6A80),
    ],
};

#[rustfmt::skip] // Rows of a table.
const DEACTIVATE_FILE: Tested = Tested {
    instructions: &[Instruction::DeactivateFile],
    name: "DEACTIVATE FILE",
    standard: "7816-9",
    states: &[
    ],
    rows: &[
        ("an application, without the consent PIN", On::Registered, "", "00040400 07 F053594D010101", 0x6982),
        ("with it", On::Registered, "00200002 06 323436383130", "00040400 07 F053594D010101", 0x9000),
        ("an AID nobody has", On::Registered, "00200002 06 323436383130", "00040400 07 A0000000031010", 0x6A88),
        ("a shortened AID", On::Registered, "00200002 06 323436383130", "00040400 05 F053594D01", 0x6A88),
        ("on a card without issuer", On::Personalised, "", "00040400 07 F053594D010101", 0x6982),
        ("the current DF, the MF of a registered card", On::Registered, "", "00040000", 0x6985),
        ("a file of the personaliser, registered", On::Registered, "", "00040000 02 0101", 0x6985),
        ("a file before registration", On::Personalised, "", "00040000 02 0101", 0x9000),
        ("a file nobody has", On::Personalised, "", "00040000 02 4711", 0x6A82),
        ("the MF before registration", On::Personalised, "", "00040000", 0x6986),
        ("half a file id", On::Registered, "", "00040000 01 01", 0x6700),
        ("P1 05", On::Registered, "", "00040500 02 0101", 0x6A86),
        ("P2 01", On::Registered, "", "00040101 02 0101", 0x6A86),
        ("a child DF", On::Personalised, "", "00040100 02 7000", 0x9000),
        ("a child EF", On::Personalised, "", "00040200 02 0101", 0x9000),
        ("a child EF that is a DF", On::Personalised, "", "00040200 02 7000", 0x6A82),
        ("the parent DF", On::Personalised, "00A4080C 04 70007100", "00040300", 0x9000),
        ("a path from the MF", On::Personalised, "", "00040800 04 70007001", 0x9000),
        ("a path from the current DF", On::Personalised, "00A4010C 02 7000", "00040900 02 7001", 0x9000),
        ("a path to nothing", On::Personalised, "", "00040800 04 70004711", 0x6A82),
        ("a path, registered", On::Registered, "", "00040800 04 70007001", 0x6985),
        ("an odd path", On::Personalised, "", "00040800 03 700070", 0x6700),
        ("without data", On::Registered, "", "00040400", 0x6700),
        ("with Le", On::Registered, "", "00040400 07 F053594D010101 00", 0x6700),
    ],
};

#[rustfmt::skip] // Rows of a table.
const ACTIVATE_FILE: Tested = Tested {
    instructions: &[Instruction::ActivateFile],
    name: "ACTIVATE FILE",
    standard: "7816-9",
    states: &[
    ],
    rows: &[
        ("an application that is active", On::Registered, "00200002 06 323436383130", "00440400 07 F053594D010101", 0x9000),
        ("one that was deactivated", On::Registered, "00200002 06 323436383130; 00040400 07 F053594D010101; 00200002 06 323436383130", "00440400 07 F053594D010101", 0x9000),
        ("without consent", On::Registered, "", "00440400 07 F053594D010101", 0x6982),
        ("a path from the MF", On::Personalised, "00040100 02 7000", "00440800 02 7000", 0x9000),
        ("a path, registered", On::Registered, "", "00440800 04 70007001", 0x6985),
        ("P1 05", On::Registered, "", "00440500 02 0101", 0x6A86),
        ("without data", On::Registered, "", "00440400", 0x6700),
        ("with Le", On::Registered, "", "00440400 07 F053594D010101 00", 0x6700),
    ],
};

#[rustfmt::skip] // Rows of a table.
const DELETE_FILE: Tested = Tested {
    instructions: &[Instruction::DeleteFile],
    name: "DELETE FILE",
    standard: "7816-9",
    states: &[
        ("an EF", "00E40000 02 0101", [0x6A82, 0x9000, 0x6985]),
        ("a DF with all in it", "00E40000 02 7000", [0x6A82, 0x9000, 0x6985]),
        ("a file nobody has", "00E40000 02 4711", [0x6A82, 0x6A82, 0x6985]),
        ("EF.DIR", "00E40000 02 2F00", [0x6A82, 0x6A82, 0x6985]),
        ("the MF", "00E40000", [0x6986, 0x6986, 0x6985]),
        ("half a file id", "00E40000 01 01", [0x6700; 3]),
        ("with Le", "00E40000 02 0101 00", [0x6700; 3]),
        ("by AID", "00E40400 07 F053594D010101", [0x6A86; 3]),
        ("a child DF", "00E40100 02 7000", [0x6A82, 0x9000, 0x6985]),
        ("a child DF that is an EF", "00E40100 02 0101", [0x6A82; 3]),
        ("a path from the MF", "00E40800 06 700071007101", [0x6A82, 0x9000, 0x6985]),
        ("the parent of the MF", "00E40300", [0x6A82; 3]),
        ("P2 01", "00E40001 02 0101", [0x6A86; 3]),
    ],
    rows: &[
        ("the current EF", On::Personalised, "00A4000C 02 0101", "00E40000", 0x9000),
        ("the current DF", On::Personalised, "00A4000C 02 7000", "00E40000", 0x9000),
        ("an EF of an application, no rule for it", On::Registered, "00A4040C 07 F053594D010101", "00E40000 02 0001", 0x6982),
        ("an application's own DF", On::Registered, "00A4040C 07 F053594D010101", "00E40000", 0x6985),
        ("what is terminated", On::Personalised, "00E80000 02 0101", "00E40000 02 0101", 0x9000),
    ],
};

#[rustfmt::skip] // Rows of a table.
const TERMINATE_EF: Tested = Tested {
    instructions: &[Instruction::TerminateEf],
    name: "TERMINATE EF",
    standard: "7816-9",
    states: &[
        ("an EF", "00E80000 02 0101", [0x6A82, 0x9000, 0x6985]),
        ("a DF", "00E80000 02 7000", [0x6A82, 0x6981, 0x6985]),
        ("the current file, none", "00E80000", [0x6986, 0x6986, 0x6985]),
        ("with Le", "00E80000 02 0101 00", [0x6700; 3]),
        ("P2 01", "00E80001 02 0101", [0x6A86; 3]),
        ("by AID", "00E80400 07 F053594D010101", [0x6A86; 3]),
        ("a child EF", "00E80200 02 0101", [0x6A82, 0x9000, 0x6985]),
        ("a path to a DF", "00E80800 02 7000", [0x6A82, 0x6981, 0x6985]),
    ],
    rows: &[
        ("the current EF", On::Personalised, "00A4000C 02 0101", "00E80000", 0x9000),
        ("twice", On::Personalised, "00E80000 02 0101", "00E80000 02 0101", 0x6985),
        ("an EF of an application, no rule for it", On::Registered, "00A4040C 07 F053594D010101", "00E80000 02 0001", 0x6982),
    ],
};

#[rustfmt::skip] // Rows of a table.
const TERMINATE_DF: Tested = Tested {
    instructions: &[Instruction::TerminateDf],
    name: "TERMINATE DF",
    standard: "7816-9",
    states: &[
        ("a DF", "00E60000 02 7000", [0x6A82, 0x9000, 0x6985]),
        ("an EF", "00E60000 02 0101", [0x6A82, 0x6981, 0x6985]),
        ("the MF", "00E60000", [0x6986, 0x6986, 0x6985]),
        ("with Le", "00E60000 02 7000 00", [0x6700; 3]),
        ("by AID", "00E60400 07 F053594D010101", [0x6A86; 3]),
        ("a child DF", "00E60100 02 7000", [0x6A82, 0x9000, 0x6985]),
        ("a path from the current DF", "00E60900 04 70007100", [0x6A82, 0x9000, 0x6985]),
        ("a path to an EF", "00E60800 02 0101", [0x6A82, 0x6981, 0x6985]),
    ],
    rows: &[
        ("the current DF", On::Personalised, "00A4000C 02 7000", "00E60000", 0x9000),
        ("an application's own DF", On::Registered, "00A4040C 07 F053594D010101", "00E60000", 0x6985),
    ],
};

#[rustfmt::skip] // Rows of a table.
const TERMINATE_CARD_USAGE: Tested = Tested {
    instructions: &[Instruction::TerminateCardUsage],
    name: "TERMINATE CARD USAGE",
    standard: "7816-9",
    states: &[
        ("with Le", "00FE0000 01", [0x6700; 3]),
        ("with data", "00FE0000 01 01", [0x6700; 3]),
        ("P1 01", "00FE0100", [0x6A86; 3]),
        ("P2 01", "00FE0001", [0x6A86; 3]),
    ],
    rows: &[
        ("a registered card", On::Registered, "", "00FE0000", 0x6985),
        ("a blank card", On::Blank, "", "00FE0000", 0x9000),
        ("a personalised card", On::Personalised, "", "00FE0000", 0x9000),
    ],
};

/// Losing this opens a registered card to whoever personalised it, or a blank one to nobody.
#[test]
fn every_row() {
    super::run::run(FAMILY);
}
