//! Whoever certifies data looks first: the provider at its own packages, the data certifier at the provider's word.

use apdu_spec::certificate::Role;
use apdu_spec::object::{CertifiedData, Mode, NO_PREVIOUS, Operation, Sdi, Signed};
use apdu_spec::reason::Reason;
use parties::certificate::Roots;
use parties::certifier::Certifier;
use parties::crypto::sha256;
use parties::decision::sign_object;
use parties::evidence::{Proved, Signatory, check_object, slots};
use parties::provider::Provider;
use parties::registrar::{Grant, Scope};
use parties::signer::Signer;

use crate::world::{Key, World, aid, certify, day, grant, refused, today};

#[test]
fn a_provider_certifies_what_it_has_and_only_in_its_own_name() {
    let world = World::new();
    let held = Some(*world.package.digests());
    let good = world.sdi(Operation::Store);
    let decide = |sdi, held: Option<_>, day| {
        world
            .provider
            .certify(&sdi, Mode::CertifiedData, held.as_ref(), day)
            .unwrap()
    };
    assert!(decide(good, held, today()).granted().is_some());
    let mut foreign = good;
    foreign.provider.name = "FROTHER".parse().unwrap();
    let mut elsewhere = good;
    elsewhere.provider.root = [1; 32];
    let mut outside = good;
    outside.aid = aid("F04E4F54FF01");
    let mut package = *world.package.digests();
    package.first_block[0] ^= 1;
    for (reason, sdi, held, day) in [
        (Reason::WrongSigner, foreign, held, today()),
        (Reason::WrongSigner, elsewhere, held, today()),
        (Reason::AidNotAllowed, outside, held, today()),
        (Reason::NoSuchApplication, good, None, today()),
        (Reason::PackageDigest, good, Some(package), today()),
        (Reason::Expired, good, held, today().add_days(31)),
        (Reason::Expired, good, held, day("2030-01-02")),
    ] {
        assert_eq!(refused(decide(sdi, held, day)).reason, reason);
    }
}

/// The registrar's word must not be had for anything but what its certifier looked at.
#[test]
fn a_certifier_refuses_with_its_reason() {
    let world = World::new();
    let certifier = world.certifier();
    let held = *world.package.digests();
    let sdi = world.sdi(Operation::Store);
    let dpr = world.provider.certificate().encoded();
    let certify = |mode| {
        world
            .provider
            .certify(&sdi, mode, Some(&held), today())
            .unwrap()
            .granted()
            .unwrap()
    };
    let data = certify(Mode::RegistrarCertified);
    let decide = |data: &[u8], dpr: &[u8], day| certifier.countersign(data, dpr, &held, day).unwrap();
    assert!(decide(&data, dpr, today()).granted().is_some());

    let body: CertifiedData = Signed::parse(&data).unwrap().read().unwrap();
    let by_provider = |change: fn(&mut CertifiedData)| {
        let mut body = body;
        change(&mut body);
        sign_object(&body, &world.provider_key).unwrap()
    };
    let other = World::new();
    let (namesake, _) = certify_provider(&other);
    let cases: [(Reason, Vec<u8>, &[u8]); 10] = [
        (Reason::WrongRole, certify(Mode::CertifiedData), dpr),
        (
            Reason::BadSignature,
            sign_object(&body, &world.issuer_key).unwrap(),
            dpr,
        ),
        (
            Reason::WrongRole,
            by_provider(|body| body.header.role = Role::DataCertifier),
            dpr,
        ),
        (
            Reason::OtherRequest,
            by_provider(|body| body.header.previous = [1; 32]),
            dpr,
        ),
        (
            Reason::WrongSigner,
            by_provider(|body| body.header.certificate = [1; 32]),
            dpr,
        ),
        (
            Reason::WrongSigner,
            by_provider(|body| body.sdi.provider.name = "FROTHER".parse().unwrap()),
            dpr,
        ),
        (
            Reason::AidNotAllowed,
            by_provider(|body| body.sdi.aid = "F04E4F54FF01".parse().unwrap()),
            dpr,
        ),
        (
            Reason::WrongOperation,
            by_provider(|body| {
                (body.sdi.operation, body.sdi.package) = (Operation::Delete, None);
            }),
            dpr,
        ),
        (
            Reason::PackageDigest,
            by_provider(|body| {
                let mut package = body.sdi.package.unwrap();
                package.package[0] ^= 1;
                body.sdi.package = Some(package);
            }),
            dpr,
        ),
        // The same name under another root.
        (Reason::BadSignature, data.clone(), &namesake),
    ];
    for (reason, data, dpr) in cases {
        let refusal = refused(decide(&data, dpr, today()));
        assert_eq!(refusal.reason, reason, "{}", refusal.text);
        assert_eq!(refusal.refused, sha256(&data));
        let signed = Signed::parse(&refusal.object).unwrap();
        let says = signed.refusal().unwrap();
        assert_eq!(
            (says.header.role, says.header.mode),
            (Role::DataCertifier, Mode::RegistrarCertified)
        );
    }
    assert_eq!(
        refused(decide(&data, dpr, day("2026-12-22"))).reason,
        Reason::Expired
    );
    assert_eq!(
        refused(decide(&data, dpr, day("2030-01-02"))).reason,
        Reason::Expired
    );
}

/// Another data registrar's provider of the same name.
fn certify_provider(world: &World) -> (Vec<u8>, Key) {
    let prefixes = grant(Scope::Prefixes(vec![aid("F04E4F5445")]));
    certify(&world.data_registrar, "FRNOTES", &prefixes)
}

#[test]
fn a_certifier_is_neither_a_provider_nor_more_than_its_registrar_made_it() {
    let world = World::new();
    // Rights to more than mode 7 are not given.
    let key = crate::world::new_key();
    let request = parties::registrar::make_request("FRDCERT00001".parse().unwrap(), &key).unwrap();
    let decision = world
        .data_registrar
        .certify(&request, &grant(Scope::DataCertifier), 1, today())
        .unwrap();
    assert_eq!(refused(decision).reason, Reason::CertificateRole);
    let delegated = Grant {
        rights: Scope::DataCertifier.rights(),
        ..grant(Scope::DataCertifier)
    };
    let by_issuer_registrar = world.issuer_registrar.certify(&request, &delegated, 1, today());
    assert_eq!(
        refused(by_issuer_registrar.unwrap()).reason,
        Reason::CertificateRole
    );
    // A provider's certificate makes no certifier, and the other way round.
    let root = world.data_registrar.root().encoded();
    let dpr = world.provider.certificate().encoded();
    assert!(Certifier::new(dpr, root, Roots::new(), world.provider_key.clone()).is_err());
    let certificate = world
        .data_registrar
        .certify(&request, &delegated, 1, today())
        .unwrap()
        .granted()
        .unwrap();
    assert!(Provider::new(&certificate, root, Roots::new(), key.clone()).is_err());
    // Whoever is both signs for one of them only.
    let both = world
        .data_registrar
        .certify(
            &parties::registrar::make_request("FRBOTH00001".parse().unwrap(), &world.provider_key).unwrap(),
            &delegated,
            1,
            today(),
        )
        .unwrap()
        .granted()
        .unwrap();
    let both = Certifier::new(&both, root, Roots::new(), world.provider_key.clone()).unwrap();
    let held = *world.package.digests();
    let data = world
        .provider
        .certify(
            &world.sdi(Operation::Store),
            Mode::RegistrarCertified,
            Some(&held),
            today(),
        )
        .unwrap()
        .granted()
        .unwrap();
    let answer = both.countersign(&data, dpr, &held, today()).unwrap();
    assert_eq!(refused(answer).reason, Reason::SameParty);
    assert_eq!(
        both.certificate().view().unwrap().point,
        world.provider_key.point()
    );
}

/// Whoever looks at evidence alone sees that the data are not the request's, whatever the file would say.
#[test]
fn certified_data_count_for_the_very_request_only() {
    let world = World::new();
    let sdi = world.sdi(Operation::Store);
    let mode = Mode::CertifiedData;
    let data = world
        .provider
        .certify(&sdi, mode, Some(world.package.digests()), today());
    let data = data.unwrap().granted().unwrap();
    let signed = Signed::parse(&data).unwrap();
    let dpr = world.provider.certificate().view().unwrap();
    let signatory = Signatory {
        certificate: &dpr,
        mode,
        previous: NO_PREVIOUS,
        mac_allowed: false,
    };
    let check = |sdi: &Sdi| check_object(&slots(mode)[0], &signed, &signatory, None, Some(sdi));
    assert_eq!(check(&sdi), Ok(Proved::Signature));
    for change in [
        (|sdi| sdi.version += 1) as fn(&mut Sdi),
        |sdi| sdi.operation = Operation::Replace,
        |sdi| sdi.expiry = day("2027-12-31"),
    ] {
        let mut other = sdi;
        change(&mut other);
        assert_eq!(check(&other).unwrap_err().reason, Reason::OtherRequest);
    }
}
