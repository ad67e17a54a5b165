//! The card behind a stock pcscd and vpcd, both private to the run.
//!
//! libpcsclite finds its pcscd by an environment variable, and a process hands its cores down to what it starts. So
//! there are three processes of this program: the run, a session (`taskset` pins it with all it starts, or not), and
//! in it a client.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use host::transport::{Pcsc, Transport};
use serde::{Deserialize, Serialize};

use super::report::{Better, Report};
use super::scene::{self, Scene};
use super::{Effort, Result, flash, median, percentile};
use crate::pcsc::{PrivatePcscd, READER_ADDRESS};

/// First argument that makes this program a session; then follow `symbolon` and a card image.
pub const SESSION: &str = "pcsc-session";
/// First argument that makes this program a client; then follows the reader.
pub const CLIENT: &str = "pcsc-client";
/// How long a card may take to be seen.
const INSERTION: Duration = Duration::from_secs(10);
/// Commands a round of the client sends.
const COMMANDS: usize = 4_000;

/// What a client found.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Found {
    median_microseconds: f64,
    percentile_95_microseconds: f64,
    per_second: f64,
}

/// READ BINARY through pcscd: everything on one core, then on all.
///
/// # Errors
/// When pcscd, taskset or the card cannot be started.
pub fn measure(symbolon: &Path, scene: &Scene, report: &mut Report) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let image = folder.path().join("card.img");
    flash::write_image(scene, &image)?;
    let this = std::env::current_exe()?;
    let session = |command: &mut Command| run(command.arg(SESSION).arg(symbolon).arg(&image));
    let core = last_core()?;
    let pinned = session(Command::new("taskset").args(["--cpu-list", &core]).arg(&this))?;
    report.goal(
        "pcsc.read_binary_200.median_microseconds",
        pinned.median_microseconds,
        "us",
        45.0,
        Better::Lower,
    );
    report.plain(
        "pcsc.read_binary_200.p95_microseconds",
        pinned.percentile_95_microseconds,
        "us",
        Better::Lower,
    );
    report.goal(
        "pcsc.apdus_per_second",
        pinned.per_second,
        "1/s",
        10_000.0,
        Better::Higher,
    );
    let free = session(&mut Command::new(&this))?;
    report.plain(
        "pcsc.unpinned.median_microseconds",
        free.median_microseconds,
        "us",
        Better::Lower,
    );
    report.plain(
        "pcsc.unpinned.apdus_per_second",
        free.per_second,
        "1/s",
        Better::Higher,
    );
    Ok(())
}

/// The last of the cores that this process may use: interrupts prefer the first.
fn last_core() -> Result<String> {
    let text = std::fs::read_to_string("/proc/self/status")?;
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("Cpus_allowed_list:"))
        .ok_or("no list of cores")?;
    Ok(line
        .rsplit([',', '-'])
        .next()
        .unwrap_or_default()
        .trim()
        .to_owned())
}

/// Runs a session or a client and takes what it prints.
fn run(command: &mut Command) -> Result<Found> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::inherit()).output()?;
    if !output.status.success() {
        return Err(format!("{} ended with {}", command.get_program().display(), output.status).into());
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// The program as a session: starts pcscd, the card and a client.
///
/// # Errors
/// When one of them cannot be started.
pub fn session(symbolon: &str, image: &str) -> Result<Found> {
    let mut card = Command::new(symbolon);
    card.args([
        "--quiet",
        "sim",
        "serve",
        "--vpcd",
        READER_ADDRESS,
        "--card",
        image,
    ]);
    let pcscd = PrivatePcscd::start(&card)?;
    run(pcscd
        .command(std::env::current_exe()?)
        .arg(CLIENT)
        .arg(pcscd.reader_name()))
}

/// The program as a client.
///
/// # Errors
/// When the card does not answer as it should.
pub fn client(reader: &str) -> Result<Found> {
    let mut card = Pcsc::connect_within(reader, INSERTION)?;
    let mut exchange = card.begin()?;
    let mut answer = Vec::new();
    for command in scene::select_application()? {
        exchange.transmit(&command, &mut answer)?;
    }
    let commands = scene::reads(COMMANDS)?;
    let (mut times, mut rates) = (Vec::new(), Vec::new());
    for round in 0..=Effort::FULL.rounds {
        let start = Instant::now();
        let mut last = start;
        for command in &commands {
            exchange.transmit(command, &mut answer)?;
            if answer.len() != usize::from(scene::PIECE) + 2 {
                return Err("the card refused".into());
            }
            let now = Instant::now();
            // The first round is for warming up.
            if round > 0 {
                times.push((now - last).as_secs_f64() * 1e6);
            }
            last = now;
        }
        if round > 0 {
            rates.push(f64::from(u32::try_from(COMMANDS)?) / start.elapsed().as_secs_f64());
        }
    }
    Ok(Found {
        median_microseconds: median(times.clone()),
        percentile_95_microseconds: percentile(times, 95),
        per_second: median(rates),
    })
}
