//! `approval apply` is killed wherever it happens to be; the same command then completes what was begun.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::support::{NOTES, World};

const APPLY: &str = "approval apply store.json --card card.img --package notes.pkg";
const KILLS: u64 = 50;

/// A different number for each seed, the same in each run.
const fn scatter(seed: u64) -> u64 {
    let mixed = (seed ^ (seed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB) >> 33
}

/// Losing this leaves somebody whose machine failed with half an application, or without proof of a whole one.
#[test]
fn killed_at_fifty_instants_the_same_command_completes() {
    let prepared = World::agreed();
    let files = ["card.img", "store.json"].map(|name| (name, fs::read(prepared.file(name)).unwrap()));
    let restore = || {
        files
            .iter()
            .for_each(|(name, content)| fs::write(prepared.file(name), content).unwrap())
    };
    // One that nobody kills: how many APDUs there are to be killed at.
    let lines = prepared
        .run(&format!("{APPLY} --trace"))
        .done()
        .err
        .lines()
        .count() as u64;
    assert!(lines > 20, "{lines}");
    let (mut killed, mut unfinished) = (0, 0);
    for seed in 1..=KILLS {
        restore();
        let line = scatter(seed) % lines;
        let after = Duration::from_micros(scatter(seed + 1000) % 2000);
        killed += u64::from(kill(&prepared, line, after));
        let info = prepared.json("card info --card card.img");
        let before = info["applications"].as_array().unwrap().len();
        unfinished += u64::from(before == 0);
        assert_eq!(info["damaged"], false);
        // Either the old file or the new one, never a mixture.
        prepared.run("approval status store.json").done();
        let done = prepared.json(APPLY);
        assert_eq!(done["receipt"], 1, "seed {seed}");
        let info = prepared.json("card info --card card.img");
        assert_eq!(info["applications"][0]["aid"], NOTES, "seed {seed}");
        assert_eq!(
            (&info["receipts"], &info["open_requests"]),
            (&2.into(), &serde_json::json!([])),
            "seed {seed}"
        );
        assert_eq!(info["consent_pin"]["tries_left"], 3);
        prepared.run("approval verify store.json --party notiz").done();
    }
    println!("{killed} of {KILLS} runs were killed in time, {unfinished} before the card was done");
    assert!(killed > KILLS / 2 && unfinished > 5, "{killed} {unfinished}");
}

/// Runs the command and kills it `after` the trace's line number `line`; whether it was still running.
fn kill(world: &World, line: u64, after: Duration) -> bool {
    let mut child = world
        .command(format!("{APPLY} --trace").split_whitespace())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut trace = BufReader::new(child.stderr.take().unwrap()).lines();
    let _ = trace.nth(usize::try_from(line).unwrap());
    let start = Instant::now();
    while start.elapsed() < after {
        std::hint::spin_loop();
    }
    child.kill().unwrap();
    child.wait().unwrap().code().is_none()
}
