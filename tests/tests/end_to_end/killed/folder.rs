//! A folder in which the parties and the card live, and commands that are killed in it.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use symbolon_tests::program::{in_repository, symbolon};

/// Runs at most until enough of them were killed.
const ATTEMPTS: u64 = 1_000;

pub(super) struct Folder(tempfile::TempDir);

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
        let packages = in_repository("packages");
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

    /// Runs the commands from `before` again and again until one of them was killed, `wanted` times, and has `examine`
    /// look at what that left behind. Runs that were over before do not count.
    pub(super) fn kill_often(
        &self,
        lines: &[&str],
        before: &[(PathBuf, Vec<u8>)],
        wanted: u64,
        mut examine: impl FnMut(u64),
    ) {
        // The first run reads programs and files that the later ones find in memory.
        self.restore(before);
        lines.iter().for_each(|line| drop(self.done(line)));
        self.restore(before);
        let whole = lines.iter().map(|line| self.duration(line)).min().unwrap();
        let mut killed = 0;
        for seed in 1..=ATTEMPTS {
            self.restore(before);
            if lines.iter().any(|line| self.kill(line, instant(whole, seed))) {
                killed += 1;
                examine(killed);
            }
            if killed == wanted {
                return;
            }
        }
        panic!("{lines:?}: nearly every run was over before it was killed");
    }

    /// Runs the command from `before` `wanted` times, kills it each time a little further on in its traffic with the
    /// card, from the first APDU to the last answer, and has `examine` look at what that left behind.
    pub(super) fn kill_along(
        &self,
        line: &str,
        before: &[(PathBuf, Vec<u8>)],
        wanted: usize,
        mut examine: impl FnMut(usize),
    ) {
        let traced = format!("{line} --trace");
        self.restore(before);
        let output = self.command(&traced).output().unwrap();
        assert!(output.status.success(), "{line}");
        let all = output.stderr.lines().count();
        for number in 0..wanted {
            self.restore(before);
            let mut child = self
                .command(&traced)
                .stdout(Stdio::null())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap();
            let trace = BufReader::new(child.stderr.take().unwrap());
            let seen = trace.lines().take(all * number / wanted).count();
            assert_eq!(seen, all * number / wanted, "{line}");
            child.kill().unwrap();
            child.wait().unwrap();
            examine(number);
        }
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
