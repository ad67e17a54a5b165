//! "Cards of an issuer" and "cards that hold packages of a provider": what verified receipts say, in every mode.

use apdu_spec::certificate::{Policy, Role};
use apdu_spec::object::{Mode, Operation};
use parties::approval::Approval;
use parties::crypto::sha256;
use parties::database::{ContentRecord, Continuity};
use parties::evidence::slots;
use parties::office::{Manner, meet_card};
use parties::receipt::ReceiptAnswer;

use crate::offices::Offices;
use crate::world::{World, package, today};

/// Who signs in this mode does, and the card carries it out: gives the receipt.
fn done(world: &mut World, offices: &Offices, mode: Mode, operation: Operation, version: u32) -> Vec<u8> {
    let shown = package(version);
    let identity = world.provider.identity().unwrap();
    let mut sdi = shown.storing_data(operation, identity, today().add_days(9));
    if matches!(operation, Operation::Delete | Operation::LowerFloor) {
        sdi.package = None;
    }
    world.card.mode = mode;
    let request = world.card.open(sdi);
    let mut approval = Approval::new(&request, &world.card.rc, &world.card.irc).unwrap();
    let mut authorizers = Vec::new();
    for slot in slots(mode) {
        let answer = match slot.role {
            Role::Issuer => offices.issuer.sign(&mut approval, Manner::Signature, today()),
            Role::Provider => offices.provider.sign(&mut approval, Manner::Signature, today()),
            _ => offices.certifier.sign(&mut approval, &shown, today()),
        };
        let answer = answer.unwrap();
        assert!(answer.decision.granted().is_some(), "mode {}", mode.code());
        authorizers.push(match slot.role {
            Role::Issuer => sha256(&world.card.irc),
            Role::Provider => sha256(approval.provider_certificate().unwrap()),
            _ => sha256(approval.certifier_certificate().unwrap()),
        });
    }
    assert!(approval.is_authorized().unwrap());
    let digest = match operation {
        Operation::LowerFloor => [0; 32],
        _ => shown.digests().package,
    };
    world.card.carry_out(&sdi, digest, &authorizers)
}

/// Version and receipt of the application that a list names, if it names one.
fn listed(content: Vec<ContentRecord>) -> Option<(u32, u32)> {
    assert!(content.len() < 2, "{content:?}");
    content.first().map(|record| (record.version, record.receipt))
}

#[test]
fn lists_say_what_the_receipts_of_every_mode_say() {
    let mut world = World::with_policy(Policy::ALL);
    let offices = Offices::new(&world);
    let (issuer, provider) = (offices.issuer.database(), offices.provider.database());
    let lists = || {
        (
            listed(issuer.content(false).unwrap()),
            listed(provider.content(true).unwrap()),
        )
    };
    let mut expected = None;
    for (number, (mode, operation, version)) in (1..).zip([
        (Mode::CertifiedData, Operation::Store, 1),
        (Mode::ViaProvider, Operation::Replace, 2),
        (Mode::ViaIssuer, Operation::Delete, 2),
        (Mode::ViaIssuer, Operation::LowerFloor, 0),
        (Mode::RegistrarCertified, Operation::Store, 1),
        (Mode::ProviderAlone, Operation::Delete, 1),
        (Mode::ViaProvider, Operation::LowerFloor, 0),
        (Mode::ProviderAlone, Operation::Store, 1),
        (Mode::RegistrarCertified, Operation::Replace, 2),
    ]) {
        let receipt = done(&mut world, &offices, mode, operation, version);
        // A signature is no receipt: nothing is listed until the card says that it did it.
        assert_eq!(lists(), (expected, expected), "mode {}", mode.code());
        if number == 1 {
            // The provider certified for every card, and meets this one only now.
            assert!(matches!(
                offices.provider.record_receipt(&receipt, today()).unwrap(),
                ReceiptAnswer::Rejected(_)
            ));
            let (rc, irc) = (&world.card.rc, &world.card.irc);
            meet_card(provider, rc, irc, &world.roots(), today()).unwrap();
        }
        for answer in [
            offices.issuer.record_receipt(&receipt, today()),
            offices.provider.record_receipt(&receipt, today()),
        ] {
            let ReceiptAnswer::Recorded { continuity, .. } = answer.unwrap() else {
                panic!("mode {}, {operation}", mode.code())
            };
            // Receipt 0, the registration, is with nobody here.
            let fits = if number == 1 {
                Continuity::Gap
            } else {
                Continuity::Follows
            };
            assert_eq!(continuity, fits);
        }
        expected = match operation {
            Operation::Store | Operation::Replace => Some((version, number)),
            Operation::Delete | Operation::LowerFloor => None,
        };
        assert_eq!(lists(), (expected, expected), "mode {}, {operation}", mode.code());
    }
}

/// Another provider's application on the same card is in the issuer's list, and none of this provider's business.
#[test]
fn a_provider_lists_its_own_packages_only() {
    let mut world = World::with_policy(Policy::ALL);
    let offices = Offices::new(&world);
    let receipt = done(&mut world, &offices, Mode::ProviderAlone, Operation::Store, 1);
    let mut foreign = world.sdi(Operation::Store);
    foreign.aid = crate::world::aid("F04F54484552");
    world.card.open(foreign);
    let other = world.card.carry_out(&foreign, [7; 32], &[[8; 32]]);
    for receipt in [&receipt, &other] {
        for answer in [
            offices.issuer.record_receipt(receipt, today()),
            offices.provider.record_receipt(receipt, today()),
        ] {
            assert!(matches!(answer.unwrap(), ReceiptAnswer::Recorded { .. }));
        }
    }
    let issuers = offices.issuer.database().content(false).unwrap();
    let providers = offices.provider.database().content(true).unwrap();
    assert_eq!((issuers.len(), providers.len()), (2, 1));
    assert_eq!(providers[0].aid, world.package.aid());
}
