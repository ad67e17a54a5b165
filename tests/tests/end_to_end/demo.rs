//! The demonstration, as a person and as a script run it. What it shows must be true, in process and behind pcscd.

use symbolon::demo;
use symbolon_tests::program::symbolon;

fn check(report: &serde_json::Value) {
    assert_eq!(report["schema"], 1);
    assert_eq!(report["failed"], 0, "{report:#}");
    assert!(report["checks"].as_u64().unwrap() >= 50);
    let modes: Vec<_> = report["modes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|mode| &mode["operation"])
        .collect();
    assert_eq!(
        modes,
        [
            "registration",
            "registration",
            "store",
            "replace",
            "delete",
            "store"
        ]
    );
    let attacks = report["attacks"].as_array().unwrap();
    let refused: Vec<_> = attacks
        .iter()
        .map(|attack| {
            assert_eq!(attack["outcome"], "refused", "{attack}");
            assert_eq!(attack["refused_by"], "card", "{attack}");
            assert_eq!(attack["card_changed"], false, "{attack}");
            (
                attack["name"].as_str().unwrap(),
                attack["status_word"].as_str().unwrap(),
            )
        })
        .collect();
    let expected = [
        ("other card", "6988"),
        ("other package", "6988"),
        ("used twice", "6A88"),
        ("swapped roles", "6988"),
        ("unregistered issuer", "6988"),
        ("unregistered provider", "6988"),
        ("broken signature", "6988"),
        ("flipped block", "6988"),
        ("no consent", "6982"),
        ("older version", "6985"),
    ];
    assert_eq!(refused, expected);
    let card = &report["cards"][0];
    assert_eq!(card["agree"], true, "{card}");
    assert_eq!(card["content"][0]["version"], 3, "{card}");
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
