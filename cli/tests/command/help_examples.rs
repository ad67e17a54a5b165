//! The examples in the help of every command, run as they stand there: `help_examples.txt` has what comes before each.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};

use clap::CommandFactory;
use host::private_pcscd::{PrivatePcscd, READER_ADDRESS, SOCKET_VARIABLE};
use symbolon::arguments::Arguments;

use crate::support::{CONSENT_PIN, PASSPHRASE, Ran, SYMBOLON, USER_PIN, World};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
/// Readers that the help speaks of, and nobody has here.
const READERS: [&str; 3] = ["Virtual PCD 00", "Reader 1", "Reader 2"];

/// Where a scene plays.
struct Scene {
    world: World,
    reader: Option<PrivatePcscd>,
}

impl Scene {
    fn new(kind: &str) -> Self {
        let world = match kind {
            "empty" => World::empty(),
            "registered" | "reader" => World::registered(),
            _ => panic!("no scene is {kind}"),
        };
        let packages = fs::canonicalize(Path::new(ROOT).join("packages")).unwrap();
        std::os::unix::fs::symlink(packages, world.file("packages")).unwrap();
        let reader = (kind == "reader").then(|| {
            let card = world.command(["sim", "serve", "--card", "card.img", "--vpcd", READER_ADDRESS]);
            PrivatePcscd::start(&card).unwrap()
        });
        Self { world, reader }
    }

    /// Runs a line as somebody's shell does.
    fn run(&self, line: &str, input: Option<&str>) -> Ran {
        let folder = Path::new(SYMBOLON).parent().unwrap();
        let path = std::env::join_paths([folder, Path::new("/usr/bin"), Path::new("/bin")]).unwrap();
        let code = fs::read_to_string(self.world.file("letter/unblocking-code")).unwrap_or_default();
        let mut line = line.to_owned();
        let mut shell = Command::new("bash");
        shell.env_clear();
        if let Some(reader) = &self.reader {
            shell.env(SOCKET_VARIABLE, reader.socket());
            for name in READERS {
                line = line.replace(name, reader.reader_name());
            }
        }
        shell
            .args(["-euo", "pipefail", "-c", &line])
            .current_dir(self.world.path())
            .env("PATH", path)
            .env("HOME", self.world.file("home"))
            // What a person types when asked.
            .env("SYMBOLON_PASSPHRASE", PASSPHRASE)
            .env("SYMBOLON_CONSENT_PIN", CONSENT_PIN)
            .env("SYMBOLON_PIN", USER_PIN)
            .env("SYMBOLON_NEW_PIN", "97531086")
            .env("SYMBOLON_UNBLOCKING_CODE", code.trim())
            .stdin(input.map_or_else(Stdio::null, |name| {
                File::open(self.world.file(name)).unwrap().into()
            }));
        let mut ran = Ran::new(&shell.output().unwrap());
        // The card shows up a moment after pcscd does.
        let patience = if self.reader.is_some() { 1_000 } else { 0 };
        for _ in 0..patience {
            if ran.code != 3 {
                break;
            }
            ran = Ran::new(&shell.output().unwrap());
        }
        ran
    }
}

/// What the help of all commands shows.
fn examples(command: &clap::Command, found: &mut BTreeSet<String>) {
    let after = command.get_after_help().map(ToString::to_string);
    let lines = after.iter().flat_map(|text| text.lines());
    if command.get_subcommands().next().is_none() {
        found.extend(
            lines
                .filter_map(|line| line.strip_prefix("  symbolon "))
                .map(|line| format!("symbolon {line}")),
        );
    }
    for inner in command.get_subcommands() {
        examples(inner, found);
    }
}

/// Losing this sends a newcomer off with an example that fails.
#[test]
fn every_example_does_what_the_help_says() {
    let mut shown = BTreeSet::new();
    examples(&Arguments::command(), &mut shown);
    let mut scene = None;
    let mut input = None;
    for line in include_str!("help_examples.txt").lines() {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(kind) = line.strip_prefix("scene ") {
            scene = Some(Scene::new(kind));
            continue;
        }
        if let Some(name) = line.strip_prefix("stdin ") {
            input = Some(name);
            continue;
        }
        let scene = scene.as_ref().unwrap();
        let Some((how, example)) = line.split_once("$ ") else {
            scene.run(line, None).done();
            continue;
        };
        assert!(
            shown.remove(example),
            "no help shows this, or it is here twice: {example}"
        );
        if let Some(words) = how.strip_prefix("! ") {
            let ran = scene.run(example, input.take());
            assert!(ran.code == 1 || ran.code == 2, "{ran:?}");
            assert!(
                ran.err.contains(words.trim()) && ran.err.contains("what to do:"),
                "{ran:?}"
            );
        } else {
            let more = how.strip_prefix('+').unwrap_or_default();
            scene
                .run(&format!("{example}{}", more.trim_end()), input.take())
                .done();
        }
    }
    assert_eq!(
        shown,
        BTreeSet::new(),
        "examples of the help that are run nowhere"
    );
}
