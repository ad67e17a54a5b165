//! The scripts in docs/examples do what they say, and the documents' examples show what the command shows.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::support::{CONSENT_PIN, PASSPHRASE, SYMBOLON, USER_PIN, World};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// A script of docs/examples, where `symbolon` is on the path.
fn script(world: &World, name: &str) -> Command {
    let folder = Path::new(SYMBOLON).parent().unwrap();
    let path = std::env::join_paths([folder, Path::new("/usr/bin"), Path::new("/bin")]).unwrap();
    let mut command = Command::new(Path::new(ROOT).join("docs/examples").join(name));
    command
        .current_dir(world.path())
        .env_clear()
        .env("PATH", path)
        .env("SYMBOLON_PASSPHRASE", PASSPHRASE)
        .env("SYMBOLON_CONSENT_PIN", CONSENT_PIN)
        .env("SYMBOLON_PIN", USER_PIN)
        .stdin(Stdio::null());
    command
}

#[track_caller]
fn done(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{output:?}");
}

/// Losing this sends whoever issues cards by the thousand to a script that stops at the first.
#[test]
fn the_shell_script_issues_cards_and_goes_on_where_it_stopped() {
    let world = World::empty();
    done(script(&world, "issue-cards.sh").args(["cards", "2"]));
    // One that broke off, and one more than before.
    fs::rename(world.file("cards/card-2.img"), world.file("cards/card-2.part")).unwrap();
    let first = fs::read(world.file("cards/card-1.img")).unwrap();
    done(script(&world, "issue-cards.sh").args(["cards", "3"]));
    assert_eq!(
        fs::read(world.file("cards/card-1.img")).unwrap(),
        first,
        "left as it was"
    );
    for number in 1..=3 {
        let info = world.json(&format!("card info --card cards/card-{number}.img"));
        assert_eq!(info["life_cycle"], "operational");
        assert_eq!(
            (&info["user_pin"]["state"], &info["consent_pin"]["state"]),
            (&"ready".into(), &"ready".into())
        );
    }
    let list = fs::read_to_string(world.file("cards/cards.csv")).unwrap();
    let numbers: Vec<&str> = list.lines().map(|line| line.split(',').next().unwrap()).collect();
    assert_eq!(numbers, ["number", "1", "2", "2", "3"]);
    let last: Vec<&str> = list.lines().last().unwrap().split(',').collect();
    assert_eq!(
        last[1],
        world.json("card info --card cards/card-3.img")["serial_number"]
    );
    assert_eq!(last[2].len(), 64);
}

/// Losing this hides from a batch that it fails again and again.
#[test]
fn the_shell_script_ends_after_three_failures_in_a_row() {
    let world = World::empty();
    done(script(&world, "issue-cards.sh").args(["cards", "1"]));
    fs::rename(world.file("cards/bank"), world.file("lost")).unwrap();
    fs::create_dir(world.file("cards/bank")).unwrap();
    let output = script(&world, "issue-cards.sh")
        .args(["cards", "9"])
        .output()
        .unwrap();
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{errors}");
    assert_eq!(errors.matches("failed with 2").count(), 3, "{errors}");
    assert!(!world.file("cards/card-2.img").exists());
}

/// Losing this shows people a Python program that does not run.
#[test]
fn the_python_script_issues_a_card_to_each_name() {
    let world = World::empty();
    fs::write(world.file("names"), "Ada Lovelace\nGrace Hopper\n").unwrap();
    done(
        script(&world, "issue_cards.py")
            .args(["names", "cards"])
            .arg(Path::new(ROOT).join("packages/notes.toml")),
    );
    let report: Value = serde_json::from_slice(&fs::read(world.file("cards/report.json")).unwrap()).unwrap();
    assert_eq!(report["known_to_the_bank"], 2);
    assert_eq!(report["cards"][1]["holder"], "Grace Hopper");
    let user = world.json("card read 5F01 --card cards/card-2.img --pin user");
    assert!(
        user["content"]
            .as_str()
            .unwrap()
            .ends_with(&hex::encode_upper("Grace Hopper")),
        "{user}"
    );
    let holders = world.json("provider holders --provider cards/provider");
    assert!(holders.to_string().contains("F04E4F544553"), "{holders}");
    let again = script(&world, "issue_cards.py").args(["names"]).output().unwrap();
    assert!(
        !again.status.success() && String::from_utf8_lossy(&again.stderr).contains("SYMBOLON_PASSPHRASE")
    );
}
