//! Certified data: what a provider is asked to certify, and what a data certifier is asked to stand for.

use apdu_spec::certificate::{Policy, Role};
use apdu_spec::object::{CertifiedData, Mode, NO_PREVIOUS, Operation, Sdi};
use apdu_spec::reason::Reason;
use parties::approval::Approval;
use parties::certified::Certified;
use parties::decision::sign_object;
use parties::office::Manner;
use parties::provider::encode;

use super::{changed, header, wanted};
use crate::offices::Offices;
use crate::world::{World, aid, day, name, package, reason, today};

type Change = fn(&mut Sdi);

const CHANGES: [(Reason, Change); 11] = [
    (Reason::WrongSigner, |sdi| sdi.provider.name = name("FROTHER")),
    (Reason::WrongSigner, |sdi| sdi.provider.root = [1; 32]),
    (Reason::AidNotAllowed, |sdi| sdi.aid = aid("F04E4F54FF01")),
    (Reason::AidNotAllowed, |sdi| sdi.aid = aid("F053594D424F4C4F4E")),
    (Reason::NoSuchApplication, |sdi| sdi.version = 9),
    (Reason::PackageDigest, |sdi| sdi.version = 2),
    (Reason::PackageDigest, |sdi| {
        if let Some(package) = &mut sdi.package {
            package.first_block[0] ^= 1;
        }
    }),
    (Reason::Expired, |sdi| sdi.expiry = day("2026-11-20")),
    (Reason::WrongOperation, |sdi| {
        (sdi.operation, sdi.package) = (Operation::Delete, None);
    }),
    (Reason::WrongOperation, |sdi| {
        (sdi.operation, sdi.package) = (Operation::LowerFloor, None);
    }),
    (Reason::Expired, |sdi| {
        (sdi.operation, sdi.expiry) = (Operation::Replace, day("2020-01-01"));
    }),
];

#[test]
fn a_provider_refuses_to_certify_what_differs_in_one_thing() {
    let mut world = World::with_policy(Policy::ALL);
    let offices = Offices::new(&world);
    let witness = offices.witness(Role::Provider);
    let good = world.sdi(Operation::Store);
    for mode in [Mode::CertifiedData, Mode::RegistrarCertified] {
        for (expected, change) in CHANGES {
            let sdi = changed(&good, change);
            witness.refuses((expected, mode), &encode(&sdi).unwrap(), || {
                let (certified, answer) = offices.provider.certified(&sdi, mode, today())?;
                assert_eq!(certified, None);
                Ok(answer.decision)
            });
            // The same, asked by a card: the refusal is over its request and in the file.
            let mut request = wanted(&mut world, mode);
            request.sdi = sdi;
            let request = sign_object(&request, &world.card.key).unwrap();
            let mut approval = Approval::new(&request, &world.card.rc, &world.card.irc).unwrap();
            let refusal = witness.refuses((expected, mode), &request, || {
                let answer = offices.provider.sign(&mut approval, Manner::Signature, today());
                answer.map(|answer| answer.decision)
            });
            assert_eq!(approval.refusals().collect::<Vec<_>>(), [&refusal.object]);
            assert_eq!((approval.first(), approval.provider_certificate()), (None, None));
        }
    }
    for mode in [
        Mode::Registration,
        Mode::ViaIssuer,
        Mode::ProviderAlone,
        Mode::RegisteredIssuer,
    ] {
        witness.refuses((Reason::PolicyForbids, mode), &encode(&good).unwrap(), || {
            offices
                .provider
                .certify(&good, mode, today())
                .map(|answer| answer.decision)
        });
    }
}

/// A registrar's word on data that are not what they seem would be worth more than the provider's.
#[test]
fn a_certifier_refuses_data_that_differ_in_one_thing() {
    let mode = Mode::RegistrarCertified;
    let world = World::new();
    let offices = Offices::new(&world);
    let witness = offices.witness(Role::DataCertifier);
    let dpr = world.provider.certificate().encoded();
    let good = CertifiedData {
        header: header(&world, Role::Provider, mode, NO_PREVIOUS),
        sdi: world.sdi(Operation::Store),
    };
    let file = |body: &CertifiedData, key| Certified::new(dpr, &sign_object(body, key).unwrap()).unwrap();
    let by_provider = |change: &dyn Fn(&mut CertifiedData)| {
        let mut body = good;
        change(&mut body);
        file(&body, &world.provider_key)
    };
    let mut cases: Vec<(Reason, Certified)> = vec![(Reason::BadSignature, file(&good, &world.issuer_key))];
    for (reason, change) in CHANGES {
        let reason = match reason {
            // It has only the package that it is shown.
            Reason::NoSuchApplication => Reason::PackageDigest,
            other => other,
        };
        cases.push((reason, by_provider(&|body| change(&mut body.sdi))));
    }
    for (reason, change) in [
        (
            Reason::PackageDigest,
            (|sdi| sdi.aid = aid("F04E4F544553FF")) as Change,
        ),
        (Reason::PackageDigest, |sdi| sdi.version = u32::MAX),
    ] {
        // Its own prefix, its own package, but not what that package says of itself.
        cases.push((reason, by_provider(&|body| change(&mut body.sdi))));
    }
    cases.push((
        Reason::PackageDigest,
        by_provider(&|body| body.sdi.package = Some(*package(2).digests())),
    ));
    for (expected, mut certified) in cases {
        let data = certified.data().to_vec();
        let refusal = witness.refuses((expected, mode), &data, || {
            let answer = offices
                .certifier
                .countersign(&mut certified, &world.package, today());
            answer.map(|answer| answer.decision)
        });
        assert_eq!(certified.refusals().collect::<Vec<_>>(), [&refusal.object]);
        assert_eq!(certified.countersignature(), None);
    }
    let mut certified = by_provider(&|_| ());
    let granted = offices
        .certifier
        .countersign(&mut certified, &world.package, today());
    assert_eq!(reason(granted.unwrap().decision), None);
    // Mode 6 has no certifier, and data that are not there cannot be countersigned.
    let (plain, _) = offices
        .provider
        .certified(&good.sdi, Mode::CertifiedData, today())
        .unwrap();
    let mut plain = plain.unwrap();
    let before = plain.clone();
    let answer = witness.keeps_nothing(|| offices.certifier.countersign(&mut plain, &world.package, today()));
    assert!(matches!(answer, Err(parties::Error::Unfit(_))), "{answer:?}");
    assert_eq!(plain, before);
}

/// In an approval file as in a file of its own.
#[test]
fn a_certifier_refuses_in_an_approval_file() {
    let mut world = World::with_policy(Policy::ALL);
    let offices = Offices::new(&world);
    let witness = offices.witness(Role::DataCertifier);
    let approval = |world: &mut World, mode| {
        world.card.mode = mode;
        let request = world.card.open(world.sdi(Operation::Store));
        Approval::new(&request, &world.card.rc, &world.card.irc).unwrap()
    };
    for mode in [
        Mode::ViaIssuer,
        Mode::ProviderAlone,
        Mode::CertifiedData,
        Mode::RegistrarCertified,
    ] {
        // Other modes, and before the provider certified.
        let mut early = approval(&mut world, mode);
        let answer = witness.keeps_nothing(|| offices.certifier.sign(&mut early, &world.package, today()));
        assert!(matches!(answer, Err(parties::Error::Unfit(_))), "{answer:?}");
    }
    let mode = Mode::RegistrarCertified;
    let mut asked = approval(&mut world, mode);
    offices
        .provider
        .sign(&mut asked, Manner::Signature, today())
        .unwrap();
    let data = asked.first().unwrap().to_vec();
    // What it was shown is another package.
    let refusal = witness.refuses((Reason::PackageDigest, mode), &data, || {
        let answer = offices.certifier.sign(&mut asked, &package(2), today());
        answer.map(|answer| answer.decision)
    });
    assert_eq!(asked.refusals().collect::<Vec<_>>(), [&refusal.object]);
    assert!(asked.second().is_none() && asked.certifier_certificate().is_none());
    let granted = offices
        .certifier
        .sign(&mut asked, &world.package, today())
        .unwrap();
    assert_eq!(reason(granted.decision), None);
}
