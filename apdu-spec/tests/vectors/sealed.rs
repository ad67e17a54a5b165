//! Sealed content: SPEC.md section 4.1.1, with functions of these tests' own.

use aes::Aes128;
use aes::cipher::{BlockCipherEncrypt, KeyInit};
use serde_json::{Value, json};
use symbolon_apdu_spec::access::AccessRules;
use symbolon_apdu_spec::package::{
    FileEntry, ManifestBuilder, Package, SEALED_CONTENT_LABEL, Seal, SealContext, counter_block,
};

use super::packages::{ef, guide_aid};
use super::story::museum;
use super::world::{agree, point, sha256, written};
use super::{bytes, hex};

/// The key made for this package alone.
const EPHEMERAL: u8 = 15;
/// What is in the files, in clear.
const CONTENTS: [(&[u8], bool); 3] = [
    (b"for everybody's eyes", false),
    (&[0x5A; 300], true),
    (b"one card's", true),
];

/// The card's side of the derivation; the other side has the same agreement by the other key.
fn key(agreed: &[u8; 32], card: &[u8], ephemeral: &[u8], context: &[u8]) -> [u8; 16] {
    let counter = 1_u32.to_be_bytes();
    let input = [
        agreed.as_slice(),
        &counter,
        SEALED_CONTENT_LABEL,
        card,
        ephemeral,
        context,
    ]
    .concat();
    sha256(&input)[..16].try_into().unwrap()
}

/// Counter mode by hand, block by block.
fn counter_mode(key: [u8; 16], first: u128, data: &[u8]) -> Vec<u8> {
    let cipher = Aes128::new(&key.into());
    let blocks = data.chunks(16).zip(first..).flat_map(|(block, counter)| {
        let mut pad = counter.to_be_bytes().into();
        cipher.encrypt_block(&mut pad);
        block
            .iter()
            .zip(pad)
            .map(|(byte, pad)| byte ^ pad)
            .collect::<Vec<_>>()
    });
    blocks.collect()
}

/// The counter block of a file's first byte.
fn first(file: usize) -> u128 {
    u128::try_from(file).unwrap() << 120
}

/// A letter of the museum for one visitor.
pub fn letter() -> Vec<u8> {
    let card = sha256(&point(5));
    let ephemeral = point(EPHEMERAL);
    let files: Vec<FileEntry> = (1..=3_u8)
        .zip(CONTENTS)
        .map(|(place, (content, sealed))| {
            let length = u16::try_from(content.len()).unwrap();
            FileEntry {
                rule: 0,
                sealed,
                ..ef(0x0100 + u16::from(place), 0, length, length)
            }
        })
        .collect();
    let builder = ManifestBuilder {
        aid: guide_aid(3),
        version: 1,
        label: "Letter",
        quota: 512,
        rules: &[AccessRules::ALWAYS_READ],
        files: &files,
        pins: &[],
        keys: &[],
        seal: Some(Seal {
            card: &card,
            ephemeral: &ephemeral,
        }),
    };
    let context = SealContext::new(&guide_aid(3), &museum()).unwrap();
    let key = key(
        &agree(EPHEMERAL, &point(6)),
        &card,
        &ephemeral,
        context.as_bytes(),
    );
    let mut package = written(|out| builder.write(out));
    for (place, (content, sealed)) in (1..).zip(CONTENTS) {
        match sealed {
            true => package.extend(counter_mode(key, first(place), content)),
            false => package.extend(content),
        }
    }
    package
}

/// Every value on the way.
pub fn fields() -> Value {
    let agreed = agree(EPHEMERAL, &point(6));
    let context = SealContext::new(&guide_aid(3), &museum()).unwrap();
    let card = sha256(&point(5));
    json!({
        "name": "letter, sealed",
        "card": hex(&card),
        "ephemeral_secret": format!("{EPHEMERAL:064X}"),
        "ephemeral": hex(&point(EPHEMERAL)),
        "key_agreement": hex(&point(6)),
        "agreed": hex(&agreed),
        "context": hex(context.as_bytes()),
        "key": hex(&key(&agreed, &card, &point(EPHEMERAL), context.as_bytes())),
        "contents": CONTENTS.map(|(content, sealed)| json!({ "sealed": sealed, "clear": hex(content) })),
    })
}

/// Opens the package as a card does: by its own key, the manifest and the context.
pub fn check(name: &str, entry: &Value, package: &Package<'_>) {
    let seal = package.manifest.seal().unwrap();
    assert_eq!(hex(seal.card), entry["card"], "{name}");
    let agreed = agree(6, seal.ephemeral);
    assert_eq!(hex(&agreed), entry["agreed"], "{name}");
    let key = key(&agreed, seal.card, seal.ephemeral, &bytes(&entry["context"]));
    assert_eq!(hex(&key), entry["key"], "{name}");
    let mut content = package.content;
    let mut clear = Vec::new();
    for chunk in package.manifest.chunks() {
        let (piece, rest) = content.split_at(usize::from(chunk.length));
        let counter = u128::from_be_bytes(counter_block(chunk.file, chunk.index));
        clear.extend(match chunk.sealed {
            true => counter_mode(key, counter, piece),
            false => piece.to_vec(),
        });
        content = rest;
    }
    let expected: Vec<u8> = entry["contents"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|content| bytes(&content["clear"]))
        .collect();
    assert_eq!(clear, expected, "{name}");
}

/// NIST SP 800-38A, F.5.1: the vectors would be worthless with a counter mode of our own.
#[test]
fn counter_mode_is_that_of_the_standard() {
    let value = |text: &str| bytes(&json!(text));
    let key = value("2B7E151628AED2A6ABF7158809CF4F3C").try_into().unwrap();
    let first = u128::from_str_radix("F0F1F2F3F4F5F6F7F8F9FAFBFCFDFEFF", 16).unwrap();
    let plain = value("6BC1BEE22E409F96E93D7E117393172AAE2D8A571E03AC9C9EB76FAC45AF8E51");
    let cipher = "874D6191B620E3261BEF6864990DB6CE9806F66B7970FDFF8617187BB9FFFDFF";
    assert_eq!(hex(&counter_mode(key, first, &plain)), cipher);
}
