//! `symbolon card tree`

use apdu_spec::access::Subject;
use apdu_spec::file::FileKind;
use apdu_spec::status::Status;
use clap::Args;
use host::card::{Application, Node};
use serde::Serialize;

use super::LookArguments;
use crate::card::CardArguments;
use crate::context::Context;
use crate::failure::Result;
use crate::output::{Outcome, Show};
use crate::page::Page;

/// Show the folders and files of a card
///
/// Each provider has a folder of its own, and in it an application is shown by its name (AID). In an application that its
/// holder deactivated nothing can be found. Whose the applications are the card tells after the user PIN.
#[derive(Args, Debug)]
#[command(after_help = "Example:
  symbolon card tree --card card.img
  symbolon card tree --card card.img --pin user")]
pub struct Tree {
    #[command(flatten)]
    card: CardArguments,
    #[command(flatten)]
    look: LookArguments,
}

#[derive(Serialize)]
struct CardTree {
    card: CardState,
    root: ShownNode,
    complete: bool,
}

/// What concerns all of it.
#[derive(Serialize)]
struct CardState {
    key_origin: &'static str,
    receipts_uncollected: u8,
    /// Whose the applications are; `None` where the card does not tell us.
    providers: Option<Vec<String>>,
}

#[derive(Serialize)]
struct ShownNode {
    path: String,
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    short_id: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<u32>,
    deactivated: bool,
    access: String,
    children: Vec<ShownNode>,
}

impl Tree {
    /// Does it.
    ///
    /// # Errors
    /// When the card cannot be reached or does not answer, or a package cannot be read.
    pub fn run(self, context: &Context) -> Result<Outcome> {
        let pin = self.look.pin()?;
        let mut card = self.card.open(context)?;
        let mut session = card.begin()?;
        self.look.verify(&mut session, pin.as_ref())?;
        let status = session.status()?;
        let providers = match session.applications() {
            Err(error) if error.status() == Some(Status::SECURITY_STATUS_NOT_SATISFIED) => None,
            applications => Some(applications?),
        };
        let tree = session.tree()?;
        let name = |application: &Application| format!("{} {}", application.aid, application.provider.name);
        let tree = CardTree {
            card: CardState {
                key_origin: status.key_origin.name(),
                receipts_uncollected: status.receipts_uncollected,
                providers: providers.map(|all| all.iter().map(name).collect()),
            },
            root: ShownNode::new(&tree.root),
            complete: !tree.cut_short,
        };
        Ok(Outcome::new("card tree", &tree))
    }
}

impl ShownNode {
    fn new(node: &Node) -> Self {
        let details = &node.details;
        let (kind, subject) = match details.kind {
            FileKind::Dedicated if node.path.ids().is_empty() && node.path.aid().is_some() => {
                ("application", Subject::Directory)
            }
            FileKind::Dedicated => ("folder", Subject::Directory),
            FileKind::Transparent => ("file", Subject::File),
        };
        let access = details.access();
        Self {
            path: node.path.to_string(),
            kind,
            size: details.size,
            short_id: details.short_id,
            label: details.label.clone(),
            version: details.version,
            deactivated: details.deactivated,
            access: if access.is_empty() {
                "never".into()
            } else {
                access.named(subject).to_string()
            },
            children: node.children.iter().map(Self::new).collect(),
        }
    }

    fn rows(&self, depth: usize, rows: &mut Vec<Vec<String>>) {
        let name = self.path.rsplit('/').next().unwrap_or(&self.path);
        let size = self.size.map(|size| format!("{size} bytes")).unwrap_or_default();
        let what = match (&self.label, self.version) {
            (Some(label), Some(version)) => format!("{label}, version {version}"),
            (Some(label), None) => label.clone(),
            _ => String::new(),
        };
        let what = if self.deactivated {
            format!("{what} (deactivated)")
        } else {
            what
        };
        let name = format!("{}{name}", "  ".repeat(depth));
        rows.push(vec![name, self.kind.to_owned(), size, self.access.clone(), what]);
        self.children.iter().for_each(|child| child.rows(depth + 1, rows));
    }
}

impl Show for CardTree {
    fn show(&self, page: &mut Page) {
        let mut rows = vec![];
        self.root.rows(0, &mut rows);
        page.table(&["file", "kind", "size", "access", "label"], rows, "");
        page.field("key origin", format!("made by the {}", self.card.key_origin));
        page.field(
            "receipts not collected",
            self.card.receipts_uncollected.to_string(),
        );
        match &self.card.providers {
            Some(providers) => providers.iter().for_each(|line| page.field("application", line)),
            None => page.text("  Whose the applications are is hidden: --pin user shows it."),
        }
        if !self.complete {
            page.text("There are more files than are shown.");
        }
    }
}
