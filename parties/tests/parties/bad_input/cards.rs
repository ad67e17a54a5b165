//! Cards that ask for a certificate, cards that move, and cards that are to share a key.

use apdu_spec::certificate::{KeyOrigin, Policy, Role};
use apdu_spec::object::{Mode, ProviderId, Release, Signed};
use apdu_spec::reason::Reason;
use parties::Error;
use parties::decision::sign_object;
use parties::issuer::{CardTerms, Issuer, Takeover};
use parties::office::IssuerOffice;
use parties::registrar::{Scope, make_request};

use crate::card::Card;
use crate::offices::Offices;
use crate::witness::Witness;
use crate::world::{Key, World, certify, database, day, grant, new_key, reason, terms, today};

const NONCE: [u8; 16] = [4; 16];
const MODE: Mode = Mode::Registration;

type Change = fn(&mut CardTerms);

/// What no card gets, and what a card that has a certificate already does not get either.
const TERMS: [(Reason, Change); 5] = [
    (Reason::RootMismatch, |terms| terms.data_root = [1; 32]),
    (Reason::KeyNotOfCard, |terms| {
        terms.key_origin = KeyOrigin::Issuer;
        terms.policy = Policy::ALL;
    }),
    (Reason::Expired, |terms| terms.expiration = day("2026-11-20")),
    (Reason::Expired, |terms| {
        (terms.effective, terms.expiration) = (day("2028-01-02"), day("2028-01-01"));
    }),
    (Reason::Expired, |terms| {
        (terms.effective, terms.expiration) = (day("2020-01-01"), day("2021-01-01"));
    }),
];

/// Another card, with the roots of this world.
fn card(world: &World) -> Card {
    let roots = (
        *world.issuer.root().digest(),
        *world.data_registrar.root().digest(),
    );
    Card::new(roots.0, roots.1, today())
}

#[test]
fn an_issuer_refuses_registrations_that_differ_in_one_thing() {
    let world = World::new();
    let offices = Offices::new(&world);
    let witness = offices.witness(Role::Issuer);
    let good = terms(*world.data_registrar.root().digest());
    let new = card(&world);
    let request = new.ask_registration(&NONCE);
    let ask = |request: &[u8], nonce: &[u8; 16], terms: &CardTerms| {
        let answer = offices.issuer.register(request, nonce, terms, today());
        answer.map(|answer| answer.decision)
    };
    for known in [&new, &world.card] {
        let request = known.ask_registration(&NONCE);
        for (expected, change) in TERMS {
            let mut terms = good;
            change(&mut terms);
            witness.refuses((expected, MODE), &request, || ask(&request, &NONCE, &terms));
        }
        witness.refuses((Reason::OtherRequest, MODE), &request, || {
            ask(&request, &[5; 16], &good)
        });
    }
    // Not signed by the card's own key; a party's request.
    let mut forged = request.clone();
    let last = forged.len() - 1;
    forged[last] ^= 1;
    witness.refuses((Reason::BadSignature, MODE), &forged, || {
        ask(&forged, &NONCE, &good)
    });
    let party = make_request("FRNOTES00001".parse().unwrap(), &new_key()).unwrap();
    witness.refuses((Reason::UnknownExtension, MODE), &party, || {
        ask(&party, &NONCE, &good)
    });
    // The card that is registered, with another key for key agreement.
    let mut other = card(&world);
    let mut world = world;
    std::mem::swap(&mut other.agreement, &mut world.card.agreement);
    let swapped = world.card.ask_registration(&NONCE);
    witness.refuses((Reason::NotThisCard, MODE), &swapped, || {
        ask(&swapped, &NONCE, &good)
    });
    assert_eq!(reason(ask(&request, &NONCE, &good).unwrap()), None);
}

/// Another issuer of the same registrar, with its database in `folder`.
fn next_issuer(world: &World, who: &str, folder: &std::path::Path) -> IssuerOffice<Key> {
    let bound = grant(Scope::DataRegistrars(vec![*world.data_registrar.root().digest()]));
    let (irc, key) = certify(&world.issuer_registrar, who, &bound);
    let root = world.issuer_registrar.root().encoded();
    let issuer = Issuer::new(&irc, root, world.roots(), key).unwrap();
    IssuerOffice::new(issuer, database(folder, Role::Issuer, who))
}

type ChangeRelease = fn(&mut Release);

const RELEASES: [(Reason, ChangeRelease); 8] = [
    (Reason::NotReleased, |release| release.card = [1; 32]),
    (Reason::NotReleased, |release| release.header.previous = [1; 32]),
    (Reason::NotReleased, |release| {
        release.header.certificate = [1; 32]
    }),
    (Reason::NotReleased, |release| {
        release.header.role = Role::Provider
    }),
    (Reason::NotReleased, |release| {
        release.header.role = Role::IssuerRegistrar
    }),
    (Reason::NotReleased, |release| {
        release.header.mode = Mode::ViaIssuer
    }),
    (Reason::NotReleased, |release| {
        release.issuer.name = crate::world::name("DETHIRD");
    }),
    (Reason::NotReleased, |release| release.issuer.root = [1; 32]),
];

#[test]
fn the_next_issuer_refuses_releases_that_differ_in_one_thing() {
    let folder = tempfile::tempdir().unwrap();
    let mut world = World::new();
    let next = next_issuer(&world, "DENEXT", folder.path());
    let witness = Witness::new(folder.path(), next.issuer().certificate());
    let good = terms(*world.data_registrar.root().digest());
    let identity = next.issuer().identity().unwrap();
    let release = world.issuer.release(&world.card.rc, &identity, today());
    let release = release.unwrap().granted().unwrap();
    let body: Release = Signed::parse(&release).unwrap().read().unwrap();
    let request = world.card.ask_registration(&NONCE);
    let (rc, irc) = (world.card.rc.clone(), world.card.irc.clone());
    let ask = |request: &[u8], terms: &CardTerms, release: Option<&[u8]>| {
        let takeover = Takeover {
            certificate: &rc,
            issuer_certificate: &irc,
            release,
        };
        let answer = next.take_over(request, &NONCE, terms, &takeover, today());
        answer.map(|answer| answer.decision)
    };
    for (expected, change) in RELEASES {
        let mut body = body;
        change(&mut body);
        let wrong = sign_object(&body, &world.issuer_key).unwrap();
        witness.refuses((expected, MODE), &request, || ask(&request, &good, Some(&wrong)));
    }
    let forged = sign_object(&body, &new_key()).unwrap();
    witness.refuses((Reason::BadSignature, MODE), &request, || {
        ask(&request, &good, Some(&forged))
    });
    witness.refuses((Reason::NotReleased, MODE), &request, || {
        ask(&request, &good, None)
    });
    // Another object of the same issuer over the same certificate.
    let receipt = world.card.head(&NONCE);
    witness.refuses((Reason::NotReleased, MODE), &request, || {
        ask(&request, &good, Some(&receipt))
    });
    let stranger = World::new().card.ask_registration(&NONCE);
    witness.refuses((Reason::NotThisCard, MODE), &stranger, || {
        ask(&stranger, &good, Some(&release))
    });
    for (expected, change) in TERMS {
        let mut terms = good;
        change(&mut terms);
        witness.refuses((expected, MODE), &request, || {
            ask(&request, &terms, Some(&release))
        });
    }
    let answer = ask(&request, &good, Some(&release)).unwrap();
    let rc = answer.granted().unwrap();
    world.card.register(&rc, next.issuer().certificate().encoded());
}

#[test]
fn an_issuer_lets_go_only_what_it_has_and_only_once() {
    let world = World::new();
    let offices = Offices::new(&world);
    let witness = offices.witness(Role::Issuer);
    let to = |who: &str| ProviderId {
        name: crate::world::name(who),
        ..world.issuer.identity().unwrap()
    };
    let ask = |rc: &[u8], who: &str| {
        let answer = offices.issuer.release(rc, &to(who), today());
        answer.map(|answer| answer.decision)
    };
    let stranger = World::new().card.rc;
    witness.refuses((Reason::NotThisCard, MODE), &stranger, || {
        ask(&stranger, "DENEXT")
    });
    let rc = &world.card.rc;
    witness.refuses((Reason::SameParty, MODE), rc, || ask(rc, "DEISSUER"));
    assert_eq!(reason(ask(rc, "DENEXT").unwrap()), None);
    witness.refuses((Reason::NotReleased, MODE), rc, || ask(rc, "DETHIRD"));
    // After a later certificate, the older one lets nothing go.
    let request = world.card.ask_registration(&NONCE);
    let good = terms(*world.data_registrar.root().digest());
    offices.issuer.register(&request, &NONCE, &good, today()).unwrap();
    witness.refuses((Reason::SerialTooOld, MODE), rc, || ask(rc, "DENEXT"));
}

/// A key that is not made uses up no version, and no card is answered that is not known.
#[test]
fn keys_are_shared_with_good_cards_only() {
    let plain = World::new();
    let world = World::with_policy(Policy::ALL.with_mac());
    let (offices, without) = (Offices::new(&world), Offices::new(&plain));
    let mut expired = world.card.rc.clone();
    let last = expired.len() - 1;
    expired[last] ^= 1;
    let late = day("2029-01-02");
    let denied = |offices: &Offices, role, expected, ask: &dyn Fn() -> parties::Result<Vec<u8>>| {
        let answer = offices.witness(role).keeps_nothing(ask);
        let Err(Error::Denied(denial)) = answer else {
            panic!("{answer:?}")
        };
        assert_eq!(denial.reason, expected, "{denial}");
    };
    let (rc, irc) = (&world.card.rc, &world.card.irc);
    let issuer = |rc: &[u8], day| offices.issuer.share_key(rc, day);
    denied(&offices, Role::Issuer, Reason::NotThisCard, &|| {
        issuer(&plain.card.rc, today())
    });
    denied(&offices, Role::Issuer, Reason::SerialTooOld, &|| {
        issuer(&expired, today())
    });
    denied(&offices, Role::Issuer, Reason::Expired, &|| issuer(rc, late));
    denied(&without, Role::Issuer, Reason::PolicyForbids, &|| {
        without.issuer.share_key(&plain.card.rc, today())
    });
    denied(&offices, Role::Issuer, Reason::NotThisCard, &|| {
        offices.issuer.authenticate(&plain.card.id(), &NONCE)
    });
    let provider = |rc: &[u8], irc: &[u8], day| offices.provider.share_key(rc, irc, day);
    denied(&offices, Role::Provider, Reason::UnknownAuthority, &|| {
        provider(&plain.card.rc, &plain.card.irc, today())
    });
    denied(&offices, Role::Provider, Reason::BadSignature, &|| {
        provider(&plain.card.rc, irc, today())
    });
    denied(&offices, Role::Provider, Reason::BadSignature, &|| {
        provider(&expired, irc, today())
    });
    denied(&offices, Role::Provider, Reason::Expired, &|| {
        provider(rc, irc, late)
    });
    denied(&without, Role::Provider, Reason::PolicyForbids, &|| {
        without
            .provider
            .share_key(&plain.card.rc, &plain.card.irc, today())
    });
    // A card of an issuer that may bind two data registrars, bound to the other one.
    let (both, elsewhere) = bound_elsewhere(&world);
    denied(&offices, Role::Provider, Reason::RootMismatch, &|| {
        provider(&elsewhere, &both, today())
    });
    // The first version is still there to be given.
    for object in [issuer(rc, today()).unwrap(), provider(rc, irc, today()).unwrap()] {
        let key: apdu_spec::object::SharedKey<'_> = Signed::parse(&object).unwrap().read().unwrap();
        assert_eq!((key.version, key.card), (1, world.card.id()));
    }
}

/// IRC and RC of a card that is bound to another data registrar than this world's provider is under.
fn bound_elsewhere(world: &World) -> (Vec<u8>, Vec<u8>) {
    let (own, other) = (*world.data_registrar.root().digest(), [1; 32]);
    let both = grant(Scope::DataRegistrars(vec![own, other]));
    let (irc, key) = certify(&world.issuer_registrar, "DEBOTH", &both);
    let root = world.issuer_registrar.root().encoded();
    let issuer = Issuer::new(&irc, root, world.roots(), key).unwrap();
    let bound = CardTerms {
        policy: Policy::ALL.with_mac(),
        ..terms(other)
    };
    let request = card(world).ask_registration(&NONCE);
    let rc = issuer.register(&request, &NONCE, &bound, 1, today()).unwrap();
    (irc, rc.granted().unwrap())
}
