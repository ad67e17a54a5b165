//! The card that everything starts from, made once in a process.

use std::sync::OnceLock;

use apdu_spec::certificate::Policy;
use apdu_spec::command::{Command, KeyTemplate, SelectReply, SelectTarget};
use apdu_spec::file::FileKind;
use apdu_spec::object::{Mode, Operation};
use apdu_spec::package::{KeyType, KeyUsage};
use apdu_spec::reference::{KeyReference, PinReference};
use symbolon_simulator::card::SimulatedCard;
use symbolon_simulator::randomness::Randomness;

use crate::issued::{self, Extra, names, rich};
use crate::scene::{Scene, aid, authorize, block};
use crate::world::{CONSENT, encode, register};

const fn records(descriptor: u8, length: u8, number: u8) -> FileKind {
    match FileKind::new(descriptor, Some((length, number))) {
        Some(kind) => kind,
        None => FileKind::Transparent,
    }
}

/// An EF of each kind of records, and a key of each kind and use.
const EXTRA: Extra = Extra {
    files: &[
        (0x0031, 0x15, records(0x02, 4, 8), 32),
        (0x0032, 0x16, records(0x04, 12, 6), 60),
        (0x0033, 0x17, records(0x06, 2, 3), 6),
    ],
    keys: &[
        (0x86, KeyType::P256, KeyUsage::Sign),
        (0x87, KeyType::P256, KeyUsage::Agree),
        (0x88, KeyType::Aes128, KeyUsage::Cipher),
        (0x89, KeyType::Aes256, KeyUsage::Mac),
        (0x8A, KeyType::P256, KeyUsage::AuthenticateCard),
        (0x8C, KeyType::Hmac, KeyUsage::Mac),
    ],
    records: &[],
};

/// A registered card whose applications have keys and a record in each file of records.
fn scene() -> Scene {
    let mut scene = issued::scene(EXTRA);
    for name in names() {
        scene.world.ok(&Command::Select {
            target: SelectTarget::Aid(name.as_bytes()),
            reply: SelectReply::Nothing,
            next: false,
        });
        for (reference, _, usage) in EXTRA.keys {
            scene.world.ok(&Command::GenerateKeyPair {
                reference: KeyReference::Local(*reference),
                template: KeyTemplate::of(*usage),
                make: true,
            });
        }
        for append in [
            &[0x00, 0xE2, 0x00, 0xA8, 0x04, 1, 2, 3, 4][..],
            &[0x00, 0xE2, 0x00, 0xB0, 0x03, 5, 6, 7],
            &[0x00, 0xE2, 0x00, 0xB8, 0x02, 8, 9],
        ] {
            assert_eq!(scene.world.apdu(append).1, 0x9000);
        }
    }
    scene.world.reset();
    scene
}

/// A card and what is good for it.
pub struct Stage {
    /// Flash of a registered card with two applications that have PINs, keys and files of every kind, a request that waits for evidence and one that waits for blocks.
    pub snapshot: Vec<u8>,
    /// What the card keeps.
    pub dump: String,
    /// What carries the storing protocol on from there.
    pub protocol: Vec<Vec<u8>>,
    /// What registers it once more.
    pub registration: Vec<Vec<u8>>,
}

/// The card.
pub fn stage() -> &'static Stage {
    static STAGE: OnceLock<Stage> = OnceLock::new();
    STAGE.get_or_init(|| {
        let mut scene = scene();
        let mut protocol = Vec::new();
        let certificate = scene.provider.body_and_signature();
        protocol.push(encode(&Command::VerifyCertificate {
            body_and_signature: &certificate,
        }));
        let loading = rich(&mut scene, aid(3), 1, EXTRA);
        let asked = scene.open_package(Operation::Store, aid(3), 1, &loading);
        scene.authorize(&asked);
        for index in 0..loading.blocks.len() {
            protocol.push(encode(&block(&asked, &loading, index)));
        }
        let sdi = scene.sdi(Operation::Delete, aid(2), 1);
        let asked = scene.open(Mode::ViaIssuer, sdi);
        let evidence = scene.evidence(&asked);
        protocol.push(encode(&authorize(&asked, &evidence)));
        protocol.push(encode(&Command::RemoveApplication { number: asked.number }));
        protocol.push(encode(&Command::DropRequest { number: asked.number }));
        let certificate = scene.issuer.body_and_signature();
        let issuer = scene.world.issuer_copy();
        let later = scene.world.rc(&issuer, |rc| {
            rc.policy = Policy::ALL;
            rc.serial = 2;
        });
        let registration = vec![
            encode(&Command::VerifyCertificate {
                body_and_signature: &certificate,
            }),
            encode(&Command::Verify {
                reference: PinReference::Consent,
                pin: Some(CONSENT),
            }),
            encode(&register(&later)),
        ];
        let mut twin =
            SimulatedCard::from_snapshot(scene.world.card.snapshot().unwrap(), Randomness::seeded(5));
        for command in &registration {
            let reply = twin.process(command);
            assert!(reply.ends_with(&[0x90, 0x00]), "{reply:02X?} to {command:02X?}");
        }
        Stage {
            registration,
            snapshot: scene.world.card.snapshot().unwrap(),
            dump: scene.world.card.dump().unwrap(),
            protocol,
        }
    })
}

/// What an approval file is made of.
pub struct Paper {
    /// SR.
    pub request: Vec<u8>,
    /// RC.
    pub card: Vec<u8>,
    /// IRC.
    pub issuer: Vec<u8>,
    /// DPR.
    pub provider: Vec<u8>,
    /// SAR, then SA.
    pub evidence: Vec<Vec<u8>>,
}

/// What two parties signed for a request of mode 2.
pub fn paper() -> Paper {
    let mut scene = scene();
    let sdi = scene.sdi(Operation::Delete, aid(2), 1);
    let asked = scene.open(Mode::ViaIssuer, sdi);
    let (first, second) = scene.evidence(&asked);
    Paper {
        request: asked.request.clone(),
        card: scene.world.get(apdu_spec::data::CARD_CERTIFICATE).unwrap(),
        issuer: scene.issuer.certificate.clone(),
        provider: scene.provider.certificate.clone(),
        evidence: [Some(first), second].into_iter().flatten().collect(),
    }
}

/// A package as it is built: manifest and content.
pub fn package() -> Vec<u8> {
    issued::sealed_manifest(&mut Scene::new(), aid(1), 1, EXTRA)
}
