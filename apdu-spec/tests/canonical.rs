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
use symbolon_apdu_spec::certificate::{
    Certificate, CertificateBuilder, CertificateRequest, CertificateRequestBuilder, Extension,
};
use symbolon_apdu_spec::limits::REVOKED;
use symbolon_apdu_spec::object::{
    Authentication, Body, CertifiedData, ContentEntry, FirstAuthorization, Proof, Receipt, ReceiptHead,
    Refusal, RegistrarCertifiedData, Release, RevocationList, Sdi, SecondAuthorization, SharedKey, Signed,
    StoringRequest,
};
use symbolon_apdu_spec::package::{Block, Manifest, ManifestBuilder, Package};
use symbolon_apdu_spec::tlv;

/// What `write` writes into a buffer that is large enough.
fn written(write: impl FnOnce(&mut [u8]) -> tlv::Result<usize>) -> Vec<u8> {
    let mut out = vec![0; 4096];
    let length = write(&mut out).unwrap();
    out.truncate(length);
    out
}

/// Reads the input as everything it could be, and writes what was read again.
fn check(input: &[u8]) {
    if let Ok(certificate) = Certificate::parse(input) {
        let templates = extension_count(certificate.body);
        if templates == usize::from(certificate.extension != Extension::None) {
            let body = written(|out| CertificateBuilder::from(&certificate).write_body(out));
            assert_eq!(body, certificate.body);
        }
        let _ = certificate.check_under(&certificate);
        let _ = certificate.check_link(&certificate);
    }
    if let Ok(request) = CertificateRequest::parse(input) {
        assert_eq!(
            written(|out| CertificateRequestBuilder::from(&request).write_body(out)),
            request.body
        );
    }
    if let Ok(signed) = Signed::parse(input) {
        assert_eq!(
            written(|out| match signed.proof {
                Proof::Signature(signature) => Signed::assemble(signed.body, signature, out),
                Proof::Mac(mac) => Signed::assemble_mac(signed.body, mac, out),
            }),
            input
        );
        check_body(&signed);
    }
    if let Ok(sdi) = Sdi::read_body(input) {
        assert_eq!(written(|out| sdi.write_body(out)), input);
    }
    if let Ok(entry) = ContentEntry::read(input) {
        assert_eq!(written(|out| entry.write(out)), input);
    }
    if let Ok(block) = Block::parse(input) {
        assert_eq!(written(|out| block.write(out)), input);
    }
    if let Ok(manifest) = Manifest::parse(input) {
        check_manifest(&manifest);
    }
    if let Ok(package) = Package::parse(input) {
        assert_eq!(package.block_data().collect::<Vec<_>>().concat(), input);
    }
}

fn check_body(signed: &Signed<'_>) {
    fn same<'a, T: Body<'a>>(signed: &Signed<'a>) {
        if let Ok(body) = signed.read::<T>() {
            assert_eq!(body.header().algorithm, signed.proof.algorithm());
            assert_eq!(written(|out| body.write_complete(out)), signed.body);
        }
    }
    same::<StoringRequest>(signed);
    same::<FirstAuthorization>(signed);
    same::<SecondAuthorization>(signed);
    same::<CertifiedData>(signed);
    same::<RegistrarCertifiedData>(signed);
    same::<Receipt>(signed);
    same::<Refusal<'_>>(signed);
    same::<ReceiptHead>(signed);
    same::<SharedKey<'_>>(signed);
    same::<Authentication>(signed);
    same::<RevocationList<'_>>(signed);
    same::<Release>(signed);
    if let Ok(list) = signed.read::<RevocationList<'_>>() {
        let revoked: Vec<_> = list.revoked().copied().collect();
        assert!(revoked.len() <= REVOKED && revoked.is_sorted_by(|one, other| one < other));
        assert!(revoked.iter().all(|digest| list.names(digest)));
    }
}

fn check_manifest(manifest: &Manifest<'_>) {
    let (rules, files): (Vec<_>, Vec<_>) = (manifest.rules().collect(), manifest.files().collect());
    let (pins, keys): (Vec<_>, Vec<_>) = (manifest.pins().collect(), manifest.keys().collect());
    let builder = ManifestBuilder {
        aid: manifest.aid(),
        version: manifest.version(),
        label: manifest.label(),
        quota: manifest.quota(),
        rules: &rules,
        files: &files,
        pins: &pins,
        keys: &keys,
        seal: manifest.seal(),
    };
    assert_eq!(written(|out| builder.write(out)), manifest.encoded());
    let lengths = manifest.block_plan().map(|piece| u32::from(piece.length));
    assert_eq!(lengths.sum::<u32>(), manifest.total_initial());
    assert!(files.iter().all(|file| manifest.rule(file.rule).is_some()));
}

/// How many extensions a certificate's body has, ours and others.
fn extension_count(body: &[u8]) -> usize {
    let mut fields = tlv::Reader::new(body).nested(tlv::Tag(0x7F4E)).unwrap();
    let mut count = 0;
    while let Ok(object) = fields.any() {
        let mut templates = tlv::Reader::new(object.value);
        while object.tag == tlv::Tag(0x65) && templates.any().is_ok() {
            count += 1;
        }
    }
    count
}

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
