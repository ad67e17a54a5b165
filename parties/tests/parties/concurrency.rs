//! Several processes of one party at work on one database: no request gets two authorizations.

use std::collections::HashSet;
use std::sync::Barrier;

use apdu_spec::certificate::Role;
use apdu_spec::object::Operation;
use apdu_spec::reason::Reason;
use parties::certificate::Roots;
use parties::database::{Database, Location, Owner};
use parties::decision::Decision;
use parties::issuer::Issuer;
use parties::office::{Answer, IssuerOffice, Manner};

use crate::world::{Key, World, database, issuer_database, name, terms, today};

const THREADS: usize = 4;

fn office(world: &World, folder: &std::path::Path) -> IssuerOffice<Key> {
    let owner = Owner {
        role: Role::Issuer,
        name: name("DEISSUER"),
    };
    let database = Database::open(&Location::File(folder.join("party.db")), owner).unwrap();
    let (irc, root) = (
        world.issuer.certificate().encoded(),
        world.issuer_registrar.root().encoded(),
    );
    IssuerOffice::new(
        Issuer::new(irc, root, Roots::new(), world.issuer_key.clone()).unwrap(),
        database,
    )
}

/// What each thread, with a connection of its own, answers to its request.
fn race(world: &World, folder: &std::path::Path, requests: &[Vec<u8>]) -> Vec<Answer> {
    let barrier = Barrier::new(requests.len());
    std::thread::scope(|scope| {
        let threads: Vec<_> = requests
            .iter()
            .map(|request| {
                let (office, barrier) = (office(world, folder), &barrier);
                scope.spawn(move || {
                    barrier.wait();
                    office
                        .authorize(&world.evidence(request, None), Manner::Signature, today())
                        .unwrap()
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

#[test]
fn the_same_request_gets_one_authorization_from_all() {
    let folder = tempfile::tempdir().unwrap();
    let mut world = World::new();
    issuer_database(folder.path(), &world).close().unwrap();
    for _ in 0..10 {
        let request = world.card.open(world.sdi(Operation::Store));
        let answers = race(&world, folder.path(), &vec![request; THREADS]);
        assert_eq!(answers.iter().filter(|answer| !answer.repeated).count(), 1);
        let objects: HashSet<_> = answers
            .into_iter()
            .map(|answer| answer.decision.granted().unwrap())
            .collect();
        assert_eq!(objects.len(), 1, "two signatures left the issuer for one request");
    }
}

#[test]
fn of_requests_with_one_number_only_one_is_authorized() {
    let folder = tempfile::tempdir().unwrap();
    let mut world = World::new();
    issuer_database(folder.path(), &world).close().unwrap();
    for _ in 0..10 {
        world.card.open(world.sdi(Operation::Store));
        // A card that signs several requests under one number: each has another nonce.
        let requests: Vec<_> = (0..THREADS)
            .map(|_| {
                let request = world.card.request(world.sdi(Operation::Store));
                parties::decision::sign_object(&request, &world.card.key).unwrap()
            })
            .collect();
        let answers = race(&world, folder.path(), &requests);
        let granted = answers
            .iter()
            .filter(|answer| matches!(answer.decision, Decision::Granted(_)))
            .count();
        assert_eq!(granted, 1);
        for answer in answers {
            if let Decision::Refused(refusal) = answer.decision {
                assert_eq!(refusal.reason, Reason::OtherRequest);
            }
        }
    }
    let kept = office(&world, folder.path()).database().refusals().unwrap();
    assert_eq!(kept.len(), 10 * (THREADS - 1));
}

#[test]
fn a_card_registered_by_several_gets_rising_serials() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::new();
    database(folder.path(), Role::Issuer, "DEISSUER").close().unwrap();
    let requests: Vec<_> = (0..THREADS)
        .map(|_| world.card.ask_registration(&[1; 16]))
        .collect();
    let terms = terms(*world.data_registrar.root().digest());
    std::thread::scope(|scope| {
        for request in &requests {
            let office = office(&world, folder.path());
            scope.spawn(move || {
                let answer = office.register(request, &[1; 16], &terms, today()).unwrap();
                assert!(matches!(answer.decision, Decision::Granted(_)));
            });
        }
    });
    let office = office(&world, folder.path());
    let serials: Vec<_> = office
        .database()
        .cards()
        .unwrap()
        .iter()
        .map(|card| card.serial)
        .collect();
    assert_eq!(serials, [1, 2, 3, 4]);
    // Only the newest certificate counts from now on.
    let mut world = world;
    let request = world.card.open(world.sdi(Operation::Store));
    let answer = office
        .authorize(&world.evidence(&request, None), Manner::Signature, today())
        .unwrap();
    let Decision::Refused(refusal) = answer.decision else {
        panic!("granted")
    };
    assert_eq!(refusal.reason, Reason::SerialTooOld);
}
