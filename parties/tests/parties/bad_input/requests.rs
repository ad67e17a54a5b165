//! Storing requests, to whoever's turn it is in every mode that wants authorizations.

use apdu_spec::certificate::{Policy, Role};
use apdu_spec::object::{Consent, Mode, Operation, StoringRequest};
use apdu_spec::reason::Reason;
use parties::Error;
use parties::decision::{Decision, sign_object};
use parties::issuer::CardTerms;
use parties::office::Manner;
use parties::receipt::ReceiptAnswer;

use super::{Asked, TURNS, wanted};
use crate::offices::Offices;
use crate::world::{World, aid, day, name, new_key, package, reason, terms, today};

type Change = fn(&mut StoringRequest);

fn delete(request: &mut StoringRequest) {
    (request.sdi.operation, request.sdi.package) = (Operation::Delete, None);
}

/// Reasons of issuer and provider; none where the party cannot know.
const CHANGES: [(Option<Reason>, Option<Reason>, Change); 16] = [
    (Some(Reason::NotThisCard), Some(Reason::NotThisCard), |request| {
        request.header.certificate = [1; 32];
    }),
    // An issuer finds no such card before it looks further.
    (Some(Reason::NotThisCard), Some(Reason::NotThisCard), |request| {
        request.card = [1; 32];
    }),
    (
        Some(Reason::RootMismatch),
        Some(Reason::UnknownAuthority),
        |request| {
            request.issuer_root = [1; 32];
        },
    ),
    (
        Some(Reason::RootMismatch),
        Some(Reason::RootMismatch),
        |request| {
            request.data_root = [1; 32];
        },
    ),
    (
        Some(Reason::RootMismatch),
        Some(Reason::RootMismatch),
        |request| {
            request.sdi.provider.root = [1; 32];
        },
    ),
    (Some(Reason::WrongSigner), Some(Reason::WrongSigner), |request| {
        request.sdi.provider.name = name("FROTHER");
    }),
    (Some(Reason::Expired), Some(Reason::Expired), |request| {
        request.sdi.expiry = day("2026-11-20");
    }),
    (
        Some(Reason::ConsentMissing),
        Some(Reason::ConsentMissing),
        |request| {
            request.consent = Consent::None;
        },
    ),
    (
        Some(Reason::AidNotAllowed),
        Some(Reason::AidNotAllowed),
        |request| {
            request.sdi.aid = aid("F04E4F54FF01");
        },
    ),
    (
        Some(Reason::AidNotAllowed),
        Some(Reason::AidNotAllowed),
        |request| {
            request.sdi.aid = aid("F053594D424F4C4F4E");
        },
    ),
    (None, Some(Reason::NoSuchApplication), |request| {
        request.sdi.version = 9
    }),
    (None, Some(Reason::PackageDigest), |request| {
        request.sdi.version = 2;
    }),
    (None, Some(Reason::PackageDigest), |request| {
        if let Some(package) = &mut request.sdi.package {
            package.manifest[31] ^= 1;
        }
    }),
    (None, Some(Reason::PackageDigest), |request| {
        if let Some(package) = &mut request.sdi.package {
            package.size += 1;
        }
    }),
    (None, Some(Reason::NoSuchApplication), |request| {
        delete(request);
        request.sdi.version = 9;
    }),
    (Some(Reason::Expired), Some(Reason::Expired), |request| {
        delete(request);
        request.sdi.expiry = day("2020-01-01");
    }),
];

#[test]
fn whoever_is_asked_refuses_what_differs_in_one_thing() {
    for (turn, mode) in TURNS {
        let mut world = World::with_policy(Policy::ALL);
        let offices = Offices::new(&world);
        let witness = offices.witness(turn);
        for (issuer, provider, change) in CHANGES {
            let Some(expected) = (if turn == Role::Issuer { issuer } else { provider }) else {
                continue;
            };
            let mut request = wanted(&mut world, mode);
            change(&mut request);
            let asked = Asked::new(&world, &request, turn);
            witness.refuses((expected, mode), asked.object(), || asked.ask(&offices, turn));
        }
        // By another key than the card's, over another request than the one granted before.
        let request = wanted(&mut world, mode);
        let forged = sign_object(&request, &new_key()).unwrap();
        let forged = Asked::signed(&world, forged, &request, turn);
        witness.refuses((Reason::BadSignature, mode), forged.object(), || {
            forged.ask(&offices, turn)
        });
        let good = Asked::new(&world, &request, turn);
        assert_eq!(reason(good.ask(&offices, turn).unwrap()), None);
        let mut other = request;
        other.nonce[0] ^= 1;
        let other = Asked::new(&world, &other, turn);
        witness.refuses((Reason::OtherRequest, mode), other.object(), || {
            other.ask(&offices, turn)
        });
        // What was granted is granted still, and nothing new is kept of it.
        let again = witness.keeps_nothing(|| good.ask(&offices, turn)).unwrap();
        assert!(matches!(again, Decision::Granted(_)));
    }
}

/// Which modes a card knows is its policy; which a party may take part in, its certificate.
#[test]
fn modes_that_the_policy_leaves_out_are_refused() {
    for (turn, mode) in TURNS {
        let others = [Mode::ViaIssuer, Mode::ViaProvider, Mode::ProviderAlone]
            .into_iter()
            .filter(|other| *other != mode)
            .fold(Policy::NONE, Policy::with);
        let mut world = World::with_policy(others);
        let offices = Offices::new(&world);
        let request = wanted(&mut world, mode);
        let asked = Asked::new(&world, &request, turn);
        offices
            .witness(turn)
            .refuses((Reason::PolicyForbids, mode), asked.object(), || {
                asked.ask(&offices, turn)
            });
    }
}

/// Modes 1 and 5 store nothing, modes 4, 6 and 7 are none of the issuer's, and lowering a floor takes both parties.
#[test]
fn modes_and_operations_that_do_not_go_together_are_refused() {
    let mut world = World::with_policy(Policy::ALL);
    let offices = Offices::new(&world);
    let cases = [
        (
            Role::Issuer,
            Mode::Registration,
            Operation::Store,
            Reason::PolicyForbids,
        ),
        (
            Role::Provider,
            Mode::Registration,
            Operation::Store,
            Reason::PolicyForbids,
        ),
        (
            Role::Issuer,
            Mode::RegisteredIssuer,
            Operation::Store,
            Reason::PolicyForbids,
        ),
        (
            Role::Provider,
            Mode::RegisteredIssuer,
            Operation::Store,
            Reason::PolicyForbids,
        ),
        (
            Role::Issuer,
            Mode::ProviderAlone,
            Operation::Store,
            Reason::PolicyForbids,
        ),
        (
            Role::Issuer,
            Mode::CertifiedData,
            Operation::Store,
            Reason::PolicyForbids,
        ),
        (
            Role::Issuer,
            Mode::RegistrarCertified,
            Operation::Store,
            Reason::PolicyForbids,
        ),
        (
            Role::Provider,
            Mode::ProviderAlone,
            Operation::LowerFloor,
            Reason::WrongOperation,
        ),
        (
            Role::Issuer,
            Mode::ProviderAlone,
            Operation::LowerFloor,
            Reason::WrongOperation,
        ),
        (
            Role::Issuer,
            Mode::CertifiedData,
            Operation::Delete,
            Reason::WrongOperation,
        ),
    ];
    for (turn, mode, operation, expected) in cases {
        let mut request = wanted(&mut world, mode);
        request.sdi.operation = operation;
        if operation != Operation::Store {
            request.sdi.package = None;
        }
        let asked = Asked::new(&world, &request, turn);
        offices
            .witness(turn)
            .refuses((expected, mode), asked.object(), || asked.ask(&offices, turn));
    }
}

/// The card's present certificate counts, and the card must be one that this issuer has.
#[test]
fn an_issuer_refuses_cards_that_are_not_its_own_and_certificates_that_are_not_the_newest() {
    for mode in [Mode::ViaIssuer, Mode::ViaProvider] {
        let mut world = World::with_policy(Policy::ALL);
        let offices = Offices::new(&world);
        let witness = offices.witness(Role::Issuer);
        let stranger = World::with_policy(Policy::ALL);
        let request = wanted(&mut world, mode);
        let mut asked = Asked::new(&world, &request, Role::Issuer);
        (asked.rc, asked.irc) = (stranger.card.rc.clone(), stranger.card.irc.clone());
        witness.refuses((Reason::BadSignature, mode), asked.object(), || {
            asked.ask(&offices, Role::Issuer)
        });
        // Another card of this issuer, which is not in its database.
        let good = Asked::new(&world, &request, Role::Issuer);
        let data_root = *world.data_registrar.root().digest();
        let mut unknown = crate::card::Card::new(*world.issuer.root().digest(), data_root, today());
        let request = unknown.ask_registration(&[1; 16]);
        let all = CardTerms {
            policy: Policy::ALL,
            ..terms(data_root)
        };
        let rc = world.issuer.register(&request, &[1; 16], &all, 1, today());
        let irc = world.card.irc.clone();
        unknown.register(&rc.unwrap().granted().unwrap(), &irc);
        std::mem::swap(&mut unknown, &mut world.card);
        let request = wanted(&mut world, mode);
        let asked = Asked::new(&world, &request, Role::Issuer);
        witness.refuses((Reason::NotThisCard, mode), asked.object(), || {
            asked.ask(&offices, Role::Issuer)
        });
        std::mem::swap(&mut unknown, &mut world.card);
        // The card it has, under an older certificate.
        let request = world.card.ask_registration(&[2; 16]);
        let later = offices
            .issuer
            .register(&request, &[2; 16], &all, today())
            .unwrap();
        assert!(later.decision.granted().is_some());
        witness.refuses((Reason::SerialTooOld, mode), good.object(), || {
            good.ask(&offices, Role::Issuer)
        });
    }
}

/// A MAC is the party's own choice: without a key for it there is nothing to sign, not even a refusal.
#[test]
fn a_mac_without_a_key_leaves_nothing_and_one_against_the_policy_is_refused() {
    for (turn, mode) in TURNS {
        let mut world = World::with_policy(Policy::ALL.with_mac());
        let offices = Offices::new(&world);
        let witness = offices.witness(turn);
        let request = wanted(&mut world, mode);
        let asked = Asked::new(&world, &request, turn);
        let ask = |asked: &Asked| match turn {
            Role::Issuer => offices.issuer.authorize(&asked.evidence(), Manner::Mac, today()),
            _ => offices
                .provider
                .authorize(&asked.evidence(), Manner::Mac, today()),
        };
        let answer = witness.keeps_nothing(|| ask(&asked));
        assert!(
            matches!(&answer, Err(Error::Denied(denial)) if denial.reason == Reason::NoSharedKey),
            "{answer:?}"
        );
        // The key is from when the policy still allowed it.
        let (rc, irc) = (world.card.rc.clone(), world.card.irc.clone());
        match turn {
            Role::Issuer => offices.issuer.share_key(&rc, today()),
            _ => offices.provider.share_key(&rc, &irc, today()),
        }
        .unwrap();
        assert_eq!(reason(ask(&asked).unwrap().decision), None);
        let narrower = CardTerms {
            policy: Policy::ALL,
            ..terms(*world.data_registrar.root().digest())
        };
        let request = world.card.ask_registration(&[2; 16]);
        let later = offices.issuer.register(&request, &[2; 16], &narrower, today());
        world
            .card
            .register(&later.unwrap().decision.granted().unwrap(), &irc);
        let request = wanted(&mut world, mode);
        let asked = Asked::new(&world, &request, turn);
        witness.refuses((Reason::PolicyForbids, mode), asked.object(), || {
            ask(&asked).map(|answer| answer.decision)
        });
    }
}

/// Versions that the receipts rule out are refused like everything else.
#[test]
fn what_is_on_the_card_already_is_refused() {
    let mut world = World::with_policy(Policy::ALL);
    let offices = Offices::new(&world);
    let request = wanted(&mut world, Mode::ProviderAlone);
    let asked = Asked::new(&world, &request, Role::Provider);
    assert_eq!(reason(asked.ask(&offices, Role::Provider).unwrap()), None);
    let authorizers = [*world.provider.certificate().digest()];
    world.card.requests_so_far(&asked.request, request.number);
    let receipt = world
        .card
        .carry_out(&request.sdi, package(1).digests().package, &authorizers);
    let answer = offices.provider.record_receipt(&receipt, today()).unwrap();
    assert!(matches!(answer, ReceiptAnswer::Recorded { .. }), "{answer:?}");
    let request = wanted(&mut world, Mode::ProviderAlone);
    let asked = Asked::new(&world, &request, Role::Provider);
    let witness = offices.witness(Role::Provider);
    witness.refuses((Reason::AidTaken, Mode::ProviderAlone), asked.object(), || {
        asked.ask(&offices, Role::Provider)
    });
}
