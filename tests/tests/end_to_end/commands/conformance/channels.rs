//! MANAGE CHANNEL, and the class byte of an open channel.

use apdu_spec::command::Instruction;

use super::{On, Tested};

pub(super) const FAMILY: &[Tested] = &[MANAGE_CHANNEL, ON_A_CHANNEL];

#[rustfmt::skip] // Rows of a table.
const MANAGE_CHANNEL: Tested = Tested {
    instructions: &[Instruction::ManageChannel],
    name: "MANAGE CHANNEL",
    standard: "7816-4, 11.2.3",
    states: &[
        ("open, the card chooses", "00700000 01", [0x9000; 3]),
        ("with the longest Le", "00700000 00", [0x9000; 3]),
        ("open channel 3", "00700003", [0x9000; 3]),
        ("open on a channel that is not open", "01700000 01", [0x6881; 3]),
        ("open channel 4", "00700004", [0x6A86; 3]),
        ("a function of later use", "00704000", [0x6A86; 3]),
        ("open without Le", "00700000", [0x6700; 3]),
        ("open with data", "00700000 01 01 01", [0x6700; 3]),
        ("open a channel of one's own choice with Le", "00700001 01", [0x6700; 3]),
        ("close the basic channel", "00708000", [0x6985; 3]),
        ("close what is not open", "00708002", [0x6985; 3]),
        ("close channel 4", "00708004", [0x6A86; 3]),
        ("close with Le", "00708001 01", [0x6700; 3]),
    ],
    rows: &[
        ("open what is open", On::Registered, "00700001", "00700001", 0x6985),
        ("a fifth channel", On::Registered, "00700001; 00700002; 00700003", "00700000 01", 0x6A81),
        ("close it from the basic channel", On::Registered, "00700001", "00708001", 0x9000),
        ("close it from itself", On::Registered, "00700001", "01708000", 0x9000),
        ("close another from it", On::Registered, "00700001; 00700002", "01708002", 0x9000),
    ],
};

#[rustfmt::skip] // Rows of a table.
const ON_A_CHANNEL: Tested = Tested {
    instructions: &[],
    name: "Commands on a channel",
    standard: "7816-4, 5.4.1",
    states: &[
    ],
    rows: &[
        ("a command on it", On::Registered, "00700001", "01A4000C", 0x9000),
        ("a command on it once it is closed", On::Registered, "00700001; 00708001", "01A4000C", 0x6881),
        ("a command on it after a reset", On::Registered, "00700001; reset", "01A4000C", 0x6881),
        ("the file of another channel", On::Personalised, "00700001; 00A4000C 02 0101", "01B00000 01", 0x6986),
        ("a PIN verified on another channel", On::Registered, "00700001; 00200001 04 31333537", "01200001", 0x63C3),
    ],
};

/// Losing this leaves two programs at one card in each other's way.
#[test]
fn every_row() {
    super::run::run(FAMILY);
}
