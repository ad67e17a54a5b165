//! `vectors/packages.json`.

use serde_json::{Value, json};
use symbolon_apdu_spec::access::{self, AccessRules};
use symbolon_apdu_spec::file::{FileKind, RecordFormat, Structure};
use symbolon_apdu_spec::limits::{BLOCK_CONTENT, CHUNK, MANIFEST_MAX};
use symbolon_apdu_spec::object::Digest;
use symbolon_apdu_spec::package::{
    Block, FileEntry, KeyEntry, KeyType, KeyUsage, Manifest, ManifestBuilder, OnReplace, Package, PinEntry,
};

use super::bad_packages::{self, read};
use super::package_fields::fields;
use super::sealed;
use super::world::{sha256, written};
use super::{bytes, check_file, each, error, hex};

pub fn ef(id: u16, parent: u8, size: u16, initial: u16) -> FileEntry<'static> {
    let (kind, replace) = (FileKind::Transparent, OnReplace::Keep);
    FileEntry {
        position: 0,
        kind,
        id,
        parent,
        short_id: None,
        rule: 1,
        replace,
        size,
        initial,
        lengths: &[],
        sealed: false,
    }
}

fn df(id: u16, parent: u8) -> FileEntry<'static> {
    FileEntry {
        kind: FileKind::Dedicated,
        rule: 0,
        ..ef(id, parent, 0, 0)
    }
}

const EMPTY: ManifestBuilder<'static> = ManifestBuilder {
    aid: symbolon_apdu_spec::aid::Aid::PLATFORM,
    version: 0,
    label: "-",
    quota: 0,
    rules: &[],
    files: &[],
    pins: &[],
    keys: &[],
    seal: None,
};

fn smallest() -> Vec<u8> {
    let builder = ManifestBuilder {
        aid: "A000000F5E".parse().unwrap(),
        ..EMPTY
    };
    written(|out| builder.write(out))
}

/// The museum's application number `which`.
pub fn guide_aid(which: u8) -> symbolon_apdu_spec::aid::Aid {
    symbolon_apdu_spec::aid::Aid::new(&[0xA0, 0x00, 0x00, 0x0F, 0x5E, which]).unwrap()
}

/// A small package of the museum: one file, which fills one block behind the manifest.
pub fn guide(which: u8, version: u32) -> Vec<u8> {
    let rules = [AccessRules::NONE, AccessRules::ALWAYS_READ];
    let builder = ManifestBuilder {
        aid: guide_aid(which),
        version,
        label: "Museum",
        quota: 512,
        rules: &rules,
        files: &[ef(0xEF01, 0, 512, 300)],
        ..EMPTY
    };
    package(&written(|out| builder.write(out)))
}

/// A package's manifest.
pub fn manifest_of(package: &[u8]) -> Vec<u8> {
    Package::parse(package).unwrap().manifest.encoded().to_vec()
}

/// Files of every shape, PINs, keys, and content that ends inside and at the end of chunks and blocks.
pub fn full() -> Vec<u8> {
    let mut buffers = [[0; 64]; 2];
    let [pin, joint] = &mut buffers;
    let texts = [
        "read: always; update: pin 81",
        "update: pin 81 or pin 82 and pin 01",
    ];
    let pin = access::parse(texts[0], pin).unwrap();
    let joint = access::parse(texts[1], joint).unwrap();
    let rules = [AccessRules::ALWAYS_READ, pin, joint, AccessRules::NONE];
    let files = [
        FileEntry {
            short_id: Some(1),
            ..ef(0xEF01, 0, 512, 512)
        },
        df(0xDF01, 0),
        FileEntry {
            short_id: Some(1),
            rule: 2,
            ..ef(0xEF01, 2, 512, 512)
        },
        FileEntry {
            short_id: Some(0x1E),
            replace: OnReplace::Reset,
            ..ef(0xEF02, 2, 2000, 1500)
        },
        df(0xDF02, 2),
        df(0xDF03, 5),
        ef(0x0001, 6, 65_535, 0),
        FileEntry {
            replace: OnReplace::Remove,
            ..ef(0xEF09, 0, 1, 1)
        },
        ef(0xEF0A, 0, 0, 0),
        ef(0xEF0B, 0, 256, 256),
    ];
    let pins = [
        PinEntry {
            reference: 0x81,
            minimum: 4,
            tries: 3,
            rule: 1,
            replace: OnReplace::Keep,
            transport: b"0000",
        },
        PinEntry {
            reference: 0x8F,
            minimum: 8,
            tries: 15,
            rule: 3,
            replace: OnReplace::Reset,
            transport: b"sixteen bytes 16",
        },
    ];
    let keys = [
        KeyEntry {
            reference: 0x81,
            kind: KeyType::P256,
            usage: KeyUsage::Sign,
            tries: None,
            rule: 2,
            replace: OnReplace::Keep,
            sealed: None,
        },
        KeyEntry {
            reference: 0x82,
            kind: KeyType::P256,
            usage: KeyUsage::Agree,
            tries: None,
            rule: 3,
            replace: OnReplace::Remove,
            sealed: None,
        },
    ];
    let builder = ManifestBuilder {
        aid: "A000000F5E01".parse().unwrap(),
        version: 0x0102_0304,
        label: "Mus\u{e9}e, 32 octets de nom au plus",
        quota: 68_816,
        rules: &rules,
        files: &files,
        pins: &pins,
        keys: &keys,
        seal: None,
    };
    written(|out| builder.write(out))
}

/// An EF of records, of which `lengths` are filled.
fn ef_of_records(id: u16, structure: Structure, length: u8, number: u8, lengths: &[u8]) -> FileEntry<'_> {
    let format = RecordFormat {
        structure,
        length,
        number,
    };
    let varies = structure == Structure::LinearVariable;
    FileEntry {
        kind: FileKind::Records(format),
        rule: 0,
        lengths: if varies { lengths } else { &[] },
        ..ef(
            id,
            0,
            format.most(),
            lengths.iter().map(|&length| u16::from(length)).sum(),
        )
    }
}

/// Files of records: filled, filled in part and empty, the shortest and the longest.
pub fn records() -> Vec<u8> {
    let files = [
        ef_of_records(0x0101, Structure::LinearFixed, 20, 5, &[20, 20, 20]),
        FileEntry {
            size: 300,
            short_id: Some(2),
            ..ef_of_records(0x0102, Structure::LinearVariable, 255, 254, &[1, 255, 7])
        },
        ef_of_records(0x0103, Structure::Cyclic, 8, 3, &[8, 8, 8]),
        ef_of_records(0x0104, Structure::LinearFixed, 1, 1, &[]),
        ef_of_records(0x0105, Structure::LinearVariable, 1, 254, &[]),
        ef_of_records(0x0106, Structure::Cyclic, 1, 254, &[1; 200]),
        FileEntry {
            rule: 0,
            ..ef(0x0107, 0, 300, 300)
        },
    ];
    let builder = ManifestBuilder {
        aid: guide_aid(4),
        label: "Records",
        quota: 65_536,
        rules: &[AccessRules::ALWAYS_READ],
        files: &files,
        ..EMPTY
    };
    written(|out| builder.write(out))
}

/// The content that makes a manifest a package: bytes that tell where they stand.
pub fn package(manifest: &[u8]) -> Vec<u8> {
    let length = Manifest::parse(manifest).unwrap().total_initial();
    let content = (0..length).map(|place| u8::try_from(place % 251).unwrap());
    manifest.iter().copied().chain(content).collect()
}

/// The blocks of a package, made from the last to the first, since each carries the digest of the next.
pub fn blocks(package: &[u8]) -> Vec<Vec<u8>> {
    let package = Package::parse(package).unwrap();
    let data: Vec<_> = package.block_data().collect();
    let (mut blocks, mut next): (Vec<Vec<u8>>, Option<Digest>) = (Vec::new(), None);
    for (index, data) in data.iter().enumerate().rev() {
        let block = Block {
            index: u16::try_from(index).unwrap(),
            next: next.as_ref(),
            data,
        };
        let encoded = written(|out| block.write(out));
        next = Some(sha256(&encoded));
        blocks.insert(0, encoded);
    }
    blocks
}

fn made() -> Value {
    let describe = |(name, encoded): &(&str, Vec<u8>)| {
        let package = Package::parse(encoded).unwrap();
        let manifest = package.manifest.encoded();
        let describe_block =
            |block: &Vec<u8>| json!({ "encoded": hex(block), "digest": hex(&sha256(block)) });
        let chunks = package.manifest.chunks().map(|chunk| {
            json!({ "file": chunk.file, "index": chunk.index, "offset": chunk.offset, "length": chunk.length, "sealed": chunk.sealed })
        });
        json!({
            "name": name,
            "encoded": hex(encoded),
            "digest": hex(&sha256(encoded)),
            "manifest_length": manifest.len(),
            "manifest_digest": hex(&sha256(manifest)),
            "fields": fields(&package.manifest),
            "chunks": chunks.collect::<Vec<_>>(),
            "blocks": blocks(encoded).iter().map(describe_block).collect::<Vec<_>>(),
        })
    };
    let good = [
        ("nothing in it", package(&smallest())),
        ("everything in it", package(&full())),
        ("guide, version 1", guide(1, 1)),
        ("map, version 1", guide(2, 1)),
        ("letter, sealed", sealed::letter()),
        ("records of every kind", package(&records())),
    ];
    json!({
        "about": "Packages and their blocks: SPEC.md sections 4.1 and 4.1.1.",
        "packages": good.iter().map(describe).collect::<Vec<_>>(),
        "sealed": [sealed::fields()],
        "refused": bad_packages::bad(),
    })
}

/// Packages already published would not load, or would load as something else.
#[test]
fn packages_are_what_the_vectors_say() {
    let vectors = check_file("packages.json", &made());
    each(&vectors["packages"], |name, entry| {
        let encoded = bytes(&entry["encoded"]);
        let package = Package::parse(&encoded).unwrap();
        assert_eq!(fields(&package.manifest), entry["fields"], "{name}");
        let mut joined = Vec::new();
        let mut expected = entry["blocks"][0]["digest"].clone();
        let list = entry["blocks"].as_array().unwrap();
        for (index, block) in list.iter().enumerate() {
            let encoded = bytes(&block["encoded"]);
            assert_eq!(json!(hex(&sha256(&encoded))), expected, "{name}, block {index}");
            let read = Block::parse(&encoded).unwrap();
            assert_eq!(usize::from(read.index), index, "{name}");
            assert_eq!(
                read.next.is_none(),
                index + 1 == list.len(),
                "{name}, block {index}"
            );
            expected = json!(read.next.map(|digest| hex(digest)));
            joined.extend_from_slice(read.data);
        }
        assert_eq!(joined, encoded, "{name}");
    });
    each(&vectors["sealed"], |name, entry| {
        let packages = vectors["packages"].as_array().unwrap();
        let package = packages.iter().find(|package| package["name"] == name).unwrap();
        let encoded = bytes(&package["encoded"]);
        sealed::check(name, entry, &Package::parse(&encoded).unwrap());
    });
    each(&vectors["refused"], |name, entry| {
        let found = read(entry["as"].as_str().unwrap(), &bytes(&entry["encoded"])).unwrap_err();
        assert_eq!(error(found), entry["error"], "{name}");
    });
}

/// A card keeps whole chunks: a block that ended inside one would tear a file.
#[test]
fn blocks_carry_as_many_whole_chunks_as_fit() {
    let manifest = full();
    let manifest = Manifest::parse(&manifest).unwrap();
    let chunks: Vec<_> = manifest.chunks().collect();
    let mut offset = 0;
    for chunk in &chunks {
        assert_eq!(chunk.offset, offset);
        offset += u32::from(chunk.length);
        assert!((1..=CHUNK).contains(&usize::from(chunk.length)));
    }
    assert_eq!(offset, manifest.total_initial());
    let mut end = 0;
    for (piece, index) in manifest.block_plan().zip(1..) {
        assert_eq!((piece.index, piece.offset), (index, end));
        end += u32::from(piece.length);
        assert!(usize::from(piece.length) <= BLOCK_CONTENT);
        let following = chunks.iter().find(|chunk| chunk.offset >= end);
        assert!(
            following.is_none_or(|next| next.offset == end),
            "block {index} ends inside a chunk"
        );
        let room = BLOCK_CONTENT - usize::from(piece.length);
        assert!(
            following.is_none_or(|next| usize::from(next.length) > room),
            "block {index} has room"
        );
    }
    assert_eq!(end, manifest.total_initial());
    assert!(manifest.encoded().len() <= MANIFEST_MAX);
}
