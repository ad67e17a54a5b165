//! Records in packages: kept, reset and removed by the next version, sealed, many and too many.

use std::fmt::Write as _;
use std::path::Path;

use apdu_spec::certificate::{Certificate, Extension};
use apdu_spec::limits;
use apdu_spec::object::Operation;
use apdu_spec::reason::Reason;
use parties::crypto::sha256;
use parties::package::{Package, Recipient};
use symbolon::scene::SceneError;
use symbolon::scene::steps::{authorize, consent, done, load_command, open, sign};
use symbolon::scene::wares::Ware;

use super::stage::{Chip, Issued, NOTEBOOK, package, source};

/// The notebook in its next version.
fn next(change: impl Fn(&str) -> String) -> Ware {
    package(&change(&source()).replace("version = 1", "version = 2"))
}

/// A card with a notebook that its holder has written in.
fn written() -> Issued {
    let mut issued = Issued::new();
    issued.carry_out(Operation::Store, &package(&source())).unwrap();
    let chip = &mut issued.chip;
    chip.done(NOTEBOOK);
    chip.verify();
    chip.done(&format!("00DC010C 20 {}", "41".repeat(32)));
    chip.done(&format!("00E20008 20 {}", "42".repeat(32)));
    chip.done("00DC0114 02 4242");
    chip.done("000C0214");
    for letter in b'a'..=b'g' {
        chip.done(&format!("00E20018 10 {}", format!("{letter:02X}").repeat(16)));
    }
    issued
}

fn all(chip: &mut Chip) -> [Vec<Vec<u8>>; 3] {
    chip.done(NOTEBOOK);
    chip.verify();
    [1, 2, 3].map(|file| chip.records(file))
}

/// Losing this loses what the holder wrote, or keeps what he agreed to lose.
#[test]
fn a_new_version_keeps_resets_and_removes_records() {
    let mut issued = written();
    let before = all(&mut issued.chip);
    assert_eq!(before[2].len(), 5);
    issued
        .carry_out(Operation::Replace, &next(|text| text.to_owned()))
        .unwrap();
    assert_eq!(all(&mut issued.chip), before, "everything is kept");
    // Room and order are kept as well.
    issued.chip.done(&format!("00E20018 10 {}", "7A".repeat(16)));
    let history: Vec<u8> = issued.chip.records(3).iter().map(|line| line[0]).collect();
    assert_eq!(history, b"zgfed");

    let mut issued = written();
    let reset = next(|text| text.replace("keep", "reset"));
    issued.carry_out(Operation::Replace, &reset).unwrap();
    let mut fresh = Chip::with_notebook();
    assert_eq!(all(&mut issued.chip), all(&mut fresh), "everything begins anew");

    let mut issued = written();
    let removed = next(|text| {
        let (first, rest) = text.split_once("[[file]]").unwrap();
        format!("{first}[[file]]{}", rest.replacen("keep", "remove", 1))
    });
    issued.carry_out(Operation::Replace, &removed).unwrap();
    issued.chip.done(NOTEBOOK);
    issued.chip.refused("00B2010C 00", 0x6A82);
    assert_eq!(issued.chip.records(3).len(), 5);
}

/// Losing this reads the records of one file by the lengths of another.
#[test]
fn a_kept_file_stays_what_it_is() {
    let mut issued = written();
    for (name, from, to) in [
        (
            "another length",
            "length = 32, number = 20",
            "length = 33, number = 20",
        ),
        (
            "fewer records",
            "length = 32, number = 20",
            "length = 32, number = 19",
        ),
        ("another size", "size = 600", "size = 601"),
        ("another structure", "\"cyclic\"", "\"linear-fixed\""),
        (
            "bytes rather than records",
            "records = { structure = \"cyclic\", length = 16, number = 5, content = [{ text = \"made\" }] }",
            "size = 80",
        ),
    ] {
        let ware = next(|text| text.replace(from, to));
        match issued.carry_out(Operation::Replace, &ware) {
            Err(SceneError::Card {
                reason: Reason::BadManifest,
                ..
            }) => {}
            other => panic!("{name}: {other:?}"),
        }
    }
    let before = all(&mut issued.chip);
    assert_eq!(before[0][0], [0x41; 32]);
    // A rule that lets somebody append who could not is looser.
    let looser = next(|text| text.replacen("write = \"pin 01\"", "write = \"always\"", 1));
    match issued.carry_out(Operation::Replace, &looser) {
        Err(SceneError::Card {
            reason: Reason::RuleWidened,
            ..
        }) => {}
        other => panic!("{other:?}"),
    }
    assert_eq!(all(&mut issued.chip), before);
}

/// Losing this shows a record to whoever carries the package.
#[test]
fn sealed_records_are_read_on_their_card() {
    let mut issued = Issued::new();
    let rc = Certificate::parse(&issued.certificate).unwrap();
    let Extension::Card(card) = rc.extension else {
        panic!("no RC")
    };
    let recipient = Recipient {
        card: sha256(rc.point),
        key_agreement: *card.key_agreement,
        provider: issued.parties.provider.identity().unwrap(),
    };
    let text = source()
        .replace("on-replace", "sealed = true\non-replace")
        .replace(
            "{ text = \"Milk\" }",
            "{ text = \"Milk and a very long line, which is more than one block of the cipher\" }",
        );
    let ware = Ware::from(Package::build_for(&recipient, &text, Path::new(""), "sealed").unwrap());
    for clear in ["Carol", "Milk", "made"] {
        let found = |window: &[u8]| window == clear.as_bytes();
        assert!(
            !ware.package().bytes().windows(clear.len()).any(found),
            "{clear} travels in clear"
        );
    }
    issued.carry_out(Operation::Store, &ware).unwrap();
    let records = all(&mut issued.chip);
    let mut clear = Issued::new();
    let ware = package(&text.replace("sealed = true\n", ""));
    clear.carry_out(Operation::Store, &ware).unwrap();
    assert_eq!(records, all(&mut clear.chip));
    assert!(records[0][2].starts_with(b"Carol, Old Mill"));
}

/// A package with as many records of one byte, in so many files.
fn many(files: usize, records: usize) -> Ware {
    let mut text = String::from("format = 1\naid = \"F04E4F5445\"\nversion = 1\nlabel = \"Many\"\n");
    for file in 1..=files {
        let content: Vec<String> = (1..=records)
            .map(|record| format!("{{ hex = \"{record:02X}\" }}"))
            .collect();
        write!(
            text,
            "[[file]]\npath = \"01{file:02X}\"\nshort-id = {file}\naccess = {{ read = \"always\" }}\non-replace = \"keep\"\n\
             records = {{ structure = \"linear-fixed\", length = 1, number = 254, content = [{}] }}\n",
            content.join(", ")
        )
        .unwrap();
    }
    package(&text)
}

/// Losing this makes a package of many short records impossible to load, or one transaction of it too long for a card.
#[test]
fn short_records_come_in_many_blocks() {
    let mut issued = Issued::new();
    let ware = many(2, 254);
    let blocks = ware.package().manifest().unwrap().block_plan().count();
    assert_eq!(blocks, (2 * 254_usize).div_ceil(limits::BLOCK_CHUNKS));
    issued.carry_out(Operation::Store, &ware).unwrap();
    issued.chip.done("00A4040C 05 F04E4F5445");
    for file in [1, 2] {
        let records = issued.chip.records(file);
        assert_eq!(records.concat(), (1..=254).collect::<Vec<u8>>());
    }
}

/// Losing this fills a card with half a package: few bytes in many records take more room than their number tells.
#[test]
fn room_for_records_is_known_at_block_0() {
    let mut issued = Issued::new();
    let ware = many(30, 254);
    assert!(ware.package().bytes().len() < 10_000);
    let expiry = issued.parties.today.add_days(30);
    let sdi = ware.sdi(
        Operation::Store,
        issued.parties.provider.identity().unwrap(),
        expiry,
    );
    let mut chip = issued.chip.process();
    consent(&mut chip).unwrap();
    let request = open(&mut chip, &sdi).expect("the bytes alone have room");
    let signatures = sign(&issued.parties, &request, &issued.certificate, &ware).unwrap();
    authorize(&mut chip, &issued.parties, &signatures).unwrap();
    drop(chip);
    let before = issued.chip.0.dump().unwrap();
    let block = load_command(&ware, 0, signatures.number).unwrap();
    match done(&mut issued.chip.process(), "load", &block) {
        Err(SceneError::Card {
            reason: Reason::NoSpace,
            ..
        }) => {}
        other => panic!("{other:?}"),
    }
    assert_eq!(issued.chip.0.dump().unwrap(), before);
}

/// Losing this leaves a card that nobody can ever delete anything from: records take room that nobody reserved.
#[test]
fn a_card_that_was_filled_with_records_can_be_emptied() {
    let ware = package(
        "format = 1\naid = \"F04E4F5445\"\nversion = 1\nlabel = \"Large\"\n\
         [[file]]\npath = \"0101\"\nshort-id = 1\nsize = 64770\naccess = { update = \"always\", write = \"always\" }\n\
         on-replace = \"keep\"\n\
         records = { structure = \"linear-variable\", length = 255, number = 254 }\n",
    );
    for length in [255, 200, 30, 1] {
        let mut issued = Issued::on(10);
        issued.carry_out(Operation::Store, &ware).unwrap();
        issued.chip.done("00A4040C 05 F04E4F5445");
        let record = |length: usize| format!("{length:02X}{}", "41".repeat(length));
        let mut count = 0_u8;
        while issued.chip.send(&format!("00E20008 {}", record(length))).1 == 0x9000 {
            count += 1;
        }
        // Records that there are may take no more room either, and smaller ones may still find some.
        for number in 1..=count {
            issued.chip.send(&format!("00DC{number:02X}0C {}", record(255)));
        }
        while issued.chip.send("00E20008 01 41").1 == 0x9000 {}
        let refused = ["00E20008 02 4141", "00E20008 01 41"].map(|command| issued.chip.send(command).1);
        assert!(refused == [0x6A84; 2], "{length}: {refused:04X?}");
        // What takes no room is done all the same.
        issued.chip.done(&format!("00DC010C {}", record(1)));
        issued.chip.done("000C010D");
        issued
            .carry_out(Operation::Delete, &ware)
            .unwrap_or_else(|error| panic!("{length}: {error}"));
    }
}
