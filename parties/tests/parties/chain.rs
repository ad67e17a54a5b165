//! A card's receipts, checked by somebody who has nothing but the objects.

use apdu_spec::certificate::Role;
use apdu_spec::object::{FLAG_MAC, Mode, Operation, Receipt, Signed};
use parties::Error;
use parties::approval::Outcome;
use parties::certificate::Roots;
use parties::chain::{Chain, ChainReport, verify_chain};
use parties::crypto::sha256;
use parties::decision::sign_object;
use parties::office::{check_head, record_receipt};
use parties::receipt::{ReadHead, ReceiptAnswer};

use crate::world::{World, issuer_database, issuer_roots, new_registrar, package, today};

/// Receipts 0 to 3 of a card.
fn history(world: &mut World) -> Vec<Vec<u8>> {
    let (rc, irc) = (world.card.rc.clone(), world.card.irc.clone());
    // The world's card is registered, but nobody kept the receipt: a new card of the same world.
    let mut card = crate::card::Card::new(
        *world.issuer.root().digest(),
        *world.data_registrar.root().digest(),
        today(),
    );
    std::mem::swap(&mut card.key, &mut world.card.key);
    world.card = card;
    let mut receipts = vec![world.card.register(&rc, &irc)];
    let authorizers = [sha256(&irc), *world.provider.certificate().digest()];
    for (operation, version) in [
        (Operation::Store, 1),
        (Operation::Replace, 2),
        (Operation::Delete, 2),
    ] {
        let package = package(version);
        let sdi = package.storing_data(operation, world.provider.identity().unwrap(), today().add_days(9));
        world.card.open(sdi);
        receipts.push(
            world
                .card
                .carry_out(&sdi, package.digests().package, &authorizers),
        );
    }
    receipts
}

fn check(world: &World, receipts: &[Vec<u8>], head: Option<(&[u8], [u8; 16])>) -> ChainReport {
    let cards = [(world.card.rc.clone(), world.card.irc.clone())];
    let chain = Chain {
        receipts,
        cards: &cards,
        head,
    };
    verify_chain(&chain, &world.roots(), today()).unwrap()
}

fn cannot(report: &ChainReport, text: &str) -> bool {
    report.report.cannot_know.iter().any(|line| line.contains(text))
}

/// The names of the checks that found something wrong.
pub(crate) fn bad(report: &ChainReport) -> Vec<String> {
    let checks = report.report.checks.iter();
    checks
        .filter(|check| check.outcome == Outcome::Bad)
        .map(|check| check.name.clone())
        .collect()
}

#[test]
fn a_whole_chain_with_a_new_head_leaves_nothing_open() {
    let mut world = World::new();
    let mut receipts = history(&mut world);
    let head = world.card.head(&[5; 16]);
    let report = check(&world, &receipts, Some((&head, [5; 16])));
    assert!(report.report.all_good(), "{report:#?}");
    assert_eq!((report.entries.len(), report.gaps.len()), (4, 0));
    assert!(!cannot(&report, "after the last"));
    // In any order, and twice.
    receipts.reverse();
    receipts.push(receipts[0].clone());
    assert_eq!(check(&world, &receipts, Some((&head, [5; 16]))), report);
    // Without a head it says so.
    let blind = check(&world, &receipts, None);
    assert!(blind.report.all_good() && cannot(&blind, "after the last"));
    // Without roots the card itself is nobody's.
    let cards = [(world.card.rc.clone(), world.card.irc.clone())];
    let chain = Chain {
        receipts: &receipts,
        cards: &cards,
        head: None,
    };
    let report = verify_chain(&chain, &Roots::new(), today()).unwrap();
    assert!(report.report.nothing_bad() && !report.report.all_good());
}

/// Losing this accepts a chain that somebody made up where the reader named the registrar that it must lead to.
#[test]
fn a_chain_under_a_registrar_of_the_same_name_is_refused() {
    let mut world = World::new();
    let receipts = history(&mut world);
    let cards = [(world.card.rc.clone(), world.card.irc.clone())];
    let chain = Chain {
        receipts: &receipts,
        cards: &cards,
        head: None,
    };
    let (namesake, _) = new_registrar(Role::IssuerRegistrar, "DEIREG");
    let report = verify_chain(&chain, &issuer_roots(&namesake), today()).unwrap();
    let [found] = bad(&report).try_into().unwrap();
    assert!(found.ends_with("under its issuer"), "{found}");
    // Who trusts no issuer registrar at all is told that it cannot be known.
    let mut roots = Roots::new();
    roots.add("root", world.data_registrar.root().encoded()).unwrap();
    let report = verify_chain(&chain, &roots, today()).unwrap();
    assert!(report.report.nothing_bad() && !report.report.all_good());
}

#[test]
fn gaps_and_receipts_held_back_are_named() {
    let mut world = World::new();
    let receipts = history(&mut world);
    let head = world.card.head(&[5; 16]);
    let without = [receipts[0].clone(), receipts[2].clone()];
    let report = check(&world, &without, Some((&head, [5; 16])));
    assert!(report.report.nothing_bad());
    assert_eq!(report.gaps, [(1, 1), (3, 3)]);
    assert!(cannot(&report, "what receipt 1 says") && cannot(&report, "what receipt 3 says"));
    // An old head shows nothing: it answers another nonce.
    let stale = check(&world, &receipts, Some((&head, [6; 16])));
    assert!(!stale.report.nothing_bad() && cannot(&stale, "after the last"));
}

#[test]
fn two_histories_and_foreign_receipts_are_found() {
    let mut world = World::new();
    let receipts = history(&mut world);
    let body = |encoded: &[u8]| -> Receipt { Signed::parse(encoded).unwrap().receipt().unwrap() };
    let signed = |change: fn(&mut Receipt)| {
        let mut receipt = body(&receipts[2]);
        change(&mut receipt);
        sign_object(&receipt, &world.card.key).unwrap()
    };
    for (changed, name) in [
        (
            signed(|receipt| receipt.content_counter = 9),
            "receipt 3 after the one before",
        ),
        (
            signed(|receipt| receipt.content_counter = 0),
            "receipt 2 after the one before",
        ),
        (
            signed(|receipt| receipt.date = "2020-01-01".parse().unwrap()),
            "receipt 2 after the one before",
        ),
        (
            signed(|receipt| receipt.header.previous = [1; 32]),
            "receipt 2 after the one before",
        ),
        (
            signed(|receipt| receipt.header.certificate = [1; 32]),
            "receipt 2 after the one before",
        ),
        (signed(|receipt| receipt.flags = 1), "receipt 2 by the card"),
        (
            sign_object(&body(&receipts[2]), &world.issuer_key).unwrap(),
            "receipt 2 by the card",
        ),
    ] {
        let mut all = receipts.clone();
        all[2] = changed;
        let report = check(&world, &all, None);
        let check = report
            .report
            .checks
            .iter()
            .find(|check| check.name == name)
            .unwrap();
        assert_eq!(check.outcome, Outcome::Bad, "{report:#?}");
    }
    // Both at once: the card signed number 2 twice.
    let mut both = receipts.clone();
    both.push(signed(|receipt| receipt.content_counter = 9));
    assert!(!check(&world, &both, None).report.nothing_bad());
    // Nobody's, as far as these certificates go: that is not known to be wrong.
    let alone = [receipts[0].clone(), receipts[1].clone()];
    let blind = Chain {
        receipts: &alone,
        cards: &[],
        head: None,
    };
    let blind = verify_chain(&blind, &world.roots(), today()).unwrap();
    assert!(blind.report.nothing_bad() && !blind.report.all_good());
    // The card's head over the right nonce, but of another newest receipt.
    let mut ours = receipts.clone();
    ours[3] = {
        let mut receipt = body(&receipts[3]);
        receipt.content_list = [8; 32];
        sign_object(&receipt, &world.card.key).unwrap()
    };
    let head = world.card.head(&[5; 16]);
    let report = check(&world, &ours, Some((&head, [5; 16])));
    assert!(check(&world, &ours, None).report.nothing_bad());
    assert_eq!(bad(&report), ["nothing after the last receipt"]);
    // Cut off, with a head that does not know.
    let head = world.card.head(&[5; 16]);
    let mut longer = receipts.clone();
    longer.push(
        world
            .card
            .carry_out(&world.sdi(Operation::Store), [1; 32], &[sha256(&world.card.irc)]),
    );
    assert!(
        !check(&world, &longer, Some((&head, [5; 16])))
            .report
            .nothing_bad()
    );
}

#[test]
fn what_macs_leave_open_is_said() {
    let mut world = World::new();
    let (rc, irc) = (world.card.rc.clone(), world.card.irc.clone());
    let sdi = world.sdi(Operation::Store);
    world.card.open(sdi);
    let registration = world.card.register(&rc, &irc);
    world.card.flags = FLAG_MAC;
    let receipts = [registration, world.card.carry_out(&sdi, [1; 32], &[sha256(&irc)])];
    let report = check(&world, &receipts, None);
    assert!(report.entries[1].mac && !report.entries[0].mac && cannot(&report, "by MAC"));
    assert_eq!(report.entries[0].mode, Mode::Registration.code());
    assert!(report.report.nothing_bad());
    // Of a registration, nothing can be a MAC.
    let receipts = [world.card.register(&rc, &irc)];
    assert!(!check(&world, &receipts, None).report.nothing_bad());
}

#[test]
fn an_office_compares_a_head_with_the_receipts_it_has() {
    let folder = tempfile::tempdir().unwrap();
    let mut world = World::new();
    let database = issuer_database(folder.path(), &world);
    let receipts = history(&mut world);
    let head = world.card.head(&[5; 16]);
    let report = check_head(&database, &head, &[5; 16]).unwrap();
    assert_eq!((report.receipts, report.newest_known), (4, false));
    assert_eq!(report.missing, [3, 2, 1, 0]);
    for number in [0, 3] {
        let answer = record_receipt(&database, &receipts[number], today()).unwrap();
        assert!(matches!(answer, ReceiptAnswer::Recorded { .. }));
    }
    let report = check_head(&database, &head, &[5; 16]).unwrap();
    assert_eq!((report.missing, report.newest_known), (vec![2, 1], true));
    // Another nonce, another card, another history.
    assert!(matches!(
        check_head(&database, &head, &[6; 16]),
        Err(Error::Denied(_))
    ));
    let other = World::new();
    let foreign = other.card.head(&[5; 16]);
    assert!(matches!(
        check_head(&database, &foreign, &[5; 16]),
        Err(Error::Denied(_))
    ));
    let mut body = ReadHead::parse(&head).unwrap().head;
    for (receipts, previous) in [(4, [1; 32]), (3, body.header.previous)] {
        (body.receipts, body.header.previous) = (receipts, previous);
        let forged = sign_object(&body, &world.card.key).unwrap();
        assert!(matches!(
            check_head(&database, &forged, &[5; 16]),
            Err(Error::Denied(_))
        ));
    }
    let by_issuer = sign_object(&ReadHead::parse(&head).unwrap().head, &world.issuer_key).unwrap();
    assert!(matches!(
        check_head(&database, &by_issuer, &[5; 16]),
        Err(Error::Denied(_))
    ));
}
