//! EFs of records: 0201 (short id 0B) of five records of four bytes, 0202 (0C) of up to four records of up to eight bytes,
//! twenty together, 0203 (0D) of the three newest records of two bytes. All are empty at first.

use apdu_spec::command::Instruction;

use super::{On, Tested};

pub(super) const FAMILY: &[Tested] = &[
    READ_RECORD,
    WRITE_RECORD,
    UPDATE_RECORD,
    APPEND_RECORD,
    SEARCH_RECORD,
    ERASE_RECORD,
];

/// Three records of one length, the last of which is the current one.
const FIXED: &str = "00E20058 04 41424344; 00E20000 04 45464748; 00E20000 04 41424344";
/// Two records of other lengths.
const VARIABLE: &str = "00E20060 02 4142; 00E20000 08 4344454647484142";

#[rustfmt::skip] // Rows of a table.
const READ_RECORD: Tested = Tested {
    instructions: &[Instruction::ReadRecord, Instruction::ReadRecordPart],
    name: "READ RECORD",
    standard: "7816-4, 11.4.3",
    states: &[
        ("no EF selected", "00B20104 00", [0x6986; 3]),
        ("short id 0B, no record", "00B2015C 00", [0x6A82, 0x6A83, 0x6A83]),
        ("short id 1F", "00B201FC 00", [0x6A86; 3]),
        ("record FF", "00B2FF5C 00", [0x6A86; 3]),
        ("by record identifier", "00B20158 00", [0x6A81; 3]),
        ("mode 7", "00B2015F 00", [0x6A86; 3]),
        ("without Le", "00B2015C", [0x6700; 3]),
        ("with data", "00B2015C 01 41 00", [0x6700; 3]),
        ("a file of bytes", "00B2010C 00", [0x6A82, 0x6981, 0x6981]),
        ("part, no offset", "00B3015C 02 5300 00", [0x6A80; 3]),
        ("part of several records", "00B3015D 03 540100 00", [0x6A86; 3]),
        ("part, without data", "00B3015C 00", [0x6700; 3]),
    ],
    rows: &[
        ("record 1", On::Registered, FIXED, "00B20104 00", 0x9000),
        ("record 3", On::Registered, FIXED, "00B20304 04", 0x9000),
        ("record 4 of 3", On::Registered, FIXED, "00B20404 00", 0x6A83),
        ("first", On::Registered, FIXED, "00B20000 00", 0x9000),
        ("last", On::Registered, FIXED, "00B20001 00", 0x9000),
        ("next after the last", On::Registered, FIXED, "00B20002 00", 0x6A83),
        ("previous", On::Registered, FIXED, "00B20003 00", 0x9000),
        ("the current record", On::Registered, FIXED, "00B20004 00", 0x9000),
        ("no current record after a short id", On::Registered, FIXED, "00B2005C 00", 0x6A83),
        ("next, where none is current", On::Registered, FIXED, "00B2005A 00", 0x9000),
        ("all from record 2", On::Registered, FIXED, "00B20205 00", 0x9000),
        ("all from the last to record 2", On::Registered, FIXED, "00B20206 00", 0x9000),
        ("all from record 4 of 3", On::Registered, FIXED, "00B20405 00", 0x6A83),
        ("more than the record", On::Registered, FIXED, "00B20104 05", 0x6282),
        ("less than the record", On::Registered, FIXED, "00B20104 03", 0x9000),
        ("a record of two bytes", On::Registered, VARIABLE, "00B20104 02", 0x9000),
        ("part of a record", On::Registered, FIXED, "00B30104 03 540102 00", 0x9000),
        ("part, more than is left", On::Registered, FIXED, "00B30104 03 540102 05", 0x6282),
        ("part, beyond the record", On::Registered, FIXED, "00B30104 03 540104 00", 0x6B00),
        ("part, Le too short for an object", On::Registered, FIXED, "00B30104 03 540100 02", 0x6700),
    ],
};

#[rustfmt::skip] // Rows of a table.
const WRITE_RECORD: Tested = Tested {
    instructions: &[Instruction::WriteRecord],
    name: "WRITE RECORD",
    standard: "7816-4, 11.4.4",
    states: &[
        ("no EF selected", "00D20104 01 41", [0x6986; 3]),
        ("no record", "00D2015C 04 41424344", [0x6A82, 0x6A83, 0x6A83]),
        ("short id 1F", "00D201FC 01 41", [0x6A86; 3]),
        ("several records", "00D2015D 04 41424344", [0x6A86; 3]),
        ("by record identifier", "00D20158 04 41424344", [0x6A81; 3]),
        ("without data", "00D2015C", [0x6700; 3]),
        ("with Le", "00D2015C 01 41 00", [0x6700; 3]),
        ("a file of bytes", "00D2010C 01 41", [0x6A82, 0x6981, 0x6981]),
    ],
    rows: &[
        ("record 1", On::Registered, FIXED, "00D20104 04 01010101", 0x9000),
        ("a record of another length", On::Registered, FIXED, "00D20104 03 010101", 0x6700),
        ("previous", On::Registered, FIXED, "00D20003 04 01010101", 0x9000),
        ("a cycle that everybody only reads", On::Registered, "", "00D2036C 02 4142", 0x6982),
        ("previous in a cycle: appends", On::Personalised, "", "00D2006B 02 4142", 0x9000),
    ],
};

#[rustfmt::skip] // Rows of a table.
const UPDATE_RECORD: Tested = Tested {
    instructions: &[Instruction::UpdateRecord, Instruction::UpdateRecordPart],
    name: "UPDATE RECORD",
    standard: "7816-4, 11.4.5",
    states: &[
        ("no EF selected", "00DC0104 01 41", [0x6986; 3]),
        ("no record", "00DC015C 04 41424344", [0x6A82, 0x6A83, 0x6A83]),
        ("short id 1F", "00DC01FC 01 41", [0x6A86; 3]),
        ("several records", "00DC015D 04 41424344", [0x6A86; 3]),
        ("by record identifier", "00DC0158 04 41424344", [0x6A81; 3]),
        ("without data", "00DC015C", [0x6700; 3]),
        ("with Le", "00DC015C 01 41 00", [0x6700; 3]),
        ("a file of bytes", "00DC010C 01 41", [0x6A82, 0x6981, 0x6981]),
        ("part, no bytes", "00DD015C 05 540100 5300", [0x6A80; 3]),
        ("part, mode 0", "00DD0158 06 540100 530141", [0x6A86; 3]),
        ("part, with Le", "00DD015C 06 540100 530141 00", [0x6700; 3]),
    ],
    rows: &[
        ("record 1", On::Registered, FIXED, "00DC0104 04 01010101", 0x9000),
        ("the current record", On::Registered, FIXED, "00DC0004 04 01010101", 0x9000),
        ("record 4 of 3", On::Registered, FIXED, "00DC0404 04 01010101", 0x6A83),
        ("a record of another length", On::Registered, FIXED, "00DC0104 03 010101", 0x6700),
        ("a longer one where length varies", On::Registered, VARIABLE, "00DC0104 08 0102030405060708", 0x9000),
        ("longer than the longest", On::Registered, VARIABLE, "00DC0104 09 010203040506070809", 0x6700),
        ("more than the file holds", On::Registered, "00E20060 08 4142434445464748; 00E20000 08 4142434445464748; 00E20000 01 41", "00DC0304 05 4142434445", 0x6A84),
        ("a cycle that everybody only reads", On::Registered, "", "00DC006B 02 4142", 0x6982),
        ("previous in a cycle: appends", On::Personalised, "", "00DC006B 02 4142", 0x9000),
        ("part: replace", On::Registered, FIXED, "00DD0104 07 540102 53024142", 0x9000),
        ("part: AND", On::Registered, FIXED, "00DD0105 07 540102 53024142", 0x9000),
        ("part: OR", On::Registered, FIXED, "00DD0106 07 540102 53024142", 0x9000),
        ("part: XOR", On::Registered, FIXED, "00DD0107 07 540102 53024142", 0x9000),
        ("part: beyond the record", On::Registered, FIXED, "00DD0104 06 540104 530141", 0x6B00),
        ("part: across its end", On::Registered, FIXED, "00DD0104 07 540103 53024142", 0x6A84),
    ],
};

#[rustfmt::skip] // Rows of a table.
const APPEND_RECORD: Tested = Tested {
    instructions: &[Instruction::AppendRecord],
    name: "APPEND RECORD",
    standard: "7816-4, 11.4.6",
    states: &[
        ("no EF selected", "00E20000 01 41", [0x6986; 3]),
        ("short id 0B", "00E20058 04 41424344", [0x6A82, 0x9000, 0x9000]),
        ("short id 1F", "00E200F8 01 41", [0x6A86; 3]),
        ("P1 01", "00E20158 04 41424344", [0x6A86; 3]),
        ("mode 4", "00E2005C 04 41424344", [0x6A86; 3]),
        ("without data", "00E20058", [0x6700; 3]),
        ("with Le", "00E20058 04 41424344 00", [0x6700; 3]),
        ("a file of bytes", "00E20008 01 41", [0x6A82, 0x6981, 0x6981]),
        ("a record of another length", "00E20058 03 414243", [0x6A82, 0x6700, 0x6700]),
        ("longer than the longest", "00E20060 09 414243444546474849", [0x6A82, 0x6700, 0x6700]),
        ("a cycle", "00E20068 02 4142", [0x6A82, 0x9000, 0x6982]),
    ],
    rows: &[
        ("a sixth of five records", On::Registered, "00E20058 04 41424344; 00E20000 04 41424344; 00E20000 04 41424344; 00E20000 04 41424344; 00E20000 04 41424344", "00E20000 04 41424344", 0x6A84),
        ("more than the file holds", On::Registered, "00E20060 08 4142434445464748; 00E20000 08 4142434445464748", "00E20000 05 4142434445", 0x6A84),
        ("a full cycle: the oldest gives way", On::Personalised, "00E20068 02 4142; 00E20000 02 4143; 00E20000 02 4144", "00E20000 02 4145", 0x9000),
    ],
};

#[rustfmt::skip] // Rows of a table.
const SEARCH_RECORD: Tested = Tested {
    instructions: &[Instruction::SearchRecord],
    name: "SEARCH RECORD",
    standard: "7816-4, 11.4.7",
    states: &[
        ("no EF selected", "00A20104 01 41 00", [0x6986; 3]),
        ("no record", "00A2015C 01 41 00", [0x6A82, 0x6A83, 0x6A83]),
        ("short id 1F", "00A201FC 01 41 00", [0x6A86; 3]),
        ("by record identifier", "00A20158 01 41 00", [0x6A86; 3]),
        ("proprietary", "00A2015F 01 41 00", [0x6A86; 3]),
        ("without Le", "00A2015C 01 41", [0x6700; 3]),
        ("without data", "00A2015C 00", [0x6700; 3]),
        ("enhanced, an indication alone", "00A2015E 02 0400 00", [0x6A80; 3]),
        ("enhanced, unknown indication", "00A2015E 03 030041 00", [0x6A80; 3]),
        ("a file of bytes", "00A2010C 01 41 00", [0x6A82, 0x6981, 0x6981]),
    ],
    rows: &[
        ("forward", On::Registered, FIXED, "00A20104 02 4142 00", 0x9000),
        ("backward from record 3", On::Registered, FIXED, "00A20305 02 4142 00", 0x9000),
        ("nothing found", On::Registered, FIXED, "00A20104 02 4147 00", 0x6282),
        ("longer than the records", On::Registered, FIXED, "00A20104 05 4142434445 00", 0x6700),
        ("longer than some records", On::Registered, VARIABLE, "00A20104 03 434445 00", 0x9000),
        ("from offset 2", On::Registered, FIXED, "00A20106 04 0402 4344 00", 0x9000),
        ("from offset 3", On::Registered, FIXED, "00A20106 04 0403 4344 00", 0x6282),
        ("from a byte", On::Registered, FIXED, "00A20106 04 0C42 4344 00", 0x9000),
        ("after the last", On::Registered, FIXED, "00A20006 03 0600 41 00", 0x6A83),
        ("before the last", On::Registered, FIXED, "00A20006 03 0700 41 00", 0x9000),
        ("next, with a number", On::Registered, FIXED, "00A20106 03 0600 41 00", 0x6A80),
    ],
};

#[rustfmt::skip] // Rows of a table.
const ERASE_RECORD: Tested = Tested {
    instructions: &[Instruction::EraseRecord],
    name: "ERASE RECORD",
    standard: "7816-4, 11.4.8",
    states: &[
        ("no EF selected", "000C0104", [0x6986; 3]),
        ("no record", "000C015C", [0x6A82, 0x6A83, 0x6A83]),
        ("short id 1F", "000C01FC", [0x6A86; 3]),
        ("first", "000C0058", [0x6A86; 3]),
        ("from the last", "000C015E", [0x6A86; 3]),
        ("with data", "000C015C 01 41", [0x6700; 3]),
        ("with Le", "000C015C 00", [0x6700; 3]),
        ("a file of bytes", "000C010C", [0x6A82, 0x6981, 0x6981]),
    ],
    rows: &[
        ("record 1", On::Registered, FIXED, "000C0104", 0x9000),
        ("the current record", On::Registered, FIXED, "000C0004", 0x9000),
        ("all from record 2", On::Registered, FIXED, "000C0205", 0x9000),
        ("where length varies", On::Registered, VARIABLE, "000C0105", 0x9000),
        ("record 4 of 3", On::Registered, FIXED, "000C0404", 0x6A83),
        ("a cycle that everybody only reads", On::Registered, "", "000C016C", 0x6982),
    ],
};
