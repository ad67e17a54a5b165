//! `symbolon approval apply` and `symbolon approval record` are killed (SIGKILL) in processes of their own: card image,
//! approval file and databases open afterwards, and the same command, run again, completes, with one receipt.
//!
//! Where they are killed follows their own work, the traffic with the card or the changes of their files, and no clock.

#[path = "killed/folder.rs"]
mod folder;
#[path = "killed/modes.rs"]
mod modes;

use serde_json::{Value, json};

use self::folder::{Folder, Place};

/// How often `approval apply` is killed.
const APPLY_KILLS: usize = 50;
/// How often `approval record` is killed.
const RECORD_KILLS: usize = 20;
const APPLY: &str = "approval apply store.json --card card.img --package notes.pkg";
/// The last block of a package, with which the card does what was agreed.
const LAST_BLOCK: &str = "00EA80";
const RECORDS: [&str; 2] = [
    "approval record store.json --party alpenbank",
    "approval record store.json --party notiz",
];

/// Until the holder has taken over the card that the bank registered, and the company has built its application.
const BEFORE: &str = "
party new cardreg --role issuer-registrar --name CHCARDREG
party new datareg --role data-registrar --name DEDATAREG
party new alpenbank --role issuer --name CHALPENBK
party new notiz --role provider --name DENOTIZ
registrar certify alpenbank/request.cvr --registrar cardreg --data-registrar datareg/certificate.cvc -o alpenbank.cvc
registrar certify notiz/request.cvr --registrar datareg --prefix F04E4F5445 -o notiz.cvc
party accept alpenbank --certificate alpenbank.cvc --root cardreg/certificate.cvc
party accept notiz --certificate notiz.cvc --root datareg/certificate.cvc
party trust alpenbank datareg/certificate.cvc
party trust notiz cardreg/certificate.cvc
sim new card.img
issuer personalize --issuer alpenbank --card card.img --user Ada --letter letter
issuer register --issuer alpenbank --card card.img
package build PACKAGES/notes.toml -o notes.pkg
provider add-package notes.pkg --provider notiz
card change-pin consent --card card.img --pin-file letter/consent-pin --new-pin-file new-pin
card change-pin user --card card.img --pin-file letter/user-pin --new-pin-file new-pin";
/// Until an authorized request lies in `store.json`.
const AGREE: &str = "
approval request --card card.img --package notes.pkg --provider-name DENOTIZ -o store.json
approval sign store.json --party alpenbank
approval sign store.json --party notiz";

impl Folder {
    /// Card image, approval file and both databases open, and none of them is damaged.
    fn everything_opens(&self) -> Value {
        let info = self.json("card info --card card.img");
        assert_eq!(info["damaged"], false);
        // Either the old file or the new one, never a mixture.
        self.done("approval status store.json");
        self.done("issuer cards --issuer alpenbank");
        self.done("provider holders --provider notiz");
        info
    }

    /// What every party and the card must say in the end, whoever was killed on the way.
    fn all_agree(&self, kill: usize) {
        let info = self.everything_opens();
        assert_eq!(
            (&info["receipts"], &info["open_requests"]),
            (&json!(2), &json!([])),
            "kill {kill}: one receipt"
        );
        assert_eq!(info["applications"].as_array().unwrap().len(), 1, "kill {kill}");
        assert_eq!(info["applications"][0]["aid"], "F04E4F544553", "kill {kill}");
        assert_eq!(info["consent_pin"]["tries_left"], 3, "kill {kill}");
        self.done("approval verify store.json --party notiz --complete");
        let cards = self.json("issuer cards --issuer alpenbank");
        assert_eq!(
            cards["cards"][0]["applications"].as_array().unwrap().len(),
            1,
            "kill {kill}: {cards}"
        );
        let holders = self.json("provider holders --provider notiz");
        assert_eq!(
            holders["holders"].as_array().unwrap().len(),
            1,
            "kill {kill}: {holders}"
        );
    }
}

/// Losing this leaves somebody whose machine failed with half an application, two receipts or none, or a file that no
/// program opens any more.
#[test]
fn the_same_command_completes_whatever_was_killed() {
    let folder = Folder::prepared(BEFORE);
    folder.all_done(AGREE);
    let agreed = folder.files();
    let (mut unfinished, mut loading) = (0, 0);
    folder.kill_along(APPLY, LAST_BLOCK, &agreed, APPLY_KILLS, |number, place| {
        let info = folder.everything_opens();
        place.agrees(info["applications"] != json!([]), &format!("kill {number}"));
        unfinished += usize::from(place == Place::Before);
        loading += u64::from(info["open_requests"][0]["state"] == "loading");
        let done = folder.json(APPLY);
        assert_eq!(done["receipt"], 1, "kill {number}");
        let again = folder.json(APPLY);
        assert_eq!(
            (&again["receipt"], &again["before"]),
            (&json!(1), &json!(true)),
            "kill {number}"
        );
        RECORDS.iter().for_each(|record| drop(folder.done(record)));
        folder.all_agree(number);
    });
    println!(
        "apply: {unfinished} of {APPLY_KILLS} killed before the card was done, {loading} of them between blocks"
    );
    assert!(
        unfinished > APPLY_KILLS / 4 && loading > 0,
        "{unfinished} {loading}"
    );

    folder.restore(&agreed);
    folder.done(APPLY);
    folder.kill_often(&RECORDS, &folder.files(), RECORD_KILLS, |number| {
        folder.everything_opens();
        RECORDS.iter().for_each(|record| drop(folder.done(record)));
        folder.all_agree(number);
    });
}
