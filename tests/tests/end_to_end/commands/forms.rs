//! Lengths at the limit of the card's buffer. The other forms of an APDU are rows of `conformance/transport.rs`.

use super::stage::stage;
use super::table::Chip;
use super::table::refused;

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
