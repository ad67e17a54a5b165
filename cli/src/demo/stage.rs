//! Where the demonstration's card is: in this process, or behind a real pcscd.

use std::ffi::OsStr;
use std::io;
use std::path::Path;
use std::process::{Command, ExitStatus};
use std::time::Duration;

use host::private_pcscd::{PrivatePcscd, READER_ADDRESS};
use host::transport::{Pcsc, Transport};
use simulator::card::SimulatedCard;
use simulator::control::ControlClient;
use simulator::flash::MemoryFlash;
use simulator::randomness::Randomness;

use crate::scene::steps::Chip;
use crate::scene::{Result, SceneError};

/// Names the control socket of the card for the client behind pcscd.
pub(super) const CONTROL_VARIABLE: &str = "SYMBOLON_DEMO_CONTROL";
/// Names the reader for the client behind pcscd.
const READER_VARIABLE: &str = "SYMBOLON_DEMO_READER";
/// How long pcscd may take to see the card.
const INSERTION: Duration = Duration::from_secs(20);

/// A card that can also be copied.
pub(super) trait Stage: Chip {
    /// Where the card is, in words.
    fn place(&self) -> &'static str;

    /// The card's flash image.
    fn image(&mut self) -> Result<Vec<u8>>;
}

/// A copy of the card as it is now, freshly powered up.
pub(super) fn copy(stage: &mut dyn Stage) -> Result<SimulatedCard<MemoryFlash>> {
    Ok(SimulatedCard::from_snapshot(stage.image()?, Randomness::System))
}

/// Everything the card keeps, as text.
pub(super) fn dump(stage: &mut dyn Stage) -> Result<String> {
    copy(stage)?
        .dump()
        .map_err(|error| SceneError::Coding(format!("the card's memory: {error}")))
}

/// A card in this process.
pub(super) struct InProcess(SimulatedCard<MemoryFlash>);

impl InProcess {
    pub(super) fn new() -> Self {
        Self(SimulatedCard::in_memory(Randomness::System))
    }
}

impl Chip for InProcess {
    fn transmit(&mut self, command: &[u8]) -> Vec<u8> {
        self.0.process(command).to_vec()
    }
}

impl Stage for InProcess {
    fn place(&self) -> &'static str {
        "a simulated card in this process"
    }

    fn image(&mut self) -> Result<Vec<u8>> {
        self.0
            .snapshot()
            .ok_or_else(|| SceneError::Coding("the card has no image".into()))
    }
}

/// A card behind pcscd and vpcd; its control socket gives copies of it.
pub(super) struct PcscStage {
    card: Pcsc,
    control: ControlClient,
}

impl PcscStage {
    pub(super) fn connect(control: &OsStr) -> Result<Self> {
        let fail = |error: &dyn std::fmt::Display| SceneError::Coding(error.to_string());
        let card = Pcsc::connect_within(&std::env::var(READER_VARIABLE).unwrap_or_default(), INSERTION)
            .map_err(|error| fail(&error))?;
        let control = ControlClient::connect(Path::new(control)).map_err(|error| fail(&error))?;
        Ok(Self { card, control })
    }
}

impl Chip for PcscStage {
    fn transmit(&mut self, command: &[u8]) -> Vec<u8> {
        let mut answer = Vec::new();
        let sent = self
            .card
            .begin()
            .and_then(|mut exchange| exchange.transmit(command, &mut answer));
        // No answer at all is what a card gives that is gone; the step that asked says so.
        if sent.is_ok() { answer } else { Vec::new() }
    }
}

impl Stage for PcscStage {
    fn place(&self) -> &'static str {
        "a simulated card in a reader of a real pcscd"
    }

    fn image(&mut self) -> Result<Vec<u8>> {
        self.control
            .snapshot()
            .map_err(|error| SceneError::Coding(format!("the card's control socket: {error}")))
    }
}

/// Starts a private pcscd with a new card in its reader, and this program again as its client.
pub(super) fn behind_pcscd(json: bool) -> io::Result<ExitStatus> {
    let folder = super::Folder::new().map_err(io::Error::other)?;
    let (image, control) = (folder.0.join("card.img"), folder.0.join("control"));
    let program = std::env::current_exe()?;
    let made = Command::new(&program)
        .args(["sim", "new", "--quiet"])
        .arg(&image)
        .status()?;
    if !made.success() {
        return Ok(made);
    }
    let mut card = Command::new(&program);
    card.args(["sim", "serve", "--quiet", "--vpcd", READER_ADDRESS, "--card"])
        .arg(&image);
    card.arg("--control").arg(&control);
    let pcscd = PrivatePcscd::start(&card).map_err(io::Error::other)?;
    let mut client = pcscd.command(&program);
    client.args(["demo", "--pcsc"]).env(CONTROL_VARIABLE, &control);
    client.env(READER_VARIABLE, pcscd.reader_name());
    if json {
        client.arg("--json");
    }
    client.status()
}
