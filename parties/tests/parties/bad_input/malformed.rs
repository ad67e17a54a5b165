//! Objects cut short, drawn out, of another version, or written in another way than the one there is.

use apdu_spec::certificate::{Policy, Role};
use apdu_spec::object::{Mode, Operation};
use apdu_spec::reason::Reason;
use parties::Error;
use parties::certificate::Roots;
use parties::certified::Certified;
use parties::decision::sign_object;
use parties::issuer::Takeover;
use parties::office::{Manner, RegistrarOffice, check_head, meet_card, record_receipt};
use parties::registrar::{Scope, make_request};

use super::{Asked, wanted};
use crate::offices::Offices;
use crate::witness::Witness;
use crate::world::{World, aid, database, grant, new_key, new_registrar, terms, today};

/// Everything that can be wrong with an encoding, whatever it says.
fn malformed(object: &[u8]) -> Vec<Vec<u8>> {
    let mut all: Vec<Vec<u8>> = (0..object.len())
        .map(|length| object[..length].to_vec())
        .collect();
    let with = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut changed = object.to_vec();
        change(&mut changed);
        changed
    };
    all.push(with(&|object| object.push(0)));
    all.push(with(&|object| object.extend_from_within(..)));
    all.push(with(&|object| object.resize(100_000, 0xFF)));
    all.push(with(&|object| object.insert(0, 0)));
    // Another tag, and the same length in more bytes than it takes.
    all.push(with(&|object| object[0] ^= 1));
    let at = usize::from(object[0] & 0x1F == 0x1F) + 1;
    all.push(with(&|object| match object[at] {
        0x82 => drop(object.splice(at..=at, [0x83, 0])),
        0x81 => drop(object.splice(at..=at, [0x82, 0])),
        _ => object.insert(at, 0x81),
    }));
    all
}

/// The format of a signed object, or of a certificate, one above the only one there is.
fn other_version(object: &[u8]) -> Vec<u8> {
    let mut changed = object.to_vec();
    for (mark, byte) in [(&[0x80, 0x01, 0x01, 0x81][..], 2), (&[0x5F, 0x29, 0x01, 0x00], 3)] {
        if let Some(found) = object.windows(4).position(|window| window == mark) {
            changed[found + byte] += 1;
            return changed;
        }
    }
    panic!("no version was found to change");
}

/// Whatever is wrong with `object`, it is named, and nothing is kept.
fn never_read<T: std::fmt::Debug>(
    witness: &Witness,
    name: &str,
    object: &[u8],
    ask: impl Fn(&[u8]) -> parties::Result<T>,
) {
    witness.keeps_nothing(|| {
        for object in malformed(object).into_iter().chain([other_version(object)]) {
            match ask(&object) {
                Err(Error::Input(error)) => assert!(error.name.contains(name), "{error} is not about {name}"),
                other => panic!("{name}, {} bytes: {other:?}", object.len()),
            }
        }
    });
}

#[test]
fn evidence_that_cannot_be_read_is_no_request() {
    for (turn, mode) in [
        (Role::Issuer, Mode::ViaIssuer),
        (Role::Provider, Mode::ViaIssuer),
        (Role::Issuer, Mode::ViaProvider),
        (Role::Provider, Mode::ProviderAlone),
    ] {
        let mut world = World::with_policy(Policy::ALL);
        let offices = Offices::new(&world);
        let witness = offices.witness(turn);
        let request = wanted(&mut world, mode);
        type Member = fn(&mut Asked) -> &mut Vec<u8>;
        let members: [(&str, Member); 5] = [
            ("storing request", |asked| &mut asked.request),
            ("card's certificate", |asked| &mut asked.rc),
            ("issuer's certificate", |asked| &mut asked.irc),
            ("provider's certificate", |asked| &mut asked.provider_certificate),
            ("first authorization", |asked| asked.first.as_mut().unwrap()),
        ];
        let good = || Asked::new(&world, &request, turn);
        let mut signed = good();
        for (name, member) in members {
            if name == "first authorization" && signed.first.is_none() {
                continue;
            }
            let object = member(&mut signed).clone();
            let ask = |object: &[u8]| {
                let mut asked = good();
                // Its signature differs each time: the rest is what it was.
                (asked.request, asked.first) = (signed.request.clone(), signed.first.clone());
                *member(&mut asked) = object.to_vec();
                asked.ask(&offices, turn)
            };
            if name != "first authorization" {
                never_read(&witness, name, &object, ask);
                continue;
            }
            witness.keeps_nothing(|| {
                for object in malformed(&object) {
                    assert!(
                        matches!(ask(&object), Err(Error::Input(_))),
                        "{} bytes",
                        object.len()
                    );
                }
            });
            // A signed object that can be read as far as that, but is no first authorization.
            let newer = other_version(&object);
            witness.refuses((Reason::OtherRequest, mode), &newer, || ask(&newer));
        }
        assert!(signed.ask(&offices, turn).unwrap().granted().is_some());
    }
}

#[test]
fn what_cards_bring_and_cannot_be_read_is_no_request() {
    let mut world = World::with_policy(Policy::ALL.with_mac());
    let offices = Offices::new(&world);
    let (issuer, provider) = (offices.witness(Role::Issuer), offices.witness(Role::Provider));
    let good = terms(*world.data_registrar.root().digest());
    let request = world.card.ask_registration(&[1; 16]);
    let (rc, irc) = (world.card.rc.clone(), world.card.irc.clone());
    never_read(&issuer, "registration request", &request, |request| {
        offices.issuer.register(request, &[1; 16], &good, today())
    });
    let identity = offices.issuer.issuer().identity().unwrap();
    never_read(&issuer, "card's certificate", &rc, |rc| {
        offices.issuer.release(rc, &identity, today())
    });
    never_read(&issuer, "card's certificate", &rc, |rc| {
        offices.issuer.share_key(rc, today())
    });
    never_read(&provider, "card's certificate", &rc, |rc| {
        offices.provider.share_key(rc, &irc, today())
    });
    never_read(&provider, "issuer's certificate", &irc, |irc| {
        offices.provider.share_key(&rc, irc, today())
    });
    let files = offices.provider.database();
    never_read(&provider, "card's certificate", &rc, |rc| {
        meet_card(files, rc, &irc, &world.roots(), today())
    });
    never_read(&provider, "issuer's certificate", &irc, |irc| {
        meet_card(files, &rc, irc, &world.roots(), today())
    });
    let sdi = world.sdi(Operation::Store);
    world.card.open(sdi);
    let receipt = world.card.carry_out(&sdi, [1; 32], &[[1; 32]]);
    never_read(&issuer, "receipt", &receipt, |receipt| {
        record_receipt(offices.issuer.database(), receipt, today())
    });
    let head = world.card.head(&[1; 16]);
    never_read(&issuer, "receipt head", &head, |head| {
        check_head(offices.issuer.database(), head, &[1; 16])
    });
    // A release, of which the certificates are as unreadable.
    let release = world.issuer.release(
        &rc,
        &apdu_spec::object::ProviderId {
            name: crate::world::name("DENEXT"),
            ..identity
        },
        today(),
    );
    let release = release.unwrap().granted().unwrap();
    let take_over = |request: &[u8], rc: &[u8], irc: &[u8], release: &[u8]| {
        let takeover = Takeover {
            certificate: rc,
            issuer_certificate: irc,
            release: Some(release),
        };
        offices
            .issuer
            .take_over(request, &[1; 16], &good, &takeover, today())
    };
    never_read(&issuer, "registration request", &request, |request| {
        take_over(request, &rc, &irc, &release)
    });
    never_read(&issuer, "card's certificate", &rc, |rc| {
        take_over(&request, rc, &irc, &release)
    });
    never_read(&issuer, "issuer's certificate", &irc, |irc| {
        take_over(&request, &rc, irc, &release)
    });
    issuer.keeps_nothing(|| {
        for object in malformed(&release) {
            let answer = take_over(&request, &rc, &irc, &object);
            assert!(
                matches!(&answer, Err(Error::Input(error)) if error.name == "release"),
                "{answer:?}"
            );
        }
    });
    // A signed object that can be read as far as that, but is no release.
    let newer = other_version(&release);
    issuer.refuses((Reason::NotReleased, Mode::Registration), &request, || {
        take_over(&request, &rc, &irc, &newer).map(|answer| answer.decision)
    });
}

#[test]
fn what_registrars_and_certifiers_cannot_read_is_no_request() {
    let folder = tempfile::tempdir().unwrap();
    let (registrar, _) = new_registrar(Role::DataRegistrar, "FRDREG");
    let office = RegistrarOffice::new(registrar, database(folder.path(), Role::DataRegistrar, "FRDREG"));
    let witness = Witness::new(folder.path(), office.registrar().newest());
    let request = make_request("FRNOTES00001".parse().unwrap(), &new_key()).unwrap();
    let prefixes = grant(Scope::Prefixes(vec![aid("F04E4F5445")]));
    never_read(&witness, "certificate request", &request, |request| {
        office.certify(request, &prefixes, false, today())
    });
    let mut roots = Roots::new();
    roots.add("root", office.registrar().root().encoded()).unwrap();
    let list = office
        .registrar()
        .revocation_list(1, &[[1; 32]], today())
        .unwrap();
    let next = new_key();
    let validity = (crate::world::day("2026-01-01"), crate::world::day("2036-01-01"));
    let point = parties::signer::Signer::point(&next);
    let link = office
        .registrar()
        .link(point, apdu_spec::certificate::Rights::ALL, validity);
    let link = link.unwrap().encoded().to_vec();
    never_read(&witness, "the list", &list, |list| {
        roots.clone().add_list("the list", list)
    });
    never_read(&witness, "the link", &link, |link| {
        roots.clone().add_link("the link", link)
    });
    roots.clone().add_list("the list", &list).unwrap();
    roots.clone().add_link("the link", &link).unwrap();

    let world = World::new();
    let offices = Offices::new(&world);
    let witness = offices.witness(Role::DataCertifier);
    let sdi = world.sdi(Operation::Store);
    let (certified, _) = offices
        .provider
        .certified(&sdi, Mode::RegistrarCertified, today())
        .unwrap();
    let certified = certified.unwrap();
    let dpr = certified.provider_certificate();
    let certifier = world.certifier();
    let digests = world.package.digests();
    never_read(&witness, "certified data", certified.data(), |data| {
        Certified::new(dpr, data)
    });
    never_read(&witness, "certified data", certified.data(), |data| {
        certifier.countersign(data, dpr, digests, today())
    });
    never_read(&witness, "provider's certificate", dpr, |dpr| {
        Certified::new(dpr, certified.data())
    });
    never_read(&witness, "provider's certificate", dpr, |dpr| {
        certifier.countersign(certified.data(), dpr, digests, today())
    });
    // A countersignature, into the file.
    let mut whole = certified.clone();
    offices
        .certifier
        .countersign(&mut whole, &world.package, today())
        .unwrap();
    let (certificate, object) = (
        whole.certifier_certificate().unwrap(),
        whole.countersignature().unwrap(),
    );
    never_read(&witness, "registrar-certified data", object, |object| {
        certified.clone().set_countersignature(certificate, object)
    });
    never_read(
        &witness,
        "data certifier's certificate",
        certificate,
        |certificate| certified.clone().set_countersignature(certificate, object),
    );
}

/// An approval file takes in nothing that it could not give back.
#[test]
fn an_approval_takes_in_nothing_that_cannot_be_read() {
    let mut world = World::with_policy(Policy::ALL.with_mac());
    let offices = Offices::new(&world);
    let witness = offices.witness(Role::Issuer);
    let request = wanted(&mut world, Mode::ViaIssuer);
    let request = sign_object(&request, &world.card.key).unwrap();
    let mut approval = parties::approval::Approval::new(&request, &world.card.rc, &world.card.irc).unwrap();
    let empty = approval.clone();
    let key = offices.issuer.share_key(&world.card.rc, today()).unwrap();
    offices
        .issuer
        .sign(&mut approval, Manner::Signature, today())
        .unwrap();
    let first = approval.first().unwrap().to_vec();
    offices
        .provider
        .sign(&mut approval, Manner::Signature, today())
        .unwrap();
    let dpr = approval.provider_certificate().unwrap().to_vec();
    let second = approval.second().unwrap().to_vec();
    never_read(&witness, "first authorization", &first, |object| {
        empty.clone().add_evidence(object)
    });
    let mut half = empty.clone();
    half.add_evidence(&first).unwrap();
    never_read(&witness, "second authorization", &second, |object| {
        half.clone().add_evidence(object)
    });
    never_read(&witness, "provider's certificate", &dpr, |dpr| {
        empty.clone().set_provider_certificate(dpr)
    });
    never_read(&witness, "shared key", &key, |key| {
        empty.clone().add_shared_key(key)
    });
    assert!(approval.is_authorized().unwrap());
}
