//! Every command with every mistake a host can make: a user would lose the exact reason why a card refused.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests may fail loudly"
)]

#[path = "samples/commands.rs"]
mod samples;

use samples::ROOM;
use symbolon_apdu_spec::apdu::CommandApdu;
use symbolon_apdu_spec::command::{
    BinaryAction, BinaryAddress, Command, Instruction, SelectReply, SelectTarget,
};
use symbolon_apdu_spec::status::Status;

fn status(bytes: &[u8]) -> u16 {
    let apdu = match CommandApdu::parse(bytes) {
        Ok(apdu) => apdu,
        Err(error) => return Status::from(error).0,
    };
    Command::decode(&apdu).err().unwrap_or(Status::SUCCESS).0
}

fn status_of(text: &str) -> u16 {
    status(&hex::decode(text.replace(' ', "")).unwrap())
}

/// Data where none is wanted, none where it is, Le where there is no reply, none where there is one.
#[test]
fn the_wrong_case_is_6700() {
    samples::each(|name, command| {
        let mut out = vec![0; ROOM];
        let right = command.encode(&mut out).unwrap();
        let toggled_le = if right.expected.is_some() { None } else { Some(256) };
        let wrong_le = CommandApdu {
            expected: toggled_le,
            ..right
        };
        let wrong_data = CommandApdu {
            data: if right.data.is_empty() { &[0xAA; 5] } else { &[] },
            ..right
        };
        // HASH answers if Le is there; with Le EXTERNAL AUTHENTICATE is MUTUAL AUTHENTICATE.
        let optional_le = matches!(command, Command::Hash { .. } | Command::AuthenticateByKey { .. })
            || matches!(command, Command::Select { reply, .. } if reply != SelectReply::Nothing);
        let optional_data = matches!(
            command,
            Command::Verify { .. }
                | Command::ManageFile { .. }
                | Command::Sign { digest: Some(_) }
                | Command::Binary {
                    action: BinaryAction::Erase { .. },
                    ..
                }
                | Command::Binary {
                    address: BinaryAddress::Offset(_),
                    action: BinaryAction::Search { .. },
                }
                | Command::Select {
                    target: SelectTarget::MasterFile | SelectTarget::FileId(_),
                    ..
                }
        );
        if !optional_le {
            assert_eq!(
                Command::decode(&wrong_le),
                Err(Status::WRONG_LENGTH),
                "{name}: Le"
            );
        }
        // VERIFY of 5 bytes where it asked for tries, SELECT of the MF without its id, a signature of what was hashed, ERASE to the end, SEARCH of an erased byte: other commands, not mistakes.
        if !optional_data {
            assert_eq!(
                Command::decode(&wrong_data),
                Err(Status::WRONG_LENGTH),
                "{name}: data"
            );
        }
        let too_long = CommandApdu {
            data: &[0; 2049],
            expected: right.expected,
            extended: true,
            ..right
        };
        assert_eq!(
            Command::decode(&too_long),
            Err(Status::WRONG_LENGTH),
            "{name}: 2,049 bytes"
        );
    });
}

/// P1 and P2 a command takes, by counting how many of the 65,536 are not 6A86 (nor 6A81 or 6A88).
#[test]
fn every_other_p1_and_p2_is_refused() {
    let counted = |instruction: Instruction, data: &[u8], expected| {
        let mut taken = 0;
        for parameters in 0..=0xFFFF_u16 {
            let [p1, p2] = parameters.to_be_bytes();
            let instruction = instruction.to_byte();
            let apdu = CommandApdu {
                class: 0,
                instruction,
                p1,
                p2,
                data,
                expected,
                extended: true,
            };
            let answer = Command::decode(&apdu).err().unwrap_or(Status::SUCCESS);
            taken += u32::from(!matches!(answer.0, 0x6A81 | 0x6A86 | 0x6A88));
        }
        taken
    };
    for (instruction, taken) in [
        // Seven ways by four replies, and three more occurrences by AID.
        (Instruction::Select, 7 * 4 + 3 * 4),
        // Offsets 0000 to 7FFF, and 00 to FF with short ids 01 to 1E.
        (Instruction::ReadBinary, 0x8000 + 0x1E * 0x100),
        (Instruction::UpdateBinary, 0x8000 + 0x1E * 0x100),
        (Instruction::WriteBinary, 0x8000 + 0x1E * 0x100),
        (Instruction::EraseBinary, 0x8000 + 0x1E * 0x100),
        (Instruction::SearchBinary, 0x8000 + 0x1E * 0x100),
        // Nothing, a short id or a file id.
        (Instruction::ReadBinaryObjects, 0x1_0000),
        (Instruction::UpdateBinaryObjects, 0x1_0000),
        (Instruction::WriteBinaryObjects, 0x1_0000),
        (Instruction::EraseBinaryObjects, 0x1_0000),
        (Instruction::SearchBinaryObjects, 0x1_0000),
        (Instruction::CreateFile, 1),
        (Instruction::DeactivateFile, 2 + 5),
        (Instruction::ActivateFile, 2 + 5),
        (Instruction::DeleteFile, 1 + 5),
        (Instruction::TerminateEf, 1 + 5),
        (Instruction::TerminateDf, 1 + 5),
        (Instruction::TerminateCardUsage, 1),
        // Open and close, each with channel 00 to 03.
        (Instruction::ManageChannel, 2 * 4),
        (Instruction::GetData, 0x1_0000),
        (Instruction::GetDataSelected, 0x1_0000),
        (Instruction::PutData, 0x1_0000),
        (Instruction::GetChallenge, 1),
        (Instruction::Verify, 2 + 15),
        (Instruction::ChangeReferenceData, 2 + 15),
        (Instruction::ResetRetryCounter, 2),
        (Instruction::ExternalAuthenticate, 1 + 15),
        (Instruction::InternalAuthenticate, 1 + 15),
        (Instruction::GenerateKeyPair, 2),
        (Instruction::GenerateKeyPairObjects, 2),
        (Instruction::ManageSecurityEnvironment, 9 + 1),
        (Instruction::SecurityOperation, 8),
        (Instruction::ApplicationManagementRequest, 10),
        (Instruction::LoadApplication, 0x1_0000),
        (Instruction::RemoveApplication, 1),
        (Instruction::GetResponse, 1),
    ] {
        // Lengths and content are wrong on purpose: P1 and P2 are judged first.
        for (data, expected) in [(&[][..], None), (&[0xAA; 40], Some(1))] {
            assert_eq!(
                counted(instruction, data, expected),
                taken,
                "{}",
                instruction.name()
            );
        }
    }
}

#[test]
fn headers_are_judged_before_lengths_and_lengths_before_content() {
    for (apdu, expected) in [
        ("80 FF FF FF", 0x6E00),
        ("00 FF FF FF", 0x6D00),
        ("01 A4 04 00", 0x6700),
        ("13 A4 04 00", 0x6700),
        ("40 A4 04 00", 0x6881),
        ("04 A4 04 00", 0x6882),
        ("0C A4 04 00", 0x6882),
        ("20 A4 04 00", 0x6E00),
        ("FF A4 04 00", 0x6E00),
        ("10 84 00 00 08", 0x9000),
        ("00 40 0B 01", 0x6A81),
        ("00 40 00 00", 0x6A81),
        ("00 40 05 01", 0x6A86),
        ("00 40 05 00", 0x6700),
        ("00 40 05 00 01 FF", 0x6A80),
        ("00 40 05 00 06 80 04 00 00 00 01", 0x9000),
    ] {
        assert_eq!(status_of(apdu), expected, "{apdu}");
    }
    let known = |byte| Instruction::from_byte(byte).is_some();
    for instruction in (0..=0xFF).filter(|&byte| !known(byte)) {
        assert_eq!(status(&[0, instruction, 0, 0]), 0x6D00, "{instruction:02X}");
    }
}

#[test]
fn lengths_and_content_of_each_command() {
    for (apdu, expected) in [
        // SELECT: no Le means no reply data; an id has two bytes, a path an even number, an AID 1 to 16.
        ("00 A4 00 00", 0x9000),
        ("00 A4 00 0C 02 3F 00", 0x9000),
        ("00 A4 00 0C 02 3F 00 00", 0x6700),
        ("00 A4 00 0C 01 3F", 0x6700),
        ("00 A4 00 0C 03 3F 00 00", 0x6700),
        ("00 A4 01 0C", 0x6700),
        ("00 A4 02 0C 03 01 01 01", 0x6700),
        ("00 A4 03 0C 02 3F 00", 0x6700),
        ("00 A4 04 0C", 0x6700),
        (
            "00 A4 04 0C 11 F0 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00",
            0x6700,
        ),
        ("00 A4 08 0C", 0x6700),
        ("00 A4 08 0C 03 7F 10 01", 0x6700),
        ("00 A4 09 0C 02 01 01", 0x9000),
        ("00 A4 00 02 02 3F 00", 0x6A86),
        ("00 A4 04 01 01 F0", 0x9000),
        ("00 A4 00 01 02 3F 00", 0x6A86),
        ("00 A4 04 10 01 F0", 0x6A86),
        ("00 A4 05 00 01 F0", 0x6A86),
        // READ BINARY: short ids 00 and 1F name no file.
        ("00 B0 80 00 00", 0x6A86),
        ("00 B0 9F 00 00", 0x6A86),
        ("00 B0 A1 00 00", 0x6A86),
        // CREATE FILE: anything but one canonical 62.
        ("00 E0 00 00 07 62 05 82 01 38 83 00", 0x6A80),
        ("00 E0 00 00 09 62 07 82 01 38 83 02 7F 10", 0x9000),
        ("00 E0 00 00 0A 62 07 82 01 38 83 02 7F 10 00", 0x6A80),
        ("00 E0 00 00 0A 62 81 07 82 01 38 83 02 7F 10", 0x6A80),
        ("00 E0 00 00 09 62 07 82 01 01 83 02 7F 10", 0x6A80),
        ("00 E0 00 00 0B 62 09 82 01 38 83 02 7F 10 AB 00", 0x6A80),
        // GET CHALLENGE: 1 to 256 bytes.
        ("00 84 00 00", 0x6700),
        ("00 84 00 00 00", 0x9000),
        ("00 84 00 00 00 01 00", 0x9000),
        ("00 84 00 00 00 01 01", 0x6700),
        ("00 84 00 00 00 00 00", 0x6700),
        // VERIFY and CHANGE REFERENCE DATA: PINs have 4 to 16 bytes.
        ("00 20 00 01", 0x9000),
        ("00 20 00 01 03 31 32 33", 0x6700),
        ("00 20 00 01 04 31 32 33 34", 0x9000),
        ("00 20 00 01 04 31 32 33 34 00", 0x6700),
        (
            "00 20 00 01 11 31 31 31 31 31 31 31 31 31 31 31 31 31 31 31 31 31",
            0x6700,
        ),
        ("00 20 01 01 04 31 32 33 34", 0x6A86),
        ("00 20 00 00", 0x6A88),
        ("00 20 00 03", 0x6A88),
        ("00 20 00 80", 0x6A88),
        ("00 20 00 90", 0x6A88),
        ("00 24 00 01 07 31 31 31 31 31 31 31", 0x6700),
        ("00 24 00 01 08 31 31 31 31 31 31 31 31", 0x9000),
        // RESET RETRY COUNTER: PINs of the card only, a code of 8 to 12 bytes and a PIN of 4 to 16.
        ("00 2C 00 01 0B 31 31 31 31 31 31 31 31 31 31 31", 0x6700),
        ("00 2C 00 01 0C 31 31 31 31 31 31 31 31 31 31 31 31", 0x9000),
        ("00 2C 00 02 0C 31 31 31 31 31 31 31 31 31 31 31 31", 0x9000),
        ("00 2C 00 81 0C 31 31 31 31 31 31 31 31 31 31 31 31", 0x6A88),
        ("00 2C 00 03 0C 31 31 31 31 31 31 31 31 31 31 31 31", 0x6A88),
        ("00 2C 01 01 0C 31 31 31 31 31 31 31 31 31 31 31 31", 0x6A86),
        // EXTERNAL AUTHENTICATE: one complete F0, no reply.
        ("00 82 00 00 02 F0 00", 0x9000),
        ("00 82 00 00 02 F0 00 00", 0x6700),
        ("00 82 00 00 02 F0 01", 0x6A80),
        ("00 82 00 00 04 F0 00 F0 00", 0x6A80),
        ("00 82 00 01 02 F0 00", 0x6A88),
        ("00 82 01 00 02 F0 00", 0x6A86),
        // DEACTIVATE FILE and ACTIVATE FILE: by a whole AID.
        ("00 04 04 00 05 F0 11 22 33 44", 0x9000),
        ("00 44 04 00 05 F0 11 22 33 44", 0x9000),
        ("00 44 04 00 05 F0 11 22 33 44 00", 0x6700),
        ("00 04 04 00 04 F0 11 22 33", 0x6A80),
        ("00 04 00 00 05 F0 11 22 33 44", 0x6700),
        ("00 04 04 00", 0x6700),
        // GENERATE ASYMMETRIC KEY PAIR: template and key must agree.
        ("00 46 80 00 05 B6 03 83 01 01 00", 0x9000),
        ("00 46 80 00 05 A6 03 83 01 01 00", 0x6A80),
        ("00 46 80 00 05 B6 03 83 01 02 00", 0x6A80),
        ("00 46 80 00 05 B8 03 83 01 81 00", 0x9000),
        ("00 46 80 00 05 B8 03 83 01 01 00", 0x6A80),
        ("00 46 80 00 05 AA 03 83 01 81 00", 0x6A80),
        ("00 46 80 00 05 B6 03 83 01 03 00", 0x6A88),
        ("00 46 80 00 06 B6 04 83 01 81 00 00", 0x6A80),
        ("00 46 82 00 05 B6 03 83 01 01 00", 0x6A86),
        // PSO VERIFY CERTIFICATE: a body and 64 bytes of signature.
        ("00 2A 00 BE 03 7F 4E 00", 0x6A80),
        ("00 2A 00 AE 03 7F 4E 00", 0x6A86),
        // Storing.
        ("00 40 01 00 03 80 01 00 00", 0x6A80),
        ("00 40 02 00 03 7F 21 00 00", 0x9000),
        ("00 40 02 00 03 7F 4E 00 00", 0x6A80),
        ("00 40 03 00 03 81 01 02 00", 0x6A80),
        ("00 40 04 00 0A 80 04 00 00 00 01 F0 00 F0 00", 0x9000),
        ("00 40 02 00 05 7F 21 00 F0 00 00", 0x9000),
        ("00 40 02 00 05 7F 21 00 E0 00 00", 0x6A80),
        ("00 40 02 00 07 7F 21 00 F0 00 F0 00 00", 0x6A80),
        ("00 40 04 00 08 80 04 00 00 00 01 F0 00", 0x9000),
        ("00 40 04 00 06 80 04 00 00 00 01", 0x6A80),
        ("00 40 04 00 0A 80 04 00 00 00 01 F0 00 E0 00", 0x6A80),
        ("00 40 04 00 0C 80 04 00 00 00 01 F0 00 F0 00 F0 00", 0x6A80),
        ("00 40 06 00 06 80 04 00 00 00 01 00", 0x9000),
        ("00 40 06 00 06 80 04 00 00 00 01", 0x6700),
        ("00 40 07 00 03 80 01 00 00", 0x6A80),
        (
            "00 40 07 00 12 80 10 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00",
            0x9000,
        ),
        ("00 40 08 00 06 86 04 00 00 00 01", 0x6A80),
        ("00 40 09 00 02 F0 00", 0x9000),
        ("00 40 09 00 02 F0 00 00", 0x6700),
        ("00 40 09 00 02 EE 00", 0x6A80),
        ("00 40 09 00 04 F0 00 F0 00", 0x6A80),
        ("00 40 0A 00 02 F0 00", 0x9000),
        ("00 40 0A 00 02 F0 00 00", 0x6700),
        ("00 40 0A 00 02 EA 00", 0x6A80),
        ("00 EA 00 00 08 80 04 00 00 00 01 ED 00", 0x9000),
        ("00 EA 00 00 08 80 04 00 00 00 01 ED 00 00", 0x6700),
        ("00 EA 80 00 08 80 04 00 00 00 01 ED 00 00", 0x9000),
        ("00 EA 80 00 08 80 04 00 00 00 01 ED 00", 0x6700),
        ("00 EA 00 00 08 80 04 00 00 00 01 EB 00", 0x6A80),
        ("00 EC 00 00 06 80 04 00 00 00 01 00", 0x9000),
        ("00 EC 00 00 06 80 04 00 00 00 01", 0x6700),
        ("00 EC 00 00 05 80 03 00 00 01 00", 0x6A80),
        // Not an APDU at all.
        ("00 A4 04", 0x6700),
        ("00 A4 04 0C 05 F0", 0x6700),
    ] {
        assert_eq!(status_of(apdu), expected, "{apdu}");
    }
}

#[test]
fn authorizations_beyond_the_limit_are_malformed() {
    for (second, expected) in [(509_u16, Ok(())), (510, Err(Status::INCORRECT_DATA))] {
        let (first, second) = (samples::object(&[0xF0], 507), samples::object(&[0xF0], second));
        let data = [&[0x80, 4, 0, 0, 0, 1][..], &first, &second].concat();
        let (expected_length, extended) = (None, true);
        let apdu = CommandApdu {
            class: 0,
            instruction: 0x40,
            p1: 4,
            p2: 0,
            data: &data,
            expected: expected_length,
            extended,
        };
        assert_eq!(
            Command::decode(&apdu).map(|_| ()),
            expected,
            "{} bytes",
            first.len() + second.len()
        );
    }
}
