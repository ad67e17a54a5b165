//! `vectors/packages.json`.

use serde_json::{Value, json};
use symbolon_apdu_spec::access::{self, AccessRules};
use symbolon_apdu_spec::file::FileKind;
use symbolon_apdu_spec::limits::{BLOCK_CONTENT, CHUNK, MANIFEST_MAX};
use symbolon_apdu_spec::object::Digest;
use symbolon_apdu_spec::package::{
    Block, FileEntry, KeyEntry, KeyType, KeyUsage, Manifest, ManifestBuilder, OnReplace, Package, PinEntry,
};
use symbolon_apdu_spec::tlv::Error;

use super::tree::{Node, edited};
use super::world::{sha256, written};
use super::{broken, bytes, check_file, each, error, hex, refused};

fn file_fields(file: &FileEntry) -> Value {
    json!({
        "position": file.position,
        "kind": match file.kind { FileKind::Transparent => "transparent EF", FileKind::Dedicated => "DF" },
        "id": file.id,
        "parent": file.parent,
        "short_id": file.short_id,
        "rule": file.rule,
        "replace": file.replace.name(),
        "size": file.size,
        "initial": file.initial,
    })
}

fn fields(manifest: &Manifest<'_>) -> Value {
    let pin = |pin: PinEntry<'_>| {
        json!({
            "reference": pin.reference,
            "minimum": pin.minimum,
            "tries": pin.tries,
            "rule": pin.rule,
            "replace": pin.replace.name(),
            "transport": hex(pin.transport),
        })
    };
    let key = |key: KeyEntry| {
        json!({
            "reference": key.reference,
            "type": key.kind.name(),
            "usage": key.usage.name(),
            "rule": key.rule,
            "replace": key.replace.name(),
        })
    };
    json!({
        "aid": manifest.aid().to_string(),
        "version": manifest.version(),
        "label": manifest.label(),
        "quota": manifest.quota(),
        "rules": manifest.rules().map(|rule| hex(rule.as_bytes())).collect::<Vec<_>>(),
        "files": manifest.files().map(|file| file_fields(&file)).collect::<Vec<_>>(),
        "pins": manifest.pins().map(pin).collect::<Vec<_>>(),
        "keys": manifest.keys().map(key).collect::<Vec<_>>(),
        "total_initial": manifest.total_initial(),
    })
}

fn again(manifest: &Manifest<'_>) -> Vec<u8> {
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
    };
    written(|out| builder.write(out))
}

fn ef(id: u16, parent: u8, size: u16, initial: u16) -> FileEntry {
    let (kind, replace) = (FileKind::Transparent, OnReplace::Keep);
    FileEntry { position: 0, kind, id, parent, short_id: None, rule: 1, replace, size, initial }
}

fn df(id: u16, parent: u8) -> FileEntry {
    FileEntry { kind: FileKind::Dedicated, rule: 0, ..ef(id, parent, 0, 0) }
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
};

fn smallest() -> Vec<u8> {
    let builder = ManifestBuilder { aid: "A000000F5E".parse().unwrap(), ..EMPTY };
    written(|out| builder.write(out))
}

/// Files of every shape, PINs, keys, and content that ends inside and at the end of chunks and blocks.
fn full() -> Vec<u8> {
    let mut buffers = [[0; 64]; 2];
    let [pin, joint] = &mut buffers;
    let texts = ["read: always; update: pin 81", "update: pin 81 or pin 82 and pin 01"];
    let pin = access::parse(texts[0], pin).unwrap();
    let joint = access::parse(texts[1], joint).unwrap();
    let rules = [AccessRules::ALWAYS_READ, pin, joint, AccessRules::NONE];
    let files = [
        FileEntry { short_id: Some(1), ..ef(0xEF01, 0, 300, 300) },
        df(0xDF01, 0),
        FileEntry { short_id: Some(1), rule: 2, ..ef(0xEF01, 2, 512, 512) },
        FileEntry { short_id: Some(0x1E), replace: OnReplace::Reset, ..ef(0xEF02, 2, 2000, 1500) },
        df(0xDF02, 2),
        df(0xDF03, 5),
        ef(0x0001, 6, 65_535, 0),
        FileEntry { replace: OnReplace::Remove, ..ef(0xEF09, 0, 1, 1) },
        ef(0xEF0A, 0, 0, 0),
        ef(0xEF0B, 0, 256, 256),
    ];
    let pins = [
        PinEntry { reference: 0x81, minimum: 4, tries: 3, rule: 1, replace: OnReplace::Keep, transport: b"0000" },
        PinEntry { reference: 0x8F, minimum: 8, tries: 15, rule: 3, replace: OnReplace::Reset, transport: b"sixteen bytes 16" },
    ];
    let keys = [
        KeyEntry { reference: 0x81, kind: KeyType::P256, usage: KeyUsage::Sign, rule: 2, replace: OnReplace::Keep },
        KeyEntry { reference: 0x82, kind: KeyType::P256, usage: KeyUsage::Agree, rule: 3, replace: OnReplace::Remove },
    ];
    let builder = ManifestBuilder {
        aid: "A000000F5E01".parse().unwrap(),
        version: 0x0102_0304,
        label: "Mus\u{e9}e, 32 octets de nom au plus",
        quota: 68_604,
        rules: &rules,
        files: &files,
        pins: &pins,
        keys: &keys,
    };
    written(|out| builder.write(out))
}

/// The content that makes a manifest a package: bytes that tell where they stand.
fn package(manifest: &[u8]) -> Vec<u8> {
    let length = Manifest::parse(manifest).unwrap().total_initial();
    let content = (0..length).map(|place| u8::try_from(place % 251).unwrap());
    manifest.iter().copied().chain(content).collect()
}

/// The blocks of a package, made from the last to the first, since each carries the digest of the next.
fn blocks(package: &[u8]) -> Vec<Vec<u8>> {
    let package = Package::parse(package).unwrap();
    let data: Vec<_> = package.block_data().collect();
    let (mut blocks, mut next): (Vec<Vec<u8>>, Option<Digest>) = (Vec::new(), None);
    for (index, data) in data.iter().enumerate().rev() {
        let block = Block { index: u16::try_from(index).unwrap(), next: next.as_ref(), data };
        let encoded = written(|out| block.write(out));
        next = Some(sha256(&encoded));
        blocks.insert(0, encoded);
    }
    blocks
}

fn bad() -> Vec<Value> {
    let good = full();
    let mut list = Vec::new();
    let mut add = |name: &str, encoded: &[u8]| {
        list.push(refused(name, "manifest", encoded, |input| Manifest::parse(input).map(drop)));
    };
    for (name, encoded) in broken(&good) {
        add(name, &encoded);
    }
    for (name, tag, value) in [
        ("format 02", 0x80, &[2][..]),
        ("AID of 4 bytes", 0x4F, &[0xA0; 4]),
        ("no label", 0x50, b""),
        ("a label of 33 bytes", 0x50, &[b'a'; 33]),
        ("a label with an escape", 0x50, b"\x1B[2J"),
        ("a label with a control character of two bytes", 0x50, b"\xC2\x9B2J"),
        ("a label that is not UTF-8", 0x50, b"\xFF"),
        ("files larger than the quota", 0x82, &68_603_u32.to_be_bytes()),
    ] {
        add(name, &edited(&good, |whole| whole.at(&[tag]).set(value)));
    }
    let mut change = |name: &str, change: &dyn Fn(&mut Node)| add(name, &edited(&good, change));
    change("no files", &|whole| drop(whole.remove(0xA4)));
    change("an empty list of PINs", &|whole| whole.at(&[0xA5]).children().clear());
    change("keys before PINs", &|whole| whole.swap(0xA5, 0xA6));
    change("a rule that is none", &|whole| *whole.at(&[0xA3, 0xAB]) = Node::new(0x8B, &[1]));
    change("a rule with an unknown condition", &|whole| whole.at(&[0xA3, 0xAB]).children()[1].rename(0x91));
    change("33 rules", &|whole| *whole.at(&[0xA3]).children() = vec![Node::parent(0xAB, &[]); 33]);
    change("nine PINs", &|whole| *whole.at(&[0xA5]).children() = (0..9).map(pin_node).collect());
    change("65 files", &|whole| *whole.at(&[0xA4]).children() = (0..65).map(df_node).collect());

    for (name, place, tag, value) in [
        ("a linear EF", 0, 0x82, &[2][..]),
        ("file id 3F00", 0, 0x83, &[0x3F, 0x00]),
        ("file id 3FFF", 0, 0x83, &[0x3F, 0xFF]),
        ("file id 2F00", 0, 0x83, &[0x2F, 0x00]),
        ("file id 2F02", 0, 0x83, &[0x2F, 0x02]),
        ("file id FFFF", 0, 0x83, &[0xFF, 0xFF]),
        ("file id 0000", 0, 0x83, &[0x00, 0x00]),
        ("a file id twice in a DF", 3, 0x83, &[0xEF, 0x01]),
        ("short id 00", 0, 0x88, &[0]),
        ("short id 1F", 0, 0x88, &[0x1F]),
        ("a short id twice in a DF", 3, 0x88, &[1]),
        ("an EF as a parent", 2, 0x87, &[1]),
        ("a file in itself", 4, 0x87, &[5]),
        ("a DF after what lies in it", 1, 0x87, &[5]),
        ("a parent that is not there", 2, 0x87, &[200]),
        ("a rule that is not there", 0, 0x85, &[4]),
        ("on replace 03", 0, 0x86, &[3]),
        ("more initial content than size", 0, 0x81, &[0x01, 0x2D]),
        ("a removed DF with files that stay", 1, 0x86, &[2]),
    ] {
        change(name, &|whole| whole.at(&[0xA4]).children()[place].at(&[tag]).set(value));
    }
    change("a DF at level 7", &|whole| {
        let deepest = whole.at(&[0xA4]).children();
        deepest[6] = deepest[5].clone();
        deepest[6].at(&[0x87]).set(&[6]);
    });
    change("a DF with a size", &|whole| whole.at(&[0xA4]).children()[1].push(Node::new(0x80, &[0, 0])));
    change("a DF with a short id", &|whole| {
        whole.at(&[0xA4]).children()[1].children().insert(3, Node::new(0x88, &[1]));
    });
    change("an EF without size", &|whole| drop(whole.at(&[0xA4, 0xA0]).remove(0x80)));
    for (name, place, tag, value) in [
        ("PIN 80", 0, 0x83, &[0x80][..]),
        ("PIN 90", 0, 0x83, &[0x90]),
        ("a PIN twice", 1, 0x83, &[0x81]),
        ("minimum length 3", 0, 0x81, &[3]),
        ("minimum length 17", 0, 0x81, &[17]),
        ("no tries", 0, 0x82, &[0]),
        ("16 tries", 0, 0x82, &[16]),
        ("a PIN with a rule that is not there", 0, 0x85, &[4]),
        ("a transport value shorter than the minimum", 1, 0x84, b"7 bytes"),
        ("a transport value of 17 bytes", 0, 0x84, b"seventeen bytes17"),
    ] {
        change(name, &|whole| whole.at(&[0xA5]).children()[place].at(&[tag]).set(value));
    }
    for (name, place, tag, value) in [
        ("key 01", 0, 0x83, &[0x01][..]),
        ("a key twice", 1, 0x83, &[0x81]),
        ("key type 02", 0, 0x80, &[2]),
        ("a key that signs and agrees", 0, 0x81, &[3]),
        ("a key with a rule that is not there", 0, 0x85, &[4]),
    ] {
        change(name, &|whole| whole.at(&[0xA6]).children()[place].at(&[tag]).set(value));
    }
    let huge = |whole: &mut Node| {
        whole.at(&[0x82]).set(&u32::MAX.to_be_bytes());
        let files = whole.at(&[0xA4]).children();
        files[6].at(&[0x80]).set(&[0xFF, 0xFF]);
        files[6].at(&[0x81]).set(&[0xFF, 0xFF]);
    };
    change("more than 65,536 bytes with its content", &huge);
    change("longer than 1,900 bytes", &|whole| {
        whole.at(&[0x82]).set(&u32::MAX.to_be_bytes());
        let rule = whole.at(&[0xA3]).children()[2].clone();
        *whole.at(&[0xA3]).children() = vec![rule; 32];
        *whole.at(&[0xA4]).children() = (0..64).map(df_node).collect();
    });
    list.extend(bad_blocks());
    list
}

fn pin_node(number: u8) -> Node {
    let parts = [(0x83, &[0x81 + number][..]), (0x81, &[4]), (0x82, &[3]), (0x85, &[0]), (0x86, &[0]), (0x84, b"0000")];
    Node::parent(0xA0, &parts.map(|(tag, value)| Node::new(tag, value)))
}

fn df_node(number: u8) -> Node {
    let parts = [(0x82, &[0x38][..]), (0x83, &[0xDF, number]), (0x87, &[0]), (0x85, &[0]), (0x86, &[0])];
    Node::parent(0xA0, &parts.map(|(tag, value)| Node::new(tag, value)))
}

fn bad_blocks() -> Vec<Value> {
    let good = blocks(&package(&full())).remove(1);
    let mut list = Vec::new();
    let mut add = |name: &str, kind: &str, encoded: &[u8]| {
        list.push(refused(name, kind, encoded, |input| read(kind, input)));
    };
    for (name, encoded) in broken(&good) {
        add(name, "block", &encoded);
    }
    let mut change = |name: &str, change: &dyn Fn(&mut Node)| add(name, "block", &edited(&good, change));
    change("index of one byte", &|block| block.at(&[0x80]).set(&[1]));
    change("a digest of 31 bytes", &|block| block.at(&[0x82]).set(&[0; 31]));
    change("data before the digest", &|block| block.swap(0x82, 0x83));
    change("no data", &|block| block.at(&[0x83]).set(&[]));
    change("1,901 bytes of data", &|block| block.at(&[0x83]).set(&[0; 1901]));
    let package = package(&full());
    add("a byte of content missing", "package", &package[..package.len() - 1]);
    add("a byte of content too many", "package", &[&package[..], &[0]].concat());
    list
}

fn read(kind: &str, input: &[u8]) -> Result<(), Error> {
    match kind {
        "manifest" => Manifest::parse(input).map(drop),
        "block" => Block::parse(input).map(drop),
        "package" => Package::parse(input).map(drop),
        other => panic!("nothing is called {other}"),
    }
}

fn made() -> Value {
    let describe = |(name, manifest): &(&str, Vec<u8>)| {
        let encoded = package(manifest);
        let package = Package::parse(&encoded).unwrap();
        let describe_block = |block: &Vec<u8>| json!({ "encoded": hex(block), "digest": hex(&sha256(block)) });
        let chunks = package.manifest.chunks().map(|chunk| {
            json!({ "file": chunk.file, "index": chunk.index, "offset": chunk.offset, "length": chunk.length })
        });
        json!({
            "name": name,
            "encoded": hex(&encoded),
            "digest": hex(&sha256(&encoded)),
            "manifest_length": manifest.len(),
            "manifest_digest": hex(&sha256(manifest)),
            "fields": fields(&package.manifest),
            "chunks": chunks.collect::<Vec<_>>(),
            "blocks": blocks(&encoded).iter().map(describe_block).collect::<Vec<_>>(),
        })
    };
    let good = [("nothing in it", smallest()), ("everything in it", full())];
    json!({
        "about": "Packages and their blocks: SPEC.md section 4.1.",
        "packages": good.iter().map(describe).collect::<Vec<_>>(),
        "refused": bad(),
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
        assert_eq!(again(&package.manifest), package.manifest.encoded(), "{name}");
        let mut joined = Vec::new();
        let mut expected = entry["blocks"][0]["digest"].clone();
        let list = entry["blocks"].as_array().unwrap();
        for (index, block) in list.iter().enumerate() {
            let encoded = bytes(&block["encoded"]);
            assert_eq!(json!(hex(&sha256(&encoded))), expected, "{name}, block {index}");
            let read = Block::parse(&encoded).unwrap();
            assert_eq!(usize::from(read.index), index, "{name}");
            assert_eq!(read.next.is_none(), index + 1 == list.len(), "{name}, block {index}");
            expected = json!(read.next.map(|digest| hex(digest)));
            joined.extend_from_slice(read.data);
        }
        assert_eq!(joined, encoded, "{name}");
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
        assert!(following.is_none_or(|next| next.offset == end), "block {index} ends inside a chunk");
        let room = BLOCK_CONTENT - usize::from(piece.length);
        assert!(following.is_none_or(|next| usize::from(next.length) > room), "block {index} has room");
    }
    assert_eq!(end, manifest.total_initial());
    assert!(manifest.encoded().len() <= MANIFEST_MAX);
}
