//! Files of records, from the package to what people read.

use crate::support::World;

const NOTEBOOK: &str = "F04E4F544542";

/// A card with the notebook.
fn world() -> World {
    let world = World::registered();
    for line in [
        "package build PACKAGES/notebook.toml --output notebook.pkg",
        "provider add-package notebook.pkg --provider notiz",
        "approval request --card card.img --package notebook.pkg --provider-name DENOTIZ -o notebook.json",
        "approval sign notebook.json --party alpenbank",
        "approval sign notebook.json --party notiz",
        "approval apply notebook.json --card card.img --package notebook.pkg",
    ] {
        world.run(line).done();
    }
    world
}

/// Losing this hides what a package brings from those who sign for it.
#[test]
fn a_package_and_a_card_show_their_records() {
    let world = world();
    let shown = world.json("package show notebook.pkg");
    let records = &shown["files"][1]["records"];
    assert_eq!(records["structure"], "linear variable");
    assert_eq!(
        (&records["length"], &records["number"]),
        (&120.into(), &12.into())
    );
    assert_eq!(records["initial"], 2);
    let shown = world.run("package show notebook.pkg").done();
    assert!(
        shown
            .out
            .contains("linear fixed, 20 records of 32 bytes, 3 filled"),
        "{shown:?}"
    );
    let tree = world.run("card tree --card card.img").done();
    assert!(tree.out.contains("cyclic, 5 of 16 bytes"), "{tree:?}");
    assert!(tree.out.contains("read: always; write: always"), "{tree:?}");
}

/// Losing this shows or changes another record than the one named.
#[test]
fn records_are_read_and_written_one_by_one() {
    let world = world();
    let json = |line: &str| world.json(&format!("{line} --card card.img"));
    let file = |id: &str| format!("{NOTEBOOK}/{id}");
    let read = json(&format!("card read {}", file("0101")));
    let texts: Vec<_> = read["records"]
        .as_array()
        .unwrap()
        .iter()
        .map(|record| record["text"].as_str().unwrap())
        .collect();
    assert_eq!(
        texts,
        [
            "Alice, Market Square 1",
            "Bob, Station Road 22",
            "Carol, Old Mill"
        ]
    );
    let write = format!("card write {} --pin user", file("0101"));
    let written = json(&format!("{write} --record 2 --text Bert"));
    assert_eq!((&written["record"], &written["bytes"]), (&2.into(), &32.into()));
    assert_eq!(written["read_back"], true);
    assert_eq!(json(&format!("{write} --append --text Dora"))["appended"], true);
    let one = json(&format!("card read {} --record 2", file("0101")));
    assert_eq!(one["records"][0]["number"], 2);
    assert_eq!(one["records"][0]["text"], "Bert");
    let all = json(&format!("card read {} --record all", file("0101")));
    assert_eq!(all["records"][3]["text"], "Dora");
    assert_eq!(all["size"], 4 * 32);
    // Of any length: as long as it is, and only after the PIN.
    let notes = format!("card write {} --pin user", file("0102"));
    json(&format!("{notes} --append --text Bread"));
    let note = json(&format!("card read {} --record 3 --pin user", file("0102")));
    assert_eq!(note["records"][0]["size"], 5);
    // The newest line of the history is record 1.
    let history = format!("card write {} --append", file("0103"));
    json(&format!("{history} --text seen"));
    let shown = world
        .run(&format!("card read {} --card card.img", file("0103")))
        .done();
    assert!(shown.out.contains("record 1, 16 bytes"), "{shown:?}");
    let lines: Vec<_> = shown
        .out
        .lines()
        .filter(|line| line.contains("record "))
        .collect();
    assert!(
        lines[0].contains("seen") && lines[1].contains("made"),
        "{lines:?}"
    );
    // Mistakes are told as what they are.
    for (line, words) in [
        (format!("card read {} --record 5", file("0101")), &["6A83"][..]),
        (format!("card read {} --record 1", file("0102")), &["6982"]),
        (
            format!("card write {} --pin user --text all", file("0101")),
            &["--record", "--append"],
        ),
        (
            format!("card write {NOTEBOOK}/0103 --record 1 --text changed"),
            &["6982"],
        ),
        (format!("card read {NOTEBOOK}/0101 --record 255"), &["1 to 254"]),
    ] {
        let ran = world.run(&format!("{line} --card card.img"));
        let told = words.iter().all(|word| ran.err.contains(word));
        assert!(told && ran.code != 0, "{line}: {ran:?}");
    }
}
