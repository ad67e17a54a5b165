//! A hundred thousand commands and more that nobody should send, one after the other, to one registered card.

use std::collections::BTreeMap;

use apdu_spec::aid::Aid;
use apdu_spec::command::Command;
use apdu_spec::object::{Mode, Operation};
use symbolon::scene::steps::{
    authorize, consent, encode, exchange, load, load_command, open, read_file, sign,
};
use symbolon::scene::wares;

use super::stage::{Stage, stage};
use super::table::{Chip, bytes};

const COMMANDS: u32 = 200_000;
/// Times that a card with an open request is tormented, with a quarter of them together.
const ROUNDS: u32 = 200;

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

/// Sends `count` commands made from `seeds`; whatever they are, the card answers and stays sound.
fn torment(chip: &mut Chip, seeds: &[Vec<u8>], count: u32, seed: u64) -> BTreeMap<u16, u32> {
    let mut noise = Noise(seed);
    let (mut previous, mut seen) = (Vec::new(), BTreeMap::<u16, u32>::new());
    for index in 0..count {
        let command = noise.command(seeds, &previous);
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
            // A power cut now and then; the card is sound.
            chip.reset();
            chip.dump();
        }
    }
    chip.reset();
    seen
}

/// Losing this lets a reader with bad manners kill a card.
#[test]
fn no_command_is_too_strange() {
    let seeds: Vec<Vec<u8>> = SEEDS.iter().map(|seed| bytes(seed)).collect();
    let mut chip = Chip::of(&stage().registered);
    let status = chip.done("00CA0101 00");
    let seen = torment(&mut chip, &seeds, COMMANDS, 0x5359_4D42);
    // Far and wide: neither all refused at the door nor all the same.
    assert!(seen.len() > 25 && seen[&0x9000] > COMMANDS / 20, "{seen:04X?}");
    println!(
        "{COMMANDS} commands, {} status words, {} successes",
        seen.len(),
        seen[&0x9000]
    );
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

/// Losing this lets somebody with the right objects, sent wrongly, leave half an application or an unaccounted one.
#[test]
fn an_open_request_survives_bad_manners() {
    let Stage {
        parties,
        certificate,
        registered,
        ..
    } = stage();
    let mut chip = Chip::of(registered);
    let before = counters(&chip.done("00CA0101 00"));
    let (provider, expiry) = (parties.provider.identity().unwrap(), parties.today.add_days(30));
    let ware = wares::notes(Aid::new(&bytes("F053594D010103")).unwrap(), 1, 4_000).unwrap();
    let sdi = ware.sdi(Operation::Store, provider, expiry);
    let mut card = |command: &[u8]| chip.0.process(command).to_vec();
    consent(&mut card).unwrap();
    let request = open(&mut card, &sdi).unwrap();
    let signed = sign(parties, &request, certificate, &ware).unwrap();
    let mut sdi_encoded = [0; 512];
    let mut writer = apdu_spec::tlv::Writer::new(&mut sdi_encoded);
    sdi.write(&mut writer).unwrap();
    let sdi_encoded = writer.finish();
    let body = parties.provider.certificate().encoded();
    let body_and_signature = apdu_spec::tlv::Reader::new(body)
        .value(apdu_spec::certificate::CERTIFICATE)
        .unwrap();
    let number = signed.number;
    let mut seeds: Vec<Vec<u8>> = [
        Command::OpenRequest {
            mode: Mode::ViaIssuer,
            sdi,
            sdi_encoded,
        },
        Command::VerifyCertificate { body_and_signature },
        Command::Authorize {
            number,
            first: &signed.first,
            second: Some(&signed.second),
        },
        Command::Authorize {
            number,
            first: &signed.second,
            second: Some(&signed.first),
        },
        Command::RemoveApplication { number },
        Command::GetData {
            tag: apdu_spec::data::OPEN_REQUESTS,
            selector: &[],
        },
        Command::GetData {
            tag: apdu_spec::data::STORING_REQUEST,
            selector: &[],
        },
    ]
    .iter()
    .chain(
        &(0..ware.blocks().len())
            .map(|index| load_command(&ware, index, number).unwrap())
            .collect::<Vec<_>>(),
    )
    .map(|command| encode(command).unwrap())
    .collect();
    seeds.extend(
        [
            "00A4040C 07 F053594D010103",
            "00B08300 00",
            "00C00000 00",
            "00CA0108 00",
        ]
        .map(bytes),
    );
    let opened = chip.0.snapshot().unwrap();
    let mut stored = 0;
    for round in 1..=ROUNDS {
        let mut chip = Chip::of(&opened);
        torment(&mut chip, &seeds, COMMANDS / 4 / ROUNDS, u64::from(round));
        // Once at most; and if it is not done yet, it can be.
        let mut card = |command: &[u8]| chip.0.process(command).to_vec();
        if read_file(&mut card, &bytes("F053594D010103"), wares::files::BULK).is_ok() {
            stored += 1;
        } else {
            authorize(&mut card, parties, &signed).unwrap();
            let kept = exchange(&mut card, &bytes("00CA0106 000000")).unwrap().data;
            let next = apdu_spec::data::requests(&kept)
                .unwrap()
                .next()
                .unwrap()
                .next_block;
            load(&mut card, &ware, usize::from(next), number).unwrap();
        }
        let content = read_file(&mut card, &bytes("F053594D010103"), wares::files::BULK).unwrap();
        assert!(ware.package().bytes().ends_with(&content) && content.len() == 4_000);
        let after = counters(&chip.done("00CA0101 00"));
        assert_eq!(after, (before.0 + 1, before.1 + 1), "one operation, one receipt");
    }
    println!("{stored} of {ROUNDS} rounds stored it by chance");
    assert!(
        stored > 0 && stored < ROUNDS,
        "{stored}: some finish by chance, some are finished afterwards"
    );
}

/// Content counter and receipts written.
fn counters(status: &[u8]) -> (u32, u32) {
    let status = apdu_spec::data::CardStatus::read(status).unwrap();
    (status.content_counter, status.receipts_written)
}
