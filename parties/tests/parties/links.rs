//! A registrar's key rolls over: it stays the same registrar, for those who have the link and for nobody else.

use std::path::Path;

use apdu_spec::certificate::{Certificate, CertificateBuilder, Rights, Role};
use apdu_spec::object::{Mode, Operation};
use apdu_spec::reason::Reason;
use parties::Error;
use parties::certificate::{OwnedCertificate, Roots};
use parties::decision::Decision;
use parties::issuer::Issuer;
use parties::party::{NewParty, Party};
use parties::provider::Provider;
use parties::registrar::{Grant, Registrar, Scope};
use parties::signer::{Passphrase, Signer, WorkFactor};

use crate::world::{Key, World, aid, certify, day, grant, name, new_key, new_registrar, terms, today};

fn denied<T: std::fmt::Debug>(result: parties::Result<T>) -> Reason {
    match result {
        Err(Error::Denied(denial)) => denial.reason,
        other => panic!("{other:?}"),
    }
}

fn validity() -> (apdu_spec::date::Date, apdu_spec::date::Date) {
    (day("2026-01-01"), day("2040-01-01"))
}

/// The registrar after one roll-over, and the link.
fn rolled(registrar: &Registrar<Key>) -> (Registrar<Key>, Vec<u8>) {
    let key = new_key();
    let link = registrar.link(key.point(), Rights::ALL, validity()).unwrap();
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
fn a_link_is_what_spec_says_and_the_anchor_stays() {
    let (registrar, _) = new_registrar(Role::IssuerRegistrar, "DEIREG");
    let (second, link) = rolled(&registrar);
    let (third, _) = rolled(&second);
    let view = Certificate::parse(&link).unwrap();
    assert_eq!(view.holder.as_str(), "DEIREG00002");
    assert_eq!(view.authority.as_str(), "DEIREG00001");
    assert!(view.has_parameters && view.role == Role::IssuerRegistrar);
    assert_eq!(third.root().digest(), registrar.root().digest());
    assert_eq!(third.links().len(), 2);
    assert_eq!(third.newest().view().unwrap().holder.as_str(), "DEIREG00003");
    // No more rights than before, and no key twice.
    let (narrow, key) = {
        let key = new_key();
        let root = parties::registrar::make_root(
            Role::IssuerRegistrar,
            "DENARROW00001".parse().unwrap(),
            Rights::NONE.with(Mode::ViaIssuer),
            validity(),
            &key,
        )
        .unwrap();
        (Registrar::new(root.encoded(), key.clone()).unwrap(), key)
    };
    assert_eq!(
        denied(narrow.link(new_key().point(), Rights::ALL, validity())),
        Reason::CertificateRole
    );
    let same = narrow.link(key.point(), Rights::NONE, validity());
    assert_eq!(denied(same), Reason::SameParty);
    // The old key does not act for the new one.
    assert!(Registrar::with_links(narrow.root().encoded(), &[link], key).is_err());
}

#[test]
fn only_the_links_of_a_trusted_registrar_are_taken_in() {
    let (issuers, issuers_key) = new_registrar(Role::IssuerRegistrar, "DEIREG");
    let (data, _) = new_registrar(Role::DataRegistrar, "DEIREG");
    let (namesake, _) = new_registrar(Role::IssuerRegistrar, "DEIREG");
    let (second, link) = rolled(&issuers);
    let (_, later) = rolled(&second);
    let (_, of_data) = rolled(&data);
    let (_, of_namesake) = rolled(&namesake);
    let mut roots = Roots::new();
    let anchor = roots.add("root", issuers.root().encoded()).unwrap();
    assert_eq!(denied(roots.add_link("link", &later)), Reason::UnknownAuthority);
    assert_eq!(denied(roots.add_link("link", &of_data)), Reason::UnknownAuthority);
    assert_eq!(
        denied(roots.add_link("link", &of_namesake)),
        Reason::UnknownAuthority
    );
    assert_eq!(
        denied(roots.add_link("link", issuers.root().encoded())),
        Reason::UnknownAuthority
    );
    // Signed by the right key, but of the other role, of another name, or with an old number.
    let view = Certificate::parse(&link).unwrap();
    let changed = |change: fn(&mut CertificateBuilder<'_>)| {
        let mut builder = CertificateBuilder::from(&view);
        change(&mut builder);
        OwnedCertificate::sign(&builder, &issuers_key).unwrap()
    };
    for (reason, link) in [
        (
            Reason::UnknownAuthority,
            changed(|link| link.role = Role::DataRegistrar),
        ),
        (
            Reason::CertificateRole,
            changed(|link| link.holder = "DEOTHER00002".parse().unwrap()),
        ),
        (
            Reason::LinkTooOld,
            changed(|link| {
                (link.authority, link.holder) =
                    ("DEIREG00001".parse().unwrap(), "DEIREG00000".parse().unwrap());
            }),
        ),
        (
            Reason::Expired,
            changed(|link| link.expiration = "2025-01-01".parse().unwrap()),
        ),
    ] {
        assert_eq!(denied(roots.add_link("link", link.encoded())), reason);
    }
    assert_eq!(roots.registrar(&anchor).unwrap().links().len(), 0);
    assert_eq!(roots.add_link("link", &link).unwrap(), anchor);
    assert_eq!(roots.add_link("link", &link).unwrap(), anchor);
    assert_eq!(roots.add_link("link", &later).unwrap(), anchor);
    assert_eq!(roots.registrar(&anchor).unwrap().links().len(), 2);
}

/// A card that was made before the roll-over, an issuer and a provider certified after it.
#[test]
fn parties_certified_by_the_next_key_are_known_by_the_link() {
    let mut world = World::new();
    let roots = (
        *world.issuer_registrar.root().digest(),
        *world.data_registrar.root().digest(),
    );
    let (issuers, issuer_link) = rolled(&world.issuer_registrar);
    let (providers, data_link) = rolled(&world.data_registrar);
    let (irc, issuer_key) = certify(&issuers, "DENEXT", &grant(Scope::DataRegistrars(vec![roots.1])));
    let prefixes = grant(Scope::Prefixes(vec![aid("F04E4F5445")]));
    let (dpr, provider_key) = certify(&providers, "FRNOTES", &prefixes);
    let mut trusted = world.roots();
    trusted.add_link("link", &issuer_link).unwrap();
    trusted.add_link("link", &data_link).unwrap();
    let root = world.issuer_registrar.root().encoded();
    assert!(Issuer::new(&irc, root, world.roots(), issuer_key.clone()).is_err());
    world.issuer = Issuer::new(&irc, root, trusted.clone(), issuer_key).unwrap();
    assert_eq!(world.issuer.identity().unwrap().root, roots.0);
    let request = world.card.ask_registration(&[1; 16]);
    let rc = world
        .issuer
        .register(&request, &[1; 16], &terms(roots.1), 2, today())
        .unwrap()
        .granted()
        .unwrap();
    world.card.register(&rc, &irc);
    let provider = |trusted| {
        Provider::new(
            &dpr,
            world.data_registrar.root().encoded(),
            trusted,
            provider_key.clone(),
        )
        .unwrap()
    };
    world.provider = provider(trusted.clone());
    let sdi = world.sdi(Operation::Store);
    assert_eq!(sdi.provider.root, roots.1);
    let request = world.card.open(sdi);
    let first = world.first(&request).granted().unwrap();
    assert!(world.second(&request, &first).granted().is_some());
    // Without the issuer registrar's link the card's issuer is a stranger.
    let mut half = world.roots();
    half.add_link("link", &data_link).unwrap();
    world.provider = provider(half);
    let Decision::Refused(refusal) = world.second(&request, &first) else {
        panic!("granted")
    };
    assert_eq!(refusal.reason, Reason::UnknownAuthority);
    // An approval can bring the links along.
    let mut approval = parties::approval::Approval::new(&request, &world.card.rc, &world.card.irc).unwrap();
    approval.add_link(&issuer_link).unwrap();
    approval.add_link(&data_link).unwrap();
    approval.add_evidence(&first).unwrap();
    let before = approval.verify(&world.roots(), today()).unwrap();
    assert!(before.nothing_bad(), "{before:#?}");
    assert_eq!(approval.certificates().count(), 2);
    approval.set_provider_certificate(&dpr).unwrap();
    assert_eq!(approval.certificates().count(), 3);
    assert!(approval.verify(&world.roots(), today()).unwrap().nothing_bad());
    assert!(
        approval
            .add_link(world.issuer_registrar.root().encoded())
            .is_err()
    );
}

fn passphrase() -> Passphrase {
    Passphrase::new("correct horse")
}

fn new_party(folder: &Path, role: Role, who: &str) -> Party {
    Party::create(&NewParty {
        folder,
        role,
        name: name(who),
        passphrase: &passphrase(),
        work: WorkFactor::MINIMAL,
        server: None,
        rights: Rights::ALL,
        validity: validity(),
    })
    .unwrap()
}

#[test]
fn a_folder_keeps_every_key_and_goes_on_where_it_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let registrar = new_party(&at("dr"), Role::DataRegistrar, "FRDREG");
    let certifier = new_party(&at("dc"), Role::DataCertifier, "FRDCERT");
    let root = registrar.certificate().unwrap().unwrap();
    let rollover =
        |registrar: &Party| registrar.rollover(&passphrase(), WorkFactor::MINIMAL, Rights::ALL, validity());
    let first = registrar.point().unwrap();
    let link = rollover(&registrar).unwrap();
    let second = registrar.point().unwrap();
    assert_ne!(first, second);
    assert_eq!(registrar.links().unwrap(), std::slice::from_ref(&link));
    assert_eq!(registrar.certificate().unwrap().unwrap(), root);
    // Killed after the key and before the link: the key that is there is the one that gets the link.
    let interrupted = parties::signer::EncryptedKeyFile::create(
        &at("dr").join("key-00003.pem"),
        &passphrase(),
        WorkFactor::MINIMAL,
    )
    .unwrap();
    assert_eq!(registrar.point().unwrap(), second);
    let later = rollover(&registrar).unwrap();
    assert_eq!(registrar.point().unwrap(), *interrupted.point());
    assert!(rollover(&certifier).is_err(), "only registrars roll over");

    // The certifier's certificate is by the third key; it follows from the first root through both links.
    let delegated = Grant {
        rights: Scope::DataCertifier.rights(),
        ..grant(Scope::DataCertifier)
    };
    let office = registrar.registrar(&passphrase()).unwrap();
    let certificate = office
        .certify(&certifier.request().unwrap(), &delegated, false, today())
        .unwrap()
        .granted()
        .unwrap();
    assert!(certifier.accept(&certificate, root.encoded()).is_err());
    certifier.trust(root.encoded()).unwrap();
    assert_eq!(denied(certifier.trust_link(&later)), Reason::UnknownAuthority);
    certifier.trust_link(&link).unwrap();
    assert_eq!(certifier.trust_link(&later).unwrap(), *root.digest());
    certifier.accept(&certificate, root.encoded()).unwrap();
    let list = office.publish_list(today()).unwrap();
    certifier.trust_list(&list).unwrap();
    assert_eq!(
        certifier
            .trusted()
            .unwrap()
            .registrar(root.digest())
            .unwrap()
            .list_number(),
        Some(1)
    );
    let shown = certifier.show().unwrap();
    assert_eq!((shown.role, shown.trusts.len()), ("data-certifier", 1));
    let certifier = certifier.certifier(&passphrase()).unwrap();
    assert_eq!(certifier.certifier().identity().unwrap().root, *root.digest());
    assert!(Party::open(&at("dc")).unwrap().issuer(&passphrase()).is_err());
}
