//! What keys of applications are used with.

use apdu_spec::command::Instruction;

use super::{On, Tested};

pub(super) const FAMILY: &[Tested] = &[MANAGE_SECURITY_ENVIRONMENT, SECURITY_OPERATION, INTERNAL_AUTHENTICATE];

#[rustfmt::skip] // Rows of a table.
const MANAGE_SECURITY_ENVIRONMENT: Tested = Tested {
    instructions: &[Instruction::ManageSecurityEnvironment],
    name: "MANAGE SECURITY ENVIRONMENT",
    standard: "7816-4, 11.5.11",
    states: &[
        ("RESTORE", "0022F301", [0x9000; 3]),
        ("RESTORE with data", "0022F301 03 830181", [0x6700; 3]),
        ("RESTORE of environment 02", "0022F302", [0x6A86; 3]),
        ("STORE", "0022F201", [0x6A86; 3]),
        ("ERASE", "0022F401", [0x6A86; 3]),
        ("SET, a key of no application", "002241B6 03 840181", [0x6A88; 3]),
        ("SET, the registration key", "002241B6 03 840101", [0x6A88; 3]),
        ("SET, the key-agreement key", "002241A6 03 840102", [0x6A88; 3]),
        ("SET for both sides", "0022C1B6 03 840181", [0x6A86; 3]),
        ("SET of a template of hashes", "002241AA 03 840181", [0x6A86; 3]),
        ("SET of a certificate's key, and there is none", "002281B6 0D 830B 5858505256303030303031", [0x6985; 3]),
        ("SET, wrong reference object", "002241B8 03 840181", [0x6A80; 3]),
        ("SET, a point", "002241B6 03 860181", [0x6A80; 3]),
        ("SET, without data", "002241B6", [0x6700; 3]),
        ("SET, with Le", "002241B6 03 840181 00", [0x6700; 3]),
    ],
    rows: &[
        ("a key that the application has not", On::Registered, "00A4040C 07 F053594D010101", "002241B6 03 84018F", 0x6A88),
    ],
};

#[rustfmt::skip] // Rows of a table.
const SECURITY_OPERATION: Tested = Tested {
    instructions: &[Instruction::SecurityOperation],
    name: "PERFORM SECURITY OPERATION",
    standard: "7816-8",
    states: &[
        ("VERIFY CERTIFICATE, noise", "002A00BE 04 7F4E0100", [0x6A80; 3]),
        ("VERIFY CERTIFICATE without data", "002A00BE", [0x6700; 3]),
        ("VERIFY CERTIFICATE with Le", "002A00BE 04 7F4E0100 00", [0x6700; 3]),
        ("P2 AE", "002A00AE 04 7F4E0100", [0x6A86; 3]),
        ("COMPUTE DIGITAL SIGNATURE of four bytes", "002A9E9A 04 7F4E0100 00", [0x6700; 3]),
        ("COMPUTE DIGITAL SIGNATURE, nothing was hashed", "002A9E9A 00", [0x6985; 3]),
        ("COMPUTE DIGITAL SIGNATURE without Le", "002A9E9A", [0x6700; 3]),
        ("HASH outside an application", "002A9080 01 00", [0x6A88; 3]),
        ("HASH of nothing", "002A9080", [0x6700; 3]),
        ("HASH with an intermediate state", "002A90A0 02 9000", [0x6A86; 3]),
        ("ENCIPHER without a key", "002A8680 01 00 00", [0x6985; 3]),
        ("ENCIPHER nothing", "002A8680 00", [0x6700; 3]),
        ("DECIPHER without a key", "002A8086 01 80 00", [0x6985; 3]),
        ("DECIPHER, a template without point", "002A8086 02 A600 00", [0x6A80; 3]),
        ("DECIPHER without Le", "002A8086 01 80", [0x6700; 3]),
        ("COMPUTE CHECKSUM without a key", "002A8E80 01 00 00", [0x6985; 3]),
        ("VERIFY CHECKSUM, noise", "002A00A2 02 8000", [0x6A80; 3]),
        ("VERIFY SIGNATURE, noise", "002A00A8 02 9E00", [0x6A80; 3]),
        ("VERIFY SIGNATURE with Le", "002A00A8 02 9E00 00", [0x6700; 3]),
    ],
    rows: &[
        ("HASH in an application", On::Registered, "00A4040C 07 F053594D010101", "002A9080 03 616263", 0x9000),
        ("HASH, answered", On::Registered, "00A4040C 07 F053594D010101", "002A9080 03 616263 00", 0x9000),
    ],
};

#[rustfmt::skip] // Rows of a table.
const INTERNAL_AUTHENTICATE: Tested = Tested {
    instructions: &[Instruction::InternalAuthenticate],
    name: "INTERNAL AUTHENTICATE",
    standard: "7816-4, 11.6.2",
    states: &[
        ("no key chosen", "00880000 08 0000000000000000 00", [0x6985; 3]),
        ("a key of no application", "00880081 08 0000000000000000 00", [0x6A88; 3]),
        ("the registration key", "00880001 08 0000000000000000 00", [0x6A88; 3]),
        ("P1 01", "00880100 08 0000000000000000 00", [0x6A86; 3]),
        ("a challenge of seven", "00880000 07 00000000000000 00", [0x6700; 3]),
        ("without Le", "00880000 08 0000000000000000", [0x6700; 3]),
    ],
    rows: &[
    ],
};

/// Losing this lets keys be used by whoever names them.
#[test]
fn every_row() {
    super::run::run(FAMILY);
}
