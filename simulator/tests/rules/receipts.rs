//! Receipts say who agreed to what, and hang together.

use apdu_spec::command::Command;
use apdu_spec::data;
use apdu_spec::object::{Consent, ContentEntry, Mode, Operation, ReceiptOperation};
use apdu_spec::reference::PinReference;

use super::package::package;
use super::parties::*;
use super::scene::*;

#[test]
fn a_receipt_names_who_agreed_in_the_order_they_signed() {
    for mode in MODES {
        let mut scene = Scene::new();
        let done = receipt(&scene.carry(mode, Operation::Store, aid(1), 1));
        let (first, second) = scene.signers(mode);
        let signers: Vec<_> = [Some(first), second]
            .into_iter()
            .flatten()
            .map(|party| party.digest())
            .collect();
        assert_eq!(done.authorizers.as_slice(), signers, "{mode:?}");
        assert_eq!((done.header.mode, done.flags), (mode, 0));
    }
}

#[test]
fn a_receipt_says_what_was_done_to_which_request() {
    let mut scene = Scene::new();
    let mut newest = scene.world.get(data::NEWEST_RECEIPT).unwrap_or_default();
    let packages = [1, 2, 2].map(|version| package(aid(1), version, 0));
    let operations = [Operation::Store, Operation::Replace, Operation::Delete];
    for (number, (operation, package)) in (1..).zip(operations.into_iter().zip(&packages)) {
        let version = if number == 1 { 1 } else { 2 };
        let asked = scene.open(Mode::ViaIssuer, scene.sdi(operation, aid(1), version));
        scene.authorize(&asked);
        let bytes = scene.finish(&asked, package);
        let done = receipt(&bytes);
        assert_eq!(done.header.previous, sha256(&newest));
        assert_eq!((done.number, done.request), (number, asked.number));
        assert_eq!((done.content_counter, done.consent), (number, Consent::Pin));
        assert_eq!(done.operation, ReceiptOperation::Storing(operation));
        let content = done.content.unwrap();
        assert_eq!((content.aid, content.version), (aid(1), version));
        assert_eq!(content.package, package.digests.package);
        assert_eq!(content.storing_request, sha256(&asked.request));
        newest = bytes;
    }
    // Lowering a floor changes no content.
    let lowered = receipt(&scene.carry(Mode::ViaIssuer, Operation::LowerFloor, aid(1), 1));
    assert_eq!(lowered.content_counter, 3);
}

/// Who knows the salts can tell what was on the card, and nobody else can guess it.
#[test]
fn the_content_list_is_salted_and_complete() {
    let mut scene = Scene::new();
    for last in [3, 1, 2] {
        let done = receipt(&scene.carry(Mode::ProviderAlone, Operation::Store, aid(last), 1));
        scene.world.ok(&Command::Verify {
            reference: PinReference::User,
            pin: Some(USER),
        });
        let list = scene.world.get(data::APPLICATIONS).unwrap();
        let leaves: Vec<u8> = data::applications(&list)
            .unwrap()
            .flat_map(|application| {
                let mut entry = [0; 256];
                let length = ContentEntry {
                    aid: application.aid,
                    version: application.version,
                    package: application.package,
                    provider: application.provider,
                }
                .write(&mut entry)
                .unwrap();
                sha256(&[application.salt.as_slice(), &entry[..length]].concat())
            })
            .collect();
        assert_eq!(done.content_list, sha256(&leaves));
    }
}
