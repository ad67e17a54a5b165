//! Packages: what is stored is, byte for byte, what everybody agreed to, and stays in its own DF (rules 2 and 7).

use apdu_spec::access::AccessRules;
use apdu_spec::aid::Aid;
use apdu_spec::file::FileKind;
use apdu_spec::limits;
use apdu_spec::object::{Operation, PackageDigests};
use apdu_spec::package::{FileEntry, KeyEntry, ManifestBuilder, OnReplace, PinEntry, Seal};
use apdu_spec::reason::Reason;

use super::package::{Package, blocks, package};
use super::parties::*;
use super::scene::*;

/// What a package has, to be changed.
pub struct Plan {
    pub aid: Aid,
    pub version: u32,
    pub rules: Vec<Vec<u8>>,
    pub files: Vec<FileEntry<'static>>,
    pub pins: Vec<PinEntry<'static>>,
    pub keys: Vec<KeyEntry<'static>>,
    pub quota: u32,
    pub content: Vec<u8>,
    /// For which card its sealed keys are, and the point made for it.
    pub seal: Option<([u8; 32], [u8; 65])>,
}

/// A file of 320 bytes.
pub const fn file(id: u16, rule: u8, replace: OnReplace) -> FileEntry<'static> {
    FileEntry {
        position: 0,
        kind: FileKind::Transparent,
        id,
        parent: 0,
        short_id: None,
        rule,
        replace,
        size: 320,
        initial: 0,
        lengths: &[],
        sealed: false,
    }
}

impl Plan {
    /// One file that everybody may read.
    pub fn new(version: u32) -> Self {
        Self {
            aid: aid(1),
            version,
            rules: vec![AccessRules::ALWAYS_READ.as_bytes().to_vec()],
            files: vec![file(1, 0, OnReplace::Keep)],
            pins: Vec::new(),
            keys: Vec::new(),
            quota: 640,
            content: Vec::new(),
            seal: None,
        }
    }

    pub fn manifest(&self) -> Vec<u8> {
        let rules: Vec<_> = self
            .rules
            .iter()
            .map(|rule| AccessRules::new(rule).unwrap())
            .collect();
        let builder = ManifestBuilder {
            aid: self.aid,
            version: self.version,
            label: "rules",
            quota: self.quota,
            seal: self
                .seal
                .as_ref()
                .map(|(card, ephemeral)| Seal { card, ephemeral }),
            rules: &rules,
            files: &self.files,
            pins: &self.pins,
            keys: &self.keys,
        };
        let mut bytes = vec![0; limits::MANIFEST_MAX];
        let length = builder.write(&mut bytes).unwrap();
        bytes.truncate(length);
        bytes
    }

    pub fn package(&self) -> Package {
        made(&self.manifest(), &self.content)
    }
}

/// The package of a manifest and a content.
fn made(manifest: &[u8], content: &[u8]) -> Package {
    let blocks = blocks(manifest, content);
    Package {
        digests: PackageDigests {
            size: u32::try_from(manifest.len() + content.len()).unwrap(),
            package: sha256(&[manifest, content].concat()),
            manifest: sha256(manifest),
            first_block: sha256(&blocks[0]),
        },
        blocks,
    }
}

/// One block, whatever it says: a package whose parties agreed to it.
fn raw(manifest: &[u8]) -> Package {
    let mut block = vec![0; 2_000];
    let length = apdu_spec::package::Block {
        index: 0,
        next: None,
        data: manifest,
    }
    .write(&mut block)
    .unwrap();
    block.truncate(length);
    Package {
        digests: PackageDigests {
            size: u32::try_from(manifest.len()).unwrap(),
            package: sha256(manifest),
            manifest: sha256(manifest),
            first_block: sha256(&block),
        },
        blocks: vec![block],
    }
}

/// Block 0 of a package that everybody agreed to is refused, and nothing is kept.
#[track_caller]
fn refuse_first_block(package: &Package, reason: Reason) {
    let mut scene = Scene::new();
    let asked = scene.open_package(Operation::Store, aid(1), 1, package);
    scene.authorize(&asked);
    scene.world.refused(&block(&asked, package, 0), reason);
}

#[test]
fn a_manifest_is_of_the_application_that_was_agreed_to() {
    let elsewhere = Plan {
        aid: aid(2),
        ..Plan::new(1)
    };
    refuse_first_block(&elsewhere.package(), Reason::PackageDigest);
    refuse_first_block(&Plan::new(2).package(), Reason::PackageDigest);
}

#[test]
fn digests_and_size_are_those_that_were_agreed_to() {
    type Change = fn(&mut PackageDigests);
    let mut package = package(aid(1), 3, 0);
    let honest = package.digests;
    let first: [(Change, Reason); 4] = [
        (|digests| digests.size += 1, Reason::PackageDigest),
        (|digests| digests.size -= 1, Reason::PackageDigest),
        (|digests| digests.manifest = [1; 32], Reason::PackageDigest),
        (|digests| digests.first_block = [1; 32], Reason::BlockDigest),
    ];
    for (change, reason) in first {
        package.digests = honest;
        change(&mut package.digests);
        let mut scene = Scene::new();
        let asked = scene.open_package(Operation::Store, aid(1), 3, &package);
        scene.authorize(&asked);
        scene.world.refused(&block(&asked, &package, 0), reason);
    }
    // Every block is the one that was announced, but all of them are not what was agreed to.
    package.digests = PackageDigests {
        package: [1; 32],
        ..honest
    };
    let mut scene = Scene::new();
    let asked = scene.open_package(Operation::Store, aid(1), 3, &package);
    scene.authorize(&asked);
    let last = package.blocks.len() - 1;
    scene.load(&asked, &package, 0..last);
    scene.world.send(&block(&asked, &package, last));
    scene
        .world
        .refused(&block(&asked, &package, last), Reason::PackageDigest);
}

#[test]
fn a_block_is_the_one_that_was_announced() {
    let package = package(aid(1), 3, 0);
    let mut scene = Scene::new();
    let asked = scene.open_package(Operation::Store, aid(1), 3, &package);
    scene.authorize(&asked);
    for index in 0..package.blocks.len() {
        let mut spoiled = package.blocks.clone();
        spoil(&mut spoiled[index]);
        let forged = Package {
            digests: package.digests,
            blocks: spoiled,
        };
        scene
            .world
            .refused(&block(&asked, &forged, index), Reason::BlockDigest);
        scene.world.consent();
        scene.load(&asked, &package, index..index + 1);
    }
}

#[test]
fn content_ends_where_its_files_end() {
    let mut plan = Plan::new(1);
    plan.files[0].initial = 300;
    plan.content = vec![7; 300];
    let manifest = plan.manifest();
    // Too short, too long, and a whole chunk with which it does not end: what does not come would read as zeros.
    for content in [vec![7; 299], vec![7; 301], vec![7; 256]] {
        let mut padded = content.clone();
        padded.resize(300, 0);
        let mut block_1 = vec![0; 600];
        let block = |out: &mut Vec<u8>, index, next: Option<&[u8; 32]>, data: &[u8]| {
            let block = apdu_spec::package::Block { index, next, data };
            let length = block.write(out).unwrap();
            out.truncate(length);
        };
        block(&mut block_1, 1, None, &content);
        let mut block_0 = vec![0; 600];
        block(&mut block_0, 0, Some(&sha256(&block_1)), &manifest);
        let package = Package {
            digests: PackageDigests {
                size: u32::try_from(manifest.len() + 300).unwrap(),
                package: sha256(&[manifest.as_slice(), &padded].concat()),
                manifest: sha256(&manifest),
                first_block: sha256(&block_0),
            },
            blocks: vec![block_0, block_1],
        };
        let mut scene = Scene::new();
        let asked = scene.open_package(Operation::Store, aid(1), 1, &package);
        scene.authorize(&asked);
        scene.load(&asked, &package, 0..1);
        let last = super::scene::block(&asked, &package, 1);
        scene.world.refused(&last, Reason::PackageDigest);
    }
}

#[test]
fn an_application_keeps_to_its_quota() {
    let mut plan = Plan::new(1);
    let mut manifest = plan.manifest();
    let quota = manifest
        .windows(6)
        .position(|window| window == [0x82, 4, 0, 0, 2, 0x80])
        .unwrap();
    manifest[quota + 4..quota + 6].copy_from_slice(&[0x01, 0x3F]);
    refuse_first_block(&raw(&manifest), Reason::BadManifest);
    // As much as it has.
    plan.quota = 320;
    let package = plan.package();
    Scene::new().carry_package(Operation::Store, aid(1), 1, &package);
}

/// A file in the MF, the card's PIN, the card's key.
#[test]
fn a_package_reaches_nothing_outside_its_df() {
    let mut plan = Plan::new(1);
    plan.pins.push(PinEntry {
        reference: 0x81,
        minimum: 4,
        tries: 3,
        rule: 0,
        replace: OnReplace::Keep,
        transport: b"0000",
    });
    plan.keys.push(KeyEntry {
        reference: 0x81,
        kind: apdu_spec::package::KeyType::P256,
        usage: apdu_spec::package::KeyUsage::Sign,
        tries: None,
        rule: 0,
        replace: OnReplace::Keep,
        sealed: None,
    });
    let manifest = plan.manifest();
    Scene::new().carry_package(Operation::Store, aid(1), 1, &plan.package());
    let references: Vec<_> = (0..manifest.len() - 2)
        .filter(|&at| manifest[at..at + 3] == [0x83, 1, 0x81])
        .collect();
    assert_eq!(references.len(), 2);
    for at in references {
        for card in [0x01, 0x02] {
            let mut outside = manifest.clone();
            outside[at + 2] = card;
            refuse_first_block(&raw(&outside), Reason::BadManifest);
        }
    }
    // No file lies in another file, in itself, in one that comes later, or where there is nothing.
    let mut plan = Plan::new(1);
    plan.files.push(file(2, 0, OnReplace::Keep));
    let manifest = plan.manifest();
    let parent = manifest
        .windows(3)
        .rposition(|window| window == [0x87, 1, 0])
        .unwrap();
    for number in [1, 2, 3, 0xFF] {
        let mut outside = manifest.clone();
        outside[parent + 2] = number;
        refuse_first_block(&raw(&outside), Reason::BadManifest);
    }
}
