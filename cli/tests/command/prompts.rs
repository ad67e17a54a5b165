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

fn ends(world: &World, keys: &str, line: &str, code: i32, words: &[&str]) {
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

/// Losing this leaves a terminal that shows nothing of what is typed when a window is closed or a job is ended.
#[test]
fn whoever_is_ended_at_a_question_leaves_the_terminal_as_it_was() {
    let world = World::registered();
    let read = "card read 5F01 --card card.img --pin user";
    for (signal, number) in [("SIGTERM", 15), ("SIGHUP", 1), ("SIGQUIT", 3)] {
        ends(&world, signal, read, -number, &["user PIN: "]);
    }
    // At the second question, and at a line that can be edited.
    let change = "card change-pin user --card card.img";
    ends(&world, "135790\\n,SIGTERM", change, -15, &["new user PIN: "]);
    let shell = "card shell --no-history --card card.img";
    ends(&world, "SIGTERM", shell, -15, &["The card is held"]);
    ends(&world, "verify user\\r,SIGTERM", shell, -15, &["user PIN: "]);
}

/// Losing this tells whoever has no card that it is held.
#[test]
fn a_shell_without_a_card_does_not_say_that_it_holds_one() {
    let world = World::empty();
    let said = typed(&world, "", "card shell --no-history --card nothing.img");
    assert!(!said.contains("held"), "{said}");
    assert!(said.trim_end().ends_with("3 as before"), "{said}");
}

/// Losing this spends a try of a PIN on what cannot be one.
#[test]
fn what_is_no_pin_costs_no_try() {
    let world = World::registered();
    let tries = || {
        let card = world.json("card info --card card.img");
        ["user_pin", "consent_pin"].map(|pin| card[pin]["tries_left"].clone())
    };
    assert_eq!(tries(), [3, 3]);
    let refused = ["a character that no PIN has", "no try was used"];
    let read = "card read 5F01 --card card.img --pin user";
    for pin in ["13\u{e4}57", "135\u{7f9}", "1357\u{2011}", "\u{1b}[D1357"] {
        let file = world.file("odd");
        fs::write(&file, pin).unwrap();
        world.run(&format!("{read} --pin-file odd")).failed(2, &refused);
        let mut command = world.command(read.split(' '));
        let output = command.env("SYMBOLON_PIN", pin).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{pin:?}");
        let new = "card change-pin user --card card.img --new-pin-file odd";
        world.run(new).failed(2, &refused);
    }
    ends(&world, "13\\xe457\\n", read, 2, &refused);
    assert_eq!(tries(), [3, 3]);
}
