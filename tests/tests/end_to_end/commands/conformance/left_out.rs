//! Commands of the standards that the card has not, and those whose success no row shows.

use apdu_spec::command::Instruction;

/// Standard, instruction bytes, name, and why the card has it not.
pub(super) const LEFT_OUT: &[(&str, &[u8], &str, &str)] = &[
    (
        "7816-4",
        &[0x21],
        "VERIFY with data objects",
        "its data object would say no more than P2 of INS 20 does; biometric templates are no part of the card",
    ),
    (
        "7816-4",
        &[0x26],
        "DISABLE VERIFICATION REQUIREMENT",
        "whether a PIN is asked is a rule of the package that both parties signed, and no command may bend it",
    ),
    (
        "7816-4",
        &[0x28],
        "ENABLE VERIFICATION REQUIREMENT",
        "no requirement can be disabled",
    ),
    (
        "7816-4",
        &[0x33],
        "COMPARE",
        "compares with reference data inside the card: VERIFY and VERIFY CRYPTOGRAPHIC CHECKSUM do so with a try counter",
    ),
    (
        "7816-4",
        &[0x34, 0x35],
        "GET ATTRIBUTE",
        "attributes of data objects; the card's data objects are few and described in SPEC.md",
    ),
    (
        "7816-4",
        &[0x86, 0x87],
        "GENERAL AUTHENTICATE",
        "protocols of several steps; the card authenticates with one command each way",
    ),
    (
        "7816-4",
        &[0xA5],
        "SELECT DATA",
        "files hold what an application keeps; data objects are the card's own and named by P1 and P2",
    ),
    (
        "7816-4",
        &[0xC2, 0xC3],
        "ENVELOPE",
        "for readers that cannot send extended or chained commands; chaining does it",
    ),
    (
        "7816-4",
        &[0xCC, 0xCD],
        "GET NEXT DATA",
        "no data object of the card has a next one; GET DATA with a selector goes through lists",
    ),
    (
        "7816-4",
        &[0xCF],
        "MANAGE DATA",
        "the life cycle of data objects is that of the card",
    ),
    ("7816-4", &[0xD8, 0xD9], "PUT NEXT DATA", "as GET NEXT DATA"),
    (
        "7816-4",
        &[0xDB],
        "PUT DATA with a tag list",
        "one object with each command, so that each is written as a whole or not at all",
    ),
    (
        "7816-4",
        &[0xDE, 0xDF],
        "UPDATE DATA",
        "PUT DATA replaces; nothing of the card's data objects is written in parts",
    ),
    (
        "7816-7",
        &[0x10, 0x12, 0x14],
        "PERFORM SCQL, TRANSACTION and USER OPERATION",
        "a database on the card, which no application here has",
    ),
    (
        "7816-8",
        &[0x48],
        "IMPORT CARD SECRET",
        "secrets come in packages, sealed to one card and signed for",
    ),
    (
        "7816-9",
        &[0xEE],
        "DELETE DATA",
        "the card's data objects stay; an application goes by REMOVE APPLICATION",
    ),
    (
        "7816-13",
        &[0x41, 0xEB, 0xED],
        "APPLICATION MANAGEMENT REQUEST, LOAD APPLICATION and REMOVE APPLICATION with BER-TLV",
        "their even instructions carry TLV already",
    ),
];

/// Commands that this version does not have yet. A row whose instruction the card knows meanwhile is passed over.
pub(super) const NOT_YET: &[(&str, &[u8], &str, &str)] = &[];

/// Every instruction of ISO/IEC 7816-4, 7816-7, 7816-8, 7816-9 and 7816-13.
pub(super) const STANDARD: &[u8] = &[
    0x04, 0x0C, 0x0E, 0x0F, 0x10, 0x12, 0x14, 0x20, 0x21, 0x22, 0x24, 0x26, 0x28, 0x2A, 0x2C, 0x33, 0x34,
    0x35, 0x40, 0x41, 0x44, 0x46, 0x47, 0x48, 0x70, 0x82, 0x84, 0x86, 0x87, 0x88, 0xA0, 0xA1, 0xA2, 0xA4,
    0xA5, 0xB0, 0xB1, 0xB2, 0xB3, 0xC0, 0xC2, 0xC3, 0xCA, 0xCB, 0xCC, 0xCD, 0xCF, 0xD0, 0xD1, 0xD2, 0xD6,
    0xD7, 0xD8, 0xD9, 0xDA, 0xDB, 0xDC, 0xDD, 0xDE, 0xDF, 0xE0, 0xE2, 0xE4, 0xE6, 0xE8, 0xEA, 0xEB, 0xEC,
    0xED, 0xEE, 0xFE,
];

/// Forms of commands that the card has: standard, command, form, why.
pub(super) const FORMS: &[(&str, &str, &str, &str)] = &[
    (
        "7816-4",
        "RESET RETRY COUNTER",
        "P1 01, 02, 03",
        "6A86: only who has the unblocking code unblocks, and a PIN that was forgotten is given a new value with it",
    ),
    (
        "7816-4",
        "SELECT",
        "last, next and previous, with P1 other than 04",
        "6A86: file ids are unique in a DF, so that there is one occurrence",
    ),
    (
        "7816-9",
        "CREATE FILE",
        "8B of one byte, or by security environment; 8C, the compact form",
        "6A80: which file is meant is said, there is one environment, and the expanded form says all that the compact one can",
    ),
    (
        "7816-9",
        "DELETE FILE, TERMINATE EF, TERMINATE DF",
        "P1 04, by AID",
        "6A86: an application goes by REMOVE APPLICATION, with the word of those who stored it",
    ),
    (
        "7816-8",
        "PSO HASH",
        "90A0, last block with intermediate state",
        "6A86: a host that hashes all blocks but one can hash that one too, and the state would come from outside unproved; COMPUTE \
         DIGITAL SIGNATURE takes the whole digest",
    ),
];

/// Instructions whose success takes certificates and signatures made on the spot: where tests show it.
pub(super) const DONE_ELSEWHERE: &[(Instruction, &str)] = &[
    (
        Instruction::ExternalAuthenticate,
        "`tests/tests/end_to_end/holder/switched_off.rs`",
    ),
    (
        Instruction::SecurityOperation,
        "`simulator/tests/rules/operations.rs`",
    ),
    (
        Instruction::InternalAuthenticate,
        "`simulator/tests/rules/operations.rs`",
    ),
    (
        Instruction::ResetRetryCounter,
        "`tests/tests/end_to_end/holder/unblocking.rs`",
    ),
    (
        Instruction::LoadApplication,
        "`tests/tests/end_to_end/commands/order.rs`",
    ),
    (
        Instruction::RemoveApplication,
        "`tests/tests/end_to_end/storing.rs`",
    ),
];
