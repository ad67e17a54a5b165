//! What a registrar revoked counts for nobody who has its list, and no old list returns.

use apdu_spec::certificate::Role;
use apdu_spec::object::{Mode, NO_PREVIOUS, Operation, RevocationList, Signed};
use apdu_spec::reason::Reason;
use parties::Error;
use parties::certificate::Roots;
use parties::crypto::{Digest, sha256};
use parties::decision::sign_object;
use parties::issuer::Issuer;
use parties::office::RegistrarOffice;
use parties::provider::Provider;
use parties::registrar::{Scope, make_request};

use crate::world::{Key, World, aid, database, grant, new_key, new_registrar, reason, today};

fn denied<T: std::fmt::Debug>(result: parties::Result<T>) -> Reason {
    match result {
        Err(Error::Denied(denial)) => denial.reason,
        other => panic!("{other:?}"),
    }
}

#[test]
fn only_newer_lists_of_the_registrar_itself_are_taken_in() {
    let (registrar, key) = new_registrar(Role::DataRegistrar, "FRDREG");
    let (other, other_key) = new_registrar(Role::DataRegistrar, "FRDREG");
    let list = |number, revoked: &[Digest]| registrar.revocation_list(number, revoked, today()).unwrap();
    let mut roots = Roots::new();
    let anchor = roots.add("root", registrar.root().encoded()).unwrap();
    let second = list(2, &[[9; 32], [3; 32], [9; 32]]);
    assert_eq!(roots.add_list("list", &second).unwrap(), anchor);
    roots.add_list("list", &second).unwrap();
    assert_eq!(denied(roots.add_list("list", &list(1, &[]))), Reason::ListTooOld);
    assert_eq!(denied(roots.add_list("list", &list(2, &[]))), Reason::ListTooOld);
    let known = roots.registrar(&anchor).unwrap();
    assert!(known.is_revoked(&[9; 32]) && known.is_revoked(&[3; 32]) && !known.is_revoked(&[4; 32]));
    let foreign = other.revocation_list(9, &[], today()).unwrap();
    assert_eq!(denied(roots.add_list("list", &foreign)), Reason::UnknownAuthority);
    // In the registrar's name by another key, and as something else.
    let signed = list(3, &[]);
    let body: RevocationList<'_> = Signed::parse(&signed).unwrap().read().unwrap();
    let forged = sign_object(&body, &other_key).unwrap();
    assert_eq!(denied(roots.add_list("list", &forged)), Reason::BadSignature);
    for change in [
        |body: &mut RevocationList<'_>| body.header.role = Role::IssuerRegistrar,
        |body: &mut RevocationList<'_>| body.header.mode = Mode::Registration,
        |body: &mut RevocationList<'_>| body.header.previous = [1; 32],
    ] {
        let mut body = body;
        assert_eq!(body.header.previous, NO_PREVIOUS);
        change(&mut body);
        let wrong = sign_object(&body, &key).unwrap();
        assert_eq!(denied(roots.add_list("list", &wrong)), Reason::WrongRole);
    }
    assert_eq!(roots.registrar(&anchor).unwrap().list_number(), Some(2));
    let many: Vec<Digest> = (0..49).map(|number| [number; 32]).collect();
    assert!(registrar.revocation_list(4, &many, today()).is_err());
    roots.add_list("list", &list(4, &many[1..])).unwrap();
}

/// Revoked in one place, refused by everyone.
#[test]
fn nobody_signs_with_or_for_a_revoked_certificate() {
    let mut world = World::new();
    let (irc, dpr) = (sha256(&world.card.irc), *world.provider.certificate().digest());
    let request = world.card.open(world.sdi(Operation::Store));
    let first = world.first(&request).granted().unwrap();
    let mut issuers_list = world.roots();
    let list = world
        .issuer_registrar
        .revocation_list(1, &[irc], today())
        .unwrap();
    issuers_list.add_list("list", &list).unwrap();
    let mut providers_list = world.roots();
    let list = world.data_registrar.revocation_list(1, &[dpr], today()).unwrap();
    providers_list.add_list("list", &list).unwrap();

    let issuer = |roots: &Roots| {
        let root = world.issuer_registrar.root().encoded();
        Issuer::new(&world.card.irc, root, roots.clone(), world.issuer_key.clone()).unwrap()
    };
    let provider = |roots: &Roots| {
        let root = world.data_registrar.root().encoded();
        let dpr = world.provider.certificate().encoded();
        Provider::new(dpr, root, roots.clone(), world.provider_key.clone()).unwrap()
    };
    let evidence = parties::evidence::Evidence {
        provider_certificate: Some(world.provider.certificate().encoded()),
        ..world.evidence(&request, Some(&first))
    };
    let digests = world.package.digests();
    let held = Some(digests);
    let by_issuer = |roots: &Roots| reason(issuer(roots).authorize(&evidence, None, today()).unwrap());
    let by_provider =
        |roots: &Roots| reason(provider(roots).authorize(&evidence, held, None, today()).unwrap());
    assert_eq!(
        (by_issuer(&world.roots()), by_provider(&world.roots())),
        (None, None)
    );
    for roots in [&issuers_list, &providers_list] {
        assert_eq!(by_issuer(roots), Some(Reason::Revoked));
        assert_eq!(by_provider(roots), Some(Reason::Revoked));
    }
    // Nor for a new card, nor for certified data.
    let request = world.card.ask_registration(&[1; 16]);
    let terms = crate::world::terms(*world.data_registrar.root().digest());
    let decision = issuer(&issuers_list).register(&request, &[1; 16], &terms, 2, today());
    assert_eq!(reason(decision.unwrap()), Some(Reason::Revoked));
    let sdi = world.sdi(Operation::Store);
    let mode = Mode::RegistrarCertified;
    let decision = provider(&providers_list).certify(&sdi, mode, held, today());
    assert_eq!(reason(decision.unwrap()), Some(Reason::Revoked));
    let data = world
        .provider
        .certify(&sdi, mode, held, today())
        .unwrap()
        .granted()
        .unwrap();
    let delegated = parties::registrar::Grant {
        rights: Scope::DataCertifier.rights(),
        ..grant(Scope::DataCertifier)
    };
    let (certificate, key) = crate::world::certify(&world.data_registrar, "FRDCERT", &delegated);
    let root = world.data_registrar.root().encoded();
    let certifier = |roots: &Roots| {
        parties::certifier::Certifier::new(&certificate, root, roots.clone(), key.clone()).unwrap()
    };
    let countersign = |roots: &Roots| {
        let dpr = world.provider.certificate().encoded();
        reason(
            certifier(roots)
                .countersign(&data, dpr, digests, today())
                .unwrap(),
        )
    };
    assert_eq!(countersign(&world.roots()), None);
    assert_eq!(countersign(&providers_list), Some(Reason::Revoked));
    let mut certifiers_list = world.roots();
    let list = world
        .data_registrar
        .revocation_list(1, &[sha256(&certificate)], today())
        .unwrap();
    certifiers_list.add_list("list", &list).unwrap();
    assert_eq!(countersign(&certifiers_list), Some(Reason::Revoked));
}

fn office(folder: &std::path::Path) -> RegistrarOffice<Key> {
    let (registrar, _) = new_registrar(Role::DataRegistrar, "FRDREG");
    RegistrarOffice::new(registrar, database(folder, Role::DataRegistrar, "FRDREG"))
}

#[test]
fn a_registrar_revokes_what_it_gave_and_gives_it_anew_only_when_told() {
    let folder = tempfile::tempdir().unwrap();
    let office = office(folder.path());
    let request = make_request("FRNOTES00001".parse().unwrap(), &new_key()).unwrap();
    let prefixes = grant(Scope::Prefixes(vec![aid("F04E4F5445")]));
    let certify = |renew| office.certify(&request, &prefixes, renew, today()).unwrap();
    let first = certify(false).granted().unwrap();
    assert_eq!(certify(false).granted().unwrap(), first);
    assert!(office.revoke(&[[1; 32]], today()).is_err(), "never given");
    let own = *office.registrar().root().digest();
    assert!(
        office.revoke(&[own], today()).is_err(),
        "signed by what it revokes"
    );
    let list = office.revoke(&[sha256(&first)], today()).unwrap();
    assert_eq!(
        office.revoke(&[sha256(&first)], today()).unwrap(),
        list,
        "once is enough"
    );
    assert_eq!(office.revocation_list().unwrap(), Some(list));
    assert_eq!(reason(certify(false)), Some(Reason::Revoked));
    let second = certify(true).granted().unwrap();
    assert_ne!(second, first);
    assert_eq!(certify(false).granted().unwrap(), second);
    // The next list names both, under the next number.
    let list = office.revoke(&[sha256(&second)], today()).unwrap();
    let body: RevocationList<'_> = Signed::parse(&list).unwrap().read().unwrap();
    assert_eq!((body.number, body.revoked().count()), (2, 2));
    let again = office.publish_list(today()).unwrap();
    let body: RevocationList<'_> = Signed::parse(&again).unwrap().read().unwrap();
    assert_eq!((body.number, body.revoked().count()), (3, 2));
}

/// A number that was given twice would let one of two lists be lost.
#[test]
fn processes_that_revoke_at_once_lose_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (registrar, key) = new_registrar(Role::DataRegistrar, "FRDREG");
    let root = registrar.root().encoded().to_vec();
    let database = database(folder.path(), Role::DataRegistrar, "FRDREG");
    let office = RegistrarOffice::new(registrar, database);
    let digests: Vec<Digest> = (0..4)
        .map(|number| {
            let request = make_request(format!("FRPROV{number}00001").parse().unwrap(), &new_key()).unwrap();
            let prefix = aid(&format!("F04E4F54{number:02}"));
            let granted = office.certify(&request, &grant(Scope::Prefixes(vec![prefix])), false, today());
            sha256(&granted.unwrap().granted().unwrap())
        })
        .collect();
    std::thread::scope(|scope| {
        for digest in &digests {
            let registrar = parties::registrar::Registrar::new(&root, key.clone()).unwrap();
            let owner = parties::database::Owner {
                role: Role::DataRegistrar,
                name: crate::world::name("FRDREG"),
            };
            let location = parties::database::Location::File(folder.path().join("party.db"));
            let database = parties::database::Database::open(&location, owner).unwrap();
            let office = RegistrarOffice::new(registrar, database);
            scope.spawn(move || office.revoke(&[*digest], today()).unwrap());
        }
    });
    let list = office.revocation_list().unwrap().unwrap();
    let body: RevocationList<'_> = Signed::parse(&list).unwrap().read().unwrap();
    assert_eq!(body.number, 4);
    assert!(digests.iter().all(|digest| body.names(digest)));
}
