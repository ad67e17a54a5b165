//! SELECT in its forms.

use apdu_spec::command::Instruction;

use super::{On, Tested};

pub(super) const FAMILY: &[Tested] = &[SELECT];

#[rustfmt::skip] // Rows of a table.
const SELECT: Tested = Tested {
    instructions: &[Instruction::Select],
    name: "SELECT",
    standard: "7816-4, 11.2.2",
    states: &[
        ("the MF by nothing", "00A4000C", [0x9000; 3]),
        ("the MF by its id", "00A4000C 02 3F00", [0x9000; 3]),
        ("an EF by id", "00A4000C 02 0101", [0x6A82, 0x9000, 0x9000]),
        ("a DF by id", "00A4000C 02 7000", [0x6A82, 0x9000, 0x9000]),
        ("EF.DIR", "00A4000C 02 2F00", [0x9000; 3]),
        ("EF.ATR/INFO", "00A4000C 02 2F01", [0x9000; 3]),
        ("EF.GDO", "00A4000C 02 2F02", [0x9000; 3]),
        ("an id nobody has", "00A4000C 02 4711", [0x6A82; 3]),
        ("a child DF", "00A4010C 02 7000", [0x6A82, 0x9000, 0x9000]),
        ("an EF as child DF", "00A4010C 02 0101", [0x6A82; 3]),
        ("a child EF", "00A4020C 02 0101", [0x6A82, 0x9000, 0x9000]),
        ("a DF as child EF", "00A4020C 02 7000", [0x6A82; 3]),
        ("a grandchild as child EF", "00A4020C 02 7001", [0x6A82; 3]),
        ("the parent of the MF", "00A4030C", [0x6A82; 3]),
        ("the card itself by AID", "00A4040C 09 F053594D424F4C4F4E", [0x9000; 3]),
        ("the card itself by AID, shortened", "00A4040C 05 F053594D42", [0x9000; 3]),
        ("an application", "00A4040C 07 F053594D010101", [0x6A82, 0x6A82, 0x9000]),
        ("an application, shortened", "00A4040C 05 F053594D01", [0x6A82, 0x6A82, 0x9000]),
        ("an application by one byte", "00A4040C 01 F0", [0x6A82, 0x6A82, 0x9000]),
        ("an application's AID and a byte", "00A4040C 08 F053594D01010101", [0x6A82; 3]),
        ("an AID nobody has", "00A4040C 07 A0000000031010", [0x6A82; 3]),
        ("next, of none", "00A4040E 05 A000000003", [0x6A82; 3]),
        ("a path from the MF", "00A4080C 04 70007001", [0x6A82, 0x9000, 0x9000]),
        ("a path from the MF that names it", "00A4080C 06 3F0070007001", [0x6A82, 0x9000, 0x9000]),
        ("a longer path", "00A4080C 06 700071007101", [0x6A82, 0x9000, 0x9000]),
        ("a path through an EF", "00A4080C 04 01017001", [0x6A82; 3]),
        ("a path to nothing", "00A4080C 04 70004711", [0x6A82; 3]),
        ("a path from the current DF", "00A4090C 04 70007001", [0x6A82, 0x9000, 0x9000]),
        ("P1 05", "00A4050C 02 3F00", [0x6A86; 3]),
        ("P1 0A", "00A40A0C 02 3F00", [0x6A86; 3]),
        ("P1 80", "00A4800C 02 3F00", [0x6A86; 3]),
        ("P2 10", "00A40010 02 3F00", [0x6A86; 3]),
        ("the last application", "00A4040D 05 F053594D01", [0x6A82, 0x6A82, 0x9000]),
        ("previous, none before", "00A4040F 05 F053594D01", [0x6A82, 0x6A82, 0x9000]),
        ("last by id", "00A4000D 02 3F00", [0x6A86; 3]),
        ("previous by path", "00A4080F 02 7000", [0x6A86; 3]),
        ("next by id", "00A4000E 02 3F00", [0x6A86; 3]),
        ("half an id", "00A4000C 01 3F", [0x6700; 3]),
        ("an id and a half", "00A4000C 03 3F0001", [0x6700; 3]),
        ("a child DF without id", "00A4010C", [0x6700; 3]),
        ("a child EF without id", "00A4020C", [0x6700; 3]),
        ("the parent with an id", "00A4030C 02 3F00", [0x6700; 3]),
        ("by AID without one", "00A4040C", [0x6700; 3]),
        ("an AID of 17 bytes", "00A4040C 11 F053594D42F053594D42F053594D42F0F0", [0x6700; 3]),
        ("an empty path", "00A4080C", [0x6700; 3]),
        ("an odd path", "00A4080C 03 700070", [0x6700; 3]),
        ("no reply asked for, but Le", "00A4000C 02 3F00 00", [0x6700; 3]),
    ],
    rows: &[
        ("next, behind the last", On::Registered, "00A4040D 05 F053594D01", "00A4040E 05 F053594D01", 0x6A82),
        ("previous, before the first", On::Registered, "00A4040C 05 F053594D01", "00A4040F 05 F053594D01", 0x6A82),
        ("the card before its applications", On::Registered, "00A4040D 05 F053594D01", "00A4040F 05 F053594D42", 0x9000),
    ],
};

/// Losing this makes a card that half of all readers cannot find their files on.
#[test]
fn every_row() {
    super::run::run(FAMILY);
}
