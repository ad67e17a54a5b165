//! Forms of an APDU: class, instruction, the four cases in short and extended form, lengths that lie.

use super::stage::stage;
use super::table::Chip;
use super::table::{in_states, refused};

/// Losing this lets a card misread what a reader, or an attacker, sends it.
#[test]
fn class_and_instruction_come_first() {
    in_states(
        stage().states(),
        &[
            ("proprietary class", "80CA0101 00", [0x6E00; 3]),
            ("class FF", "FFCA0101 00", [0x6E00; 3]),
            ("class of later use", "20CA0101 00", [0x6E00; 3]),
            ("channel 1", "01CA0101 00", [0x6881; 3]),
            ("channel 3", "03CA0101 00", [0x6881; 3]),
            ("channel 4", "40CA0101 00", [0x6881; 3]),
            ("chained on channel 1", "11DA0122 01 00", [0x6881; 3]),
            ("secure messaging", "0CCA0101 00", [0x6882; 3]),
            ("secure messaging without header", "08CA0101 00", [0x6882; 3]),
            ("proprietary secure messaging", "04CA0101 00", [0x6882; 3]),
            ("chained secure messaging", "1CDA0122 01 00", [0x6882; 3]),
            ("unknown instruction", "00FF0000", [0x6D00; 3]),
            ("MANAGE CHANNEL", "00700000 01", [0x6D00; 3]),
            ("DELETE FILE", "00E40000", [0x6D00; 3]),
            ("ENABLE VERIFICATION REQUIREMENT", "00280001", [0x6D00; 3]),
            ("ERASE BINARY", "000E0000", [0x6D00; 3]),
            ("odd instruction", "00B10000 00", [0x6D00; 3]),
            ("a foreign class with no APDU behind it", "80", [0x6E00; 3]),
        ],
    );
}

/// Losing this makes the card depend on how a reader cuts and pads.
#[test]
fn all_cases_in_short_and_extended_form() {
    in_states(
        stage().states(),
        &[
            ("case 1", "00A4000C", [0x9000; 3]),
            ("case 1, SELECT asks for an FCI", "00A40000", [0x9000; 3]),
            ("case 2 short", "00CA0101 00", [0x9000; 3]),
            ("case 2 short, exact Le", "00CA0101 47", [0x9000; 3]),
            ("case 2 extended", "00CA0101 000000", [0x9000; 3]),
            ("case 2 extended, Le of 256", "00CA0101 000100", [0x9000; 3]),
            ("case 3 short", "00A4000C 02 3F00", [0x9000; 3]),
            ("case 3 extended", "00A4000C 000002 3F00", [0x9000; 3]),
            ("case 4 short", "00A40000 02 3F00 00", [0x9000; 3]),
            ("case 4 extended", "00A40000 000002 3F00 0000", [0x9000; 3]),
            (
                "case 4 extended, Le of 256",
                "00A40000 000002 3F00 0100",
                [0x9000; 3],
            ),
            ("nothing", "", [0x6700; 3]),
            ("one byte", "00", [0x6700; 3]),
            ("three bytes", "00A400", [0x6700; 3]),
            ("Lc without data", "00A4000C 02", [0x6700; 3]),
            ("Lc beyond the data", "00A4000C 03 3F00", [0x6700; 3]),
            ("two bytes behind the data", "00A40000 02 3F00 0000", [0x6700; 3]),
            (
                "short Lc of zero with data behind",
                "00A4000C 00 3F00",
                [0x6700; 3],
            ),
            ("half an extended length", "00A4000C 0000", [0x6700; 3]),
            (
                "extended Lc of zero with data",
                "00A4000C 000000 3F00",
                [0x6700; 3],
            ),
            ("extended Lc beyond the data", "00A4000C 000003 3F00", [0x6700; 3]),
            (
                "short Le behind extended Lc",
                "00A40000 000002 3F00 00",
                [0x6700; 3],
            ),
            (
                "extended Le and a byte",
                "00A40000 000002 3F00 0000 00",
                [0x6700; 3],
            ),
        ],
    );
}

/// Losing this lets one long command reach beyond the card's buffer.
#[test]
fn no_command_is_longer_than_the_limit() {
    for snapshot in stage().states() {
        for (length, status) in [(2048_u16, 0x6A80), (2049, 0x6700), (65_535, 0x6700)] {
            let mut chip = Chip::of(snapshot);
            let mut command = vec![0x00, 0x46, 0x80, 0x00, 0x00];
            command.extend_from_slice(&length.to_be_bytes());
            command.resize(command.len() + usize::from(length), 0xB6);
            command.extend_from_slice(&[0, 0]);
            let before = chip.dump();
            let (data, answered) = chip.send(&command);
            assert_eq!(answered, status, "{length} bytes");
            assert!(data.is_empty() && refused(answered));
            assert_eq!(chip.dump(), before);
            chip.done("00CA0101 00");
        }
    }
}
