//! How content is cut: into chunks, as the card keeps them, and into pieces, as blocks carry them.

use super::entry::FileEntry;
use super::manifest::Manifest;
use crate::file::FileKind;
use crate::limits::{BLOCK_CHUNKS, BLOCK_CONTENT, CHUNK};

/// [`CHUNK`] as a file counts.
const CHUNK_LENGTH: u16 = 256;
const _: () = assert!(CHUNK == 256);

/// A chunk of a file's initial content: 256 bytes of a transparent EF, or a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// The file's place in the manifest, from 1.
    pub file: u8,
    /// The chunk's place in the file, from 0; a record's number, from 1.
    pub index: u16,
    /// Where the chunk begins in the package's content, in bytes.
    pub offset: u32,
    /// 1 to 256 bytes; of a transparent EF less than 256 only at the end of its initial content.
    pub length: u16,
    /// Whether the file is sealed.
    pub sealed: bool,
}

/// What one block carries of the content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Index of the block, from 1.
    pub index: u16,
    /// Where the piece begins in the package's content, in bytes.
    pub offset: u32,
    /// Whole chunks, 1 to 1,792 bytes.
    pub length: u16,
}

impl Piece {
    /// This piece of a package's content; empty if the content is shorter.
    #[must_use]
    pub fn of(self, content: &[u8]) -> &[u8] {
        let start = usize::try_from(self.offset).unwrap_or(usize::MAX);
        let end = start.saturating_add(usize::from(self.length));
        content.get(start..end).unwrap_or_default()
    }
}

impl<'a> Manifest<'a> {
    /// The chunks of the content, in order.
    pub fn chunks(&self) -> impl Iterator<Item = Chunk> + use<'a> {
        let mut offset = 0;
        self.files().flat_map(move |file| {
            let start = offset;
            offset += u32::from(file.initial);
            file.chunks(start)
        })
    }

    /// What blocks 1 and following carry: as many whole chunks each as fit 1,792 bytes, at most 64.
    pub fn block_plan(&self) -> impl Iterator<Item = Piece> + use<'a> {
        let mut chunks = self.chunks().peekable();
        (1_u16..).map_while(move |index| {
            let first = chunks.next()?;
            let (mut length, mut count) = (first.length, 1);
            while let Some(chunk) = chunks.next_if(|chunk| {
                count < BLOCK_CHUNKS && usize::from(length) + usize::from(chunk.length) <= BLOCK_CONTENT
            }) {
                length += chunk.length;
                count += 1;
            }
            Some(Piece {
                index,
                offset: first.offset,
                length,
            })
        })
    }
}

impl<'a> FileEntry<'a> {
    /// The chunks of its initial content, which begins at `offset` in the package's.
    fn chunks(self, offset: u32) -> impl Iterator<Item = Chunk> + use<'a> {
        let (mut done, mut count) = (0, 0_u16);
        core::iter::from_fn(move || {
            let rest = self.initial.checked_sub(done).filter(|&rest| rest > 0)?;
            let (first, length) = match self.kind {
                FileKind::Records(format) if format.is_fixed() => (1, u16::from(format.length)),
                FileKind::Records(_) => (1, u16::from(*self.lengths.get(usize::from(count))?)),
                FileKind::Transparent | FileKind::Dedicated => (0, CHUNK_LENGTH.min(rest)),
            };
            let chunk = Chunk {
                file: self.position,
                index: first + count,
                offset: offset + u32::from(done),
                length,
                sealed: self.sealed,
            };
            (done, count) = (done.checked_add(length)?, count + 1);
            Some(chunk)
        })
    }
}
