//! A registered card with two applications that have a file for each kind of rule. Fuzzing starts from it too.

use apdu_spec::access::AccessRules;
use apdu_spec::aid::Aid;
use apdu_spec::command::Command;
use apdu_spec::file::FileKind;
use apdu_spec::limits;
use apdu_spec::object::{Operation, PackageDigests};
use apdu_spec::package::{FileEntry, ManifestBuilder, OnReplace, PinEntry};
use apdu_spec::reference::PinReference;

use super::package::{Package, blocks};
use super::scene::{Scene, USER, aid};
use super::world::sha256;

/// PIN 81 of both applications.
pub const LOCAL: &[u8] = b"1357";
/// PIN 82 of both.
pub const SECOND: &[u8] = b"112233";
const LOCAL_TRANSPORT: &[u8] = b"0000";

/// What opens a file, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Everybody reads and updates.
    Open,
    /// Everybody reads.
    ReadOnly,
    /// Nobody does anything.
    Closed,
    /// Read and update after this PIN.
    Pin(u8),
    /// Everybody reads; update after this PIN.
    ReadPin(u8),
    /// Read and update after both PINs.
    Both(u8, u8),
    /// Read and update after one of them.
    Either(u8, u8),
}

impl Rule {
    /// The value of AB.
    fn bytes(self) -> Vec<u8> {
        let pin = |pin: u8| vec![0xA4, 0x06, 0x83, 0x01, pin, 0x95, 0x01, 0x08];
        let group = |tag: u8, one: u8, other: u8| {
            let inner = [pin(one), pin(other)].concat();
            let length = u8::try_from(inner.len()).unwrap();
            [vec![0x80, 0x01, 0x03, tag, length], inner].concat()
        };
        match self {
            Self::Open => vec![0x80, 0x01, 0x03, 0x90, 0x00],
            Self::ReadOnly => AccessRules::ALWAYS_READ.as_bytes().to_vec(),
            Self::Closed => Vec::new(),
            Self::Pin(it) => [vec![0x80, 0x01, 0x03], pin(it)].concat(),
            Self::ReadPin(it) => [vec![0x80, 0x01, 0x01, 0x90, 0x00, 0x80, 0x01, 0x02], pin(it)].concat(),
            Self::Both(one, other) => group(0xAF, one, other),
            Self::Either(one, other) => group(0xA0, one, other),
        }
    }
}

/// An EF of both applications.
#[derive(Clone, Copy, Debug)]
pub struct Planned {
    pub id: u16,
    pub short_id: u8,
    /// Whether it lies in DF 7100 rather than in the application's own.
    pub inner: bool,
    pub size: u16,
    pub rule: Rule,
}

const fn planned(id: u16, short_id: u8, inner: bool, size: u16, rule: Rule) -> Planned {
    Planned {
        id,
        short_id,
        inner,
        size,
        rule,
    }
}

/// The DF in both applications.
pub const INNER: u16 = 0x7100;

/// What both applications hold. Sizes are chosen around the chunks of 256 bytes.
pub const FILES: [Planned; 9] = [
    planned(0x0001, 1, false, 600, Rule::Open),
    planned(0x0002, 2, false, 256, Rule::Pin(0x01)),
    planned(0x0003, 3, false, 257, Rule::Pin(0x81)),
    planned(0x0004, 4, false, 40, Rule::ReadOnly),
    planned(0x0005, 5, false, 10, Rule::Closed),
    planned(0x0006, 6, false, 255, Rule::ReadPin(0x82)),
    planned(0x0007, 7, false, 16, Rule::Both(0x01, 0x81)),
    planned(0x0001, 8, true, 512, Rule::Either(0x81, 0x82)),
    planned(0x0008, 9, true, 1, Rule::Open),
];

/// The names of the two.
pub fn names() -> [Aid; 2] {
    [aid(1), aid(2)]
}

/// The manifest of [`FILES`] and two PINs.
pub fn manifest(aid: Aid, version: u32) -> Vec<u8> {
    let mut rules: Vec<Vec<u8>> = Vec::new();
    let mut place = |rule: Vec<u8>| {
        let known = rules.iter().position(|other| *other == rule);
        let index = known.unwrap_or_else(|| {
            rules.push(rule);
            rules.len() - 1
        });
        u8::try_from(index).unwrap()
    };
    let read = place(Rule::ReadOnly.bytes());
    let change = place(vec![0x80, 0x01, 0x02, 0x90, 0x00]);
    let entry = |position, kind, id, parent, short_id, rule, size| FileEntry {
        position,
        kind,
        id,
        parent,
        short_id,
        rule,
        replace: OnReplace::Keep,
        size,
        initial: 0,
        sealed: false,
        lengths: &[],
    };
    let mut files = Vec::new();
    let mut inner_at = 0;
    for inner in [false, true] {
        if inner {
            inner_at = u8::try_from(files.len() + 1).unwrap();
            files.push(entry(inner_at, FileKind::Dedicated, INNER, 0, None, read, 0));
        }
        for file in FILES.iter().filter(|file| file.inner == inner) {
            let position = u8::try_from(files.len() + 1).unwrap();
            let (parent, rule) = (inner_at, place(file.rule.bytes()));
            let short_id = Some(file.short_id);
            files.push(entry(
                position,
                FileKind::Transparent,
                file.id,
                parent,
                short_id,
                rule,
                file.size,
            ));
        }
    }
    let pin = |reference, minimum, transport| PinEntry {
        reference,
        minimum,
        tries: 3,
        rule: change,
        replace: OnReplace::Keep,
        transport,
    };
    let pins = [pin(0x81, 4, LOCAL_TRANSPORT), pin(0x82, 6, &b"000000"[..])];
    let views: Vec<_> = rules.iter().map(|rule| AccessRules::new(rule).unwrap()).collect();
    let builder = ManifestBuilder {
        aid,
        version,
        label: "Model",
        quota: FILES.iter().map(|file| u32::from(file.size)).sum::<u32>() + 4_000,
        rules: &views,
        files: &files,
        pins: &pins,
        keys: &[],
        seal: None,
    };
    let mut bytes = vec![0; limits::MANIFEST_MAX];
    let length = builder.write(&mut bytes).unwrap();
    bytes.truncate(length);
    bytes
}

/// The package of that manifest, without content.
pub fn rich(aid: Aid, version: u32) -> Package {
    let bytes = manifest(aid, version);
    let blocks = blocks(&bytes, &[]);
    let digests = PackageDigests {
        size: u32::try_from(bytes.len()).unwrap(),
        package: sha256(&bytes),
        manifest: sha256(&bytes),
        first_block: sha256(&blocks[0]),
    };
    Package { digests, blocks }
}

/// Registered, both applications stored, their PINs changed.
pub fn scene() -> Scene {
    let mut scene = Scene::new();
    for name in names() {
        scene.carry_package(Operation::Store, name, 1, &rich(name, 1));
        scene.world.ok(&Command::Select {
            target: apdu_spec::command::SelectTarget::Aid(name.as_bytes()),
            reply: apdu_spec::command::SelectReply::Nothing,
            next: false,
        });
        for (reference, old, new) in [(1, LOCAL_TRANSPORT, LOCAL), (2, &b"000000"[..], SECOND)] {
            scene.world.ok(&Command::ChangeReferenceData {
                reference: PinReference::from_byte(0x80 + reference).unwrap(),
                data: &[old, new].concat(),
            });
        }
    }
    scene.world.reset();
    scene
}

/// The PINs of the card and of its applications: reference and value.
pub fn pins() -> [(u8, &'static [u8]); 4] {
    [
        (0x01, USER),
        (0x02, super::world::CONSENT),
        (0x81, LOCAL),
        (0x82, SECOND),
    ]
}
