//! A hundred thousand commands and more that nobody should send, one after the other, to one registered card.

use super::stage::stage;
use super::table::{Chip, bytes};

const COMMANDS: u32 = 200_000;

/// Commands that say something, to start from: of each kind, right and nearly right.
const SEEDS: [&str; 34] = [
    "00A4000C",
    "00A40004 02 3F00 00",
    "00A4020C 02 0101",
    "00A4010C 02 7000",
    "00A4080C 06 700071007101",
    "00A4030C",
    "00A40400 05 F053594D01 00",
    "00A40402 05 F053594D01 00",
    "00A4040C 07 F053594D010102",
    "00B00000 00",
    "00B08100 000000",
    "00B081FF 000010",
    "00B09E00 00",
    "00D68100 04 01020304",
    "00D600FE 000004 01020304",
    "10D68110 04 01020304",
    "00D68110 04 01020304",
    "00E00000 0D 62 0B 80020010 820101 83020200",
    "00CA0101 00",
    "00CA0105 00",
    "00CA010A 10",
    "00CB0109 06 860400000001 00",
    "00CB010A 09 4F07F053594D010101 00",
    "00DA0122 20 000102030405060708090A0B0C0D0E0F000102030405060708090A0B0C0D0E0F",
    "00840000 08",
    "00C00000 00",
    "00200001",
    "00200081 04 30303030",
    "00240081 08 30303030 34343434",
    "00468100 05 B603830101 00",
    "002A00BE 0A 7F4E0101 5F37020304 05",
    "00400300 0B 810102 E105 8001014F00 00",
    "00EA8000 09 800400000001 ED0100 00",
    "00EC0000 06 800400000001 00",
];

/// Noise that is the same in every run. George Marsaglia, Xorshift RNGs, 2003.
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn byte(&mut self) -> u8 {
        self.next().to_be_bytes()[0]
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(limit).unwrap()).unwrap()
    }

    fn command(&mut self, seeds: &[Vec<u8>], previous: &[u8]) -> Vec<u8> {
        let mut command = if self.below(8) == 0 {
            previous.to_vec()
        } else {
            seeds[self.below(seeds.len())].clone()
        };
        match self.below(8) {
            0 | 1 => {}
            2 => command.truncate(self.below(command.len() + 1)),
            3 => {
                // A right header with a long body of noise, its length told rightly.
                let length = self.below(2_100);
                command.truncate(4);
                command.extend_from_slice(&[0]);
                command.extend_from_slice(&u16::try_from(length).unwrap().to_be_bytes());
                command.extend((0..length).map(|_| self.byte()));
                if self.below(2) == 0 {
                    command.extend_from_slice(&[0, 0]);
                }
            }
            4 => {
                let header = self.below(4);
                if let Some(byte) = command.get_mut(header) {
                    *byte = self.byte();
                }
            }
            5 => {
                if let Some(class) = command.first_mut() {
                    *class ^= 0x10;
                }
            }
            6 => command.push(self.byte()),
            _ => {
                for _ in 0..=self.below(4) {
                    let at = self.below(command.len().max(1));
                    let bit = 1 << self.below(8);
                    if let Some(byte) = command.get_mut(at) {
                        *byte ^= bit;
                    }
                }
            }
        }
        command
    }
}

/// Losing this lets a reader with bad manners kill a card.
#[test]
fn no_command_is_too_strange() {
    let seeds: Vec<Vec<u8>> = SEEDS.iter().map(|seed| bytes(seed)).collect();
    let mut noise = Noise(0x5359_4D42);
    let mut chip = Chip::of(&stage().registered);
    let status = chip.done("00CA0101 00");
    let (mut previous, mut seen) = (Vec::new(), std::collections::BTreeMap::<u16, u32>::new());
    for index in 0..COMMANDS {
        let command = noise.command(&seeds, &previous);
        let reply = chip.0.process(&command);
        assert!(
            (2..=2_050).contains(&reply.len()),
            "command {index}: {command:02X?}: {} bytes",
            reply.len()
        );
        let answered = u16::from_be_bytes([reply[reply.len() - 2], reply[reply.len() - 1]]);
        assert!(
            matches!(answered, 0x9000 | 0x6100..=0x6FFF) && !matches!(answered, 0x6581 | 0x6F00),
            "command {index}: {command:02X?}: {answered:04X}"
        );
        *seen.entry(answered).or_default() += 1;
        previous = command;
        if index % 20_000 == 19_999 {
            // A power cut now and then; the card is sound, and this is the card it was.
            chip.reset();
            chip.dump();
        }
    }
    // Far and wide: neither all refused at the door nor all the same.
    assert!(seen.len() > 25 && seen[&0x9000] > COMMANDS / 20, "{seen:04X?}");
    println!(
        "{COMMANDS} commands, {} status words, {} successes",
        seen.len(),
        seen[&0x9000]
    );
    chip.reset();
    let after = chip.done("00CA0101 00");
    assert_eq!(
        counters(&after),
        counters(&status),
        "nothing was registered, stored or deleted"
    );
    assert_eq!(chip.done("00CA0105 000000"), stage().certificate);
    chip.done("00A4020C 02 0101");
    chip.done("00D60000 03 010203");
    assert_eq!(chip.done("00B00000 03"), [1, 2, 3]);
    chip.done("00A4040C 07 F053594D010101");
    assert_eq!(chip.done("00B08100 10"), b"Notes, version 1");
}

/// Content counter and receipts written: what no storing operation happened to.
fn counters(status: &[u8]) -> (u32, u32) {
    let status = apdu_spec::data::CardStatus::read(status).unwrap();
    (status.content_counter, status.receipts_written)
}
