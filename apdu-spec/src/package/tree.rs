//! What the entries of a manifest must be to one another: a tree that fits the card, and references used once.

use heapless::Vec;

use super::entry::FileEntry;
use crate::file::FileKind;
use crate::limits::{DF_DEPTH, MANIFEST_FILES};
use crate::reference::LOCAL_FIRST;

/// Level of an application's own DF: the MF is 1, its provider's DF 2.
const APPLICATION_LEVEL: usize = 3;

/// The files of a manifest as far as they were read.
#[derive(Default)]
pub(super) struct Tree {
    // Bounded by MANIFEST_FILES, so the entry at position n is at n - 1.
    nodes: Vec<Node, MANIFEST_FILES>,
}

/// What is asked of an entry later on: there may be many, and a card has little memory.
struct Node {
    id: u16,
    parent: u8,
    short_id: Option<u8>,
    is_folder: bool,
    is_removed: bool,
    level: usize,
}

impl Tree {
    /// Takes the next file in; `None` if the files before do not allow it.
    pub(super) fn add(&mut self, file: FileEntry<'_>) -> Option<()> {
        let level = match file.parent.checked_sub(1) {
            None => APPLICATION_LEVEL + 1,
            Some(index) => {
                let parent = self.nodes.get(usize::from(index))?;
                if !parent.is_folder || parent.is_removed && !file.is_removed() {
                    return None;
                }
                parent.level + 1
            }
        };
        let node = Node {
            id: file.id,
            parent: file.parent,
            short_id: file.short_id,
            is_folder: file.kind == FileKind::Dedicated,
            is_removed: file.is_removed(),
            level,
        };
        let too_deep = node.is_folder && level > DF_DEPTH;
        if too_deep || self.nodes.iter().any(|other| clashes(other, &node)) {
            return None;
        }
        self.nodes.push(node).ok()
    }
}

/// Whether two entries of one DF have the same name.
fn clashes(one: &Node, other: &Node) -> bool {
    one.parent == other.parent
        && (one.id == other.id || one.short_id.is_some() && one.short_id == other.short_id)
}

/// Which of the references 81 to 8F were used.
#[derive(Default)]
pub(super) struct References(u16);

impl References {
    /// Takes a reference in; `None` if it was there.
    pub(super) fn add(&mut self, reference: u8) -> Option<()> {
        let bit = 1_u16.checked_shl(u32::from(reference.checked_sub(LOCAL_FIRST)?))?;
        if self.0 & bit != 0 {
            return None;
        }
        self.0 |= bit;
        Some(())
    }
}
