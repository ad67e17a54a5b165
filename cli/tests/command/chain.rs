//! A card's receipts, checked by somebody who has files and no card.

use std::fs;

use serde_json::{Value, json};

use crate::support::World;

const ROOTS: &str = "--root cardreg/certificate.cvc --root datareg/certificate.cvc";
const NONCE: &str = "00112233445566778899aabbccddeeff";
const REPLACE: &str = "approval request --card card.img --replace --package notes-2.pkg --provider-name DENOTIZ -o replace.json";

/// Receipts 0 to 3 of a card: registered, stored, registered again with another policy, replaced. They are in `receipts`,
/// what was agreed in `store.json` and `replace.json`, the receipt head in `head.f0`; `early.img` is the card as it was
/// before it stored anything.
fn world() -> World {
    let world = World::agreed();
    fs::copy(world.file("card.img"), world.file("early.img")).unwrap();
    for line in [
        "approval apply store.json --card card.img --package notes.pkg",
        "approval record store.json --party notiz",
        "issuer renew --issuer alpenbank --card card.img --modes 1,2,3",
        REPLACE,
        "approval sign replace.json --party alpenbank",
        "approval sign replace.json --party notiz",
        "approval apply replace.json --card card.img --package notes-2.pkg",
        "card receipts --card card.img --pin user --output receipts",
    ] {
        world.run(line).done();
    }
    let prove = format!("card prove-receipts --card card.img --nonce {NONCE} --output head.f0");
    assert_eq!(world.json(&prove)["receipts"], 4);
    world
}

fn verify(options: &str) -> String {
    format!("approval verify replace.json {ROOTS} {options}")
}

fn says(report: &Value, list: &str, text: &str) -> bool {
    let lines = report[list].as_array().unwrap();
    lines.iter().any(|line| line.to_string().contains(text))
}

#[test]
fn all_receipts_with_a_head_leave_nothing_open() {
    let world = world();
    let all = "--receipts receipts store.json";
    let head = format!("--head head.f0 --nonce {NONCE}");
    let whole = world.json(&verify(&format!("{all} {head} --complete")));
    assert_eq!(whole["complete"], true, "{whole}");
    assert_eq!(whole["chain"]["receipts"].as_array().unwrap().len(), 4);
    assert_eq!(whole["chain"]["gaps"], json!([]));
    assert!(!says(&whole, "cannot_know", "after this receipt"));
    assert!(!says(&whole, "cannot_know", "after the last one"));
    // Without a head nobody knows what came later, and it is said.
    let blind = world.json(&verify(all));
    assert!(
        says(&blind, "cannot_know", "receipts after the last one"),
        "{blind}"
    );
    let ran = world.run(&verify(all)).done();
    assert!(ran.out.contains("The card's receipts"), "{}", ran.out);
    // Alone, the file says the same as ever.
    let alone = world.json(&verify(""));
    assert_eq!(alone.get("chain"), None);
    assert!(says(&alone, "cannot_know", "did more after this receipt"));
    // Another nonce: the head may be an old one.
    let old = NONCE.replace("00", "01");
    world
        .run(&verify(&format!("{all} --head head.f0 --nonce {old}")))
        .failed(1, &["it may be old"]);
    world.run(&verify("--head head.f0")).failed_usage(&["--nonce"]);
    // The issuer keeps both certificates and the receipts it wrote down itself; the provider has its own part.
    let kept = world.json(&verify("--kept-by alpenbank"));
    assert_eq!(kept["chain"]["gaps"], json!([[1, 1]]), "{kept}");
    world
        .run(&verify("--kept-by alpenbank --kept-by notiz --complete"))
        .done();
}

/// Losing this makes every card that was registered again look like a forgery, or hides that something is missing.
#[test]
fn what_is_missing_is_named_and_is_no_failure_unless_all_is_wanted() {
    let world = world();
    // Receipts from before the later certificate, by whoever has only that one.
    let later = world.json(&verify("--receipts receipts"));
    assert_eq!(later["good"], true, "{later}");
    assert!(says(&later, "checks", "certificate that it names is not here"));
    world
        .run(&verify("--receipts receipts --complete"))
        .failed(1, &["receipt 0 by the card", "is not here"]);
    fs::remove_file(world.file("receipts/receipt-2.f0")).unwrap();
    let all = "--receipts receipts store.json";
    let gap = world.json(&verify(all));
    assert_eq!(
        (&gap["good"], &gap["chain"]["gaps"]),
        (&json!(true), &json!([[2, 2]]))
    );
    assert!(says(&gap, "cannot_know", "what receipt 2 says"), "{gap}");
    assert!(says(&gap, "checks", "the receipt before it is missing"));
    let ran = world.run(&verify(all)).done();
    assert!(ran.out.contains("missing"), "{}", ran.out);
    world
        .run(&verify(&format!("{all} --complete")))
        .failed(1, &["receipt 3 after the one before", "missing"]);
    // The newest one held back: only the head gives it away.
    let stored = format!("approval verify store.json {ROOTS} --receipts receipts/receipt-0.f0");
    world.run(&format!("{stored} --complete")).done();
    let head = format!("--head head.f0 --nonce {NONCE} --receipts replace.json receipts/receipt-0.f0");
    fs::rename(world.file("replace.json"), world.file("full.json")).unwrap();
    let mut open: Value = serde_json::from_slice(&fs::read(world.file("full.json")).unwrap()).unwrap();
    open["receipt"] = Value::Null;
    fs::write(world.file("replace.json"), open.to_string()).unwrap();
    let held_back = world.json(&format!("approval verify store.json {ROOTS} {head}"));
    assert_eq!(held_back["chain"]["gaps"], json!([[2, 3]]), "{held_back}");
    assert!(says(&held_back, "checks", "the card has written 4 receipts"));
}

#[test]
fn two_histories_two_cards_and_forgeries_are_refused() {
    let world = world();
    // The card as it was before, set back and used for something else: both histories are signed by it.
    for line in [
        "card drop-request 1 --card early.img",
        "approval request --card early.img --package notes-2.pkg --provider-name DENOTIZ -o fork.json",
    ] {
        world.run(line).done();
    }
    // Its issuer signed another request with this number, and this one never.
    world
        .run("approval sign fork.json --party alpenbank")
        .failed(1, &["OtherRequest"]);
    // A card does not know that it was set back. Its issuer does, from the receipt.
    world
        .run("issuer renew --issuer alpenbank --card early.img --modes 1,2,3,4")
        .failed(1, &["two histories"]);
    world
        .run("card receipts --card early.img --pin user --output forked")
        .done();
    world
        .run(&verify("--receipts receipts store.json forked/receipt-1.f0"))
        .failed(1, &["receipt 1 after the one before", "two histories"]);
    // Another card of the same issuer.
    for line in [
        "sim new other.img",
        "issuer personalize --issuer alpenbank --card other.img --user Bob --letter bob",
        "issuer register --issuer alpenbank --card other.img",
        "card change-pin consent --card other.img --pin-file bob/consent-pin --new-pin-file PACKAGES/../cli/tests/command/consent-pin",
        "approval request --card other.img --package notes.pkg --provider-name DENOTIZ -o other.json",
        "card receipts --card other.img --output others",
    ] {
        world.run(line).done();
    }
    world
        .run(&verify("--receipts receipts store.json other.json"))
        .failed(1, &["several cards"]);
    world
        .run(&verify("--receipts receipts store.json others"))
        .failed(1, &["two histories"]);
    // Bytes of a receipt: its signature, its end, and another object in its place.
    let receipt = world.file("receipts/receipt-1.f0");
    let good = fs::read(&receipt).unwrap();
    let all = verify("--receipts receipts store.json");
    let mut forged = good.clone();
    *forged.last_mut().unwrap() ^= 1;
    fs::write(&receipt, &forged).unwrap();
    world
        .run(&all)
        .failed(1, &["receipt 1 by the card", "a signature does not verify"]);
    fs::write(&receipt, &good[..good.len() - 1]).unwrap();
    world.run(&all).failed(2, &["receipt-1.f0"]);
    fs::copy(world.file("head.f0"), &receipt).unwrap();
    world.run(&all).failed(2, &["receipt-1.f0"]);
    fs::create_dir(world.file("empty")).unwrap();
    world
        .run(&verify("--receipts empty"))
        .failed(2, &["no receipt is in empty"]);
    world
        .run(&verify(&format!("--head replace.json --nonce {NONCE}")))
        .failed(2, &["replace.json"]);
}

/// A refusal in a file is worth what its signature is worth.
#[test]
fn a_forged_refusal_is_found() {
    let world = World::registered();
    world
        .run("approval request --card card.img --package notes.pkg --provider-name DENOTIZ -o store.json")
        .done();
    world
        .run("approval refuse store.json --party alpenbank --text no")
        .done();
    let check = format!("approval verify store.json {ROOTS}");
    let report = world.json(&check);
    let checks = report["checks"].as_array().unwrap();
    let refusal = checks.iter().find(|check| check["name"] == "refusal").unwrap();
    assert_eq!(refusal["outcome"], "good", "{report}");
    let mut file: Value = serde_json::from_slice(&fs::read(world.file("store.json")).unwrap()).unwrap();
    let refusal = file["refusals"][0].as_str().unwrap().to_owned();
    let (body, last) = refusal.split_at(refusal.len() - 1);
    file["refusals"][0] = format!("{body}{}", if last == "0" { "1" } else { "0" }).into();
    fs::write(world.file("store.json"), file.to_string()).unwrap();
    world.run(&check).failed(1, &["refusal", "not signed by"]);
}
