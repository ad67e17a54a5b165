//! A card that is full can still be emptied: what was loaded in part is dropped, and every application is removed.

use apdu_spec::access::AccessRules;
use apdu_spec::aid::Aid;
use apdu_spec::command::{BinaryFile, Command, SelectReply, SelectTarget};
use apdu_spec::file::{FileControl, FileKind};
use apdu_spec::limits;
use apdu_spec::object::Operation;
use apdu_spec::reason::Reason;
use apdu_spec::status::Status;
use simulator::card::SimulatedCard;
use simulator::flash::MemoryFlash;
use simulator::randomness::Randomness;
use symbolon::scene::steps::{self, Chip, done};
use symbolon::scene::wares::{Ware, notes};
use symbolon::scene::{Cast, Parties, Result, SceneError};

/// A registered card and who is concerned.
struct Full<'a> {
    chip: &'a mut dyn Chip,
    parties: &'a Parties,
    certificate: Vec<u8>,
}

impl Full<'_> {
    /// Loads a package as far as there is room, and drops the request if there is too little.
    fn store(&mut self, ware: &Ware) -> Result<()> {
        let provider = self.parties.provider.identity()?;
        let sdi = ware.sdi(Operation::Store, provider, self.parties.today.add_days(30));
        steps::consent(self.chip)?;
        let request = steps::open(self.chip, &sdi)?;
        let signatures = steps::sign(self.parties, &request, &self.certificate, ware)?;
        let number = signatures.number;
        let loaded = steps::authorize(self.chip, self.parties, &signatures)
            .and_then(|()| steps::load(self.chip, ware, 0, number));
        if loaded.is_err() {
            steps::consent(self.chip)?;
            done(self.chip, "drop", &Command::DropRequest { number })
                .expect("what is loaded in part is dropped");
        }
        loaded.and_then(|receipt| self.collect(&receipt))
    }

    /// Sixteen receipts that nobody collects would stop the card before it is full.
    fn collect(&mut self, receipt: &[u8]) -> Result<()> {
        let collect = Command::CollectReceipts {
            number: steps::read_receipt(receipt)?.number,
            held: parties::receipt::held(receipt),
        };
        done(self.chip, "collect", &collect).map(drop)
    }

    fn remove(&mut self, ware: &Ware) -> Result<()> {
        let provider = self.parties.provider.identity()?;
        let sdi = ware.sdi(Operation::Delete, provider, self.parties.today.add_days(30));
        let receipt = steps::remove(self.chip, self.parties, &self.certificate, ware, &sdi)?;
        self.collect(&receipt)
    }
}

/// Fills a card with packages, and empties it; gives how many there were.
fn fill_and_empty(parties: &Parties, pages: usize, bulk: u16) -> usize {
    let mut card = SimulatedCard::start(MemoryFlash::<1_024, 4>::new(pages), Randomness::seeded(1));
    let mut chip = |command: &[u8]| card.process(command).to_vec();
    steps::personalise(&mut chip, parties).unwrap();
    let certificate = steps::register(&mut chip, parties).unwrap().certificate;
    steps::change_pins(&mut chip).unwrap();
    let mut full = Full {
        chip: &mut chip,
        parties,
        certificate,
    };
    let mut wares: Vec<Ware> = Vec::new();
    loop {
        let last = u8::try_from(wares.len()).unwrap();
        let ware = notes(Aid::new(&[0xF0, 0x53, 0x59, 0x4D, 0x01, last]).unwrap(), 1, bulk).unwrap();
        match full.store(&ware) {
            Ok(()) => wares.push(ware),
            // Wherever the room ends, at the request, a block or the commit, that is the reason given.
            Err(SceneError::Card {
                status: Status::NOT_ENOUGH_MEMORY,
                reason: Reason::NoSpace,
                ..
            }) => break,
            // The smallest packages are more than a provider has floors.
            Err(SceneError::Card {
                reason: Reason::FloorsFull,
                ..
            }) if wares.len() == limits::PROVIDER_FLOORS => break,
            Err(error) => panic!(
                "{} applications of {bulk} bytes on {pages} pages: {error}",
                wares.len()
            ),
        }
    }
    for ware in &wares {
        full.remove(ware).unwrap_or_else(|error| {
            panic!(
                "{} applications of {bulk} bytes on {pages} pages: {error}",
                wares.len()
            )
        });
    }
    wares.len()
}

#[test]
fn a_full_card_can_be_emptied() {
    let parties = Parties::new(&Cast::standard().unwrap()).unwrap();
    let mut stored = 0;
    for pages in [20, 24, 28, 32, 40] {
        for bulk in (1_000..12_000).step_by(250) {
            stored += fill_and_empty(&parties, pages, bulk);
        }
    }
    assert!(stored > 100, "only {stored} applications were stored");
}

/// What a holder writes into files takes room that nobody reserved. Losing this leaves a card that nobody can ever delete anything from.
#[test]
fn a_card_that_was_written_full_can_be_emptied() {
    let parties = Parties::new(&Cast::standard().unwrap()).unwrap();
    let mut card = SimulatedCard::start(MemoryFlash::<1_024, 4>::new(32), Randomness::seeded(1));
    let mut chip = |command: &[u8]| card.process(command).to_vec();
    steps::personalise(&mut chip, &parties).unwrap();
    // Everybody may write them, and nothing of them is there yet.
    let (rules, files, size) = ([0x80, 0x01, 0x02, 0x90, 0x00], [1, 2, 3_u8], 12_000_u16);
    for file in files {
        let fcp = FileControl {
            size: Some(size),
            kind: FileKind::Transparent,
            id: u16::from_be_bytes([0x01, file]),
            aid: None,
            short_id: None,
            life_cycle: None,
            rules: AccessRules::new(&rules).unwrap(),
            version: None,
        };
        done(
            &mut chip,
            "create",
            &Command::CreateFile {
                fcp,
                rules_from: None,
            },
        )
        .unwrap();
    }
    let certificate = steps::register(&mut chip, &parties).unwrap().certificate;
    steps::change_pins(&mut chip).unwrap();
    let mut full = Full {
        chip: &mut chip,
        parties: &parties,
        certificate,
    };
    let ware = notes(Aid::new(&[0xF0, 0x53, 0x59, 0x4D, 0x01, 1]).unwrap(), 1, 300).unwrap();
    full.store(&ware).unwrap();
    let mut written = 0;
    'full: for file in files {
        let path = [0x01, file];
        let select = Command::Select {
            target: SelectTarget::PathFromMf(&path),
            reply: SelectReply::Nothing,
            next: false,
        };
        done(full.chip, "select", &select).unwrap();
        for offset in (0..size).step_by(16) {
            let update = Command::UpdateBinary {
                file: BinaryFile::Current,
                offset,
                data: &[0x5A; 16],
            };
            match done(full.chip, "write", &update) {
                Ok(_) => written += 1,
                Err(SceneError::Card {
                    status: Status::NOT_ENOUGH_MEMORY,
                    ..
                }) => break 'full,
                Err(error) => panic!("{error}"),
            }
        }
    }
    assert!(written > 500 && written < 3 * size / 16, "{written}");
    full.remove(&ware).unwrap();
}
