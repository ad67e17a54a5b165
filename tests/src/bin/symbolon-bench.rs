//! `make bench`: measures against the goals of the design, prints a table and writes `target/bench.json` (a list of
//! measurements) and `target/bench-environment.json` (where they were made).
//!
//! `--out FOLDER` writes elsewhere, `--symbolon FILE` measures another `symbolon` than the one beside this program, `--only
//! PART` measures one part ("commands", "PC/SC", "tool", ...). The exit code is 0 when everything was measured, however slow, and 1 otherwise.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use symbolon_tests::bench::environment::Environment;
use symbolon_tests::bench::report::Report;
use symbolon_tests::bench::scene::Scene;
use symbolon_tests::bench::{Effort, Result, card, crypto, flash, pcsc, process, storing, tool};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        [pcsc::SESSION, symbolon, image] => pcsc::session(symbolon, image).and_then(print),
        [pcsc::CLIENT, reader] => pcsc::client(reader).and_then(print),
        words => options(words).and_then(|options| run(&options)),
    };
    match done {
        Ok(code) => code,
        Err(error) => {
            eprintln!("symbolon-bench: {error}");
            ExitCode::FAILURE
        }
    }
}

/// What one of our processes tells another.
fn print(found: pcsc::Found) -> Result<ExitCode> {
    println!("{}", serde_json::to_string(&found)?);
    Ok(ExitCode::SUCCESS)
}

struct Options {
    out: PathBuf,
    symbolon: PathBuf,
    only: Option<String>,
}

fn options(mut words: &[&str]) -> Result<Options> {
    let this = std::env::current_exe()?;
    let beside = this.parent().ok_or("this program is nowhere")?;
    let mut options = Options {
        out: beside.parent().unwrap_or(beside).to_owned(),
        symbolon: beside.join("symbolon"),
        only: None,
    };
    while let [option, value, rest @ ..] = words {
        match *option {
            "--out" => options.out = value.into(),
            "--symbolon" => options.symbolon = value.into(),
            "--only" => options.only = Some((*value).into()),
            _ => break,
        }
        words = rest;
    }
    if words.is_empty() {
        Ok(options)
    } else {
        Err("usage: symbolon-bench [--out FOLDER] [--symbolon FILE] [--only PART]".into())
    }
}

/// Measures a part.
type Measure<'a> = &'a dyn Fn(&mut Report) -> Result<()>;

fn run(options: &Options) -> Result<ExitCode> {
    let environment = Environment::look(Path::new("."));
    println!("{}", environment.lines());
    let mut report = Report::default();
    let scene = Scene::new()?;
    let effort = Effort::FULL;
    // One that fails does not take the others with it.
    let symbolon = options.symbolon.as_path();
    let parts: [(&str, Measure<'_>); 7] = [
        ("cryptography alone", &|report| crypto::measure(effort, report)),
        ("commands", &|report| card::measure(effort, &scene, report)),
        ("whole cards", &|report| storing::measure(effort, &scene, report)),
        ("flash", &|report| flash::measure(&scene, report)),
        ("card process", &|report| {
            process::measure(effort, symbolon, &scene, report)
        }),
        ("PC/SC", &|report| pcsc::measure(symbolon, &scene, report)),
        ("tool", &|report| tool::measure(symbolon, &scene, report)),
    ];
    for (what, measure) in parts {
        if options.only.as_ref().is_some_and(|only| only != what) {
            continue;
        }
        if let Err(error) = measure(&mut report) {
            report.missing(what, &error);
        }
    }
    println!("{}", report.table());
    std::fs::create_dir_all(&options.out)?;
    let write = |name: &str, json: String| std::fs::write(options.out.join(name), json + "\n");
    write("bench.json", serde_json::to_string_pretty(report.measurements())?)?;
    write(
        "bench-environment.json",
        serde_json::to_string_pretty(&environment)?,
    )?;
    println!("written to {}", options.out.join("bench.json").display());
    Ok(if report.is_complete() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
