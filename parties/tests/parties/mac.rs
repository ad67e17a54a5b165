//! Keys shared with one card, and authorizations by MAC: right for the card, and proof for nobody else.

use apdu_spec::certificate::{Certificate, Policy, Role};
use apdu_spec::object::{FLAG_MAC, Mode, Operation, Proof, SharedKey, Signed};
use apdu_spec::reason::Reason;
use parties::Error;
use parties::approval::{Approval, Outcome};
use parties::crypto::{sha256, signed_by};
use parties::database::CardRecord;
use parties::decision::Decision;
use parties::issuer::Issuer;
use parties::office::{IssuerOffice, Manner};
use parties::shared_key::CardKey;
use parties::signer::Signer;
use zeroize::Zeroizing;

use crate::offices::{Offices, master};
use crate::world::{World, issuer_database, today};

fn mac_policy() -> Policy {
    Policy::NONE
        .with(Mode::ViaIssuer)
        .with(Mode::ViaProvider)
        .with_mac()
}

#[test]
fn a_shared_key_is_signed_for_one_card_and_its_version_rises() {
    let world = World::with_policy(mac_policy());
    let Offices { issuer, provider, .. } = &Offices::new(&world);
    for expected in [1, 2] {
        for (object, certificate) in [
            (
                issuer.share_key(&world.card.rc, today()).unwrap(),
                world.issuer.certificate(),
            ),
            (
                provider
                    .share_key(&world.card.rc, &world.card.irc, today())
                    .unwrap(),
                world.provider.certificate(),
            ),
        ] {
            let signed = Signed::parse(&object).unwrap();
            let key: SharedKey<'_> = signed.read().unwrap();
            assert_eq!((key.card, key.version), (world.card.id(), expected));
            assert_eq!(key.header.certificate, *certificate.digest());
            assert_eq!(key.header.previous, sha256(&world.card.rc));
            assert!(signed_by(certificate.view().unwrap().point, &signed));
        }
    }
    // A card that has no use for it, and one that is not the issuer's.
    let plain = World::new();
    let Offices {
        issuer: issuer_without,
        ..
    } = &Offices::new(&plain);
    for (result, reason) in [
        (
            issuer_without.share_key(&plain.card.rc, today()),
            Reason::PolicyForbids,
        ),
        (issuer.share_key(&plain.card.rc, today()), Reason::NotThisCard),
        (
            provider.share_key(&plain.card.rc, &plain.card.irc, today()),
            Reason::UnknownAuthority,
        ),
    ] {
        let Err(Error::Denied(denial)) = result else {
            panic!("{result:?}")
        };
        assert_eq!(denial.reason, reason);
    }
}

/// What is written down must not be enough to authorize anything.
#[test]
fn no_key_is_in_a_database() {
    let world = World::with_policy(mac_policy());
    let offices = Offices::new(&world);
    let (folder, office) = (offices.folder(Role::Issuer), offices.issuer);
    let object = office.share_key(&world.card.rc, today()).unwrap();
    let key = master(1);
    // The card's key, found by what it computes: every 16 bytes of the database are tried.
    let right = key.card_key(&world.card.id(), 1).unwrap().mac(b"probe").unwrap();
    // With the database open: its log would go away under us some time after it is closed.
    let mut bytes = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        bytes.extend(std::fs::read(entry.unwrap().path()).unwrap());
    }
    drop(office);
    // What left is written down, or this would look in the wrong place.
    assert!(bytes.windows(object.len()).any(|window| window == object));
    for window in bytes.windows(16) {
        if window.iter().all(|byte| *byte == 0) {
            continue;
        }
        let tried = CardKey::from_bytes(Zeroizing::new(window.try_into().unwrap()));
        assert_ne!(tried.mac(b"probe").unwrap(), right);
    }
}

#[test]
fn an_approval_by_macs_is_right_for_the_card_and_proves_nothing_to_others() {
    for mode in [Mode::ViaIssuer, Mode::ViaProvider] {
        let mut world = World::with_policy(mac_policy());
        let Offices { issuer, provider, .. } = &Offices::new(&world);
        world.card.mode = mode;
        let sdi = world.sdi(Operation::Store);
        let request = world.card.open(sdi);
        let mut approval = Approval::new(&request, &world.card.rc, &world.card.irc).unwrap();
        // Before there is a key.
        let early = match mode {
            Mode::ViaIssuer => issuer.sign(&mut approval, Manner::Mac, today()),
            _ => provider.sign(&mut approval, Manner::Mac, today()),
        };
        assert!(matches!(early, Err(Error::Denied(denial)) if denial.reason == Reason::NoSharedKey));

        for object in [
            issuer.share_key(&world.card.rc, today()).unwrap(),
            provider
                .share_key(&world.card.rc, &world.card.irc, today())
                .unwrap(),
        ] {
            approval.add_shared_key(&object).unwrap();
        }
        let answers = match mode {
            Mode::ViaIssuer => [
                issuer.sign(&mut approval, Manner::Mac, today()).unwrap(),
                provider.sign(&mut approval, Manner::Mac, today()).unwrap(),
            ],
            _ => [
                provider.sign(&mut approval, Manner::Mac, today()).unwrap(),
                issuer.sign(&mut approval, Manner::Mac, today()).unwrap(),
            ],
        };
        assert!(
            answers[1].warnings.iter().any(|warning| warning.contains("MAC")),
            "{answers:?}"
        );
        let keys = match mode {
            Mode::ViaIssuer => [master(1), master(2)],
            _ => [master(2), master(1)],
        };
        for (object, master) in approval.evidence().zip(keys) {
            let signed = Signed::parse(object).unwrap();
            let expected = master
                .card_key(&world.card.id(), 1)
                .unwrap()
                .mac(signed.body)
                .unwrap();
            assert_eq!(signed.proof, Proof::Mac(&expected));
        }
        assert!(approval.is_authorized().unwrap());
        let mut authorizers = [sha256(&world.card.irc), *world.provider.certificate().digest()];
        if mode == Mode::ViaProvider {
            authorizers.reverse();
        }
        for (flags, outcome) in [(FLAG_MAC, Outcome::Good), (0, Outcome::Bad)] {
            world.card.flags = flags;
            let receipt = world
                .card
                .carry_out(&sdi, world.package.digests().package, &authorizers);
            let mut approval = approval.clone();
            approval.set_receipt(&receipt).unwrap();
            let report = approval.verify(&world.roots(), today()).unwrap();
            assert_eq!(report.checks.last().unwrap().outcome, outcome);
            let unknown = report
                .checks
                .iter()
                .filter(|check| check.outcome == Outcome::Unknown)
                .count();
            assert_eq!(unknown, 2, "{report:#?}");
        }
        let again = Approval::from_json("a.json", approval.to_json().unwrap().as_bytes()).unwrap();
        assert_eq!(again, approval);
    }
}

#[test]
fn a_mac_where_the_policy_has_none_is_refused() {
    let mut world = World::new();
    let request = world.card.open(world.sdi(Operation::Store));
    let key = master(1).card_key(&world.card.id(), 1).unwrap();
    let evidence = world.evidence(&request, None);
    let own = world.issuer.authorize(&evidence, Some(&key), today()).unwrap();
    assert!(matches!(own, Decision::Refused(refusal) if refusal.reason == Reason::PolicyForbids));
    // The provider does not countersign one either.
    let mut allowed = World::with_policy(mac_policy());
    let request = allowed.card.open(allowed.sdi(Operation::Store));
    let evidence = allowed.evidence(&request, None);
    let first = allowed
        .issuer
        .authorize(&evidence, Some(&key), today())
        .unwrap()
        .granted()
        .unwrap();
    assert!(allowed.second(&request, &first).granted().is_some());
    let request = world.card.open(world.sdi(Operation::Store));
    let body = Signed::parse(&first).unwrap().first_authorization().unwrap();
    let forged = parties::decision::sign_object(&body, &world.issuer_key);
    assert!(
        !matches!(forged, Ok(object) if matches!(world.second(&request, &object), Decision::Granted(_))),
        "a header that says MAC over a signature"
    );
}

#[test]
fn authentications_are_for_one_card_and_challenge() {
    let world = World::with_policy(mac_policy());
    let Offices { issuer, provider, .. } = &Offices::new(&world);
    let card = world.card.id();
    for (object, certificate) in [
        (
            issuer.authenticate(&card, &[9; 16]).unwrap(),
            world.issuer.certificate(),
        ),
        (
            provider.authenticate(&card, &[9; 16]).unwrap(),
            world.provider.certificate(),
        ),
    ] {
        let signed = Signed::parse(&object).unwrap();
        let body: apdu_spec::object::Authentication = signed.read().unwrap();
        assert_eq!((body.card, body.challenge), (card, [9; 16]));
        let view: Certificate<'_> = certificate.view().unwrap();
        assert_eq!(
            (body.header.role, body.header.certificate),
            (view.role, *certificate.digest())
        );
        assert!(signed_by(view.point, &signed));
    }
    assert!(matches!(
        issuer.authenticate(&[1; 32], &[9; 16]),
        Err(Error::Denied(_))
    ));
}

/// Two processes never seal two keys under one version.
#[test]
fn versions_of_a_key_are_given_once() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::with_policy(mac_policy());
    issuer_database(folder.path(), &world).close().unwrap();
    let open = || {
        let owner = parties::database::Owner {
            role: Role::Issuer,
            name: crate::world::name("DEISSUER"),
        };
        let location = parties::database::Location::File(folder.path().join("party.db"));
        let issuer = Issuer::new(
            &world.card.irc,
            world.issuer.root().encoded(),
            world.roots(),
            world.issuer_key.clone(),
        )
        .unwrap();
        IssuerOffice::new(
            issuer,
            parties::database::Database::open(&location, owner).unwrap(),
        )
        .with_master_key(master(1))
    };
    let mut versions = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4)
            .map(|_| {
                let (office, rc) = (open(), &world.card.rc);
                scope.spawn(move || {
                    let object = office.share_key(rc, today()).unwrap();
                    Signed::parse(&object)
                        .unwrap()
                        .read::<SharedKey<'_>>()
                        .unwrap()
                        .version
                })
            })
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect::<Vec<_>>()
    });
    versions.sort_unstable();
    assert_eq!(versions, [1, 2, 3, 4]);
    let newest = open().database().shared_key(&world.card.id()).unwrap().unwrap();
    assert_eq!(newest.version, 4);
    // For whoever looks at the cards: what is allowed on them follows from their certificate.
    let card: CardRecord = open().card(&world.card.id()).unwrap().unwrap();
    assert_eq!(card.policy().unwrap(), mac_policy());
    assert_eq!(world.card.agreement.point()[0], 4);
}
