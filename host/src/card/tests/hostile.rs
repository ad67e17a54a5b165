//! Cards that lie, repeat themselves or answer noise: every operation ends, and none believes them.

use apdu_spec::apdu::CommandApdu;
use apdu_spec::command::Instruction;
use apdu_spec::data::ChildSelector;
use apdu_spec::limits::RECEIPTS_KEPT;
use apdu_spec::reference::KeyReference;

use super::*;

/// Noise that is the same in every run. George Marsaglia, Xorshift RNGs, 2003.
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(limit).unwrap()).unwrap()
    }

    /// An answer that looks right more often than chance would have it.
    fn answer(&mut self, command: &[u8]) -> Vec<u8> {
        let wanted = CommandApdu::parse(command)
            .ok()
            .and_then(|apdu| apdu.expected)
            .unwrap_or(0);
        let length = match self.below(4) {
            0 => 0,
            1 => self.below(300),
            _ => self.below(wanted.min(2048) + 1),
        };
        let mut answer: Vec<u8> = (0..length).map(|_| self.next().to_be_bytes()[0]).collect();
        let starts: [&[u8]; 6] = [
            b"\x6F\x0D\x62\x0B\x80\x02",
            b"\xA0\x3C\x80\x02",
            b"\xF0\x10",
            b"\x7F\x21",
            b"\xA1",
            b"",
        ];
        let start = starts[self.below(starts.len())];
        let shared = start.len().min(answer.len());
        answer[..shared].copy_from_slice(&start[..shared]);
        let status = [
            [0x90, 0],
            [0x61, 0x10],
            [0x61, 0],
            [0x6C, 0x08],
            [0x62, 0x82],
            [0x69, 0x85],
            [0x63, 0xC3],
            [0x6A, 0x82],
        ];
        answer.extend_from_slice(&status[self.below(status.len())]);
        answer
    }
}

#[test]
fn noise_ends_every_operation() {
    let path: FilePath = "4F01".parse().unwrap();
    for seed in 1..400 {
        let mut noise = Noise(u64::wrapping_mul(seed, 0x9E37_79B9_7F4A_7C15));
        let mut sent = 0_u32;
        let mut card = Card::new(Local::new(|command: &[u8]| {
            sent += 1;
            assert!(sent < 100_000, "no end");
            noise.answer(command)
        }));
        let mut session = card.begin().unwrap();
        let _ = session.status();
        let _ = session.description();
        let _ = session.read_file(&path);
        let _ = session.update_file(&path, 0, &[1; 300]);
        let _ = session.verify_pin(PinReference::User, &pin("1234"), LastTry::Spend);
        let _ = session.challenge(8);
        let _ = session.public_key(KeyReference::Registration);
        let _ = session.request_registration([0; 16]);
        let _ = session.receipt_of(&[1; 32]);
        let _ = session.receipts();
        let _ = session.prove_receipts([1; 16]);
        let _ = session.collect_receipts(1, &[1; 32]);
        let _ = session.applications();
        let _ = session.floors();
        let _ = session.directory();
        let _ = session.remove(1, &[1; 32]);
        let _ = session.lower_floor(1, &[1; 32]);
        let _ = session.drop_request(1);
        let _ = session.unblock_pin(PinReference::User, &pin("12345678"), &pin("1234"));
        let _ = session.authenticate(|challenge| Ok::<_, Error>(challenge.to_vec()));
        let _ = session.tree();
    }
}

#[test]
fn a_card_with_a_folder_under_every_name_does_not_keep_us_forever() {
    let card = |command: &[u8]| match command {
        [_, 0xA4, 0x09, _, 2, high, low, ..] => [
            b"\x6F\x09\x62\x07\x82\x01\x38\x83\x02",
            &[*high, *low][..],
            b"\x90\0",
        ]
        .concat(),
        [_, 0xA4, 0x08, ..] => b"\x6F\x0D\x62\x0B\x80\x02\0\0\x82\x01\x01\x83\x02\x2F\0\x90\0".to_vec(),
        [_, 0xA4, 0x00, ..] => b"\x6F\x09\x62\x07\x82\x01\x38\x83\x02\x3F\0\x90\0".to_vec(),
        [_, 0xA4, 0x03, ..] => b"\x90\0".to_vec(),
        [_, 0xCA | 0xCB, 0x01, 0x0C, rest @ ..] => {
            let last = match rest {
                [.., 0x83, 2, high, low, 0, 0] => u16::from_be_bytes([*high, *low]),
                _ => 0,
            };
            let ids = (last..u16::MAX).map(|id| id + 1).take(512);
            let listed = ids.flat_map(|id| ChildSelector(id).encode());
            listed.chain([0x90, 0]).collect()
        }
        other => panic!("{other:02X?}"),
    };
    let mut card = Card::new(Local::new(card));
    let tree = card.begin().unwrap().tree().unwrap();
    assert!(tree.cut_short);
}

#[test]
fn receipts_that_lead_nowhere_are_not_followed_forever() {
    let mut honest_numbers = true;
    for _ in 0..2 {
        let mut asked = 0;
        let card = |command: &[u8]| {
            asked += 1;
            assert!(asked <= 2 * RECEIPTS_KEPT, "no end");
            let number = match (Instruction::from_byte(command[1]), command.get(9..13)) {
                (Some(Instruction::GetData), _) => u32::MAX,
                (_, Some(number)) if honest_numbers => u32::from_be_bytes(number.try_into().unwrap()),
                _ => 7,
            };
            [loading::receipt_about(number, 5).as_slice(), &[0x90, 0]].concat()
        };
        let mut card = Card::new(Local::new(card));
        let found = card.begin().unwrap().receipts();
        match found {
            Ok(found) if honest_numbers => assert_eq!(found.len(), RECEIPTS_KEPT),
            Err(Error::Protocol {
                fault: Fault::OutOfStep,
                ..
            }) if !honest_numbers => {}
            other => panic!("{other:?}"),
        }
        honest_numbers = false;
    }
}

#[test]
fn a_list_of_files_that_goes_back_is_not_followed_forever() {
    let mut asked = 0;
    let card = |_: &[u8]| {
        asked += 1;
        assert!(asked <= 2, "no end");
        b"\x83\x02\x4F\x01\x83\x02\x4F\x02\x90\0".to_vec()
    };
    let mut card = Card::new(Local::new(card));
    let found = card.begin().unwrap().children();
    assert!(matches!(
        found,
        Err(Error::Protocol {
            fault: Fault::OutOfStep,
            ..
        })
    ));
}
