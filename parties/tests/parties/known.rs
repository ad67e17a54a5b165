//! What a party knows from receipts keeps it from signing what the card must refuse.

use apdu_spec::certificate::{Policy, Role};
use apdu_spec::object::{Mode, NO_PREVIOUS, Operation, Sdi};
use apdu_spec::reason::Reason;
use parties::crypto::sha256;
use parties::decision::Decision;
use parties::office::{Answer, IssuerOffice, Manner};

use crate::offices::Offices;
use crate::world::{World, database, package, today};

struct Story {
    world: World,
    offices: Offices,
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
            .offices
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
                self.offices
                    .issuer
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
            self.offices.provider.record_receipt(&receipt, today()),
            self.offices.issuer.record_receipt(&receipt, today()),
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
    let mut world = World::with_policy(Policy::NONE.with(Mode::ViaProvider));
    world.card.mode = Mode::ViaProvider;
    let offices = Offices::new(&world);
    let mut story = Story { world, offices };
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
        .offices
        .issuer
        .database()
        .known_version(&story.world.card.id(), &package(2).aid());
    let known = known.unwrap().unwrap();
    assert_eq!((known.version, known.present), (2, true));
    // Every refusal is a record, and nothing else is kept of it.
    assert_eq!(story.offices.provider.database().refusals().unwrap().len(), 8);
}

#[test]
fn the_version_that_was_deleted_returns_with_the_same_content_only() {
    let mut world = World::with_policy(Policy::NONE.with(Mode::ViaProvider));
    world.card.mode = Mode::ViaProvider;
    let offices = Offices::new(&world);
    let mut story = Story { world, offices };
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
