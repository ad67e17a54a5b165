//! Faults planted in the card, and the tests that must fail for them.
//!
//! Here belongs what a fault is and where they are listed; [`garden`] plants them. Which rule a fault breaks, its file in
//! `tests/mutants` says.

pub mod garden;

use std::fmt;
use std::path::Path;

use serde::Deserialize;

/// Where the lists are, in the repository.
pub const LISTS: &str = "tests/mutants";

/// Whatever goes wrong: it ends the run.
pub type Error = Box<dyn std::error::Error>;
/// See [`Error`].
pub type Result<T> = std::result::Result<T, Error>;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    mutant: Vec<Mutant>,
}

/// One fault.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mutant {
    /// What the card does wrong.
    pub name: String,
    /// The file it is planted in.
    pub file: String,
    /// What stands there exactly once.
    pub find: String,
    /// What stands there instead.
    pub replace: String,
    /// Where the test is.
    pub suite: Suite,
    /// The test that fails for it.
    pub test: String,
}

/// A test binary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Suite {
    /// The store alone.
    Store,
    /// The file system: channels, life cycles, files made and deleted in an application.
    Files,
    /// Whom a card believes.
    Trust,
    /// Each rule of the storing protocol, attacked on its own.
    Rules,
    /// Random runs of the storing protocol, every command by everybody, MACs.
    Protocol,
    /// Cards with the real parties and the command line's scene.
    EndToEnd,
}

impl Suite {
    /// All of them, the quickest to build first.
    pub const ALL: [Self; 6] = [
        Self::Store,
        Self::Files,
        Self::Trust,
        Self::Rules,
        Self::Protocol,
        Self::EndToEnd,
    ];

    /// The binary's name, which is that of its source in `tests`.
    #[must_use]
    pub const fn binary(self) -> &'static str {
        match self {
            Self::Store => "store",
            Self::Files => "files",
            Self::Trust => "trust",
            Self::Rules => "rules",
            Self::Protocol => "protocol",
            Self::EndToEnd => "end_to_end",
        }
    }
}

impl fmt::Display for Suite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.binary())
    }
}

/// All mutants of a repository, suite by suite.
///
/// # Errors
/// A list that cannot be read, and two mutants of one name.
pub fn read(repository: &Path) -> Result<Vec<Mutant>> {
    let folder = repository.join(LISTS);
    let mut mutants = Vec::new();
    for entry in std::fs::read_dir(&folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            let said = |error: &dyn fmt::Display| format!("{}: {error}", path.display());
            let text = std::fs::read_to_string(&path).map_err(|error| said(&error))?;
            let list: List = toml::from_str(&text).map_err(|error| said(&error))?;
            mutants.extend(list.mutant);
        }
    }
    mutants.sort_by(|a, b| (a.suite, &a.file, &a.name).cmp(&(b.suite, &b.file, &b.name)));
    let mut names: Vec<&str> = mutants.iter().map(|mutant| mutant.name.as_str()).collect();
    names.sort_unstable();
    match names.array_windows().find(|[one, other]| one == other) {
        Some([name, _]) => Err(format!("two mutants are called \"{name}\"").into()),
        None => Ok(mutants),
    }
}

/// The mutants that cannot be planted in a repository, and why.
#[must_use]
pub fn misfits(repository: &Path, mutants: &[Mutant]) -> Vec<String> {
    let why = |mutant: &Mutant| match std::fs::read_to_string(repository.join(&mutant.file)) {
        Err(error) => Some(error.to_string()),
        Ok(text) => match text.matches(&mutant.find).count() {
            1 if mutant.find == mutant.replace => Some("nothing would change".into()),
            1 => None,
            count => Some(format!("what is to be replaced stands there {count} times")),
        },
    };
    let named = |mutant: &Mutant| why(mutant).map(|why| format!("{} ({}): {why}", mutant.name, mutant.file));
    mutants.iter().filter_map(named).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Losing this plants faults where they are none, or nowhere.
    #[test]
    fn a_mutant_fits_where_its_text_stands_once() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("card.rs"), "one two two").unwrap();
        let mutant = |file: &str, find: &str, replace: &str| Mutant {
            name: find.into(),
            file: file.into(),
            find: find.into(),
            replace: replace.into(),
            suite: Suite::Store,
            test: String::new(),
        };
        let fits = |mutant| misfits(folder.path(), &[mutant]).is_empty();
        assert!(fits(mutant("card.rs", "one", "")));
        assert!(!fits(mutant("card.rs", "one", "one")));
        assert!(!fits(mutant("card.rs", "two", "")));
        assert!(!fits(mutant("card.rs", "three", "")));
        assert!(!fits(mutant("other.rs", "one", "")));
    }

    /// Whoever changes the card moves its mutants along: a fault that is planted nowhere kills nothing and nobody notices.
    #[test]
    fn every_mutant_fits_the_card_as_it_is() {
        let repository = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
        let mutants = read(repository).unwrap();
        assert!(mutants.len() >= 200, "{} mutants", mutants.len());
        assert_eq!(misfits(repository, &mutants), [""; 0]);
    }
}
