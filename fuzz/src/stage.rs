//! The card that everything starts from, made once in a process.

use std::sync::OnceLock;

use apdu_spec::command::Command;
use apdu_spec::object::{Mode, Operation};

use crate::prepared::{self, rich};
use crate::scene::{aid, authorize, block};
use crate::world::encode;

/// A card and what is good for it.
pub struct Stage {
    /// Flash of a registered card with two applications, a request that waits for evidence and one that waits for blocks.
    pub snapshot: Vec<u8>,
    /// What the card keeps.
    pub dump: String,
    /// What carries the storing protocol on from there.
    pub protocol: Vec<Vec<u8>>,
}

/// The card.
pub fn stage() -> &'static Stage {
    static STAGE: OnceLock<Stage> = OnceLock::new();
    STAGE.get_or_init(|| {
        let mut scene = prepared::scene();
        let mut protocol = Vec::new();
        let certificate = scene.provider.body_and_signature();
        protocol.push(encode(&Command::VerifyCertificate {
            body_and_signature: &certificate,
        }));
        let loading = rich(aid(3), 1);
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
        Stage {
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
    let mut scene = prepared::scene();
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
    prepared::manifest(aid(1), 1)
}
