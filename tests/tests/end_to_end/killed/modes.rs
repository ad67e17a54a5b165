//! The other ways to change a card: registration, and storing in modes 3, 4, 6 and 7.

use serde_json::{Value, json};

use super::folder::{Folder, Place};
use super::{APPLY, BEFORE, LAST_BLOCK};

/// Places in its traffic with the card at which each is killed.
const KILLS: usize = 20;

/// Until the card takes every mode, a data certifier is there, and the bank has one more card to register.
const EVERY_MODE: &str = "
issuer renew --issuer alpenbank --card card.img --modes 1,2,3,4,6,7
party new certifier --role data-certifier --name DECERTIF
registrar delegate certifier/request.cvr --registrar datareg -o certifier.cvc
party accept certifier --certificate certifier.cvc --root datareg/certificate.cvc
party trust certifier cardreg/certificate.cvc
sim new new.img
issuer personalize --issuer alpenbank --card new.img --user Bob --letter new-letter";

/// A way to store: its mode, the commands until nobody is missing but the card, and who keeps the receipt.
const WAYS: [(u8, &str, &[&str]); 4] = [
    (
        3,
        "
approval request --card card.img --mode 3 --package notes.pkg --provider-name DENOTIZ -o store.json
approval sign store.json --party notiz
approval sign store.json --party alpenbank",
        &["alpenbank", "notiz"],
    ),
    (
        4,
        "
approval request --card card.img --mode 4 --package notes.pkg --provider-name DENOTIZ -o store.json
approval sign store.json --party notiz",
        &["notiz"],
    ),
    (
        6,
        "
provider certify notes.pkg --provider notiz -o certified.json
approval request --card card.img --certified certified.json -o store.json",
        &["notiz"],
    ),
    (
        7,
        "
provider certify notes.pkg --provider notiz --mode 7 -o certified.json
registrar certify-data certified.json --certifier certifier --package notes.pkg
approval request --card card.img --certified certified.json -o store.json",
        &["notiz"],
    ),
];

const REGISTER: &str = "issuer register --issuer alpenbank --card new.img";
/// What registers the card.
const REGISTRATION: &str = "00400200";

/// Losing this makes what is promised of mode 2 a matter of luck in the others.
#[test]
fn the_same_command_completes_in_every_mode() {
    let folder = Folder::prepared(BEFORE);
    folder.all_done(EVERY_MODE);
    let before = folder.files();
    registration(&folder);
    for (mode, lines, parties) in WAYS {
        folder.restore(&before);
        folder.all_done(lines);
        let mut unfinished = 0;
        folder.kill_along(APPLY, LAST_BLOCK, &folder.files(), KILLS, |number, place| {
            let at = format!("mode {mode}, kill {number}");
            let info = sound(&folder, "card.img");
            place.agrees(info["applications"] != json!([]), &at);
            unfinished += usize::from(place == Place::Before);
            let status = folder.json("approval status store.json");
            let missing = status["steps"]
                .as_array()
                .unwrap()
                .iter()
                .filter(|step| step["done"] == false);
            assert!(
                missing.clone().all(|step| step["who"] == "card"),
                "{at}: {status}"
            );
            assert_eq!(
                missing.count(),
                usize::from(status["next"] == "card"),
                "{at}: {status}"
            );

            assert_eq!(folder.json(APPLY)["receipt"], 2, "{at}");
            let info = sound(&folder, "card.img");
            assert_eq!(
                (&info["receipts"], &info["open_requests"]),
                (&json!(3), &json!([])),
                "{at}: one receipt"
            );
            assert_eq!(info["applications"].as_array().unwrap().len(), 1, "{at}");
            for party in parties {
                folder.done(&format!("approval record store.json --party {party}"));
            }
            folder.done("approval verify store.json --party notiz --complete");
        });
        println!("mode {mode}: {unfinished} of {KILLS} killed before the card was done");
        assert!(unfinished > KILLS / 4, "mode {mode}: {unfinished}");
    }
}

/// Mode 1, and with it 5.
fn registration(folder: &Folder) {
    let mut unfinished = 0;
    folder.kill_along(REGISTER, REGISTRATION, &folder.files(), KILLS, |number, place| {
        let info = sound(folder, "new.img");
        place.agrees(
            info["life_cycle"] == "operational",
            &format!("registration, kill {number}"),
        );
        unfinished += usize::from(place == Place::Before);
        folder.done(REGISTER);
        let info = sound(folder, "new.img");
        assert_eq!(
            (&info["life_cycle"], &info["receipts"]),
            (&json!("operational"), &json!(1)),
            "registration, kill {number}"
        );
        let cards = folder.json("issuer cards --issuer alpenbank");
        let known = cards["cards"].as_array().unwrap().iter();
        assert_eq!(
            known.filter(|card| card["card"] == info["card"]).count(),
            1,
            "kill {number}: {cards}"
        );
    });
    println!("registration: {unfinished} of {KILLS} killed before the card was done");
    assert!(unfinished > KILLS / 4, "registration: {unfinished}");
}

/// What a card that is not damaged tells.
fn sound(folder: &Folder, image: &str) -> Value {
    let info = folder.json(&format!("card info --card {image}"));
    assert_eq!(info["damaged"], false);
    info
}
