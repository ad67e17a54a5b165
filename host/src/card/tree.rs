//! What files a card has.
//!
//! No command lists a DF. The applications are announced in EF.DIR; below the MF and below each of them we look for file
//! ids we know of: the standard's, those of the manifests the caller knows, and a few that packages like.

use apdu_spec::command::{Command, SelectReply, SelectTarget};
use apdu_spec::data;
use apdu_spec::file::{EF_ATR_INFO, EF_DIR, EF_GDO, FileKind};
use apdu_spec::limits::DF_DEPTH;
use apdu_spec::status::Status;

use super::{FileDetails, FilePath, Session};
use crate::error::Result;

/// The file ids that are looked for where nobody knows better: 0001 to 001F, 4F00 to 4F1F, 5F00 to 5F1F.
#[must_use]
pub fn default_probes() -> Vec<u16> {
    (0x0001..=0x001F)
        .chain(0x4F00..=0x4F1F)
        .chain(0x5F00..=0x5F1F)
        .collect()
}

/// The most questions for one tree; a card that has a file under every id does not keep us forever.
const QUESTIONS_MAX: usize = 4096;

/// A file and what is below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Where it is.
    pub path: FilePath,
    /// What the card tells about it.
    pub details: FileDetails,
    /// What was found below it.
    pub children: Vec<Node>,
}

/// The files of a card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tree {
    /// The MF; applications are among its children.
    pub root: Node,
    /// Whether we stopped looking because there were too many files.
    pub cut_short: bool,
}

impl Session<'_> {
    /// Looks for files with these ids below the MF, below each application and below every DF found.
    ///
    /// # Errors
    /// When the card cannot be reached or does not answer in our terms.
    pub fn tree(&mut self, probes: &[u16]) -> Result<Tree> {
        let mut left = QUESTIONS_MAX;
        let root = FilePath::master_file();
        let details = self.select(&root)?;
        let standard = [EF_DIR, EF_ATR_INFO, EF_GDO];
        let mut ids: Vec<u16> = standard.into_iter().chain(probes.iter().copied()).collect();
        let mut children = self.children(&root, &ids, DF_DEPTH, &mut left)?;
        ids.drain(..standard.len());
        let content = self.read_file(&root.child(EF_DIR))?;
        let entries = data::directory(&content).map_err(self.malformed("EF.DIR"))?;
        for entry in entries {
            let path = FilePath::application(entry.aid);
            let details = self.select(&path)?;
            let children_of = if details.deactivated {
                Vec::new()
            } else {
                self.children(&path, &ids, DF_DEPTH, &mut left)?
            };
            children.push(Node {
                path,
                details,
                children: children_of,
            });
        }
        Ok(Tree {
            root: Node {
                path: root,
                details,
                children,
            },
            cut_short: left == 0,
        })
    }

    /// What is below the current DF, which is current again afterwards.
    fn children(
        &mut self,
        parent: &FilePath,
        ids: &[u16],
        depth: usize,
        left: &mut usize,
    ) -> Result<Vec<Node>> {
        let mut children = Vec::new();
        for &id in ids {
            let Some(fewer) = left.checked_sub(1) else { break };
            *left = fewer;
            let path = parent.child(id);
            self.step(format!("look for {path}"));
            let Some(details) = self.probe(id)? else { continue };
            let mut node = Node {
                path,
                details,
                children: Vec::new(),
            };
            if node.details.kind == FileKind::Dedicated {
                if let Some(depth) = depth.checked_sub(1) {
                    node.children = self.children(&node.path, ids, depth, left)?;
                }
                self.step(format!("go back to {parent}"));
                self.run(&Command::Select {
                    target: SelectTarget::Parent,
                    reply: SelectReply::Nothing,
                    next: false,
                })?;
            }
            children.push(node);
        }
        Ok(children)
    }

    fn probe(&mut self, id: u16) -> Result<Option<FileDetails>> {
        match self.select_target(SelectTarget::PathFromCurrent(&id.to_be_bytes())) {
            Ok(details) if details.id == id => Ok(Some(details)),
            Ok(_) => Ok(None),
            Err(error) if error.status() == Some(Status::FILE_NOT_FOUND) => Ok(None),
            Err(error) => Err(error),
        }
    }
}
