//! Keys that a party shares with one card: SPEC.md section 4.2.

use serde_json::{Value, json};
use symbolon_apdu_spec::object::SHARED_KEY_LABEL;

use super::world::{agree, hkdf, point, sha256};
use super::{bytes, hex};

/// What HKDF takes for the purpose.
const INFO: &[u8] = b"symbolon card key 1";

/// How a party shares a key with the card of the vectors.
pub struct Sharing {
    name: &'static str,
    master: &'static [u8; 32],
    pub version: u32,
    /// The key used for this one object.
    pub ephemeral: u8,
}

pub const ALL: [Sharing; 2] = [
    Sharing {
        name: "shared key of the issuer",
        master: b"the issuer's master key, secret!",
        version: 1,
        ephemeral: 13,
    },
    Sharing {
        name: "shared key of the provider",
        master: b"the provider's master key, so so",
        version: 0x0102_0304,
        ephemeral: 14,
    },
];

/// The key for one card, from a party's master key.
fn derived(master: &[u8], card: &[u8], version: u32) -> [u8; 16] {
    hkdf(master, &[INFO, card, &version.to_be_bytes()].concat())
}

/// What hides the key: of the shared secret, the card, the ephemeral point and the version.
fn pad(secret: &[u8], card: &[u8], ephemeral: &[u8], version: u32) -> [u8; 16] {
    let counter = 1_u32.to_be_bytes();
    let version = version.to_be_bytes();
    let input = [secret, &counter, SHARED_KEY_LABEL, card, ephemeral, &version].concat();
    sha256(&input)[..16].try_into().unwrap()
}

fn xor(one: [u8; 16], other: [u8; 16]) -> [u8; 16] {
    std::array::from_fn(|at| one[at] ^ other[at])
}

impl Sharing {
    pub fn key(&self) -> [u8; 16] {
        derived(self.master, &sha256(&point(5)), self.version)
    }

    fn pad(&self) -> [u8; 16] {
        let secret = agree(self.ephemeral, &point(6));
        pad(&secret, &sha256(&point(5)), &point(self.ephemeral), self.version)
    }

    pub fn sealed(&self) -> [u8; 16] {
        xor(self.key(), self.pad())
    }

    pub fn fields(&self) -> Value {
        json!({
            "name": self.name,
            "master": hex(self.master),
            "card": hex(&sha256(&point(5))),
            "version": self.version,
            "ephemeral_secret": format!("{:064X}", self.ephemeral),
            "ephemeral": hex(&point(self.ephemeral)),
            "key_agreement": hex(&point(6)),
            "agreed": hex(&agree(self.ephemeral, &point(6))),
            "pad": hex(&self.pad()),
            "key": hex(&self.key()),
            "sealed": hex(&self.sealed()),
        })
    }
}

/// Checks an entry by what stands in it: the card's side of the agreement, and the party's derivation.
pub fn check(name: &str, entry: &Value) {
    let ephemeral: [u8; 65] = bytes(&entry["ephemeral"]).try_into().unwrap();
    let version = entry["version"].as_u64().unwrap().try_into().unwrap();
    let card = bytes(&entry["card"]);
    let opened = pad(&agree(6, &ephemeral), &card, &ephemeral, version);
    let sealed = bytes(&entry["sealed"]).try_into().unwrap();
    let key = derived(&bytes(&entry["master"]), &card, version);
    assert_eq!(xor(sealed, opened), key, "{name}");
    assert_eq!(hex(&key), entry["key"], "{name}");
}

/// RFC 5869, A.3, without salt and info, and RFC 4493, examples 1 and 2: the vectors would be worthless with functions of our own.
#[test]
fn functions_are_those_of_the_standards() {
    let found = hkdf(&[0x0B; 22], b"");
    assert_eq!(hex(&found), "8DA4E775A563C18F715F802A063C5A31");
    let key = bytes(&json!("2B7E151628AED2A6ABF7158809CF4F3C"))
        .try_into()
        .unwrap();
    assert_eq!(
        hex(&super::world::mac(&key, b"")),
        "BB1D6929E95937287FA37D129B756746"
    );
    let block = bytes(&json!("6BC1BEE22E409F96E93D7E117393172A"));
    assert_eq!(
        hex(&super::world::mac(&key, &block)),
        "070A16B46B4D4144F79BDD9DD04A287C"
    );
}
