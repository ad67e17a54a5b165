//! The `symbolon` program that was built beside these tests.

use std::path::PathBuf;
use std::process::Command;

/// The path of the `symbolon` program; `make test` builds the workspace before it runs the tests, so it is there.
#[must_use]
pub fn path() -> PathBuf {
    // Tests lie in `deps`, programs in the folder above it. Where none is found, running it says so by this name.
    let program = PathBuf::from("symbolon");
    let test = std::env::current_exe().unwrap_or_default();
    test.ancestors()
        .nth(2)
        .map_or(program.clone(), |folder| folder.join(program))
}

/// The `symbolon` program, to be run.
#[must_use]
pub fn symbolon() -> Command {
    Command::new(path())
}
