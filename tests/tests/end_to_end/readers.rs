//! Stock programs for smart cards read our card in a reader, and see what `symbolon card tree` shows: opensc-explorer,
//! opensc-tool, pcsc_scan, scriptor and a Python program on pyscard.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use serde_json::Value;
use simulator::issued::{File, Offices, USER_PIN, package};
use simulator::{Randomness, image};
use symbolon_tests::pcsc::{PrivatePcscd, READER_ADDRESS};
use symbolon_tests::program::{in_repository, path, symbolon};
use tempfile::TempDir;

const AID: &str = "F0524541444552";
const OPEN: &[u8] = b"for everybody";
const HOLDERS: &[u8] = b"for the holder";

/// An issued card in a reader.
struct Stage {
    pcscd: PrivatePcscd,
    folder: TempDir,
    /// Every file by path, as `symbolon card tree` shows it.
    files: BTreeMap<String, Value>,
}

impl Stage {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let card = folder.path().join("card.img");
        let mut chip = image::create(&card, Randomness::System).unwrap();
        let offices = Offices::new(1).unwrap();
        offices.issue(&mut chip).unwrap();
        let large: Vec<u8> = (0..=u8::MAX).cycle().take(3_000).collect();
        let files = [
            File::new(0x0101, "read: always", OPEN),
            File::new(0x0102, "read, update: pin 01", HOLDERS).with_size(32),
            File::new(0x0103, "read: always", &large),
        ];
        offices
            .store(&mut chip, &package(AID, 7, "Reader", &files).unwrap())
            .unwrap();
        drop(chip);
        let mut serve = symbolon();
        serve
            .args(["sim", "serve", "--vpcd", READER_ADDRESS, "--card"])
            .arg(&card);
        let pcscd = PrivatePcscd::start(&serve).unwrap();
        let mut stage = Self {
            pcscd,
            folder,
            files: BTreeMap::new(),
        };
        let tree = stage.ours(&["card", "tree"]);
        flatten(&tree["root"], &mut stage.files);
        assert!(stage.files.contains_key(&format!("{AID}/0103")), "{tree}");
        stage
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The result of our own command on the card in the reader.
    fn ours(&self, arguments: &[&str]) -> Value {
        let mut command = self.pcscd.command(path());
        command
            .args(arguments)
            .args(["--json", "--reader", self.pcscd.reader_name()])
            .env("SYMBOLON_PIN", USER_PIN);
        let document: Value = serde_json::from_str(&said(command.output().unwrap())).unwrap();
        document["result"].clone()
    }

    /// Size of a file of the application, as our tree shows it.
    fn size(&self, id: &str) -> u64 {
        self.files[&format!("{AID}/{id}")]["size"].as_u64().unwrap()
    }

    /// A stock program, and what it prints.
    fn stock(&self, program: impl AsRef<Path>, arguments: &[&str]) -> String {
        let mut command = self.pcscd.command(program.as_ref());
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .stdin(Stdio::null());
        said(command.output().unwrap())
    }

    /// What opensc-explorer says to these lines.
    fn explore(&self, lines: &[&str]) -> String {
        fs::write(self.file("script"), lines.join("\n") + "\nquit\n").unwrap();
        let reader = self.pcscd.reader_name();
        self.stock(
            "opensc-explorer",
            &["-c", "default", "--reader", reader, "script"],
        )
    }
}

#[track_caller]
fn said(output: Output) -> String {
    let out = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success(),
        "{out}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    out
}

fn flatten(node: &Value, files: &mut BTreeMap<String, Value>) {
    files.insert(node["path"].as_str().unwrap().to_owned(), node.clone());
    for child in node["children"].as_array().unwrap() {
        flatten(child, files);
    }
}

/// Losing this leaves developers with a card that only our own tools can look into.
#[test]
fn opensc_explorer_lists_reads_and_updates_with_the_pin() {
    let stage = Stage::new();
    let enter = format!("cd aid:{AID}");
    // The default driver of OpenSC knows no command that lists a folder: "find" tries ids.
    let found = stage.explore(&[&enter, "find 0100 0110"]);
    let mut listed = Vec::new();
    for line in found.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        if let [.., id, "wEF", size] = words.as_slice() {
            listed.push((format!("{AID}/{id}"), size.parse::<u64>().unwrap()));
        }
    }
    let ours: Vec<(String, u64)> = stage
        .files
        .iter()
        .filter(|(path, _)| path.starts_with(&format!("{AID}/")))
        .map(|(path, file)| (path.clone(), file["size"].as_u64().unwrap()))
        .collect();
    assert_eq!(listed, ours, "{found}");

    let told = stage.explore(&[&enter, "info 0103", "get 0103 large"]);
    assert!(
        told.contains(&format!("File size:               {} bytes", stage.size("0103"))),
        "{told}"
    );
    let read = fs::read(stage.file("large")).unwrap();
    let content = stage.ours(&["card", "read", &format!("{AID}/0103")]);
    assert_eq!(content["content"], hex(&read).as_str());

    let pin: Vec<String> = USER_PIN.bytes().map(|byte| format!("{byte:02X}")).collect();
    let verify = format!("verify CHV1 {}", pin.join(":"));
    let refused = stage.explore(&[&enter, "update_binary 0102 0 6E:65:77"]);
    assert!(!refused.contains("written"), "{refused}");
    let updated = stage.explore(&[&enter, &verify, "update_binary 0102 0 6E:65:77", "get 0102 own"]);
    assert!(updated.contains("Total of 3 bytes written to 0102"), "{updated}");
    let content = stage.ours(&["card", "read", &format!("{AID}/0102"), "--pin", "user"]);
    let expected = fs::read(stage.file("own")).unwrap();
    assert_eq!(content["content"], hex(&expected).as_str());
    assert!(expected.starts_with(b"new the holder"), "{content}");
}

/// Losing this makes our card nobody's: no tool recognises that it is there.
#[test]
fn stock_tools_find_the_card_and_carry_apdus() {
    let stage = Stage::new();
    let reader = stage.pcscd.reader_name();
    let atr: Vec<String> = applet::ATR.iter().map(|byte| format!("{byte:02X}")).collect();
    let scanned = stage.stock("pcsc_scan", &["-c"]);
    assert!(
        scanned.contains(&format!("Reader 0: {reader}"))
            && scanned.contains(&format!("ATR: {}", atr.join(" "))),
        "{scanned}"
    );
    let readers = stage.stock("opensc-tool", &["--list-readers"]);
    assert!(
        readers.contains(&format!("Yes             {reader}")),
        "{readers}"
    );

    // Every file of the application is selected and read, at once by opensc-tool and line by line by scriptor.
    let select = format!("00 A4 04 0C {:02X} {}", AID.len() / 2, spaced(AID));
    let select_file = |id: &str| format!("00 A4 02 0C 02 {}", spaced(id));
    let read = "00 B0 00 00 0D".to_owned();
    let commands = [
        select,
        select_file("0101"),
        read,
        select_file("0102"),
        "00 B0 00 00 00".into(),
    ];
    let mut arguments = vec!["--reader", reader];
    for command in &commands {
        arguments.extend(["--send-apdu", command]);
    }
    let sent = stage.stock("opensc-tool", &arguments);
    let statuses: Vec<&str> = sent
        .lines()
        .filter_map(|line| line.strip_prefix("Received (SW1=0x"))
        .collect();
    assert_eq!(statuses.len(), commands.len(), "{sent}");
    assert!(
        statuses[4].starts_with("69, SW2=0x82") && sent.contains("for everybody"),
        "{sent}"
    );

    fs::write(stage.file("lines"), format!("reset\n{}\n", commands.join("\n"))).unwrap();
    let mut scriptor = stage.pcscd.command("scriptor");
    scriptor
        .args(["-r", reader])
        .stdin(fs::File::open(stage.file("lines")).unwrap());
    let said = said(scriptor.output().unwrap());
    let answers: Vec<&str> = said.lines().filter_map(|line| line.strip_prefix("< ")).collect();
    let open = spaced(&hex(OPEN));
    let content = format!("{open} 90 00 : Normal processing.");
    assert_eq!(
        answers.first(),
        Some(&format!("OK: {} ", atr.join(" ")).as_str()),
        "{said}"
    );
    assert!(answers.contains(&content.as_str()), "{said}");
    assert!(
        answers.last().is_some_and(|last| last.starts_with("69 82")),
        "{said}"
    );
}

/// Losing this leaves a program in another language, with what SPEC.md says, another picture of the card than ours.
#[test]
fn a_program_on_pyscard_sees_the_same_files() {
    let stage = Stage::new();
    let script = in_repository("tests/foreign/tree.py");
    // Debian's own Python: its pyscard needs no compiler.
    let told = stage.stock(
        "/usr/bin/python3",
        &["-B", script.to_str().unwrap(), stage.pcscd.reader_name()],
    );
    let told: Value = serde_json::from_str(&told).unwrap();
    assert_eq!(told["atr"], hex(&applet::ATR).to_lowercase().as_str());
    let theirs = told["files"].as_object().unwrap();
    assert_eq!(
        theirs.keys().collect::<Vec<_>>(),
        stage.files.keys().collect::<Vec<_>>()
    );
    for (path, file) in &stage.files {
        let their = &theirs[path];
        assert_eq!(
            (&their["kind"], &their["size"]),
            (&file["kind"], &file["size"]),
            "{path}"
        );
        if file["kind"] != "file" {
            continue;
        }
        let readable = file["access"].as_str().unwrap().contains("read: always");
        assert_eq!(their["digest"].is_string(), readable, "{path}: {file}");
        if readable {
            let kept = stage.file("content");
            stage.ours(&["card", "read", path, "--output", kept.to_str().unwrap()]);
            let digest = parties::crypto::sha256(&fs::read(&kept).unwrap());
            assert_eq!(their["digest"], hex(&digest).to_lowercase().as_str(), "{path}");
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}

/// Two digits a time.
fn spaced(hex: &str) -> String {
    let digits: Vec<char> = hex.chars().collect();
    let bytes: Vec<String> = digits.chunks(2).map(|byte| byte.iter().collect()).collect();
    bytes.join(" ")
}
