//! Packages sealed for one card, as a provider hands them out.

use std::fs;

use crate::support::World;

const SECRET: &str = "these words are an example";
const SEAL: &str =
    "provider seal-package PACKAGES/letter.toml --provider notiz --card card.img -o letter.pkg";
const LETTER: &str = "F04E4F54454C";

/// Stores `package`, which the provider has.
fn store(world: &World, package: &str) {
    for line in [
        format!(
            "approval request --card card.img --package {package} --provider-name DENOTIZ -o letter.json"
        ),
        "approval sign letter.json --party alpenbank".into(),
        "approval sign letter.json --party notiz".into(),
        format!("approval apply letter.json --card card.img --package {package}"),
        "approval record letter.json --party notiz".into(),
    ] {
        world.run(&line).done();
    }
}

#[test]
fn a_letter_is_read_on_its_card_and_nowhere_on_the_way() {
    let world = World::registered();
    let sealed = world.json(SEAL);
    assert_eq!(sealed["files"][1]["sealed"], true);
    let card = sealed["sealed_for"].as_str().unwrap();
    world
        .run("provider add-package letter.pkg --provider notiz")
        .done();
    store(&world, "letter.pkg");
    let read = format!("card read {LETTER}/0102 --card card.img --pin user");
    assert!(world.run(&read).done().out.contains(SECRET));
    // The card itself and the TOML apart, no file here knows it.
    for entry in fs::read_dir(world.path()).unwrap() {
        let path = entry.unwrap().path();
        let bytes = if path.is_file() && path.file_name().unwrap() != "card.img" {
            fs::read(&path).unwrap()
        } else {
            Vec::new()
        };
        let found = bytes
            .windows(SECRET.len())
            .any(|window| window == SECRET.as_bytes());
        assert!(!found, "{}", path.display());
    }
    let listed = world.json("provider packages --provider notiz");
    let packages = listed["packages"].as_array().unwrap();
    let letter = packages.iter().find(|package| package["aid"] == LETTER).unwrap();
    assert_eq!(letter["sealed_for"], card);
    assert!(packages.iter().any(|package| package["sealed_for"].is_null()));
    let holders = world.json("provider holders --provider notiz");
    assert_eq!(holders["holders"][0]["aid"], LETTER, "{holders}");
}

/// The same version may be there for many cards, each with bytes of its own; for one card there is one.
#[test]
fn each_card_has_its_own_bytes_of_a_version() {
    let world = World::registered();
    world.run(SEAL).done();
    world
        .run("provider add-package letter.pkg --provider notiz")
        .done();
    world
        .run("provider add-package letter.pkg --provider notiz")
        .done();
    world.run(&SEAL.replace("letter.pkg", "again.pkg")).done();
    world
        .run("provider add-package again.pkg --provider notiz")
        .failed(2, &["is here already with other content"]);
    let other = [
        "sim new other.img",
        "issuer personalize --issuer alpenbank --card other.img --user Bo --letter other",
        "issuer register --issuer alpenbank --card other.img",
    ];
    for line in other {
        world.run(line).done();
    }
    world
        .run(
            &SEAL
                .replace("card.img", "other.img")
                .replace("letter.pkg", "other.pkg"),
        )
        .done();
    world
        .run("provider add-package other.pkg --provider notiz")
        .done();
    // What is sealed for the other card is not this provider's for this one.
    world
        .run("approval request --card card.img --package other.pkg --provider-name DENOTIZ -o wrong.json")
        .done();
    world.run("approval sign wrong.json --party alpenbank").done();
    world
        .run("approval sign wrong.json --party notiz")
        .failed(1, &["PackageDigest"]);
    store(&world, "letter.pkg");
}

#[test]
fn a_seal_is_for_a_card_that_the_provider_may_trust() {
    let world = World::registered();
    world
        .run("package build PACKAGES/letter.toml -o letter.pkg")
        .failed(2, &["letter.toml:", "is sealed", "provider seal-package"]);
    world
        .run(&SEAL.replace("letter.toml", "notes.toml"))
        .failed(2, &["no file of it is to be sealed"]);
    world.run("sim new blank.img").done();
    world
        .run(&SEAL.replace("card.img", "blank.img"))
        .failed(1, &["NotRegistered", "issuer register"]);
    // A provider that does not know the issuer's registrar seals nothing for its cards: the key could be anybody's.
    for line in [
        "party new stranger --role provider --name DEFREMD",
        "registrar certify stranger/request.cvr --registrar datareg --prefix F053595354 -o stranger.cvc",
        "party accept stranger --certificate stranger.cvc --root datareg/certificate.cvc",
    ] {
        world.run(line).done();
    }
    world
        .run(&SEAL.replace("notiz", "stranger"))
        .failed(1, &["UnknownAuthority", "not trusted"]);
    assert!(!world.file("letter.pkg").exists());
}
