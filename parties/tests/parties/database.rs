//! What a party would lose if its database lied: receipts, content, refusals of damaged and newer files.

use std::fs;
use std::path::Path;

use apdu_spec::certificate::Role;
use apdu_spec::object::Operation;
use parties::certificate::Roots;
use parties::crypto::sha256;
use parties::database::{CardRecord, Continuity, Database, Location, Owner};
use parties::issuer::Issuer;
use parties::office::{IssuerOffice, Manner};
use parties::package::Package;
use parties::receipt::ReceiptAnswer;

use crate::world::{Key, World, database, name, package, today};

/// An issuer's office that knows the card of this world.
fn office(world: &World, folder: &Path) -> IssuerOffice<Key> {
    let (irc, root) = (
        world.issuer.certificate().encoded(),
        world.issuer_registrar.root().encoded(),
    );
    let issuer = Issuer::new(irc, root, Roots::new(), world.issuer_key.clone()).unwrap();
    let office = IssuerOffice::new(issuer, database(folder, Role::Issuer, "DEISSUER"));
    let record = CardRecord {
        card: world.card.id(),
        serial: 1,
        request: [0; 32],
        grant: [0; 32],
        certificate: world.card.rc.clone(),
        issuer_certificate: world.card.irc.clone(),
        day: today(),
    };
    assert_eq!(office.database().record_cards(&[record]).unwrap(), [true]);
    office
}

/// Store, replace, delete, store again: the card's receipts 1 to 4.
fn history(world: &mut World, office: &IssuerOffice<Key>) -> Vec<Vec<u8>> {
    let authorizers = [sha256(&world.card.irc), *world.provider.certificate().digest()];
    let steps = [
        (Operation::Store, 1),
        (Operation::Replace, 2),
        (Operation::Delete, 2),
        (Operation::Store, 3),
    ];
    let mut receipts = Vec::new();
    for (operation, version) in steps {
        let package: Package = package(version);
        let sdi = package.storing_data(operation, world.provider.identity().unwrap(), today().add_days(9));
        let request = world.card.open(sdi);
        office
            .authorize(&world.evidence(&request, None), Manner::Signature, today())
            .unwrap()
            .decision
            .granted()
            .unwrap();
        receipts.push(
            world
                .card
                .carry_out(&sdi, package.digests().package, &authorizers),
        );
    }
    receipts
}

fn continuity(answer: ReceiptAnswer) -> Continuity {
    match answer {
        ReceiptAnswer::Recorded { continuity, .. } => continuity,
        ReceiptAnswer::Rejected(denial) => panic!("{denial}"),
    }
}

#[test]
fn receipts_may_come_in_any_order_and_the_newest_decides() {
    for order in [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1], [1, 3, 0, 2]] {
        let folder = tempfile::tempdir().unwrap();
        let mut world = World::new();
        let office = office(&world, folder.path());
        let receipts = history(&mut world, &office);
        let mut newest = 0;
        for index in order {
            continuity(office.record_receipt(&receipts[index], today()).unwrap());
            newest = newest.max(index);
            let content = office.database().content(false).unwrap();
            let versions: Vec<_> = content.iter().map(|content| content.version).collect();
            let expected: &[u32] = [&[1][..], &[2], &[], &[3]][newest];
            assert_eq!(versions, expected, "after {index} in {order:?}");
        }
        assert_eq!(
            continuity(office.record_receipt(&receipts[1], today()).unwrap()),
            Continuity::Known
        );
        assert_eq!(office.database().receipts(&world.card.id()).unwrap().len(), 4);
    }
}

#[test]
fn a_gap_is_seen_and_closes() {
    let folder = tempfile::tempdir().unwrap();
    let mut world = World::new();
    let office = office(&world, folder.path());
    let receipts = history(&mut world, &office);
    assert_eq!(
        continuity(office.record_receipt(&receipts[1], today()).unwrap()),
        Continuity::Gap
    );
    assert_eq!(
        continuity(office.record_receipt(&receipts[2], today()).unwrap()),
        Continuity::Follows
    );
    let request = world.card.open(world.sdi(Operation::Store));
    let answer = office
        .authorize(&world.evidence(&request, None), Manner::Signature, today())
        .unwrap();
    assert!(
        answer.warnings.iter().any(|warning| warning.contains("after 3")),
        "{:?}",
        answer.warnings
    );
}

#[test]
fn receipts_that_are_wrong_are_not_recorded() {
    let folder = tempfile::tempdir().unwrap();
    let mut world = World::new();
    let office = office(&world, folder.path());
    let authorizers = [sha256(&world.card.irc), *world.provider.certificate().digest()];
    let sdi = world.sdi(Operation::Store);
    let request = world.card.open(sdi);
    office
        .authorize(&world.evidence(&request, None), Manner::Signature, today())
        .unwrap()
        .decision
        .granted()
        .unwrap();
    let rejected = |receipt: &[u8], cause: &str| match office.record_receipt(receipt, today()).unwrap() {
        ReceiptAnswer::Rejected(denial) => assert!(denial.to_string().contains(cause), "{denial}"),
        ReceiptAnswer::Recorded { .. } => panic!("recorded: {cause}"),
    };
    let mut other = World::new();
    other.card.open(sdi);
    let receipt = other
        .card
        .carry_out(&sdi, world.package.digests().package, &authorizers);
    rejected(&receipt, "not known here");
    let receipt = world.card.carry_out(&sdi, [1; 32], &authorizers);
    rejected(&receipt, "another request, application, version or package");
    let receipt = world
        .card
        .carry_out(&sdi, world.package.digests().package, &[[1; 32]]);
    rejected(&receipt, "other parties");
    let mut receipt = world
        .card
        .carry_out(&sdi, world.package.digests().package, &authorizers);
    *receipt.last_mut().unwrap() ^= 1;
    rejected(&receipt, "not signed by the card");
    assert!(office.database().receipts(&world.card.id()).unwrap().is_empty());
    assert!(office.database().content(false).unwrap().is_empty());
}

#[test]
fn a_card_with_two_histories_is_caught() {
    let folder = tempfile::tempdir().unwrap();
    let mut world = World::new();
    let office = office(&world, folder.path());
    let receipts = history(&mut world, &office);
    office.record_receipt(&receipts[0], today()).unwrap();
    // The same number again, with another content.
    let mut body = apdu_spec::object::Signed::parse(&receipts[0])
        .unwrap()
        .receipt()
        .unwrap();
    body.content_list = [1; 32];
    let forked = parties::decision::sign_object(&body, &world.card.key).unwrap();
    let answer = office.record_receipt(&forked, today()).unwrap();
    assert!(
        matches!(&answer, ReceiptAnswer::Rejected(denial) if denial.text.contains("two histories")),
        "{answer:?}"
    );
    // A predecessor of a known one that its successor does not follow.
    office.record_receipt(&receipts[3], today()).unwrap();
    let mut before = apdu_spec::object::Signed::parse(&receipts[2])
        .unwrap()
        .receipt()
        .unwrap();
    before.content_list = [1; 32];
    let forked_before = parties::decision::sign_object(&before, &world.card.key).unwrap();
    let answer = office.record_receipt(&forked_before, today()).unwrap();
    assert!(
        matches!(&answer, ReceiptAnswer::Rejected(denial) if denial.text.contains("two histories")),
        "{answer:?}"
    );
    // A successor of the forked one.
    let mut next = apdu_spec::object::Signed::parse(&receipts[1])
        .unwrap()
        .receipt()
        .unwrap();
    next.header.previous = sha256(&forked);
    let forked = parties::decision::sign_object(&next, &world.card.key).unwrap();
    let answer = office.record_receipt(&forked, today()).unwrap();
    assert!(
        matches!(&answer, ReceiptAnswer::Rejected(denial) if denial.text.contains("two histories")),
        "{answer:?}"
    );
}

fn open(path: &Path) -> parties::Result<Database> {
    Database::open(
        &Location::File(path.to_path_buf()),
        Owner {
            role: Role::Issuer,
            name: name("DEISSUER"),
        },
    )
}

#[test]
fn files_that_are_no_database_of_ours_are_named_with_the_cause() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("party.db");
    let fails = |cause: &str| {
        let error = open(&path).map(|_| ()).unwrap_err().to_string();
        assert!(error.contains("party.db") && error.contains(cause), "{error}");
    };
    fails("there is no such file");
    fs::write(&path, "").unwrap();
    fails("holds no symbolon tables");
    fs::write(&path, [b'x'; 8192]).unwrap();
    fails("not a database");
    fs::remove_file(&path).unwrap();

    database(folder.path(), Role::Provider, "DEISSUER")
        .close()
        .unwrap();
    fails("belongs to DEISSUER (provider), not to DEISSUER (issuer)");
    fs::remove_file(&path).unwrap();
    database(folder.path(), Role::Issuer, "DEOTHER").close().unwrap();
    fails("belongs to DEOTHER (issuer), not to DEISSUER (issuer)");
    fs::remove_file(&path).unwrap();

    database(folder.path(), Role::Issuer, "DEISSUER").close().unwrap();
    let good = fs::read(&path).unwrap();
    let newer = "UPDATE about SET schema_version = 99";
    let status = std::process::Command::new("python3")
        .args([
            "-c",
            "import sqlite3,sys; c=sqlite3.connect(sys.argv[1]); c.execute(sys.argv[2]); c.commit()",
        ])
        .args([path.to_str().unwrap(), newer])
        .status()
        .unwrap();
    assert!(status.success());
    fails("has schema 99, this program knows up to 2");

    // The first page says how to read all others.
    let mut damaged = good.clone();
    damaged[100..200].fill(0xA5);
    fs::write(&path, &damaged).unwrap();
    fails("it is damaged");
    fs::write(&path, &good).unwrap();
    open(&path).unwrap().check().unwrap();
}

/// What is said of a database that cannot be opened.
fn refused(location: &Location) -> String {
    let owner = Owner {
        role: Role::Issuer,
        name: name("DEISSUER"),
    };
    Database::open(location, owner).unwrap_err().to_string()
}

/// Losing this shows the password of a database on a screen, and in the log of whatever ran the command.
#[test]
fn no_password_of_a_server_is_ever_told() {
    for (url, told) in [
        (
            "postgres://issuer:geheim@localhost:notaport/cards",
            "localhost:notaport/cards",
        ),
        (
            "postgres://issuer:geheim@geheim@localhost:notaport/cards",
            "localhost:notaport/cards",
        ),
        (
            "postgres://issuer@localhost:notaport/cards?password=geheim",
            "localhost:notaport/cards",
        ),
        (
            "postgres://localhost:notaport/cards?user=issuer&password=geheim",
            "localhost:notaport/cards",
        ),
        // Here it cannot be known where the password ends.
        (
            "postgres://localhost:notaport/cards?password=geheim@geheim",
            "postgres://..",
        ),
        (
            "postgres://issuer:geheim?geheim@localhost:notaport/cards",
            "postgres://..",
        ),
    ] {
        let location = Location::Server(url.to_owned());
        let error = refused(&location);
        assert!(
            !error.contains("geheim") && !format!("{location:?}").contains("geheim"),
            "{error}"
        );
        assert!(
            error.contains(&format!("{told}: not an address")),
            "{url}: {error}"
        );
    }
}

#[test]
fn damage_inside_is_found_by_a_check() {
    let folder = tempfile::tempdir().unwrap();
    let mut world = World::new();
    let office = office(&world, folder.path());
    let receipts = history(&mut world, &office);
    receipts
        .iter()
        .for_each(|receipt| drop(office.record_receipt(receipt, today()).unwrap()));
    drop(office);
    let path = folder.path().join("party.db");
    let database = open(&path).unwrap();
    database.check().unwrap();
    database.close().unwrap();
    let mut bytes = fs::read(&path).unwrap();
    // Headers of all pages but the first three.
    bytes[3 * 4096..]
        .chunks_mut(4096)
        .for_each(|page| page[..16].fill(0xFF));
    fs::write(&path, &bytes).unwrap();
    let error = open(&path)
        .and_then(|database| database.check())
        .unwrap_err()
        .to_string();
    assert!(error.contains("party.db"), "{error}");
}

/// Nobody listens there: that is said at once and in those words, not that somebody has not answered.
#[test]
fn a_server_that_is_not_there_is_not_waited_for() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    let location = Location::Server(format!("postgres://issuer@127.0.0.1:{port}/cards"));
    let error = refused(&location);
    assert!(
        error.contains("refused") && error.contains("127.0.0.1"),
        "{error}"
    );
}
