//! Folders to run the command in, and what a run gave.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fmt;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

use serde::de::{Error as _, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use tempfile::TempDir;

/// The command under test.
pub(crate) const SYMBOLON: &str = env!("CARGO_BIN_EXE_symbolon");
/// The passphrase of every party.
pub(crate) const PASSPHRASE: &str = "correct horse battery";
/// The consent PIN of a card that its holder took over.
pub(crate) const CONSENT_PIN: &str = "24683579";
/// Its user PIN.
pub(crate) const USER_PIN: &str = "13572468";
/// The AID of packages/notes.toml.
pub(crate) const NOTES: &str = "F04E4F544553";

/// A folder of a test's own, with `packages` beside it.
pub(crate) struct World(TempDir);

/// What a run of the command gave.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl World {
    /// With nothing in it.
    pub(crate) fn empty() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// Four parties, a registered card that its holder took over, and both notes packages: what the tour has after its
    /// first half. Made once, copied for each test.
    pub(crate) fn registered() -> Self {
        static MADE: OnceLock<Vec<(PathBuf, Vec<u8>)>> = OnceLock::new();
        let files = MADE.get_or_init(|| {
            let world = Self::empty();
            for line in REGISTERED.lines().filter(|line| !line.is_empty()) {
                world.run(line).done();
            }
            files_below(world.path(), world.path())
        });
        let world = Self::empty();
        for (path, content) in files {
            let path = world.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
        world
    }

    /// As [`Self::registered`], with a request to store the notes that issuer and provider have signed: `store.json`.
    pub(crate) fn agreed() -> Self {
        let world = Self::registered();
        for line in AGREED.lines() {
            world.run(line).done();
        }
        world
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    /// The command with these arguments, in this folder, with nothing in its environment but secrets for tests.
    pub(crate) fn command<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Command {
        let mut command = Command::new(SYMBOLON);
        command
            .args(arguments)
            .current_dir(self.path())
            .env_clear()
            .env("SYMBOLON_PASSPHRASE", PASSPHRASE)
            .env("SYMBOLON_CONSENT_PIN", CONSENT_PIN)
            .env("SYMBOLON_PIN", USER_PIN)
            .stdin(Stdio::null());
        command
    }

    /// Runs the command with the words of `line`.
    pub(crate) fn run(&self, line: &str) -> Ran {
        let line = line.replace("PACKAGES", concat!(env!("CARGO_MANIFEST_DIR"), "/../packages"));
        Ran::new(&self.command(line.split_whitespace()).output().unwrap())
    }

    /// The same, with `input` on standard input and no secrets in the environment.
    pub(crate) fn run_typing(&self, line: &str, input: &str) -> Ran {
        let line = line.replace("PACKAGES", concat!(env!("CARGO_MANIFEST_DIR"), "/../packages"));
        let mut command = self.command(line.split_whitespace());
        command
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // A command that never reads its input closes it.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        Ran::new(&child.wait_with_output().unwrap())
    }

    /// The result that the command gives with `--json`.
    pub(crate) fn json(&self, line: &str) -> Value {
        let ran = self.run(&format!("{line} --json")).done();
        ran.document()["result"].clone()
    }
}

/// What [`World::registered`] is made by.
const REGISTERED: &str = "
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
package build PACKAGES/notes-2.toml -o notes-2.pkg
provider add-package notes.pkg --provider notiz
provider add-package notes-2.pkg --provider notiz
card change-pin consent --card card.img --pin-file letter/consent-pin --new-pin-file PACKAGES/../cli/tests/command/consent-pin
card change-pin user --card card.img --pin-file letter/user-pin --new-pin-file PACKAGES/../cli/tests/command/user-pin";

const AGREED: &str =
    "approval request --card card.img --package notes.pkg --provider-name DENOTIZ -o store.json
approval sign store.json --party alpenbank
approval sign store.json --party notiz";

fn files_below(root: &Path, folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(files_below(root, &path));
        } else {
            files.push((
                path.strip_prefix(root).unwrap().to_owned(),
                fs::read(&path).unwrap(),
            ));
        }
    }
    files
}

impl Ran {
    pub(crate) fn new(output: &Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout.clone()).unwrap(),
            err: String::from_utf8(output.stderr.clone()).unwrap(),
        }
    }

    /// It ended with 0.
    #[track_caller]
    pub(crate) fn done(self) -> Self {
        assert_eq!(self.code, 0, "{self:?}");
        self
    }

    /// It ended with `code` and said all of `words` on standard error, and nothing on standard output.
    #[track_caller]
    pub(crate) fn failed(self, code: i32, words: &[&str]) -> Self {
        assert_eq!(self.code, code, "{self:?}");
        assert_eq!(self.out, "", "{self:?}");
        for word in words {
            assert!(self.err.contains(word), "{word:?} is not in {}", self.err);
        }
        assert!(self.err.contains("what to do:"), "no remedy in {}", self.err);
        self
    }

    /// The command line was not understood, and it said all of `words`.
    #[track_caller]
    pub(crate) fn failed_usage(self, words: &[&str]) {
        assert_eq!(self.code, 2, "{self:?}");
        for word in words {
            assert!(self.err.contains(word), "{word:?} is not in {}", self.err);
        }
        assert!(self.err.contains("what to do:"), "no remedy in {}", self.err);
    }

    /// The one JSON document on standard output.
    #[track_caller]
    pub(crate) fn document(&self) -> Value {
        let document: Value =
            serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error} in {self:?}"));
        if let Err(error) = serde_json::from_str::<Strict>(&self.out) {
            panic!("{error} in {self:?}");
        }
        assert_eq!(document["schema"], 1, "{self:?}");
        document
    }
}

/// JSON in which no object names a field twice: `Value` takes the last of them, other programs refuse.
struct Strict;

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(StrictVisitor)
    }
}

struct StrictVisitor;

impl<'de> Visitor<'de> for StrictVisitor {
    type Value = Strict;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Strict, E> {
        Ok(Strict)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Strict, E> {
        Ok(Strict)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Strict, E> {
        Ok(Strict)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Strict, E> {
        Ok(Strict)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Strict, E> {
        Ok(Strict)
    }

    fn visit_str<E>(self, _: &str) -> Result<Strict, E> {
        Ok(Strict)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Strict, A::Error> {
        while list.next_element::<Strict>()?.is_some() {}
        Ok(Strict)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Strict, A::Error> {
        let mut names = BTreeSet::new();
        while let Some((name, Strict)) = object.next_entry::<String, Strict>()? {
            if let Some(twice) = names.replace(name) {
                return Err(A::Error::custom(format!("field {twice:?} is there twice")));
            }
        }
        Ok(Strict)
    }
}
