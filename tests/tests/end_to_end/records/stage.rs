//! A card with records, and a way to speak to it.

use std::path::Path;
use std::sync::OnceLock;

use apdu_spec::aid::Aid;
use apdu_spec::object::Operation;
use parties::package::Package;
use simulator::card::{DEFAULT_PAGES, SimulatedCard};
use simulator::flash::MemoryFlash;
use simulator::randomness::Randomness;
use symbolon::scene::steps::{
    authorize, carry_out, change_pins, consent, drop_request, open, personalise, register, sign, verify_user,
};
use symbolon::scene::wares::Ware;
use symbolon::scene::{Cast, Parties, Result};

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

    /// The card as the steps of a scene speak to it.
    pub(super) fn process(&mut self) -> impl FnMut(&[u8]) -> Vec<u8> {
        |command| self.0.process(command).to_vec()
    }

    /// Verifies the user PIN.
    pub(super) fn verify(&mut self) {
        verify_user(&mut self.process()).unwrap();
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

/// The text of `packages/notebook.toml`.
pub(super) fn source() -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../packages/notebook.toml")).unwrap()
}

/// A package of this text.
pub(super) fn package(text: &str) -> Ware {
    Ware::from(Package::build(text, Path::new(""), "text").unwrap())
}

/// A registered card, and who stores on it.
pub(super) struct Issued {
    pub(super) chip: Chip,
    pub(super) parties: Parties,
    /// RC.
    pub(super) certificate: Vec<u8>,
}

impl Issued {
    pub(super) fn new() -> Self {
        Self::on(DEFAULT_PAGES)
    }

    /// On a card with so many pages of flash.
    pub(super) fn on(pages: usize) -> Self {
        let mut chip = Chip(SimulatedCard::start(
            MemoryFlash::new(pages),
            Randomness::seeded(2),
        ));
        let cast = Cast {
            prefix: Aid::new(&bytes("F04E4F5445")).unwrap(),
            ..Cast::standard().unwrap()
        };
        let parties = Parties::new(&cast).unwrap();
        personalise(&mut chip.process(), &parties).unwrap();
        let certificate = register(&mut chip.process(), &parties).unwrap().certificate;
        change_pins(&mut chip.process()).unwrap();
        Self {
            chip,
            parties,
            certificate,
        }
    }

    /// Stores or replaces in mode 2, with consent again where something is dropped.
    pub(super) fn carry_out(&mut self, operation: Operation, ware: &Ware) -> Result<Vec<u8>> {
        let expiry = self.parties.today.add_days(30);
        let sdi = ware.sdi(operation, self.parties.provider.identity()?, expiry);
        let mut chip = self.chip.process();
        consent(&mut chip)?;
        let request = open(&mut chip, &sdi)?;
        let signatures = sign(&self.parties, &request, &self.certificate, ware)?;
        authorize(&mut chip, &self.parties, &signatures)?;
        let done = carry_out(&mut chip, operation, ware, signatures.number);
        if done.is_err() {
            drop_request(&mut chip, signatures.number)?;
        }
        done
    }
}

fn make() -> Vec<u8> {
    let mut issued = Issued::new();
    issued.carry_out(Operation::Store, &package(&source())).unwrap();
    issued.chip.0.snapshot().unwrap()
}
