//! Commands for channels, files and their bytes.

use symbolon_apdu_spec::command::{
    BinaryAction, BinaryAddress, BinaryFile, Command, Expected, FileChange, SelectReply, SelectTarget,
};

use symbolon_apdu_spec::access::AccessRules;
use symbolon_apdu_spec::file::{FileControl, RuleReference};

use super::files::{dedicated_file, elementary_file};
use super::{Operation, sdi};

/// What is wrong, the APDU, and what a card answers. Not every program that shares the samples looks at them.
#[allow(dead_code, reason = "shared by several test programs")]
pub(crate) const BAD: [(&str, &str, u16); 18] = [
    ("READ BINARY, objects, without data", "00B1000000", 0x6700),
    ("READ BINARY, objects, without Le", "00B10000 03 540100", 0x6700),
    ("READ BINARY, objects, no offset", "00B10000 03 530100 00", 0x6A80),
    (
        "READ BINARY, objects, empty offset",
        "00B10000 02 5400 00",
        0x6A80,
    ),
    (
        "READ BINARY, objects, offset of five bytes",
        "00B10000 07 54050000000000 00",
        0x6A80,
    ),
    (
        "READ BINARY, objects, and bytes",
        "00B10000 06 540100530100 00",
        0x6A80,
    ),
    ("UPDATE BINARY, objects, no bytes", "00D70000 03 540100", 0x6A80),
    (
        "UPDATE BINARY, objects, empty bytes",
        "00D70000 05 5401005300",
        0x6A80,
    ),
    (
        "UPDATE BINARY, objects, more behind",
        "00D70000 09 540100530100530100",
        0x6A80,
    ),
    (
        "UPDATE BINARY, objects, with Le",
        "00D70000 06 540100530100 00",
        0x6700,
    ),
    ("WRITE BINARY without data", "00D00000", 0x6700),
    ("WRITE BINARY with short id 00", "00D08000 01 AA", 0x6A86),
    ("ERASE BINARY with Le", "000E000000", 0x6700),
    ("ERASE BINARY up to where it begins", "000E0004 01 04", 0x6A80),
    ("ERASE BINARY up to five bytes", "000E0000 05 0000000001", 0x6700),
    (
        "ERASE BINARY, objects, three offsets",
        "000F0000 09 540100540102540103",
        0x6A80,
    ),
    ("SEARCH BINARY without Le", "00A00000 01 AA", 0x6700),
    (
        "SEARCH BINARY, objects, no offset",
        "00A10000 03 5301AA 00",
        0x6A80,
    ),
];

pub(crate) fn each(with: &mut dyn FnMut(&str, Command<'_>)) {
    use SelectReply::{Fci, Fcp, Fmd, Nothing};
    let targets = [
        ("the MF", SelectTarget::MasterFile, Fci),
        ("by file id", SelectTarget::FileId(0x2F00), Fcp),
        ("child DF", SelectTarget::ChildDf(0x7F10), Fmd),
        ("child EF", SelectTarget::ChildEf(0x0101), Nothing),
        ("parent", SelectTarget::Parent, Fcp),
        ("by AID", SelectTarget::Aid(b"\xF0SYMBOLON"), Fci),
        ("by one byte of AID", SelectTarget::Aid(&[0xF0]), Nothing),
        (
            "path from MF",
            SelectTarget::PathFromMf(&[0x7F, 0x10, 0x01, 0x01]),
            Nothing,
        ),
        (
            "path from the current DF",
            SelectTarget::PathFromCurrent(&[0x01, 0x01]),
            Fcp,
        ),
    ];
    for (name, target, reply) in targets {
        with(
            &format!("select {name}"),
            Command::Select {
                target,
                reply,
                next: false,
            },
        );
    }
    let target = SelectTarget::Aid(&[0xF0, 0x11]);
    with(
        "select next by AID",
        Command::Select {
            target,
            reply: Fci,
            next: true,
        },
    );

    for change in [
        FileChange::Activate,
        FileChange::Deactivate,
        FileChange::TerminateEf,
        FileChange::TerminateDf,
        FileChange::Delete,
    ] {
        for id in [None, Some(0x0011)] {
            let name = format!("{change:?} {}", id.map_or("the current file", |_| "a child"));
            with(&name, Command::ManageFile { change, id });
        }
        for (name, target) in [
            ("child DF", SelectTarget::ChildDf(0x7001)),
            ("child EF", SelectTarget::ChildEf(0x0011)),
            ("parent", SelectTarget::Parent),
            ("path from the MF", SelectTarget::PathFromMf(&[0x70, 0x01])),
            (
                "path from here",
                SelectTarget::PathFromCurrent(&[0x70, 0x01, 0x00, 0x11]),
            ),
        ] {
            with(
                &format!("{change:?} {name}"),
                Command::ManageNamedFile { change, target },
            );
        }
    }
    with("terminate the card", Command::TerminateCardUsage);
    for number in [None, Some(1), Some(3)] {
        with(
            &format!("open channel {number:?}"),
            Command::OpenChannel { number },
        );
        with(
            &format!("close channel {number:?}"),
            Command::CloseChannel { number },
        );
    }

    let all = Expected::Available { extended: false };
    let (current, short) = (BinaryFile::Current, BinaryFile::ShortId(0x1E));
    with(
        "read everything",
        Command::ReadBinary {
            file: current,
            offset: 0,
            length: all,
        },
    );
    let length = Expected::Available { extended: true };
    with(
        "read everything, extended",
        Command::ReadBinary {
            file: current,
            offset: 0x7FFF,
            length,
        },
    );
    with(
        "read 200",
        Command::ReadBinary {
            file: short,
            offset: 0xFF,
            length: Expected::Exactly(200),
        },
    );
    with(
        "read exactly 256",
        Command::ReadBinary {
            file: current,
            offset: 1,
            length: Expected::Exactly(256),
        },
    );
    with(
        "update one byte",
        Command::UpdateBinary {
            file: short,
            offset: 4,
            data: &[0xAA],
        },
    );
    with(
        "update 300 bytes",
        Command::UpdateBinary {
            file: current,
            offset: 0x100,
            data: &[0xBB; 300],
        },
    );
    with(
        "create an EF",
        Command::CreateFile {
            fcp: elementary_file(),
            rules_from: None,
        },
    );
    with(
        "create an EF with the rules of a record",
        Command::CreateFile {
            fcp: FileControl {
                rules: AccessRules::NONE,
                ..elementary_file()
            },
            rules_from: RuleReference::from_bytes(&[0x2F, 0x06, 0xFE]),
        },
    );
    with(
        "create a DF",
        Command::CreateFile {
            fcp: dedicated_file(),
            rules_from: None,
        },
    );

    let aid = sdi(Operation::Store).aid;
    with("deactivate", Command::DeactivateFile { aid });
    with("activate", Command::ActivateFile { aid });

    let actions = [
        (
            "read",
            BinaryAction::Read {
                offset: 0x0102,
                length: all,
            },
        ),
        (
            "update",
            BinaryAction::Update {
                offset: 0,
                data: &[0xAA; 200],
            },
        ),
        (
            "write",
            BinaryAction::Write {
                offset: 0xFF,
                data: &[0xAA],
            },
        ),
        ("erase all", BinaryAction::Erase { from: 0, to: None }),
        ("erase the end", BinaryAction::Erase { from: 0x0A, to: None }),
        (
            "erase a part",
            BinaryAction::Erase {
                from: 0x0A,
                to: Some(0x0100),
            },
        ),
        (
            "search",
            BinaryAction::Search {
                offset: 0,
                pattern: b"Bob",
                length: all,
            },
        ),
        (
            "search an erased byte",
            BinaryAction::Search {
                offset: 7,
                pattern: &[],
                length: all,
            },
        ),
    ];
    let addresses = [
        ("by offset", BinaryAddress::Offset(current)),
        ("by short id and offset", BinaryAddress::Offset(short)),
        ("with objects", BinaryAddress::Objects(current)),
        ("with objects, by short id", BinaryAddress::Objects(short)),
        ("with objects, by file id", BinaryAddress::FileId(0x0101)),
    ];
    for (what, action) in actions {
        for (how, address) in addresses {
            let by_offset = matches!(address, BinaryAddress::Offset(_));
            if !by_offset || !matches!(action, BinaryAction::Read { .. } | BinaryAction::Update { .. }) {
                with(&format!("{what} {how}"), Command::Binary { address, action });
            }
        }
    }
    for (name, target) in [
        ("last", SelectTarget::LastAid(&[0xF0, 0x11])),
        ("previous", SelectTarget::PreviousAid(&[0xF0, 0x11])),
    ] {
        with(
            &format!("select {name} by AID"),
            Command::Select {
                target,
                reply: Fci,
                next: false,
            },
        );
    }
}
