//! Mistakes that people make: each is told what was wrong and what to do next, with the documented exit code, and
//! changes nothing.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::support::{NOTES, World};

const APPLY: &str = "approval apply store.json --card card.img --package notes.pkg";

/// Runs each line, which must fail with the code, the words of the message and of the remedy.
fn all_fail(world: &World, lines: &[(&str, i32, &[&str])]) {
    for (line, code, words) in lines {
        world.run(line).failed(*code, words);
    }
}

/// A bank that is not the card's issuer.
fn another_bank(world: &World) {
    for line in [
        "party new otherbank --role issuer --name CHOTHERBK",
        "registrar certify otherbank/request.cvr --registrar cardreg --data-registrar datareg/certificate.cvc -o otherbank.cvc",
        "party accept otherbank --certificate otherbank.cvc --root cardreg/certificate.cvc",
        "party trust otherbank datareg/certificate.cvc",
    ] {
        world.run(line).done();
    }
}

/// Losing this tells somebody who named the wrong file which byte of it was odd.
#[test]
fn the_wrong_file_is_called_what_it_is() {
    let world = World::agreed();
    let whole = fs::read(world.file("store.json")).unwrap();
    fs::write(world.file("cut.json"), &whole[..whole.len() / 2]).unwrap();
    fs::write(world.file("empty.json"), "").unwrap();
    fs::create_dir(world.file("folder")).unwrap();
    world
        .run("provider certify notes.pkg --provider notiz -o certified.json")
        .done();
    all_fail(
        &world,
        &[
            (
                "approval status notes.pkg",
                2,
                &[
                    "notes.pkg is a package, not an approval",
                    "\"symbolon approval request\"",
                ],
            ),
            (
                "approval status certified.json",
                2,
                &["certified.json is certified data, not an approval"],
            ),
            (
                "approval status alpenbank.cvc",
                2,
                &["alpenbank.cvc is a certificate, not an approval"],
            ),
            (
                "approval status cut.json",
                2,
                &["cut.json:", "not an approval, or not all of it", "get it again"],
            ),
            (
                "approval status empty.json",
                2,
                &["empty.json:1:1", "not all of it"],
            ),
            (
                "approval status nothing.json",
                2,
                &["cannot open nothing.json", "Check the name"],
            ),
            ("approval status folder", 2, &["folder: Is a directory"]),
            (
                "approval request --card card.img --certified store.json -o x.json",
                2,
                &[
                    "store.json is an approval, not certified data",
                    "\"symbolon provider certify\"",
                ],
            ),
            (
                "approval request --card card.img --package store.json --provider-name DENOTIZ -o x.json",
                2,
                &[
                    "store.json is an approval, not a package",
                    "\"symbolon package build\"",
                ],
            ),
            (
                "package show PACKAGES/notes.toml",
                2,
                &[
                    "is the source of a package, not a package",
                    "\"symbolon package build\"",
                ],
            ),
            (
                "registrar certify notiz.cvc --registrar datareg --prefix F04E4F5445 -o x.cvc",
                2,
                &[
                    "notiz.cvc is a certificate, not a certificate request",
                    "request.cvr",
                ],
            ),
            (
                "card info --card store.json",
                2,
                &["not a card image: none has", "\"symbolon sim new\""],
            ),
            (
                "approval request --card nope.img --package notes.pkg --provider-name DENOTIZ -o x.json",
                3,
                &["nope.img", "\"symbolon sim new FILE\""],
            ),
        ],
    );
}

/// Losing this lets a bank spoil an approval that is none of its business, or sends people to the wrong party.
#[test]
fn the_wrong_party_is_told_whose_turn_it_is() {
    let world = World::agreed();
    another_bank(&world);
    world
        .run("party new newbank --role issuer --name CHNEWBANK")
        .done();
    let before = fs::read(world.file("store.json")).unwrap();
    all_fail(
        &world,
        &[
            (
                "approval sign store.json --party otherbank",
                2,
                &[
                    "the card's issuer is CHALPENBK, not CHOTHERBK",
                    "Name the folder of CHALPENBK",
                ],
            ),
            (
                "approval sign store.json --party cardreg",
                2,
                &[
                    "the issuer registrar has nothing to sign",
                    "Ask the issuer, then the provider",
                ],
            ),
            (
                "approval record store.json --party cardreg",
                2,
                &["an issuer registrar keeps no receipts", "the card's issuer"],
            ),
            (
                "approval record store.json --party alpenbank",
                2,
                &["no receipt yet", "\"symbolon approval apply\""],
            ),
            (
                "issuer renew --issuer otherbank --card card.img",
                1,
                &[
                    "the card's issuer is CHALPENBK, not CHOTHERBK",
                    "\"symbolon issuer release\"",
                ],
            ),
            (
                "issuer register --issuer newbank --card card.img",
                2,
                &["CHNEWBANK has no certificate yet"],
            ),
            (
                "registrar certify notiz/request.cvr --registrar cardreg --prefix F04E4F5445 -o x.cvc",
                2,
                &["CHCARDREG is an issuer registrar"],
            ),
            (
                "issuer cards --issuer notiz",
                2,
                &["the folder of the provider DENOTIZ"],
            ),
            ("issuer cards --issuer nobody", 2, &["\"symbolon party new\""]),
        ],
    );
    assert_eq!(
        fs::read(world.file("store.json")).unwrap(),
        before,
        "nothing is written into it"
    );
}

/// Losing this lets somebody load what was never agreed, or leaves him with a card's words for it.
#[test]
fn the_wrong_card_package_or_order_is_named() {
    let world = World::agreed();
    for line in [
        "sim new other.img",
        "issuer personalize --issuer alpenbank --card other.img --user Bob --letter other-letter",
    ] {
        world.run(line).done();
    }
    let request = "approval request --package notes.pkg --provider-name DENOTIZ -o x.json --card";
    all_fail(
        &world,
        &[
            (
                "approval apply store.json --card other.img --package notes.pkg",
                2,
                &["is for another card"],
            ),
            (
                "approval apply store.json --card card.img --package notes-2.pkg",
                2,
                &["this is F04E4F544553 version 2", "Use exactly the package"],
            ),
            (
                "approval apply store.json --card card.img",
                2,
                &["is not named", "Give --package FILE"],
            ),
            (
                &format!("{request} other.img"),
                1,
                &["the card has no issuer yet", "\"symbolon issuer register\""],
            ),
            (
                &format!("{request} card.img --mode 3"),
                1,
                &["PolicyForbids", "\"symbolon issuer renew --modes\""],
            ),
            (
                "approval request --card card.img --package notes-2.pkg --provider-name DENOTIZ -o store.json",
                2,
                &["holds the approval of another request", "Choose another name"],
            ),
            (
                "approval request --card card.img --package notes-2.pkg --provider-name DENOTIZ -o no/where.json",
                2,
                &["cannot create no/where.json"],
            ),
            (
                "card read 2FFF --card card.img",
                1,
                &["6A82", "\"symbolon card tree\""],
            ),
            ("card read 5F01 --card card.img", 1, &["6982", "--pin"]),
            (
                "card verify-pin consent --card other.img --pin-file other-letter/consent-pin",
                1,
                &["verify the consent PIN", "\"symbolon card change-pin\""],
            ),
        ],
    );
    world.run(APPLY).done();
    let again = world.run(APPLY).done();
    assert!(
        again.out.contains("was stored, in an earlier run"),
        "{}",
        again.out
    );
    let status = world.run("approval status store.json").done();
    assert!(status.out.contains("All is done"), "{}", status.out);
    all_fail(
        &world,
        &[
            (&format!("{request} card.img"), 1, &["AidTaken", "--replace"]),
            (
                "approval request --card card.img --delete F04E4F544599 -o x.json",
                1,
                &[
                    "no application or version floor F04E4F544599",
                    "\"symbolon card info",
                ],
            ),
        ],
    );
    world
        .run(&format!("card deactivate {NOTES} --card card.img"))
        .done();
    world
        .run(&format!("card read {NOTES}/0101 --card card.img"))
        .failed(1, &["Deactivated", "\"symbolon card activate\""]);
}

/// Losing this names a file that nobody asked for where the user may not write.
#[test]
fn a_folder_without_permission_is_named() {
    let world = World::registered();
    let locked = world.file("locked");
    fs::create_dir(&locked).unwrap();
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o500)).unwrap();
    // Root may write everywhere but where nothing can be.
    let folder = match fs::write(locked.join("probe"), "") {
        Ok(()) => "/sys",
        Err(_) => "locked",
    };
    let output = format!("{folder}/notes.pkg");
    world
        .run(&format!("package build PACKAGES/notes.toml -o {output}"))
        .failed(
            2,
            &[&format!("cannot create {output}"), "who may read and write there"],
        );
}

/// Losing this sends people to a party that has said no, as if nothing had happened.
#[test]
fn status_says_who_has_refused_and_that_it_may_still_sign() {
    let world = World::registered();
    let request =
        "approval request --card card.img --package notes.pkg --provider-name DENOTIZ -o store.json";
    world
        .run(&format!("{request} --until 2026-01-01"))
        .failed(1, &["Expired", "--until", "symbolon card info"]);
    world.run(request).done();
    let refuse = "approval refuse store.json --party alpenbank --text never";
    world.run(refuse).done();
    let status = world.run("approval status store.json").done().out;
    assert!(status.contains("issuer: never\n"), "{status}");
    assert!(status.contains("The issuer has refused"), "{status}");
    world.run("approval sign store.json --party alpenbank").done();
    let status = world.run("approval status store.json").done().out;
    assert!(status.contains("Next: the provider signs"), "{status}");
}

/// Losing this has people consent to something they cannot compare.
#[test]
fn whoever_consents_sees_what_to_and_its_comparison_code_first() {
    let world = World::agreed();
    let code = world.json("approval status store.json")["comparison_code"].clone();
    let code = code.as_str().unwrap();
    let open = world.json("card info --card card.img")["open_requests"][0].clone();
    assert_eq!(open["comparison_code"], code);
    let asked = format!("store {NOTES} version 1, mode 2, comparison code {code}");
    for party in ["alpenbank", "notiz"] {
        let ran = world
            .run(&format!("approval sign store.json --party {party}"))
            .done();
        assert!(ran.err.contains(&asked), "{}", ran.err);
    }
    for line in ["approval show store.json", "approval status store.json", APPLY] {
        let ran = world.run(line).done();
        assert!(ran.out.contains(code), "{line}: {}", ran.out);
    }
    let ran = world
        .run(&format!(
            "approval request --card card.img --delete {NOTES} -o delete.json"
        ))
        .done();
    let asked = format!("delete {NOTES} version 1, mode 2, provider DENOTIZ");
    assert!(ran.err.contains(&asked), "{}", ran.err);
    let code = world.json("approval status delete.json")["comparison_code"].clone();
    let code = code.as_str().unwrap();
    assert!(ran.out.contains(code), "{}", ran.out);
    for line in [
        "approval sign delete.json --party alpenbank",
        "approval sign delete.json --party notiz",
        "approval apply delete.json --card card.img",
    ] {
        let ran = world.run(line).done();
        let asked = format!("delete {NOTES} version 1, mode 2, comparison code {code}");
        assert!(ran.err.contains(&asked), "{line}: {}", ran.err);
    }
    let request =
        "approval request --card card.img --package notes-2.pkg --provider-name DENOTIZ -o last.json";
    let number = world.json(request)["request"]["number"].clone();
    let code = world.json("approval status last.json")["comparison_code"].clone();
    let code = code.as_str().unwrap();
    let ran = world
        .run(&format!("card drop-request {number} --card card.img"))
        .done();
    assert!(ran.err.contains(code) && ran.out.contains(code), "{ran:?}");
}
