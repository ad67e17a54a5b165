//! The cards that the tables are tried on, made once: blank, personalised, registered.

use std::sync::OnceLock;

use apdu_spec::aid::Aid;
use apdu_spec::object::Operation;
use simulator::card::SimulatedCard;
use simulator::randomness::Randomness;
use symbolon::scene::steps::*;
use symbolon::scene::{Cast, Parties, wares};

use super::table::bytes;

/// AIDs of the two applications on the registered card.
pub(super) const AIDS: [&str; 2] = ["F053594D010101", "F053594D010102"];
/// Length of the files that the notes keep their bulk in.
pub(super) const BULK: u16 = 600;

/// Files that the personaliser lays out under the MF: file id in the MF or in the DF made before, and its FCP.
///
/// 0101 has short id 01 and 600 bytes that everybody may read and write; the others show one access rule each.
pub(super) const FILES: [(&str, &str); 17] = [
    (
        "everybody reads and writes",
        "62 15 80020258 820101 83020101 880108 AB05 800103 9000",
    ),
    ("no rule at all", "62 0B 80020010 820101 83020102"),
    (
        "user PIN",
        "62 18 80020010 820101 83020103 AB0B 800103 A406 830101 950108",
    ),
    (
        "everybody reads",
        "62 12 80020010 820101 83020104 AB05 800101 9000",
    ),
    (
        "consent PIN",
        "62 18 80020010 820101 83020105 AB0B 800103 A406 830102 950108",
    ),
    (
        "role of an issuer",
        "62 19 80020010 820101 83020106 AB0C 800103 A407 950180 5F4C0103",
    ),
    (
        "user PIN and never",
        "62 1C 80020010 820101 83020107 AB0F 800103 AF0A A406 830101 950108 9700",
    ),
    (
        "user PIN or never",
        "62 1C 80020010 820101 83020108 AB0F 800103 A00A A406 830101 950108 9700",
    ),
    (
        "not never",
        "62 14 80020010 820101 83020109 AB07 800103 A702 9700",
    ),
    (
        "secure messaging",
        "62 15 80020010 820101 8302010A AB08 800103 B403 950130",
    ),
    (
        "records of one length",
        "62 19 80020014 82050241000405 83020201 880158 AB05 800107 9000",
    ),
    (
        "records of any length",
        "62 19 80020014 82050441000804 83020202 880160 AB05 800107 9000",
    ),
    (
        "a cycle of records that everybody reads",
        "62 19 80020006 82050641000203 83020203 880168 AB05 800101 9000",
    ),
    ("a DF", "62 07 820138 83027000"),
    ("an EF in it", "62 12 8002000A 820101 83027001 AB05 800101 9000"),
    ("a DF in it", "62 07 820138 83027100"),
    (
        "an EF in that",
        "62 15 8002000A 820101 83027101 880128 AB05 800101 9000",
    ),
];

/// Cards as snapshots, and who made them.
pub(super) struct Stage {
    pub(super) parties: Parties,
    /// Just made.
    pub(super) blank: Vec<u8>,
    /// With roots, transport PINs, keys and [`FILES`].
    pub(super) personalised: Vec<u8>,
    /// Registered; the PINs have their transport values.
    pub(super) transport: Vec<u8>,
    /// Registered, PINs changed, two applications.
    pub(super) registered: Vec<u8>,
    /// RC, 7F21.
    pub(super) certificate: Vec<u8>,
}

impl Stage {
    /// The three states that every command is tried in.
    pub(super) fn states(&self) -> [&[u8]; 3] {
        [&self.blank, &self.personalised, &self.registered]
    }
}

pub(super) fn stage() -> &'static Stage {
    static STAGE: OnceLock<Stage> = OnceLock::new();
    STAGE.get_or_init(make)
}

/// CREATE FILE as a command.
pub(super) fn create(fcp: &str) -> Vec<u8> {
    let fcp = bytes(fcp);
    let mut command = bytes("00E00000");
    command.push(u8::try_from(fcp.len()).unwrap());
    command.extend_from_slice(&fcp);
    command
}

fn make() -> Stage {
    let mut card = SimulatedCard::in_memory(Randomness::seeded(2));
    let blank = card.snapshot().unwrap();
    let parties = Parties::new(&Cast::standard().unwrap()).unwrap();
    personalise(&mut |command: &[u8]| card.process(command).to_vec(), &parties).unwrap();
    for (name, fcp) in FILES {
        assert_eq!(card.process(&create(fcp)), [0x90, 0x00], "{name}");
    }
    let personalised = card.snapshot().unwrap();
    let registered = register(&mut |command: &[u8]| card.process(command).to_vec(), &parties).unwrap();
    let transport = card.snapshot().unwrap();
    let mut chip = |command: &[u8]| card.process(command).to_vec();
    change_pins(&mut chip).unwrap();
    let (provider, expiry) = (parties.provider.identity().unwrap(), parties.today.add_days(30));
    for aid in AIDS {
        let ware = wares::notes(Aid::new(&bytes(aid)).unwrap(), 1, BULK).unwrap();
        let sdi = ware.sdi(Operation::Store, provider, expiry);
        store(&mut chip, &parties, &registered.certificate, &ware, &sdi).unwrap();
    }
    Stage {
        blank,
        personalised,
        transport,
        registered: card.snapshot().unwrap(),
        certificate: registered.certificate,
        parties,
    }
}
