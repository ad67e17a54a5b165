//! Commands from host to card and back: a user would lose a command that means one thing here and another there, or a
//! PIN to a log.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests may fail loudly"
)]

#[path = "samples/commands.rs"]
mod samples;

use samples::ROOM;
use symbolon_apdu_spec::apdu::{Class, CommandApdu, Header};
use symbolon_apdu_spec::command::{
    BinaryFile, Command, EncodeError, Expected, Function, Instruction, KeyTemplate, SelectReply,
    SelectTarget, TABLE, is_sensitive,
};
use symbolon_apdu_spec::object::Operation;
use symbolon_apdu_spec::reference::{KeyReference, PinReference};

#[test]
fn what_a_host_encodes_a_card_understands() {
    samples::each(|name, command| {
        let (mut out, mut wire) = (vec![0; ROOM], vec![0; ROOM + 9]);
        let apdu = command
            .encode(&mut out)
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        let length = apdu.write(&mut wire).unwrap();
        let parsed = CommandApdu::parse(&wire[..length]).unwrap();
        assert_eq!(parsed, apdu, "{name}");
        assert_eq!(Command::decode(&parsed), Ok(command), "{name}");
        assert_eq!(parsed.instruction, command.instruction().to_byte(), "{name}");
    });
}

#[test]
fn every_command_is_among_the_samples() {
    let mut seen = std::collections::BTreeSet::new();
    samples::each(|_, command| {
        seen.insert(command.instruction().to_byte());
    });
    for row in TABLE {
        // Read as the command with the even instruction, and never written.
        if row.instruction == Instruction::GenerateKeyPairObjects {
            continue;
        }
        assert!(
            seen.contains(&row.instruction.to_byte()),
            "{} is not tested",
            row.name
        );
    }
}

#[test]
fn le_tells_everything_apart_from_exactly_256() {
    for (le, length) in [
        ("00", Expected::Available { extended: false }),
        ("FF", Expected::Exactly(255)),
        ("000001", Expected::Exactly(1)),
        ("000100", Expected::Exactly(256)),
        ("00FFFF", Expected::Exactly(65_535)),
        ("000000", Expected::Available { extended: true }),
    ] {
        let bytes = hex::decode(format!("00B00000{le}")).unwrap();
        let decoded = Command::decode(&CommandApdu::parse(&bytes).unwrap());
        assert_eq!(
            decoded,
            Ok(Command::ReadBinary {
                file: BinaryFile::Current,
                offset: 0,
                length
            }),
            "{le}"
        );
    }
}

#[test]
fn fields_out_of_range_are_not_encoded() {
    let length = Expected::Exactly(1);
    let data = &[0xAA][..];
    let (sdi, other) = (
        samples::sdi(Operation::Store),
        samples::sdi_encoded(Operation::Delete),
    );
    let mode = symbolon_apdu_spec::object::Mode::ViaIssuer;
    let select = |target| Command::Select {
        target,
        reply: SelectReply::Fci,
        next: false,
    };
    for (command, error) in [
        (
            Command::ReadBinary {
                file: BinaryFile::Current,
                offset: 0x8000,
                length,
            },
            None,
        ),
        (
            Command::ReadBinary {
                file: BinaryFile::Current,
                offset: 0x8101,
                length,
            },
            Some(EncodeError::OutOfRange),
        ),
        (
            Command::ReadBinary {
                file: BinaryFile::ShortId(0),
                offset: 0,
                length,
            },
            None,
        ),
        (
            Command::UpdateBinary {
                file: BinaryFile::ShortId(0x1F),
                offset: 0,
                data,
            },
            None,
        ),
        (
            Command::UpdateBinary {
                file: BinaryFile::ShortId(0x81),
                offset: 0,
                data,
            },
            Some(EncodeError::OutOfRange),
        ),
        (
            Command::UpdateBinary {
                file: BinaryFile::ShortId(1),
                offset: 0x100,
                data,
            },
            Some(EncodeError::OutOfRange),
        ),
        (
            Command::UpdateBinary {
                file: BinaryFile::Current,
                offset: 0,
                data: &[],
            },
            None,
        ),
        (Command::GetChallenge { length: 0 }, None),
        (Command::GetChallenge { length: 257 }, None),
        (
            Command::GetChallenge { length: 0x1_0008 },
            Some(EncodeError::OutOfRange),
        ),
        (
            Command::GetResponse {
                length: Expected::Exactly(0),
            },
            None,
        ),
        (
            Command::Verify {
                reference: PinReference::Local(0x01),
                pin: None,
            },
            Some(EncodeError::OutOfRange),
        ),
        (
            Command::Verify {
                reference: PinReference::Local(0x90),
                pin: None,
            },
            None,
        ),
        (
            Command::Verify {
                reference: PinReference::User,
                pin: Some(&[]),
            },
            Some(EncodeError::OutOfRange),
        ),
        (
            Command::GenerateKeyPair {
                reference: KeyReference::Local(0x02),
                template: KeyTemplate::Agreement,
                make: true,
            },
            Some(EncodeError::OutOfRange),
        ),
        (
            select(SelectTarget::FileId(0x3F00)),
            Some(EncodeError::OutOfRange),
        ),
        (select(SelectTarget::Aid(&[])), None),
        (select(SelectTarget::Aid(&[0xF0; 17])), None),
        (
            Command::LoadBlock {
                index: 0x8000,
                last: false,
                number: 1,
                block: &[0xED, 0],
            },
            None,
        ),
        (
            Command::LoadBlock {
                index: 0,
                last: false,
                number: 1,
                block: &[0xED, 1],
            },
            None,
        ),
        (
            Command::OpenRequest {
                mode,
                sdi,
                sdi_encoded: &other,
            },
            Some(EncodeError::OutOfRange),
        ),
        (
            Command::Register {
                certificate: &[0x7F, 0x21, 0x00, 0x00],
                release: None,
            },
            None,
        ),
        (
            Command::Register {
                certificate: &[0x7F, 0x21, 0x00],
                release: Some(&[]),
            },
            Some(EncodeError::OutOfRange),
        ),
        (
            Command::Authorize {
                number: 1,
                first: &[0xF0, 0x00, 0xF0, 0x00],
                second: None,
            },
            Some(EncodeError::OutOfRange),
        ),
        (
            Command::ResetRetryCounter {
                reference: PinReference::Local(0x81),
                data: &[b'1'; 12],
            },
            None,
        ),
        (
            Command::ExternalAuthenticate {
                authentication: &[0xF0, 0x00, 0x00],
            },
            None,
        ),
    ] {
        let mut out = vec![0; ROOM];
        let result = command.encode(&mut out);
        match error {
            Some(error) => assert_eq!(result, Err(error), "{command:?}"),
            None => assert!(
                matches!(result, Err(EncodeError::Refused(_))),
                "{command:?}: {result:?}"
            ),
        }
    }
    let large = Command::UpdateBinary {
        file: BinaryFile::Current,
        offset: 0,
        data: &[0; 9],
    };
    assert!(matches!(large.encode(&mut [0; 8]), Err(EncodeError::Content(_))));
}

#[test]
fn no_pin_is_ever_shown() {
    const PIN: &[u8] = b"73915284";
    let commands = [
        Command::Verify {
            reference: PinReference::User,
            pin: Some(PIN),
        },
        Command::ChangeReferenceData {
            reference: PinReference::Consent,
            data: PIN,
        },
        Command::PutData {
            tag: 0x0120,
            value: PIN,
        },
        Command::PutData {
            tag: 0x0121,
            value: PIN,
        },
        Command::PutData {
            tag: 0x0123,
            value: PIN,
        },
        Command::PutData {
            tag: 0x0124,
            value: PIN,
        },
        Command::ResetRetryCounter {
            reference: PinReference::User,
            data: b"739152847391",
        },
    ];
    for command in commands {
        assert!(command.sensitive(), "{command:?}");
        let mut out = [0; 32];
        let apdu = command.encode(&mut out).unwrap();
        assert!(is_sensitive(&apdu.header()), "{command:?}");
        assert!(
            is_sensitive(&Header {
                class: Class {
                    chained: true,
                    ..Class::BASIC
                }
                .to_byte(),
                ..apdu.header()
            }),
            "{command:?}"
        );
        for shown in [format!("{command:?}{command:#?}"), format!("{apdu:?}{apdu:#?}")] {
            for leak in ["3733393135323834", "73915284", "55, 51, 57", "55,\n"] {
                assert!(!shown.contains(leak), "{shown}");
            }
        }
    }
    assert!(
        !Command::Verify {
            reference: PinReference::User,
            pin: None
        }
        .sensitive()
    );
    assert!(
        !Command::PutData {
            tag: 0x0122,
            value: PIN
        }
        .sensitive()
    );
    samples::each(|name, command| {
        let mut out = vec![0; ROOM];
        let header = command.encode(&mut out).unwrap().header();
        assert!(!command.sensitive() || is_sensitive(&header), "{name}");
    });
}

#[test]
fn commands_have_the_names_people_know() {
    assert_eq!(Command::GetChallenge { length: 8 }.name(), "GET CHALLENGE");
    assert_eq!(Command::DropRequest { number: 1 }.name(), "drop a request");
    let mut named = std::collections::BTreeSet::new();
    samples::each(|_, command| {
        named.insert(command.name());
    });
    for &function in Function::ALL {
        assert_eq!(Function::from_byte(function.to_byte()), Some(function));
        assert!(
            named.contains(function.name()),
            "{} is not tested",
            function.name()
        );
    }
}
