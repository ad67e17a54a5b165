//! Tables of commands and what they answer.

use simulator::card::SimulatedCard;
use simulator::flash::MemoryFlash;
use simulator::randomness::Randomness;

/// Any state, nothing to prepare: GET DATA of the card's status.
const GOOD: &str = "00CA0101 00";

/// Bytes written in hexadecimal, with spaces where they help the eye.
pub(super) fn bytes(hexadecimal: &str) -> Vec<u8> {
    let digits: Vec<u8> = hexadecimal
        .chars()
        .filter(|character| !character.is_whitespace())
        .map(|digit| u8::try_from(digit.to_digit(16).unwrap()).unwrap())
        .collect();
    assert!(digits.len().is_multiple_of(2), "half a byte in {hexadecimal}");
    digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

/// Bytes as [`bytes`] reads them.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}

/// A card in memory.
pub(super) struct Chip(pub(super) SimulatedCard<MemoryFlash>);

impl Chip {
    /// The card of a snapshot, just switched on.
    pub(super) fn of(snapshot: &[u8]) -> Self {
        Self(SimulatedCard::from_snapshot(
            snapshot.to_vec(),
            Randomness::seeded(7),
        ))
    }

    /// Sends a command and gives reply data and status word.
    pub(super) fn send(&mut self, command: &[u8]) -> (Vec<u8>, u16) {
        let reply = self.0.process(command);
        let (data, status) = reply.split_last_chunk::<2>().expect("a status word");
        (data.to_vec(), u16::from_be_bytes(*status))
    }

    /// Sends a command that must succeed.
    pub(super) fn done(&mut self, command: &str) -> Vec<u8> {
        let (data, status) = self.send(&bytes(command));
        assert_eq!(format!("{status:04X}"), "9000", "{command}");
        data
    }

    pub(super) fn dump(&mut self) -> String {
        self.0.dump().expect("a sound card")
    }

    pub(super) fn reset(&mut self) {
        self.0.power_off();
        self.0.power_on();
    }
}

/// Whether a status word says that nothing was done.
pub(super) const fn refused(status: u16) -> bool {
    !matches!(status, 0x9000 | 0x6282 | 0x6100..=0x61FF)
}

/// Sends commands in order to one card. Whatever is refused must leave the card as it was; at the end it still works.
pub(super) fn in_order(chip: &mut Chip, steps: &[(&str, &str, u16)]) {
    for (name, command, expected) in steps {
        let before = chip.dump();
        let (_, status) = chip.send(&bytes(command));
        assert_eq!(
            format!("{status:04X}"),
            format!("{expected:04X}"),
            "{name}: {command}"
        );
        if refused(status) && status >> 4 != 0x63C && status != 0x6983 {
            assert_eq!(
                chip.dump(),
                before,
                "{name}: {command}: refused, but the card changed"
            );
        }
    }
    chip.done(GOOD);
}
