//! The `symbolon` program that was built beside these tests.

use std::path::PathBuf;
use std::process::Command;

/// The path of the `symbolon` program.
///
/// # Panics
/// When it was not built: `make test` builds the workspace before it runs the tests.
#[must_use]
pub fn path() -> PathBuf {
    let test = std::env::current_exe().expect("a test is a program");
    // Tests lie in `deps`, programs in the folder above it.
    let folder = test.ancestors().nth(2).expect("a test lies in the target folder");
    let program = folder.join("symbolon");
    assert!(program.exists(), "{} is missing: run make test, or cargo build --workspace first", program.display());
    program
}

/// The `symbolon` program, to be run.
#[must_use]
pub fn symbolon() -> Command {
    Command::new(path())
}
