//! A card that is used for years, and by somebody who means it harm: requests opened and dropped, names stored and deleted, receipts that
//! nobody collects. What a user would lose: a card that wears out in one place, or fills up with what nobody sees.

use std::io::Write;

use apdu_spec::aid::Aid;
use apdu_spec::certificate::Policy;
use apdu_spec::command::Command;
use apdu_spec::data::{self, CardStatus};
use apdu_spec::limits;
use apdu_spec::object::{Mode, Operation, ProviderId, Sdi};
use apdu_spec::reason::Reason;
use apdu_spec::reference::PinReference;

use crate::card::{Answer, CONSENT_PIN, Card, USER_PIN};
use crate::evidence::{Kind, Signers, evidence};
use crate::package::package;
use crate::world::{Holder, World, held, sha256, today};

const REQUESTS: u32 = 100_000;
const NAMES: u16 = 10_000;

/// A card, and whoever does something with it in mode 4.
struct Soak {
    world: World,
    card: Card,
    certificate: [u8; 32],
    /// The newest receipt.
    receipt: Vec<u8>,
    collects: bool,
}

impl Soak {
    fn new() -> Self {
        let world = World::new();
        let (mut card, _) = Card::issued(&world, Policy::ALL);
        let certificate = sha256(&card.get(data::CARD_CERTIFICATE, &[]).unwrap());
        let receipt = card.get(data::NEWEST_RECEIPT, &[]).unwrap();
        Self {
            world,
            card,
            certificate,
            receipt,
            collects: true,
        }
    }

    fn status(&mut self) -> CardStatus {
        CardStatus::read(&self.card.get(data::CARD_STATUS, &[]).unwrap()).unwrap()
    }

    fn sdi(&self, provider: &Holder, operation: Operation, aid: Aid, version: u32) -> Sdi {
        let stores = matches!(operation, Operation::Store | Operation::Replace);
        Sdi {
            operation,
            aid,
            version,
            package: stores.then(|| package(aid, version, 0).digests),
            provider: ProviderId {
                root: self.world.data_registrar.digest,
                name: provider.name,
            },
            expiry: today().add_days(300),
        }
    }

    fn open(&mut self, sdi: Sdi) -> Answer {
        self.card.verify(PinReference::Consent, CONSENT_PIN).unwrap();
        let mut encoded = [0; Sdi::MAX];
        let length = sdi.write_body(&mut encoded).unwrap();
        self.card.run(&Command::OpenRequest {
            mode: Mode::ProviderAlone,
            sdi,
            sdi_encoded: &encoded[..length],
        })
    }

    /// Stores or deletes an application, the whole way.
    fn carry(
        &mut self,
        provider: &Holder,
        operation: Operation,
        aid: Aid,
        version: u32,
    ) -> Result<(), Reason> {
        let sdi = self.sdi(provider, operation, aid, version);
        let request = self.open(sdi).map_err(|(_, reason)| reason)?;
        let number = self.status().requests_used;
        self.card.verify_certificate(&provider.certificate).unwrap();
        let signers = Signers {
            issuer: &self.world.issuers[0],
            provider,
            certifier: &self.world.certifier,
        };
        let mode = Mode::ProviderAlone;
        let (first, second) = evidence(Kind::Honest, mode, &sdi, &request, &self.certificate, &signers);
        let authorize = Command::Authorize {
            number,
            first: &first,
            second: second.as_deref(),
        };
        self.card.run(&authorize).unwrap();
        self.card.verify(PinReference::Consent, CONSENT_PIN).unwrap();
        let receipt = match operation {
            Operation::Delete => self.card.run(&Command::RemoveApplication { number }),
            _ => {
                let blocks = package(aid, version, 0).blocks;
                let mut answer = Ok(Vec::new());
                for (index, block) in (0_u16..).zip(&blocks) {
                    answer = self.card.run(&Command::LoadBlock {
                        index,
                        last: usize::from(index) + 1 == blocks.len(),
                        number,
                        block,
                    });
                }
                answer
            }
        };
        self.receipt = receipt.map_err(|(_, reason)| reason)?;
        if self.collects {
            self.collect();
        }
        Ok(())
    }

    fn collect(&mut self) {
        let number = self.status().receipts_written - 1;
        let held = held(&self.receipt);
        self.card.run(&Command::CollectReceipts { number, held }).unwrap();
    }

    /// A legitimate store and delete of a name that nobody had.
    fn serves(&mut self, aid: u8) {
        let name = Aid::new(&[0xF0, 0x4E, 0, 0, 2, aid]).unwrap();
        let provider = self.world.providers[1].clone();
        self.carry(&provider, Operation::Store, name, 1).unwrap();
        self.carry(&provider, Operation::Delete, name, 1).unwrap();
    }

    /// How often pages were erased; they differ by little, whatever happened.
    fn wear(&mut self, what: &str) {
        let (least, most) = self.card.0.erase_counts().unwrap();
        // Not by println!, which a test that passes does not show.
        let _ = writeln!(
            std::io::stderr(),
            "{what}: each page was erased {least} to {most} times"
        );
        assert!(most - least <= 1 + most / 10, "{what}: {least} to {most}");
    }
}

#[test]
fn a_hundred_thousand_requests_and_drops_leave_nothing_behind() {
    let mut soak = Soak::new();
    soak.serves(1);
    let before = soak.status().free_bytes;
    let name = Aid::new(&[0xF0, 0x4E, 0, 0, 2, 9]).unwrap();
    let provider = soak.world.providers[1].clone();
    let sdi = soak.sdi(&provider, Operation::Store, name, 1);
    let first = soak.status().requests_used;
    for number in first + 1..=first + REQUESTS {
        soak.open(sdi).unwrap();
        soak.card.verify(PinReference::Consent, CONSENT_PIN).unwrap();
        soak.card.run(&Command::DropRequest { number }).unwrap();
    }
    let after = soak.status();
    assert_eq!(after.requests_used, first + REQUESTS);
    assert_eq!(after.free_bytes, before);
    soak.wear("100,000 requests and drops");
    soak.serves(2);
}

#[test]
fn ten_thousand_names_stored_and_deleted_stop_at_the_floors_and_no_floor_is_forgotten() {
    let mut soak = Soak::new();
    let mut stored = 0_usize;
    // The floor of every name.
    let mut version = 1;
    let mut attempts = 0_u16;
    let aid = |provider: u16, name: u16| {
        let [high, low] = provider.to_be_bytes();
        Aid::new(&[0xF0, 0x50, 0, high, low, u8::try_from(name).unwrap()]).unwrap()
    };
    // Every provider tries one name more than it may have.
    for provider in 0..NAMES / 17 {
        let holder = soak.world.provider(provider);
        for name in 0..17 {
            attempts += 1;
            match soak.carry(&holder, Operation::Store, aid(provider, name), 1) {
                Ok(()) => {
                    soak.carry(&holder, Operation::Delete, aid(provider, name), 1)
                        .unwrap();
                    stored += 1;
                    assert!(name < 16, "one floor too many");
                }
                Err(reason) => {
                    assert_eq!(reason, Reason::FloorsFull, "provider {provider}, name {name}");
                    assert!(name == 16 || stored == limits::FLOORS, "refused too early");
                }
            }
        }
    }
    let _ = writeln!(
        std::io::stderr(),
        "{attempts} names tried, {stored} stored and deleted, the others refused: floors full"
    );
    assert_eq!(stored, limits::FLOORS);
    // The names that are known go on: 10,000 pairs altogether.
    while stored < usize::from(NAMES) {
        for provider in 0..u16::try_from(limits::FLOORS / limits::PROVIDER_FLOORS).unwrap() {
            let holder = soak.world.provider(provider);
            for name in 0..16 {
                let aid = aid(provider, name);
                // What was deleted does not come back in an older version.
                if version > 1 {
                    let old = soak.carry(&holder, Operation::Store, aid, version - 1);
                    assert_eq!(old, Err(Reason::VersionTooOld));
                }
                soak.carry(&holder, Operation::Store, aid, version + 1).unwrap();
                soak.carry(&holder, Operation::Delete, aid, version + 1).unwrap();
                stored += 1;
            }
        }
        version += 1;
    }
    soak.card.verify(PinReference::User, USER_PIN).unwrap();
    let selector = Vec::new();
    assert!(soak.card.get(data::APPLICATIONS, &selector).unwrap().is_empty());
    soak.wear("10,000 applications stored and deleted");
    // A new name has no floor left; one that was there before the soak has.
    let newcomer = soak.world.providers[1].clone();
    let name = Aid::new(&[0xF0, 0x4E, 0, 0, 2, 1]).unwrap();
    let refused = soak.carry(&newcomer, Operation::Store, name, 1);
    assert_eq!(refused, Err(Reason::FloorsFull));
    let holder = soak.world.provider(0);
    soak.carry(&holder, Operation::Store, aid(0, 0), version + 10)
        .unwrap();
}

#[test]
fn receipts_that_nobody_collects_stop_the_card_until_somebody_does() {
    let mut soak = Soak::new();
    soak.collect();
    soak.collects = false;
    let provider = soak.world.providers[1].clone();
    let name = |number| Aid::new(&[0xF0, 0x4E, 0, 0, 2, number]).unwrap();
    for number in 0..16 {
        soak.carry(&provider, Operation::Store, name(number), 1).unwrap();
    }
    for _ in 0..100 {
        let refused = soak.carry(&provider, Operation::Replace, name(0), 2);
        assert_eq!(refused, Err(Reason::ReceiptsUncollected));
    }
    assert_eq!(soak.status().receipts_uncollected, 16);
    soak.collect();
    soak.carry(&provider, Operation::Replace, name(0), 2).unwrap();
}
