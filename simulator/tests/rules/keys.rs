//! Keys do one thing each (rule 10), and what is verified in one application opens nothing in another.

use apdu_spec::command::{Command, KeyTemplate, SelectReply, SelectTarget};
use apdu_spec::object::Operation;
use apdu_spec::package::{KeyEntry, KeyType, KeyUsage, OnReplace};
use apdu_spec::reference::KeyReference;

use super::packages::Plan;
use super::scene::*;

const NOT_FOUND: u16 = 0x6A88;

#[test]
fn a_key_is_made_for_one_use() {
    let mut scene = Scene::new();
    let mut plan = Plan::new(1);
    // Whoever likes makes and reads these keys.
    plan.rules.push(vec![0x80, 0x01, 0x07, 0x90, 0x00]);
    for (reference, usage) in [(0x81, KeyUsage::Sign), (0x82, KeyUsage::Agree)] {
        plan.keys.push(KeyEntry {
            reference,
            kind: KeyType::P256,
            usage,
            tries: None,
            rule: 1,
            replace: OnReplace::Reset,
            sealed: None,
        });
    }
    scene.carry_package(Operation::Store, aid(1), 1, &plan.package());
    scene.world.ok(&Command::Select {
        target: SelectTarget::Aid(aid(1).as_bytes()),
        reply: SelectReply::Nothing,
        next: false,
    });
    for make in [true, false] {
        for (local, other, own) in [
            (0x81, KeyTemplate::Agreement, KeyTemplate::Signature),
            (0x82, KeyTemplate::Signature, KeyTemplate::Agreement),
        ] {
            let key = |template| Command::GenerateKeyPair {
                reference: KeyReference::Local(local),
                template,
                make,
            };
            scene.world.fails(&key(other), NOT_FOUND);
            scene.world.ok(&key(own));
        }
    }
}
