//! Where the demonstration's card is: in this process, or behind a real pcscd.

use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::thread;
use std::time::{Duration, Instant};

use host::private_pcscd::{PrivatePcscd, READER_ADDRESS};
use host::transport::{Pcsc, Transport};
use simulator::card::SimulatedCard;
use simulator::control::ControlClient;
use simulator::flash::MemoryFlash;
use simulator::randomness::Randomness;

use crate::scene::steps::Chip;
use crate::scene::{Result, SceneError};

/// Names the folder with the control sockets of the cards for the client behind pcscd.
pub(super) const CONTROL_VARIABLE: &str = "SYMBOLON_DEMO_CONTROL";
/// Names the reader for the client behind pcscd.
const READER_VARIABLE: &str = "SYMBOLON_DEMO_READER";
/// How long pcscd may take to see the card.
const INSERTION: Duration = Duration::from_secs(20);
/// How long a reader stays empty between two cards.
const REMOVAL: Duration = Duration::from_millis(1500);
/// How often a control socket is looked for.
const POLL: Duration = Duration::from_millis(20);

/// A card that can also be copied.
pub(super) trait Stage: Chip {
    /// Where the card is, in words.
    fn place(&self) -> &'static str;

    /// The card's flash image.
    fn image(&mut self) -> Result<Vec<u8>>;

    /// Resets the card: whatever was verified in this session is forgotten.
    fn reset(&mut self) -> Result<()>;

    /// Takes the card away and puts a new one in its place.
    fn next(&mut self) -> Result<()>;
}

/// How many cards a demonstration needs.
const CARDS: usize = 3;

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

    /// A copy of another card.
    pub(super) fn copy_of(image: Vec<u8>) -> Self {
        Self(SimulatedCard::from_snapshot(image, Randomness::System))
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

    fn reset(&mut self) -> Result<()> {
        self.0.power_off();
        self.0.power_on();
        Ok(())
    }

    fn next(&mut self) -> Result<()> {
        *self = Self::new();
        Ok(())
    }
}

/// A card behind pcscd and vpcd; its control socket gives copies of it.
pub(super) struct PcscStage {
    /// Nothing while one card is exchanged for the next.
    card: Option<Pcsc>,
    control: ControlClient,
    /// Where the cards' control sockets are, and which of them is this card's.
    folder: PathBuf,
    number: usize,
}

impl PcscStage {
    pub(super) fn connect(folder: &OsStr) -> Result<Self> {
        let folder = PathBuf::from(folder);
        let (card, control) = open(&folder, 0)?;
        Ok(Self {
            card: Some(card),
            control,
            folder,
            number: 0,
        })
    }
}

/// Waits for a card to be served and to show up in the reader.
fn open(folder: &Path, number: usize) -> Result<(Pcsc, ControlClient)> {
    let deadline = Instant::now() + INSERTION;
    let control = loop {
        match ControlClient::connect(control_path(folder, number)) {
            Ok(control) => break control,
            Err(error) if Instant::now() > deadline => {
                return Err(SceneError::Coding(format!("no card is served: {error}")));
            }
            Err(_) => thread::sleep(POLL),
        }
    };
    let card =
        Pcsc::connect_within(&reader(), INSERTION).map_err(|error| SceneError::Coding(error.to_string()))?;
    Ok((card, control))
}

fn reader() -> String {
    std::env::var(READER_VARIABLE).unwrap_or_default()
}

fn control_path(folder: &Path, number: usize) -> PathBuf {
    folder.join(format!("control-{number}"))
}

impl Chip for PcscStage {
    fn transmit(&mut self, command: &[u8]) -> Vec<u8> {
        let mut answer = Vec::new();
        let sent = self.card.as_mut().is_some_and(|card| {
            card.begin()
                .and_then(|mut exchange| exchange.transmit(command, &mut answer))
                .is_ok()
        });
        // No answer at all is what a card gives that is gone; the step that asked says so.
        if sent { answer } else { Vec::new() }
    }
}

impl Stage for PcscStage {
    fn place(&self) -> &'static str {
        "a simulated card in a reader of a real pcscd"
    }

    fn image(&mut self) -> Result<Vec<u8>> {
        self.control.snapshot().map_err(|error| control_failed(&error))
    }

    fn reset(&mut self) -> Result<()> {
        self.control.reset().map_err(|error| control_failed(&error))
    }

    fn next(&mut self) -> Result<()> {
        self.card = None;
        self.control.power_off().map_err(|error| control_failed(&error))?;
        // The next card must not come before pcscd, which looks every 0.4 s, has seen that this one is gone. Looking
        // into the reader ourselves would not do: a card that goes while somebody connects leaves the reader confused.
        thread::sleep(REMOVAL);
        self.control.stop().map_err(|error| control_failed(&error))?;
        self.number += 1;
        let (card, control) = open(&self.folder, self.number)?;
        (self.card, self.control) = (Some(card), control);
        Ok(())
    }
}

fn control_failed(error: &io::Error) -> SceneError {
    SceneError::Coding(format!("the card's control socket: {error}"))
}

/// Starts a private pcscd with a new card in its reader, the others ready to follow, and this program again as its
/// client.
pub(super) fn behind_pcscd(json: bool) -> io::Result<ExitStatus> {
    let folder = super::Folder::new().map_err(io::Error::other)?;
    let program = std::env::current_exe()?;
    for number in 0..CARDS {
        let made = Command::new(&program)
            .args(["sim", "new", "--quiet"])
            .arg(image_path(&folder.0, number))
            .status()?;
        if !made.success() {
            return Ok(made);
        }
    }
    let pcscd = PrivatePcscd::start(&one_after_the_other(&program, &folder.0)).map_err(io::Error::other)?;
    let mut client = pcscd.command(&program);
    client.args(["demo", "--pcsc"]).env(CONTROL_VARIABLE, &folder.0);
    client.env(READER_VARIABLE, pcscd.reader_name());
    if json {
        client.arg("--json");
    }
    client.status()
}

fn image_path(folder: &Path, number: usize) -> PathBuf {
    folder.join(format!("card-{number}.img"))
}

/// Serves the cards to the one reader, each when the one before was stopped.
fn one_after_the_other(program: &Path, folder: &Path) -> Command {
    let mut cards = Command::new("sh");
    let serve = "program=$1 address=$2; shift 2; while [ $# -gt 0 ]; do \
        \"$program\" sim serve --quiet --vpcd \"$address\" --card \"$1\" --control \"$2\"; shift 2; done";
    cards
        .args(["-c", serve, "cards"])
        .arg(program)
        .arg(READER_ADDRESS);
    for number in 0..CARDS {
        cards
            .arg(image_path(folder, number))
            .arg(control_path(folder, number));
    }
    cards
}
