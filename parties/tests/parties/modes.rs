//! Every mode is agreed to by those it names, and by nobody else in their place.

use apdu_spec::certificate::{KeyOrigin, Policy, Role};
use apdu_spec::object::{Algorithm, Consent, Header, Mode, Operation, SecondAuthorization, Signed};
use apdu_spec::reason::Reason;
use parties::approval::{Approval, Outcome};
use parties::crypto::sha256;
use parties::decision::{Decision, sign_object};
use parties::evidence::{Evidence, slots};
use parties::issuer::CardTerms;

use crate::world::{World, refused, terms, today};

const STORING: [Mode; 5] = [
    Mode::ViaIssuer,
    Mode::ViaProvider,
    Mode::ProviderAlone,
    Mode::CertifiedData,
    Mode::RegistrarCertified,
];

fn every_mode() -> World {
    World::with_policy(Policy::ALL)
}

/// A request in this mode that nobody has answered.
fn asked(world: &mut World, mode: Mode) -> Approval {
    world.card.mode = mode;
    let request = world.card.open(world.sdi(Operation::Store));
    Approval::new(&request, &world.card.rc, &world.card.irc).unwrap()
}

/// The party of this role gives the object that comes next.
fn give(world: &World, approval: &mut Approval, role: Role) {
    let request = approval.storing_request().unwrap();
    let held = world.package.digests();
    let object = match role {
        Role::Issuer => world.issuer.authorize(&approval.as_evidence(), None, today()),
        Role::Provider => {
            let dpr = world.provider.certificate().encoded();
            let mode = request.header.mode;
            let given = match mode {
                Mode::CertifiedData | Mode::RegistrarCertified => {
                    world.provider.certify(&request.sdi, mode, Some(held), today())
                }
                _ => world
                    .provider
                    .authorize(&approval.as_evidence(), Some(held), None, today()),
            };
            approval.set_provider_certificate(dpr).unwrap();
            given
        }
        _ => {
            let certifier = world.certifier();
            let dpr = world.provider.certificate().encoded();
            let given = certifier.countersign(approval.first().unwrap(), dpr, held, today());
            approval
                .set_certifier_certificate(certifier.certificate().encoded())
                .unwrap();
            given
        }
    };
    approval
        .add_evidence(&object.unwrap().granted().unwrap())
        .unwrap();
}

/// A request with all its evidence.
fn agreed(world: &mut World, mode: Mode) -> Approval {
    let mut approval = asked(world, mode);
    for slot in slots(mode) {
        assert_eq!(approval.status().unwrap().next, Some(slot.role.name()));
        assert!(!approval.is_authorized().unwrap());
        give(world, &mut approval, slot.role);
    }
    approval
}

#[test]
fn each_mode_ends_in_a_receipt_that_everybody_can_check() {
    for mode in STORING {
        let mut world = every_mode();
        let mut approval = agreed(&mut world, mode);
        assert!(approval.is_authorized().unwrap());
        assert_eq!(approval.status().unwrap().next, Some("card"));
        let authorizers: Vec<_> = slots(mode)
            .iter()
            .map(|slot| match slot.role {
                Role::Issuer => sha256(&world.card.irc),
                Role::Provider => *world.provider.certificate().digest(),
                _ => sha256(approval.certifier_certificate().unwrap()),
            })
            .collect();
        let sdi = approval.storing_request().unwrap().sdi;
        let package = world.package.digests().package;
        let receipt = world.card.carry_out(&sdi, package, &authorizers);
        let json = approval.to_json().unwrap();
        approval.set_receipt(&receipt).unwrap();
        let report = approval.verify(&world.roots(), today()).unwrap();
        assert!(report.all_good(), "mode {}: {report:#?}", mode.code());
        assert_eq!(approval.status().unwrap().next, None);
        let again = Approval::from_json("a.json", approval.to_json().unwrap().as_bytes()).unwrap();
        assert_eq!(again, approval);

        // A receipt that leaves one out, names them in another order, or claims a rescue.
        let mut wrong: Vec<(Vec<_>, u8)> = vec![(authorizers.clone(), 2), (authorizers.clone(), 4)];
        let mut reversed = authorizers.clone();
        reversed.reverse();
        if reversed != authorizers {
            wrong.push((reversed, 0));
            wrong.push((authorizers[..1].to_vec(), 0));
        }
        for (authorizers, flags) in wrong {
            world.card.flags = flags;
            let receipt = world.card.carry_out(&sdi, package, &authorizers);
            let mut approval = Approval::from_json("a.json", json.as_bytes()).unwrap();
            approval.set_receipt(&receipt).unwrap();
            let report = approval.verify(&world.roots(), today()).unwrap();
            assert_eq!(report.checks.last().unwrap().outcome, Outcome::Bad);
        }
    }
}

/// Two objects that people could be made to confuse: each mode's evidence in each other mode's place.
#[test]
fn no_object_is_taken_for_another() {
    let mut world = every_mode();
    let all: Vec<_> = STORING
        .iter()
        .map(|mode| (*mode, agreed(&mut world, *mode)))
        .collect();
    for (mode, approval) in &all {
        let count = approval.evidence().count();
        for (other_mode, other) in &all {
            for (from, object) in other.evidence().enumerate() {
                for to in 0..count {
                    if (mode, from) == (other_mode, to) {
                        continue;
                    }
                    let mut file: serde_json::Value =
                        serde_json::from_str(&approval.to_json().unwrap()).unwrap();
                    file["evidence"][to] = hex::encode(object).into();
                    let read = Approval::from_json("a.json", file.to_string().as_bytes());
                    assert!(
                        read.is_err(),
                        "object {from} of mode {} passed as object {to} of mode {}",
                        other_mode.code(),
                        mode.code()
                    );
                }
            }
        }
    }
}

#[test]
fn an_issuer_has_no_say_in_the_providers_modes_and_certified_data_are_no_authorization() {
    let mut world = every_mode();
    for mode in [Mode::ProviderAlone, Mode::CertifiedData, Mode::RegistrarCertified] {
        let approval = asked(&mut world, mode);
        let decision = world.issuer.authorize(&approval.as_evidence(), None, today());
        assert_eq!(refused(decision.unwrap()).reason, Reason::PolicyForbids);
    }
    let approval = asked(&mut world, Mode::CertifiedData);
    let held = Some(world.package.digests());
    let answer = world
        .provider
        .authorize(&approval.as_evidence(), held, None, today());
    assert!(answer.is_err(), "an SA was given in mode 6");
    for mode in [Mode::ViaIssuer, Mode::ProviderAlone, Mode::RegisteredIssuer] {
        let sdi = world.sdi(Operation::Store);
        let decision = world.provider.certify(&sdi, mode, held, today()).unwrap();
        assert_eq!(refused(decision).reason, Reason::PolicyForbids);
    }
}

#[test]
fn the_second_party_of_mode_3_refuses_what_the_provider_did_not_sign() {
    let mut world = every_mode();
    let mut approval = asked(&mut world, Mode::ViaProvider);
    give(&world, &mut approval, Role::Provider);
    let good = approval.as_evidence();
    let decide = |evidence: &Evidence<'_>| world.issuer.authorize(evidence, None, today()).unwrap();
    assert!(decide(&good).granted().is_some());
    let reason = |evidence: &Evidence<'_>| refused(decide(evidence)).reason;
    assert_eq!(
        reason(&Evidence {
            provider_certificate: None,
            ..good
        }),
        Reason::NoCertificate
    );
    let body = Signed::parse(good.first.unwrap())
        .unwrap()
        .first_authorization()
        .unwrap();
    let forged = |change: fn(&mut Header), key| {
        let mut body = body;
        change(&mut body.header);
        sign_object(&body, key).unwrap()
    };
    for (expected, object) in [
        (Reason::BadSignature, forged(|_| (), &world.issuer_key)),
        (
            Reason::WrongRole,
            forged(|header| header.role = Role::Issuer, &world.provider_key),
        ),
        (
            Reason::WrongRole,
            forged(|header| header.mode = Mode::ViaIssuer, &world.provider_key),
        ),
        (
            Reason::OtherRequest,
            forged(|header| header.previous = [1; 32], &world.provider_key),
        ),
        (
            Reason::WrongSigner,
            forged(|header| header.certificate = [1; 32], &world.provider_key),
        ),
        (
            Reason::OtherRequest,
            sign_object(&SecondAuthorization { header: body.header }, &world.provider_key).unwrap(),
        ),
    ] {
        let evidence = Evidence {
            first: Some(&object),
            ..good
        };
        let refusal = refused(decide(&evidence));
        assert_eq!(refusal.reason, expected);
        // It is over what was shown.
        assert_eq!(refusal.refused, sha256(&object));
    }
    // Nobody to judge the provider by.
    let alone = parties::issuer::Issuer::new(
        &world.card.irc,
        world.issuer_registrar.root().encoded(),
        parties::certificate::Roots::new(),
        world.issuer_key.clone(),
    )
    .unwrap();
    let decision = alone.authorize(&good, None, today()).unwrap();
    assert_eq!(refused(decision).reason, Reason::UnknownAuthority);
}

#[test]
fn what_a_mode_cannot_do_nobody_signs() {
    let mut world = every_mode();
    for (mode, operation) in [
        (Mode::ProviderAlone, Operation::LowerFloor),
        (Mode::CertifiedData, Operation::Delete),
        (Mode::RegistrarCertified, Operation::LowerFloor),
    ] {
        let mut sdi = world.sdi(Operation::Store);
        (sdi.operation, sdi.package) = (operation, None);
        let reason = if mode == Mode::ProviderAlone {
            world.card.mode = mode;
            let request = world.card.open(sdi);
            let evidence = world.evidence(&request, None);
            refused(
                world
                    .provider
                    .authorize(&evidence, Some(world.package.digests()), None, today())
                    .unwrap(),
            )
        } else {
            refused(
                world
                    .provider
                    .certify(&sdi, mode, Some(world.package.digests()), today())
                    .unwrap(),
            )
        }
        .reason;
        assert_eq!(reason, Reason::WrongOperation);
    }
}

/// Consent may be waived by the card's policy, but never for certified data, which no party sees coming.
#[test]
fn consent_is_waived_by_policy_only() {
    for (policy, mode, granted) in [
        (Policy::ALL, Mode::ViaIssuer, false),
        (Policy::ALL.with_consent_waived(), Mode::ViaIssuer, true),
        (Policy::ALL, Mode::ProviderAlone, false),
        (Policy::ALL.with_consent_waived(), Mode::ProviderAlone, true),
    ] {
        let mut world = World::with_policy(policy);
        world.card.consent = Consent::None;
        let approval = asked(&mut world, mode);
        let evidence = approval.as_evidence();
        let decision = match mode {
            Mode::ViaIssuer => world.issuer.authorize(&evidence, None, today()),
            _ => world
                .provider
                .authorize(&evidence, Some(world.package.digests()), None, today()),
        };
        match decision.unwrap() {
            Decision::Granted(_) => assert!(granted),
            Decision::Refused(refusal) => {
                assert!(!granted);
                assert_eq!(refusal.reason, Reason::ConsentMissing);
            }
        }
    }
    for mode in [Mode::CertifiedData, Mode::RegistrarCertified] {
        let mut world = World::with_policy(Policy::ALL.with_consent_waived());
        world.card.consent = Consent::None;
        let approval = agreed(&mut world, mode);
        let report = approval.verify(&world.roots(), today()).unwrap();
        let check = report
            .checks
            .iter()
            .find(|check| check.name == "request by the card")
            .unwrap();
        assert_eq!(check.outcome, Outcome::Bad);
    }
}

/// An issuer that made the card's key could sign as the card: so the card cannot be used without it.
#[test]
fn a_key_made_by_the_issuer_rules_out_mode_4() {
    let world = World::new();
    let data_root = *world.data_registrar.root().digest();
    let request = world.card.ask_registration(&[7; 16]);
    let register = |policy| {
        let terms = CardTerms {
            policy,
            key_origin: KeyOrigin::Issuer,
            ..terms(data_root)
        };
        world
            .issuer
            .register(&request, &[7; 16], &terms, 1, today())
            .unwrap()
    };
    assert_eq!(refused(register(Policy::ALL)).reason, Reason::KeyNotOfCard);
    assert!(register(Policy::NONE.with(Mode::ViaIssuer)).granted().is_some());
}

#[test]
fn an_authorization_alone_is_over_the_request_itself() {
    let mut world = every_mode();
    let approval = agreed(&mut world, Mode::ProviderAlone);
    let body = Signed::parse(approval.first().unwrap())
        .unwrap()
        .second_authorization()
        .unwrap();
    assert_eq!(body.header.previous, sha256(approval.request()));
    assert_eq!(body.header.role, Role::Provider);
    assert_eq!(body.header.algorithm, Algorithm::EcdsaP256Sha256);
}
