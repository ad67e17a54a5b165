//! What must be refused, and why: each case differs from one that is accepted in a single thing.

use apdu_spec::certificate::{Certificate, CertificateBuilder, Role};
use apdu_spec::object::{
    Algorithm, Consent, FirstAuthorization, Header, Mode, Operation, SecondAuthorization, Signed,
    StoringRequest,
};
use apdu_spec::reason::Reason;
use parties::certificate::OwnedCertificate;
use parties::crypto::{sha256, verifies};
use parties::decision::{Decision, sign_object};
use parties::provider::{Evidence, Provider};
use parties::registrar::Scope;

use crate::world::{World, aid, certify, day, grant, issuer_roots, new_key, package, refused, today};

fn request_of(signed: &[u8]) -> StoringRequest {
    Signed::parse(signed).unwrap().storing_request().unwrap()
}

#[test]
fn the_unmutated_request_is_granted_twice_over() {
    let mut world = World::new();
    let request = world.card.open(world.sdi(Operation::Store));
    let first = world.first(&request).granted().unwrap();
    let second = world.second(&request, &first).granted().unwrap();
    let body = Signed::parse(&second).unwrap();
    assert_eq!(
        body.second_authorization().unwrap().header.previous,
        sha256(&first)
    );
    assert!(verifies(
        world.provider.certificate().view().unwrap().point,
        body.body,
        body.proof.signature().unwrap()
    ));
}

#[test]
fn a_refusal_says_who_refused_what_and_is_signed() {
    let mut world = World::new();
    world.card.consent = Consent::None;
    let request = world.card.open(world.sdi(Operation::Store));
    let refusal = refused(world.first(&request));
    let signed = Signed::parse(&refusal.object).unwrap();
    let body = signed.refusal().unwrap();
    assert_eq!(
        (body.header.role, body.header.previous),
        (Role::Issuer, sha256(&request))
    );
    assert_eq!(body.header.certificate, *world.issuer.certificate().digest());
    assert_eq!(body.reason, Reason::ConsentMissing.code());
    assert!(verifies(
        world.issuer.certificate().view().unwrap().point,
        signed.body,
        signed.proof.signature().unwrap()
    ));
}

#[test]
fn requests_that_differ_in_one_thing_are_refused_by_both() {
    type Change = fn(&mut StoringRequest);
    let changes: [(Reason, Change); 9] = [
        (Reason::ConsentMissing, |request| request.consent = Consent::None),
        (Reason::PolicyForbids, |request| {
            request.header.mode = Mode::ViaProvider
        }),
        (Reason::NotThisCard, |request| request.card = [1; 32]),
        (Reason::NotThisCard, |request| {
            request.header.certificate = [1; 32]
        }),
        (Reason::RootMismatch, |request| request.data_root = [1; 32]),
        (Reason::RootMismatch, |request| {
            request.sdi.provider.root = [1; 32]
        }),
        (Reason::Expired, |request| request.sdi.expiry = day("2026-11-20")),
        (Reason::PolicyForbids, |request| {
            request.header.mode = Mode::ProviderAlone
        }),
        (Reason::PolicyForbids, |request| {
            request.header.mode = Mode::RegisteredIssuer
        }),
    ];
    for (reason, change) in changes {
        let mut world = World::new();
        let mut request = request_of(&world.card.open(world.sdi(Operation::Store)));
        change(&mut request);
        let request = sign_object(&request, &world.card.key).unwrap();
        let first = issuer_signs(&world, &request, |_| ());
        let evidence = world.evidence(&request, Some(&first));
        let by_issuer = world.issuer.authorize(&evidence, None, today()).unwrap();
        assert_eq!(refused(by_issuer).reason, reason);
        // Even if the issuer had agreed, the provider does not.
        assert_eq!(refused(world.second(&request, &first)).reason, reason);
    }
}

/// A first authorization that the issuer did sign, but differs from a right one.
fn issuer_signs(world: &World, request: &[u8], change: impl Fn(&mut FirstAuthorization)) -> Vec<u8> {
    let mut first = FirstAuthorization {
        header: Header {
            mode: Signed::parse(request)
                .unwrap()
                .storing_request()
                .unwrap()
                .header
                .mode,
            role: Role::Issuer,
            certificate: *world.issuer.certificate().digest(),
            previous: sha256(request),
            algorithm: Algorithm::EcdsaP256Sha256,
        },
        card_certificate: sha256(&world.card.rc),
    };
    change(&mut first);
    sign_object(&first, &world.issuer_key).unwrap()
}

#[test]
fn first_authorizations_that_differ_in_one_thing_are_refused() {
    type Change = fn(&mut FirstAuthorization);
    let changes: [(Reason, Change); 6] = [
        (Reason::WrongRole, |first| first.header.role = Role::Provider),
        (Reason::WrongRole, |first| first.header.role = Role::Card),
        (Reason::WrongRole, |first| first.header.mode = Mode::ViaProvider),
        (Reason::WrongSigner, |first| first.header.certificate = [1; 32]),
        (Reason::OtherRequest, |first| first.header.previous = [1; 32]),
        (Reason::NotThisCard, |first| first.card_certificate = [1; 32]),
    ];
    let mut world = World::new();
    let request = world.card.open(world.sdi(Operation::Store));
    assert!(
        world
            .second(&request, &issuer_signs(&world, &request, |_| ()))
            .granted()
            .is_some()
    );
    for (reason, change) in changes {
        let first = issuer_signs(&world, &request, change);
        assert_eq!(refused(world.second(&request, &first)).reason, reason);
    }
    // A second authorization is no first one.
    let header = Signed::parse(&issuer_signs(&world, &request, |_| ()))
        .unwrap()
        .first_authorization()
        .unwrap()
        .header;
    let second = sign_object(&SecondAuthorization { header }, &world.issuer_key).unwrap();
    assert_eq!(
        refused(world.second(&request, &second)).reason,
        Reason::OtherRequest
    );
    // Nor may the provider sign for the issuer.
    let first = issuer_signs(&world, &request, |_| ());
    let body = Signed::parse(&first).unwrap().first_authorization().unwrap();
    let forged = sign_object(&body, &world.provider_key).unwrap();
    assert_eq!(
        refused(world.second(&request, &forged)).reason,
        Reason::BadSignature
    );
}

#[test]
fn a_request_that_another_key_signed_is_refused_by_both() {
    let world = World::new();
    let request = world.card.request(world.sdi(Operation::Store));
    let forged = sign_object(&request, &new_key()).unwrap();
    assert_eq!(refused(world.first(&forged)).reason, Reason::BadSignature);
    let first = issuer_signs(&world, &forged, |_| ());
    assert_eq!(
        refused(world.second(&forged, &first)).reason,
        Reason::BadSignature
    );
}

#[test]
fn a_flipped_bit_anywhere_is_never_granted() {
    let mut world = World::new();
    let request = world.card.open(world.sdi(Operation::Store));
    let first = world.first(&request).granted().unwrap();
    let good = [request, first, world.card.rc.clone(), world.card.irc.clone()];
    let try_second = |objects: &[Vec<u8>; 4]| {
        let [request, first, card_certificate, issuer_certificate] = objects;
        let evidence = Evidence {
            request,
            card_certificate,
            issuer_certificate,
            provider_certificate: None,
            first: Some(first),
        };
        world
            .provider
            .authorize(&evidence, Some(world.package.digests()), None, today())
    };
    assert!(matches!(try_second(&good), Ok(Decision::Granted(_))));
    for object in 0..good.len() {
        for byte in 0..good[object].len() {
            let mut changed = good.clone();
            changed[object][byte] ^= 1 << (byte % 8);
            let answer = try_second(&changed);
            assert!(
                !matches!(answer, Ok(Decision::Granted(_))),
                "object {object}, byte {byte}"
            );
        }
    }
}

#[test]
fn another_package_or_none_is_refused() {
    let mut world = World::new();
    let request = world.card.open(world.sdi(Operation::Store));
    let first = world.first(&request).granted().unwrap();
    let evidence = world.evidence(&request, Some(&first));
    let second = |held| refused(world.provider.authorize(&evidence, held, None, today()).unwrap()).reason;
    let other = package(2);
    assert_eq!(second(Some(other.digests())), Reason::PackageDigest);
    assert_eq!(second(None), Reason::NoSuchApplication);
    let mut manifest = *world.package.digests();
    manifest.manifest[0] ^= 1;
    assert_eq!(second(Some(&manifest)), Reason::PackageDigest);
}

#[test]
fn a_provider_signs_only_for_itself_and_its_own_identifiers() {
    let mut world = World::new();
    // A request for the provider that the issuer has signed, shown to another provider of the same registrar.
    let request = world.card.open(world.sdi(Operation::Store));
    let first = world.first(&request).granted().unwrap();
    let prefixes = grant(Scope::Prefixes(vec![aid("F04E4F5445")]));
    let (dpr, key) = certify(&world.data_registrar, "FROTHER", &prefixes);
    let other = Provider::new(
        &dpr,
        world.data_registrar.root().encoded(),
        issuer_roots(&world.issuer_registrar),
        key,
    )
    .unwrap();
    let evidence = world.evidence(&request, Some(&first));
    let answer = other
        .authorize(&evidence, Some(world.package.digests()), None, today())
        .unwrap();
    assert_eq!(refused(answer).reason, Reason::WrongSigner);

    let mut sdi = world.sdi(Operation::Store);
    for foreign in ["F04E4F54FF01", "F053594D424F4C4F4E"] {
        sdi.aid = aid(foreign);
        let request = world.card.open(sdi);
        let first = world.first(&request).granted().unwrap();
        assert_eq!(
            refused(world.second(&request, &first)).reason,
            Reason::AidNotAllowed
        );
        // An issuer that is shown the provider's certificate sees it as well.
        let dpr = world.provider.certificate().encoded();
        let answer = world
            .issuer
            .authorize(
                &Evidence {
                    provider_certificate: Some(dpr),
                    ..world.evidence(&request, None)
                },
                None,
                today(),
            )
            .unwrap();
        assert_eq!(refused(answer).reason, Reason::AidNotAllowed);
    }
}

#[test]
fn certificates_out_of_date_are_refused() {
    let mut world = World::new();
    let mut sdi = world.sdi(Operation::Store);
    sdi.expiry = day("2099-01-01");
    let request = world.card.open(sdi);
    let first = world.first(&request).granted().unwrap();
    let at = |date| {
        let evidence = world.evidence(&request, Some(&first));
        let answer = world
            .provider
            .authorize(&evidence, Some(world.package.digests()), None, day(date));
        let first = world
            .issuer
            .authorize(&world.evidence(&request, None), None, day(date))
            .unwrap();
        (refused(first).reason, refused(answer.unwrap()).reason)
    };
    assert_eq!(at("2029-01-02"), (Reason::Expired, Reason::Expired), "RC ended");
    assert_eq!(
        at("2030-01-02"),
        (Reason::Expired, Reason::Expired),
        "IRC and DPR ended"
    );
    assert_eq!(
        at("2026-11-19"),
        (Reason::NotYetValid, Reason::NotYetValid),
        "RC not begun"
    );
}

#[test]
fn an_issuer_nobody_registered_is_refused() {
    let mut world = World::new();
    let stranger = World::new();
    let request = world.card.open(world.sdi(Operation::Store));
    let first = world.first(&request).granted().unwrap();
    let evidence = world.evidence(&request, Some(&first));
    let held = world.package.digests();
    let answer = stranger
        .provider
        .authorize(&evidence, Some(held), None, today())
        .unwrap();
    assert_eq!(refused(answer).reason, Reason::UnknownAuthority);
    // The same names under other roots: the certificate is by somebody else.
    let swapped = Evidence {
        issuer_certificate: stranger.issuer.certificate().encoded(),
        ..evidence
    };
    let answer = world
        .provider
        .authorize(&swapped, Some(held), None, today())
        .unwrap();
    assert_eq!(refused(answer).reason, Reason::BadSignature);
    // Another issuer's card is none of ours.
    let answer = stranger
        .issuer
        .authorize(&world.evidence(&request, None), None, today())
        .unwrap();
    assert_eq!(refused(answer).reason, Reason::BadSignature);
}

#[test]
fn an_issuer_that_may_not_bind_the_data_registrar_is_refused() {
    let mut world = World::new();
    let bound = grant(Scope::DataRegistrars(vec![[1; 32]]));
    let (irc, _) = certify(&world.issuer_registrar, "DEISSUER", &bound);
    let request = world.card.open(world.sdi(Operation::Store));
    let first = world.first(&request).granted().unwrap();
    // Over the same key, but without the right to this data registrar.
    let real = world.issuer.certificate().view().unwrap();
    let narrowed = Certificate::parse(&irc).unwrap();
    let builder = CertificateBuilder {
        point: real.point,
        ..CertificateBuilder::from(&narrowed)
    };
    let narrowed = OwnedCertificate::sign(&builder, &world.issuer_registrar_key).unwrap();
    let evidence = Evidence {
        issuer_certificate: narrowed.encoded(),
        ..world.evidence(&request, Some(&first))
    };
    let answer = world
        .provider
        .authorize(&evidence, Some(world.package.digests()), None, today())
        .unwrap();
    assert_eq!(refused(answer).reason, Reason::RootMismatch);
}
