//! A tour gone twice: files of before, names that are taken, and a card that has changed since.

use std::fs;

use crate::support::{NOTES, World};

const APPLY: &str = "approval apply store.json --card card.img --package notes.pkg";

/// Losing this keeps a backup for years that lacks what was in an application, and says that it has everything.
#[test]
fn a_backup_says_what_it_misses_of_an_application_that_is_switched_off() {
    let world = World::agreed();
    world.run(APPLY).done();
    let backup = |name: &str| world.json(&format!("card backup --pin user --card card.img --output {name}"));
    let whole = backup("whole.json");
    assert_eq!(whole["complete"], true, "{whole}");
    world
        .run(&format!("card deactivate {NOTES} --card card.img"))
        .done();
    let off = backup("off.json");
    assert_eq!(off["complete"], false, "{off}");
    let unread = off["unread"].as_array().unwrap();
    let about = |name: &str| {
        unread
            .iter()
            .filter(|entry| entry["what"].as_str().unwrap().contains(name))
            .count()
    };
    assert_eq!((about(NOTES), about("key")), (1, 0), "{off}");
    world
        .run("card compare --card card.img --with whole.json --pin user")
        .failed(2, &["switched off", "\"symbolon card activate\""]);
}

/// Losing this tells somebody that an application is deleted, which was stored again meanwhile.
#[test]
fn an_approval_that_is_used_up_says_that_the_card_went_on() {
    let world = World::agreed();
    world.run(APPLY).done();
    let again = world.run(APPLY).done();
    assert!(
        again.out.contains("in an earlier run") && !again.out.contains("used up"),
        "{}",
        again.out
    );
    for line in [
        "approval request --card card.img --delete F04E4F544553 -o delete.json",
        "approval sign delete.json --party alpenbank",
        "approval sign delete.json --party notiz",
        "approval apply delete.json --card card.img",
    ] {
        world.run(line).done();
    }
    let again = world.run(APPLY).done();
    assert!(
        again.out.contains("written one receipt since") && again.out.contains("used up"),
        "{}",
        again.out
    );
    assert_eq!(world.json(APPLY)["receipts_since"], 1);
}

/// Losing this spends a consent, and a place for a request, on what is written nowhere.
#[test]
fn a_name_that_is_taken_is_told_before_the_card_is_asked() {
    let world = World::agreed();
    world.run(APPLY).done();
    let before = fs::read(world.file("store.json")).unwrap();
    world
        .run("approval request --card card.img --delete F04E4F544553 -o store.json")
        .failed(
            2,
            &["the approval of another request", "nothing was asked of the card"],
        );
    assert_eq!(
        world.json("card info --card card.img")["open_requests"],
        serde_json::json!([])
    );
    assert_eq!(fs::read(world.file("store.json")).unwrap(), before);
}

/// Losing this lets a slip of the keyboard put a package in the place of an approval that two banks signed.
#[test]
fn an_output_takes_no_other_files_place() {
    let world = World::agreed();
    world.run(APPLY).done();
    fs::write(world.file("letter.txt"), "Dear Ada").unwrap();
    let source = "PACKAGES/notes.toml";
    let lines = [
        (format!("package build {source} -o store.json"), "is an approval"),
        (
            format!("package build {source} -o letter.txt"),
            "is not a package",
        ),
        (
            "registrar revoke notiz.cvc --registrar datareg -o notes.pkg".into(),
            "is a package",
        ),
        (
            "registrar revocations export --registrar datareg --again -o notiz.cvc".into(),
            "is a certificate",
        ),
        (
            "registrar certify notiz/request.cvr --registrar datareg --prefix F04E4F5445 -o notes.pkg".into(),
            "is a package",
        ),
        (
            "registrar rollover --registrar datareg -o notes.pkg".into(),
            "is a package",
        ),
        (
            "issuer release --issuer alpenbank --card card.img --to CHNEUBANK -o notiz.cvc".into(),
            "is a certificate",
        ),
        (
            "card prove-receipts --card card.img --output notiz.cvc".into(),
            "is a certificate",
        ),
        (
            format!("card read {NOTES}/0101 --card card.img --output notes.pkg"),
            "is a package",
        ),
        (
            "card tree --card card.img --output store.json".into(),
            "is an approval",
        ),
    ];
    let files = || {
        ["store.json", "notes.pkg", "notiz.cvc", "letter.txt"].map(|name| fs::read(world.file(name)).unwrap())
    };
    let before = files();
    for (line, what) in &lines {
        world
            .run(line)
            .failed(2, &[what, "is there already", "Choose another name"]);
    }
    assert_eq!(files(), before);
    // Its own kind makes room, and what is nobody's does for what is nobody's.
    world.run(&format!("package build {source} -o notes.pkg")).done();
    world
        .run(&format!(
            "card read {NOTES}/0101 --card card.img --output letter.txt"
        ))
        .done();
}

/// Losing this drops requests in silence, and sends the holder to renew once more, which drops the next.
#[test]
fn a_renewal_says_which_modes_there_are_and_what_it_dropped() {
    let world = World::registered();
    world
        .run("approval request --card card.img --package notes.pkg --provider-name DENOTIZ -o store.json")
        .done();
    let renew = "issuer renew --issuer alpenbank --card card.img --modes 1,2,3";
    let renewed = world.json(renew);
    assert_eq!(
        (&renewed["requests_dropped"], &renewed["modes"]),
        (&1.into(), &serde_json::json!([1, 2, 3]))
    );
    world
        .run("approval sign store.json --party alpenbank")
        .failed(1, &["SerialTooOld", "\"symbolon approval request\""]);
    let renewed = world.run(renew).done();
    assert!(
        renewed.out.contains("1, 2, 3") && !renewed.out.contains("dropped"),
        "{}",
        renewed.out
    );
}
