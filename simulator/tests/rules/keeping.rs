//! Replacing: what a new version keeps of the old one, it cannot open to anybody whom the old one did not let in (rule 7).

use apdu_spec::access::AccessRules;
use apdu_spec::object::Operation;
use apdu_spec::package::{KeyEntry, KeyType, KeyUsage, OnReplace, PinEntry};
use apdu_spec::reason::Reason;

use super::packages::{Plan, file};
use super::scene::*;

/// Readable with PIN 81 only; changing PIN 81, or using a key, only where it is verified.
const CLOSED: [u8; 11] = [0x80, 0x01, 0x07, 0xA4, 0x06, 0x83, 0x01, 0x81, 0x95, 0x01, 0x08];

fn pin() -> PinEntry<'static> {
    PinEntry {
        reference: 0x81,
        minimum: 6,
        tries: 3,
        rule: 1,
        replace: OnReplace::Keep,
        transport: b"000000",
    }
}

/// A file and a key behind a PIN.
fn closed(version: u32) -> Plan {
    let mut plan = Plan::new(version);
    plan.rules.push(CLOSED.to_vec());
    plan.files[0] = file(1, 1, OnReplace::Keep);
    plan.pins.push(pin());
    plan.keys.push(KeyEntry {
        reference: 0x82,
        kind: KeyType::P256,
        usage: KeyUsage::Sign,
        tries: None,
        rule: 1,
        replace: OnReplace::Keep,
        sealed: None,
    });
    plan
}

/// A replacement that everybody agreed to, and the holder too, is refused for what it keeps.
#[track_caller]
fn refuse_replacement(reason: Reason, change: impl FnOnce(&mut Plan)) {
    let mut scene = Scene::new();
    scene.carry_package(Operation::Store, aid(1), 1, &closed(1).package());
    let mut plan = closed(2);
    change(&mut plan);
    let package = plan.package();
    let asked = scene.open_package(Operation::Replace, aid(1), 2, &package);
    scene.authorize(&asked);
    scene.world.consent();
    scene.world.send(&block(&asked, &package, 0));
    scene.world.consent();
    scene.world.refused(&block(&asked, &package, 0), reason);
}

#[test]
fn what_is_kept_as_it_was_is_kept() {
    let mut scene = Scene::new();
    scene.carry_package(Operation::Store, aid(1), 1, &closed(1).package());
    let package = closed(2).package();
    let asked = scene.open_package(Operation::Replace, aid(1), 2, &package);
    scene.authorize(&asked);
    // Nothing is lost: the holder need not be asked again.
    scene.load(&asked, &package, 0..1);
}

#[test]
fn a_kept_files_rule_is_not_loosened() {
    refuse_replacement(Reason::RuleWidened, |plan| plan.files[0].rule = 0);
}

/// What the old rule does not speak of, it denies.
#[test]
fn a_kept_files_rule_opens_nothing_new() {
    refuse_replacement(Reason::RuleWidened, |plan| {
        let mut wider = CLOSED.to_vec();
        // And whoever has the PIN may deactivate.
        wider[2] |= 0x08;
        plan.rules.push(wider);
        plan.files[0].rule = 2;
    });
}

#[test]
fn a_kept_file_stays_as_long_as_it_is() {
    refuse_replacement(Reason::BadManifest, |plan| plan.files[0].size = 319);
}

#[test]
fn a_kept_pins_rule_is_not_loosened() {
    let anybody = [0x80, 0x01, 0x02, 0x90, 0x00];
    assert!(AccessRules::new(&anybody).is_ok());
    refuse_replacement(Reason::RuleWidened, |plan| {
        plan.rules.push(anybody.to_vec());
        plan.pins[0].rule = 2;
    });
}

#[test]
fn a_kept_pin_gets_no_more_tries() {
    refuse_replacement(Reason::RuleWidened, |plan| plan.pins[0].tries = 4);
}

#[test]
fn a_kept_pin_gets_no_shorter() {
    refuse_replacement(Reason::RuleWidened, |plan| plan.pins[0].minimum = 5);
}

#[test]
fn a_kept_keys_rule_is_not_loosened() {
    let anybody = [0x80, 0x01, 0x07, 0x90, 0x00];
    refuse_replacement(Reason::RuleWidened, |plan| {
        plan.rules.push(anybody.to_vec());
        plan.keys[0].rule = 2;
    });
}

#[test]
fn a_kept_key_does_what_it_did() {
    refuse_replacement(Reason::RuleWidened, |plan| plan.keys[0].usage = KeyUsage::Agree);
}

/// A PIN that the provider knows would open what the holder closed with his own.
#[test]
fn no_pin_is_set_anew_beside_what_is_kept() {
    refuse_replacement(Reason::RuleWidened, |plan| {
        plan.pins[0].replace = OnReplace::Reset;
    });
    refuse_replacement(Reason::RuleWidened, |plan| {
        plan.pins[0].replace = OnReplace::Reset;
        plan.files[0].replace = OnReplace::Reset;
    });
}

#[test]
fn what_is_dropped_asks_the_holder() {
    for change in [
        |plan: &mut Plan| plan.files[0].replace = OnReplace::Reset,
        |plan: &mut Plan| plan.keys[0].replace = OnReplace::Reset,
    ] {
        let mut scene = Scene::new();
        scene.carry_package(Operation::Store, aid(1), 1, &closed(1).package());
        let mut plan = closed(2);
        change(&mut plan);
        let package = plan.package();
        let asked = scene.open_package(Operation::Replace, aid(1), 2, &package);
        scene.authorize(&asked);
        scene.world.send(&block(&asked, &package, 0));
        scene
            .world
            .refused(&block(&asked, &package, 0), Reason::ConsentMissing);
        scene.world.consent();
        scene.load(&asked, &package, 0..1);
    }
}
