//! A registered card with two applications that have a file for each kind of rule, PINs, keys and a DF to create files in.

#[path = "issued/files.rs"]
mod files;
#[path = "issued/rule.rs"]
mod rule;

pub use files::{CREATE, CREATED, DELETE_CHILD, FILES, INNER, PlannedRecords, RECORDS, quota};
pub use rule::{When, Who};

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
use rule::When::{Always, Never, Shown};
use rule::Who::Pin;
use rule::rule_bytes;

/// PIN 81 of both applications.
const LOCAL: &[u8] = b"1357";
/// PIN 82 of both.
const SECOND: &[u8] = b"112233";
const LOCAL_TRANSPORT: &[u8] = b"0000";
const SECOND_TRANSPORT: &[u8] = b"000000";

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
        make: Shown(Pin(0x81)),
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

/// What the applications hold besides: files and keys that everybody may use, for who does not compare with the model, and EFs of records.
#[derive(Clone, Copy, Debug, Default)]
pub struct Extra {
    /// Id, short id, kind, size.
    pub files: &'static [(u16, u8, FileKind, u16)],
    /// Reference, type, usage; the card makes them when it is told to.
    pub keys: &'static [(u8, KeyType, KeyUsage)],
    /// With rules of their own, for who does compare.
    pub records: &'static [PlannedRecords],
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
    let all = rules.place(rule_bytes(&[(0x1F, Always)]));
    let open = extra
        .files
        .iter()
        .map(|&(id, short_id, kind, size)| (id, short_id, kind, size, all));
    let mut ruled = Vec::new();
    for file in extra.records {
        let rule = rules.place(file.rule.bytes());
        ruled.push((file.id, file.short_id, file.kind, file.size, rule));
    }
    for (id, short_id, kind, size, rule) in open.chain(ruled) {
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
        quota: quota(extra.records) + extra.files.iter().map(|file| u32::from(file.3)).sum::<u32>(),
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
