//! `symbolon sim serve --tcp` as a process of its own: how long until it answers, and how much memory it takes.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use host::transport::{Tcp, Transport};

use super::report::{Better, Report};
use super::scene::{self, Scene};
use super::{Effort, Result, flash, median};

/// Starts that a median is taken of, for each round of other measurements.
const STARTS: usize = 5;
/// READ BINARY and UPDATE BINARY sent before memory is looked at.
const COMMANDS: usize = 500;

/// A serving process that ends with this.
struct Serving {
    child: Child,
    address: String,
}

impl Serving {
    /// Starts it and waits until it says where it listens.
    fn start(symbolon: &Path, image: &Path) -> Result<Self> {
        let mut child = Command::new(symbolon)
            .args(["--json", "sim", "serve", "--tcp", "127.0.0.1:0", "--card"])
            .arg(image)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()?;
        let address = announced(&mut child);
        let mut serving = Self {
            child,
            address: String::new(),
        };
        serving.address = address?;
        Ok(serving)
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The address in the document that `sim serve --json` prints once clients can come.
fn announced(child: &mut Child) -> Result<String> {
    let mut output = BufReader::new(child.stdout.take().ok_or("no output")?);
    let mut document = String::new();
    while output.read_line(&mut document)? > 0 {
        if let Ok(value) = serde_json::from_str::<serde_json::Value>(&document) {
            let address = value.pointer("/result/tcp").and_then(serde_json::Value::as_str);
            return Ok(address.ok_or("no TCP address")?.to_owned());
        }
    }
    Err("the card's process ended before it served".into())
}

/// Start to first answer, and memory.
///
/// # Errors
/// When the process cannot be started or the card refuses.
pub fn measure(effort: Effort, symbolon: &Path, scene: &Scene, report: &mut Report) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let image = folder.path().join("card.img");
    flash::write_image(scene, &image)?;
    let first = scene::select_application()?
        .into_iter()
        .next()
        .ok_or("no command")?;
    let mut starts = Vec::new();
    for _ in 0..effort.rounds * STARTS {
        let start = Instant::now();
        let serving = Serving::start(symbolon, &image)?;
        let mut card = Tcp::connect(&serving.address)?;
        transmit(&mut card, std::slice::from_ref(&first))?;
        starts.push(start.elapsed().as_secs_f64() * 1e3);
    }
    report.goal(
        "sim.start_to_first_apdu.milliseconds",
        median(starts),
        "ms",
        2.0,
        Better::Lower,
    );

    let bytes = fs::read(&image)?;
    let inside = effort.seconds_each(|| {
        let mut card = scene::Card::from_snapshot(bytes.clone(), simulator::Randomness::System);
        scene::done(&mut card, &first).map(drop)
    })?;
    report.plain(
        "sim.start_in_process.microseconds",
        inside * 1e6,
        "us",
        Better::Lower,
    );

    read_afresh(symbolon)?;
    let serving = Serving::start(symbolon, &image)?;
    let mut card = Tcp::connect(&serving.address)?;
    transmit(&mut card, &scene::select_application()?)?;
    transmit(&mut card, &scene::reads(COMMANDS)?)?;
    transmit(&mut card, &scene::select_open_file()?)?;
    transmit(&mut card, &scene::updates(COMMANDS)?)?;
    let peak = memory(serving.child.id(), "VmHWM")?;
    report.goal(
        "process.card.peak_resident_megabytes",
        peak,
        "MB",
        5.0,
        Better::Lower,
    );
    let private = memory(serving.child.id(), "RssAnon")?;
    report.plain("process.card.private_megabytes", private, "MB", Better::Lower);
    Ok(())
}

/// Has the kernel forget what it keeps of a file. It maps as much of a program around each page touched as it happens to keep in one
/// piece, so that a program counted from 6.6 to 10 MB by who had read its file before, and how.
fn read_afresh(program: &Path) -> Result<()> {
    let file = fs::File::open(program)?;
    // Only what is on the disk can be forgotten.
    file.sync_all()?;
    Ok(rustix::fs::fadvise(&file, 0, None, rustix::fs::Advice::DontNeed)?)
}

fn transmit(card: &mut Tcp, commands: &[Vec<u8>]) -> Result<()> {
    let mut exchange = card.begin()?;
    let mut answer = Vec::new();
    for command in commands {
        exchange.transmit(command, &mut answer)?;
        if !answer.ends_with(&[0x90, 0x00]) {
            return Err("the card refused".into());
        }
    }
    Ok(())
}

/// A line of /proc/PID/status, in megabytes.
fn memory(process: u32, what: &str) -> Result<f64> {
    let text = fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = text
        .lines()
        .find(|line| line.starts_with(what))
        .ok_or("no such line")?;
    let kibibytes: u32 = line.split_whitespace().nth(1).ok_or("no number")?.parse()?;
    Ok(f64::from(kibibytes) * 1024.0 / 1e6)
}
