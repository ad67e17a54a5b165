//! What a number depends on: commit, compiler, machine, command.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde::Serialize;

/// Where and with what a run was made.
#[derive(Clone, Debug, Serialize)]
pub struct Environment {
    /// Commit, with "+changes" if files differ from it.
    pub commit: String,
    /// `rustc --version`.
    pub compiler: String,
    /// Optimised or not.
    pub build: &'static str,
    /// Model name of the processor.
    pub processor: String,
    /// Cores that this process may use.
    pub cores: usize,
    /// Runnable processes over the last minute when the run began: far more than one disturbs it.
    pub load: String,
    /// Kernel release.
    pub kernel: String,
    /// The command line.
    pub command: String,
}

impl Environment {
    /// Looks around; what cannot be found out is "unknown".
    #[must_use]
    pub fn look(source: &Path) -> Self {
        let git = |arguments: &[&str]| run(Command::new("git").current_dir(source).args(arguments));
        let commit = git(&["rev-parse", "--short=12", "HEAD"]);
        let changed =
            git(&["status", "--porcelain", "--untracked-files=no"]).is_some_and(|text| !text.is_empty());
        let commit = commit.map(|commit| if changed { commit + "+changes" } else { commit });
        Self {
            commit: known(commit),
            compiler: known(run(Command::new("rustc").current_dir(source).arg("--version"))),
            build: if cfg!(debug_assertions) {
                "unoptimised: these numbers mean nothing"
            } else {
                "release"
            },
            processor: known(processor()),
            cores: std::thread::available_parallelism().map_or(1, Into::into),
            load: known(first_words("/proc/loadavg", 1)),
            kernel: known(first_words("/proc/sys/kernel/osrelease", 1)),
            command: std::env::args().collect::<Vec<_>>().join(" "),
        }
    }

    /// Lines for the head of the table.
    #[must_use]
    pub fn lines(&self) -> String {
        let Self {
            commit,
            compiler,
            build,
            processor,
            cores,
            load,
            kernel,
            command,
        } = self;
        format!(
            "commit     {commit}\ncompiler   {compiler}, {build}\n\
             processor  {processor}, {cores} cores, load {load}, Linux {kernel}\ncommand    {command}\n"
        )
    }
}

fn known(found: Option<String>) -> String {
    found.unwrap_or_else(|| "unknown".to_owned())
}

fn run(command: &mut Command) -> Option<String> {
    let output = command.output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn processor() -> Option<String> {
    let text = fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("model name"))?;
    line.split_once(':').map(|(_, name)| name.trim().to_owned())
}

fn first_words(path: &str, count: usize) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    Some(text.split_whitespace().take(count).collect::<Vec<_>>().join(" "))
}
