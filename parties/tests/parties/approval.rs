//! Approval files as strangers send them.

use apdu_spec::object::Operation;
use apdu_spec::reason::Reason;
use parties::approval::{Approval, Outcome};
use parties::certificate::Roots;
use parties::decision::Denial;
use serde_json::{Value, json};

use crate::world::{World, today};

fn approval(world: &mut World) -> Approval {
    let request = world.card.open(world.sdi(Operation::Store));
    let mut approval = Approval::new(&request, &world.card.rc, &world.card.irc).unwrap();
    let first = world.first(&request).granted().unwrap();
    let second = world.second(&request, &first).granted().unwrap();
    approval
        .set_provider_certificate(world.provider.certificate().encoded())
        .unwrap();
    approval.add_evidence(&first).unwrap();
    approval.add_evidence(&second).unwrap();
    approval
}

fn roots(world: &World) -> Roots {
    let mut roots = Roots::new();
    roots
        .add("root", world.issuer_registrar.root().encoded())
        .unwrap();
    roots.add("root", world.data_registrar.root().encoded()).unwrap();
    roots
}

#[test]
fn a_file_comes_back_as_it_was() {
    let mut world = World::new();
    let approval = approval(&mut world);
    let json = approval.to_json().unwrap();
    assert_eq!(Approval::from_json("a.json", json.as_bytes()).unwrap(), approval);
    let status = approval.status().unwrap();
    assert_eq!(
        (status.mode, status.operation, status.next),
        (2, "store", Some("card"))
    );
    assert_eq!(status.comparison_code.len(), 9);
}

#[test]
fn malformed_files_are_refused_with_field_and_cause() {
    let mut world = World::new();
    let good: Value = serde_json::from_str(&approval(&mut world).to_json().unwrap()).unwrap();
    let other = approval(&mut world);
    let other: Value = serde_json::from_str(&other.to_json().unwrap()).unwrap();
    let set = |field: &str, value: Value| {
        let mut changed = good.clone();
        changed[field] = value;
        changed.to_string()
    };
    let sr = good["sr"].as_str().unwrap();
    let mut without = good.clone();
    without.as_object_mut().unwrap().remove("rc");
    let repeated = good.to_string().replacen('{', "{\"version\":1,", 1);
    for (json, error) in [
        (String::new(), "a.json:1:1: the file ends here"),
        ("{".into(), "a.json:1:1: the file ends here"),
        ("[]".into(), "a.json:1:"),
        (set("surprise", json!(1)), "no field is called \"surprise\" here"),
        (without.to_string(), "the field \"rc\" is missing"),
        (repeated, "the field \"version\" stands here twice"),
        (set("version", json!(3)), "field version: 3 is not known"),
        (set("version", json!(1)), "field version: 1 is of symbolon 0.1"),
        (set("sr", json!("zz")), "field sr, byte 0: "),
        (set("sr", json!(format!("{}x", &sr[..9]))), "field sr, byte 9: "),
        (
            set("sr", json!(&sr[..100])),
            "field sr: it ends too early: what begins at byte",
        ),
        (set("sr", json!(format!("{sr}00"))), "field sr: "),
        (set("sr", good["evidence"][0].clone()), "field sr: "),
        (
            set("rc", good["irc"].clone()),
            "field rc: is the certificate of an issuer",
        ),
        (set("irc", good["dpr"].clone()), "field irc: "),
        (set("dpr", good["rc"].clone()), "field dpr: "),
        (
            set("evidence", other["evidence"].clone()),
            "field evidence: the first authorization is over another object",
        ),
        (
            set("evidence", json!([good["evidence"][0], other["evidence"][1]])),
            "field evidence: the second authorization is over another object",
        ),
        (
            set("evidence", json!([good["evidence"][1]])),
            "field evidence: the first authorization comes next",
        ),
        (
            set("evidence", json!([good["evidence"][0], good["evidence"][0]])),
            "field evidence: the same object twice",
        ),
        (
            set(
                "evidence",
                json!([good["evidence"][0], good["evidence"][1], other["evidence"][0]]),
            ),
            "field evidence: every authorization is there already",
        ),
        (set("certifier", good["rc"].clone()), "field certifier: "),
        (set("links", json!([good["dpr"]])), "field links: "),
        (set("shared_keys", json!([sr])), "field shared_keys: "),
        (set("refusals", json!([sr])), "field refusals: "),
        (
            set("refusals", json!(vec![""; 17])),
            "field refusals: more than 16",
        ),
        (set("receipt", json!(sr)), "field receipt: "),
        (set("mode", json!(3)), "field mode: does not agree"),
        (
            set("operation", json!("delete")),
            "field operation: does not agree",
        ),
        (
            set("comparison_code", json!("0000-0000")),
            "field comparison_code: does not agree",
        ),
        (
            set("package_digest", Value::Null),
            "field package_digest: does not agree",
        ),
        (set("sdi", json!("E100")), "field sdi: does not agree"),
        (" ".repeat(70_000), "longer than 65536 bytes"),
    ] {
        let found = Approval::from_json("a.json", json.as_bytes())
            .unwrap_err()
            .to_string();
        assert!(
            found.starts_with("a.json") && found.contains(error),
            "{found:?} is not {error:?}"
        );
    }
}

#[test]
fn wrong_signatures_are_found_offline() {
    let mut world = World::new();
    let good = approval(&mut world);
    let report = good.verify(&roots(&world), today()).unwrap();
    let outcomes: Vec<_> = report.checks.iter().map(|check| check.outcome).collect();
    let mut expected = [Outcome::Good; 7];
    expected[6] = Outcome::Unknown; // no receipt yet
    assert_eq!(outcomes, expected, "{report:#?}");

    let json: Value = serde_json::from_str(&good.to_json().unwrap()).unwrap();
    for (field, name) in [
        ("/rc", "card under its issuer"),
        ("/irc", "issuer under its registrar"),
        ("/dpr", "provider under its registrar"),
        ("/evidence/1", "second authorization by the provider"),
    ] {
        let mut changed = json.clone();
        let digits = json.pointer(field).unwrap().as_str().unwrap();
        let last = if digits.ends_with('0') { "1" } else { "0" };
        *changed.pointer_mut(field).unwrap() = Value::from(format!("{}{last}", &digits[..digits.len() - 1]));
        let changed = Approval::from_json("a.json", changed.to_string().as_bytes()).unwrap();
        let report = changed.verify(&roots(&world), today()).unwrap();
        let check = report.checks.iter().find(|check| check.name == name).unwrap();
        assert_eq!(check.outcome, Outcome::Bad, "{field}: {report:#?}");
        assert!(!report.nothing_bad());
    }
    // Good once, but not for ever.
    assert!(
        !good
            .verify(&roots(&world), today().add_days(31))
            .unwrap()
            .nothing_bad()
    );
}

#[test]
fn a_refusal_stands_in_the_file_and_is_verified() {
    let mut world = World::new();
    let request = world.card.open(world.sdi(Operation::Store));
    let mut approval = Approval::new(&request, &world.card.rc, &world.card.irc).unwrap();
    let denial = Denial::new(Reason::PolicyForbids, "not on a Sunday\n");
    let mode = apdu_spec::object::Mode::ViaIssuer;
    let refusal = world.issuer.refuse(mode, &request, denial.clone()).unwrap();
    approval.add_refusal(&refusal.object).unwrap();
    approval.add_refusal(&refusal.object).unwrap();
    let status = approval.status().unwrap();
    assert_eq!(status.refusals.len(), 1);
    assert_eq!(
        (status.refusals[0].who, status.refusals[0].text.as_str()),
        ("issuer", "not on a Sunday")
    );
    let check = |approval: &Approval| {
        let report = approval.verify(&roots(&world), today()).unwrap();
        report
            .checks
            .into_iter()
            .find(|check| check.name == "refusal")
            .unwrap()
            .outcome
    };
    assert_eq!(check(&approval), Outcome::Good);
    // The same words under somebody else's key.
    let mut forged = Approval::new(&request, &world.card.rc, &world.card.irc).unwrap();
    let body = apdu_spec::object::Signed::parse(&refusal.object)
        .unwrap()
        .refusal()
        .unwrap();
    forged
        .add_refusal(&parties::decision::sign_object(&body, &world.provider_key).unwrap())
        .unwrap();
    assert_eq!(check(&forged), Outcome::Bad);
    // A refusal of something else is none of this file's business.
    let elsewhere = world.issuer.refuse(mode, b"something else", denial).unwrap();
    assert!(approval.add_refusal(&elsewhere.object).is_err());
}
