//! A card with records, and a way to speak to it.

use std::path::Path;
use std::sync::OnceLock;

use apdu_spec::aid::Aid;
use apdu_spec::object::Operation;
use parties::package::Package;
use simulator::card::SimulatedCard;
use simulator::flash::MemoryFlash;
use simulator::randomness::Randomness;
use symbolon::scene::steps::*;
use symbolon::scene::wares::Ware;
use symbolon::scene::{Cast, Parties};

/// SELECT of the notebook.
pub(super) const NOTEBOOK: &str = "00A4040C 06 F04E4F544542";

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

/// A card in memory.
pub(super) struct Chip(pub(super) SimulatedCard<MemoryFlash>);

impl Chip {
    /// The registered card with its notebook selected and the user PIN verified.
    pub(super) fn with_notebook() -> Self {
        static SNAPSHOT: OnceLock<Vec<u8>> = OnceLock::new();
        let mut chip = Self::of(SNAPSHOT.get_or_init(make).clone());
        chip.done(NOTEBOOK);
        chip.verify();
        chip
    }

    pub(super) fn of(snapshot: Vec<u8>) -> Self {
        Self(SimulatedCard::from_snapshot(snapshot, Randomness::seeded(7)))
    }

    /// Verifies the user PIN.
    pub(super) fn verify(&mut self) {
        verify_user(&mut |command: &[u8]| self.0.process(command).to_vec()).unwrap();
    }

    /// Sends a command and gives reply data and status word.
    pub(super) fn send(&mut self, command: &str) -> (Vec<u8>, u16) {
        let reply = self.0.process(&bytes(command));
        let (data, status) = reply.split_last_chunk::<2>().expect("a status word");
        (data.to_vec(), u16::from_be_bytes(*status))
    }

    /// Sends a command that must succeed.
    pub(super) fn done(&mut self, command: &str) -> Vec<u8> {
        let (data, status) = self.send(command);
        assert_eq!(format!("{status:04X}"), "9000", "{command}");
        data
    }

    /// Sends a command that must be refused and change nothing.
    pub(super) fn refused(&mut self, command: &str, expected: u16) {
        let before = self.0.dump().unwrap();
        let (data, status) = self.send(command);
        assert_eq!(format!("{status:04X}"), format!("{expected:04X}"), "{command}");
        assert!(data.is_empty(), "{command}");
        assert_eq!(
            self.0.dump().unwrap(),
            before,
            "{command}: refused, but the card changed"
        );
    }

    /// The records that READ RECORD finds in the file with a short id, from 1 on.
    pub(super) fn records(&mut self, short_id: u8) -> Vec<Vec<u8>> {
        let mut records = Vec::new();
        for number in 1..=254_u8 {
            match self.send(&format!("00B2 {number:02X} {:02X} 00", short_id << 3 | 4)) {
                (record, 0x9000) => records.push(record),
                (_, status) => {
                    assert_eq!(format!("{status:04X}"), "6A83");
                    break;
                }
            }
        }
        records
    }
}

/// The package of the notebook.
pub(super) fn notebook() -> Ware {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../packages/notebook.toml");
    Ware::from(Package::build_file(&path).unwrap())
}

fn make() -> Vec<u8> {
    let mut card = SimulatedCard::in_memory(Randomness::seeded(2));
    let parties = Parties::new(&Cast {
        prefix: Aid::new(&bytes("F04E4F5445")).unwrap(),
        ..Cast::standard().unwrap()
    })
    .unwrap();
    let mut chip = |command: &[u8]| card.process(command).to_vec();
    personalise(&mut chip, &parties).unwrap();
    let registered = register(&mut chip, &parties).unwrap();
    change_pins(&mut chip).unwrap();
    let (provider, expiry) = (parties.provider.identity().unwrap(), parties.today.add_days(30));
    let ware = notebook();
    let sdi = ware.sdi(Operation::Store, provider, expiry);
    store(&mut chip, &parties, &registered.certificate, &ware, &sdi).unwrap();
    card.snapshot().unwrap()
}
