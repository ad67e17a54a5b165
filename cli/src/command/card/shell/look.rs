//! Looking: cd, ls, tree, cat, hexdump, get, pins, data.

use std::path::Path;

use apdu_spec::access::{AccessMode, Subject};
use apdu_spec::data::TAGS;
use apdu_spec::file::FileKind;
use apdu_spec::reference::PinReference;
use apdu_spec::status::Status;
use host::card::{FileDetails, FilePath, PinState, Session};
use host::explain;
use parties::file::{self, Existing};

use super::super::read::{dump, text_of};
use super::super::{ShownPin, pin_name};
use super::place::{self, NAMED};
use super::raw::bytes_of;
use super::state::State;
use crate::failure::{Doing, Failure, Result};
use crate::page::{Page, printable};

impl State {
    pub(super) fn cd(&mut self, session: &mut Session<'_>, typed: Option<&str>) -> Result<()> {
        let path = match typed {
            Some(typed) => self.file(typed)?,
            None => FilePath::master_file(),
        };
        let details = session.select(&path)?;
        if details.kind != FileKind::Dedicated {
            return Err(Failure::usage(
                format!("go to {}", place::show(&path, &self.applications)),
                "it is a file, not a folder",
                "Look into it with \"cat\", or name a folder.",
            ));
        }
        self.here = path;
        if !details.is_usable() {
            return Ok(());
        }
        let traffic = std::rc::Rc::clone(&self.traffic);
        traffic.quietly(|| self.learn(session));
        Ok(())
    }

    pub(super) fn ls(
        &mut self,
        session: &mut Session<'_>,
        typed: Option<&str>,
        page: &mut Page,
    ) -> Result<()> {
        let path = self.folder(typed)?;
        let found = self.inside(session, &path)?;
        let rows = found
            .iter()
            .map(|(path, details)| self.row(path, details))
            .collect();
        page.table(
            &["name", "kind", "size", "access", "label"],
            rows,
            "There is nothing here.",
        );
        // They lie deeper, and are reached by their names from anywhere.
        if path == FilePath::master_file() && !self.applications.is_empty() {
            let names = self
                .applications
                .iter()
                .map(|each| place::name(&each.aid, &self.applications));
            page.field("applications", names.collect::<Vec<_>>().join(", "));
        }
        Ok(())
    }

    pub(super) fn tree(
        &mut self,
        session: &mut Session<'_>,
        typed: Option<&str>,
        page: &mut Page,
    ) -> Result<()> {
        let path = self.folder(typed)?;
        let mut lines = vec![place::show(&path, &self.applications)];
        self.branches(session, &path, "", &mut lines)?;
        // Back to where we were, for what is sent by hand.
        session.select(&self.here)?;
        page.text(lines.join("\n"));
        Ok(())
    }

    fn branches(
        &mut self,
        session: &mut Session<'_>,
        path: &FilePath,
        indent: &str,
        lines: &mut Vec<String>,
    ) -> Result<()> {
        let found = self.inside(session, path)?;
        let last = found.len().saturating_sub(1);
        for (position, (path, details)) in found.iter().enumerate() {
            let (branch, further) = if position == last {
                ("└── ", "    ")
            } else {
                ("├── ", "│   ")
            };
            let row = self.row(path, details);
            let [name, kind, size, _, label] = row.as_slice() else {
                continue;
            };
            let more: Vec<&str> = [kind, size, label]
                .into_iter()
                .filter(|text| !text.is_empty())
                .map(String::as_str)
                .collect();
            lines.push(printable(&format!(
                "{indent}{branch}{name}  ({})",
                more.join(", ")
            )));
            if details.kind == FileKind::Dedicated
                && details.is_usable()
                && path.ids().len() < FilePath::IDS_MAX
            {
                self.branches(session, path, &format!("{indent}{further}"), lines)?;
            }
        }
        Ok(())
    }

    /// What is in a folder: its files, and at the top the card's own and the applications. The folder, or where we are, is
    /// selected afterwards.
    fn inside(&mut self, session: &mut Session<'_>, path: &FilePath) -> Result<Vec<(FilePath, FileDetails)>> {
        let top = *path == FilePath::master_file();
        let details = session.select(path)?;
        if details.kind != FileKind::Dedicated {
            return Ok(vec![(path.clone(), details)]);
        }
        let ids = session.children()?;
        if let Ok(mut catalogue) = self.catalogue().lock() {
            catalogue.folder(path, &ids);
        }
        let own = NAMED.iter().filter(|_| top).map(|(_, id)| *id);
        let mut found = Vec::new();
        for id in own.chain(ids.iter().copied()) {
            let child = path.child(id);
            match session.select(&child) {
                // An application is where its name says, whatever folder holds it.
                Ok(details) => found.push((details.aid.map_or(child, FilePath::application), details)),
                Err(error) if error.status() == Some(Status::FILE_NOT_FOUND) => {}
                Err(error) => return Err(error.into()),
            }
        }
        session.select(&self.here)?;
        Ok(found)
    }

    fn row(&self, path: &FilePath, details: &FileDetails) -> Vec<String> {
        let name = match (path.aid(), path.ids()) {
            (Some(aid), []) => place::name(aid, &self.applications),
            (_, [.., id]) => NAMED
                .iter()
                .find(|(_, named)| named == id && path.aid().is_none())
                .map_or_else(|| format!("{id:04X}"), |(name, _)| (*name).to_owned()),
            (None, []) => "/".to_owned(),
        };
        let (kind, subject) = kind(path, details);
        let size = details
            .size
            .map(|size| format!("{size} bytes"))
            .unwrap_or_default();
        let access = details.access();
        let access = match access.is_empty() {
            true => "never".to_owned(),
            false => access.named(subject).to_string(),
        };
        let label = match (&details.label, details.version) {
            (Some(label), Some(version)) => format!("{label}, version {version}"),
            (Some(label), None) => label.clone(),
            _ => String::new(),
        };
        let label = match (details.terminated, details.deactivated) {
            (true, _) => format!("{label} (terminated)").trim_start().to_owned(),
            (_, true) => format!("{label} (deactivated)").trim_start().to_owned(),
            _ => label,
        };
        vec![name, kind.to_owned(), size, access, label]
    }

    pub(super) fn cat(
        &mut self,
        session: &mut Session<'_>,
        typed: &str,
        record: Option<u8>,
        page: &mut Page,
    ) -> Result<()> {
        let path = self.file(typed)?;
        let kind = session.select(&path)?.kind;
        if record.is_some() || kind.records().is_some() {
            return self.show_records(session, &path, record, page);
        }
        let bytes = self.content_of(session, &path, kind)?;
        // Files of the card, certificates and objects of ours say more than their bytes.
        let items = explain::object(&bytes);
        match (text_of(&bytes), items.as_slice()) {
            (Some(text), _) => page.text(format!("{}\n", text.trim_end_matches('\n'))),
            (None, [first, ..]) if !first.label.is_empty() => {
                page.text(items.iter().map(ToString::to_string).collect::<String>());
            }
            _ if bytes.iter().all(|byte| *byte == 0) => page.text(format!(
                "{} is empty: {} zeros.",
                place::show(&path, &self.applications),
                bytes.len()
            )),
            _ => page.text(dump(&bytes)),
        }
        Ok(())
    }

    pub(super) fn hexdump(&mut self, session: &mut Session<'_>, typed: &str, page: &mut Page) -> Result<()> {
        let (_, bytes) = self.content(session, typed)?;
        page.text(dump(&bytes));
        Ok(())
    }

    pub(super) fn get(
        &mut self,
        session: &mut Session<'_>,
        typed: &str,
        local: &Path,
        page: &mut Page,
    ) -> Result<()> {
        let (path, bytes) = self.content(session, typed)?;
        file::write(local, &bytes, 0o600, Existing::Replace).doing("write the content")?;
        page.done(format!(
            "{} bytes of {} are in {}.",
            bytes.len(),
            place::show(&path, &self.applications),
            local.display()
        ));
        Ok(())
    }

    /// The content of a file. A refusal says what would open it.
    pub(super) fn content(&mut self, session: &mut Session<'_>, typed: &str) -> Result<(FilePath, Vec<u8>)> {
        let path = self.file(typed)?;
        let kind = session.select(&path)?.kind;
        let bytes = self.content_of(session, &path, kind)?;
        Ok((path, bytes))
    }

    fn content_of(&mut self, session: &mut Session<'_>, path: &FilePath, kind: FileKind) -> Result<Vec<u8>> {
        let read = match kind.records() {
            Some(_) => session.read_records(path).map(|all| all.concat()),
            None => session.read_file(path),
        };
        match read {
            Ok(bytes) => {
                self.last.data.clone_from(&bytes);
                Ok(bytes)
            }
            Err(error) => Err(self.with_rule(session, error.into(), path, AccessMode::READ)),
        }
    }

    pub(super) fn pins(&mut self, session: &mut Session<'_>, page: &mut Page) -> Result<()> {
        let local = (0x81..=0x8F).map(PinReference::Local);
        let local = local.filter(|_| self.here.aid().is_some());
        if self.here.aid().is_some() {
            session.select(&self.here)?;
        }
        let mut verified = Vec::new();
        for reference in [PinReference::User, PinReference::Consent]
            .into_iter()
            .chain(local)
        {
            match session.pin_state(reference) {
                Ok(state) => {
                    if state == PinState::Verified {
                        verified.push(reference);
                    }
                    page.field(pin_name(reference), ShownPin::from(state).words());
                }
                // Most references are no PIN.
                Err(error) if error.status() == Some(Status::REFERENCED_DATA_NOT_FOUND) => {}
                Err(error) => return Err(error.into()),
            }
        }
        self.verified = verified;
        Ok(())
    }

    pub(super) fn data(
        &mut self,
        session: &mut Session<'_>,
        tag: Option<&str>,
        selector: Option<&str>,
        page: &mut Page,
    ) -> Result<()> {
        let Some(typed) = tag else {
            let rows = TAGS
                .iter()
                .map(|(tag, words)| vec![format!("{tag:04X}"), (*words).to_owned()]);
            page.table(&["tag", "what"], rows.collect(), "");
            return Ok(());
        };
        let tag = tag_of(typed)?;
        let selector = selector
            .map(|text| bytes_of("read the data object", text))
            .transpose()?;
        let value = session.data_object_of(tag, selector.as_deref().unwrap_or_default())?;
        let shown: String = explain::data_object(tag, &value)
            .iter()
            .map(ToString::to_string)
            .collect();
        page.text(if shown.is_empty() {
            "Nothing is in it.".to_owned()
        } else {
            shown
        });
        self.last.data = value;
        Ok(())
    }
}

/// The tag of a data object.
///
/// # Errors
/// When it is no number of one or two bytes.
pub(super) fn tag_of(text: &str) -> Result<u16> {
    u16::from_str_radix(text, 16).map_err(|_| {
        Failure::usage(
            "find the data object",
            format!("{text:?} is no tag"),
            "Write up to four hexadecimal digits; \"data\" alone lists the tags.",
        )
    })
}

/// What a PIN is called on a line.
pub(super) fn pin_word(reference: PinReference) -> String {
    match reference {
        PinReference::User => "user".to_owned(),
        PinReference::Consent => "consent".to_owned(),
        PinReference::Local(byte) => format!("{byte:02X}"),
    }
}

pub(super) fn kind(path: &FilePath, details: &FileDetails) -> (&'static str, Subject) {
    match details.kind {
        FileKind::Dedicated if path.ids().is_empty() && path.aid().is_some() => {
            ("application", Subject::Directory)
        }
        FileKind::Dedicated => ("folder", Subject::Directory),
        FileKind::Transparent => ("file", Subject::File),
        FileKind::Records(_) => ("file of records", Subject::File),
    }
}
