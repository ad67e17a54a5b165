//! Application packages: SPEC.md section 4.1.
//!
//! A package is a manifest, one data object that says which files, rules, PINs and keys an application has, and
//! behind it the initial content of its files. It travels in blocks, each of which announces the digest of the next.
//! What belongs here: reading, checking and writing both, and how content is cut. What does not: hashing, and the
//! TOML from which people make packages (`parties`).

mod block;
mod cut;
mod entry;
mod key;
mod manifest;
mod seal;
mod tree;

pub use block::{BLOCK_MAX, Block};
pub use cut::{Chunk, Piece};
pub use entry::{FileEntry, OnReplace, PinEntry};
pub use key::{KeyEntry, KeyType, KeyUsage};
pub use manifest::{LABEL_MAX, MANIFEST, Manifest, ManifestBuilder};
pub use seal::{SEALED_CONTENT_LABEL, Seal, SealContext, counter_block, key_counter_block};

use crate::tlv::{Error, ErrorKind, Reader, Result};

/// A complete package: its manifest and the initial content of its files.
#[derive(Clone, Copy, Debug)]
pub struct Package<'a> {
    /// The manifest.
    pub manifest: Manifest<'a>,
    /// Initial content of the files, in the order of the manifest.
    pub content: &'a [u8],
}

impl<'a> Package<'a> {
    /// Reads a complete package, as it lies on disk.
    ///
    /// # Errors
    /// Whatever is wrong with the manifest, and where; [`ErrorKind::Truncated`] or [`ErrorKind::TrailingBytes`] at the
    /// end if there is less or more content than the manifest announces.
    pub fn parse(input: &'a [u8]) -> Result<Self> {
        let mut reader = Reader::new(input);
        let manifest = Manifest::parse(reader.any()?.encoded)?;
        let content = reader.remaining();
        let announced = usize::try_from(manifest.total_initial()).unwrap_or(usize::MAX);
        if content.len() < announced {
            return Err(Error {
                position: input.len(),
                kind: ErrorKind::Truncated,
            });
        }
        if content.len() > announced {
            let position = manifest.encoded().len().saturating_add(announced);
            return Err(Error {
                position,
                kind: ErrorKind::TrailingBytes,
            });
        }
        Ok(Self { manifest, content })
    }

    /// The data of every block in their order: the manifest, then the content piece by piece.
    pub fn block_data(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let content = self.content;
        let pieces = self.manifest.block_plan().map(move |piece| piece.of(content));
        core::iter::once(self.manifest.encoded()).chain(pieces)
    }
}
