//! Registrars and issuers over the years: keys change, certificates are revoked, cards change hands, parties go.

use crate::support::World;

const REQUEST: &str =
    "approval request --card card.img --package notes.pkg --provider-name DENOTIZ -o store.json";

/// Losing this lets a provider whose key was stolen go on storing.
#[test]
fn who_is_revoked_stores_nothing_more() {
    let world = World::agreed();
    world
        .run("registrar revocations export --registrar datareg -o list.f0")
        .failed(2, &["nothing was revoked yet", "--again"]);
    world
        .run("registrar revoke alpenbank.cvc --registrar datareg -o list.f0")
        .failed(2, &["no certificate", "was given here"]);
    world
        .run("registrar revoke notes.pkg --registrar datareg -o list.f0")
        .failed(2, &["notes.pkg"]);
    world
        .run("registrar revocations export --registrar datareg --again -o empty.f0")
        .done();
    let revoked = world.json("registrar revoke notiz.cvc --registrar datareg -o list.f0");
    assert_eq!(revoked["number"], 2);
    let exported = world.json("registrar revocations export --registrar datareg -o again.f0");
    assert_eq!(exported["revoked"], revoked["revoked"]);
    world.run("card load-revocations list.f0 --card card.img").done();
    world
        .run("card load-revocations empty.f0 --card card.img")
        .failed(1, &["ListTooOld", "newest"]);
    let lists = world.json("card info --card card.img")["revocation_lists"].clone();
    assert_eq!(lists[0]["number"], 2);
    world
        .run("approval apply store.json --card card.img --package notes.pkg")
        .failed(1, &["Revoked", "registrar"]);
    world.run("party trust alpenbank list.f0").done();
    world
        .run("approval verify store.json --party alpenbank")
        .failed(1, &["revo"]);
}

/// Losing this makes every card worthless when a registrar changes its key.
#[test]
fn a_registrar_changes_its_key_and_cards_go_on() {
    let world = World::registered();
    let rolled = world.json("registrar rollover --registrar datareg -o link.cvc");
    assert_eq!(rolled["link"]["holder"], "DEDATAREG00002");
    world.run("card load-link link.cvc --card card.img").done();
    world.run("card load-link link.cvc --card card.img").done();
    let links = world.json("card info --card card.img")["links"].clone();
    assert_eq!(links[0]["holder"], "DEDATAREG00002");
    for line in [
        "party trust alpenbank link.cvc",
        "party new kurier --role provider --name DEKURIER",
        "registrar certify kurier/request.cvr --registrar datareg --prefix F04B555249 -o kurier.cvc",
        "party trust kurier datareg/certificate.cvc link.cvc cardreg/certificate.cvc",
        "party accept kurier --certificate kurier.cvc --root datareg/certificate.cvc",
    ] {
        world.run(line).done();
    }
    let certificate = world.json("party show kurier")["certificate"].clone();
    assert_eq!(certificate["authority"], "DEDATAREG00002");
    // Who is certified by the new key brings the link along, to a card that was never told of it.
    package_of_kurier(&world);
    for line in [
        "sim new other.img",
        "issuer personalize --issuer alpenbank --card other.img --user Bob --letter other-letter",
        "issuer register --issuer alpenbank --card other.img",
        "card change-pin consent --card other.img --pin-file other-letter/consent-pin --new-pin-file PACKAGES/../cli/tests/command/consent-pin",
        "package build kurier.toml -o kurier.pkg",
        "provider add-package kurier.pkg --provider kurier",
        "approval request --card other.img --package kurier.pkg --provider-name DEKURIER -o kurier.json",
        "approval sign kurier.json --party alpenbank",
        "approval sign kurier.json --party kurier",
        "approval apply kurier.json --card other.img --package kurier.pkg",
        "approval verify kurier.json --root cardreg/certificate.cvc --root datareg/certificate.cvc",
    ] {
        world.run(line).done();
    }
    let links = world.json("card info --card other.img")["links"].clone();
    assert_eq!(links[0]["holder"], "DEDATAREG00002");
    // What the old key certified is as good as ever.
    for line in [
        REQUEST,
        "approval sign store.json --party alpenbank",
        "approval sign store.json --party notiz",
        "approval apply store.json --card card.img --package notes.pkg",
    ] {
        world.run(line).done();
    }
    world
        .run("party trust notiz notes.pkg")
        .failed(2, &["trust notes.pkg"]);
}

/// The notes, under an AID of the new provider's.
fn package_of_kurier(world: &World) {
    let packages = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../packages"));
    let notes = std::fs::read_to_string(packages.join("notes.toml")).unwrap();
    assert!(notes.contains("F04E4F544553"), "{notes}");
    let own = notes.replace("F04E4F544553", "F04B55524901");
    std::fs::write(world.file("kurier.toml"), own).unwrap();
    std::fs::create_dir(world.file("notes")).unwrap();
    let guide = "notes/guide-1.txt";
    std::fs::copy(packages.join(guide), world.file(guide)).unwrap();
}

fn new_issuer(world: &World) {
    for line in [
        "party new neubank --role issuer --name CHNEUBANK",
        "registrar certify neubank/request.cvr --registrar cardreg --data-registrar datareg/certificate.cvc -o neubank.cvc",
        "party accept neubank --certificate neubank.cvc --root cardreg/certificate.cvc",
        "party trust neubank datareg/certificate.cvc",
    ] {
        world.run(line).done();
    }
}

#[test]
fn a_card_changes_hands_with_its_issuers_release_and_its_holders_consent() {
    let world = World::agreed();
    new_issuer(&world);
    let renew = "issuer renew --issuer neubank --card card.img --modes 1,2,3";
    world.run(renew).failed(1, &["what to do:"]);
    world
        .run("issuer release --issuer neubank --card card.img --to CHNEUBANK -o release.f0")
        .failed(1, &["issuer CHNEUBANK"]);
    world
        .run("issuer release --issuer alpenbank --card card.img --to CHNEUBANK -o release.f0")
        .done();
    world
        .run("issuer release --issuer alpenbank --card card.img --to CHANOTHER -o other.f0")
        .failed(1, &["NotReleased", "CHNEUBANK"]);
    let renew = format!("{renew} --release release.f0");
    world
        .run_typing(
            &format!("{renew} --passphrase-file PACKAGES/../cli/tests/command/passphrase"),
            "",
        )
        .failed(2, &["SYMBOLON_CONSENT_PIN"]);
    let renewed = world.json(&renew);
    assert_eq!(renewed["receipt"], 1);
    let info = world.json("card info --card card.img");
    assert_eq!(info["issuer"]["holder"], "CHNEUBANK00001");
    assert_eq!(info["open_requests"], serde_json::json!([]));
    assert_eq!(info["content_policy"], serde_json::json!([1, 2, 3]));
}

#[test]
fn a_later_certificate_that_allows_more_asks_the_holder() {
    let world = World::registered();
    let renew = "issuer renew --issuer alpenbank --card card.img --modes";
    let info = |world: &World| world.json("card info --card card.img")["content_policy"].clone();
    let typing = |modes: &str| {
        let line = format!("{renew} {modes} --passphrase-file PACKAGES/../cli/tests/command/passphrase");
        world.run_typing(&line, "")
    };
    typing("1").done();
    assert_eq!(info(&world), serde_json::json!([1]));
    typing("1,2,4").failed(2, &["allow more than before", "SYMBOLON_CONSENT_PIN"]);
    assert_eq!(info(&world), serde_json::json!([1]));
    world.run(&format!("{renew} 1,2,4")).done();
    assert_eq!(info(&world), serde_json::json!([1, 2, 4]));
    // A later day alone changes nothing else, and asks for nothing.
    let passphrase = "--passphrase-file PACKAGES/../cli/tests/command/passphrase";
    let later = format!("issuer renew --issuer alpenbank --card card.img {passphrase}");
    let usual = world.run_typing(&later, "").done();
    assert_eq!(info(&world), serde_json::json!([1, 2, 4]));
    // No longer than its issuer's, though, which whoever verifies looks at too: not unless somebody asks for it, and then it is told.
    assert!(!usual.out.contains("good until"), "{usual:?}");
    let issuers = world.json("party show alpenbank")["certificate"]["expiration"].clone();
    let issuers = issuers.as_str().unwrap();
    let longest = world
        .run_typing(&format!("{later} --until 2098-12-31"), "")
        .done();
    let note = format!("it is good until {issuers} only, when the certificate of CHALPENBK ends");
    assert!(longest.out.contains(&note), "{longest:?}");
    let planned = world
        .run_typing(&format!("{later} --until 2098-12-31 --dry-run"), "")
        .done();
    assert!(planned.out.contains(&note), "{planned:?}");
    let short = world.run_typing(&format!("{later} --until {issuers}"), "").done();
    assert!(!short.out.contains("good until"), "{short:?}");
    let widened = format!("{later} --allow-mac");
    world
        .run_typing(&widened, "")
        .failed(2, &["SYMBOLON_CONSENT_PIN"]);
    // That the holder has not agreed to it is no reason to forget which certificate is the newest: what shall hold has to be said.
    world
        .run_typing(&later, "")
        .failed(1, &["other modes than number 8", "--modes 1,2"]);
    world.run_typing(&format!("{later} --modes 1,2,4"), "").done();
    world.run("sim new blank.img").done();
    world
        .run("issuer renew --issuer alpenbank --card blank.img")
        .failed(1, &["NotRegistered", "issuer register"]);
}

/// Losing this strands every card of a bank that went bankrupt.
#[test]
fn a_successor_takes_over_the_cards_of_an_issuer_that_is_gone() {
    let world = World::registered();
    new_issuer(&world);
    world
        .run("registrar certify neubank/request.cvr --registrar cardreg --data-registrar datareg/certificate.cvc \
              --succeeds CHNOBODY -o rescue.cvc")
        .failed(1, &["NotSuccessor", "CHNOBODY"]);
    world
        .run("registrar certify neubank/request.cvr --registrar cardreg --data-registrar datareg/certificate.cvc \
              --succeeds CHALPENBK -o rescue.cvc")
        .done();
    world
        .run("issuer renew --issuer neubank --card card.img --succeeds CHALPENBK")
        .failed(2, &["no certificate as the successor"]);
    let accepted = world
        .run("party accept neubank --certificate rescue.cvc --root cardreg/certificate.cvc")
        .done();
    assert!(
        accepted.out.contains("as the successor of CHALPENBK."),
        "{}",
        accepted.out
    );
    assert_eq!(
        world.json("party show neubank")["successions"][0]["predecessor"],
        "CHALPENBK"
    );
    let taken = world
        .run("issuer renew --issuer neubank --card card.img --succeeds CHALPENBK")
        .done();
    assert!(taken.err.contains("goes from its issuer to"), "{}", taken.err);
    world
        .run("issuer renew --issuer neubank --card card.img --modes 1,2")
        .done();
    assert_eq!(
        world.json("card info --card card.img")["issuer"]["holder"],
        "CHNEUBANK00001"
    );
    let collect = "card receipts --card card.img --record-at neubank --collect";
    world
        .run(collect)
        .failed(2, &["does not know the certificate", "--output"]);
    let receipts = world.json(&format!(
        "{collect} --output receipts --root cardreg/certificate.cvc"
    ));
    assert_eq!(receipts["receipts"][1]["rescue"], true, "{receipts}");
    assert_eq!(
        receipts["unchecked"],
        serde_json::json!([0]),
        "another issuer's time"
    );
    assert_eq!(receipts["not_recorded"], serde_json::json!([0]));
    assert!(world.file("receipts/receipt-0.f0").exists());
    // Who was an issuer once does nothing more with this card.
    world
        .run("issuer renew --issuer alpenbank --card card.img")
        .failed(1, &["what to do:"]);
}

/// Losing this leaves what a vanished provider stored on the card for ever.
#[test]
fn a_successor_helps_to_delete_what_a_provider_left_and_does_nothing_else() {
    let world = World::agreed();
    world
        .run("approval apply store.json --card card.img --package notes.pkg")
        .done();
    for line in [
        "party new kurier --role provider --name DEKURIER",
        "registrar certify kurier/request.cvr --registrar datareg --prefix F04B555249 -o kurier.cvc",
        "registrar certify kurier/request.cvr --registrar datareg --succeeds DENOTIZ -o rescue.cvc",
        "party accept kurier --certificate kurier.cvc --root datareg/certificate.cvc",
        "party accept kurier --certificate rescue.cvc --root datareg/certificate.cvc",
        "party trust kurier cardreg/certificate.cvc",
        "approval request --card card.img --delete F04E4F544553 -o delete.json",
        "approval sign delete.json --party alpenbank",
    ] {
        world.run(line).done();
    }
    world
        .run("approval sign delete.json --party kurier")
        .failed(1, &["WrongSigner"]);
    world
        .run("approval sign delete.json --party kurier --successor-of CHNOBODY")
        .failed(2, &["no certificate as the successor of CHNOBODY"]);
    for line in [
        "approval sign delete.json --party kurier --successor-of DENOTIZ",
        "approval apply delete.json --card card.img",
        "approval record delete.json --party alpenbank",
    ] {
        world.run(line).done();
    }
    let receipts = world.json("card receipts --card card.img --pin user");
    assert_eq!(
        (
            &receipts["receipts"][2]["operation"],
            &receipts["receipts"][2]["rescue"]
        ),
        (&"delete".into(), &true.into())
    );
}
