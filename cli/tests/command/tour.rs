//! The README works when typed.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::support::{PASSPHRASE, SYMBOLON, World};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
const PIN: &str = "19283746";

/// What is not run, because a test is inside of it or has done it already: everything else that the README shows is.
const NOT_RUN: [&str; 2] = ["make ", "cargo build -p symbolon\nexport PATH="];

/// The commands in all fenced blocks.
fn commands(text: &str) -> String {
    let blocks = text.split("```").skip(1).step_by(2);
    blocks
        .map(|block| {
            block
                .strip_prefix("sh\n")
                .unwrap_or_else(|| panic!("what is this? {block}"))
        })
        .filter(|block| !NOT_RUN.iter().any(|start| block.starts_with(start)))
        .collect()
}

/// Losing this makes the first thing that a newcomer tries fail.
#[test]
fn the_readme_works_as_it_is_written() {
    let readme = fs::read_to_string(Path::new(ROOT).join("README.md")).unwrap();
    let commands = commands(&readme);
    assert!(commands.lines().count() > 50, "{commands}");
    assert!(
        commands.contains("card shell") && !commands.contains("make "),
        "{commands}"
    );
    let world = World::empty();
    std::os::unix::fs::symlink(
        fs::canonicalize(Path::new(ROOT).join("packages")).unwrap(),
        world.file("packages"),
    )
    .unwrap();
    let folder = Path::new(SYMBOLON).parent().unwrap();
    let path = std::env::join_paths([folder, Path::new("/usr/bin"), Path::new("/bin")]).unwrap();
    let output = Command::new("bash")
        .args(["-euo", "pipefail", "-c", &commands])
        .current_dir(world.path())
        .env_clear()
        .env("PATH", path)
        // Where completions and manual pages go.
        .env("HOME", world.file("home"))
        // What a person types when asked.
        .env("SYMBOLON_PASSPHRASE", PASSPHRASE)
        .env("SYMBOLON_NEW_PIN", PIN)
        .env("SYMBOLON_PIN", PIN)
        .env("SYMBOLON_CONSENT_PIN", PIN)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let (out, err) = (
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap(),
    );
    assert!(output.status.success(), "{out}\n{err}");
    for made in [
        ".local/share/bash-completion/completions/symbolon",
        ".local/share/zsh/site-functions/_symbolon",
        ".config/fish/completions/symbolon.fish",
        ".local/share/man/man1/symbolon-card-read.1",
        ".local/share/man/man7/symbolon-exit-codes.7",
    ] {
        assert!(world.file("home").join(made).exists(), "{made}");
    }
    for words in [
        "The card is registered.",
        "The consent PIN is changed.",
        "Ada Lovelace",
        "F04E4F544553 version 1 is stored.",
        "Notes 1: ask the holder",
        "0102, 256 bytes\ncall Bob",
        "Everything is there and right.",
        "F04E4F544553 version 2 is stored in place of the one before.",
        "F04E4F544553 version 2 is deleted.",
        "The provider DENOTIZ certified it for every card.",
        "F04E4F544553 version 2 is stored.",
        "Dear holder, these words are an example",
        "The card signed: it wrote 7 receipts.",
        "F04E4F544553 is deactivated.",
    ] {
        assert!(out.contains(words), "{words} is not in {out}");
    }
}

/// Losing this sends a reader to a command that is not there.
#[test]
fn every_command_that_documents_show_exists() {
    use clap::Parser;
    let mut shown = 0;
    for document in [
        "README.md",
        "packages/notes/guide-1.txt",
        "packages/notes/guide-2.txt",
        "docs/rescue.md",
    ] {
        let text = fs::read_to_string(Path::new(ROOT).join(document)).unwrap();
        for line in text
            .lines()
            // What the shell does with the output is the shell's.
            .filter_map(|line| line.trim().split(" > ").next())
            .filter(|line| line.starts_with("symbolon ") && !line.contains('`'))
        {
            let words: Vec<String> = line
                .split('"')
                .enumerate()
                .flat_map(|(position, piece)| match position % 2 {
                    0 => piece.split_whitespace().map(str::to_owned).collect(),
                    _ => vec![piece.to_owned()],
                })
                .collect();
            if words.get(1).is_some_and(|word| word == "is") {
                continue;
            }
            shown += 1;
            if let Err(error) = symbolon::arguments::Arguments::try_parse_from(words) {
                panic!("{document}: {line}: {error}");
            }
        }
    }
    assert!(shown > 30, "{shown}");
}
