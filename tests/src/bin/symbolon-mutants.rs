//! `make test-mutants`: plants the faults of `tests/mutants.toml` in a copy of this repository, one at a time, and runs
//! the test that each must fail.
//!
//! Words on the command line choose the mutants whose names contain one of them. The exit code is 0 when each was killed,
//! 1 when one survived or could not be planted, 2 when the tests fail without any.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Output};

use serde::Deserialize;

/// Where the list is, in the repository.
const LIST: &str = "tests/mutants.toml";

type Error = Box<dyn std::error::Error>;
type Result<T> = std::result::Result<T, Error>;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    mutant: Vec<Mutant>,
}

/// One fault.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Mutant {
    name: String,
    /// The file it is planted in.
    file: String,
    /// What stands there exactly once.
    find: String,
    /// What stands there instead.
    replace: String,
    /// The test that fails for it.
    test: String,
}

/// What became of a mutant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Killed,
    Survived,
    /// What is to be replaced is not there exactly once.
    NotPlanted,
    NotCompiled,
}

impl Fate {
    const fn text(self) -> &'static str {
        match self {
            Self::Killed => "killed",
            Self::Survived => "SURVIVED",
            Self::NotPlanted => "NOT PLANTED",
            Self::NotCompiled => "NOT COMPILED",
        }
    }
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match run(&words) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("symbolon-mutants: {error}");
            ExitCode::from(2)
        }
    }
}

fn run(words: &[String]) -> Result<ExitCode> {
    let garden = Garden::new()?;
    let list: List = toml::from_str(&std::fs::read_to_string(garden.root.join(LIST))?)?;
    let chosen = |mutant: &&Mutant| words.is_empty() || words.iter().any(|word| mutant.name.contains(word));
    let mutants: Vec<&Mutant> = list.mutant.iter().filter(chosen).collect();
    if mutants.is_empty() {
        return Err("no mutant has such a name".into());
    }
    eprintln!("without any fault");
    garden.check_sound(&mutants)?;
    let mut fates = Vec::new();
    for mutant in &mutants {
        eprintln!("{}", mutant.name);
        fates.push(garden.try_mutant(mutant)?);
    }
    print!("{}", table(&mutants, &fates));
    let count = |wanted: Fate| fates.iter().filter(|fate| **fate == wanted).count();
    let (killed, survived) = (count(Fate::Killed), count(Fate::Survived));
    println!("{killed} killed, {survived} survived");
    Ok(if killed == fates.len() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn table(mutants: &[&Mutant], fates: &[Fate]) -> String {
    let mut text = String::new();
    let width = mutants
        .iter()
        .map(|mutant| mutant.name.chars().count())
        .max()
        .unwrap_or(0);
    for (mutant, fate) in mutants.iter().zip(fates) {
        // Writing to a string does not fail.
        let _ = writeln!(
            text,
            "{:width$}  {:12}  {}",
            mutant.name,
            fate.text(),
            mutant.test
        );
    }
    text
}

/// A copy of the repository in which faults are planted.
struct Garden {
    /// The repository.
    root: PathBuf,
    /// The copy.
    tree: PathBuf,
    /// Where both are built: the packages that both depend on are built once.
    target: PathBuf,
}

impl Garden {
    /// Copies what git knows of the repository, as it is in the working tree.
    fn new() -> Result<Self> {
        let root = output(Command::new("git").args(["rev-parse", "--show-toplevel"]))?;
        let root = PathBuf::from(root.trim_end());
        let target = match std::env::var_os("CARGO_TARGET_DIR") {
            Some(target) => std::path::absolute(target)?,
            None => root.join("target"),
        };
        let tree = target.join("mutants").join("tree");
        let files = output(Command::new("git").args(["ls-files", "-z"]).current_dir(&root))?;
        let files: Vec<&str> = files.split_terminator('\0').collect();
        remove_others(&tree, &tree, &files)?;
        for file in files {
            copy(&root.join(file), &tree.join(file)).map_err(|error| format!("{file}: {error}"))?;
        }
        Ok(Self { root, tree, target })
    }

    /// Cargo with the end-to-end tests: building them, or running one.
    fn cargo(&self, test: Option<&str>) -> Command {
        let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command
            .current_dir(&self.tree)
            .env("CARGO_TARGET_DIR", &self.target)
            .env("CARGO_TERM_COLOR", "never")
            .args([
                "test",
                "--locked",
                "--package",
                "symbolon-tests",
                "--test",
                "end_to_end",
            ]);
        match test {
            None => command.arg("--no-run"),
            Some(test) => command.args(["--", "--exact", test]),
        };
        command
    }

    /// Runs one test, which must be there: whether it passes.
    fn passes(&self, test: &str) -> Result<bool> {
        let output = self.cargo(Some(test)).output()?;
        let said = String::from_utf8_lossy(&output.stdout);
        let ran = |result: &str| said.contains(&format!("test {test} ... {result}"));
        match (output.status.success(), ran("ok"), ran("FAILED")) {
            (true, true, false) => Ok(true),
            (false, false, true) => Ok(false),
            _ => Err(format!("{test} cannot be run\n{}", both(&output)).into()),
        }
    }

    /// Fails unless the tests of these mutants pass without any.
    fn check_sound(&self, mutants: &[&Mutant]) -> Result<()> {
        let output = self.cargo(None).output()?;
        if !output.status.success() {
            return Err(format!("the tests do not compile\n{}", both(&output)).into());
        }
        let mut tests: Vec<&str> = mutants.iter().map(|mutant| mutant.test.as_str()).collect();
        tests.sort_unstable();
        tests.dedup();
        for test in tests {
            if !self.passes(test)? {
                return Err(format!("{test} fails without any fault").into());
            }
        }
        Ok(())
    }

    /// Plants a fault, runs its test, and takes the fault out again.
    fn try_mutant(&self, mutant: &Mutant) -> Result<Fate> {
        let file = self.tree.join(&mutant.file);
        let sound = std::fs::read_to_string(&file).map_err(|error| format!("{}: {error}", mutant.file))?;
        if sound.matches(&mutant.find).count() != 1 {
            return Ok(Fate::NotPlanted);
        }
        std::fs::write(&file, sound.replacen(&mutant.find, &mutant.replace, 1))?;
        let fate = self.fate(mutant);
        std::fs::write(&file, sound)?;
        fate
    }

    fn fate(&self, mutant: &Mutant) -> Result<Fate> {
        let built = self.cargo(None).output()?;
        if !built.status.success() {
            eprintln!("{}", both(&built));
            return Ok(Fate::NotCompiled);
        }
        Ok(if self.passes(&mutant.test)? {
            Fate::Survived
        } else {
            Fate::Killed
        })
    }
}

/// Copies a file unless the copy is the same, so that nothing is built again for nothing.
fn copy(from: &Path, to: &Path) -> Result<()> {
    let content = match std::fs::read(from) {
        // Deleted, and git was not told yet.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return match std::fs::remove_file(to) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
                _ => Ok(()),
            };
        }
        content => content?,
    };
    if std::fs::read(to).is_ok_and(|present| present == content) {
        return Ok(());
    }
    if let Some(folder) = to.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(to, content)?;
    // Scripts stay scripts.
    std::fs::set_permissions(to, std::fs::metadata(from)?.permissions())?;
    Ok(())
}

/// Removes the files of an earlier copy that are not in the list.
fn remove_others(tree: &Path, folder: &Path, files: &[&str]) -> Result<()> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Ok(());
    };
    for entry in entries {
        let entry = entry?;
        let path = entry.path();
        if entry.file_type()?.is_dir() {
            remove_others(tree, &path, files)?;
        } else if !files
            .iter()
            .any(|file| Path::new(file) == path.strip_prefix(tree).unwrap_or(&path))
        {
            std::fs::remove_file(path)?;
        }
    }
    Ok(())
}

fn output(command: &mut Command) -> Result<String> {
    let output = command.output()?;
    if !output.status.success() {
        return Err(both(&output).into());
    }
    Ok(String::from_utf8(output.stdout)?)
}

fn both(output: &Output) -> String {
    let (said, complained) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    format!("{said}{complained}")
}
