//! Packages that nobody could make with our tools: blocks and digests right, what is inside wrong.

use apdu_spec::command::Command;
use apdu_spec::object::PackageDigests;
use apdu_spec::package::{BLOCK_MAX, Block};
use parties::crypto::sha256;

use crate::scene::steps::encode;
use crate::scene::wares::Ware;
use crate::scene::{Result, SceneError};

/// A manifest and one block of content at most, and the digests under which everybody signs them.
#[derive(Clone)]
pub(super) struct Crooked {
    blocks: Vec<Vec<u8>>,
    pub(super) digests: PackageDigests,
}

impl Crooked {
    /// A package as it should be, of two blocks at most.
    pub(super) fn straight(ware: &Ware) -> Result<Self> {
        Self::with_content(ware, ware.package().bytes())
    }

    /// The package of `ware`, with `bytes` in its place: the same manifest, and whatever follows it.
    pub(super) fn with_content(ware: &Ware, bytes: &[u8]) -> Result<Self> {
        let length = manifest_length(ware)?;
        let (manifest, content) = bytes.split_at_checked(length).ok_or_else(too_short)?;
        let size = ware.digests().size;
        Self::assemble(manifest, content, size, None)
    }

    /// As [`Self::straight`], with these bytes of the manifest exchanged.
    pub(super) fn patched(ware: &Ware, bytes: &[u8], from: &[u8], to: &[u8]) -> Result<Self> {
        let at = bytes
            .windows(from.len())
            .position(|window| window == from)
            .ok_or_else(|| SceneError::Coding("nothing to exchange in the manifest".into()))?;
        let mut patched = bytes.to_vec();
        patched.splice(at..at + from.len(), to.iter().copied());
        Self::with_content(ware, &patched)
    }

    /// As [`Self::straight`], but the first block announces another second one.
    pub(super) fn with_wrong_next(ware: &Ware) -> Result<Self> {
        let length = manifest_length(ware)?;
        let (manifest, content) = ware
            .package()
            .bytes()
            .split_at_checked(length)
            .ok_or_else(too_short)?;
        Self::assemble(manifest, content, ware.digests().size, Some([0x5A; 32]))
    }

    fn assemble(manifest: &[u8], content: &[u8], size: u32, next: Option<[u8; 32]>) -> Result<Self> {
        let last = block(1, None, content)?;
        let first = block(0, Some(&next.unwrap_or_else(|| sha256(&last))), manifest)?;
        Ok(Self {
            digests: PackageDigests {
                size,
                package: sha256(&[manifest, content].concat()),
                manifest: sha256(manifest),
                first_block: sha256(&first),
            },
            blocks: vec![first, last],
        })
    }

    /// LOAD APPLICATION of one of its blocks.
    pub(super) fn load(&self, index: usize, number: u32) -> Result<Vec<u8>> {
        encode(&Command::LoadBlock {
            index: u16::try_from(index).unwrap_or(u16::MAX),
            last: index + 1 == self.blocks.len(),
            number,
            block: self.blocks.get(index).ok_or_else(too_short)?,
        })
    }
}

fn too_short() -> SceneError {
    SceneError::Coding("the package is too short".into())
}

fn manifest_length(ware: &Ware) -> Result<usize> {
    Ok(ware.package().manifest()?.encoded().len())
}

fn block(index: u16, next: Option<&[u8; 32]>, data: &[u8]) -> Result<Vec<u8>> {
    let mut buffer = [0; BLOCK_MAX];
    let length = Block { index, next, data }.write(&mut buffer)?;
    Ok(buffer.get(..length).unwrap_or_default().to_vec())
}
