//! Registrars: whom they certify, and whose links and lists others take in.

use apdu_spec::certificate::{Certificate, CertificateBuilder, Rights, Role};
use apdu_spec::object::{Mode, NO_PREVIOUS, RevocationList, Signed};
use apdu_spec::reason::Reason;
use parties::Error;
use parties::certificate::{OwnedCertificate, Roots};
use parties::crypto::{Digest, sha256};
use parties::decision::{Decision, sign_object};
use parties::office::RegistrarOffice;
use parties::party::{NewParty, Party};
use parties::registrar::{Grant, Registrar, Scope, make_request};
use parties::signer::{Passphrase, Signer, WorkFactor};

use crate::card::Card;
use crate::witness::Witness;
use crate::world::{Key, World, aid, database, day, grant, name, new_key, new_registrar, reason, today};

const MODE: Mode = Mode::RegisteredIssuer;

fn prefixes(prefix: &str) -> Grant {
    grant(Scope::Prefixes(vec![aid(prefix)]))
}

#[test]
fn a_registrar_refuses_requests_that_differ_in_one_thing() {
    let folder = tempfile::tempdir().unwrap();
    let (registrar, registrar_key) = new_registrar(Role::DataRegistrar, "FRDREG");
    let office = RegistrarOffice::new(registrar, database(folder.path(), Role::DataRegistrar, "FRDREG"));
    let witness = Witness::new(folder.path(), office.registrar().newest());
    let request = |who: &str, key: &Key| make_request(format!("{who}00001").parse().unwrap(), key).unwrap();
    let ask = |request: &[u8], grant: &Grant| office.certify(request, grant, false, today());
    let notes = request("FRNOTES", &new_key());
    assert_eq!(reason(ask(&notes, &prefixes("F04E4F5445")).unwrap()), None);

    let other = request("FROTHER", &new_key());
    let mut forged = other.clone();
    let last = forged.len() - 1;
    forged[last] ^= 1;
    let card = Card::new([1; 32], [1; 32], today()).ask_registration(&[1; 16]);
    let full = |scope: Scope| Grant {
        rights: scope.rights(),
        ..grant(scope)
    };
    let dated = |effective, expiration| Grant {
        effective: day(effective),
        expiration: day(expiration),
        ..prefixes("F048454952")
    };
    let heir = |predecessor| {
        full(Scope::SuccessorProvider {
            predecessor: name(predecessor),
        })
    };
    let good = prefixes("F048454952");
    let cases: [(Reason, &[u8], Grant); 17] = [
        (Reason::BadSignature, &forged, good.clone()),
        (Reason::CertificateRole, &card, good.clone()),
        (Reason::SameParty, &request("FRDREG", &new_key()), good.clone()),
        (
            Reason::SameParty,
            &request("FROTHER", &registrar_key),
            good.clone(),
        ),
        // Its name is another key's, its key another name's, its prefix another provider's.
        (
            Reason::AlreadyRegistered,
            &request("FRNOTES", &new_key()),
            good.clone(),
        ),
        (Reason::AidNotAllowed, &other, prefixes("F04E4F5445")),
        (Reason::AidNotAllowed, &other, prefixes("F04E4F544501")),
        (Reason::AidNotAllowed, &other, prefixes("F053594D42")),
        (
            Reason::CertificateRole,
            &other,
            grant(Scope::DataRegistrars(vec![[1; 32]])),
        ),
        (Reason::CertificateRole, &other, grant(Scope::DataCertifier)),
        (Reason::AlreadyRegistered, &notes, full(Scope::DataCertifier)),
        (Reason::NotSuccessor, &other, heir("FRNOBODY")),
        (Reason::SameParty, &notes, heir("FRNOTES")),
        (
            Reason::CertificateRole,
            &other,
            Grant {
                rights: Rights::ALL,
                ..heir("FRNOTES")
            },
        ),
        (Reason::Expired, &other, dated("2020-01-01", "2021-01-01")),
        (Reason::Expired, &other, dated("2029-01-01", "2028-01-01")),
        (Reason::Expired, &other, dated("2026-01-01", "2026-11-20")),
    ];
    for (expected, request, grant) in cases {
        witness.refuses((expected, MODE), request, || ask(request, &grant));
    }
    // Revoking what was never given, and what the list itself is signed with.
    for digest in [[1; 32], *office.registrar().root().digest()] {
        let answer = witness.keeps_nothing(|| office.revoke(&[digest], today()));
        assert!(matches!(answer, Err(Error::Unfit(_))), "{answer:?}");
    }
    let granted = ask(&other, &good).unwrap();
    let Decision::Granted(certificate) = &granted else {
        panic!("{granted:?}")
    };
    // A certificate that was revoked is not given again.
    office.revoke(&[sha256(certificate)], today()).unwrap();
    witness.refuses((Reason::Revoked, MODE), &other, || ask(&other, &good));
}

fn denied<T: std::fmt::Debug>(result: parties::Result<T>) -> Reason {
    match result {
        Err(Error::Denied(denial)) => denial.reason,
        other => panic!("{other:?}"),
    }
}

/// The registrar after one roll-over.
fn rolled(registrar: &Registrar<Key>) -> (Registrar<Key>, Vec<u8>) {
    let key = new_key();
    let validity = (day("2026-01-01"), day("2040-01-01"));
    let link = registrar.link(key.point(), Rights::ALL, validity).unwrap();
    let mut links: Vec<_> = registrar
        .links()
        .iter()
        .map(|link| link.encoded().to_vec())
        .collect();
    links.push(link.encoded().to_vec());
    let next = Registrar::with_links(registrar.root().encoded(), &links, key).unwrap();
    (next, link.encoded().to_vec())
}

#[test]
fn links_that_differ_in_one_thing_change_nobodys_trust() {
    let (registrar, key) = new_registrar(Role::DataRegistrar, "FRDREG");
    let (_, stranger_key) = new_registrar(Role::DataRegistrar, "FRDREG");
    let (second, link) = rolled(&registrar);
    let (_, third) = rolled(&second);
    let mut roots = Roots::new();
    roots.add("root", registrar.root().encoded()).unwrap();
    let view = Certificate::parse(&link).unwrap();
    let signed = |change: &dyn Fn(&mut CertificateBuilder<'_>), key: &Key| {
        let mut builder = CertificateBuilder::from(&view);
        change(&mut builder);
        OwnedCertificate::sign(&builder, key).unwrap().encoded().to_vec()
    };
    let cases = [
        (Reason::UnknownAuthority, signed(&|_| (), &stranger_key)),
        (
            Reason::UnknownAuthority,
            signed(&|link| link.role = Role::IssuerRegistrar, &key),
        ),
        (
            Reason::UnknownAuthority,
            signed(&|link| link.authority = "FRDREG00009".parse().unwrap(), &key),
        ),
        // A provider's certificate is no link, and neither is the link after the one that is missing.
        (
            Reason::UnknownAuthority,
            signed(&|link| link.role = Role::Provider, &key),
        ),
        (Reason::UnknownAuthority, third.clone()),
        (
            Reason::CertificateRole,
            signed(&|link| link.holder = "FROTHER00002".parse().unwrap(), &key),
        ),
    ];
    let before = roots.clone();
    for (index, (expected, link)) in cases.into_iter().enumerate() {
        assert_eq!(denied(roots.add_link("link", &link)), expected, "case {index}");
        assert_eq!(roots, before);
    }
    roots.add_link("link", &link).unwrap();
    // Signed by the first key after it rolled over: the second one follows the first, nothing else does.
    let sideways = signed(&|link| link.holder = "FRDREG00003".parse().unwrap(), &key);
    let before = roots.clone();
    assert!(roots.add_link("link", &sideways).is_err());
    assert_eq!(roots, before);
    // A link that its registrar revoked is not taken in, and one that is there counts no more.
    let list = second.revocation_list(1, &[sha256(&third)], today()).unwrap();
    roots.add_list("list", &list).unwrap();
    let before = roots.clone();
    assert_eq!(denied(roots.add_link("link", &third)), Reason::Revoked);
    assert_eq!(roots, before);
}

#[test]
fn lists_that_differ_in_one_thing_change_nobodys_trust() {
    let (registrar, key) = new_registrar(Role::DataRegistrar, "FRDREG");
    let (issuers, issuers_key) = new_registrar(Role::IssuerRegistrar, "FRDREG");
    let mut roots = Roots::new();
    let anchor = roots.add("root", registrar.root().encoded()).unwrap();
    roots.add("root", issuers.root().encoded()).unwrap();
    let first = registrar.revocation_list(5, &[[9; 32]], today()).unwrap();
    roots.add_list("list", &first).unwrap();
    let next = registrar.revocation_list(6, &[[9; 32]], today()).unwrap();
    let body: RevocationList<'_> = Signed::parse(&next).unwrap().read().unwrap();
    assert_eq!((body.header.previous, body.header.mode), (NO_PREVIOUS, MODE));
    let signed = |change: &dyn Fn(&mut RevocationList<'_>), key: &Key| {
        let mut body = body;
        change(&mut body);
        sign_object(&body, key).unwrap()
    };
    let other: Digest = *issuers.root().digest();
    let cases = [
        (Reason::BadSignature, signed(&|_| (), &issuers_key)),
        // In another registrar's name: what it signs says another role.
        (
            Reason::WrongRole,
            signed(&|list| list.header.certificate = other, &key),
        ),
        (
            Reason::UnknownAuthority,
            signed(&|list| list.header.certificate = [1; 32], &key),
        ),
        (
            Reason::WrongRole,
            signed(&|list| list.header.role = Role::IssuerRegistrar, &key),
        ),
        (
            Reason::WrongRole,
            signed(&|list| list.header.mode = Mode::Registration, &key),
        ),
        (
            Reason::WrongRole,
            signed(&|list| list.header.previous = [1; 32], &key),
        ),
        (Reason::ListTooOld, signed(&|list| list.number = 5, &key)),
        (Reason::ListTooOld, signed(&|list| list.number = 1, &key)),
    ];
    let before = roots.clone();
    for (index, (expected, list)) in cases.into_iter().enumerate() {
        let found = denied(roots.add_list("list", &list));
        assert_eq!(found, expected, "case {index}");
        assert_eq!(roots, before);
    }
    roots.add_list("list", &next).unwrap();
    assert_eq!(roots.registrar(&anchor).unwrap().list_number(), Some(6));
}

/// Once the first key is revoked by the second, neither its lists nor its certificates count.
#[test]
fn a_revoked_key_of_a_registrar_revokes_and_certifies_nothing() {
    let world = World::new();
    let (second, link) = rolled(&world.data_registrar);
    let mut roots = world.roots();
    roots.add_link("link", &link).unwrap();
    let first_root = *world.data_registrar.root().digest();
    let list = second.revocation_list(1, &[first_root], today()).unwrap();
    roots.add_list("list", &list).unwrap();
    let before = roots.clone();
    // Whoever has the old key cannot take that back.
    let stolen = world.data_registrar.revocation_list(2, &[], today()).unwrap();
    assert_eq!(denied(roots.add_list("list", &stolen)), Reason::Revoked);
    assert_eq!(roots, before);
    let registrar = roots.registrar(&first_root).unwrap();
    let dpr = world.provider.certificate().view().unwrap();
    assert_eq!(
        registrar.judge(&dpr, today()).unwrap_err().reason,
        Reason::Revoked
    );
    // What the second key certifies is good.
    let (renewed, _) = crate::world::certify(&second, "FRNOTES", &prefixes("F04E4F5445"));
    let renewed = Certificate::parse(&renewed).unwrap();
    assert_eq!(registrar.judge(&renewed, today()), Ok(()));
}

/// A party's folder holds whom it trusts: what it refuses is not written there.
#[test]
fn a_folder_takes_in_no_root_link_or_list_that_is_none() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("alpenbank");
    let party = Party::create(&NewParty {
        folder: &folder,
        role: Role::Issuer,
        name: name("DEISSUER"),
        passphrase: &Passphrase::new("correct horse"),
        work: WorkFactor::MINIMAL,
        server: None,
        rights: Rights::ALL,
        validity: (day("2026-01-01"), day("2036-01-01")),
    })
    .unwrap();
    let world = World::new();
    let registrar = &world.data_registrar;
    let root = registrar.root().encoded();
    party.trust(root).unwrap();
    let (second, link) = rolled(registrar);
    let (_, third) = rolled(&second);
    let list = |number| registrar.revocation_list(number, &[[9; 32]], today()).unwrap();
    party.trust_list(&list(2)).unwrap();
    let foreign = World::new();
    let (_, foreign_link) = rolled(&foreign.data_registrar);
    let foreign_list = foreign.data_registrar.revocation_list(9, &[], today()).unwrap();
    let files = || {
        let entries = std::fs::read_dir(folder.join("trust")).unwrap();
        let mut files: Vec<_> = entries
            .map(|entry| entry.unwrap().path())
            .map(|path| (std::fs::read(&path).unwrap(), path))
            .collect();
        files.sort();
        files
    };
    let before = files();
    assert_eq!(before.len(), 2);
    for (index, refused) in [
        party.trust(&world.card.irc),
        party.trust(&link),
        party.trust(&root[1..]),
        party.trust_link(root),
        party.trust_link(&third),
        party.trust_link(&foreign_link),
        party.trust_link(&world.card.irc),
        party.trust_link(&link[..link.len() - 1]),
        party.trust_list(&list(1)),
        party.trust_list(&foreign_list),
        party.trust_list(&link),
        party.trust_list(&list(3)[1..]),
    ]
    .into_iter()
    .enumerate()
    {
        assert!(refused.is_err(), "case {index}");
        assert_eq!(files(), before, "case {index}");
    }
    party.trust_link(&link).unwrap();
    party.trust_list(&list(3)).unwrap();
    assert_eq!(files().len(), 3);
}
