//! Commands for records. Shared by several test programs.

use symbolon_apdu_spec::command::{
    Command, Expected, RecordAction, RecordChange, RecordFile, RecordName, RecordRange, SearchStart,
};

use super::files::record_file;

/// What is wrong, the APDU, and what a card answers. Not every program that shares the samples looks at them.
#[allow(dead_code, reason = "shared by several test programs")]
pub(crate) const BAD: [(&str, &str, u16); 22] = [
    ("READ RECORD with short id 1F", "00B201FC00", 0x6A86),
    ("READ RECORD FF", "00B2FF0400", 0x6A86),
    ("READ RECORD by identifier", "00B2010000", 0x6A81),
    ("READ RECORD with mode 7", "00B2010700", 0x6A86),
    ("READ RECORD without Le", "00B20104", 0x6700),
    ("READ RECORD with data", "00B2010401AA00", 0x6700),
    ("READ RECORD of parts of several", "00B301050354010000", 0x6A86),
    ("READ RECORD of a part without offset", "00B3010402530000", 0x6A80),
    ("READ RECORD of a part and more", "00B3010405540100530000", 0x6A80),
    (
        "READ RECORD with an offset of two bytes",
        "00B30104045402000000",
        0x6A80,
    ),
    ("UPDATE RECORD without data", "00DC0104", 0x6700),
    ("UPDATE RECORD with Le", "00DC010401AA00", 0x6700),
    ("UPDATE RECORD of several", "00DC010501AA", 0x6A86),
    (
        "UPDATE RECORD of a part by place",
        "00DD000006540100530100",
        0x6A86,
    ),
    (
        "UPDATE RECORD of a part of no bytes",
        "00DD0104055401005300",
        0x6A80,
    ),
    ("WRITE RECORD from the last", "00D2010601AA", 0x6A86),
    ("APPEND RECORD with a number", "00E2010001AA", 0x6A86),
    ("SEARCH RECORD by identifier", "00A2010001AA00", 0x6A86),
    ("SEARCH RECORD, proprietary", "00A2010701AA00", 0x6A86),
    (
        "SEARCH RECORD with an indication alone",
        "00A2010602040000",
        0x6A80,
    ),
    ("ERASE RECORD by place", "000C0000", 0x6A86),
    ("ERASE RECORD from the last", "000C0106", 0x6A86),
];

pub(crate) fn each(with: &mut dyn FnMut(&str, Command<'_>)) {
    let all = Expected::Available { extended: false };
    let (current, short) = (RecordFile::Current, RecordFile::ShortId(0x1E));
    let ranges = [
        ("the first record", RecordRange::One(RecordName::First)),
        ("the last record", RecordRange::One(RecordName::Last)),
        ("the next record", RecordRange::One(RecordName::Next)),
        ("the previous record", RecordRange::One(RecordName::Previous)),
        ("the current record", RecordRange::One(RecordName::Current)),
        ("record 254", RecordRange::One(RecordName::Number(0xFE))),
        (
            "records 2 to the last",
            RecordRange::ToLast(RecordName::Number(2)),
        ),
        (
            "records from the current one",
            RecordRange::ToLast(RecordName::Current),
        ),
        (
            "the last record to record 2",
            RecordRange::FromLast(RecordName::Number(2)),
        ),
    ];
    for (name, records) in ranges {
        with(
            &format!("read {name}"),
            Command::Record {
                file: short,
                action: RecordAction::Read { records, length: all },
            },
        );
    }
    for (name, length) in [("all", all), ("300 bytes", Expected::Exactly(300))] {
        with(
            &format!("read a part of a record, {name}"),
            Command::Record {
                file: current,
                action: RecordAction::ReadPart {
                    record: RecordName::Next,
                    offset: 0xFF,
                    length,
                },
            },
        );
    }
    let (file, record, data) = (current, RecordName::Number(1), &[0xAA; 255]);
    with(
        "write a record",
        Command::Record {
            file,
            action: RecordAction::Write { record, data },
        },
    );
    with(
        "update a record",
        Command::Record {
            file,
            action: RecordAction::Update { record, data },
        },
    );
    with(
        "append a record",
        Command::Record {
            file: short,
            action: RecordAction::Append { data },
        },
    );
    let changes = [
        ("replace", RecordChange::Replace),
        ("and", RecordChange::And),
        ("or", RecordChange::Or),
        ("exclusive or", RecordChange::Xor),
    ];
    for (name, change) in changes {
        with(
            &format!("update a part of a record: {name}"),
            Command::Record {
                file,
                action: RecordAction::UpdatePart {
                    record: RecordName::Current,
                    change,
                    offset: 7,
                    data: &[0xAA],
                },
            },
        );
    }
    for (name, records) in [
        ("record 3", RecordRange::One(RecordName::Number(3))),
        (
            "from the current record",
            RecordRange::ToLast(RecordName::Current),
        ),
    ] {
        with(
            &format!("erase {name}"),
            Command::Record {
                file,
                action: RecordAction::Erase { records },
            },
        );
    }
    let number = RecordName::Number(2);
    let searches = [
        ("forward", number, false, SearchStart::Beginning),
        ("backward", RecordName::Current, true, SearchStart::Beginning),
        ("at an offset", number, false, SearchStart::Offset(4)),
        ("backward from a byte", number, true, SearchStart::Value(0)),
        ("from the next", RecordName::Next, false, SearchStart::Offset(0)),
        (
            "from the previous",
            RecordName::Previous,
            true,
            SearchStart::Value(9),
        ),
    ];
    for (name, record, backward, start) in searches {
        with(
            &format!("search records {name}"),
            Command::Record {
                file,
                action: RecordAction::Search {
                    record,
                    backward,
                    start,
                    pattern: b"Bob",
                    length: all,
                },
            },
        );
    }
    with(
        "create an EF of records",
        Command::CreateFile {
            fcp: record_file(),
            rules_from: None,
        },
    );
}
