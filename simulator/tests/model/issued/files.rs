//! The files that both applications begin with, and the rules for those that users add.

use apdu_spec::file::FileKind;

use super::rule::When::{self, Always, Both, Either, Never, Shown};
use super::rule::Who::{Key, Pin};
use super::rule::{Rule, rule};

/// An EF of both applications.
#[derive(Clone, Copy, Debug)]
pub struct Planned {
    pub id: u16,
    pub short_id: u8,
    /// Whether it lies in DF 7100 rather than in the application's own.
    pub inner: bool,
    pub size: u16,
    pub rule: Rule,
}

const fn planned(id: u16, short_id: u8, inner: bool, size: u16, rule: Rule) -> Planned {
    Planned {
        id,
        short_id,
        inner,
        size,
        rule,
    }
}

/// The DF in both applications.
pub const INNER: u16 = 0x7100;
/// Who creates an EF in it, and who deletes one as far as it is the DF's to say.
pub const CREATE: When = Either(Pin(0x81), Key(0x84));
pub const DELETE_CHILD: When = Always;

const FIRST: When = Shown(Pin(0x81));
const FRIEND: When = Shown(Key(0x84));

/// What both applications hold. Sizes are chosen around the chunks of 256 bytes.
pub const FILES: [Planned; 11] = [
    planned(0x0001, 1, false, 600, rule(Always, Always, Never, Never)),
    planned(
        0x0002,
        2,
        false,
        256,
        rule(Shown(Pin(0x01)), Shown(Pin(0x01)), Never, Never),
    ),
    planned(0x0003, 3, false, 257, rule(FIRST, FIRST, FIRST, Never)),
    planned(0x0004, 4, false, 40, rule(Always, Never, Never, Always)),
    planned(0x0005, 5, false, 10, rule(Never, Never, Never, Never)),
    planned(
        0x0006,
        6,
        false,
        255,
        rule(Always, Shown(Pin(0x82)), Never, Never),
    ),
    planned(
        0x0007,
        7,
        false,
        16,
        rule(
            Both(Pin(0x01), Pin(0x81)),
            Both(Pin(0x01), Pin(0x81)),
            Never,
            Never,
        ),
    ),
    planned(0x0009, 10, false, 300, rule(FRIEND, FRIEND, FRIEND, Never)),
    planned(
        0x000A,
        11,
        false,
        20,
        rule(Shown(Key(0x85)), Both(Key(0x84), Pin(0x81)), Never, Never),
    ),
    planned(
        0x0001,
        8,
        true,
        512,
        rule(
            Either(Pin(0x81), Pin(0x82)),
            Either(Pin(0x81), Pin(0x82)),
            Never,
            Never,
        ),
    ),
    planned(0x0008, 9, true, 1, rule(Always, Always, Always, Never)),
];

/// An EF of records in an application's own DF, without any yet.
#[derive(Clone, Copy, Debug)]
pub struct PlannedRecords {
    pub id: u16,
    pub short_id: u8,
    pub kind: FileKind,
    pub size: u16,
    pub rule: Rule,
}

const fn records(
    (id, short_id): (u16, u8),
    (descriptor, length, number, size): (u8, u8, u8, u16),
    rule: Rule,
) -> PlannedRecords {
    PlannedRecords {
        id,
        short_id,
        kind: FileKind::new(descriptor, Some((length, number))).unwrap(),
        size,
        rule,
    }
}

/// One of each kind, and an EF.ARR.
pub const RECORDS: [PlannedRecords; 4] = [
    records(
        (0x000B, 16),
        (0x02, 6, 4, 24),
        Rule {
            append: FIRST,
            ..rule(Always, Shown(Pin(0x82)), FIRST, Never)
        },
    ),
    records(
        (0x000C, 17),
        (0x04, 40, 6, 120),
        Rule {
            append: Always,
            ..rule(FIRST, FRIEND, Never, Never)
        },
    ),
    records(
        (0x000D, 18),
        (0x06, 3, 4, 12),
        Rule {
            append: Shown(Pin(0x01)),
            ..rule(Always, FIRST, Never, Never)
        },
    ),
    records(
        (0x2F06, 19),
        (0x04, 64, 6, 200),
        Rule {
            append: FIRST,
            ..rule(Either(Pin(0x01), Pin(0x81)), FIRST, FRIEND, Never)
        },
    ),
];

/// Rules for files that a user creates.
pub const CREATED: [Rule; 4] = [
    Rule {
        append: Always,
        ..rule(Always, Always, Always, Always)
    },
    Rule {
        append: FIRST,
        ..rule(Shown(Pin(0x82)), FIRST, Always, Always)
    },
    Rule {
        append: Shown(Pin(0x82)),
        ..rule(Always, FRIEND, FRIEND, Either(Pin(0x01), Key(0x85)))
    },
    Rule {
        append: Always,
        ..rule(Either(Key(0x84), Key(0x85)), FIRST, FIRST, FRIEND)
    },
];

/// Bytes that an application may have beyond what it begins with.
const SPARE: u32 = 2_000;

/// The sum of sizes that an application may have that begins with [`FILES`] and these.
pub fn quota(records: &[PlannedRecords]) -> u32 {
    let files = FILES.iter().map(|file| file.size);
    let records = records.iter().map(|file| file.size);
    files.chain(records).map(u32::from).sum::<u32>() + SPARE
}
