//! What the command says about itself.

use std::ffi::OsString;

use clap::{Command, CommandFactory, Parser};
use symbolon::arguments::Arguments;

use crate::support::World;

/// Every command that does something, with its full name.
fn leaves(command: &Command, name: &str, found: &mut Vec<(String, Command)>) {
    if command.get_subcommands().next().is_none() {
        found.push((name.to_owned(), command.clone()));
    }
    for inner in command.get_subcommands() {
        leaves(inner, &format!("{name} {}", inner.get_name()), found);
    }
}

/// Splits like a shell: blanks, and quotes around what has blanks.
fn words(line: &str) -> Vec<String> {
    line.split('"')
        .enumerate()
        .flat_map(|(position, piece)| match position % 2 {
            0 => piece.split_whitespace().map(str::to_owned).collect(),
            _ => vec![piece.to_owned()],
        })
        .collect()
}

#[test]
fn the_tree_of_commands_holds_together() {
    Arguments::command().debug_assert();
}

/// Losing this leaves a newcomer with an example that does not even parse.
#[test]
fn every_command_explains_itself_and_its_examples_parse() {
    let mut commands = Vec::new();
    leaves(&Arguments::command(), "symbolon", &mut commands);
    assert!(commands.len() >= 30, "{}", commands.len());
    for (name, command) in commands {
        for argument in command.get_arguments() {
            let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
            assert!(!help.contains('\\'), "{name}: {help}");
        }
        let after = command
            .get_after_help()
            .unwrap_or_else(|| panic!("{name} has no example"))
            .to_string();
        let examples: Vec<&str> = after
            .lines()
            .filter(|line| line.starts_with("  symbolon "))
            .collect();
        assert!(
            after.contains("Example:") && !examples.is_empty(),
            "{name} has no example"
        );
        for example in examples {
            assert!(example.trim_start().starts_with(&name), "{name} shows {example}");
            let parsed = Arguments::try_parse_from(words(example))
                .unwrap_or_else(|error| panic!("{example}: {error}"));
            // As it is understood when it is run.
            let arguments: Vec<OsString> = words(example).into_iter().map(OsString::from).collect();
            let understood = Arguments::understand(&arguments).unwrap();
            assert_eq!(format!("{understood:?}"), format!("{parsed:?}"), "{example}");
        }
        let about = command
            .get_about()
            .unwrap_or_else(|| panic!("{name} has no description"))
            .to_string();
        assert!(about.len() >= 10, "{name}: {about}");
        for argument in command.get_arguments() {
            assert!(
                argument.get_help().is_some(),
                "{name}: {} is not explained",
                argument.get_id()
            );
        }
    }
}

#[test]
fn help_version_completion_and_manual_are_results() {
    let world = World::empty();
    for line in ["--help", "-V", "help", "approval --help", "approval apply --help"] {
        let ran = world.run(line).done();
        assert!(!ran.out.is_empty() && ran.err.is_empty(), "{ran:?}");
    }
    assert!(
        world
            .run("approval apply --help")
            .out
            .contains("Example:\n  symbolon approval apply")
    );
    for shell in ["bash", "zsh", "fish"] {
        assert!(
            world
                .run(&format!("completion {shell}"))
                .done()
                .out
                .contains("symbolon")
        );
    }
    world.run("man pages").done();
    let page = std::fs::read_to_string(world.file("pages/man1/symbolon-approval-apply.1")).unwrap();
    assert!(page.contains(".TH") && page.contains("Example:"), "{page}");
    let topic = std::fs::read_to_string(world.file("pages/man7/symbolon-exit-codes.7")).unwrap();
    assert!(
        topic.contains(".TH SYMBOLON") && topic.contains("wrong usage or input"),
        "{topic}"
    );
}

/// Losing this leaves a command out of what a shell completes or the manual explains, and nobody sees it.
#[test]
fn completions_and_manual_know_every_command() {
    let world = World::empty();
    let mut commands = Vec::new();
    leaves(&Arguments::command(), "symbolon", &mut commands);
    let pages = world.json("man pages")["pages"].as_u64().unwrap();
    let count = |folder: &str| std::fs::read_dir(world.file(folder)).unwrap().count();
    let made = count("pages/man1") + count("pages/man7");
    assert_eq!(u64::try_from(made).unwrap(), pages);
    let scripts = ["bash", "zsh", "fish"].map(|shell| world.run(&format!("completion {shell}")).done().out);
    for (name, command) in commands {
        let page = world.file(&format!("pages/man1/{}.1", name.replace(' ', "-")));
        assert!(page.exists(), "{} is missing", page.display());
        for script in &scripts {
            assert!(script.contains(command.get_name()), "{name} is not completed");
            for option in command.get_arguments().filter_map(clap::Arg::get_long) {
                assert!(script.contains(option), "{name} --{option} is not completed");
            }
        }
    }
}

/// Losing this leaves a newcomer with words that nothing explains, or with examples that do not parse.
#[test]
fn topics_are_listed_and_their_examples_parse() {
    let world = World::empty();
    let list = world.run("help topics").done().out;
    let mut examples = 0;
    for topic in symbolon::command::help::TOPICS {
        assert!(
            list.contains(&format!("  {:<12}{}", topic.name, topic.title())),
            "{list}"
        );
        assert_eq!(world.run(&format!("help {}", topic.name)).done().out, topic.text);
        assert!(
            topic.text.lines().all(|line| line.chars().count() <= 132),
            "{}",
            topic.name
        );
        for line in topic.text.lines().filter(|line| line.starts_with("  symbolon ")) {
            // What stands behind three blanks is a word about it.
            let line = line.trim_start().split("   ").next().unwrap();
            if let Err(error) = Arguments::try_parse_from(words(line)) {
                panic!("{}: {line}: {error}", topic.name);
            }
            examples += 1;
        }
    }
    assert!(examples > 25, "{examples}");
    assert!(
        world
            .run("help card tree")
            .done()
            .out
            .contains("Usage: symbolon card tree")
    );
    assert!(world.run("help").done().out.contains("Commands:"));
    // All that a command says of itself, not its first line alone.
    let long = world.run("approval apply --help").done().out;
    assert_eq!(long, world.run("help approval apply").done().out);
    let page = world.run("help card backup").done().out;
    assert!(page.contains("docs/backup.md"), "{page}");
    world
        .run("help card nonsense")
        .failed(2, &["no command \"nonsense\""]);
    world.run("help nonsense").failed(2, &["there is no such topic"]);
}

/// Losing this fills logs and files with escape sequences.
#[test]
fn nothing_is_coloured_where_nobody_looks() {
    let world = World::registered();
    for line in [
        "card info --card card.img",
        "card read 7777 --card card.img",
        "party show alpenbank",
        "card nonsense",
    ] {
        let ran = world.run(line);
        assert!(!ran.out.contains('\x1b') && !ran.err.contains('\x1b'), "{ran:?}");
    }
}
