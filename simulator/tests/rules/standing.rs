//! Who still counts when something is carried out, and for what: everything is asked again at the commit (rules 1, 8 and 9).

use apdu_spec::certificate::{Extension, IssuerExtension, KeyOrigin, Rights, Role, SuccessorExtension};
use apdu_spec::command::Command;
use apdu_spec::data;
use apdu_spec::object::{FLAG_RESCUE, Mode, Operation, RevocationList};
use apdu_spec::reason::Reason;

use super::package::package;
use super::parties::*;
use super::scene::*;
use super::world::*;

/// A registrar's list that names these.
fn list(by: &Party, revoked: &[&Party]) -> Vec<u8> {
    let mut revoked: Vec<_> = revoked.iter().map(|party| party.digest()).collect();
    revoked.sort_unstable();
    let header = by.header(Mode::RegisteredIssuer);
    let mut buffer = [0; 200];
    by.sign(&RevocationList::new(header, 1, date("2026-01-01"), &revoked, &mut buffer).unwrap())
}

/// All is there but what carries a request of this mode out.
fn nearly_stored(mode: Mode) -> (Scene, Asked) {
    let mut scene = Scene::new();
    let asked = scene.open(mode, scene.sdi(Operation::Store, aid(1), 3));
    scene.authorize(&asked);
    let package = package(aid(1), 3, 0);
    assert!(package.blocks.len() > 1);
    scene.load(&asked, &package, 0..package.blocks.len() - 1);
    (scene, asked)
}

#[track_caller]
fn refuse_the_rest(scene: &mut Scene, asked: &Asked, reason: Reason) {
    let package = package(asked.sdi.aid, asked.sdi.version, 0);
    // The block itself is kept, once.
    let last = block(asked, &package, package.blocks.len() - 1);
    scene.world.send(&last);
    scene.world.refused(&last, reason);
}

#[test]
fn whoever_was_revoked_meanwhile_has_authorized_nothing() {
    for mode in MODES {
        let (mut scene, asked) = nearly_stored(mode);
        let revoked = list(&scene.world.data, &[&scene.provider]);
        scene.world.ok(&Command::LoadRevocationList { list: &revoked });
        refuse_the_rest(&mut scene, &asked, Reason::Revoked);
    }
    let (mut scene, asked) = nearly_stored(Mode::RegistrarCertified);
    let revoked = list(&scene.world.data, &[&scene.certifier]);
    scene.world.ok(&Command::LoadRevocationList { list: &revoked });
    refuse_the_rest(&mut scene, &asked, Reason::Revoked);
}

/// While the card's issuer does not count, nothing is stored, in any mode.
#[test]
fn a_card_whose_issuer_was_revoked_stores_nothing() {
    for mode in MODES {
        let (mut scene, asked) = nearly_stored(mode);
        let revoked = list(&scene.world.issuers, &[&scene.issuer]);
        scene.world.ok(&Command::LoadRevocationList { list: &revoked });
        refuse_the_rest(&mut scene, &asked, Reason::Revoked);
    }
}

#[test]
fn nothing_is_authorized_or_stored_after_its_day() {
    let mut scene = Scene::new();
    let mut sdi = scene.sdi(Operation::Store, aid(1), 3);
    sdi.expiry = date("2026-06-01");
    let (one, two) = (
        scene.open(Mode::ViaIssuer, sdi),
        scene.open(Mode::ProviderAlone, sdi),
    );
    scene.authorize(&one);
    let package = package(aid(1), 3, 0);
    scene.load(&one, &package, 0..package.blocks.len() - 1);
    scene.show(two.mode);
    let late = scene.evidence(&two);
    scene.wait_until("2026-06-01");
    scene.bring(&two, &late);
    scene.wait_until("2026-06-02");
    refuse_the_rest(&mut scene, &one, Reason::Expired);
    scene.refuse(&one, &late, Reason::Expired);
    scene.refuse_to_open(Mode::CertifiedData, sdi, Reason::Expired);
}

#[test]
fn a_cards_own_certificate_ends_with_its_day() {
    let mut scene = Scene::new();
    let rc = scene.world.rc(&scene.issuer, |rc| {
        rc.serial = 2;
        rc.policy = apdu_spec::certificate::Policy::ALL;
    });
    let view = apdu_spec::certificate::Certificate::parse(&rc).unwrap();
    let short = scene
        .issuer
        .sign_certificate(&apdu_spec::certificate::CertificateBuilder {
            expiration: date("2026-06-01"),
            ..apdu_spec::certificate::CertificateBuilder::from(&view)
        });
    scene.world.verify(&scene.issuer);
    scene.world.ok(&register(&short));
    let asked = scene.open(Mode::CertifiedData, scene.sdi(Operation::Store, aid(1), 1));
    scene.show(asked.mode);
    let evidence = scene.evidence(&asked);
    scene.wait_until("2026-06-02");
    scene.refuse(&asked, &evidence, Reason::Expired);
}

/// An issuer whose certificate has these rights registers the card.
fn registered_by(rights: Rights) -> Scene {
    let world = World::personalised();
    let mut buffer = [0; 64];
    let roots = IssuerExtension::encode(&[world.data.digest()], &mut buffer).unwrap();
    let mut draft = Draft::new("XXISSU00001", Role::Issuer, Extension::Issuer(roots));
    draft.rights = rights;
    let issuer = world.issuers.certify(3, &draft);
    Scene::registered(world, issuer, |_| {})
}

#[test]
fn an_issuer_takes_part_in_the_modes_of_its_certificate() {
    for mode in MODES {
        let others = MODES.into_iter().filter(|other| *other != mode);
        let mut scene = registered_by(others.fold(Rights::NONE.with(Mode::Registration), Rights::with));
        let asked = scene.open(mode, scene.sdi(Operation::Store, aid(1), 1));
        scene.show(mode);
        let evidence = scene.evidence(&asked);
        scene.refuse(&asked, &evidence, Reason::CertificateRole);
    }
}

/// The issuer could sign as such a card: what a provider alone agrees to with it, nobody can rely on.
#[test]
fn a_provider_alone_deals_with_cards_that_made_their_key() {
    let mut world = World::personalised();
    world.put(data::REGISTRATION_KEY, &[77; 32]);
    let issuer = world.issuer_copy();
    let mut scene = Scene::registered(world, issuer, |rc| rc.key_origin = KeyOrigin::Issuer);
    let sdi = scene.sdi(Operation::Store, aid(1), 1);
    scene.refuse_to_open(Mode::ProviderAlone, sdi, Reason::KeyNotOfCard);
    scene.carry(Mode::ViaProvider, Operation::Store, aid(1), 1);
}

/// Whoever winds up the affairs of the provider with this name.
fn successor(scene: &Scene, of: &str) -> Party {
    let extension = Extension::Successor(SuccessorExtension::of_provider(of.parse().unwrap()));
    let draft = Draft::new("XXHEIR00001", Role::Provider, extension);
    scene.world.data.certify(16, &draft)
}

fn with_one_stored() -> Scene {
    let mut scene = Scene::new();
    scene.carry(Mode::ViaIssuer, Operation::Store, aid(1), 1);
    scene
}

#[test]
fn a_successor_deletes_by_joint_authority_and_the_receipt_says_so() {
    for mode in [Mode::ViaIssuer, Mode::ViaProvider] {
        let mut scene = with_one_stored();
        let asked = scene.open(mode, scene.sdi(Operation::Delete, aid(1), 1));
        scene.provider = successor(&scene, "XXPROV");
        scene.authorize(&asked);
        let done = receipt(&scene.finish(&asked, &package(aid(1), 1, 0)));
        assert_eq!(done.flags, FLAG_RESCUE);
        assert!(done.authorizers.as_slice().contains(&scene.provider.digest()));
    }
}

#[track_caller]
fn refuse_successor(mode: Mode, operation: Operation, version: u32, of: &str) {
    let mut scene = with_one_stored();
    let asked = scene.open(mode, scene.sdi(operation, aid(1), version));
    scene.provider = successor(&scene, of);
    scene.show(mode);
    let evidence = scene.evidence(&asked);
    scene.refuse(&asked, &evidence, Reason::NotSuccessor);
}

#[test]
fn a_successor_replaces_nothing() {
    refuse_successor(Mode::ViaIssuer, Operation::Replace, 2, "XXPROV");
}

#[test]
fn a_successor_does_nothing_alone() {
    refuse_successor(Mode::ProviderAlone, Operation::Delete, 1, "XXPROV");
}

#[test]
fn a_successor_deletes_what_his_predecessor_left() {
    refuse_successor(Mode::ViaProvider, Operation::Delete, 1, "XXPROW");
}

/// A provider with a new key is the provider that he was.
#[test]
fn a_new_key_of_a_provider_goes_on_with_his_applications() {
    let mut scene = with_one_stored();
    scene.provider = provider(&scene.world.data, 17, "XXPROV00002");
    scene.carry(Mode::ProviderAlone, Operation::Replace, aid(1), 2);
}
