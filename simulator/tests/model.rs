//! A million random commands, resets and power cuts against a model of the file system with its EFs of bytes and of records, its access
//! rules, PINs and keys made of plain maps (`plain.rs`). Where card and model differ, the script is shrunk and written to `model/scripts`, whose scripts
//! are all played again by every run.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    dead_code,
    missing_docs,
    unreachable_pub,
    reason = "helpers of tests, shared with other suites that need more of them"
)]

#[path = "model/audit.rs"]
mod audit;
#[path = "model/issued.rs"]
mod issued;
#[path = "protocol/package.rs"]
mod package;
#[path = "trust/parties.rs"]
mod parties;
#[path = "model/plain.rs"]
mod plain;
#[path = "model/play.rs"]
mod play;
#[path = "model/random.rs"]
mod random;
#[path = "rules/scene.rs"]
mod scene;
#[path = "model/script.rs"]
mod script;
#[path = "model/tally.rs"]
mod tally;
#[path = "trust/world.rs"]
mod world;

use std::io::Write;
use std::path::{Path, PathBuf};

use play::{Difference, play};
use random::Random;
use script::Script;
use tally::Tally;

/// Commands of all runs together.
const COMMANDS: usize = 1_000_000;
/// Steps of one run, which starts from the prepared card.
const STEPS: usize = 5_000;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/model/scripts")
}

/// Losing this hands a file to somebody its rules do not allow, loses what was written, or counts tries wrongly: anything that the
/// card does otherwise than its plain description says.
#[test]
fn the_card_does_what_the_model_says() {
    let halves = [0, 1].map(|half| {
        std::thread::spawn(move || {
            let mut commands = 0;
            let mut told = Tally::default();
            for number in 0.. {
                if commands >= COMMANDS / 2 {
                    break;
                }
                let mut random = Random::new(2 * number + half);
                let script = random.script(STEPS);
                match play(&script) {
                    Ok(tally) => {
                        commands += tally.commands;
                        told.add(&tally);
                    }
                    Err(difference) => return Err((script, difference)),
                }
            }
            Ok(told)
        })
    });
    let mut told = Tally::default();
    for half in halves {
        match half.join().unwrap() {
            Ok(tally) => told.add(&tally),
            Err((script, difference)) => give_up(script, difference),
        }
    }
    // Not by println!, which a test that passes does not show.
    let _ = writeln!(std::io::stderr(), "{told}");
    told.assert_that_everything_happened();
}

/// Shrinks and keeps a script that card and model differ on.
fn give_up(script: Script, difference: Difference) {
    let shrunk = script.shrink(&difference, |script| play(script).err());
    let last = play(&shrunk).expect_err("still different");
    let path = folder().join(format!("found-{:08x}.txt", shrunk.digest()));
    std::fs::write(&path, format!("# {last}\n{shrunk}")).unwrap();
    panic!("{last}\n{shrunk}\nkept as {}", path.display());
}

/// Losing this lets an error come back that was found once.
#[test]
fn kept_scripts_are_played_again() {
    let mut played = 0;
    for entry in std::fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        let script: Script = std::fs::read_to_string(&path).unwrap().parse().unwrap();
        assert_eq!(script.to_string().parse::<Script>().unwrap(), script);
        if let Err(difference) = play(&script) {
            panic!("{}: {difference}", path.display());
        }
        played += 1;
    }
    assert!(played > 0);
}

/// Losing this makes a difference that a long run finds one that nobody can read.
#[test]
fn a_difference_shrinks_to_what_makes_it() {
    let mut random = Random::new(99);
    let mut script = random.script(400);
    // A command that no card and no model answers alike: one that the model is told another answer to.
    let sought = script.steps[300].clone();
    let differs = |script: &Script| {
        script
            .steps
            .iter()
            .position(|step| *step == sought)
            .map(|at| Difference::at(at, "planted"))
    };
    let first = differs(&script).unwrap();
    script = script.shrink(&first, differs);
    assert_eq!(script.steps, [sought]);
}
