//! PINs, challenges and keys.

use apdu_spec::command::Instruction;

use super::{On, Tested};

pub(super) const FAMILY: &[Tested] = &[GET_CHALLENGE, VERIFY, CHANGE_REFERENCE_DATA, RESET_RETRY_COUNTER, EXTERNAL_AUTHENTICATE, GENERATE_KEY_PAIR];

#[rustfmt::skip] // Rows of a table.
const GET_CHALLENGE: Tested = Tested {
    instructions: &[Instruction::GetChallenge],
    name: "GET CHALLENGE",
    standard: "7816-4, 11.6.3",
    states: &[
        ("without Le", "00840000", [0x6700; 3]),
        ("with data", "00840000 01 00 08", [0x6700; 3]),
        ("257 bytes", "00840000 000101", [0x6700; 3]),
        ("65,536 bytes", "00840000 000000", [0x6700; 3]),
        ("P1 01", "00840100 08", [0x6A86; 3]),
        ("P2 01", "00840001 08", [0x6A86; 3]),
    ],
    rows: &[
        ("one byte", On::Registered, "", "00840000 01", 0x9000),
        ("eight", On::Registered, "", "00840000 08", 0x9000),
        ("256", On::Registered, "", "00840000 00", 0x9000),
    ],
};

#[rustfmt::skip] // Rows of a table.
const VERIFY: Tested = Tested {
    instructions: &[Instruction::Verify],
    name: "VERIFY",
    standard: "7816-4, 11.6.6",
    states: &[
        ("how many tries", "00200001", [0x6A88, 0x63C3, 0x63C3]),
        ("how many tries for consent", "00200002", [0x6A88, 0x63C3, 0x63C3]),
        ("transport value", "00200001 04 30303030", [0x6A88, 0x6984, 0x63C2]),
        ("user PIN", "00200001 04 31333537", [0x6A88, 0x6984, 0x9000]),
        ("user PIN, extended", "00200001 000004 31333537", [0x6A88, 0x6984, 0x9000]),
        ("consent PIN", "00200002 06 323436383130", [0x6A88, 0x6984, 0x9000]),
        ("user PIN and one byte", "00200001 05 3133353700", [0x6A88, 0x6984, 0x63C2]),
        ("too short for any PIN", "00200001 03 313335", [0x6700; 3]),
        ("too long for any PIN", "00200001 11 3133353733333333333333333333333333", [0x6700; 3]),
        ("with Le", "00200001 04 31333537 00", [0x6700; 3]),
        ("Le alone", "00200001 00", [0x6700; 3]),
        ("P1 01", "00200101 04 31333537", [0x6A86; 3]),
        ("reference 00", "00200000 04 31333537", [0x6A88; 3]),
        ("reference 03", "00200003 04 31333537", [0x6A88; 3]),
        ("reference 80", "00200080 04 31333537", [0x6A88; 3]),
        ("reference 90", "00200090 04 31333537", [0x6A88; 3]),
        ("local PIN without application", "00200081 04 31333537", [0x6A88; 3]),
    ],
    rows: &[
        ("a transport PIN opens nothing", On::Transport, "", "00200001 04 30303030", 0x6984),
        ("a wrong transport PIN takes no try", On::Transport, "", "00200001 04 39393939", 0x6984),
        ("verified, and asked", On::Registered, "00200001 04 31333537", "00200001", 0x9000),
        ("forgotten by a reset", On::Registered, "00200001 04 31333537; reset", "00200001", 0x63C3),
        ("a local PIN", On::Registered, "00A4040C 07 F053594D010101", "00200081", 0x63C3),
        ("a local PIN nobody has", On::Registered, "00A4040C 07 F053594D010101", "00200082", 0x6A88),
    ],
};

#[rustfmt::skip] // Rows of a table.
const CHANGE_REFERENCE_DATA: Tested = Tested {
    instructions: &[Instruction::ChangeReferenceData],
    name: "CHANGE REFERENCE DATA",
    standard: "7816-4, 11.6.7",
    states: &[
        ("transport value", "00240001 08 30303030 31313131", [0x6A88, 0x9000, 0x63C2]),
        ("user PIN", "00240001 08 31333537 31313131", [0x6A88, 0x63C2, 0x9000]),
        ("too short for two PINs", "00240001 07 31333537313131", [0x6700; 3]),
        ("too long for two PINs", "00240001 21 313335373131313131313131313131313131313131313131313131313131313131", [0x6700; 3]),
        ("without data", "00240001", [0x6700; 3]),
        ("with Le", "00240001 08 31333537 31313131 00", [0x6700; 3]),
        ("P1 01", "00240101 08 31333537 31313131", [0x6A86; 3]),
        ("reference 00", "00240000 08 31333537 31313131", [0x6A88; 3]),
        ("local PIN without application", "00240081 08 31333537 31313131", [0x6A88; 3]),
    ],
    rows: &[
        ("the transport value", On::Transport, "", "00240001 08 30303030 31333537", 0x9000),
        ("the transport value to itself", On::Transport, "", "00240001 08 30303030 30303030", 0x6A80),
        ("a consent PIN of five", On::Transport, "", "00240002 0B 303030303030 3132333435", 0x6A80),
    ],
};

#[rustfmt::skip] // Rows of a table.
const RESET_RETRY_COUNTER: Tested = Tested {
    instructions: &[Instruction::ResetRetryCounter],
    name: "RESET RETRY COUNTER",
    standard: "7816-4, 11.6.10",
    states: &[
    ],
    rows: &[
        ("no unblocking code", On::Registered, "", "002C0001 0C 303030303030303031313131", 0x6A88),
        ("on a card without PINs", On::Blank, "", "002C0001 0C 303030303030303031313131", 0x6A88),
        ("without data", On::Registered, "", "002C0001", 0x6700),
        ("P1 01, the code alone", On::Registered, "", "002C0101 08 3030303030303030", 0x6A86),
        ("P1 01, code and new PIN", On::Registered, "", "002C0101 0C 303030303030303031313131", 0x6A86),
        ("P1 02, a new PIN alone", On::Registered, "", "002C0201 04 31313131", 0x6A86),
        ("P1 03, nothing", On::Registered, "", "002C0301", 0x6A86),
        ("P1 04", On::Registered, "", "002C0401 0C 303030303030303031313131", 0x6A86),
        ("a local PIN", On::Registered, "00A4040C 07 F053594D010101", "002C0081 0C 303030303030303031313131", 0x6A88),
        ("with Le", On::Registered, "", "002C0001 0C 303030303030303031313131 00", 0x6700),
    ],
};

#[rustfmt::skip] // Rows of a table.
const EXTERNAL_AUTHENTICATE: Tested = Tested {
    instructions: &[Instruction::ExternalAuthenticate],
    name: "EXTERNAL AUTHENTICATE",
    standard: "7816-4, 11.6.4",
    states: &[
    ],
    rows: &[
        ("noise", On::Registered, "00840000 10", "00820000 04 F0020000", 0x6A80),
        ("without challenge", On::Registered, "", "00820000 04 F0020000", 0x6982),
        ("without data", On::Registered, "", "00820000", 0x6700),
        ("P1 01", On::Registered, "", "00820100 04 F0020000", 0x6A86),
        ("with the registration key", On::Registered, "00840000 10", "00820001 10 00000000000000000000000000000000", 0x6A88),
        ("with a key of no application", On::Registered, "", "00820081 10 00000000000000000000000000000000", 0x6A88),
        ("with the key chosen, and none is", On::Registered, "00840000 10", "00820000 10 00000000000000000000000000000000", 0x6985),
        ("MUTUAL with the key chosen, and none is", On::Registered, "00840000 10", "00820000 20 0000000000000000000000000000000000000000000000000000000000000000 00", 0x6985),
        ("MUTUAL without a MAC", On::Registered, "", "00820000 10 00000000000000000000000000000000 00", 0x6700),
        ("with a key, a MAC of four", On::Registered, "", "00820081 04 F0020000", 0x6700),
    ],
};

#[rustfmt::skip] // Rows of a table.
const GENERATE_KEY_PAIR: Tested = Tested {
    instructions: &[Instruction::GenerateKeyPair, Instruction::GenerateKeyPairObjects],
    name: "GENERATE ASYMMETRIC KEY PAIR",
    standard: "7816-8",
    states: &[
        ("make the registration key", "00468000 05 B603830101 00", [0x9000, 0x9000, 0x6985]),
        ("make the key-agreement key", "00468000 05 A603830102 00", [0x9000, 0x9000, 0x6985]),
        ("read the registration key", "00468100 05 B603830101 00", [0x6A88, 0x9000, 0x9000]),
        ("read it, extended", "00468100 000005 B603830101 0000", [0x6A88, 0x9000, 0x9000]),
        ("read the key-agreement key", "00468100 05 A603830102 00", [0x6A88, 0x9000, 0x9000]),
        ("registration key for agreement", "00468100 05 A603830101 00", [0x6A80; 3]),
        ("key-agreement key for signatures", "00468100 05 B603830102 00", [0x6A80; 3]),
        ("with the odd instruction", "00478000 05 B603830101 00", [0x9000, 0x9000, 0x6985]),
        ("reference 03", "00468100 05 B603830103 00", [0x6A88; 3]),
        ("local key without application", "00468000 05 B603830181 00", [0x6A88; 3]),
        ("secret key without application", "00468000 05 B803830181 00", [0x6A88; 3]),
        ("no template", "00468000 03 830101 00", [0x6A80; 3]),
        ("two templates", "00468000 0A B603830101 A603830102 00", [0x6A80; 3]),
        ("P1 82", "00468200 05 B603830101 00", [0x6A86; 3]),
        ("P2 01", "00468001 05 B603830101 00", [0x6A86; 3]),
        ("without data", "00468000 00", [0x6700; 3]),
        ("without Le", "00468000 05 B603830101", [0x6700; 3]),
    ],
    rows: &[
    ],
};

/// Losing this gives keys and PINs to whoever comes first.
#[test]
fn every_row() {
    super::run::run(FAMILY);
}
