//! Data objects and what waits.

use apdu_spec::command::Instruction;

use super::{On, Tested};

pub(super) const FAMILY: &[Tested] = &[GET_DATA, PUT_DATA, GET_RESPONSE];

#[rustfmt::skip] // Rows of a table.
const GET_DATA: Tested = Tested {
    instructions: &[Instruction::GetData, Instruction::GetDataSelected],
    name: "GET DATA",
    standard: "7816-4, 11.5.3",
    states: &[
        ("status", "00CA0101 00", [0x9000; 3]),
        ("root of the issuer registrar", "00CA0102 000000", [0x6A88, 0x9000, 0x9000]),
        ("root of the data registrar", "00CA0103 000000", [0x6A88, 0x9000, 0x9000]),
        ("IRC", "00CA0104 000000", [0x6A88, 0x6A88, 0x9000]),
        ("RC", "00CA0105 000000", [0x6A88, 0x6A88, 0x9000]),
        ("open requests", "00CA0106 00", [0x9000; 3]),
        ("the only open request", "00CA0107 00", [0x6A88; 3]),
        ("newest receipt", "00CA0108 000000", [0x6A88, 0x6A88, 0x6982]),
        ("any receipt", "00CA0109 000000", [0x6A88, 0x6A88, 0x6982]),
        ("floors", "00CA010B 000000", [0x9000, 0x9000, 0x6982]),
        ("applications", "00CA010A 000000", [0x9000, 0x9000, 0x6982]),
        ("files in the current DF", "00CA010C 000000", [0x9000; 3]),
        ("files behind one", "00CB010C 000004 83024F01 0000", [0x9000; 3]),
        ("files behind no id", "00CB010C 03 83014F 00", [0x6A80; 3]),
        ("files behind two", "00CB010C 08 83024F0183024F02 00", [0x6A80; 3]),
        ("last reason", "00CA010F 00", [0x9000; 3]),
        ("consent PIN", "00CA0120 00", [0x6A88; 3]),
        ("user PIN", "00CA0121 00", [0x6A88; 3]),
        ("user information", "00CA0122 00", [0x6A88; 3]),
        ("a tag nobody has", "00CA0100 00", [0x6A88; 3]),
        ("tag FFFF", "00CAFFFF 00", [0x6A88; 3]),
        ("without Le", "00CA0101", [0x6700; 3]),
        ("with data", "00CA0101 01 00 00", [0x6700; 3]),
        ("open request 1", "00CB0107 06 890400000001 00", [0x6A88; 3]),
        ("receipt 0", "00CB0109 000006 860400000000 0000", [0x6A88, 0x6A88, 0x9000]),
        ("a receipt to come", "00CB0109 000006 860400000003 0000", [0x6A88; 3]),
        ("receipt of a request unknown", "00CB0109 000022 9020000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F 0000", [0x6A88; 3]),
        ("floors behind no AID", "00CB010B 06 4F04F053594D 00", [0x6A80; 3]),
        ("applications behind one", "00CB010A 000009 4F07F053594D010101 0000", [0x9000, 0x9000, 0x6982]),
        ("applications behind no AID", "00CB010A 06 4F04F053594D 00", [0x6A80; 3]),
        ("applications behind two", "00CB010A 0E 4F05F053594D01 4F05F053594D02 00", [0x6A80; 3]),
        ("status has no selector", "00CB0101 06 890400000001 00", [0x6A88; 3]),
        ("a selector of another object", "00CB0109 06 890400000000 00", [0x6A80; 3]),
        ("a selector cut short", "00CB0109 05 8604000000 00", [0x6A80; 3]),
        ("selector wanted", "00CB0109 00", [0x6700; 3]),
        ("selector without Le", "00CB0109 06 860400000000", [0x6700; 3]),
    ],
    rows: &[
    ],
};

#[rustfmt::skip] // Rows of a table.
const PUT_DATA: Tested = Tested {
    instructions: &[Instruction::PutData],
    name: "PUT DATA",
    standard: "7816-4, 11.5.5",
    states: &[
        ("consent PIN", "00DA0120 06 303030303030", [0x9000, 0x9000, 0x6985]),
        ("consent PIN, extended", "00DA0120 000006 303030303030", [0x9000, 0x9000, 0x6985]),
        ("consent PIN of 12 bytes", "00DA0120 0C 303030303030303030303030", [0x9000, 0x9000, 0x6985]),
        ("consent PIN too short", "00DA0120 05 3030303030", [0x6A80, 0x6A80, 0x6985]),
        ("consent PIN too long", "00DA0120 0D 30303030303030303030303030", [0x6A80, 0x6A80, 0x6985]),
        ("user PIN", "00DA0121 04 30303030", [0x9000, 0x9000, 0x6985]),
        ("user PIN too short", "00DA0121 03 303030", [0x6A80, 0x6A80, 0x6985]),
        ("user information too short", "00DA0122 01 00", [0x6A80, 0x6A80, 0x6985]),
        ("no certificate as root", "00DA0102 04 7F210100", [0x6A80, 0x6A80, 0x6985]),
        ("noise as root", "00DA0103 01 00", [0x6A80, 0x6A80, 0x6985]),
        ("status", "00DA0101 01 00", [0x6A88; 3]),
        ("IRC", "00DA0104 01 00", [0x6A88; 3]),
        ("a tag nobody has", "00DAFFFF 01 00", [0x6A88; 3]),
        ("without data", "00DA0121", [0x6700; 3]),
        ("with Le", "00DA0121 04 30303030 00", [0x6700; 3]),
    ],
    rows: &[
    ],
};

#[rustfmt::skip] // Rows of a table.
const GET_RESPONSE: Tested = Tested {
    instructions: &[Instruction::GetResponse],
    name: "GET RESPONSE",
    standard: "7816-4, 11.8.1",
    states: &[
        ("nothing waits", "00C00000 00", [0x6985; 3]),
        ("P2 01", "00C00001 00", [0x6A86; 3]),
        ("without Le", "00C00000", [0x6700; 3]),
        ("with data", "00C00000 01 00 00", [0x6700; 3]),
    ],
    rows: &[
        ("the rest", On::Registered, "00CA0105 20", "00C00000 000000", 0x9000),
    ],
};

/// Losing this lets personalisation data of a registered card be rewritten.
#[test]
fn every_row() {
    super::run::run(FAMILY);
}
