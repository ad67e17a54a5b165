//! Any bytes as any command: a user would lose a card that panics, or one that understands what no host writes.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests may fail loudly"
)]

#[path = "samples/commands.rs"]
mod samples;

use proptest::prelude::*;
use samples::ROOM;
use symbolon_apdu_spec::apdu::CommandApdu;
use symbolon_apdu_spec::command::{Command, SelectReply, TABLE};

/// Reads an APDU; if it is understood, what the host would send for it must mean the same, and be the same but for
/// what SELECT leaves open, how long offsets are and which of two tags bytes have in data objects of BINARY, and that GENERATE ASYMMETRIC KEY PAIR has two instructions for the same.
fn check_command(apdu: &CommandApdu<'_>) -> bool {
    let Ok(command) = Command::decode(apdu) else {
        return false;
    };
    let mut out = vec![0; ROOM];
    let again = command
        .encode(&mut out)
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert_eq!(Command::decode(&again), Ok(command));
    let open = matches!(command, Command::Select { .. });
    if !open {
        assert_eq!(
            (again.instruction, again.p1, again.p2),
            (
                if apdu.instruction == 0x47 {
                    0x46
                } else {
                    apdu.instruction
                },
                apdu.p1,
                apdu.p2
            )
        );
        if !matches!(command, Command::Binary { .. }) {
            assert_eq!(again.data, apdu.data);
        }
        assert_eq!(again.expected.is_some(), apdu.expected.is_some());
    }
    let select_without_reply = matches!(
        command,
        Command::Select {
            reply: SelectReply::Nothing,
            ..
        }
    );
    assert!(!select_without_reply || again.expected.is_none());
    true
}

/// P1 or P2, mostly such as commands have.
fn parameter() -> impl Strategy<Value = u8> {
    prop_oneof![4 => Just(0), 2 => 0_u8..0x10, 2 => 0x80_u8..0x92, 1 => Just(0xBE), 2 => any::<u8>()]
}

proptest! {
    #[test]
    fn any_bytes_as_any_command(
        which in 0..TABLE.len(), p1 in parameter(), p2 in parameter(), data in proptest::collection::vec(any::<u8>(), 0..60),
        expected in proptest::option::of(1_usize..=65_536), class in prop_oneof![9 => Just(0_u8), 1 => any::<u8>()],
    ) {
        let instruction = TABLE[which].instruction.to_byte();
        check_command(&CommandApdu { class, instruction, p1, p2, data: &data, expected, extended: true });
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn damaged_commands(at: proptest::sample::Index, byte: u8, how in 0..4) {
        samples::each(|_, command| {
            let (mut out, mut wire) = (vec![0; ROOM], vec![0; ROOM]);
            let length = command.encode(&mut out).unwrap().write(&mut wire).unwrap();
            wire.truncate(length);
            let at = at.index(length);
            match how {
                0 => wire[at] = byte,
                1 => wire.truncate(at),
                2 => wire.insert(at, byte),
                _ => wire[at] ^= 1 << (byte & 7),
            }
            if let Ok(apdu) = CommandApdu::parse(&wire) {
                check_command(&apdu);
            }
        });
    }
}
