//! A copy of the repository in which faults are planted, so that the working tree stays as it is.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use super::{Mutant, Result, Suite};

/// What became of a mutant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Its test ran and failed.
    Killed,
    /// Its test passed.
    Survived,
    /// The card with this fault cannot be built: that shows nothing.
    NotCompiled,
    /// The test neither passed nor failed: it did not run, or its process died.
    NotRun,
}

impl Fate {
    /// As the table says it.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Killed => "killed",
            Self::Survived => "SURVIVED",
            Self::NotCompiled => "NOT COMPILED",
            Self::NotRun => "NOT RUN",
        }
    }
}

/// A copy of the repository.
#[derive(Debug)]
pub struct Garden {
    /// The repository.
    root: PathBuf,
    /// Where everything of a run lies.
    folder: PathBuf,
    /// The copy.
    tree: PathBuf,
    /// Where it is built. Cargo takes two copies of a package for one and the same in one target folder: what is built
    /// elsewhere would then have faults in it, or what is tried here none.
    target: PathBuf,
}

/// What a test says when it ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Passed,
    Failed,
}

impl Garden {
    /// Finds the repository; copies nothing yet.
    ///
    /// # Errors
    /// Outside a repository.
    pub fn new() -> Result<Self> {
        let root = output(Command::new("git").args(["rev-parse", "--show-toplevel"]))?;
        let root = PathBuf::from(root.trim_end());
        let target = match std::env::var_os("CARGO_TARGET_DIR") {
            Some(target) => std::path::absolute(target)?,
            None => root.join("target"),
        };
        let folder = target.join("mutants");
        Ok(Self {
            tree: folder.join("tree"),
            target: folder.join("target"),
            root,
            folder,
        })
    }

    /// The repository.
    #[must_use]
    pub fn repository(&self) -> &Path {
        &self.root
    }

    /// Keeps others out as long as what is given lives: two would dig in one garden.
    ///
    /// # Errors
    /// Somebody is in it.
    pub fn lock(&self) -> Result<File> {
        std::fs::create_dir_all(&self.folder)?;
        let lock = File::create(self.folder.join("lock"))?;
        lock.try_lock()
            .map_err(|_| "another run is under way in this target folder")?;
        Ok(lock)
    }

    /// Copies what is in the repository or is going to be, as it is in the working tree.
    ///
    /// # Errors
    /// A file that cannot be copied.
    pub fn copy(&self) -> Result<()> {
        let files = output(
            Command::new("git")
                .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
                .current_dir(&self.root),
        )?;
        let files: Vec<&str> = files.split_terminator('\0').collect();
        remove_others(&self.tree, &self.tree, &files)?;
        for file in files {
            copy(&self.root.join(file), &self.tree.join(file)).map_err(|error| format!("{file}: {error}"))?;
        }
        Ok(())
    }

    /// Cargo with the tests of a suite: building them, or running some.
    fn cargo(&self, suite: Suite, tests: Option<&[&str]>) -> Command {
        let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command
            .current_dir(&self.tree)
            .env("CARGO_TARGET_DIR", &self.target)
            .env("CARGO_TERM_COLOR", "never")
            // Linked again for each mutant, and nobody debugs it.
            .env("CARGO_PROFILE_DEV_DEBUG", "none")
            // Of the whole workspace, so that what is below is built once for all suites.
            .args(["test", "--locked", "--workspace", "--test", suite.binary()]);
        match tests {
            None => command.arg("--no-run"),
            Some(tests) => command.args(["--", "--exact"]).args(tests),
        };
        command
    }

    /// Fails unless these tests of a suite are there and pass without any fault.
    ///
    /// # Errors
    /// Names the first that does not.
    pub fn check_sound(&self, suite: Suite, tests: &[&str]) -> Result<()> {
        let output = self.cargo(suite, Some(tests)).output()?;
        let unsound = |test: &&&str| verdict(&output, test) != Some(Verdict::Passed);
        match tests.iter().find(unsound) {
            Some(test) => Err(format!(
                "{suite} {test} does not pass without any fault\n{}",
                both(&output)
            )
            .into()),
            None => Ok(()),
        }
    }

    /// Plants a fault, runs its test, and takes the fault out again.
    ///
    /// # Errors
    /// What keeps a file from being read or written; cargo that cannot be started.
    pub fn try_mutant(&self, mutant: &Mutant) -> Result<Fate> {
        let file = self.tree.join(&mutant.file);
        let sound = std::fs::read_to_string(&file).map_err(|error| format!("{}: {error}", mutant.file))?;
        std::fs::write(&file, sound.replacen(&mutant.find, &mutant.replace, 1))?;
        let fate = self.fate(mutant);
        std::fs::write(&file, sound)?;
        fate
    }

    fn fate(&self, mutant: &Mutant) -> Result<Fate> {
        let built = self.cargo(mutant.suite, None).output()?;
        if !built.status.success() {
            eprintln!("{}", both(&built));
            return Ok(Fate::NotCompiled);
        }
        let ran = self.cargo(mutant.suite, Some(&[mutant.test.as_str()])).output()?;
        Ok(match verdict(&ran, &mutant.test) {
            Some(Verdict::Failed) if !ran.status.success() => Fate::Killed,
            Some(Verdict::Passed) if ran.status.success() => Fate::Survived,
            _ => {
                eprintln!("{}", both(&ran));
                Fate::NotRun
            }
        })
    }
}

/// What the output of a test run says of one test.
fn verdict(output: &Output, test: &str) -> Option<Verdict> {
    let said = String::from_utf8_lossy(&output.stdout);
    let line = format!("test {test} ... ");
    let result = said.lines().find_map(|said| said.strip_prefix(&line))?;
    match result.trim_end() {
        "ok" => Some(Verdict::Passed),
        "FAILED" => Some(Verdict::Failed),
        _ => None,
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
