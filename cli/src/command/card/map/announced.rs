//! What any card tells about its room: what is left, and how large its files are.

use apdu_spec::data::CardInformation;
use apdu_spec::file::EF_ATR_INFO;
use host::card::{FilePath, Node, Session};
use serde::Serialize;

use crate::failure::Result;
use crate::output::Show;
use crate::page::Page;

/// What a card in a reader keeps to itself.
pub(super) const CANNOT_KNOW: &[&str] = &[
    "how large its flash is, and where in it anything lies",
    "what was replaced or deleted and still takes room",
    "what certificates, keys, PINs, receipts and requests take",
    "the files of applications that are switched off",
    "how often its pages were erased",
];

#[derive(Serialize)]
pub(super) struct Announced {
    free_bytes: u32,
    objects_max: u16,
    receipts_kept: u8,
    requests_open: usize,
    /// Files by application; those of the card itself first.
    contents: Vec<Contents>,
    complete: bool,
}

#[derive(Serialize)]
struct Contents {
    #[serde(rename = "where")]
    place: String,
    label: String,
    folders: usize,
    files: usize,
    bytes: usize,
}

impl Announced {
    pub(super) fn of(session: &mut Session<'_>) -> Result<Self> {
        let status = session.status()?;
        let content = session.read_file(&FilePath::master_file().child(EF_ATR_INFO))?;
        let objects_max = CardInformation::read(&content).map_or(0, |information| information.objects);
        let requests_open = session.requests()?.len();
        let tree = session.tree()?;
        let (mut own, mut applications) = (Contents::new("the card itself".into(), None), Vec::new());
        own.add_below(&tree.root, &mut applications);
        let contents = std::iter::once(own).chain(applications).collect();
        Ok(Self {
            free_bytes: status.free_bytes,
            objects_max,
            receipts_kept: status.receipts_uncollected,
            requests_open,
            contents,
            complete: !tree.cut_short,
        })
    }
}

impl Contents {
    fn new(place: String, label: Option<&str>) -> Self {
        Self {
            place,
            label: label.unwrap_or_default().to_owned(),
            folders: 0,
            files: 0,
            bytes: 0,
        }
    }

    /// Counts what is below a node; applications count by themselves.
    fn add_below(&mut self, node: &Node, applications: &mut Vec<Self>) {
        for child in &node.children {
            let details = &child.details;
            if let Some(aid) = details.aid {
                let mut application = Self::new(aid.to_string(), details.label.as_deref());
                application.add_below(child, applications);
                applications.push(application);
                continue;
            }
            match details.size {
                Some(size) => {
                    self.files += 1;
                    self.bytes += usize::from(size);
                }
                None => self.folders += 1,
            }
            self.add_below(child, applications);
        }
    }
}

impl Show for Announced {
    fn show(&self, page: &mut Page) {
        page.heading("What the card tells");
        let row = |contents: &Contents| {
            vec![
                contents.place.clone(),
                contents.label.clone(),
                contents.folders.to_string(),
                contents.files.to_string(),
                contents.bytes.to_string(),
            ]
        };
        page.table(
            &["where", "label", "folders", "files", "bytes of files"],
            self.contents.iter().map(row).collect(),
            "",
        );
        page.field("room for content", format!("{} bytes", self.free_bytes));
        page.field("objects at most", self.objects_max.to_string());
        page.field("receipts not collected", self.receipts_kept.to_string());
        page.field("open requests", self.requests_open.to_string());
        if !self.complete {
            page.text("There are more files than were looked for.");
        }
    }
}
