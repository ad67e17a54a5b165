//! How long a person waits for `symbolon`: whole runs of the program on a card with a thousand files, through pcscd.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use apdu_spec::command::{Command as CardCommand, SelectReply, SelectTarget};
use simulator::{Randomness, image};
use symbolon::scene::steps;

use super::report::{Better, Report};
use super::scene::{self, Scene};
use super::{Result, median};
use crate::pcsc::{PrivatePcscd, READER_ADDRESS};

/// Files beside those that every card has.
const FILES: u16 = 1_000;
/// The first file's id.
const FIRST: u16 = 0x1000;
/// Back to the MF.
const ROOT: CardCommand<'static> = CardCommand::Select {
    target: SelectTarget::MasterFile,
    reply: SelectReply::Nothing,
    next: false,
};
/// Runs that a median is taken of; odd.
const RUNS: usize = 15;

/// `card info` and `card tree` from start to end.
///
/// # Errors
/// When pcscd or the card cannot be started, or the program fails.
pub fn measure(symbolon: &Path, scene: &Scene, report: &mut Report) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let card = folder.path().join("card.img");
    write_card(scene, &card)?;
    let mut serve = Command::new(symbolon);
    serve
        .args(["--quiet", "sim", "serve", "--vpcd", READER_ADDRESS, "--card"])
        .arg(&card);
    let pcscd = PrivatePcscd::start(&serve)?;
    let run = |words: &[&str]| {
        let mut command = pcscd.command(symbolon);
        command
            .args(words)
            .args(["--json", "--reader", pcscd.reader_name()])
            .stdin(Stdio::null())
            .stderr(Stdio::inherit());
        let start = Instant::now();
        let output = command.output()?;
        let milliseconds = start.elapsed().as_secs_f64() * 1e3;
        if output.status.success() {
            Ok((milliseconds, output.stdout))
        } else {
            Err::<_, Box<dyn std::error::Error>>(format!("symbolon {} failed", words.join(" ")).into())
        }
    };
    let (_, tree) = run(&["card", "tree"])?;
    let tree: serde_json::Value = serde_json::from_slice(&tree)?;
    let found = tree.pointer("/result/root").map_or(0, files);
    if found < usize::from(FILES) {
        return Err(format!("card tree shows {found} files").into());
    }
    for (name, words, goal) in [
        ("tool.card_info.milliseconds", ["card", "info"], 100.0),
        (
            "tool.card_tree_1000_files.milliseconds",
            ["card", "tree"],
            1_000.0,
        ),
    ] {
        let times = (0..RUNS)
            .map(|_| run(&words).map(|(milliseconds, _)| milliseconds))
            .collect::<Result<Vec<_>>>()?;
        report.goal(name, median(times), "ms", goal, Better::Lower);
    }
    Ok(())
}

/// Files in and below a node of `card tree --json`.
fn files(node: &serde_json::Value) -> usize {
    let children = node.get("children").and_then(serde_json::Value::as_array);
    let below: usize = children.into_iter().flatten().map(files).sum();
    below + usize::from(node.get("size").is_some_and(serde_json::Value::is_number))
}

/// A registered card with an application and a thousand files of mixed kinds, in a file.
fn write_card(scene: &Scene, path: &Path) -> Result<()> {
    let mut card = image::create(path, Randomness::System)?;
    let mut chip = |command: &[u8]| card.process(command).to_vec();
    steps::personalise(&mut chip, &scene.parties)?;
    steps::done(&mut chip, "select the MF", &ROOT)?;
    scene::create_mixed(&mut chip, FIRST, FILES)?;
    let registered = steps::register(&mut chip, &scene.parties)?;
    steps::change_pins(&mut chip)?;
    steps::store(
        &mut chip,
        &scene.parties,
        &registered.certificate,
        &scene.ware,
        &scene.storing()?,
    )?;
    Ok(())
}
