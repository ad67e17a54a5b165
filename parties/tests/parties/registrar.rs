//! A registrar gives names, keys and prefixes once.

use apdu_spec::certificate::{Certificate, Rights, Role};
use apdu_spec::object::Mode;
use apdu_spec::reason::Reason;
use parties::office::RegistrarOffice;
use parties::registrar::{Registrar, Scope, make_request, make_root};
use parties::signer::Signer;

use crate::card::Card;
use crate::world::{Key, aid, database, day, grant, new_key, new_registrar, reason, today};

fn request(who: &str, key: &Key) -> Vec<u8> {
    make_request(format!("{who}00001").parse().unwrap(), key).unwrap()
}

fn prefixes(list: &[&str]) -> Scope {
    Scope::Prefixes(list.iter().map(|prefix| aid(prefix)).collect())
}

fn office(folder: &std::path::Path) -> RegistrarOffice<Key> {
    let (registrar, _) = new_registrar(Role::DataRegistrar, "FRDREG");
    RegistrarOffice::new(registrar, database(folder, Role::DataRegistrar, "FRDREG"))
}

#[test]
fn a_name_belongs_to_its_first_key_until_it_is_renewed() {
    let folder = tempfile::tempdir().unwrap();
    let office = office(folder.path());
    let (old, new) = (new_key(), new_key());
    let scope = grant(prefixes(&["F04E4F5445"]));
    let certify = |request: &[u8], renew| office.certify(request, &scope, renew, today()).unwrap();
    let first_request = request("FRNOTES", &old);
    let first = certify(&first_request, false).granted().unwrap();
    let holder = |certificate: &[u8]| Certificate::parse(certificate).unwrap().holder.to_string();
    assert_eq!(holder(&first), "FRNOTES00001");
    assert_eq!(
        certify(&first_request, false).granted().unwrap(),
        first,
        "asked again"
    );

    let second_request = request("FRNOTES", &new);
    assert_eq!(
        reason(certify(&second_request, false)),
        Some(Reason::AlreadyRegistered)
    );
    let second = certify(&second_request, true).granted().unwrap();
    assert_eq!(holder(&second), "FRNOTES00002");
    assert_eq!(office.database().parties().unwrap().len(), 2);
    let refusals = office.database().refusals().unwrap();
    assert_eq!(
        refusals.iter().map(|refusal| refusal.reason).collect::<Vec<_>>(),
        [Reason::AlreadyRegistered]
    );
}

#[test]
fn keys_and_prefixes_are_not_given_to_two_parties() {
    let folder = tempfile::tempdir().unwrap();
    let office = office(folder.path());
    let (key, other) = (new_key(), new_key());
    let certify = |request: &[u8], list: &[&str]| {
        reason(
            office
                .certify(request, &grant(prefixes(list)), false, today())
                .unwrap(),
        )
    };
    assert_eq!(certify(&request("FRNOTES", &key), &["F04E4F5445"]), None);
    assert_eq!(
        certify(&request("FROTHER", &key), &["F011223344"]),
        Some(Reason::SameParty)
    );
    assert_eq!(
        certify(&request("FROTHER", &other), &["F04E4F544501"]),
        Some(Reason::AidNotAllowed)
    );
    assert_eq!(
        certify(&request("FROTHER", &other), &["F011223344", "F04E4F5445"]),
        Some(Reason::AidNotAllowed)
    );
    assert_eq!(
        certify(&request("FROTHER", &other), &["A000000151"]),
        Some(Reason::AidNotAllowed),
        "reserved"
    );
    assert_eq!(certify(&request("FROTHER", &other), &["F011223344"]), None);
}

#[test]
fn requests_and_grants_that_are_wrong_are_refused() {
    let (registrar, root_key) = new_registrar(Role::DataRegistrar, "FRDREG");
    let good = grant(prefixes(&["F04E4F5445"]));
    let key = new_key();
    let certify = |request: &[u8], grant: &_| reason(registrar.certify(request, grant, 1, today()).unwrap());
    assert_eq!(certify(&request("FRNOTES", &key), &good), None);

    let mut unsigned = request("FRNOTES", &key);
    *unsigned.last_mut().unwrap() ^= 1;
    assert_eq!(certify(&unsigned, &good), Some(Reason::BadSignature));
    let card = Card::new([0; 32], [0; 32], today()).ask_registration(&[0; 16]);
    assert_eq!(certify(&card, &good), Some(Reason::CertificateRole));
    assert_eq!(certify(&request("FRDREG", &key), &good), Some(Reason::SameParty));
    assert_eq!(
        certify(&request("FRNOTES", &root_key), &good),
        Some(Reason::SameParty)
    );
    let issuers = grant(Scope::DataRegistrars(vec![[1; 32]]));
    assert_eq!(
        certify(&request("FRNOTES", &key), &issuers),
        Some(Reason::CertificateRole)
    );
    let mut past = good.clone();
    past.expiration = day("2026-11-20");
    assert_eq!(certify(&request("FRNOTES", &key), &past), Some(Reason::Expired));
    assert!(
        registrar
            .certify(&request("FRNOTES", &key), &grant(prefixes(&[])), 1, today())
            .is_err()
    );
    assert_eq!(
        reason(
            registrar
                .certify(&request("FRNOTES", &key), &good, 100_000, today())
                .unwrap()
        ),
        Some(Reason::SerialTooOld)
    );
}

#[test]
fn nobody_gets_more_rights_than_the_registrar_has() {
    let key = new_key();
    let rights = Rights::NONE.with(Mode::ViaIssuer);
    let validity = (day("2026-01-01"), day("2036-01-01"));
    let root = make_root(
        Role::DataRegistrar,
        "FRDREG00001".parse().unwrap(),
        rights,
        validity,
        &key,
    )
    .unwrap();
    let registrar = Registrar::new(root.encoded(), key).unwrap();
    let mut grant = grant(prefixes(&["F04E4F5445"]));
    let request = request("FRNOTES", &new_key());
    assert_eq!(
        reason(registrar.certify(&request, &grant, 1, today()).unwrap()),
        Some(Reason::CertificateRole)
    );
    grant.rights = rights;
    assert_eq!(
        reason(registrar.certify(&request, &grant, 1, today()).unwrap()),
        None
    );
    let stranger = new_key();
    assert!(
        Registrar::new(root.encoded(), stranger.clone()).is_err(),
        "{:?}",
        stranger.point()
    );
}
