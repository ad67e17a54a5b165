//! What the holder does with a card: requests dropped, PINs unblocked, applications switched off, receipts kept.

use std::fs;

use serde_json::json;

use crate::support::{CONSENT_PIN, NOTES, World};

const APPLY: &str = "approval apply store.json --card card.img --package notes.pkg";

#[test]
fn what_the_card_hides_is_said_to_be_hidden() {
    let world = World::agreed();
    world.run(APPLY).done();
    let info = world.json("card info --card card.img");
    assert_eq!(info["hidden"], true);
    assert_eq!(info["applications"][0]["label"], "Notes");
    assert_eq!(info["applications"][0]["version"], serde_json::Value::Null);
    let ran = world.run("card info --card card.img").done();
    assert!(ran.out.contains("--pin user shows them"), "{}", ran.out);
    let info = world.json("card info --card card.img --pin user");
    assert_eq!(
        (&info["hidden"], &info["applications"][0]["version"]),
        (&false.into(), &1.into())
    );
    assert_eq!(info["floors"][0]["version"], 1);
    for (line, words) in [
        ("card tree --card card.img", "is hidden"),
        ("card tree --card card.img --pin user", "F04E4F544553 DENOTIZ"),
    ] {
        let ran = world.run(line).done();
        assert!(ran.out.contains(words), "{words} is not in {}", ran.out);
    }
    world
        .run("card receipts --card card.img")
        .failed(1, &["6982", "--pin user"]);
}

#[test]
fn a_request_is_dropped_by_its_holder_only() {
    let world = World::agreed();
    world
        .run("card drop-request 9 --card card.img")
        .failed(1, &["NoSuchRequest", "card info"]);
    world
        .run("card drop-request 1 --card card.img --authenticate-as alpenbank")
        .failed(1, &["ConsentMissing"]);
    world
        .run_typing("card drop-request 1 --card card.img", "")
        .failed(2, &["SYMBOLON_CONSENT_PIN"]);
    let dropped = world.json("card drop-request 1 --card card.img");
    assert_eq!(
        (&dropped["dropped"], &dropped["operation"]),
        (&true.into(), &"store".into())
    );
    world.run(APPLY).failed(1, &["NoSuchRequest", "new request"]);
}

/// Losing this lets a bank's counter open requests only with the holder's PIN, where its policy said otherwise.
#[test]
fn where_the_policy_waives_consent_a_party_asks_and_drops() {
    let world = World::registered();
    world
        .run("issuer renew --issuer alpenbank --card card.img --modes 1,2 --waive-consent")
        .done();
    let request =
        "approval request --card card.img --package notes.pkg --provider-name DENOTIZ -o store.json";
    world
        .run(&format!("{request} --authenticate-as cardreg"))
        .failed(2, &["CHCARDREG"]);
    world.run(&format!("{request} --authenticate-as notiz")).done();
    world
        .run("card drop-request 1 --card card.img --authenticate-as alpenbank")
        .done();
    assert_eq!(
        world.json("card info --card card.img")["open_requests"],
        serde_json::json!([])
    );
}

#[test]
fn an_application_that_is_switched_off_keeps_its_data() {
    let world = World::agreed();
    world.run(APPLY).done();
    world
        .run("card deactivate F000000000 --card card.img")
        .failed(1, &["6A82"]);
    let off = format!("card deactivate {NOTES} --card card.img");
    assert_eq!(world.json(&format!("{off} --dry-run"))["deactivated"], false);
    assert_eq!(world.json(&off)["before"], false);
    assert_eq!(world.json(&off)["before"], true);
    let read = format!("card read {NOTES}/0101 --card card.img");
    world.run(&read).failed(1, &["6985", "Deactivated"]);
    assert_eq!(
        world.json("card info --card card.img")["applications"][0]["deactivated"],
        true
    );
    let tree = world.run("card tree --card card.img").done();
    assert!(tree.out.contains("(deactivated)"), "{}", tree.out);
    world
        .run(&format!("card activate {NOTES} --card card.img"))
        .done();
    world.run(&read).done();
}

/// Losing this leaves somebody with a new card wondering why its PIN opens nothing.
#[test]
fn a_transport_pin_says_so_and_how_many_tries_are_left() {
    let world = World::registered();
    world.run("sim new new.img").done();
    world
        .run("issuer personalize --issuer alpenbank --card new.img --user Eva --letter new-letter")
        .done();
    let pin = |world: &World| world.json("card info --card new.img")["consent_pin"].clone();
    assert_eq!(pin(&world), json!({"state": "transport", "tries_left": 3}));
    fs::write(world.file("wrong"), "00000000\n").unwrap();
    fs::write(world.file("new"), format!("{CONSENT_PIN}\n")).unwrap();
    world
        .run("card verify-pin consent --card new.img --pin-file new-letter/consent-pin")
        .failed(1, &["transport PIN", "symbolon card change-pin"]);
    world
        .run("card change-pin consent --card new.img --pin-file wrong --new-pin-file new")
        .failed(1, &["2 tries left"]);
    assert_eq!(pin(&world), json!({"state": "transport", "tries_left": 2}));
    let shown = world.run("card info --card new.img").done().out;
    assert!(
        shown.contains("consent PIN:       transport PIN, to be changed before use, 2 tries left"),
        "{shown}"
    );
    world
        .run("card change-pin consent --card new.img --pin-file new-letter/consent-pin --new-pin-file new")
        .done();
    assert_eq!(pin(&world), json!({"state": "ready", "tries_left": 3}));
    assert_eq!(
        world.json("card info --card new.img")["user_pin"]["state"],
        "transport"
    );
}

#[test]
fn a_blocked_pin_comes_back_by_the_code_in_the_letter() {
    let world = World::agreed();
    fs::write(world.file("wrong"), "00000000\n").unwrap();
    for tries in ["2 tries left", "1 try left"] {
        world
            .run("card verify-pin consent --card card.img --pin-file wrong")
            .failed(1, &[tries]);
    }
    world
        .run("card verify-pin consent --card card.img --pin-file wrong --last-try")
        .failed(1, &["6983"]);
    fs::write(world.file("new"), format!("{CONSENT_PIN}9\n")).unwrap();
    world
        .run("card unblock consent --card card.img --code-file wrong --new-pin-file new")
        .failed(1, &["unblocking code is wrong; 9 tries are left"]);
    world
        .run("card unblock 81 --application F04E4F544553 --card card.img")
        .failed(2, &["user PIN and the consent PIN"]);
    fs::write(world.file("short"), "1234567\n").unwrap();
    world
        .run("card unblock consent --card card.img --code-file short --new-pin-file new")
        .failed(2, &["8 to 12 characters"]);
    let unblocked = world
        .json("card unblock consent --card card.img --code-file letter/unblocking-code --new-pin-file new");
    assert_eq!(
        (&unblocked["requests_dropped"], &unblocked["tries_left"]),
        (&1.into(), &3.into())
    );
    world
        .run("card verify-pin consent --card card.img --pin-file new")
        .done();
    world.run(APPLY).failed(1, &["NoSuchRequest"]);
}

#[test]
fn receipts_are_kept_before_the_card_lets_them_go() {
    let world = World::agreed();
    world.run(APPLY).done();
    world
        .run("card receipts --card card.img --pin user --collect")
        .failed(2, &["nobody would keep them", "--output"]);
    let root = "--root cardreg/certificate.cvc";
    let list = world.json(&format!(
        "card receipts --card card.img --pin user {root} --output receipts --record-at alpenbank --collect"
    ));
    assert_eq!(list["receipts"].as_array().unwrap().len(), 2);
    assert_eq!(list["gaps"], serde_json::json!([]));
    assert_eq!(list["waiting"], 0);
    for number in [0, 1] {
        assert!(world.file(&format!("receipts/receipt-{number}.f0")).exists());
    }
    fs::write(world.file("receipts/receipt-1.f0"), b"another").unwrap();
    world
        .run("card receipts --card card.img --pin user --output receipts")
        .failed(2, &["receipt-1.f0", "another card"]);
}

#[test]
fn a_proof_of_the_newest_receipt_is_checked_up_to_the_root() {
    let world = World::agreed();
    let nonce = "00112233445566778899aabbccddeeff";
    let proved = world.json(&format!(
        "card prove-receipts --card card.img --nonce {nonce} --root cardreg/certificate.cvc"
    ));
    assert_eq!(
        (&proved["receipts"], &proved["nonce"]),
        (&1.into(), &nonce.into())
    );
    let good = |report: &serde_json::Value| {
        let checks = report["report"]["checks"].as_array().unwrap().clone();
        checks.iter().filter(|check| check["outcome"] == "good").count()
    };
    let without = world.json("card prove-receipts --card card.img");
    assert!(good(&proved) > good(&without), "{proved}");
    world
        .run("card prove-receipts --card card.img --nonce 0011")
        .failed_usage(&["32 hexadecimal digits"]);
    world
        .run("card prove-receipts --card card.img --root notes.pkg")
        .failed(2, &["notes.pkg"]);
}

#[test]
fn what_is_no_link_or_list_is_not_given_to_a_card() {
    let world = World::registered();
    for (command, cause) in [
        ("load-link", "is no certificate"),
        ("load-revocations", "at byte 0"),
    ] {
        world
            .run(&format!("card {command} letter/user-pin --card card.img"))
            .failed(2, &["letter/user-pin", cause]);
    }
    // The root that it has already is no change, a stranger's is refused.
    world
        .run("card load-link datareg/certificate.cvc --card card.img")
        .done();
    world
        .run("party new other --role data-registrar --name DEOTHER")
        .done();
    world
        .run("card load-link other/certificate.cvc --card card.img")
        .failed(1, &["UnknownAuthority"]);
    world
        .run("card load-link nowhere.cvc --card card.img")
        .failed(2, &["nowhere.cvc"]);
}
