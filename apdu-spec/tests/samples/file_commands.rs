//! Commands for channels, files and their bytes.

use symbolon_apdu_spec::command::{BinaryFile, Command, Expected, FileChange, SelectReply, SelectTarget};

use super::files::{dedicated_file, elementary_file};
use super::{Operation, sdi};

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
        },
    );
    with(
        "create a DF",
        Command::CreateFile {
            fcp: dedicated_file(),
        },
    );

    let aid = sdi(Operation::Store).aid;
    with("deactivate", Command::DeactivateFile { aid });
    with("activate", Command::ActivateFile { aid });
}
