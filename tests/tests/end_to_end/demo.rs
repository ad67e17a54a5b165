//! The demonstration, as a person and as a script run it. What it shows must be true, in process and behind pcscd.

use std::collections::BTreeSet;

use symbolon::demo;
use symbolon_tests::program::symbolon;

/// Steps by card: mode and operation.
const STEPS: &[(&str, u64, &str)] = &[
    ("A", 5, "registration"),
    ("A", 1, "registration"),
    ("A", 2, "store"),
    ("A", 2, "replace"),
    ("A", 2, "delete"),
    ("A", 2, "lower floor"),
    ("A", 2, "store"),
    ("A", 1, "registration"),
    ("A", 3, "store"),
    ("A", 3, "replace"),
    ("A", 2, "delete"),
    ("A", 1, "registration"),
    ("A", 1, "registration"),
    ("A", 1, "registration"),
    ("A", 2, "store"),
    ("B", 5, "registration"),
    ("B", 1, "registration"),
    ("B", 4, "store"),
    ("B", 6, "replace"),
    ("B", 2, "replace"),
    ("C", 5, "registration"),
    ("C", 1, "registration"),
    ("C", 7, "store"),
    ("C", 6, "replace"),
    ("C", 3, "replace"),
    ("C", 2, "store"),
    ("C", 2, "delete"),
];

/// Attacks that people ask for by name, and the status word of each; the others are counted.
const ATTACKS: &[(&str, &str)] = &[
    ("other card", "6988"),
    ("other package", "6988"),
    ("other mode", "6988"),
    ("other operation", "6988"),
    ("used twice", "6A88"),
    ("swapped roles", "6988"),
    ("one party signs twice", "6988"),
    ("unregistered issuer", "6988"),
    ("unregistered provider", "6988"),
    ("broken signature", "6988"),
    ("older RC", "6985"),
    ("older RC between two blocks", "6985"),
    ("older RC before the last block", "6985"),
    ("second registered issuer", "6988"),
    ("successor stores", "6988"),
    ("provider's old key", "6988"),
    ("namesake elsewhere", "6988"),
    ("far future", "6985"),
    ("older revocation list", "6985"),
    ("link of the other role", "6988"),
    ("link with a lower sequence", "6985"),
    ("request evicted", "6A88"),
    ("a provider's share of requests", "6985"),
    ("all requests taken", "6985"),
    ("shadowing by extension", "6985"),
    ("shadowing by prefix", "6985"),
    ("older version", "6985"),
    ("older version after deletion", "6985"),
    ("after version FFFFFFFF", "6985"),
    ("floor lowered by the provider alone", "6985"),
    ("flipped block", "6988"),
    ("file in another DF", "6A80"),
    ("loosened rule", "6985"),
    ("more tries", "6985"),
    ("no consent", "6982"),
    ("consent used twice", "6982"),
    ("transport consent PIN", "6984"),
    ("unblocked consent PIN", "6A88"),
    ("MAC under an old key", "6988"),
    ("MAC against the policy", "6985"),
    ("shared key replayed", "6985"),
    ("sixteen receipts uncollected", "6985"),
    ("reading the application list", "6982"),
    ("reading what is deactivated", "6985"),
    ("authentication replayed", "6982"),
    ("INTERNAL AUTHENTICATE", "6A88"),
    ("CREATE FILE", "6985"),
    ("certifier alone", "6988"),
    ("mode 4 with the issuer's key", "6985"),
];

fn check(report: &serde_json::Value) {
    assert_eq!(report["schema"], 1);
    assert_eq!(report["failed"], 0, "{report:#}");
    assert!(report["checks"].as_u64().unwrap() >= 700);
    let steps: Vec<_> = report["modes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| {
            (
                step["card"].as_str().unwrap(),
                step["mode"].as_u64().unwrap(),
                step["operation"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(steps, STEPS);
    check_attacks(report["attacks"].as_array().unwrap());
    let cards = report["cards"].as_array().unwrap();
    let names: Vec<_> = cards.iter().map(|card| card["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["A", "B", "C"]);
    for (card, receipts) in cards.iter().zip([14, 4, 6]) {
        assert_eq!(card["agree"], true, "{card}");
        assert_eq!(card["content"], card["issuer_says"], "{card}");
        assert_eq!(card["content"], card["providers_say"], "{card}");
        assert!(!card["content"].as_array().unwrap().is_empty(), "{card}");
        assert_eq!(card["receipts"], receipts, "{card}");
    }
}

fn check_attacks(attacks: &[serde_json::Value]) {
    let mut names = BTreeSet::new();
    for attack in attacks {
        assert_eq!(attack["outcome"], "refused", "{attack}");
        assert_eq!(attack["refused_by"], "card", "{attack}");
        assert_eq!(attack["card_changed"], false, "{attack}");
        assert!(names.insert(attack["name"].as_str().unwrap()), "twice: {attack}");
    }
    assert!(names.len() >= 170, "{}", names.len());
    for (name, status) in ATTACKS {
        let attack = attacks.iter().find(|attack| attack["name"] == *name);
        let attack = attack.unwrap_or_else(|| panic!("no attack is called {name:?}"));
        assert_eq!(attack["status_word"], *status, "{attack}");
    }
    let family = attacks
        .iter()
        .find(|attack| attack["name"] == "every object as every other")
        .unwrap();
    assert_eq!(family["variants"], 12 * 11, "{family}");
}

#[test]
fn the_demonstration_shows_what_it_says() {
    let report = demo::run(true).unwrap();
    check(&serde_json::to_value(&report).unwrap());
}

#[test]
fn the_demonstration_is_the_same_behind_a_real_pcscd() {
    let output = symbolon().args(["demo", "--pcsc", "--json"]).output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    check(&serde_json::from_slice(&output.stdout).unwrap());
}
