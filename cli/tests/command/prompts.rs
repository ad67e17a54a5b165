//! What is asked on a terminal: real processes, each on a terminal of its own.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::support::{SYMBOLON, World};

/// What the command writes on a terminal where these keys are typed, one after the other, whenever it asks; the last line is
/// its exit code and whether the terminal is what it was.
fn typed(world: &World, keys: &str, line: &str) -> String {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/command/terminal.py");
    let output = Command::new("/usr/bin/python3")
        .arg(script)
        .args([keys, SYMBOLON])
        .args(line.split(' '))
        .current_dir(world.path())
        .env_clear()
        .env("NO_COLOR", "1")
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

fn ends(world: &World, keys: &str, line: &str, code: u8, words: &[&str]) {
    let said = typed(world, keys, line);
    let last = said.trim_end().lines().next_back().unwrap_or_default();
    assert_eq!(last, format!("{code} as before"), "{line}: {said}");
    for word in words {
        assert!(said.contains(word), "{word} is not in {said}");
    }
}

/// Losing this leaves a terminal that shows nothing any more of what is typed, or half a party.
#[test]
fn whoever_stops_at_a_question_finds_everything_as_it_was() {
    let world = World::registered();
    let before = fs::read(world.file("card.img")).unwrap();
    let read = "card read 5F01 --card card.img --pin user";
    let stopped = ["stopped by Ctrl-C", "get the user PIN", "nothing was done"];
    ends(&world, "\\x03", read, 130, &stopped);
    ends(&world, "12\\x03", read, 130, &stopped);
    ends(
        &world,
        "\\x04",
        read,
        2,
        &["nothing was typed", "end what you type with Enter"],
    );
    ends(&world, "\\n", read, 2, &["4 to 16 characters"]);
    let change = "card change-pin user --card card.img";
    ends(&world, "135790\\n,\\x03", change, 130, &["get the new user PIN"]);
    ends(&world, "135790\\n,12345678\\n,\\x03", change, 130, &[]);
    ends(
        &world,
        "135790\\n,12345678\\n,12345679\\n",
        change,
        2,
        &["not the same"],
    );
    // What cannot be a PIN is not asked for twice.
    ends(&world, "135790\\n,\\n", change, 2, &["4 to 16 characters"]);
    assert_eq!(fs::read(world.file("card.img")).unwrap(), before);
    let new = "party new second --role issuer --name DESECOND";
    ends(&world, "\\x03", new, 130, &["get the passphrase of second"]);
    ends(&world, "short\\n", new, 2, &["fewer than"]);
    ends(&world, "correct horse\\n,\\x03", new, 130, &[]);
    assert!(!world.file("second").exists());
}

/// Losing this spends a try of a PIN on a slip that was corrected.
#[test]
fn what_is_corrected_is_right() {
    let world = World::registered();
    let line = "party new second --role issuer --name DESECOND";
    let keys = "wrong\\x15correct hX\\x7Forse\\n,correct horse\\n";
    ends(
        &world,
        keys,
        line,
        0,
        &["second is the folder of the issuer DESECOND"],
    );
}
