//! The programs that tests start: `symbolon`, which was built beside them, and Python.

use std::path::{Path, PathBuf};
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

/// The Python that has the packages of `tests/setup/requirements.txt`; `make test` makes it (`tests/setup/python`).
///
/// # Panics
/// When it is not there.
#[must_use]
pub fn python() -> PathBuf {
    let python = in_repository("target/venv/bin/python");
    assert!(
        python.exists(),
        "{} is missing: run make test, which makes it (tests/setup/python)",
        python.display()
    );
    python
}

/// A path that the repository has, whatever the current folder is.
#[must_use]
pub fn in_repository(path: &str) -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().unwrap_or(tests).join(path)
}
