//! Card image files: what is acknowledged is in the file, and nobody else has it meanwhile.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use super::support::*;
use applet::store::{Key, Secrecy, Store};
use symbolon_simulator::flash::{FileErrorKind, FileFlash};

const KEY: Key = Key::new(1, 1, 1, 1);
/// Tells a child process to write to the card of this name.
const CHILD: &str = "SYMBOLON_STORE_TEST_CARD";

type Card = Store<FileFlash<512, 4>, Index>;

fn open(path: &Path) -> Card {
    let flash = FileFlash::open_or_create(path, 16).expect("a card image");
    Store::mount_or_format(flash, INDEX, SEED).expect("mounting")
}

#[test]
fn is_there_again() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("card");
    open(&path).put(KEY, &[b"value"], Secrecy::Public).expect("room");
    let mut value = [0; 5];
    assert_eq!(open(&path).read_checked(KEY, &mut value), Ok(Some(5)));
    assert_eq!(&value, b"value");
    let card = open(&path);
    card.flash().sync().expect("syncing");
    assert_eq!(
        card.flash().image(),
        std::fs::read(&path).expect("the file"),
        "the file is the flash"
    );
}

#[test]
fn is_used_once_at_a_time() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("card");
    let card = open(&path);
    let error = FileFlash::<512, 4>::open(&path).expect_err("in use");
    assert!(matches!(error.kind, FileErrorKind::InUse));
    assert!(
        error.to_string().contains("card") && error.to_string().contains("in use"),
        "{error}"
    );
    drop(card);
    open(&path);
}

#[test]
fn other_files_are_left_alone() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("letter");
    for (content, size) in [
        (b"Dear".to_vec(), true),
        (vec![b'x'; 16 * 512], false),
        (vec![0xFF; 700], true),
    ] {
        std::fs::write(&path, &content).expect("writing");
        let error = FileFlash::<512, 4>::open(&path).expect_err("not a card");
        assert_eq!(matches!(error.kind, FileErrorKind::Size(_)), size, "{error}");
        assert!(error.to_string().contains("letter"), "{error}");
        assert_eq!(std::fs::read(&path).expect("reading"), content);
    }
    assert!(matches!(
        FileFlash::<512, 4>::create(&path, 16).expect_err("exists").kind,
        FileErrorKind::Io(_)
    ));
    let missing = directory.path().join("none");
    assert!(matches!(
        FileFlash::<512, 4>::open(&missing).expect_err("missing").kind,
        FileErrorKind::Io(_)
    ));
}

/// Not a test of its own: what the processes do that [`survives_being_killed`] kills.
#[test]
fn child() {
    let Ok(path) = std::env::var(CHILD) else { return };
    let mut card = open(Path::new(&path));
    loop {
        let number = next_number(&mut card);
        let mut transaction = card.begin(300).expect("room");
        transaction
            .put(KEY, &[&number.to_be_bytes()], Secrecy::Secret)
            .expect("reserved");
        transaction
            .put(Key::MIN, &[&[0; 100], &number.to_be_bytes()], Secrecy::Public)
            .expect("reserved");
        transaction.commit().expect("committing");
        println!("wrote {number}");
    }
}

fn next_number(card: &mut Card) -> u64 {
    let mut number = [0; 8];
    let length = card.read_checked(KEY, &mut number).expect("reading");
    let mut copy = [0; 8];
    card.read(Key::MIN, 100, &mut copy).expect("reading");
    assert_eq!(number, copy, "both values of a transaction or none");
    length.map_or(0, |_| u64::from_be_bytes(number) + 1)
}

/// SIGKILL at any instant: the card holds what was acknowledged, or one transaction more.
#[test]
fn survives_being_killed() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("card");
    let mut random = Random(41);
    for _ in 0..12 {
        let mut child = Command::new(std::env::current_exe().expect("this program"))
            .args(["file::child", "--exact", "--nocapture"])
            .env(CHILD, &path)
            .stdout(Stdio::piped())
            .spawn()
            .expect("a child process");
        let lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        let wrote = lines
            .map_while(Result::ok)
            .filter_map(|line| line.strip_prefix("wrote ")?.parse::<u64>().ok());
        let last = wrote.take(1 + random.below(300)).last().expect("at least one");
        child.kill().expect("killing");
        child.wait().expect("waiting");
        // The pipe may hold more acknowledgements than were read.
        assert!(next_number(&mut open(&path)) > last);
    }
}
