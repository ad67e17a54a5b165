//! A registered card with one application to play with, made once.

use std::sync::OnceLock;

use apdu_spec::access::{AccessRules, parse};
use apdu_spec::aid::Aid;
use apdu_spec::certificate::Policy;
use apdu_spec::command::Command;
use apdu_spec::data;
use apdu_spec::file::FileKind;
use apdu_spec::limits;
use apdu_spec::object::{Mode, Operation, PackageDigests, Sdi};
use apdu_spec::package::{FileEntry, ManifestBuilder, OnReplace, PinEntry};
use apdu_spec::reference::PinReference;
use symbolon_simulator::flash::MemoryFlash;
use symbolon_simulator::{Randomness, SimulatedCard};

use super::card::{CONSENT_PIN, Card};
use super::evidence::{Kind, evidence};
use super::package::{Package, blocks};
use super::world::{World, sha256, today};

/// AID of the application, as SELECT has it behind P1.
pub const SELECT: &str = "00A4040C 07 F04E0000010101";
/// The value of its local PIN 81.
pub const PIN: &str = "00200081 04 34333231";
/// The rules of its files, by position.
const RULES: [&str; 6] = [
    "read, update, use, deactivate, activate, terminate, delete: always",
    "read: always",
    "read, use: always",
    "delete-child, create-ef, create-df, deactivate, activate, terminate, delete: always",
    "create-ef, delete-child: pin 81",
    "update: pin 81; read: always; delete: pin 81",
];
/// Bytes of content that the application may have.
pub const QUOTA: u32 = 2048;
/// Of which its files take.
pub const TAKEN: u32 = 320 + 32 + 64 + 16;

pub fn aid() -> Aid {
    Aid::new(&[0xF0, 0x4E, 0, 0, 1, 1, 1]).unwrap()
}

fn rules(text: &str) -> Vec<u8> {
    let mut out = [0; limits::RULE_MAX];
    parse(text, &mut out).unwrap().as_bytes().to_vec()
}

/// EFs 0001 (everything is allowed, 320 bytes, short id 1), 0002 (only to read), 0003 (to write once); DFs 7001 (everything is allowed) with an EF
/// 0011, 7002 (create and delete with PIN 81), 7003 (nothing).
pub fn packed(version: u32, replace: OnReplace) -> Package {
    let texts: Vec<Vec<u8>> = RULES.map(rules).to_vec();
    let rules: Vec<AccessRules<'_>> = texts.iter().map(|text| AccessRules::new(text).unwrap()).collect();
    let file = |position, id, parent, rule, size: u16| FileEntry {
        position,
        kind: if size == 0 {
            FileKind::Dedicated
        } else {
            FileKind::Transparent
        },
        id,
        parent,
        short_id: (size == 320).then_some(1),
        rule,
        replace,
        size,
        initial: 0,
        lengths: &[],
        sealed: false,
    };
    let builder = ManifestBuilder {
        aid: aid(),
        version,
        label: "files",
        quota: QUOTA,
        rules: &rules,
        files: &[
            file(1, 0x0001, 0, 0, 320),
            file(2, 0x0002, 0, 1, 32),
            file(3, 0x0003, 0, 2, 64),
            file(4, 0x7001, 0, 3, 0),
            file(5, 0x0011, 4, 5, 16),
            file(6, 0x7002, 0, 4, 0),
            file(7, 0x7003, 0, 1, 0),
        ],
        pins: &[PinEntry {
            reference: 0x81,
            minimum: 4,
            tries: 3,
            rule: 0,
            replace,
            transport: b"0000",
        }],
        keys: &[],
        seal: None,
    };
    let mut bytes = vec![0; limits::MANIFEST_MAX];
    let length = builder.write(&mut bytes).unwrap();
    bytes.truncate(length);
    let blocks = blocks(&bytes, &[]);
    let digests = PackageDigests {
        size: u32::try_from(bytes.len()).unwrap(),
        package: sha256(&bytes),
        manifest: sha256(&bytes),
        first_block: sha256(&blocks[0]),
    };
    Package { digests, blocks }
}

/// Stores, replaces or deletes the application with everybody's consent; `channel` is already in use by the caller.
pub fn carry(world: &World, card: &mut Card, operation: Operation, version: u32, replace: OnReplace) {
    let package = packed(version, replace);
    let sdi = Sdi {
        operation,
        aid: aid(),
        version,
        package: (operation != Operation::Delete).then_some(package.digests),
        provider: world.identity(0),
        expiry: today().add_days(300),
    };
    let mut encoded = [0; Sdi::MAX];
    let length = sdi.write_body(&mut encoded).unwrap();
    card.verify(PinReference::Consent, CONSENT_PIN).unwrap();
    let request = card
        .run(&Command::OpenRequest {
            mode: Mode::ViaIssuer,
            sdi,
            sdi_encoded: &encoded[..length],
        })
        .unwrap();
    let status = data::CardStatus::read(&card.get(data::CARD_STATUS, &[]).unwrap()).unwrap();
    let number = status.requests_used;
    let certificate = sha256(&card.get(data::CARD_CERTIFICATE, &[]).unwrap());
    let signers = world.signers(0, 0);
    let (first, second) = evidence(
        Kind::Honest,
        Mode::ViaIssuer,
        &sdi,
        &request,
        &certificate,
        &signers,
    );
    card.verify_certificate(&world.providers[0].certificate).unwrap();
    card.run(&Command::Authorize {
        number,
        first: &first,
        second: second.as_deref(),
    })
    .unwrap();
    card.verify(PinReference::Consent, CONSENT_PIN).unwrap();
    if operation == Operation::Delete {
        card.run(&Command::RemoveApplication { number }).unwrap();
        return;
    }
    for (index, block) in (0_u16..).zip(&package.blocks) {
        card.run(&Command::LoadBlock {
            index,
            last: usize::from(index) + 1 == package.blocks.len(),
            number,
            block,
        })
        .unwrap();
    }
}

/// A card just switched on, as the wire sees it.
pub struct Chip(pub Card);

impl Chip {
    /// With the application on it, its PIN 4321.
    pub fn new() -> Self {
        Self::of(&stage().1)
    }

    pub fn of(image: &[u8]) -> Self {
        Self(Card(SimulatedCard::from_snapshot(
            image.to_vec(),
            Randomness::seeded(5),
        )))
    }

    pub fn card(&mut self) -> &mut SimulatedCard<MemoryFlash> {
        &mut self.0.0
    }

    /// Reply data and status word.
    pub fn send(&mut self, command: &str) -> (Vec<u8>, u16) {
        let reply = self.card().process(&bytes(command)).to_vec();
        let (data, status) = reply.split_last_chunk::<2>().unwrap();
        (data.to_vec(), u16::from_be_bytes(*status))
    }

    pub fn done(&mut self, command: &str) -> Vec<u8> {
        let (data, status) = self.send(command);
        assert_eq!(format!("{status:04X}"), "9000", "{command}");
        data
    }

    /// Sends commands one after the other; what is refused must change nothing that the card keeps.
    pub fn play(&mut self, steps: &[(&str, u16)]) {
        for (command, expected) in steps {
            let before = self.dump();
            let (_, status) = self.send(command);
            assert_eq!(format!("{status:04X}"), format!("{expected:04X}"), "{command}");
            if !matches!(status >> 8, 0x90 | 0x61..=0x63) {
                assert_eq!(self.dump(), before, "{command}: refused, and something changed");
            }
        }
    }

    pub fn dump(&mut self) -> String {
        self.card().dump().unwrap()
    }

    pub fn reset(&mut self) {
        self.0.reset();
    }
}

/// The parties, the card of the tests, and one without the application.
pub fn stage() -> &'static (World, Vec<u8>, Vec<u8>) {
    static STAGE: OnceLock<(World, Vec<u8>, Vec<u8>)> = OnceLock::new();
    STAGE.get_or_init(|| {
        let world = World::new();
        let (mut card, _) = Card::issued(&world, Policy::ALL);
        let empty = card.0.snapshot().unwrap();
        carry(&world, &mut card, Operation::Store, 1, OnReplace::Keep);
        let mut chip = Chip(card);
        chip.done(SELECT);
        chip.done("00240081 08 30303030 34333231");
        let image = chip.card().snapshot().unwrap();
        (world, image, empty)
    })
}

/// Bytes written in hexadecimal, with spaces where they help the eye.
pub fn bytes(hexadecimal: &str) -> Vec<u8> {
    let digits: Vec<u8> = hexadecimal
        .chars()
        .filter(|character| !character.is_whitespace())
        .map(|digit| u8::try_from(digit.to_digit(16).unwrap()).unwrap())
        .collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}
