//! A card goes to another issuer when its issuer says so, and to nobody else.

use apdu_spec::certificate::{Certificate, Extension, KeyOrigin, Role};
use apdu_spec::object::{Mode, ProviderId, Release, Signed};
use apdu_spec::reason::Reason;
use parties::crypto::sha256;
use parties::decision::sign_object;
use parties::issuer::{CardTerms, Issuer, Takeover};
use parties::office::IssuerOffice;
use parties::registrar::Scope;

use crate::world::{Key, World, certify, database, grant, issuer_database, refused, terms, today};

fn serial(rc: &[u8]) -> u32 {
    match Certificate::parse(rc).unwrap().extension {
        Extension::Card(card) => card.serial,
        _ => panic!("no RC"),
    }
}

/// Another issuer under the same registrar.
fn next_issuer(world: &World, who: &str) -> (Issuer<Key>, Key) {
    let bound = grant(Scope::DataRegistrars(vec![*world.data_registrar.root().digest()]));
    let (irc, key) = certify(&world.issuer_registrar, who, &bound);
    let root = world.issuer_registrar.root().encoded();
    (Issuer::new(&irc, root, world.roots(), key.clone()).unwrap(), key)
}

#[test]
fn a_released_card_is_registered_by_the_issuer_it_was_released_to() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| {
        let path = folder.path().join(name);
        std::fs::create_dir(&path).unwrap();
        path
    };
    let world = World::new();
    let (next, _) = next_issuer(&world, "DENEXT");
    let (third, _) = next_issuer(&world, "DETHIRD");
    let old = Issuer::new(
        &world.card.irc,
        world.issuer.root().encoded(),
        world.roots(),
        world.issuer_key.clone(),
    )
    .unwrap();
    let old = IssuerOffice::new(old, issuer_database(&at("old"), &world));
    let rc = &world.card.rc;
    let released = old.release(rc, &next.identity().unwrap(), today()).unwrap();
    let again = old.release(rc, &next.identity().unwrap(), today()).unwrap();
    assert!(again.repeated && again.decision == released.decision);
    let release = released.decision.granted().unwrap();
    // Not to two, not to itself, and no card that is not its own.
    let elsewhere = old.release(rc, &third.identity().unwrap(), today()).unwrap();
    assert_eq!(refused(elsewhere.decision).reason, Reason::NotReleased);
    let itself = world.issuer.identity().unwrap();
    let decision = world.issuer.release(rc, &itself, today()).unwrap();
    assert_eq!(refused(decision).reason, Reason::SameParty);
    let foreign = World::new();
    let answer = old
        .release(&foreign.card.rc, &next.identity().unwrap(), today())
        .unwrap();
    assert_eq!(refused(answer.decision).reason, Reason::NotThisCard);
    let decision = next.release(rc, &third.identity().unwrap(), today()).unwrap();
    assert_eq!(refused(decision).reason, Reason::UnknownAuthority);

    let terms = terms(*world.data_registrar.root().digest());
    let request = world.card.ask_registration(&[4; 16]);
    let takeover = Takeover {
        certificate: rc,
        issuer_certificate: &world.card.irc,
        release: Some(&release),
    };
    let office = IssuerOffice::new(next, database(&at("next"), Role::Issuer, "DENEXT"));
    let answer = office
        .take_over(&request, &[4; 16], &terms, &takeover, today())
        .unwrap();
    let new = answer.decision.granted().unwrap();
    assert_eq!(serial(&new), 2);
    let again = office
        .take_over(&request, &[4; 16], &terms, &takeover, today())
        .unwrap();
    assert!(again.repeated);
    // From now on it is a card like any other.
    let request = world.card.ask_registration(&[5; 16]);
    let later = office.register(&request, &[5; 16], &terms, today()).unwrap();
    assert_eq!(serial(&later.decision.granted().unwrap()), 3);
}

#[test]
fn releases_that_differ_in_one_thing_are_refused() {
    let world = World::new();
    let (next, _) = next_issuer(&world, "DENEXT");
    let (_, other_key) = next_issuer(&world, "DETHIRD");
    let identity = next.identity().unwrap();
    let release = world
        .issuer
        .release(&world.card.rc, &identity, today())
        .unwrap()
        .granted()
        .unwrap();
    let body: Release = Signed::parse(&release).unwrap().read().unwrap();
    assert_eq!((body.card, body.issuer), (world.card.id(), identity));
    assert_eq!(body.header.previous, sha256(&world.card.rc));
    let terms = terms(*world.data_registrar.root().digest());
    let request = world.card.ask_registration(&[4; 16]);
    let judge = |request: &[u8], release: Option<&[u8]>, terms: &CardTerms| {
        let takeover = Takeover {
            certificate: &world.card.rc,
            issuer_certificate: &world.card.irc,
            release,
        };
        next.judge_takeover(request, &takeover, terms, today()).unwrap()
    };
    assert_eq!(judge(&request, Some(&release), &terms), Ok(1));
    let signed = |change: fn(&mut Release)| {
        let mut body = body;
        change(&mut body);
        sign_object(&body, &world.issuer_key).unwrap()
    };
    let forged = sign_object(&body, &other_key).unwrap();
    for (reason, release) in [
        (Reason::NotReleased, None),
        (Reason::NotReleased, Some(signed(|body| body.card = [1; 32]))),
        (
            Reason::NotReleased,
            Some(signed(|body| body.header.previous = [1; 32])),
        ),
        (
            Reason::NotReleased,
            Some(signed(|body| body.header.certificate = [1; 32])),
        ),
        (
            Reason::NotReleased,
            Some(signed(|body| body.header.role = Role::Provider)),
        ),
        (
            Reason::NotReleased,
            Some(signed(|body| body.header.mode = Mode::ViaIssuer)),
        ),
        (
            Reason::NotReleased,
            Some(signed(|body| body.issuer.name = "DETHIRD".parse().unwrap())),
        ),
        (
            Reason::NotReleased,
            Some(signed(|body| {
                body.issuer = ProviderId {
                    root: [1; 32],
                    ..body.issuer
                };
            })),
        ),
        (Reason::BadSignature, Some(forged)),
    ] {
        let found = judge(&request, release.as_deref(), &terms).unwrap_err();
        assert_eq!(found.reason, reason, "{found}");
    }
    // Another card, other registrars, another story about the key.
    let stranger = World::new();
    let foreign = stranger.card.ask_registration(&[4; 16]);
    let of = |request: &[u8], terms: &CardTerms| judge(request, Some(&release), terms).unwrap_err().reason;
    assert_eq!(of(&foreign, &terms), Reason::NotThisCard);
    let unbound = CardTerms {
        data_root: [1; 32],
        ..terms
    };
    assert_eq!(of(&request, &unbound), Reason::RootMismatch);
    let relabelled = CardTerms {
        key_origin: KeyOrigin::Issuer,
        ..terms
    };
    assert_eq!(of(&request, &relabelled), Reason::KeyNotOfCard);
}

/// A card that swaps its key agreement, or is given other registrars, is not the card that was registered.
#[test]
fn a_later_certificate_is_for_the_same_card() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::new();
    let old = Issuer::new(
        &world.card.irc,
        world.issuer.root().encoded(),
        world.roots(),
        world.issuer_key.clone(),
    )
    .unwrap();
    let office = IssuerOffice::new(old, issuer_database(folder.path(), &world));
    let terms = terms(*world.data_registrar.root().digest());
    let mut other = crate::card::Card::new([1; 32], [1; 32], today());
    let mut world = world;
    std::mem::swap(&mut other.agreement, &mut world.card.agreement);
    let request = world.card.ask_registration(&[4; 16]);
    let answer = office.register(&request, &[4; 16], &terms, today()).unwrap();
    assert_eq!(refused(answer.decision).reason, Reason::NotThisCard);
    std::mem::swap(&mut other.agreement, &mut world.card.agreement);
    let request = world.card.ask_registration(&[4; 16]);
    let relabelled = CardTerms {
        key_origin: KeyOrigin::Issuer,
        ..terms
    };
    let answer = office.register(&request, &[4; 16], &relabelled, today()).unwrap();
    assert_eq!(refused(answer.decision).reason, Reason::KeyNotOfCard);
    // A changed policy is what later certificates are for.
    let wider = CardTerms {
        policy: terms.policy.with(Mode::CertifiedData).with_mac(),
        ..terms
    };
    let answer = office.register(&request, &[4; 16], &wider, today()).unwrap();
    assert_eq!(serial(&answer.decision.granted().unwrap()), 2);
    assert_eq!(
        office.card(&world.card.id()).unwrap().unwrap().policy().unwrap(),
        wider.policy
    );
}
