//! The evidence of every mode in `vectors/objects.json`, followed from the certificates to the receipt as any verifier would.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::objects::is_authentic;
use super::world::sha256;
use super::{bytes, hex};

/// A list of vectors by name.
fn by_name(list: &Value) -> BTreeMap<String, Value> {
    let list = list.as_array().unwrap();
    let found: BTreeMap<_, _> = list
        .iter()
        .map(|entry| (entry["name"].as_str().unwrap().to_owned(), entry.clone()))
        .collect();
    assert_eq!(found.len(), list.len(), "two of one name");
    found
}

fn file(name: &str) -> Value {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("vectors")
        .join(name);
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// Object, role of its signer, and which object of the chain comes before (SR is 0; none).
type Link = (&'static str, &'static str, Option<usize>);

/// The table of SPEC.md section 6.
fn evidence(mode: u64) -> &'static [Link] {
    match mode {
        2 => &[("SAR", "issuer", Some(0)), ("SA", "provider", Some(1))],
        3 => &[("SAR", "provider", Some(0)), ("SA", "issuer", Some(1))],
        4 => &[("SA", "provider", Some(0))],
        6 => &[("SDCI", "provider", None)],
        7 => &[("SDCI", "provider", None), ("SDCI'", "data certifier", Some(1))],
        _ => panic!("nothing is stored in mode {mode}"),
    }
}

/// Whoever holds these objects must come to the same judgement, or one party's proof is nothing to another.
#[test]
fn every_exchange_can_be_verified() {
    let (objects, certificates) = (file("objects.json"), file("certificates.json"));
    let (signed, certificates) = (
        by_name(&objects["signed"]),
        by_name(&certificates["certificates"]),
    );
    let rc = &certificates["RC"];
    let mut modes = Vec::new();
    for exchange in objects["exchanges"].as_array().unwrap() {
        let name = exchange["name"].as_str().unwrap();
        let mode = exchange["mode"].as_u64().unwrap();
        modes.push(mode);
        let request = &signed[exchange["request"].as_str().unwrap()];
        assert_eq!(request["fields"]["header"]["mode"], mode, "{name}");
        assert_eq!(request["fields"]["header"]["certificate"], rc["digest"], "{name}");
        assert_eq!(request["signer"], rc["fields"]["point"], "{name}");
        let names = exchange["evidence"].as_array().unwrap();
        let authorizers = exchange["authorizers"].as_array().unwrap();
        let links = evidence(mode);
        assert_eq!(
            (names.len(), authorizers.len()),
            (links.len(), links.len()),
            "{name}"
        );
        let mut digests = vec![request["digest"].clone()];
        for ((object, authorizer), (kind, role, previous)) in names.iter().zip(authorizers).zip(links) {
            let object = &signed[object.as_str().unwrap()];
            let certificate = &certificates[authorizer.as_str().unwrap()];
            let header = &object["fields"]["header"];
            assert_eq!(object["as"], *kind, "{name}");
            assert_eq!(header["mode"], mode, "{name}");
            assert_eq!(header["role"], *role, "{name}");
            assert_eq!(certificate["fields"]["role"], *role, "{name}");
            assert_eq!(header["certificate"], certificate["digest"], "{name}");
            let expected = previous.map_or(json!("0".repeat(64)), |at| digests[at].clone());
            assert_eq!(header["previous"], expected, "{name}");
            let by_signature = object["signer"] == certificate["fields"]["point"];
            let shared = objects["shared_keys"].as_array().unwrap();
            let by_mac = shared.iter().any(|key| key["key"] == object["mac_key"]);
            assert!((by_signature || by_mac) && is_authentic(object), "{name}");
            match *kind {
                "SAR" => assert_eq!(object["fields"]["card_certificate"], rc["digest"], "{name}"),
                "SDCI" => assert_eq!(object["fields"]["sdi"], request["fields"]["sdi"], "{name}"),
                _ => {}
            }
            digests.push(object["digest"].clone());
        }
        check_receipt(name, exchange, &signed, &certificates);
    }
    modes.sort_unstable();
    modes.dedup();
    assert_eq!(modes, [2, 3, 4, 6, 7]);
}

fn check_receipt(
    name: &str,
    exchange: &Value,
    signed: &BTreeMap<String, Value>,
    certificates: &BTreeMap<String, Value>,
) {
    let request = &signed[exchange["request"].as_str().unwrap()];
    let receipt = &signed[exchange["receipt"].as_str().unwrap()];
    let fields = &receipt["fields"];
    assert!(is_authentic(receipt), "{name}");
    assert_eq!(fields["content"]["storing_request"], request["digest"], "{name}");
    assert_eq!(
        fields["content"]["aid"], request["fields"]["sdi"]["aid"],
        "{name}"
    );
    assert_eq!(
        fields["content"]["version"], request["fields"]["sdi"]["version"],
        "{name}"
    );
    assert_eq!(fields["request"], request["fields"]["number"], "{name}");
    let authorizers = exchange["authorizers"].as_array().unwrap().iter();
    let digests: Vec<_> = authorizers
        .map(|name| certificates[name.as_str().unwrap()]["digest"].clone())
        .collect();
    assert_eq!(fields["authorizers"], Value::Array(digests), "{name}");
    // The request names the receipt that was the newest then; the receipt names the same.
    assert_eq!(
        fields["header"]["previous"], request["fields"]["header"]["previous"],
        "{name}"
    );
}

/// A receipt that was held back would not be missed.
#[test]
fn receipts_are_one_chain_up_to_the_head() {
    let objects = file("objects.json");
    let signed = objects["signed"].as_array().unwrap();
    let numbered = |entry: &&Value| entry["as"] == "receipt" && entry["fields"]["flags"] != 7;
    let (mut previous, mut count) = (json!("0".repeat(64)), 0);
    for receipt in signed.iter().filter(numbered) {
        assert_eq!(receipt["fields"]["number"], count);
        assert_eq!(receipt["fields"]["header"]["previous"], previous);
        assert_eq!(
            json!(hex(&sha256(&bytes(&receipt["encoded"])))),
            receipt["digest"]
        );
        previous = receipt["digest"].clone();
        count += 1;
    }
    let head = signed.iter().find(|entry| entry["as"] == "receipt head").unwrap();
    assert_eq!(head["fields"]["receipts"], count);
    assert_eq!(head["fields"]["header"]["previous"], previous);
}
