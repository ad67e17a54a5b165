//! `symbolon demo`: the whole protocol told step by step on real cards, all modes, and the attacks on it.
//!
//! The parties are real (own keys, own databases, own policy), the cards are simulated ones, in this process or behind
//! a real pcscd. What belongs here: the order of the story and its report. What does not: how anything is done, which
//! is in `scene`, `parties` and `simulator`.

mod attacks;
mod parties_at_work;
mod report;
mod stage;
mod story;
mod table;

use std::io;
use std::process::ExitStatus;

use crate::scene::{Result, SceneError};
pub use report::Report;
use stage::{InProcess, PcscStage, Stage};

/// Tells the demonstration; what people see goes to standard output unless `silent`.
///
/// # Errors
/// When a step that must succeed does not: a defect of this program or of the machine.
pub fn run(silent: bool) -> Result<Report> {
    tell(&mut InProcess::new(), silent)
}

/// The same behind a private pcscd: starts it and itself again as its client, and gives that client's exit status.
///
/// # Errors
/// When pcscd cannot be started: what is missing, and the way to install it.
pub fn run_behind_pcscd(json: bool) -> io::Result<ExitStatus> {
    stage::behind_pcscd(json)
}

/// The client's side of [`run_behind_pcscd`]: `None` if this process is not that client.
///
/// # Errors
/// As [`run`].
pub fn run_as_client(silent: bool) -> Option<Result<Report>> {
    let control = std::env::var_os(stage::CONTROL_VARIABLE)?;
    Some(PcscStage::connect(control.as_ref()).and_then(|mut stage| tell(&mut stage, silent)))
}

fn tell(stage: &mut dyn Stage, silent: bool) -> Result<Report> {
    let mut report = Report::new(silent);
    let folder = Folder::new()?;
    story::tell(stage, &folder.0, &mut report)?;
    report.end();
    Ok(report)
}

/// A folder for the parties' databases, removed with this value.
struct Folder(std::path::PathBuf);

impl Folder {
    fn new() -> Result<Self> {
        let name = format!(
            "symbolon-demo-{}-{}",
            std::process::id(),
            hex::encode(parties::crypto::random::<8>()?)
        );
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir(&path)
            .map_err(|error| SceneError::Coding(format!("{}: {error}", path.display())))?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What cannot be removed is a folder in the machine's temporary place.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
