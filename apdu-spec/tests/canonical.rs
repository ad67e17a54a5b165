//! One encoding for one object: whatever is read is written again byte for byte, and nothing makes a reader panic.
//!
//! A second encoding of the same object would have another digest, and a party could deny what it signed.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests may fail loudly"
)]

use std::sync::LazyLock;

use proptest::prelude::*;
use proptest::sample::Index;

#[path = "canonical/check.rs"]
mod check;

use check::check;

/// Every encoding in the vectors, good and bad.
static CORPUS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    fn collect(value: &serde_json::Value, found: &mut Vec<Vec<u8>>) {
        match value {
            serde_json::Value::Object(fields) => {
                if let Some(encoded) = fields.get("encoded").and_then(|encoded| encoded.as_str()) {
                    found.push(hex::decode(encoded).unwrap());
                }
                fields.values().for_each(|value| collect(value, found));
            }
            serde_json::Value::Array(list) => list.iter().for_each(|value| collect(value, found)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    for file in [
        include_str!("../vectors/certificates.json"),
        include_str!("../vectors/objects.json"),
        include_str!("../vectors/packages.json"),
    ] {
        collect(&serde_json::from_str(file).unwrap(), &mut found);
    }
    assert!(found.len() > 150);
    found
});

/// One small damage.
#[derive(Clone, Debug)]
enum Damage {
    Set(Index, u8),
    Flip(Index, u8),
    Insert(Index, u8),
    Remove(Index),
    Cut(Index),
    Copy(Index, Index, Index),
}

fn damage() -> impl Strategy<Value = Damage> {
    let place = any::<Index>;
    prop_oneof![
        4 => (place(), any::<u8>()).prop_map(|(at, value)| Damage::Set(at, value)),
        4 => (place(), 0..8_u8).prop_map(|(at, bit)| Damage::Flip(at, bit)),
        1 => (place(), any::<u8>()).prop_map(|(at, value)| Damage::Insert(at, value)),
        1 => place().prop_map(Damage::Remove),
        1 => place().prop_map(Damage::Cut),
        1 => (place(), place(), place()).prop_map(|(from, to, length)| Damage::Copy(from, to, length)),
    ]
}

impl Damage {
    fn apply(&self, bytes: &mut Vec<u8>) {
        let length = bytes.len();
        if length == 0 {
            return;
        }
        match self {
            Self::Set(at, value) => bytes[at.index(length)] = *value,
            Self::Flip(at, bit) => bytes[at.index(length)] ^= 1 << bit,
            Self::Insert(at, value) => bytes.insert(at.index(length), *value),
            Self::Remove(at) => drop(bytes.remove(at.index(length))),
            Self::Cut(at) => bytes.truncate(at.index(length)),
            Self::Copy(from, to, count) => {
                let (from, to) = (from.index(length), to.index(length));
                let count = count.index(length).min(length - from.max(to));
                bytes.copy_within(from..from + count, to);
            }
        }
    }
}

#[test]
fn every_vector_is_written_as_it_was_read() {
    CORPUS.iter().for_each(|encoded| check(encoded));
}

/// Every bit of every good vector turned over, so that no byte of any object goes unchecked by chance.
#[test]
fn no_single_bit_makes_a_second_encoding() {
    for encoded in CORPUS.iter() {
        for place in 0..encoded.len().min(600) {
            for bit in 0..8 {
                let mut changed = encoded.clone();
                changed[place] ^= 1 << bit;
                check(&changed);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2048, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes_never_panic(tag in prop::sample::select(vec![
        &[][..], &[0x7F, 0x21], &[0xF0], &[0xE1], &[0x61], &[0xED], &[0xEB],
    ]), rest in prop::collection::vec(any::<u8>(), 0..700)) {
        check(&[tag, &rest].concat());
    }

    #[test]
    fn damaged_objects_are_refused_or_canonical(
        which in any::<Index>(),
        damages in prop::collection::vec(damage(), 1..6),
    ) {
        let mut bytes = which.get(&CORPUS).clone();
        damages.iter().for_each(|damage| damage.apply(&mut bytes));
        check(&bytes);
    }
}
