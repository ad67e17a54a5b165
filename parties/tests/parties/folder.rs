//! A party's folder is there whole or not at all, whatever happens while it is made.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use apdu_spec::certificate::{Rights, Role};
use parties::Error;
use parties::party::{NewParty, Party};
use parties::signer::{Passphrase, WorkFactor};

use crate::world::{World, day, name};

fn create(folder: &Path, role: Role, who: &str, passphrase: &str) -> parties::Result<Party> {
    Party::create(&NewParty {
        folder,
        role,
        name: name(who),
        passphrase: &Passphrase::new(passphrase),
        work: WorkFactor::MINIMAL,
        server: None,
        rights: Rights::ALL,
        validity: (day("2026-01-01"), day("2036-01-01")),
    })
}

#[test]
fn creating_twice_gives_the_same_party_and_nothing_else_overwrites_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("p");
    let first = create(&path, Role::Provider, "FRNOTES", "correct horse")
        .unwrap()
        .point()
        .unwrap();
    assert_eq!(
        create(&path, Role::Provider, "FRNOTES", "correct horse")
            .unwrap()
            .point()
            .unwrap(),
        first
    );
    for (role, who, passphrase) in [
        (Role::Issuer, "FRNOTES", "correct horse"),
        (Role::Provider, "FROTHER", "correct horse"),
        (Role::Provider, "FRNOTES", "another horse"),
    ] {
        let error = create(&path, role, who, passphrase).map(|_| ()).unwrap_err();
        assert!(matches!(error, Error::Exists(_)), "{error}");
    }
    fs::create_dir(folder.path().join("full")).unwrap();
    fs::write(folder.path().join("full/file"), "mine").unwrap();
    let error = create(
        &folder.path().join("full"),
        Role::Issuer,
        "DEISSUER",
        "correct horse",
    )
    .unwrap_err();
    assert!(matches!(error, Error::Exists(_)), "{error}");
    assert_eq!(fs::read_dir(folder.path().join("full")).unwrap().count(), 1);
    let error = create(&folder.path().join("short"), Role::Issuer, "DEISSUER", "short").unwrap_err();
    assert!(error.to_string().contains("passphrase"), "{error}");
    assert!(create(&folder.path().join("card"), Role::Card, "DECARD", "correct horse").is_err());
}

#[test]
fn damaged_party_files_are_named_with_field_and_cause() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("p");
    create(&path, Role::Provider, "FRNOTES", "correct horse").unwrap();
    let good = fs::read_to_string(path.join("party.json")).unwrap();
    for (json, cause) in [
        ("{}".to_owned(), "party.json:1:2: missing field"),
        (
            good.replace("\"schema\": 1", "\"schema\": 2"),
            "field schema: newer than this program",
        ),
        (good.replace("\"provider\"", "\"card\""), "field role: "),
        (good.replace("FRNOTES", "notes"), "field name: "),
        (good.replace("FRNOTES", "FROTHER"), "belongs to FRNOTES"),
        (good.replace("party.db", "other.db"), "other.db"),
        (good.replace("\"name\"", "\"nam\""), "unknown field `nam`"),
    ] {
        fs::write(path.join("party.json"), json).unwrap();
        let error = Party::open(&path).map(|_| ()).unwrap_err().to_string();
        assert!(error.contains(cause), "{error}");
    }
    fs::write(path.join("party.json"), good).unwrap();
    let party = Party::open(&path).unwrap();
    fs::write(path.join("trust/bad.cvc"), "no root").unwrap();
    assert!(
        party
            .trusted()
            .unwrap_err()
            .to_string()
            .contains("trust/bad.cvc: ")
    );
}

#[test]
fn only_its_own_certificate_is_accepted() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::new();
    let party = create(
        &folder.path().join("p"),
        Role::Issuer,
        "DEISSUER",
        "correct horse",
    )
    .unwrap();
    let root = world.issuer_registrar.root().encoded();
    let cases = [
        (world.issuer.certificate().encoded(), "over another key"),
        (
            world.provider.certificate().encoded(),
            "certificate FRNOTES00001 under DEIREG00001",
        ),
    ];
    for (certificate, cause) in cases {
        let error = party.accept(certificate, root).unwrap_err().to_string();
        assert!(error.contains(cause), "{error}");
    }
    assert!(
        party.trust(world.issuer.certificate().encoded()).is_err(),
        "not a root"
    );
    assert!(party.certificate().unwrap().is_none() && party.trusted().unwrap().iter().count() == 0);
    let error = party
        .issuer(&Passphrase::new("correct horse"))
        .map(|_| ())
        .unwrap_err();
    assert!(error.to_string().contains("has no certificate yet"), "{error}");
}

/// Set for the process that is killed; only then does `child_that_is_killed` do anything.
const CHILD: &str = "SYMBOLON_TEST_FOLDER";

#[test]
fn child_that_is_killed() {
    if let Some(folder) = std::env::var_os(CHILD) {
        create(Path::new(&folder), Role::Issuer, "DEISSUER", "correct horse").unwrap();
    }
}

fn child(folder: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "folder::child_that_is_killed"])
        .env(CHILD, folder)
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

#[test]
fn killed_while_it_is_made_the_same_command_completes_it() {
    const KILLS: u32 = 40;
    let folder = tempfile::tempdir().unwrap();
    let started = Instant::now();
    assert!(child(&folder.path().join("whole")).wait().unwrap().success());
    let whole = started.elapsed();
    let (mut none, mut begun) = (0, 0);
    for kill in 0..KILLS {
        let path = folder.path().join(format!("p{kill}"));
        let mut child = child(&path);
        std::thread::sleep(whole * kill / KILLS);
        child.kill().unwrap();
        child.wait().unwrap();
        none += u32::from(!path.exists());
        begun += u32::from(folder.path().join(format!(".p{kill}.creating")).exists());
        let party = create(&path, Role::Issuer, "DEISSUER", "correct horse").unwrap();
        assert!(party.request().is_ok() && party.database().cards().unwrap().is_empty());
        party.unlock(&Passphrase::new("correct horse")).unwrap();
    }
    println!(
        "{KILLS} kills within {whole:?}: {none} before the folder was there, {begun} while it was being made"
    );
    assert!(none > 0, "no process was killed before it was done");
    let left = fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(left, 41, "folders in the making are left");
}

#[test]
fn what_a_killed_process_left_is_cleared() {
    let folder = tempfile::tempdir().unwrap();
    let staging = folder.path().join(".p.creating");
    fs::create_dir_all(staging.join("trust")).unwrap();
    for name in [
        "lock",
        "key.pem",
        "party.db",
        "party.db-wal",
        "request.cvr",
        "trust/half.cvc",
    ] {
        fs::write(staging.join(name), "half written").unwrap();
    }
    let path = folder.path().join("p");
    let held = fs::File::open(staging.join("lock")).unwrap();
    held.lock().unwrap();
    let error = create(&path, Role::Issuer, "DEISSUER", "correct horse")
        .map(|_| ())
        .unwrap_err();
    assert!(error.to_string().contains("another process"), "{error}");
    assert_eq!(
        fs::read(staging.join("key.pem")).unwrap(),
        b"half written",
        "cleared under another process"
    );
    drop(held);
    let party = create(&path, Role::Issuer, "DEISSUER", "correct horse").unwrap();
    party.unlock(&Passphrase::new("correct horse")).unwrap();
    assert_eq!(party.trusted().unwrap().iter().count(), 0);
    assert!(!staging.exists() && !path.join("lock").exists());
}
