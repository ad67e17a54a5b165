//! What the card demands in each mode. The parties of an attack have their keys and sign what they like.

use apdu_spec::certificate::{Extension, ProviderExtension, Rights, Role};
use apdu_spec::object::{CertifiedData, FirstAuthorization, Mode, Operation, Sdi};
use apdu_spec::reason::Reason;

use super::package::package;
use super::parties::*;
use super::scene::*;

/// In each of these modes: evidence that is refused, in place of what is then taken.
#[track_caller]
fn instead_of_honest(
    modes: &[Mode],
    reason: Reason,
    attack: impl Fn(&mut Scene, &Asked, Evidence) -> Evidence,
) {
    for &mode in modes {
        let mut scene = Scene::new();
        let asked = scene.open(mode, scene.sdi(Operation::Store, aid(1), 1));
        scene.show(mode);
        let honest = scene.evidence(&asked);
        let dishonest = attack(&mut scene, &asked, honest.clone());
        assert_ne!(dishonest, honest, "{mode:?}");
        scene.refuse(&asked, &dishonest, reason);
        scene.bring(&asked, &honest);
        scene.finish(&asked, &package(aid(1), 1, 0));
    }
}

const JOINT: [Mode; 3] = [Mode::ViaIssuer, Mode::ViaProvider, Mode::RegistrarCertified];

#[test]
fn the_first_object_is_signed() {
    instead_of_honest(&MODES, Reason::BadSignature, |scene, asked, mut honest| {
        spoil(&mut honest.0);
        let by = scene.signers(asked.mode).1;
        honest.1 = by.map(|by| scene.second(asked.mode, &honest.0, &by, |_| {}));
        honest
    });
}

#[test]
fn the_second_object_is_signed() {
    instead_of_honest(&JOINT, Reason::BadSignature, |_, _, mut honest| {
        spoil(honest.1.as_mut().unwrap());
        honest
    });
}

#[test]
fn one_word_is_not_two() {
    instead_of_honest(&JOINT, Reason::WrongRole, |_, _, (first, _)| (first, None));
}

#[test]
fn nobody_speaks_where_one_speaks_alone() {
    let alone = [Mode::ProviderAlone, Mode::CertifiedData];
    instead_of_honest(&alone, Reason::WrongRole, |scene, asked, (first, _)| {
        let issuer = copy(&scene.issuer);
        let second = scene.second(asked.mode, &first, &issuer, |_| {});
        (first, Some(second))
    });
}

#[test]
fn each_signs_in_its_own_role() {
    instead_of_honest(&MODES, Reason::WrongRole, |scene, asked, _| {
        let (by, over) = scene.signers(asked.mode);
        let first = scene.first(asked, &by, |header| header.role = Role::Card);
        let second = over.map(|by| scene.second(asked.mode, &first, &by, |_| {}));
        (first, second)
    });
    instead_of_honest(&JOINT, Reason::WrongRole, |scene, asked, (first, _)| {
        let by = scene.signers(asked.mode).1.unwrap();
        let second = scene.second(asked.mode, &first, &by, |header| header.role = Role::Card);
        (first, Some(second))
    });
}

#[test]
fn each_signs_under_the_certificate_that_was_shown() {
    instead_of_honest(&MODES, Reason::WrongSigner, |scene, asked, _| {
        let (by, over) = scene.signers(asked.mode);
        let first = scene.first(asked, &by, |header| header.certificate = [1; 32]);
        let second = over.map(|by| scene.second(asked.mode, &first, &by, |_| {}));
        (first, second)
    });
}

#[test]
fn evidence_is_for_one_mode() {
    let other = |mode| match mode {
        Mode::ViaIssuer => Mode::ViaProvider,
        Mode::CertifiedData => Mode::RegistrarCertified,
        Mode::RegistrarCertified => Mode::CertifiedData,
        _ => Mode::ViaIssuer,
    };
    instead_of_honest(&MODES, Reason::OtherRequest, |scene, asked, _| {
        let (by, over) = scene.signers(asked.mode);
        let first = scene.first(asked, &by, |header| header.mode = other(asked.mode));
        let second = over.map(|by| scene.second(asked.mode, &first, &by, |_| {}));
        (first, second)
    });
    let joint = [Mode::ViaIssuer, Mode::ViaProvider];
    instead_of_honest(&joint, Reason::OtherRequest, |scene, asked, (first, _)| {
        let by = scene.signers(asked.mode).1.unwrap();
        let second = scene.second(asked.mode, &first, &by, |header| header.mode = other(asked.mode));
        (first, Some(second))
    });
}

#[test]
fn evidence_is_for_one_request() {
    let asked_for = [Mode::ViaIssuer, Mode::ViaProvider, Mode::ProviderAlone];
    instead_of_honest(&asked_for, Reason::OtherRequest, |scene, asked, _| {
        let (by, over) = scene.signers(asked.mode);
        let first = scene.first(asked, &by, |header| header.previous = sha256(b"another request"));
        let second = over.map(|by| scene.second(asked.mode, &first, &by, |_| {}));
        (first, second)
    });
    instead_of_honest(&JOINT, Reason::OtherRequest, |scene, asked, (first, _)| {
        let by = scene.signers(asked.mode).1.unwrap();
        let second = scene.second(asked.mode, &first, &by, |header| {
            header.previous = sha256(b"another word");
        });
        (first, Some(second))
    });
}

#[test]
fn a_first_authorization_is_for_one_card() {
    let joint = [Mode::ViaIssuer, Mode::ViaProvider];
    instead_of_honest(&joint, Reason::OtherRequest, |scene, asked, _| {
        let (by, over) = scene.signers(asked.mode);
        let mut header = by.header(asked.mode);
        header.previous = sha256(&asked.request);
        let first = by.sign(&FirstAuthorization {
            header,
            card_certificate: sha256(b"another card"),
        });
        let second = over.map(|by| scene.second(asked.mode, &first, &by, |_| {}));
        (first, second)
    });
}

#[test]
fn certified_data_are_the_very_data_that_were_asked_for() {
    let certified = [Mode::CertifiedData, Mode::RegistrarCertified];
    instead_of_honest(&certified, Reason::OtherRequest, |scene, asked, _| {
        let (by, over) = scene.signers(asked.mode);
        let first = by.sign(&CertifiedData {
            header: by.header(asked.mode),
            sdi: Sdi {
                expiry: date("2030-01-02"),
                ..asked.sdi
            },
        });
        let second = over.map(|by| scene.second(asked.mode, &first, &by, |_| {}));
        (first, second)
    });
}

/// One key with a certificate of each role is one party.
#[test]
fn two_words_are_of_two_parties() {
    let both = Scene::new().issuer.seed;
    for mode in [Mode::ViaIssuer, Mode::ViaProvider] {
        let mut scene = Scene::new();
        scene.provider = provider(&scene.world.data, both, "XXBOTH00001");
        let asked = scene.open(mode, scene.sdi(Operation::Store, aid(1), 1));
        scene.show(mode);
        let evidence = scene.evidence(&asked);
        scene.refuse(&asked, &evidence, Reason::SameParty);
    }
}

#[test]
fn an_application_is_stored_by_the_provider_it_is_asked_for() {
    for mode in MODES {
        let mut scene = Scene::new();
        let asked = scene.open(mode, scene.sdi(Operation::Store, aid(1), 1));
        let other = copy(&scene.other);
        let honest = core::mem::replace(&mut scene.provider, other);
        scene.show(mode);
        let evidence = scene.evidence(&asked);
        scene.refuse(&asked, &evidence, Reason::WrongSigner);
        scene.provider = honest;
        scene.authorize(&asked);
    }
}

/// A name counts under the registrar that gave it.
#[test]
fn a_namesake_under_another_registrar_is_another_provider() {
    let mut scene = Scene::new();
    let mut sdi = scene.sdi(Operation::Store, aid(1), 1);
    sdi.provider.root = sha256(b"another registrar");
    let asked = scene.open(Mode::ProviderAlone, sdi);
    scene.show(asked.mode);
    let evidence = scene.evidence(&asked);
    scene.refuse(&asked, &evidence, Reason::WrongSigner);
    // And its certificate, under that registrar, is no certificate here.
    let elsewhere = Party::root(42, "XXDREG00001", Role::DataRegistrar);
    let namesake = provider(&elsewhere, 4, "XXPROV00001");
    scene.world.refuse_certificate(&namesake, Reason::BadSignature);
}

#[test]
fn a_provider_names_what_his_prefixes_allow() {
    let mut scene = Scene::new();
    let elsewhere = apdu_spec::aid::Aid::new(&[0xF1, 1, 2, 3, 5, 1]).unwrap();
    let asked = scene.open(Mode::ProviderAlone, scene.sdi(Operation::Store, elsewhere, 1));
    scene.show(asked.mode);
    let evidence = scene.evidence(&asked);
    scene.refuse(&asked, &evidence, Reason::AidNotAllowed);
}

#[test]
fn a_provider_takes_part_in_the_modes_of_his_certificate() {
    for mode in MODES {
        let mut scene = Scene::new();
        let mut buffer = [0; 64];
        let prefix = apdu_spec::aid::Aid::new(&[0xF1, 1, 2, 3, 4]).unwrap();
        let extension = Extension::Provider(ProviderExtension::encode(&[prefix], &mut buffer).unwrap());
        let mut draft = Draft::new("XXPROV00001", Role::Provider, extension);
        let others = MODES.into_iter().filter(|other| *other != mode);
        draft.rights = others.fold(Rights::NONE, Rights::with);
        scene.provider = scene.world.data.certify(4, &draft);
        let asked = scene.open(mode, scene.sdi(Operation::Store, aid(1), 1));
        scene.show(mode);
        let evidence = scene.evidence(&asked);
        scene.refuse(&asked, &evidence, Reason::CertificateRole);
    }
}
