//! The way of an approval through all hands, and the ways in which it stops.

use std::fs;

use crate::support::{NOTES, Ran, World};

#[test]
fn every_step_can_be_repeated_and_gives_the_same() {
    let world = World::registered();
    let file = || fs::read(world.file("store.json")).unwrap();
    let request =
        "approval request --card card.img --package notes.pkg --provider-name DENOTIZ -o store.json";
    assert_eq!(world.json(request)["open_before"], false);
    let steps = [
        (request, "open_before"),
        ("approval sign store.json --party alpenbank", "repeated"),
        ("approval sign store.json --party notiz", "repeated"),
        (
            "approval apply store.json --card card.img --package notes.pkg",
            "before",
        ),
    ];
    for (line, field) in steps {
        world.run(line).done();
        let after = file();
        assert_eq!(world.json(line)[field], true, "{line}");
        assert_eq!(file(), after, "{line}");
    }
    for party in ["alpenbank", "notiz"] {
        let line = format!("approval record store.json --party {party}");
        assert_ne!(world.json(&line)["continuity"], "known");
        assert_eq!(world.json(&line)["continuity"], "known");
    }
    assert_eq!(
        world.json("provider holders --provider notiz")["holders"][0]["aid"],
        NOTES
    );
    assert_eq!(
        world.json("issuer cards --issuer alpenbank")["cards"][0]["applications"][0]["version"],
        1
    );
    // What is on the card cannot be stored again.
    world
        .run(&request.replace("store.json", "again.json"))
        .failed(1, &["open a storing request", "AidTaken"]);
}

/// Losing this lets a file written on another day, or lost, cost the card a second request.
#[test]
fn an_open_request_is_found_again_without_consent() {
    let world = World::registered();
    let request = "approval request --card card.img --package notes.pkg --provider-name DENOTIZ -o";
    world.run(&format!("{request} first.json")).done();
    let ran = world.run_typing(&format!("{request} second.json"), "").done();
    assert!(ran.out.contains("comparison code"), "{ran:?}");
    let read = |name: &str| fs::read(world.file(name)).unwrap();
    assert_eq!(read("first.json"), read("second.json"));
    assert_eq!(
        world.json("card info --card card.img")["open_requests"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    // Another request never takes the place of what a file holds.
    world
        .run(&format!("{request} third.json --until 2099-01-01"))
        .done();
    let before = read("first.json");
    world
        .run(&format!("{request} first.json --until 2099-01-01"))
        .failed(2, &["holds the approval of another request"]);
    assert_eq!(read("first.json"), before);
}

#[test]
fn nobody_signs_out_of_turn_or_for_something_else() {
    let world = World::registered();
    world
        .run("approval request --card card.img --package notes.pkg --provider-name DENOTIZ -o store.json")
        .done();
    world
        .run("approval sign store.json --party notiz")
        .failed(2, &["the issuer has not signed yet"]);
    world
        .run("approval sign store.json --party cardreg")
        .failed(2, &["has nothing to sign"]);
    let wrong = world.run("approval sign store.json --party alpenbank --code 0000-0000");
    wrong.failed(2, &["comparison code", "Do not sign"]);
    let code = world.json("approval status store.json")["comparison_code"]
        .as_str()
        .unwrap()
        .to_lowercase();
    world
        .run(&format!(
            "approval sign store.json --party alpenbank --code {code}"
        ))
        .done();
    world
        .run("approval apply store.json --card card.img --package notes.pkg")
        .failed(2, &["the provider has not signed"]);
    world
        .run("approval record store.json --party notiz")
        .failed(2, &["no receipt yet"]);
    world.run("approval verify store.json --party notiz").done();
    world
        .run("approval verify store.json --party notiz --complete")
        .failed(1, &["not in the file"]);
    world.run("approval sign store.json --party notiz").done();
    world
        .run("approval apply store.json --card card.img --package notes-2.pkg")
        .failed(2, &["exactly the package"]);
    world
        .run("approval apply store.json --card card.img")
        .failed(2, &["--package FILE"]);
    world.run("sim new other.img").done();
    world
        .run("issuer personalize --issuer alpenbank --card other.img --user Bob --letter bob")
        .done();
    world
        .run("issuer register --issuer alpenbank --card other.img")
        .done();
    world
        .run("approval apply store.json --card other.img --package notes.pkg")
        .failed(2, &["for another card"]);
    world
        .run("approval refuse store.json --party notiz --text late")
        .failed(2, &["authorized already"]);
}

#[test]
fn a_refusal_is_signed_and_stays_in_the_file() {
    let world = World::registered();
    world
        .run("approval request --card card.img --package notes.pkg --provider-name DENOTIZ -o store.json")
        .done();
    let refuse = [
        "approval",
        "refuse",
        "store.json",
        "--party",
        "alpenbank",
        "--text",
        "payments only",
    ];
    Ran::new(&world.command(refuse).output().unwrap()).done();
    let status = world.json("approval status store.json");
    assert_eq!(status["refusals"][0]["who"], "issuer");
    assert_eq!(status["refusals"][0]["text"], "payments only");
    world.run("approval verify store.json --party alpenbank").done();
    // A provider that does not have the package says so, signed.
    world
        .run("party new other --role provider --name DENOTIZ2")
        .done();
    let certify = "registrar certify other/request.cvr --registrar datareg --prefix F04E4F5445 -o other.cvc";
    world
        .run(certify)
        .failed(1, &["data registrar DEDATAREG", "AidNotAllowed"]);
    assert!(!world.file("other.cvc").exists());
}

#[test]
fn replacing_asks_again_where_data_is_dropped_and_deleting_always() {
    let world = World::agreed();
    world
        .run("approval apply store.json --card card.img --package notes.pkg")
        .done();
    fs::write(world.file("text"), "call Bob").unwrap();
    world
        .run(&format!(
            "card write {NOTES}/0102 --card card.img --pin user --input text"
        ))
        .done();
    let agree = |file: &str| {
        world
            .run(&format!("approval sign {file} --party alpenbank"))
            .done();
        world.run(&format!("approval sign {file} --party notiz")).done();
    };
    world
        .run("approval request --card card.img --replace --package notes-2.pkg --provider-name DENOTIZ -o replace.json")
        .done();
    agree("replace.json");
    let apply = "approval apply replace.json --card card.img --package notes-2.pkg";
    world
        .run_typing(apply, "")
        .failed(2, &["drops data", "SYMBOLON_CONSENT_PIN"]);
    assert_eq!(
        world.json("card info --card card.img --pin user")["applications"][0]["version"],
        1
    );
    assert_eq!(world.json(apply)["receipt"], 2);
    let read = world.json(&format!("card read {NOTES}/0102 --card card.img --pin user"));
    assert_eq!(read["text"], "call Bob", "the holder's text is kept");
    world
        .run(&format!(
            "approval request --card card.img --delete {NOTES} -o delete.json"
        ))
        .done();
    agree("delete.json");
    let apply = "approval apply delete.json --card card.img";
    world.run_typing(apply, "").failed(2, &["SYMBOLON_CONSENT_PIN"]);
    assert_eq!(
        world.json("card info --card card.img --pin user")["applications"][0]["version"],
        2
    );
    assert_eq!(world.json(apply)["receipt"], 3);
    assert_eq!(
        world.json("card info --card card.img")["applications"]
            .as_array()
            .unwrap()
            .len(),
        0
    );
    world.run(apply).done();
}

#[test]
fn a_package_is_what_its_source_builds_or_not() {
    let world = World::registered();
    world
        .run("package verify notes.pkg --source PACKAGES/notes.toml")
        .done();
    world
        .run("package verify notes.pkg --source PACKAGES/notes-2.toml")
        .failed(2, &["differ from byte"]);
    world
        .run("provider add-package notes.pkg --provider notiz")
        .done();
    world.run("party new other --role provider --name DEOTHER").done();
    world
        .run("registrar certify other/request.cvr --registrar datareg --prefix F04F544845 -o other.cvc")
        .done();
    world
        .run("party accept other --certificate other.cvc --root datareg/certificate.cvc")
        .done();
    world
        .run("provider add-package notes.pkg --provider other")
        .failed(2, &["not one of DEOTHER's"]);
    world
        .run("party accept notiz --certificate other.cvc --root datareg/certificate.cvc")
        .failed(2, &["not this party's"]);
}

/// Losing this writes half a text over another, or where no text belongs.
#[test]
fn what_is_written_is_read_back_and_fills_the_file() {
    let world = World::agreed();
    world
        .run("approval apply store.json --card card.img --package notes.pkg")
        .done();
    let write = |options: &str| world.run(&format!("card write {NOTES}/0102 --card card.img {options}"));
    fs::write(world.file("text"), "a much longer text than the next").unwrap();
    write("--input text").failed(1, &["6982"]);
    assert_eq!(
        world.json(&format!("card read {NOTES}/0102 --card card.img --pin user"))["text"],
        "nothing written yet"
    );
    write("--pin user --input text").done();
    write("--pin user --text short").done();
    assert_eq!(
        world.json(&format!("card read {NOTES}/0102 --card card.img --pin user"))["text"],
        "short"
    );
    write("--pin user --text er --offset 5").done();
    assert_eq!(
        world.json(&format!("card read {NOTES}/0102 --card card.img --pin user"))["text"],
        "shorter"
    );
    write("--pin user --text longer --offset 255").failed(2, &["256 bytes"]);
    assert_eq!(write("--pin user").code, 2);
    world
        .run(&format!("card write {NOTES}/0101 --card card.img --text no"))
        .failed(1, &["6982"]);
}
