//! `make test-mutants`: plants the faults of `tests/mutants` in a copy of this repository, one at a time, and runs the test
//! that each must fail.
//!
//! Words on the command line choose the mutants whose names, suites or tests contain one of them; `--list` says which there
//! are and runs nothing. The exit code is 0 when each was killed, 1 when one was not, 2 when there is nothing to go by: a
//! mutant that fits nowhere, a test that fails without any.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::process::ExitCode;
use std::time::Instant;

use symbolon_tests::mutants::garden::{Fate, Garden};
use symbolon_tests::mutants::{Mutant, Result, Suite, misfits, read};

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match run(words) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("symbolon-mutants: {error}");
            ExitCode::from(2)
        }
    }
}

fn run(mut words: Vec<String>) -> Result<ExitCode> {
    let given = words.len();
    words.retain(|word| word != "--list");
    let only_list = words.len() < given;
    if let Some(option) = words.iter().find(|word| word.starts_with('-')) {
        return Err(format!("{option}: the only option is --list").into());
    }
    let garden = Garden::new()?;
    let all = read(garden.repository())?;
    let misfits = misfits(garden.repository(), &all);
    if !misfits.is_empty() {
        return Err(format!("these mutants fit nowhere:\n{}", misfits.join("\n")).into());
    }
    let chosen = |mutant: &&Mutant| words.is_empty() || words.iter().any(|word| is_meant(mutant, word));
    let mutants: Vec<&Mutant> = all.iter().filter(chosen).collect();
    if mutants.is_empty() {
        return Err("no mutant has such a name".into());
    }
    if only_list {
        let lines = mutants.iter().map(|mutant| line(mutant, &mutants) + "\n");
        print!("{}", lines.collect::<String>());
        return Ok(ExitCode::SUCCESS);
    }
    let _lock = garden.lock()?;
    garden.copy()?;
    check_sound(&garden, &mutants)?;
    let mut fates = Vec::new();
    for mutant in &mutants {
        let start = Instant::now();
        let fate = garden.try_mutant(mutant)?;
        println!(
            "{}  {:6.1} s  {}",
            line(mutant, &mutants),
            start.elapsed().as_secs_f64(),
            fate.text()
        );
        std::io::stdout().flush()?;
        fates.push(fate);
    }
    Ok(close(&fates))
}

/// The closing line, and whether everything was as it must be.
fn close(fates: &[Fate]) -> ExitCode {
    let count = |wanted: Fate| fates.iter().filter(|fate| **fate == wanted).count();
    let unknown = count(Fate::NotCompiled) + count(Fate::NotRun);
    if unknown > 0 {
        println!("{unknown} could not be tried");
    }
    let killed = count(Fate::Killed);
    println!("{killed} killed, {} survived", count(Fate::Survived));
    if killed == fates.len() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn is_meant(mutant: &Mutant, word: &str) -> bool {
    mutant.name.contains(word) || mutant.test.contains(word) || mutant.suite.binary() == word
}

/// Name, suite and test, in columns.
fn line(mutant: &Mutant, among: &[&Mutant]) -> String {
    let width = |text: fn(&Mutant) -> &str| {
        let lengths = among.iter().map(|mutant| text(mutant).chars().count());
        lengths.max().unwrap_or(0)
    };
    let (names, tests) = (width(|mutant| &mutant.name), width(|mutant| &mutant.test));
    let Mutant {
        name, suite, test, ..
    } = mutant;
    format!("{name:names$}  {suite:10}  {test:tests$}")
}

/// Runs the tests of these mutants without any fault.
fn check_sound(garden: &Garden, mutants: &[&Mutant]) -> Result<()> {
    for suite in Suite::ALL {
        let tests: BTreeSet<&str> = mutants
            .iter()
            .filter(|mutant| mutant.suite == suite)
            .map(|mutant| mutant.test.as_str())
            .collect();
        if tests.is_empty() {
            continue;
        }
        let start = Instant::now();
        garden.check_sound(suite, &Vec::from_iter(tests.iter().copied()))?;
        let seconds = start.elapsed().as_secs_f64();
        println!(
            "{suite}: {} tests pass without any fault, {seconds:.1} s",
            tests.len()
        );
    }
    Ok(())
}
