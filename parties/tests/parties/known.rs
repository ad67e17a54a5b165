//! What a party knows from receipts keeps it from signing what the card must refuse.

use std::path::Path;

use apdu_spec::certificate::{Policy, Role};
use apdu_spec::object::{Mode, NO_PREVIOUS, Operation, Sdi};
use apdu_spec::reason::Reason;
use parties::crypto::sha256;
use parties::decision::Decision;
use parties::office::{Answer, IssuerOffice, Manner, ProviderOffice};
use parties::provider::Provider;

use crate::world::{Key, World, database, issuer_database, package, today};

fn offices(world: &World, folder: &Path) -> (IssuerOffice<Key>, ProviderOffice<Key>) {
    let at = |name: &str| {
        let path = folder.join(name);
        std::fs::create_dir(&path).unwrap();
        path
    };
    let issuer = parties::issuer::Issuer::new(
        &world.card.irc,
        world.issuer.root().encoded(),
        world.roots(),
        world.issuer_key.clone(),
    )
    .unwrap();
    let provider = Provider::new(
        world.provider.certificate().encoded(),
        world.provider.root().encoded(),
        world.roots(),
        world.provider_key.clone(),
    )
    .unwrap();
    let provider = ProviderOffice::new(provider, database(&at("p"), Role::Provider, "FRNOTES"));
    for version in 1..=3 {
        provider.add_package(&package(version), today()).unwrap();
    }
    (
        IssuerOffice::new(issuer, issuer_database(&at("i"), world)),
        provider,
    )
}

struct Story {
    world: World,
    issuer: IssuerOffice<Key>,
    provider: ProviderOffice<Key>,
}

impl Story {
    fn sdi(&self, operation: Operation, version: u32) -> Sdi {
        let identity = self.world.provider.identity().unwrap();
        let expiry = today().add_days(9);
        let mut sdi = package(version).storing_data(operation, identity, expiry);
        if operation == Operation::LowerFloor {
            sdi.package = None;
        }
        sdi
    }

    /// Mode 3: the provider first, then the issuer. Gives the answers as far as it goes.
    fn ask(&mut self, operation: Operation, version: u32) -> Vec<Answer> {
        let sdi = self.sdi(operation, version);
        let request = self.world.card.open(sdi);
        let first = self
            .provider
            .authorize(&self.world.evidence(&request, None), Manner::Signature, today())
            .unwrap();
        let mut answers = vec![first.clone()];
        if let Decision::Granted(first) = first.decision {
            let evidence = parties::evidence::Evidence {
                provider_certificate: Some(self.world.provider.certificate().encoded()),
                ..self.world.evidence(&request, Some(&first))
            };
            answers.push(
                self.issuer
                    .authorize(&evidence, Manner::Signature, today())
                    .unwrap(),
            );
        }
        answers
    }

    fn done(&mut self, operation: Operation, version: u32) {
        for answer in self.ask(operation, version) {
            assert!(matches!(answer.decision, Decision::Granted(_)), "{answer:?}");
        }
        let authorizers = [
            *self.world.provider.certificate().digest(),
            sha256(&self.world.card.irc),
        ];
        let digest = match operation {
            Operation::LowerFloor => NO_PREVIOUS,
            _ => package(version).digests().package,
        };
        let sdi = self.sdi(operation, version);
        let receipt = self.world.card.carry_out(&sdi, digest, &authorizers);
        for answer in [
            self.provider.record_receipt(&receipt, today()),
            self.issuer.record_receipt(&receipt, today()),
        ] {
            assert!(
                matches!(answer.unwrap(), parties::receipt::ReceiptAnswer::Recorded { .. }),
                "{operation}"
            );
        }
    }

    fn refused(&mut self, operation: Operation, version: u32) -> Reason {
        match self.ask(operation, version).pop().unwrap().decision {
            Decision::Refused(refusal) => refusal.reason,
            Decision::Granted(_) => panic!("granted: {operation} {version}"),
        }
    }
}

#[test]
fn versions_floors_and_operations_follow_the_receipts() {
    let folder = tempfile::tempdir().unwrap();
    let mut world = World::with_policy(Policy::NONE.with(Mode::ViaProvider));
    world.card.mode = Mode::ViaProvider;
    let (issuer, provider) = offices(&world, folder.path());
    let mut story = Story {
        world,
        issuer,
        provider,
    };
    story.done(Operation::Store, 2);
    assert_eq!(story.refused(Operation::Store, 3), Reason::AidTaken);
    assert_eq!(story.refused(Operation::Replace, 1), Reason::VersionTooOld);
    assert_eq!(story.refused(Operation::Replace, 2), Reason::VersionTooOld);
    assert_eq!(story.refused(Operation::Delete, 1), Reason::NoSuchApplication);
    assert_eq!(story.refused(Operation::LowerFloor, 1), Reason::AidTaken);
    story.done(Operation::Replace, 3);
    story.done(Operation::Delete, 3);
    // The floor stays: an older version only after it was lowered, by both.
    assert_eq!(story.refused(Operation::Store, 2), Reason::VersionTooOld);
    assert_eq!(story.refused(Operation::LowerFloor, 3), Reason::VersionNotLower);
    story.done(Operation::LowerFloor, 1);
    assert_eq!(story.refused(Operation::Store, 1), Reason::VersionTooOld);
    story.done(Operation::Store, 2);
    let known = story
        .issuer
        .database()
        .known_version(&story.world.card.id(), &package(2).aid());
    let known = known.unwrap().unwrap();
    assert_eq!((known.version, known.present), (2, true));
    // Every refusal is a record, and nothing else is kept of it.
    assert_eq!(story.provider.database().refusals().unwrap().len(), 8);
}

#[test]
fn the_version_that_was_deleted_returns_with_the_same_content_only() {
    let folder = tempfile::tempdir().unwrap();
    let mut world = World::with_policy(Policy::NONE.with(Mode::ViaProvider));
    world.card.mode = Mode::ViaProvider;
    let (issuer, provider) = offices(&world, folder.path());
    let mut story = Story {
        world,
        issuer,
        provider,
    };
    story.done(Operation::Store, 2);
    story.done(Operation::Delete, 2);
    story.done(Operation::Store, 2);
}

#[test]
fn a_card_that_is_not_in_the_database_is_none_of_the_issuers() {
    let folder = tempfile::tempdir().unwrap();
    let mut world = World::new();
    let office = IssuerOffice::new(
        parties::issuer::Issuer::new(
            &world.card.irc,
            world.issuer.root().encoded(),
            world.roots(),
            world.issuer_key.clone(),
        )
        .unwrap(),
        database(folder.path(), Role::Issuer, "DEISSUER"),
    );
    let request = world.card.open(world.sdi(Operation::Store));
    let answer = office
        .authorize(&world.evidence(&request, None), Manner::Signature, today())
        .unwrap();
    assert!(matches!(answer.decision, Decision::Refused(refusal) if refusal.reason == Reason::NotThisCard));
    assert_eq!(
        office.database().authorization(&world.card.id(), 1).unwrap(),
        None
    );
}
