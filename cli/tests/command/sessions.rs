//! Sessions as they are typed, with every word of the answer: help, results and errors that people read.
//!
//! The files of cli/tests/sessions have them, in the form of trycmd: `$ command`, `? exit code` unless it is 0, then what the
//! command writes; `[..]` stands for anything in a line. With `SYMBOLON_BLESS=1` the answers are written down as they are now, for
//! the author to read before they are kept. A small runner of our own: a crate for it would change the features, and with
//! them the build, of half of our dependencies.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::{Ran, World};

/// A command and its answer.
struct Step {
    command: String,
    answer: String,
}

/// A file of sessions: text for people, and between fences steps.
enum Piece {
    Text(String),
    Step(Step),
}

fn pieces(text: &str) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut inside = false;
    for line in text.lines() {
        let fence = line.starts_with("```");
        inside ^= fence;
        match (line.strip_prefix("$ "), pieces.last_mut()) {
            (Some(command), _) if inside => pieces.push(Piece::Step(Step {
                command: command.to_owned(),
                answer: String::new(),
            })),
            (None, Some(Piece::Step(step))) if inside => {
                step.answer.push_str(line);
                step.answer.push('\n');
            }
            _ => pieces.push(Piece::Text(format!("{line}\n"))),
        }
    }
    pieces
}

/// Splits like a shell: blanks, and quotes around what has blanks.
fn words(line: &str) -> Vec<String> {
    let piece = |(position, piece): (usize, &str)| match position % 2 {
        0 => piece.split_whitespace().map(str::to_owned).collect(),
        _ => vec![piece.to_owned()],
    };
    line.split('"').enumerate().flat_map(piece).collect()
}

/// What the command answers: exit code, errors, results.
fn answer(world: &World, command: &str) -> String {
    let command = command
        .strip_prefix("symbolon ")
        .unwrap_or_else(|| panic!("not our command: {command}"));
    let mut program = world.command(words(command));
    let ran = Ran::new(&program.env("COLUMNS", "100").output().unwrap());
    let code = match ran.code {
        0 => String::new(),
        code => format!("? {code}\n"),
    };
    // Steps are apart by an empty line.
    format!("{code}{}{}\n", ran.err, ran.out)
}

/// Whether a line is as expected, where `[..]` is anything.
fn fits(expected: &str, line: &str) -> bool {
    let mut parts = expected.split("[..]");
    let Some(mut rest) = line.strip_prefix(parts.next().unwrap_or_default()) else {
        return false;
    };
    let mut last = "";
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
        last = part;
    }
    rest.is_empty() || (expected.contains("[..]") && last.is_empty())
}

fn all_fit(expected: &str, found: &str) -> bool {
    let (expected, found): (Vec<&str>, Vec<&str>) = (
        expected.trim_end().lines().collect(),
        found.trim_end().lines().collect(),
    );
    let found: Vec<&str> = found.into_iter().map(str::trim_end).collect();
    expected.len() == found.len()
        && expected
            .iter()
            .zip(&found)
            .all(|(one, two)| fits(one.trim_end(), two))
}

/// Runs the sessions of a file in a world's folder, one command after the other.
fn session(name: &str, world: &World) {
    let source: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/sessions/{name}.trycmd"));
    let text = fs::read_to_string(&source).unwrap();
    let (mut blessed, mut wrong) = (String::new(), Vec::new());
    for piece in pieces(&text) {
        match piece {
            Piece::Text(text) => blessed.push_str(&text),
            Piece::Step(Step {
                command,
                answer: kept,
            }) => {
                let found = answer(world, &command);
                let same = all_fit(&kept, &found);
                // Lines without trailing blanks, as editors want them.
                let lines: Vec<&str> = found.lines().map(str::trim_end).collect();
                let written = if same { kept } else { lines.join("\n") + "\n" };
                blessed.push_str(&format!("$ {command}\n{written}"));
                if !same {
                    wrong.push(format!("$ {command}\n{found}"));
                }
            }
        }
    }
    if std::env::var_os("SYMBOLON_BLESS").is_some() {
        fs::write(&source, blessed).unwrap();
    } else {
        assert!(
            wrong.is_empty(),
            "not as in {}:\n{}",
            source.display(),
            wrong.join("\n")
        );
    }
}

/// A card with the notes on it.
fn with_notes() -> World {
    let world = World::agreed();
    world
        .run("approval apply store.json --card card.img --package notes.pkg")
        .done();
    world
}

/// Losing this changes help under people's hands unread.
#[test]
fn help_reads_as_it_was_approved() {
    session("help", &World::empty());
}

/// Losing this lets a message say what is not so, or leave out what to do.
#[test]
fn errors_read_as_they_were_approved() {
    session("errors", &with_notes());
}

/// Losing this changes what people see of their cards unread.
#[test]
fn looking_at_a_card_reads_as_it_was_approved() {
    session("looking", &with_notes());
}

/// Losing this makes every session pass, or none.
#[test]
fn lines_are_compared_as_they_stand_but_for_what_may_differ() {
    for (expected, line, same) in [
        ("a", "a", true),
        ("a", "ab", false),
        ("a[..]", "abc", true),
        ("a[..]c", "abc", true),
        ("a[..]c", "abcd", false),
        ("[..]c[..]", "abcd", true),
        ("a[..]", "ba", false),
    ] {
        assert_eq!(fits(expected, line), same, "{expected} {line}");
    }
    assert!(!all_fit("a\nb\n", "a\n"));
}
