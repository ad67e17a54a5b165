//! What files a card has.

use apdu_spec::command::{Command, SelectReply, SelectTarget};
use apdu_spec::data::{self, ChildSelector};
use apdu_spec::file::{EF_ATR_INFO, EF_DIR, EF_GDO, FileKind};
use apdu_spec::limits::DF_DEPTH;
use apdu_spec::status::Status;

use super::file::is_found;
use super::{FileDetails, FilePath, Session};
use crate::error::{Fault, Result};

/// The most files of one tree; a card that has a file under every id does not keep us forever.
const FILES_MAX: usize = 4096;

/// A file and what is below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Where it is.
    pub path: FilePath,
    /// What the card tells about it.
    pub details: FileDetails,
    /// What lies in it.
    pub children: Vec<Node>,
}

/// The files of a card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tree {
    /// The MF.
    pub root: Node,
    /// Whether we stopped looking because there were too many files.
    pub cut_short: bool,
}

impl Session<'_> {
    /// All files, but for those in what is deactivated or terminated.
    ///
    /// # Errors
    /// When the card cannot be reached or does not answer in our terms.
    pub fn tree(&mut self) -> Result<Tree> {
        let mut left = FILES_MAX;
        let path = FilePath::master_file();
        let details = self.select(&path)?;
        let mut children = Vec::new();
        // The card makes these itself, and does not list them.
        for id in [EF_DIR, EF_ATR_INFO, EF_GDO] {
            children.extend(self.node(&path, id, 0, &mut left)?);
        }
        children.extend(self.below(&path, DF_DEPTH, &mut left)?);
        Ok(Tree {
            root: Node {
                path,
                details,
                children,
            },
            cut_short: left == 0,
        })
    }

    /// The ids of the files in the current DF, ascending: GET DATA 010C.
    ///
    /// # Errors
    /// When the card does not answer in our terms, or its list has no end.
    pub fn children(&mut self) -> Result<Vec<u16>> {
        let mut ids = Vec::<u16>::new();
        loop {
            let value = match ids.last() {
                None => self.data_object(data::CHILDREN)?,
                Some(&last) => self.data_object_of(data::CHILDREN, &ChildSelector(last).encode())?,
            };
            let more = data::children(&value).map_err(self.malformed("list of files"))?;
            let (last, before) = (ids.last().copied(), ids.len());
            ids.extend(more);
            match ids.get(before) {
                None => return Ok(ids),
                // Ids ascend within a list; a card that goes back from one to the next would never come to an end.
                Some(&first) if last.is_none_or(|last| first > last) => {}
                Some(_) => return Err(self.fault(Fault::OutOfStep)),
            }
        }
    }

    /// What lies in the current DF, which is current again afterwards.
    fn below(&mut self, parent: &FilePath, depth: usize, left: &mut usize) -> Result<Vec<Node>> {
        self.step(format!("list {parent}"));
        let ids = self.children()?;
        let mut nodes = Vec::new();
        for id in ids {
            if *left == 0 {
                break;
            }
            nodes.extend(self.node(parent, id, depth, left)?);
        }
        Ok(nodes)
    }

    /// A file in the current DF, which is current again afterwards; `None` if there is none.
    fn node(&mut self, parent: &FilePath, id: u16, depth: usize, left: &mut usize) -> Result<Option<Node>> {
        let path = parent.child(id);
        self.step(format!("look at {path}"));
        let Some(details) = self.probe(id)? else {
            return Ok(None);
        };
        *left = left.saturating_sub(1);
        let mut node = Node {
            // An application is where its name says, wherever its provider's DF is.
            path: details.aid.map_or(path, FilePath::application),
            details,
            children: Vec::new(),
        };
        if node.details.kind == FileKind::Dedicated {
            if let Some(depth) = depth.checked_sub(1)
                && node.details.is_usable()
            {
                node.children = self.below(&node.path, depth, left)?;
            }
            self.step(format!("go back to {parent}"));
            let command = Command::Select {
                target: SelectTarget::Parent,
                reply: SelectReply::Nothing,
                next: false,
            };
            let (status, _) = self.ask(&command)?;
            if !is_found(status) {
                return Err(self.refusal(command.name(), status));
            }
        }
        Ok(Some(node))
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
