//! Registering cards, and starting a party with certificates that are not its own.

use apdu_spec::certificate::{Certificate, Extension, Policy, Rights};
use apdu_spec::object::Mode;
use apdu_spec::reason::Reason;
use parties::provider::Provider;
use parties::registrar::Scope;
use parties::signer::Signer;

use crate::card::Card;
use crate::world::{World, certify, day, grant, new_key, refused, terms, today};

#[test]
fn registration_requests_that_differ_in_one_thing_are_refused() {
    let world = World::new();
    let card = Card::new(
        *world.issuer.root().digest(),
        *world.data_registrar.root().digest(),
        today(),
    );
    let terms = terms(*world.data_registrar.root().digest());
    let register = |request: &[u8], nonce: u8, terms| {
        world
            .issuer
            .register(request, &[nonce; 16], &terms, 1, today())
            .unwrap()
    };
    let request = card.ask_registration(&[7; 16]);
    let rc = register(&request, 7, terms).granted().unwrap();
    let rc = Certificate::parse(&rc).unwrap();
    let Extension::Card(extension) = rc.extension else {
        panic!("no RC")
    };
    assert_eq!(
        (extension.serial, extension.policy, rc.point),
        (1, terms.policy, card.key.point())
    );

    assert_eq!(refused(register(&request, 8, terms)).reason, Reason::OtherRequest);
    let mut broken = request.clone();
    *broken.last_mut().unwrap() ^= 1;
    assert_eq!(refused(register(&broken, 7, terms)).reason, Reason::BadSignature);
    let mut elsewhere = terms;
    elsewhere.data_root = [1; 32];
    assert_eq!(
        refused(register(&request, 7, elsewhere)).reason,
        Reason::RootMismatch
    );
    let mut past = terms;
    (past.effective, past.expiration) = (day("2026-01-01"), day("2026-11-20"));
    assert_eq!(refused(register(&request, 7, past)).reason, Reason::Expired);
    let party = parties::registrar::make_request("DEPARTY00001".parse().unwrap(), &card.key).unwrap();
    assert_eq!(
        refused(register(&party, 7, terms)).reason,
        Reason::UnknownExtension
    );
}

/// Its signature was looked at when the issuer started; its dates are looked at for every card.
#[test]
fn an_issuer_registers_nobody_before_or_after_its_own_days() {
    let world = World::new();
    let (anchor, root) = (world.issuer.root().digest(), world.data_registrar.root().digest());
    let request = Card::new(*anchor, *root, today()).ask_registration(&[7; 16]);
    let mut terms = terms(*root);
    terms.expiration = day("2031-01-01");
    let on = |date| {
        world
            .issuer
            .register(&request, &[7; 16], &terms, 1, day(date))
            .unwrap()
    };
    assert!(on("2030-01-01").granted().is_some(), "its last day");
    let late = refused(on("2030-01-02"));
    assert_eq!(
        (late.reason, late.text.contains("ended on 2030-01-01")),
        (Reason::Expired, true)
    );
    assert_eq!(refused(on("2025-12-30")).reason, Reason::NotYetValid);
}

#[test]
fn a_policy_cannot_give_more_than_the_issuer_has() {
    let world = World::new();
    let mut narrow = grant(Scope::DataRegistrars(vec![*world.data_registrar.root().digest()]));
    narrow.rights = Rights::NONE.with(Mode::Registration).with(Mode::ViaIssuer);
    let (irc, key) = certify(&world.issuer_registrar, "DENARROW", &narrow);
    let root = world.issuer_registrar.root().encoded();
    let issuer = parties::issuer::Issuer::new(&irc, root, parties::certificate::Roots::new(), key).unwrap();
    let card = Card::new(
        *world.issuer.root().digest(),
        *world.data_registrar.root().digest(),
        today(),
    );
    let request = card.ask_registration(&[7; 16]);
    let mut terms = terms(*world.data_registrar.root().digest());
    assert!(
        issuer
            .register(&request, &[7; 16], &terms, 1, today())
            .unwrap()
            .granted()
            .is_some()
    );
    terms.policy = Policy::ALL;
    let refusal = refused(issuer.register(&request, &[7; 16], &terms, 1, today()).unwrap());
    assert_eq!(refusal.reason, Reason::PolicyForbids);
}

#[test]
fn a_party_does_not_start_with_another_key_or_role() {
    let world = World::new();
    let (irc, dpr) = (
        world.issuer.certificate().encoded(),
        world.provider.certificate().encoded(),
    );
    let (iroot, droot) = (
        world.issuer_registrar.root().encoded(),
        world.data_registrar.root().encoded(),
    );
    let roots = parties::certificate::Roots::new;
    let key = new_key;
    for (what, error) in [
        (
            "another key",
            parties::issuer::Issuer::new(irc, iroot, roots(), key())
                .map(|_| ())
                .unwrap_err(),
        ),
        (
            "another root",
            parties::issuer::Issuer::new(irc, droot, roots(), key())
                .map(|_| ())
                .unwrap_err(),
        ),
        (
            "another role",
            Provider::new(irc, iroot, roots(), key()).map(|_| ()).unwrap_err(),
        ),
        (
            "another role",
            parties::issuer::Issuer::new(dpr, droot, roots(), key())
                .map(|_| ())
                .unwrap_err(),
        ),
    ] {
        assert!(matches!(error, parties::Error::Unfit(_)), "{what}: {error}");
    }
}
