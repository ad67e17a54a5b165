//! Packages to order: two files, of which odd versions keep both and even versions reset one.

use apdu_spec::access::AccessRules;
use apdu_spec::aid::Aid;
use apdu_spec::file::FileKind;
use apdu_spec::limits;
use apdu_spec::object::PackageDigests;
use apdu_spec::package::{BLOCK_MAX, Block, FileEntry, Manifest, ManifestBuilder, OnReplace};

use super::world::sha256;

pub struct Package {
    pub digests: PackageDigests,
    pub blocks: Vec<Vec<u8>>,
}

/// The package of this AID, version and variant; every third version needs two blocks.
pub fn package(aid: Aid, version: u32, variant: u8) -> Package {
    let label = format!("variant {variant}");
    let initial = if version.is_multiple_of(3) { 300 } else { 0 };
    let file = |id, replace, initial| FileEntry {
        position: 0,
        kind: FileKind::Transparent,
        id,
        parent: 0,
        short_id: None,
        rule: 0,
        replace,
        size: 320,
        initial,
        lengths: &[],
        sealed: false,
    };
    let second = if version.is_multiple_of(2) {
        OnReplace::Reset
    } else {
        OnReplace::Keep
    };
    let builder = ManifestBuilder {
        aid,
        version,
        label: &label,
        quota: 640,
        rules: &[AccessRules::ALWAYS_READ],
        files: &[file(1, OnReplace::Keep, initial), file(2, second, 0)],
        pins: &[],
        keys: &[],
        seal: None,
    };
    let mut bytes = vec![0; limits::MANIFEST_MAX];
    let length = builder.write(&mut bytes).unwrap();
    bytes.truncate(length);
    let content = vec![variant; usize::from(initial)];
    let blocks = blocks(&bytes, &content);
    let digests = PackageDigests {
        size: u32::try_from(bytes.len() + content.len()).unwrap(),
        package: sha256(&[bytes.as_slice(), &content].concat()),
        manifest: sha256(&bytes),
        first_block: sha256(&blocks[0]),
    };
    Package { digests, blocks }
}

/// From the last to the first, for each names the one behind it.
pub fn blocks(manifest: &[u8], content: &[u8]) -> Vec<Vec<u8>> {
    let plan: Vec<_> = Manifest::parse(manifest).unwrap().block_plan().collect();
    let mut next: Option<[u8; 32]> = None;
    let mut blocks = Vec::new();
    let data = plan.iter().rev().map(|piece| (piece.index, piece.of(content)));
    for (index, data) in data.chain([(0, manifest)]) {
        let mut out = [0; BLOCK_MAX];
        let block = Block {
            index,
            next: next.as_ref(),
            data,
        };
        let length = block.write(&mut out).unwrap();
        next = Some(sha256(&out[..length]));
        blocks.push(out[..length].to_vec());
    }
    blocks.reverse();
    blocks
}
