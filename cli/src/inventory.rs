//! What lies on a card before it is registered: read here, and compared with what receipt 0 says of it.

use apdu_spec::file::{EF_ATR_INFO, EF_DIR, EF_GDO, FileKind};
use apdu_spec::object::{Digest, FoundFile, Signed};
use apdu_spec::reason::Reason;
use host::card::{Node, Session};
use parties::crypto::sha256;

use crate::failure::{Failure, Result};

const STEP: &str = "list the files of the card";

/// The files that somebody made on a card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Inventory {
    /// How many.
    pub files: usize,
    /// The digest that receipt 0 must carry.
    pub digest: Digest,
}

impl Inventory {
    /// Reads all files of a card that is not registered yet, where everybody may.
    ///
    /// # Errors
    /// When the card cannot be reached or does not answer.
    pub fn read(session: &mut Session<'_>) -> Result<Self> {
        let tree = session.tree()?;
        if tree.cut_short {
            return Err(Failure::refused(
                STEP,
                "card",
                Reason::NoSpace,
                "it has more files than any card has room for",
                "Do not trust this card.",
            ));
        }
        let mut found = Found::default();
        for node in &tree.root.children {
            // The card makes these itself.
            if ![EF_DIR, EF_ATR_INFO, EF_GDO].contains(&node.details.id) {
                found.add(session, node, 1)?;
            }
        }
        Ok(Self {
            files: found.files,
            digest: sha256(&found.encoded),
        })
    }

    /// Whether receipt 0 (F0) says the same.
    #[must_use]
    pub fn is_in(&self, receipt: &[u8]) -> bool {
        let read = Signed::parse(receipt).and_then(|signed| signed.receipt());
        read.is_ok_and(|receipt| receipt.files == Some(self.digest))
    }
}

#[derive(Default)]
struct Found {
    files: usize,
    encoded: Vec<u8>,
}

impl Found {
    /// Adds a file, and what lies in it.
    fn add(&mut self, session: &mut Session<'_>, node: &Node, depth: u8) -> Result<()> {
        let content = match node.details.kind {
            FileKind::Dedicated => None,
            kind => Some(sha256(&session.read_content(&node.path, kind)?)),
        };
        let found = FoundFile {
            depth,
            control: node.details.control(),
            content,
        };
        let mut entry = [0; FoundFile::ENCODED_MAX];
        let length = found
            .write(&mut entry)
            .map_err(|error| Failure::internal(STEP, error.to_string()))?;
        self.encoded.extend(entry.iter().take(length));
        self.files += 1;
        node.children
            .iter()
            .try_for_each(|child| self.add(session, child, depth.saturating_add(1)))
    }
}
