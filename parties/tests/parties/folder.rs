//! A party's folder is there whole or not at all, whatever happens while it is made.

use std::fs;
use std::io::{Write, stdin};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use apdu_spec::certificate::{Rights, Role};
use parties::Error;
use parties::party::{NewParty, Party};
use parties::signer::{Passphrase, WorkFactor};

use crate::world::{World, day, name};

fn create(folder: &Path, role: Role, who: &str, passphrase: &str) -> parties::Result<Party> {
    create_at(None, folder, role, who, passphrase)
}

/// With its database there.
fn create_at(
    server: Option<&str>,
    folder: &Path,
    role: Role,
    who: &str,
    passphrase: &str,
) -> parties::Result<Party> {
    Party::create(&NewParty {
        folder,
        role,
        name: name(who),
        passphrase: &Passphrase::new(passphrase),
        work: WorkFactor::MINIMAL,
        server,
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
        ("{}".to_owned(), "party.json:1:2: the field"),
        (
            good.replace("\"schema\": 1", "\"schema\": 2"),
            "field schema: a newer program wrote this folder",
        ),
        (good.replace("\"provider\"", "\"card\""), "field role: "),
        (good.replace("FRNOTES", "notes"), "field name: "),
        (good.replace("FRNOTES", "FROTHER"), "belongs to FRNOTES"),
        (good.replace("party.db", "other.db"), "other.db"),
        (
            good.replace("\"name\"", "\"nam\""),
            "no field is called \"nam\" here",
        ),
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
/// Where its database is to be, if not in the folder.
const SERVER: &str = "SYMBOLON_TEST_SERVER";

#[test]
fn child_that_is_killed() {
    if let Some(folder) = std::env::var_os(CHILD) {
        // It begins when it is told to.
        stdin().read_line(&mut String::new()).unwrap();
        let server = std::env::var(SERVER).ok();
        create_at(
            server.as_deref(),
            Path::new(&folder),
            Role::Issuer,
            "DEISSUER",
            "correct horse",
        )
        .unwrap();
    }
}

fn child(folder: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", "folder::child_that_is_killed"])
        .env(CHILD, folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::null());
    command
}

fn begin(child: &mut Child) {
    child.stdin.take().unwrap().write_all(b"\n").unwrap();
}

fn entries(folder: &Path) -> usize {
    fs::read_dir(folder).map_or(0, Iterator::count)
}

/// It was killed: who asks for the same again gets all of it.
fn completes(path: &Path) {
    let party = create(path, Role::Issuer, "DEISSUER", "correct horse").unwrap();
    assert!(party.request().is_ok() && party.database().cards().unwrap().is_empty());
    party.unlock(&Passphrase::new("correct horse")).unwrap();
}

#[test]
fn killed_while_it_is_made_the_same_command_completes_it() {
    const KILLS: usize = 40;
    let folder = tempfile::tempdir().unwrap();
    let whole = folder.path().join("whole");
    let mut uncut = child(&whole).spawn().unwrap();
    begin(&mut uncut);
    assert!(uncut.wait().unwrap().success());
    // Before it begins, with each number of files in the folder in the making (its lock is one), and after it is done.
    let places = entries(&whole) + 3;
    let (mut none, mut begun) = (0, 0);
    for kill in 0..KILLS {
        let path = folder.path().join(format!("p{kill}"));
        let making = folder.path().join(format!(".p{kill}.creating"));
        let mut child = child(&path).spawn().unwrap();
        let wanted = kill % places;
        if wanted > 0 {
            begin(&mut child);
        }
        while entries(&making) < wanted && child.try_wait().unwrap().is_none() {}
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(
            wanted > 0 || !making.exists() && !path.exists(),
            "nobody told it to begin"
        );
        none += usize::from(!path.exists());
        begun += usize::from(making.exists());
        completes(&path);
    }
    println!("{KILLS} kills: {none} before the folder was there, {begun} while it was being made");
    assert!(none >= KILLS / places, "{none}");
    assert_eq!(
        entries(folder.path()),
        1 + KILLS,
        "folders in the making are left"
    );
}

#[test]
fn killed_for_sure_with_half_of_it_made_the_same_command_completes_it() {
    let folder = tempfile::tempdir().unwrap();
    let (path, making) = (folder.path().join("p"), folder.path().join(".p.creating"));
    // A database server that never answers holds it where its key and its request are made and its database is not.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let server = format!("postgres://nobody@{}/nothing", silent.local_addr().unwrap());
    let mut child = child(&path).env(SERVER, server).spawn().unwrap();
    begin(&mut child);
    let held = silent.accept().unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    drop(held);
    assert!(making.join("key.pem").exists() && making.join("request.cvr").exists());
    assert!(!path.exists());
    completes(&path);
    assert_eq!(entries(folder.path()), 1, "a folder in the making is left");
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
