//! What a registrar no longer stands for does not count on the card, from the moment the list is there.

use apdu_spec::certificate::{Extension, Role};
use apdu_spec::command::Command;
use apdu_spec::data;
use apdu_spec::limits;
use apdu_spec::object::{Digest, Header, Mode, RevocationList};
use apdu_spec::reason::Reason;
use symbolon_simulator::card::SimulatedCard;
use symbolon_simulator::randomness::Randomness;

use super::parties::*;
use super::world::*;

/// A complete list by `by`, of the certificates with these digests.
pub(crate) fn list(by: &Party, number: u32, revoked: &[Digest]) -> Vec<u8> {
    changed(by, number, revoked, |_| {})
}

fn changed(by: &Party, number: u32, revoked: &[Digest], change: impl FnOnce(&mut Header)) -> Vec<u8> {
    let mut revoked = revoked.to_vec();
    revoked.sort_unstable();
    let mut header = by.header(Mode::RegisteredIssuer);
    change(&mut header);
    let mut buffer = [0; 34 * limits::REVOKED];
    by.sign(&RevocationList::new(header, number, date("2030-01-01"), &revoked, &mut buffer).unwrap())
}

const fn load(list: &[u8]) -> Command<'_> {
    Command::LoadRevocationList { list }
}

#[test]
fn a_revoked_certificate_is_refused_and_the_next_list_replaces_this_one() {
    let mut world = World::registered();
    let (issuer, second) = (world.issuer_copy(), world.certify_issuer(31, "XXISSU00002"));
    world.verify(&issuer);
    let first = list(&world.issuers, 1, &[issuer.digest(), [0; 32]]);
    world.ok(&load(&first));
    assert_eq!(world.get(data::ISSUER_REVOCATION_LIST), Some(first.clone()));
    // A list moves no date.
    assert_eq!(world.date(), date("2026-01-01"));
    world.refuse_certificate(&issuer, Reason::Revoked);
    world.verify(&second);
    world.refused(&load(&first), Reason::ListTooOld);
    world.refused(&load(&list(&world.issuers, 0, &[])), Reason::ListTooOld);
    world.ok(&load(&list(&world.issuers, 2, &[second.digest()])));
    world.refuse_certificate(&second, Reason::Revoked);
    world.verify(&issuer);
    world.card.power_off();
    world.card.power_on();
    world.refuse_certificate(&second, Reason::Revoked);
}

#[test]
fn what_was_verified_before_the_list_came_is_not_used_after_it() {
    let mut world = World::personalised();
    let issuer = world.issuer_copy();
    world.verify(&issuer);
    let rc = world.rc(&issuer, |_| {});
    world.ok(&load(&list(&world.issuers, 1, &[issuer.digest()])));
    world.refused(&register(&rc), Reason::Revoked);
}

#[test]
fn a_list_concerns_its_own_registrar_only() {
    let mut world = World::registered();
    let (issuer, provider) = (world.issuer_copy(), copy(&world.provider));
    let draft = Draft::new("XXCERT00001", Role::DataCertifier, Extension::None);
    let certifier = world.data.certify(5, &draft);
    let all = [issuer.digest(), provider.digest(), certifier.digest()];
    world.ok(&load(&list(&world.issuers, 5, &all)));
    world.verify(&provider);
    world.verify(&certifier);
    world.refuse_certificate(&issuer, Reason::Revoked);
    world.ok(&load(&list(&world.data, 1, &all)));
    assert!(world.get(data::DATA_REVOCATION_LIST).is_some());
    world.refuse_certificate(&provider, Reason::Revoked);
    world.refuse_certificate(&certifier, Reason::Revoked);
}

#[test]
fn a_list_outlives_the_root_that_signed_it() {
    let mut world = World::registered();
    let issuer = world.issuer_copy();
    world.ok(&load(&list(&world.issuers, 7, &[issuer.digest()])));
    let draft = |name| Draft::new(name, Role::IssuerRegistrar, Extension::None);
    let second = world.issuers.certify(21, &draft("XXIREG00002"));
    world.verify(&second);
    world.refuse_certificate(&issuer, Reason::Revoked);
    world.refused(&load(&list(&second, 7, &[])), Reason::ListTooOld);
    // Either of two roots signs.
    world.ok(&load(&list(&world.issuers, 8, &[issuer.digest()])));
    world.ok(&load(&list(&second, 9, &[issuer.digest()])));
    let third = second.certify(22, &draft("XXIREG00003"));
    world.verify(&third);
    let fourth = third.certify(23, &draft("XXIREG00004"));
    world.verify(&fourth);
    let kept = list(&second, 9, &[issuer.digest()]);
    assert_eq!(world.get(data::ISSUER_REVOCATION_LIST), Some(kept));
    world.refused(&load(&list(&second, 10, &[])), Reason::UnknownAuthority);
    world.refused(&load(&list(&fourth, 9, &[])), Reason::ListTooOld);
    world.ok(&load(&list(&fourth, 10, &[])));
}

#[test]
fn a_list_that_is_not_its_registrars_is_refused() {
    let mut world = World::with_roots();
    let other = Party::root(41, "XXIREG00001", Role::IssuerRegistrar);
    world.refused(&load(&list(&other, 1, &[])), Reason::UnknownAuthority);
    world.refused(&load(&list(&world.issuer, 1, &[])), Reason::WrongRole);
    let root = world.issuers.digest();
    let forged = changed(&other, 1, &[], |header| header.certificate = root);
    world.refused(&load(&forged), Reason::BadSignature);
    let crossed = changed(&world.issuers, 1, &[], |header| header.role = Role::DataRegistrar);
    world.refused(&load(&crossed), Reason::UnknownAuthority);
    let in_mode_1 = changed(&world.issuers, 1, &[], |header| header.mode = Mode::Registration);
    world.refused(&load(&in_mode_1), Reason::OtherRequest);
    let after = changed(&world.issuers, 1, &[], |header| header.previous = [1; 32]);
    world.refused(&load(&after), Reason::OtherRequest);
    let mut cut = list(&world.issuers, 1, &[[1; 32], [2; 32]]);
    // Not in order any more: the first digest's last byte.
    let place = cut.windows(32).position(|window| window == [1; 32]).unwrap();
    cut[place..place + 32].fill(3);
    world.fails(&load(&cut), 0x6A80);
    let authentication = world.sr_like();
    world.fails(&load(&authentication), 0x6A80);
    world.card = SimulatedCard::in_memory(Randomness::seeded(3));
    world.refused(&load(&list(&world.issuers, 1, &[])), Reason::UnknownAuthority);
}

#[test]
fn the_longest_list_fits() {
    let mut world = World::registered();
    let mut revoked: Vec<_> = (0_u8..).map(|byte| [byte; 32]).take(limits::REVOKED).collect();
    let issuer = world.issuer_copy();
    revoked[17] = issuer.digest();
    let longest = list(&world.issuers, u32::MAX, &revoked);
    world.ok(&load(&longest));
    assert_eq!(world.get(data::ISSUER_REVOCATION_LIST), Some(longest));
    world.refuse_certificate(&issuer, Reason::Revoked);
    world.refused(&load(&list(&world.issuers, u32::MAX, &[])), Reason::ListTooOld);
}

impl World {
    /// A signed object of another kind.
    fn sr_like(&self) -> Vec<u8> {
        let header = self.issuers.header(Mode::RegisteredIssuer);
        self.issuers
            .sign(&apdu_spec::object::SecondAuthorization { header })
    }
}
