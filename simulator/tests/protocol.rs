//! Random runs of the storing protocol, with honest and dishonest parties, against a plain model of rules 1 to 10.
//!
//! One test binary. What a user would lose: a card that in some order of commands stores what somebody did not agree to, or
//! refuses what everybody did. Seeds of failures are kept by proptest beside this file.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs,
    unreachable_pub,
    reason = "tests may fail loudly"
)]

#[path = "protocol/action.rs"]
mod action;
#[path = "protocol/card.rs"]
mod card;
#[path = "protocol/evidence.rs"]
mod evidence;
#[path = "protocol/game.rs"]
mod game;
#[path = "protocol/package.rs"]
mod package;
#[path = "protocol/plain.rs"]
mod plain;
#[path = "protocol/world.rs"]
mod world;

use std::collections::BTreeMap;
use std::sync::Mutex;

use apdu_spec::certificate::Policy;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use simulator::{Randomness, SimulatedCard};

use action::{Action, action};
use card::Card;
use game::{Game, Outcome, POLICY};
use world::World;

/// Actions of one run, and runs: 100,000 steps together.
const LENGTH: usize = 100;
const RUNS: u32 = 1_000;

#[test]
fn a_hundred_thousand_steps_do_what_the_rules_say() {
    let world = World::new();
    let (mut first, registration) = Card::issued(&world, Policy::from_bits(POLICY).unwrap());
    let image = first.0.snapshot().unwrap();
    let seen: Mutex<BTreeMap<(String, bool), u64>> = Mutex::default();
    let config = Config {
        cases: RUNS,
        failure_persistence: Some(Box::new(
            proptest::test_runner::FileFailurePersistence::WithSource("seeds"),
        )),
        source_file: Some(file!()),
        ..Config::default()
    };
    let runs = prop::collection::vec(action(), LENGTH);
    let outcome = TestRunner::new(config).run(&runs, |actions| {
        let card = Card(SimulatedCard::from_snapshot(image.clone(), Randomness::seeded(3)));
        let mut game = Game::new(&world, card, &registration);
        for action in actions {
            let outcome = game.play(action);
            *seen
                .lock()
                .unwrap()
                .entry((name(action), outcome == Outcome::Done))
                .or_default() += 1;
        }
        Ok(())
    });
    let seen = seen.into_inner().unwrap();
    println!("steps: {}", seen.values().sum::<u64>());
    for ((name, done), count) in &seen {
        println!("{name:30} {} {count}", if *done { "done   " } else { "refused" });
    }
    if let Err(error) = outcome {
        panic!("{error}");
    }
    // A run in which nothing ever succeeds would show nothing.
    for action in [
        "Open",
        "Authorize",
        "Load",
        "Remove",
        "Lower",
        "Drop",
        "Register",
        "Authenticate",
        "List",
    ] {
        for done in [true, false] {
            assert!(
                seen.keys().any(|(name, was)| name == action && *was == done),
                "{action} {done} never came"
            );
        }
    }
}

fn name(action: Action) -> String {
    let text = format!("{action:?}");
    text.split([' ', '(', '{']).next().unwrap_or_default().to_owned()
}
