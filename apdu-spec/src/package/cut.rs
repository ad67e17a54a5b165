//! How content is cut: into chunks, as the card keeps them, and into pieces, as blocks carry them.

use super::manifest::Manifest;
use crate::limits::{BLOCK_CONTENT, CHUNK};

/// A chunk of a file's initial content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// The file's place in the manifest, from 1.
    pub file: u8,
    /// The chunk's place in the file, from 0.
    pub index: u16,
    /// Where the chunk begins in the package's content, in bytes.
    pub offset: u32,
    /// 1 to 256 bytes; less than 256 only at the end of the file's initial content.
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
            (0_u16..)
                .zip((0..usize::from(file.initial)).step_by(CHUNK))
                .map(move |(index, at)| {
                    let rest = usize::from(file.initial) - at;
                    Chunk {
                        file: file.position,
                        index,
                        offset: start + u32::try_from(at).unwrap_or_default(),
                        length: u16::try_from(rest.min(CHUNK)).unwrap_or_default(),
                        sealed: file.sealed,
                    }
                })
        })
    }

    /// What blocks 1 and following carry: as many whole chunks each as fit 1,792 bytes.
    pub fn block_plan(&self) -> impl Iterator<Item = Piece> + use<'a> {
        let mut chunks = self.chunks().peekable();
        (1_u16..).map_while(move |index| {
            let first = chunks.next()?;
            let mut length = first.length;
            while let Some(chunk) =
                chunks.next_if(|chunk| usize::from(length) + usize::from(chunk.length) <= BLOCK_CONTENT)
            {
                length += chunk.length;
            }
            Some(Piece {
                index,
                offset: first.offset,
                length,
            })
        })
    }
}
