//! `symbolon card tree`

mod dot;
mod svg;

use std::path::PathBuf;

use apdu_spec::access::{AccessMode, Subject};
use apdu_spec::file::{FileKind, RecordFormat};
use apdu_spec::status::Status;
use clap::{Args, ValueEnum};
use host::card::{Application, Node};
use serde::Serialize;

use super::LookArguments;
use crate::card::CardArguments;
use crate::context::Context;
use crate::failure::Result;
use crate::output::{Outcome, Show, write_result};
use crate::page::Page;

/// Show the folders and files of a card
///
/// Each provider has a folder of its own, and in it an application is shown by its name (AID). In an application that its
/// holder deactivated nothing can be found. Whose the applications are the card tells after the user PIN. As dot or svg the tree is a picture: a browser shows svg, Graphviz reads dot.
#[derive(Args, Debug)]
#[command(after_help = "Example:
  symbolon card tree --card card.img
  symbolon card tree --card card.img --pin user
  symbolon card tree --card card.img --format svg --output tree.svg")]
pub struct Tree {
    #[command(flatten)]
    card: CardArguments,
    /// Text, a JSON document (as --json), a graph for Graphviz, or a picture
    #[arg(long, value_enum, default_value_t = Format::Text, help_heading = "Output")]
    format: Format,
    /// Write it to this file
    #[arg(long, short, value_name = "FILE", help_heading = "Output")]
    output: Option<PathBuf>,
    #[command(flatten)]
    look: LookArguments,
}

/// How the tree is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A table
    Text,
    /// One JSON document
    Json,
    /// A graph for Graphviz
    Dot,
    /// A picture
    Svg,
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
    records: Option<ShownRecords>,
    #[serde(skip_serializing_if = "Option::is_none")]
    short_id: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<u32>,
    deactivated: bool,
    terminated: bool,
    access: String,
    #[serde(skip)]
    reading: Reading,
    children: Vec<ShownNode>,
}

/// Who may read a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reading {
    Everybody,
    /// Whoever meets a condition.
    Some,
    Nobody,
    /// It is a folder.
    Folder,
}

/// How many records a file has room for, and how long they are.
#[derive(Serialize)]
struct ShownRecords {
    structure: &'static str,
    length: u8,
    number: u8,
}

impl ShownRecords {
    const fn new(format: RecordFormat) -> Self {
        Self {
            structure: format.structure.name(),
            length: format.length,
            number: format.number,
        }
    }
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
        let outcome = Outcome::new("card tree", &tree);
        let outcome = match self.format {
            Format::Text => outcome,
            Format::Json => outcome.as_json(),
            Format::Dot => Outcome::text("card tree", dot::graph(&tree.root)),
            Format::Svg => Outcome::text("card tree", svg::picture(&tree.root)),
        };
        write_result(outcome, self.output.as_deref(), context)
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
            FileKind::Records(_) => ("records", Subject::File),
        };
        let access = details.access();
        let reading = match details.kind {
            FileKind::Dedicated => Reading::Folder,
            _ if access.allows(AccessMode::READ, &mut |_| false) => Reading::Everybody,
            _ if access.allows(AccessMode::READ, &mut |_| true) => Reading::Some,
            _ => Reading::Nobody,
        };
        Self {
            reading,
            path: node.path.to_string(),
            kind,
            size: details.size,
            records: details.kind.records().map(ShownRecords::new),
            short_id: details.short_id,
            label: details.label.clone(),
            version: details.version,
            deactivated: details.deactivated,
            terminated: details.terminated,
            access: if access.is_empty() {
                "never".into()
            } else {
                access.named(subject).to_string()
            },
            children: node.children.iter().map(Self::new).collect(),
        }
    }

    /// The last part of its path.
    fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    /// How much it holds.
    fn size(&self) -> String {
        match (&self.records, self.size) {
            (Some(records), _) => format!(
                "{}, {} of {} bytes",
                records.structure, records.number, records.length
            ),
            (None, Some(size)) => format!("{size} bytes"),
            (None, None) => String::new(),
        }
    }

    /// Label, version and state.
    fn what(&self) -> String {
        let what = match (&self.label, self.version) {
            (Some(label), Some(version)) => format!("{label}, version {version}"),
            (Some(label), None) => label.clone(),
            _ => String::new(),
        };
        match (self.terminated, self.deactivated) {
            (true, _) => format!("{what} (terminated)").trim_start().to_owned(),
            (_, true) => format!("{what} (deactivated)").trim_start().to_owned(),
            _ => what,
        }
    }

    fn rows(&self, depth: usize, rows: &mut Vec<Vec<String>>) {
        let name = format!("{}{}", "  ".repeat(depth), self.name());
        rows.push(vec![
            name,
            self.kind.to_owned(),
            self.size(),
            self.access.clone(),
            self.what(),
        ]);
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

impl Reading {
    /// The colour that stands for it in pictures.
    const fn colour(self) -> &'static str {
        match self {
            Self::Everybody => "#cfe8cf",
            Self::Some => "#fbe3b5",
            Self::Nobody => "#e8c4c4",
            Self::Folder => "#d8e2f0",
        }
    }
}
