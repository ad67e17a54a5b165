//! Certified data: made once, countersigned, used for any number of cards.

use apdu_spec::certificate::Policy;
use apdu_spec::object::{Mode, Operation};
use apdu_spec::reason::Reason;
use parties::approval::{Approval, Outcome};
use parties::certificate::Roots;
use parties::certified::Certified;
use parties::crypto::sha256;
use serde_json::{Value, json};

use crate::card::Card;
use crate::offices::Offices;
use crate::world::{World, day, package, refused, today};

fn card(world: &World) -> Card {
    let roots = (
        *world.issuer.root().digest(),
        *world.data_registrar.root().digest(),
    );
    let mut card = Card::new(roots.0, roots.1, today());
    let terms = parties::issuer::CardTerms {
        policy: Policy::ALL,
        ..crate::world::terms(roots.1)
    };
    let request = card.ask_registration(&[1; 16]);
    let decision = world.issuer.register(&request, &[1; 16], &terms, 1, today());
    card.register(&decision.unwrap().granted().unwrap(), &world.card.irc);
    card
}

#[test]
fn data_certified_once_are_good_for_any_card() {
    let world = World::new();
    let offices = Offices::new(&world);
    for mode in [Mode::CertifiedData, Mode::RegistrarCertified] {
        let mut certified = offices.certified(&world.package, Operation::Store, mode);
        if mode == Mode::RegistrarCertified {
            assert_eq!(certified.status().unwrap().next, Some("data certifier"));
            assert!(!certified.is_complete().unwrap());
            let before = certified.clone();
            let answer = offices
                .certifier
                .countersign(&mut certified, &world.package, today());
            assert!(!answer.unwrap().repeated);
            let mut again = before;
            let answer = offices.certifier.countersign(&mut again, &world.package, today());
            assert!(answer.unwrap().repeated);
            assert_eq!(again, certified);
        }
        assert_eq!(certified.status().unwrap().next, None);
        assert!(certified.verify(&world.roots(), today()).unwrap().all_good());
        let read = Certified::from_json("c.json", certified.to_json().unwrap().as_bytes()).unwrap();
        assert_eq!(read, certified);
        let later = certified.verify(&world.roots(), day("2031-01-01")).unwrap();
        assert!(!later.nothing_bad(), "good for ever");
        let blind = certified.verify(&Roots::new(), today()).unwrap();
        assert!(blind.nothing_bad() && !blind.all_good());

        for _ in 0..2 {
            let mut card = card(&world);
            card.mode = mode;
            let sdi = certified.sdi().unwrap();
            let request = card.open(sdi);
            let mut approval = Approval::new(&request, &card.rc, &card.irc).unwrap();
            approval.set_certified(&certified).unwrap();
            assert!(approval.is_authorized().unwrap());
            let mut authorizers = vec![*world.provider.certificate().digest()];
            authorizers.extend(certified.certifier_certificate().map(sha256));
            let receipt = card.carry_out(&sdi, world.package.digests().package, &authorizers);
            approval.set_receipt(&receipt).unwrap();
            let report = approval.verify(&world.roots(), today()).unwrap();
            assert!(report.all_good(), "{report:#?}");
            // The same data with a card that asks for something else.
            let mut other = sdi;
            other.version += 1;
            let request = card.open(other);
            let mut approval = Approval::new(&request, &card.rc, &card.irc).unwrap();
            assert!(approval.set_certified(&certified).is_err());
            assert_eq!(approval.evidence().count(), 0);
        }
    }
}

#[test]
fn certified_versions_only_rise() {
    let world = World::new();
    let offices = Offices::new(&world);
    let mode = Mode::RegistrarCertified;
    let mut second = offices.certified(&package(2), Operation::Store, mode);
    let granted = offices
        .certifier
        .countersign(&mut second, &package(2), today())
        .unwrap();
    assert!(granted.decision.granted().is_some());
    let mut first = offices.certified(&package(1), Operation::Store, mode);
    let answer = offices
        .certifier
        .countersign(&mut first, &package(1), today())
        .unwrap();
    assert_eq!(refused(answer.decision).reason, Reason::VersionTooOld);
    assert_eq!(first.status().unwrap().refusals[0].who, "data certifier");
    assert_eq!(first.status().unwrap().next, Some("data certifier"));
    let report = first.verify(&world.roots(), today()).unwrap();
    let check = report
        .checks
        .iter()
        .find(|check| check.name == "refusal")
        .unwrap();
    // Its certificate is in no file that it refused.
    assert_eq!(check.outcome, Outcome::Unknown);
    // Another package than the one shown.
    let mut third = offices.certified(&package(2), Operation::Replace, mode);
    let answer = offices
        .certifier
        .countersign(&mut third, &package(1), today())
        .unwrap();
    assert_eq!(refused(answer.decision).reason, Reason::PackageDigest);
    // Nothing but the record is kept of what was refused.
    assert_eq!(offices.certifier.database().refusals().unwrap().len(), 2);
    let kept = offices.certifier.database().certified(&package(1).aid()).unwrap();
    assert_eq!(kept.len(), 1);
    // A person's word.
    let mut refusable = offices.certified(&package(2), Operation::Replace, mode);
    let office = &offices.certifier;
    office
        .refuse(&mut refusable, Reason::PolicyForbids, "no", today())
        .unwrap();
    assert!(
        office
            .refuse(&mut second, Reason::PolicyForbids, "no", today())
            .is_err()
    );
}

#[test]
fn files_of_certified_data_that_lie_are_refused() {
    let world = World::new();
    let offices = Offices::new(&world);
    let mut certified = offices.certified(&world.package, Operation::Store, Mode::RegistrarCertified);
    offices
        .certifier
        .countersign(&mut certified, &world.package, today())
        .unwrap();
    let other = offices.certified(&package(2), Operation::Store, Mode::RegistrarCertified);
    let plain = offices.certified(&world.package, Operation::Store, Mode::CertifiedData);
    let good: Value = serde_json::from_str(&certified.to_json().unwrap()).unwrap();
    let set = |field: &str, value: Value| {
        let mut changed = good.clone();
        changed[field] = value;
        changed.to_string()
    };
    for (json, cause) in [
        ("{".to_owned(), "c.json:1:1"),
        (set("surprise", json!(1)), "no field is called \"surprise\" here"),
        (set("version", json!(2)), "field version: 2 is not known"),
        (set("kind", json!("approval")), "field kind"),
        (set("mode", json!(6)), "field mode: does not agree"),
        (
            set("operation", json!("replace")),
            "field operation: does not agree",
        ),
        (
            set("package_digest", Value::Null),
            "field package_digest: does not agree",
        ),
        (set("sdi", json!("E100")), "field sdi: does not agree"),
        (set("sdci", json!("zz")), "field sdci, byte 0"),
        (
            set("sdci", json!(hex::encode(other.data()))),
            "field countersignature",
        ),
        (
            set("sdci", json!(hex::encode(plain.data()))),
            "field countersignature",
        ),
        (set("sdci", good["countersignature"].clone()), "field sdci"),
        (set("dpr", good["certifier"].clone()), "field sdci"),
        (set("certifier", good["dpr"].clone()), "field countersignature"),
        (set("certifier", Value::Null), "field countersignature"),
        (
            set("countersignature", good["sdci"].clone()),
            "field countersignature",
        ),
        (set("links", json!([good["dpr"]])), "field links"),
        (set("refusals", json!([good["sdci"]])), "field refusals"),
        (" ".repeat(70_000), "longer than 65536 bytes"),
    ] {
        let found = Certified::from_json("c.json", json.as_bytes())
            .unwrap_err()
            .to_string();
        assert!(found.contains(cause), "{found:?} is not {cause:?}");
    }
}
