//! Every way to store, as people do it: request, sign, apply, record.

use serde_json::Value;

use crate::support::{NOTES, World};

const EVERYTHING: &str = "issuer renew --issuer alpenbank --card card.img --modes 1,2,3,4,6,7 --allow-mac";

/// A card that allows every mode, and a data certifier.
fn world() -> World {
    let world = World::registered();
    for line in [
        EVERYTHING,
        "party new certifier --role data-certifier --name DECERTIF",
        "registrar delegate certifier/request.cvr --registrar datareg -o certifier.cvc",
        "party accept certifier --certificate certifier.cvc --root datareg/certificate.cvc",
        "party trust certifier cardreg/certificate.cvc",
    ] {
        world.run(line).done();
    }
    world
}

fn who(world: &World, file: &str) -> Vec<String> {
    let status = world.json(&format!("approval status {file}"));
    let steps = status["steps"].as_array().unwrap();
    steps
        .iter()
        .map(|step| step["who"].as_str().unwrap().to_owned())
        .collect()
}

/// Applies, verifies and records, and looks at what the card holds.
fn finish(world: &World, file: &str, parties: &[&str]) -> Value {
    let applied = world.json(&format!(
        "approval apply {file} --card card.img --package notes.pkg"
    ));
    assert_eq!(applied["receipts_waiting"], 0, "{applied}");
    let roots = "--root cardreg/certificate.cvc --root datareg/certificate.cvc";
    let verified = world.json(&format!("approval verify {file} {roots}"));
    assert_eq!(verified["good"], true, "{verified}");
    for party in parties {
        world
            .run(&format!("approval record {file} --party {party}"))
            .done();
        // What a party lists rests on this very receipt.
        let listed = match *party {
            "alpenbank" => {
                world.json("issuer cards --issuer alpenbank")["cards"][0]["applications"][0].clone()
            }
            party => world.json(&format!("provider holders --provider {party}"))["holders"][0].clone(),
        };
        assert_eq!(
            (&listed["aid"], &listed["version"], &listed["receipt"]),
            (&NOTES.into(), &1.into(), &applied["receipt"]),
            "{party}"
        );
    }
    let info = world.json("card info --card card.img --pin user");
    assert_eq!(info["applications"][0]["aid"], NOTES);
    assert_eq!(info["receipts_uncollected"], 0);
    applied
}

/// Losing this leaves an approval lying with somebody who does not know that it is his turn.
#[test]
fn status_says_who_is_missing_in_every_mode() {
    let world = world();
    let issuer = ("issuer", "alpenbank");
    let provider = ("provider", "notiz");
    let certifier = ("data certifier", "certifier --package notes.pkg");
    for (mode, signers) in [
        (2, vec![issuer, provider]),
        (3, vec![provider, issuer]),
        (4, vec![provider]),
        (6, vec![provider]),
        (7, vec![provider, certifier]),
    ] {
        let file = format!("mode-{mode}.json");
        let request = format!(
            "approval request --card card.img --mode {mode} --package notes.pkg --provider-name DENOTIZ -o {file}"
        );
        let number = world.json(&request)["request"]["number"].clone();
        let next = |who: &str, words: &str| {
            let status = format!("approval status {file}");
            assert_eq!(world.json(&status)["next"], who, "mode {mode}");
            let shown = world.run(&status).done().out;
            assert!(shown.contains(&format!("missing  {who}")), "mode {mode}: {shown}");
            assert!(shown.contains(words), "mode {mode}: {shown}");
        };
        for (who, party) in signers {
            next(who, &format!("Next: the {who} signs"));
            world.run(&format!("approval sign {file} --party {party}")).done();
        }
        next("card", "Next: the holder has the card apply it");
        // A provider has two open requests at most.
        world
            .run(&format!("card drop-request {number} --card card.img"))
            .done();
    }
}

#[test]
fn mode_3_the_provider_signs_first() {
    let world = world();
    world
        .run("approval request --card card.img --mode 3 --package notes.pkg --provider-name DENOTIZ -o store.json")
        .done();
    assert_eq!(who(&world, "store.json"), ["card", "provider", "issuer", "card"]);
    world.run("approval sign store.json --party alpenbank").failed(
        2,
        &[
            "the provider has not signed yet",
            "Ask the provider to sign first",
        ],
    );
    world
        .run("approval apply store.json --card card.img --package notes.pkg")
        .failed(2, &["the provider has not signed yet"]);
    world.run("approval sign store.json --party notiz").done();
    world
        .run("approval apply store.json --card card.img --package notes.pkg")
        .failed(2, &["the issuer has not signed yet"]);
    world.run("approval sign store.json --party alpenbank").done();
    finish(&world, "store.json", &["alpenbank", "notiz"]);
    assert_eq!(
        world.json("provider holders --provider notiz")["holders"][0]["receipt"],
        2
    );
}

#[test]
fn mode_4_the_provider_signs_alone_and_the_issuer_has_nothing_to_say() {
    let world = world();
    world
        .run("approval request --card card.img --mode 4 --package notes.pkg --provider-name DENOTIZ -o store.json")
        .done();
    assert_eq!(who(&world, "store.json"), ["card", "provider", "card"]);
    world.run("approval sign store.json --party alpenbank").failed(
        2,
        &["in mode 4 the issuer has nothing to sign", "Ask the provider"],
    );
    world.run("approval sign store.json --party notiz").done();
    finish(&world, "store.json", &["notiz", "alpenbank"]);
}

#[test]
fn mode_6_certified_once_any_card_takes_it() {
    let world = world();
    let certify = "provider certify notes.pkg --provider notiz -o certified.json";
    assert_eq!(world.json(certify)["next"], Value::Null);
    assert_eq!(world.json(certify)["repeated"], true, "the same again");
    world
        .run("approval request --card card.img --mode 2 --certified certified.json -o store.json")
        .failed(2, &["certified for mode 6, not 2"]);
    let requested = world.json("approval request --card card.img --certified certified.json -o store.json");
    assert_eq!(requested["request"]["next"], "card", "nobody is missing");
    finish(&world, "store.json", &["notiz", "alpenbank"]);
    // The request may also come first, and the provider answer it.
    world
        .run("provider certify notes-2.pkg --provider notiz --replace -o replace-certified.json")
        .done();
    world
        .run("approval request --card card.img --mode 6 --replace --package notes-2.pkg --provider-name DENOTIZ -o other.json")
        .done();
    world.run("approval sign other.json --party notiz").done();
    world
        .run("approval apply other.json --card card.img --package notes-2.pkg")
        .done();
}

#[test]
fn mode_7_the_data_certifier_countersigns() {
    let world = world();
    world
        .run("provider certify notes.pkg --provider notiz --mode 7 -o certified.json")
        .done();
    world
        .run("approval request --card card.img --certified certified.json -o store.json")
        .failed(2, &["no countersignature", "certify-data"]);
    world
        .run("registrar certify-data certified.json --certifier certifier --package notes-2.pkg")
        .failed(1, &["data certifier DECERTIF", "refused"]);
    world
        .run("registrar certify-data certified.json --certifier certifier --package notes.pkg")
        .done();
    world
        .run("approval request --card card.img --certified certified.json -o store.json")
        .done();
    assert_eq!(
        who(&world, "store.json"),
        ["card", "provider", "data certifier", "card"]
    );
    let shown = world.json("approval show store.json --package notes.pkg");
    assert_eq!(shown["certifier_certificate"]["role"], "data certifier");
    finish(&world, "store.json", &["notiz", "alpenbank"]);
}

#[test]
fn a_mac_is_as_good_as_a_signature_to_the_card_and_to_nobody_else() {
    let world = world();
    world
        .run("approval request --card card.img --package notes.pkg --provider-name DENOTIZ -o store.json")
        .done();
    world
        .run("approval sign store.json --party alpenbank --mac")
        .failed(1, &["NoSharedKey", "share-key"]);
    assert_eq!(
        world.json("issuer share-key --issuer alpenbank --card card.img")["version"],
        1
    );
    world
        .run("approval sign store.json --party alpenbank --mac")
        .done();
    // The provider is far from the card: its key travels in the file.
    world
        .run("provider share-key --provider notiz --approval store.json")
        .done();
    world.run("approval sign store.json --party notiz --mac").done();
    finish(&world, "store.json", &["alpenbank", "notiz"]);
    let report = world.json("approval verify store.json --party notiz");
    assert!(
        report.to_string().contains("proves nothing to others"),
        "{report}"
    );
    let receipts = world.json("card receipts --card card.img --pin user");
    assert_eq!(receipts["receipts"][2]["mac"], true, "{receipts}");
    // Or the provider gives it to the card itself.
    let again = "provider share-key --provider notiz --card card.img";
    assert_eq!(world.json(again)["version"], 2);
    world
        .run("provider share-key --provider notiz --card card.img --approval store.json")
        .failed_usage(&["cannot be used with"]);
}

#[test]
fn a_floor_is_lowered_by_agreement_and_the_old_version_comes_back() {
    let world = World::agreed();
    world
        .run("approval apply store.json --card card.img --package notes.pkg")
        .done();
    let agree = |file: &str, package: &str| {
        world
            .run(&format!("approval sign {file} --party alpenbank"))
            .done();
        world.run(&format!("approval sign {file} --party notiz")).done();
        world
            .run(&format!("approval apply {file} --card card.img {package}"))
            .done()
    };
    world
        .run("approval request --card card.img --replace --package notes-2.pkg --provider-name DENOTIZ -o replace.json")
        .done();
    agree("replace.json", "--package notes-2.pkg");
    world
        .run(&format!(
            "approval request --card card.img --delete {NOTES} -o delete.json"
        ))
        .done();
    agree("delete.json", "");
    let store = "approval request --card card.img --package notes.pkg --provider-name DENOTIZ -o again.json";
    world.run(store).failed(1, &["VersionTooOld"]);
    world
        .run(&format!(
            "approval request --card card.img --mode 4 --lower-floor {NOTES} --version 0 -o lower.json"
        ))
        .failed(2, &["mode 4 cannot lower floor", "mode 2 or 3"]);
    world
        .run(&format!(
            "approval request --card card.img --lower-floor {NOTES} --version 0 -o lower.json"
        ))
        .done();
    let ran = agree("lower.json", "");
    assert!(ran.out.contains("the floor now"), "{}", ran.out);
    let info = world.json("card info --card card.img --pin user");
    assert_eq!(
        (&info["floors"][0]["version"], &info["floors"][0]["package"]),
        (&0.into(), &Value::Null)
    );
    world.run(store).done();
    agree("again.json", "--package notes.pkg");
}

/// Losing this lets a card that its issuer knows the key of pretend to be its own.
#[test]
fn a_key_made_by_the_issuer_is_named_everywhere_and_bars_mode_4() {
    let world = World::registered();
    for line in [
        "sim new other.img",
        "issuer personalize --issuer alpenbank --card other.img --user Bob --letter other-letter --key-made-by-issuer",
    ] {
        world.run(line).done();
    }
    world
        .run("issuer register --issuer alpenbank --card other.img --modes 1,2,4")
        .failed(1, &["KeyNotOfCard"]);
    world
        .run("issuer register --issuer alpenbank --card other.img --modes 1,2")
        .done();
    let ran = world.run("card info --card other.img").done();
    assert!(ran.out.contains("made by the issuer"), "{}", ran.out);
    let receipts = world.json("card receipts --card other.img");
    assert_eq!(receipts["receipts"][0]["repudiable"], true);
}
