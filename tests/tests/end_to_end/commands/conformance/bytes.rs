//! WRITE, ERASE and SEARCH BINARY, and every command for bytes with data objects.

use apdu_spec::command::Instruction;

use super::{On, Tested};

pub(super) const FAMILY: &[Tested] = &[READ_OBJECTS, UPDATE_OBJECTS, WRITE_BINARY, ERASE_BINARY, SEARCH_BINARY];

#[rustfmt::skip] // Rows of a table.
const READ_OBJECTS: Tested = Tested {
    instructions: &[Instruction::ReadBinaryObjects],
    name: "READ BINARY with data objects",
    standard: "7816-4, 11.3.3",
    states: &[
        ("no EF selected", "00B10000 03 540100 00", [0x6986; 3]),
        ("by short id 01", "00B10001 03 540100 00", [0x6A82, 0x9000, 0x9000]),
        ("by file id", "00B10101 03 540100 10", [0x6A82, 0x9000, 0x9000]),
        ("EF.DIR by file id", "00B12F00 03 540100 00", [0x9000; 3]),
        ("a DF by file id", "00B17000 03 540100 00", [0x6A82, 0x6981, 0x6981]),
        ("a file id that nobody has", "00B14711 03 540100 00", [0x6A82; 3]),
        ("an offset of two bytes", "00B10101 04 54020100 10", [0x6A82, 0x9000, 0x9000]),
        ("an offset of three bytes", "00B10101 05 5403010000 10", [0x6A82, 0x6B00, 0x6B00]),
        ("an offset of five bytes", "00B10101 07 54050000000000 10", [0x6A80; 3]),
        ("an empty offset", "00B10101 02 5400 10", [0x6A80; 3]),
        ("no offset", "00B10101 03 530100 10", [0x6A80; 3]),
        ("bytes behind the offset", "00B10101 06 540100530100 10", [0x6A80; 3]),
        ("without Le", "00B10101 03 540100", [0x6700; 3]),
        ("without data", "00B10101 00", [0x6700; 3]),
        ("Le for less than an object", "00B10101 03 540100 02", [0x6A82, 0x6700, 0x6700]),
    ],
    rows: &[
        ("the current EF", On::Registered, "00A4020C 02 0101", "00B10000 03 540100 10", 0x9000),
        ("less there than Le", On::Registered, "", "00B10101 04 54020257 04", 0x6282),
        ("from the end", On::Registered, "", "00B10101 04 54020258 04", 0x6B00),
        ("a file without rule", On::Registered, "", "00B10102 03 540100 04", 0x6982),
        ("a file of records", On::Registered, "", "00B10201 03 540100 04", 0x6981),
    ],
};

#[rustfmt::skip] // Rows of a table.
const UPDATE_OBJECTS: Tested = Tested {
    instructions: &[Instruction::UpdateBinaryObjects],
    name: "UPDATE BINARY with data objects",
    standard: "7816-4, 11.3.5",
    states: &[
        ("no EF selected", "00D70000 06 540100 5301AA", [0x6986; 3]),
        ("by short id 01", "00D70001 06 540100 5301AA", [0x6A82, 0x9000, 0x9000]),
        ("by file id", "00D70101 06 540100 5301AA", [0x6A82, 0x9000, 0x9000]),
        ("bytes in 73", "00D70101 06 540100 7301AA", [0x6A82, 0x9000, 0x9000]),
        ("EF.DIR", "00D72F00 06 540100 5301AA", [0x6982; 3]),
        ("no bytes", "00D70101 03 540100", [0x6A80; 3]),
        ("empty bytes", "00D70101 05 540100 5300", [0x6A80; 3]),
        ("bytes twice", "00D70101 09 540100 5301AA 5301AA", [0x6A80; 3]),
        ("the offset behind", "00D70101 06 5301AA 540100", [0x6A80; 3]),
        ("without data", "00D70101", [0x6700; 3]),
        ("with Le", "00D70101 06 540100 5301AA 00", [0x6700; 3]),
    ],
    rows: &[
        ("up to the end", On::Registered, "", "00D70101 07 54020257 5301AA", 0x9000),
        ("beyond the end", On::Registered, "", "00D70101 08 54020257 5302AAAA", 0x6A84),
        ("from the end", On::Registered, "", "00D70101 07 54020258 5301AA", 0x6B00),
        ("a file that only its reader may have", On::Registered, "", "00D70104 06 540100 5301AA", 0x6982),
        ("a file of records", On::Registered, "", "00D70201 06 540100 5301AA", 0x6981),
    ],
};

#[rustfmt::skip] // Rows of a table.
const WRITE_BINARY: Tested = Tested {
    instructions: &[Instruction::WriteBinary, Instruction::WriteBinaryObjects],
    name: "WRITE BINARY",
    standard: "7816-4, 11.3.4",
    states: &[
        ("no EF selected", "00D00000 01 AA", [0x6986; 3]),
        ("short id 01", "00D08100 01 AA", [0x6A82, 0x9000, 0x6982]),
        ("with objects, by file id", "00D10101 06 540100 5301AA", [0x6A82, 0x9000, 0x6982]),
        ("EF.DIR", "00D09E00 01 AA", [0x6982; 3]),
        ("short id 00", "00D08000 01 AA", [0x6A86; 3]),
        ("without data", "00D08100", [0x6700; 3]),
        ("with Le", "00D08100 01 AA 00", [0x6700; 3]),
        ("with objects, no bytes", "00D10101 03 540100", [0x6A80; 3]),
        ("with objects, Le", "00D10101 06 540100 5301AA 00", [0x6700; 3]),
    ],
    rows: &[
        ("beyond the end", On::Personalised, "00A4020C 02 0101", "00D00257 02 AAAA", 0x6A84),
        ("from the end", On::Personalised, "00A4020C 02 0101", "00D00258 01 AA", 0x6B00),
        ("a file of records", On::Personalised, "00A4020C 02 0201", "00D00000 01 AA", 0x6981),
    ],
};

#[rustfmt::skip] // Rows of a table.
const ERASE_BINARY: Tested = Tested {
    instructions: &[Instruction::EraseBinary, Instruction::EraseBinaryObjects],
    name: "ERASE BINARY",
    standard: "7816-4, 11.3.7",
    states: &[
        ("no EF selected", "000E0000", [0x6986; 3]),
        ("short id 01, to the end", "000E8100", [0x6A82, 0x9000, 0x9000]),
        ("short id 01, ten bytes", "000E8100 01 0A", [0x6A82, 0x9000, 0x9000]),
        ("with objects, the whole of a file id", "000F0101", [0x6A82, 0x9000, 0x9000]),
        ("with objects, from an offset", "000F0101 03 540110", [0x6A82, 0x9000, 0x9000]),
        ("with objects, from one to another", "000F0101 06 540110 540120", [0x6A82, 0x9000, 0x9000]),
        ("with objects, three offsets", "000F0101 09 540110 540120 540130", [0x6A80; 3]),
        ("with objects, bytes", "000F0101 06 540110 530120", [0x6A80; 3]),
        ("up to where it begins", "000E8110 01 10", [0x6A80; 3]),
        ("EF.DIR", "000E9E00", [0x6982; 3]),
        ("short id 1F", "000E9F00", [0x6A86; 3]),
        ("an end of five bytes", "000E8100 05 0000000010", [0x6700; 3]),
        ("with Le", "000E8100 00", [0x6700; 3]),
    ],
    rows: &[
        ("from the end", On::Registered, "00A4020C 02 0101", "000E0258", 0x6B00),
        ("beyond the end", On::Registered, "00A4020C 02 0101", "000E0000 02 0259", 0x6B00),
        ("a file that only its reader may have", On::Registered, "00A4020C 02 0104", "000E0000", 0x6982),
        ("a file of records", On::Registered, "00A4020C 02 0201", "000E0000", 0x6981),
    ],
};

#[rustfmt::skip] // Rows of a table.
const SEARCH_BINARY: Tested = Tested {
    instructions: &[Instruction::SearchBinary, Instruction::SearchBinaryObjects],
    name: "SEARCH BINARY",
    standard: "7816-4, 11.3.6",
    states: &[
        ("no EF selected", "00A00000 01 00 00", [0x6986; 3]),
        ("short id 01", "00A08100 01 00 00", [0x6A82, 0x9000, 0x9000]),
        ("an erased byte", "00A08100 00", [0x6A82, 0x9000, 0x9000]),
        ("with objects, by file id", "00A10101 06 540100 530100 00", [0x6A82, 0x9000, 0x9000]),
        ("with objects, an erased byte", "00A10101 03 540100 00", [0x6A82, 0x9000, 0x9000]),
        ("bytes that are nowhere", "00A08100 03 C0FFEE 00", [0x6A82, 0x6282, 0x6282]),
        ("short id 00", "00A08000 01 00 00", [0x6A86; 3]),
        ("without Le", "00A08100 01 00", [0x6700; 3]),
        ("with objects, without offset", "00A10101 03 530100 00", [0x6A80; 3]),
    ],
    rows: &[
        ("from the end", On::Registered, "00A4020C 02 0101", "00A00258 01 00 00", 0x6B00),
        ("a file without rule", On::Registered, "00A4020C 02 0102", "00A00000 01 00 00", 0x6982),
        ("a file of records", On::Registered, "00A4020C 02 0201", "00A00000 01 00 00", 0x6981),
    ],
};

/// Losing this sends readers to bytes that they did not name.
#[test]
fn every_row() {
    super::run::run(FAMILY);
}
