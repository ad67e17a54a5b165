//! A registered card with two applications that have a file for each kind of rule, PINs, keys and a DF to create files in.

use apdu_spec::access::AccessRules;
use apdu_spec::aid::Aid;
use apdu_spec::command::{Command, SelectReply, SelectTarget};
use apdu_spec::file::FileKind;
use apdu_spec::limits;
use apdu_spec::object::{Operation, PackageDigests};
use apdu_spec::package::{
    FileEntry, KeyEntry, KeyType, KeyUsage, ManifestBuilder, OnReplace, PinEntry, Seal,
};
use apdu_spec::reference::PinReference;

use super::package::{Package, blocks};
use super::scene::{Scene, USER, aid};
use super::world::{CONSENT, sha256};

/// PIN 81 of both applications.
const LOCAL: &[u8] = b"1357";
/// PIN 82 of both.
const SECOND: &[u8] = b"112233";
const LOCAL_TRANSPORT: &[u8] = b"0000";
const SECOND_TRANSPORT: &[u8] = b"000000";

/// What somebody shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    Pin(u8),
    Key(u8),
}

use Who::{Key, Pin};

/// When something is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    Always,
    Never,
    Shown(Who),
    Both(Who, Who),
    Either(Who, Who),
}

use When::{Always, Both, Either, Never, Shown};

impl When {
    /// The condition, or nothing.
    fn bytes(self) -> Vec<u8> {
        let who = |who: Who| match who {
            Pin(pin) => vec![0xA4, 0x06, 0x83, 0x01, pin, 0x95, 0x01, 0x08],
            Key(key) => vec![0xA4, 0x06, 0x83, 0x01, key, 0x95, 0x01, 0x80],
        };
        let group = |tag: u8, one: Who, other: Who| {
            let inner = [who(one), who(other)].concat();
            [vec![tag, u8::try_from(inner.len()).unwrap()], inner].concat()
        };
        match self {
            Always => vec![0x90, 0x00],
            Never => Vec::new(),
            Shown(it) => who(it),
            Both(one, other) => group(0xAF, one, other),
            Either(one, other) => group(0xA0, one, other),
        }
    }
}

/// The value of AB: access modes and when they are allowed.
fn rule_bytes(pairs: &[(u8, When)]) -> Vec<u8> {
    let pairs = pairs.iter().filter(|(_, when)| *when != Never);
    pairs
        .flat_map(|(modes, when)| [vec![0x80, 0x01, *modes], when.bytes()].concat())
        .collect()
}

/// Who may do what with an EF.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    pub read: When,
    pub update: When,
    /// Deactivate and activate.
    pub switch: When,
    /// Terminate and delete.
    pub end: When,
}

impl Rule {
    /// The value of AB.
    pub fn bytes(self) -> Vec<u8> {
        rule_bytes(&[
            (0x01, self.read),
            (0x02, self.update),
            (0x18, self.switch),
            (0x60, self.end),
        ])
    }
}

const fn rule(read: When, update: When, switch: When, end: When) -> Rule {
    Rule {
        read,
        update,
        switch,
        end,
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
/// Who creates an EF in it, and who deletes one as far as it is the DF's to say.
pub const CREATE: When = Either(Pin(0x81), Key(0x84));
pub const DELETE_CHILD: When = Always;

const FIRST: When = Shown(Pin(0x81));
const FRIEND: When = Shown(Key(0x84));

/// What both applications hold. Sizes are chosen around the chunks of 256 bytes.
pub const FILES: [Planned; 11] = [
    planned(0x0001, 1, false, 600, rule(Always, Always, Never, Never)),
    planned(
        0x0002,
        2,
        false,
        256,
        rule(Shown(Pin(0x01)), Shown(Pin(0x01)), Never, Never),
    ),
    planned(0x0003, 3, false, 257, rule(FIRST, FIRST, FIRST, Never)),
    planned(0x0004, 4, false, 40, rule(Always, Never, Never, Always)),
    planned(0x0005, 5, false, 10, rule(Never, Never, Never, Never)),
    planned(
        0x0006,
        6,
        false,
        255,
        rule(Always, Shown(Pin(0x82)), Never, Never),
    ),
    planned(
        0x0007,
        7,
        false,
        16,
        rule(
            Both(Pin(0x01), Pin(0x81)),
            Both(Pin(0x01), Pin(0x81)),
            Never,
            Never,
        ),
    ),
    planned(0x0009, 10, false, 300, rule(FRIEND, FRIEND, FRIEND, Never)),
    planned(
        0x000A,
        11,
        false,
        20,
        rule(Shown(Key(0x85)), Both(Key(0x84), Pin(0x81)), Never, Never),
    ),
    planned(
        0x0001,
        8,
        true,
        512,
        rule(
            Either(Pin(0x81), Pin(0x82)),
            Either(Pin(0x81), Pin(0x82)),
            Never,
            Never,
        ),
    ),
    planned(0x0008, 9, true, 1, rule(Always, Always, Always, Never)),
];

/// Rules for files that a user creates.
pub const CREATED: [Rule; 4] = [
    rule(Always, Always, Always, Always),
    rule(Shown(Pin(0x82)), FIRST, Always, Always),
    rule(Always, FRIEND, FRIEND, Either(Pin(0x01), Key(0x85))),
    rule(Either(Key(0x84), Key(0x85)), FIRST, FIRST, FRIEND),
];

/// Bytes that an application may have beyond [`FILES`].
const SPARE: u32 = 2_000;

/// The sum of sizes that an application may have.
pub fn quota() -> u32 {
    FILES.iter().map(|file| u32::from(file.size)).sum::<u32>() + SPARE
}

/// An AES-128 key of both applications for EXTERNAL AUTHENTICATE.
#[derive(Clone, Copy, Debug)]
pub struct PlannedKey {
    pub reference: u8,
    pub value: [u8; 16],
    pub make: When,
    pub using: When,
}

pub const KEYS: [PlannedKey; 2] = [
    PlannedKey {
        reference: 0x84,
        value: [0x84; 16],
        make: Never,
        using: Shown(Pin(0x01)),
    },
    PlannedKey {
        reference: 0x85,
        value: [0x58; 16],
        make: FIRST,
        using: Always,
    },
];
pub const TRIES: u8 = 3;

/// The names of the two.
pub fn names() -> [Aid; 2] {
    [aid(1), aid(2)]
}

/// The PINs of the card and of its applications: reference and value.
pub fn pins() -> [(u8, &'static [u8]); 4] {
    [(0x01, USER), (0x02, CONSENT), (0x81, LOCAL), (0x82, SECOND)]
}

/// What the applications hold besides, for who does not compare with the model: files and keys that everybody may use.
#[derive(Clone, Copy, Debug, Default)]
pub struct Extra {
    /// Id, short id, kind, size.
    pub files: &'static [(u16, u8, FileKind, u16)],
    /// Reference, type, usage; the card makes them when it is told to.
    pub keys: &'static [(u8, KeyType, KeyUsage)],
}

/// Rules of a manifest, each once.
#[derive(Default)]
struct Rules(Vec<Vec<u8>>);

impl Rules {
    fn place(&mut self, rule: Vec<u8>) -> u8 {
        let known = self.0.iter().position(|other| *other == rule);
        let index = known.unwrap_or_else(|| {
            self.0.push(rule);
            self.0.len() - 1
        });
        u8::try_from(index).unwrap()
    }
}

/// Files in the order of their positions: those of the application's own DF, the DF and what lies in it, and others.
fn files(rules: &mut Rules, extra: Extra) -> Vec<FileEntry<'static>> {
    let dedicated = rules.place(rule_bytes(&[(0x02, CREATE), (0x01, DELETE_CHILD)]));
    let mut files = Vec::new();
    let order = FILES.iter().filter(|file| !file.inner).map(Some);
    let order = order
        .chain([None])
        .chain(FILES.iter().filter(|file| file.inner).map(Some));
    let parent = u8::try_from(FILES.iter().filter(|file| !file.inner).count() + 1).unwrap();
    for (position, file) in (1..).zip(order) {
        files.push(FileEntry {
            position,
            kind: file.map_or(FileKind::Dedicated, |_| FileKind::Transparent),
            id: file.map_or(INNER, |file| file.id),
            parent: if file.is_some_and(|file| file.inner) {
                parent
            } else {
                0
            },
            short_id: file.map(|file| file.short_id),
            rule: file.map_or(dedicated, |file| rules.place(file.rule.bytes())),
            replace: OnReplace::Keep,
            size: file.map_or(0, |file| file.size),
            initial: 0,
            lengths: &[],
            sealed: false,
        });
    }
    let rule = rules.place(rule_bytes(&[(0x1F, Always)]));
    for (id, short_id, kind, size) in extra.files.iter().copied() {
        files.push(FileEntry {
            position: u8::try_from(files.len() + 1).unwrap(),
            kind,
            id,
            parent: 0,
            short_id: Some(short_id),
            rule,
            replace: OnReplace::Keep,
            size,
            initial: 0,
            lengths: &[],
            sealed: false,
        });
    }
    files
}

/// The manifest of [`FILES`], [`KEYS`] with these sealed values, two PINs, and what else there is.
fn manifest(
    aid: Aid,
    version: u32,
    seal: &([u8; 32], [u8; 65]),
    sealed: &[(u8, Vec<u8>)],
    extra: Extra,
) -> Vec<u8> {
    let mut rules = Rules::default();
    let files = files(&mut rules, extra);
    let change = rules.place(rule_bytes(&[(0x02, Always)]));
    let pin = |reference, minimum, transport| PinEntry {
        reference,
        minimum,
        tries: TRIES,
        rule: change,
        replace: OnReplace::Keep,
        transport,
    };
    let pins = [pin(0x81, 4, LOCAL_TRANSPORT), pin(0x82, 6, SECOND_TRANSPORT)];
    let mut keys: Vec<_> = KEYS
        .iter()
        .zip(sealed)
        .map(|(key, (_, sealed))| KeyEntry {
            reference: key.reference,
            kind: KeyType::Aes128,
            usage: KeyUsage::AuthenticateOther,
            tries: Some(TRIES),
            rule: rules.place(rule_bytes(&[(0x02, key.make), (0x04, key.using)])),
            replace: OnReplace::Keep,
            sealed: Some(sealed),
        })
        .collect();
    let rule = rules.place(rule_bytes(&[(0x07, Always)]));
    keys.extend(extra.keys.iter().map(|(reference, kind, usage)| KeyEntry {
        reference: *reference,
        kind: *kind,
        usage: *usage,
        tries: usage.has_tries().then_some(TRIES),
        rule,
        replace: OnReplace::Keep,
        sealed: None,
    }));
    let views: Vec<_> = rules
        .0
        .iter()
        .map(|rule| AccessRules::new(rule).unwrap())
        .collect();
    let (card, ephemeral) = seal;
    let builder = ManifestBuilder {
        aid,
        version,
        label: "Model",
        quota: quota() + extra.files.iter().map(|file| u32::from(file.3)).sum::<u32>(),
        rules: &views,
        files: &files,
        pins: &pins,
        keys: &keys,
        seal: Some(Seal { card, ephemeral }),
    };
    let mut bytes = vec![0; limits::MANIFEST_MAX];
    let length = builder.write(&mut bytes).unwrap();
    bytes.truncate(length);
    bytes
}

/// That manifest, sealed for this card.
pub fn sealed_manifest(scene: &mut Scene, aid: Aid, version: u32, extra: Extra) -> Vec<u8> {
    let mut values: Vec<_> = KEYS
        .iter()
        .map(|key| (key.reference, key.value.to_vec()))
        .collect();
    let seal = scene.seal_values(&aid, &mut values);
    manifest(aid, version, &seal, &values, extra)
}

/// The package of that manifest, without content.
pub fn rich(scene: &mut Scene, aid: Aid, version: u32, extra: Extra) -> Package {
    let bytes = sealed_manifest(scene, aid, version, extra);
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
pub fn scene(extra: Extra) -> Scene {
    let mut scene = Scene::new();
    for name in names() {
        let package = rich(&mut scene, name, 1, extra);
        scene.carry_package(Operation::Store, name, 1, &package);
        scene.world.ok(&Command::Select {
            target: SelectTarget::Aid(name.as_bytes()),
            reply: SelectReply::Nothing,
            next: false,
        });
        for (reference, old, new) in [(0x81, LOCAL_TRANSPORT, LOCAL), (0x82, SECOND_TRANSPORT, SECOND)] {
            scene.world.ok(&Command::ChangeReferenceData {
                reference: PinReference::from_byte(reference).unwrap(),
                data: &[old, new].concat(),
            });
        }
    }
    scene.world.reset();
    scene
}
