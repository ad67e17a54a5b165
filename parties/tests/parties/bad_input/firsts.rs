//! First authorizations, to whom signs second: the provider in mode 2, the issuer in mode 3.

use apdu_spec::certificate::{CertificateBuilder, Policy, Role};
use apdu_spec::object::{
    Algorithm, Authentication, Body, CertifiedData, FirstAuthorization, Mode, NO_PREVIOUS, Refusal,
    RegistrarCertifiedData, Release, SharedKey, Signed,
};
use apdu_spec::reason::Reason;
use parties::certificate::OwnedCertificate;
use parties::crypto::sha256;
use parties::decision::sign_object;
use parties::shared_key::CardKey;
use zeroize::Zeroizing;

use super::{Asked, first_body, first_role, header, key, second_body, wanted};
use crate::offices::Offices;
use crate::world::{Key, World, certify, grant, reason};

const TURNS: [(Role, Mode); 2] = [
    (Role::Provider, Mode::ViaIssuer),
    (Role::Issuer, Mode::ViaProvider),
];

type Change = fn(&mut FirstAuthorization);

const CHANGES: [(Reason, Change); 8] = [
    (Reason::WrongRole, |first| first.header.role = Role::Card),
    (Reason::WrongRole, |first| first.header.role = Role::DataCertifier),
    (Reason::WrongRole, |first| first.header.mode = Mode::ProviderAlone),
    (Reason::WrongRole, |first| first.header.mode = Mode::CertifiedData),
    (Reason::WrongSigner, |first| first.header.certificate = [1; 32]),
    (Reason::OtherRequest, |first| first.header.previous = [1; 32]),
    (Reason::OtherRequest, |first| first.header.previous = NO_PREVIOUS),
    (Reason::NotThisCard, |first| first.card_certificate = [1; 32]),
];

/// A MAC over a body, under a key that nobody shares.
fn mac<'a>(body: &impl Body<'a>) -> Vec<u8> {
    let (mut buffer, mut signed) = ([0; 1024], vec![0; 1024]);
    let length = body.write_complete(&mut buffer).unwrap();
    let key = CardKey::from_bytes(Zeroizing::new([7; 16]));
    let mac = key.mac(&buffer[..length]).unwrap();
    let length = Signed::assemble_mac(&buffer[..length], &mac, &mut signed).unwrap();
    signed.truncate(length);
    signed
}

#[test]
fn a_second_party_refuses_first_authorizations_that_differ_in_one_thing() {
    for (turn, mode) in TURNS {
        let mut world = World::with_policy(Policy::ALL);
        let offices = Offices::new(&world);
        let witness = offices.witness(turn);
        let request = wanted(&mut world, mode);
        let mut asked = Asked::new(&world, &request, turn);
        let first = first_role(mode).unwrap();
        let right = first_body(&world, first, mode, &asked.request);
        let signed = |change: &dyn Fn(&mut FirstAuthorization), key: &Key| {
            let mut body = right;
            change(&mut body);
            sign_object(&body, key).unwrap()
        };
        let mut cases: Vec<(Reason, Vec<u8>)> = CHANGES
            .iter()
            .map(|(reason, change)| (*reason, signed(change, key(&world, first))))
            .collect();
        // The second party's own role, and its own key.
        cases.push((
            Reason::WrongRole,
            signed(&|body| body.header.role = turn, key(&world, first)),
        ));
        cases.push((Reason::BadSignature, signed(&|_| (), key(&world, turn))));
        cases.push((Reason::BadSignature, signed(&|_| (), &crate::world::new_key())));
        let mut by_mac = right;
        by_mac.header.algorithm = Algorithm::AesCmac;
        cases.push((Reason::PolicyForbids, mac(&by_mac)));
        for (expected, object) in cases {
            asked.first = Some(object);
            witness.refuses((expected, mode), asked.object(), || asked.ask(&offices, turn));
        }
        asked.first = Some(signed(&|_| (), key(&world, first)));
        assert_eq!(reason(asked.ask(&offices, turn).unwrap()), None);
    }
}

/// Where MACs are allowed they are no way around the rest.
#[test]
fn a_mac_over_something_else_is_refused_too() {
    for (turn, mode) in TURNS {
        let mut world = World::with_policy(Policy::ALL.with_mac());
        let offices = Offices::new(&world);
        let witness = offices.witness(turn);
        let request = wanted(&mut world, mode);
        let mut asked = Asked::new(&world, &request, turn);
        let first = first_role(mode).unwrap();
        let mut right = first_body(&world, first, mode, &asked.request);
        right.header.algorithm = Algorithm::AesCmac;
        for (expected, change) in CHANGES {
            let mut body = right;
            change(&mut body);
            asked.first = Some(mac(&body));
            witness.refuses((expected, mode), asked.object(), || asked.ask(&offices, turn));
        }
        // Only the card can tell whether this one is right.
        asked.first = Some(mac(&right));
        assert_eq!(reason(asked.ask(&offices, turn).unwrap()), None);
    }
}

/// Everything that this very party did sign, for another purpose.
#[test]
fn no_other_object_passes_for_a_first_authorization() {
    for (turn, mode) in TURNS {
        let mut world = World::with_policy(Policy::ALL);
        let offices = Offices::new(&world);
        let witness = offices.witness(turn);
        let request = wanted(&mut world, mode);
        let mut asked = Asked::new(&world, &request, turn);
        let role = first_role(mode).unwrap();
        let header = header(&world, role, mode, sha256(&asked.request));
        let receipt = world.card.carry_out(&request.sdi, [1; 32], &[header.certificate]);
        let (key, card) = (key(&world, role), world.card.id());
        let list = match role {
            Role::Issuer => &world.issuer_registrar,
            _ => &world.data_registrar,
        };
        let objects = [
            sign_object(&second_body(&world, role, mode, &asked.request), key).unwrap(),
            sign_object(
                &CertifiedData {
                    header,
                    sdi: request.sdi,
                },
                key,
            )
            .unwrap(),
            sign_object(&RegistrarCertifiedData { header }, key).unwrap(),
            sign_object(
                &Refusal {
                    header,
                    reason: Reason::Expired.code(),
                    text: "no",
                },
                key,
            )
            .unwrap(),
            sign_object(
                &Release {
                    header,
                    card,
                    issuer: request.sdi.provider,
                },
                key,
            )
            .unwrap(),
            sign_object(
                &SharedKey {
                    header,
                    card,
                    version: 1,
                    ephemeral: &[4; 65],
                    sealed: &[1; 16],
                },
                key,
            )
            .unwrap(),
            sign_object(
                &Authentication {
                    header,
                    card,
                    challenge: [1; 16],
                },
                key,
            )
            .unwrap(),
            list.revocation_list(1, &[], crate::world::today()).unwrap(),
            receipt,
            world.card.head(&[1; 16]),
            asked.request.clone(),
        ];
        for (index, object) in objects.into_iter().enumerate() {
            asked.first = Some(object);
            let refusal = witness.refuses((Reason::OtherRequest, mode), asked.object(), || {
                asked.ask(&offices, turn)
            });
            assert_eq!(
                refusal.text, "this is not the first authorization",
                "object {index}"
            );
        }
    }
}

/// The issuer in mode 3 judges the provider by its certificate.
#[test]
fn an_issuer_refuses_providers_that_are_none() {
    let mode = Mode::ViaProvider;
    let mut world = World::with_policy(Policy::ALL);
    let offices = Offices::new(&world);
    let witness = offices.witness(Role::Issuer);
    let request = wanted(&mut world, mode);
    let good = Asked::new(&world, &request, Role::Issuer);
    let dpr = world.provider.certificate().view().unwrap();
    let certified = |change: &dyn Fn(&mut CertificateBuilder<'_>), key: &Key| {
        let mut builder = CertificateBuilder::from(&dpr);
        change(&mut builder);
        OwnedCertificate::sign(&builder, key).unwrap().encoded().to_vec()
    };
    let other = World::new();
    let prefixes = grant(parties::registrar::Scope::Prefixes(vec![crate::world::aid(
        "F04E4F5445",
    )]));
    let (namesake, _) = certify(&other.data_registrar, "FRNOTES", &prefixes);
    let stranger = crate::world::new_key();
    let cases = [
        (Reason::BadSignature, namesake),
        (Reason::BadSignature, certified(&|_| (), &stranger)),
        // Certificates of others where the provider's belongs.
        (Reason::UnknownAuthority, world.card.irc.clone()),
        (Reason::UnknownAuthority, world.card.rc.clone()),
    ];
    for (expected, certificate) in cases {
        let mut asked = Asked::new(&world, &request, Role::Issuer);
        asked.provider_certificate = certificate;
        witness.refuses((expected, mode), asked.object(), || {
            asked.ask(&offices, Role::Issuer)
        });
    }
    assert_eq!(reason(good.ask(&offices, Role::Issuer).unwrap()), None);
}
