//! A folder in which the parties and the card live, and commands that are killed in it.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use symbolon_tests::held::held;
use symbolon_tests::program::{self, in_repository, symbolon};

/// Runs at most until enough of them were killed.
const ATTEMPTS: usize = 1_000;

pub(super) struct Folder(tempfile::TempDir);

/// Where a command was killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// What changes the card was not sent.
    Before,
    /// It was sent or not, carried out or not.
    Between,
    /// It was answered.
    After,
}

impl Place {
    /// Fails unless whether the card is done fits.
    #[track_caller]
    pub(super) fn agrees(self, done: bool, at: &str) {
        match self {
            Self::Before => assert!(!done, "{at}: done before it was asked"),
            Self::Between => {}
            Self::After => assert!(done, "{at}: what was answered is not there"),
        }
    }
}

impl Folder {
    /// After these commands.
    pub(super) fn prepared(lines: &str) -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        fs::write(folder.path().join("new-pin"), "24683579").unwrap();
        folder.all_done(lines);
        folder
    }

    pub(super) fn all_done(&self, lines: &str) {
        for line in lines.lines().filter(|line| !line.is_empty()) {
            self.done(line);
        }
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn command(&self, line: &str) -> Command {
        self.with_line(symbolon(), line)
    }

    /// This program with these arguments, in this folder, with nothing in its environment but secrets for tests.
    fn with_line(&self, mut command: Command, line: &str) -> Command {
        let packages = in_repository("packages");
        let line = line.replace("PACKAGES", packages.to_str().unwrap());
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

    pub(super) fn done(&self, line: &str) -> Vec<u8> {
        let output = self.command(line).output().unwrap();
        assert!(
            output.status.success(),
            "{line}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        output.stdout
    }

    /// The result that the command gives with `--json`.
    pub(super) fn json(&self, line: &str) -> Value {
        let document: Value = serde_json::from_slice(&self.done(&format!("{line} --json"))).unwrap();
        document["result"].clone()
    }

    /// Everything that lies in the folder, to be put back.
    pub(super) fn files(&self) -> Vec<(PathBuf, Vec<u8>)> {
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
    pub(super) fn restore(&self, kept: &[(PathBuf, Vec<u8>)]) {
        for (path, _) in self.files() {
            if kept.iter().all(|(known, _)| *known != path) {
                fs::remove_file(path).unwrap();
            }
        }
        for (path, content) in kept {
            fs::write(path, content).unwrap();
        }
    }

    /// Runs the command from `before`, `wanted` times, kills it each time a little further on in its traffic with the card,
    /// from the first APDU to the last answer, and has `examine` look at what that left behind.
    ///
    /// What changes the card is the one command that begins with `committing`.
    pub(super) fn kill_along(
        &self,
        line: &str,
        committing: &str,
        before: &[(PathBuf, Vec<u8>)],
        wanted: usize,
        mut examine: impl FnMut(usize, Place),
    ) {
        let traced = format!("{line} --trace");
        self.restore(before);
        let output = self.command(&traced).output().unwrap();
        assert!(output.status.success(), "{line}");
        let whole: Vec<String> = output.stderr.lines().map(Result::unwrap).collect();
        let committing = |line: &String| line.starts_with(&format!("> {committing}"));
        let sent: Vec<usize> = (0..whole.len()).filter(|at| committing(&whole[*at])).collect();
        let [sent] = sent[..] else {
            panic!("{line}: {sent:?}")
        };
        for number in 0..wanted {
            self.restore(before);
            let mut child = self
                .with_line(held(&program::path()), &traced)
                .stdout(Stdio::null())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap();
            let mut trace = BufReader::new(child.stderr.take().unwrap());
            let lines = whole.len() * number / wanted;
            let seen = trace.by_ref().lines().take(lines).map(Result::unwrap);
            assert_eq!(seen.count(), lines, "{line}");
            child.kill().unwrap();
            child.wait().unwrap();
            // Until here: it would go on if there was nobody to read any more.
            drop(trace);
            let place = match lines {
                // The line that announces the command is at best the one after the next, which waits for a reader.
                _ if lines < sent => Place::Before,
                _ if lines > sent + 1 => Place::After,
                _ => Place::Between,
            };
            examine(number, place);
        }
    }

    /// Runs the commands from `before` again and again until one of them was killed, `wanted` times, and has `examine`
    /// look at what that left behind. Each is killed when somebody who looks all the time has seen that many changes of
    /// the folder. Runs that were over before do not count.
    pub(super) fn kill_often(
        &self,
        lines: &[&str],
        before: &[(PathBuf, Vec<u8>)],
        wanted: usize,
        mut examine: impl FnMut(usize),
    ) {
        self.restore(before);
        let changes: Vec<usize> = lines
            .iter()
            .map(|line| self.kill_after(line, usize::MAX).0)
            .collect();
        assert!(changes.iter().all(|changes| *changes > 0), "{lines:?}");
        let mut killed = 0;
        for attempt in 0..ATTEMPTS {
            self.restore(before);
            let mut each = lines.iter().zip(&changes);
            if each.any(|(line, changes)| self.kill_after(line, attempt % (changes + 1)).1) {
                killed += 1;
                examine(killed);
            }
            if killed == wanted {
                return;
            }
        }
        panic!("{lines:?}: nearly every run was over before it was killed");
    }

    /// Kills the command once the folder has changed so often, if it is not over before: how many changes were seen, and
    /// whether it was killed.
    fn kill_after(&self, line: &str, wanted: usize) -> (usize, bool) {
        let mut state = self.lengths();
        let mut child = self.command(line).stdout(Stdio::null()).spawn().unwrap();
        let mut changes = 0;
        while changes < wanted && child.try_wait().unwrap().is_none() {
            let now = self.lengths();
            changes += usize::from(now != state);
            state = now;
        }
        child.kill().unwrap();
        (changes, child.wait().unwrap().code().is_none())
    }

    /// Every file, and how long it is; those that go while this looks are not there.
    fn lengths(&self) -> Vec<(PathBuf, u64)> {
        let (mut folders, mut files) = (vec![self.path().to_owned()], Vec::new());
        while let Some(folder) = folders.pop() {
            for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
                match fs::metadata(&path) {
                    Ok(found) if found.is_dir() => folders.push(path),
                    Ok(found) => files.push((path, found.len())),
                    Err(_) => {}
                }
            }
        }
        files.sort();
        files
    }
}
