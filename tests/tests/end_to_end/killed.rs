//! `symbolon approval apply` and `symbolon approval record` are killed (SIGKILL) at seeded instants, in processes of
//! their own: card image, approval file and databases open afterwards, and the same command, run again, completes, with
//! one receipt.
//!
//! The instants are spread over the time that an uncut run takes; nothing is asserted about time.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use symbolon_tests::program::symbolon;

/// Instants at which `approval apply` is killed: runs that were over before do not count.
const APPLY_KILLS: u64 = 50;
/// Runs at most for either.
const ATTEMPTS: u64 = 1_000;
/// Instants at which `approval record` is killed.
const RECORD_KILLS: u64 = 20;
const APPLY: &str = "approval apply store.json --card card.img --package notes.pkg";
const RECORDS: [&str; 2] = [
    "approval record store.json --party alpenbank",
    "approval record store.json --party notiz",
];

/// Until an authorized request lies in `store.json`.
const BEFORE: &str = "
party new cardreg --role issuer-registrar --name CHCARDREG
party new datareg --role data-registrar --name DEDATAREG
party new alpenbank --role issuer --name CHALPENBK
party new notiz --role provider --name DENOTIZ
registrar certify alpenbank/request.cvr --registrar cardreg --data-registrar datareg/certificate.cvc -o alpenbank.cvc
registrar certify notiz/request.cvr --registrar datareg --prefix F04E4F5445 -o notiz.cvc
party accept alpenbank --certificate alpenbank.cvc --root cardreg/certificate.cvc
party accept notiz --certificate notiz.cvc --root datareg/certificate.cvc
party trust alpenbank datareg/certificate.cvc
party trust notiz cardreg/certificate.cvc
sim new card.img
issuer personalize --issuer alpenbank --card card.img --user Ada --letter letter
issuer register --issuer alpenbank --card card.img
package build PACKAGES/notes.toml -o notes.pkg
provider add-package notes.pkg --provider notiz
card change-pin consent --card card.img --pin-file letter/consent-pin --new-pin-file new-pin
card change-pin user --card card.img --pin-file letter/user-pin --new-pin-file new-pin
approval request --card card.img --package notes.pkg --provider-name DENOTIZ -o store.json
approval sign store.json --party alpenbank
approval sign store.json --party notiz";

struct Folder(tempfile::TempDir);

impl Folder {
    fn prepared() -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        fs::write(folder.path().join("new-pin"), "24683579").unwrap();
        for line in BEFORE.lines().filter(|line| !line.is_empty()) {
            folder.done(line);
        }
        folder
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn command(&self, line: &str) -> Command {
        let packages = Path::new(env!("CARGO_MANIFEST_DIR"))
            .parent()
            .unwrap()
            .join("packages");
        let line = line.replace("PACKAGES", packages.to_str().unwrap());
        let mut command = symbolon();
        command
            .args(line.split_whitespace())
            .current_dir(self.path())
            .env_clear()
            .env("SYMBOLON_PASSPHRASE", "correct horse battery")
            .env("SYMBOLON_CONSENT_PIN", "24683579")
            .env("SYMBOLON_PIN", "24683579")
            .stdin(Stdio::null());
        command
    }

    fn done(&self, line: &str) -> Vec<u8> {
        let output = self.command(line).output().unwrap();
        assert!(
            output.status.success(),
            "{line}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        output.stdout
    }

    /// The result that the command gives with `--json`.
    fn json(&self, line: &str) -> Value {
        let document: Value = serde_json::from_slice(&self.done(&format!("{line} --json"))).unwrap();
        document["result"].clone()
    }

    /// Everything that lies in the folder, to be put back.
    fn files(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let (mut folders, mut files) = (vec![self.path().to_owned()], Vec::new());
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    files.push((path.clone(), fs::read(path).unwrap()));
                }
            }
        }
        files
    }

    /// Puts back what there was, and removes what was not there: a killed program may leave files behind.
    fn restore(&self, kept: &[(PathBuf, Vec<u8>)]) {
        for (path, _) in self.files() {
            if kept.iter().all(|(known, _)| *known != path) {
                fs::remove_file(path).unwrap();
            }
        }
        for (path, content) in kept {
            fs::write(path, content).unwrap();
        }
    }

    /// How long the command takes when nobody kills it.
    fn duration(&self, line: &str) -> Duration {
        let start = Instant::now();
        self.done(line);
        start.elapsed()
    }

    /// Kills the command after a while; whether it was still running.
    fn kill(&self, line: &str, after: Duration) -> bool {
        let mut child = self
            .command(line)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        thread::sleep(after);
        child.kill().unwrap();
        child.wait().unwrap().code().is_none()
    }

    /// Card image, approval file and both databases open, and none of them is damaged.
    fn everything_opens(&self) -> Value {
        let info = self.json("card info --card card.img");
        assert_eq!(info["damaged"], false);
        self.done("approval status store.json");
        self.done("issuer cards --issuer alpenbank");
        self.done("provider holders --provider notiz");
        info
    }

    /// What every party and the card must say in the end, whoever was killed on the way.
    fn all_agree(&self, kill: u64) {
        let info = self.everything_opens();
        assert_eq!(
            (&info["receipts"], &info["open_requests"]),
            (&json!(2), &json!([])),
            "kill {kill}: one receipt"
        );
        assert_eq!(info["applications"].as_array().unwrap().len(), 1, "kill {kill}");
        self.done("approval verify store.json --party notiz --complete");
        let cards = self.json("issuer cards --issuer alpenbank");
        assert_eq!(
            cards["cards"][0]["applications"].as_array().unwrap().len(),
            1,
            "kill {kill}: {cards}"
        );
        let holders = self.json("provider holders --provider notiz");
        assert_eq!(
            holders["holders"].as_array().unwrap().len(),
            1,
            "kill {kill}: {holders}"
        );
    }
}

/// An instant within `whole`, another one for each seed; more of them early, when the card is at work.
fn instant(whole: Duration, seed: u64) -> Duration {
    // George Marsaglia, Xorshift RNGs, 2003.
    let mut noise = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    noise ^= noise << 13;
    noise ^= noise >> 7;
    noise ^= noise << 17;
    let part = u32::try_from(noise % 1_000).unwrap();
    whole * part / 1_000 * part / 1_000
}

/// Losing this leaves somebody whose machine failed with half an application, two receipts or none, or a file that no
/// program opens any more.
#[test]
fn the_same_command_completes_whatever_was_killed() {
    let folder = Folder::prepared();
    let agreed = folder.files();
    // The first run reads programs and files that the later ones find in memory.
    folder.done(APPLY);
    folder.restore(&agreed);
    let whole = folder.duration(APPLY);
    let (mut unfinished, mut loading) = (0, 0);
    let instants = (1..=ATTEMPTS).map(|seed| instant(whole, seed)).filter(|instant| {
        folder.restore(&agreed);
        folder.kill(APPLY, *instant)
    });
    let mut killed = 0;
    for (number, instant) in (1..=APPLY_KILLS).zip(instants) {
        killed = number;
        let info = folder.everything_opens();
        unfinished += u64::from(info["applications"] == json!([]));
        loading += u64::from(info["open_requests"][0]["state"] == "loading");
        assert_eq!(folder.json(APPLY)["receipt"], 1, "after {instant:?}");
        assert_eq!(folder.json(APPLY)["before"], true, "after {instant:?}");
        RECORDS.iter().for_each(|record| drop(folder.done(record)));
        folder.all_agree(number);
    }
    println!(
        "apply: {killed} killed, {unfinished} before the card was done, {loading} of them between blocks"
    );
    assert_eq!(
        killed, APPLY_KILLS,
        "nearly every run was over before it was killed"
    );
    assert!(unfinished > 0, "the card was done before anybody was killed");

    folder.restore(&agreed);
    folder.done(APPLY);
    let applied = folder.files();
    let whole = folder.duration(RECORDS[0]);
    let instants = (1..=ATTEMPTS).map(|seed| instant(whole, seed)).filter(|instant| {
        folder.restore(&applied);
        RECORDS.iter().any(|record| folder.kill(record, *instant))
    });
    let mut killed = 0;
    for (number, _) in (1..=RECORD_KILLS).zip(instants) {
        killed = number;
        folder.everything_opens();
        RECORDS.iter().for_each(|record| drop(folder.done(record)));
        folder.all_agree(number);
    }
    println!("record: {killed} killed");
    assert_eq!(
        killed, RECORD_KILLS,
        "nearly every run was over before it was killed"
    );
}
