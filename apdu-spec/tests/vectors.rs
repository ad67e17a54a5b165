//! The examples in `vectors/`: every object, good and bad, with the fields it has or the error it is refused for.
//!
//! Whoever writes another implementation checks it with these files; we check ours. They are made from the code here
//! and compared with what is on disk; `SYMBOLON_BLESS=1` writes them anew. A change in them is a change of the wire.
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests may fail loudly"
)]

#[path = "vectors/bad_certificates.rs"]
mod bad_certificates;
#[path = "vectors/bad_objects.rs"]
mod bad_objects;
#[path = "vectors/bad_packages.rs"]
mod bad_packages;
#[path = "vectors/certificates.rs"]
mod certificates;
#[path = "vectors/chains.rs"]
mod chains;
#[path = "vectors/exchange.rs"]
mod exchange;
#[path = "vectors/forged.rs"]
mod forged;
#[path = "vectors/found.rs"]
mod found;
#[path = "vectors/judged.rs"]
mod judged;
#[path = "vectors/objects.rs"]
mod objects;
#[path = "vectors/package_fields.rs"]
mod package_fields;
#[path = "vectors/packages.rs"]
mod packages;
#[path = "vectors/sealed.rs"]
mod sealed;
#[path = "vectors/sessions.rs"]
mod sessions;
#[path = "vectors/shared_keys.rs"]
mod shared_keys;
#[path = "vectors/story.rs"]
mod story;
#[path = "vectors/tree.rs"]
mod tree;
#[path = "vectors/world.rs"]
mod world;

use std::path::PathBuf;

use serde_json::{Value, json};
use symbolon_apdu_spec::tlv::{Error, ErrorKind};

/// Keys by which the vectors are signed.
fn keys() -> Value {
    let describe = |(name, secret)| json!({ "name": name, "secret": format!("{secret:064X}"), "point": hex(&world::point(secret)) });
    world::KEYS.map(describe).into_iter().collect()
}

fn hex(bytes: &[u8]) -> String {
    hex::encode_upper(bytes)
}

fn bytes(value: &Value) -> Vec<u8> {
    hex::decode(value.as_str().unwrap()).unwrap()
}

/// An error as the vectors name it.
fn error(error: Error) -> Value {
    let kind = match error.kind {
        ErrorKind::UnexpectedTag { expected } => format!("UnexpectedTag {expected}"),
        ErrorKind::InvalidValue { tag } => format!("InvalidValue {tag}"),
        other => format!("{other:?}"),
    };
    json!({ "kind": kind, "position": error.position })
}

/// One encoding that is refused, and for what.
fn refused<T: std::fmt::Debug>(
    name: &str,
    kind: &str,
    encoded: &[u8],
    read: impl Fn(&[u8]) -> Result<T, Error>,
) -> Value {
    let found = read(encoded).expect_err(name);
    json!({ "name": name, "as": kind, "encoded": hex(encoded), "error": error(found) })
}

/// Encodings that no object may have, whatever it is.
fn broken(good: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let tag_length = if good[0] & 0x1F == 0x1F { 2 } else { 1 };
    let mut indefinite = good.to_vec();
    indefinite[tag_length] = 0x80;
    let mut long = good.to_vec();
    // One more length byte than needed.
    match good[tag_length] {
        0x82 => {
            long[tag_length] = 0x83;
            long.insert(tag_length + 1, 0);
        }
        0x81 => {
            long[tag_length] = 0x82;
            long.insert(tag_length + 1, 0);
        }
        _ => long.insert(tag_length, 0x81),
    }
    vec![
        ("nothing", Vec::new()),
        ("one byte short", good[..good.len() - 1].to_vec()),
        ("one byte more", [good, &[0]].concat()),
        ("a second object behind", [good, good].concat()),
        ("length longer than needed", long),
        ("indefinite length", indefinite),
    ]
}

/// Compares a file in `vectors/` with what it should be, or writes it when asked to.
fn check_file(name: &str, made: &Value) -> Value {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("vectors")
        .join(name);
    if std::env::var_os("SYMBOLON_BLESS").is_some_and(|value| value == "1") {
        std::fs::write(&path, serde_json::to_string_pretty(made).unwrap() + "\n").unwrap();
    }
    let found = serde_json::from_slice(&std::fs::read(&path).unwrap_or_default()).unwrap_or_default();
    if let Some(place) = difference(made, &found) {
        panic!("{name}{place} differs: the wire format changed, or SYMBOLON_BLESS=1 is needed once");
    }
    found
}

/// Where two values differ first.
fn difference(one: &Value, other: &Value) -> Option<String> {
    match (one, other) {
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
            let mut pairs = one.iter().zip(other).enumerate();
            pairs.find_map(|(place, (one, other))| Some(format!("[{place}]{}", difference(one, other)?)))
        }
        (Value::Object(one), Value::Object(other)) if one.keys().all(|key| other.contains_key(key)) => {
            if one.len() != other.len() {
                return Some(String::new());
            }
            one.iter()
                .find_map(|(key, value)| Some(format!(".{key}{}", difference(value, &other[key])?)))
        }
        _ => (one != other).then(String::new),
    }
}

/// Calls `check` for every entry of a list, which must not be empty.
fn each(list: &Value, mut check: impl FnMut(&str, &Value)) {
    let list = list.as_array().unwrap();
    assert!(!list.is_empty());
    for entry in list {
        check(entry["name"].as_str().unwrap(), entry);
    }
}
