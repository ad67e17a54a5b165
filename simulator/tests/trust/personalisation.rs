//! What a personaliser may put, and that a card never passes for the maker of a key it was given.

use apdu_spec::certificate::{CertificateRequest, KeyOrigin};
use apdu_spec::command::Command;
use apdu_spec::data;
use apdu_spec::object::FLAG_KEY_MADE_BY_ISSUER;
use apdu_spec::reason::Reason;
use apdu_spec::reference::KeyReference;

use super::parties::*;
use super::world::*;

impl World {
    fn key_origin(&mut self) -> KeyOrigin {
        let status = self.get(data::CARD_STATUS).unwrap();
        data::CardStatus::read(&status).unwrap().key_origin
    }
}

const fn put(tag: u16, value: &[u8]) -> Command<'_> {
    Command::PutData { tag, value }
}

#[test]
fn a_key_of_the_issuers_making_is_called_that_until_the_card_makes_one() {
    let mut world = World::personalised();
    let issuer = world.issuer_copy();
    world.put(data::REGISTRATION_KEY, &[77; 32]);
    assert_eq!(world.key_origin(), KeyOrigin::Issuer);
    let ri = world.ok(&Command::RequestRegistration { nonce: [7; 16] });
    let given = Party::root(77, "XXA00001", apdu_spec::certificate::Role::IssuerRegistrar);
    let request = CertificateRequest::parse(&ri).unwrap();
    assert_eq!(request.point, given.view().point);

    world.verify(&issuer);
    let rc = world.rc(&issuer, |_| {});
    world.refused(&register(&rc), Reason::NotThisCard);
    let rc = world.rc(&issuer, |rc| rc.key_origin = KeyOrigin::Issuer);
    let mut same = World::personalised();
    same.verify(&issuer);
    let own = same.rc(&issuer, |rc| rc.key_origin = KeyOrigin::Issuer);
    same.refused(&register(&own), Reason::NotThisCard);

    let receipt = world.ok(&register(&rc));
    let receipt = world.newest_receipt(&receipt);
    assert_eq!(receipt.flags, FLAG_KEY_MADE_BY_ISSUER);
    world.refused(&put(data::REGISTRATION_KEY, &[78; 32]), Reason::AlreadyRegistered);
    assert_eq!(world.get(data::REGISTRATION_KEY), None);
}

#[test]
fn generating_makes_the_key_the_cards_own_again() {
    let mut world = World::personalised();
    world.put(data::REGISTRATION_KEY, &[77; 32]);
    world.generate(KeyReference::KeyAgreement);
    assert_eq!(world.key_origin(), KeyOrigin::Issuer);
    world.generate(KeyReference::Registration);
    assert_eq!(world.key_origin(), KeyOrigin::Card);
    world.register_first();
}

#[test]
fn a_scalar_that_is_no_key_is_refused() {
    let mut world = World::personalised();
    for value in [&[0; 32][..], &[0xFF; 32], &[1; 31], &[1; 33]] {
        world.fails(&put(data::REGISTRATION_KEY, value), 0x6A80);
    }
    assert_eq!(world.key_origin(), KeyOrigin::Card);
}

#[test]
fn an_unblocking_code_has_8_to_12_bytes_and_is_put_before_registration() {
    let mut world = World::personalised();
    for value in [&b"1234567"[..], b"1234567890123"] {
        world.fails(&put(data::UNBLOCKING_CODE, value), 0x6A80);
    }
    world.put(data::UNBLOCKING_CODE, b"12345678");
    world.put(data::UNBLOCKING_CODE, b"123456789012");
    let dump = world.card.dump().unwrap();
    // Namespace 0, PIN 03 and its tries.
    assert!(dump.contains("\n0000 04 0003 "), "{dump}");
    assert!(dump.contains("\n0000 05 0003 0000    1 "), "{dump}");
    assert_eq!(world.get(data::UNBLOCKING_CODE), None);
    world.register_first();
    world.refused(
        &put(data::UNBLOCKING_CODE, b"87654321"),
        Reason::AlreadyRegistered,
    );
}
