//! Changing what is in a file: write, put, append, erase.

use std::path::Path;

use apdu_spec::access::AccessMode;
use apdu_spec::limits::RULE_MAX;
use host::card::{FilePath, ReadBack, Session};
use parties::file;

use super::grammar::Content;
use super::manage::parse_rules;
use super::place;
use super::raw::bytes_of;
use super::state::State;
use crate::failure::{Doing, Failure, Result};
use crate::page::Page;

/// The longest content that is read, in bytes.
pub(super) const INPUT_MAX: usize = 0x8000;

impl State {
    pub(super) fn put(
        &mut self,
        session: &mut Session<'_>,
        local: &Path,
        typed: &str,
        page: &mut Page,
    ) -> Result<()> {
        let content = file::read(local, INPUT_MAX).doing("read the content")?;
        let path = self.file(typed)?;
        self.store(session, &path, None, content, page)
    }

    pub(super) fn write(
        &mut self,
        session: &mut Session<'_>,
        typed: &str,
        content: &Content,
        offset: Option<u16>,
        page: &mut Page,
    ) -> Result<()> {
        let path = self.file(typed)?;
        let bytes = content.bytes()?;
        self.store(session, &path, offset, bytes, page)
    }

    /// Writes the record with this number, or adds one.
    pub(super) fn write_record(
        &mut self,
        session: &mut Session<'_>,
        typed: &str,
        content: &Content,
        record: Option<u8>,
        page: &mut Page,
    ) -> Result<()> {
        let path = self.file(typed)?;
        let shown = place::show(&path, &self.applications);
        let mut bytes = content.bytes()?;
        let given = bytes.len();
        // A file without records is refused below.
        if let Some(format) = session.select(&path)?.kind.records() {
            let length = usize::from(format.length);
            if given > length {
                return Err(Failure::usage(
                    format!("write a record of {shown}"),
                    format!("{given} bytes do not fit into {length} bytes"),
                    "Write less, or several records.",
                ));
            }
            if format.is_fixed() {
                bytes.resize(length, 0x00);
            }
        }
        let (written, mode) = match record {
            Some(number) => (session.update_record(&path, number, &bytes), AccessMode::UPDATE),
            None => (session.append_record(&path, &bytes), AccessMode::WRITE),
        };
        let back = match written {
            Ok(back) => back,
            Err(error) => {
                let failure = Failure::from(error);
                return Err(self.with_rule(session, failure, &path, mode));
            }
        };
        let what = record.map_or("a new record".to_owned(), |number| format!("record {number}"));
        page.done(match back {
            ReadBack::Same => format!("{given} bytes are in {what} of {shown}, read back and the same."),
            ReadBack::Forbidden => {
                format!("{given} bytes are in {what} of {shown}; the file may not be read.")
            }
        });
        Ok(())
    }

    /// Writes to a file; without an offset all of it, with zeros at its end.
    pub(super) fn store(
        &mut self,
        session: &mut Session<'_>,
        path: &FilePath,
        offset: Option<u16>,
        mut content: Vec<u8>,
        page: &mut Page,
    ) -> Result<()> {
        let shown = place::show(path, &self.applications);
        let details = session.select(path)?;
        if details.kind.records().is_some() {
            return Err(Failure::usage(
                format!("write {shown}"),
                "it is a file of records",
                "Write one record (\"write PATH TEXT --record 1\"), or add one (\"--append\").",
            ));
        }
        let size = usize::from(details.size.unwrap_or_default());
        let from = usize::from(offset.unwrap_or_default());
        if from + content.len() > size {
            return Err(Failure::usage(
                format!("write {shown}"),
                format!(
                    "this would end at byte {}, and the file has {size} bytes",
                    from + content.len()
                ),
                "Write less.",
            ));
        }
        let given = content.len();
        if offset.is_none() {
            content.resize(size, 0x00);
        }
        let back = match session.update_file(path, offset.unwrap_or_default(), &content) {
            Ok(back) => back,
            Err(error) => {
                let failure = Failure::from(error);
                return Err(self.with_rule(session, failure, path, AccessMode::UPDATE));
            }
        };
        page.done(match back {
            ReadBack::Same => format!("{given} bytes are in {shown}, read back and the same."),
            ReadBack::Forbidden => format!("{given} bytes are in {shown}; the file may not be read."),
        });
        Ok(())
    }
}

impl Content {
    pub(super) fn bytes(&self) -> Result<Vec<u8>> {
        const STEP: &str = "understand the content";
        match (&self.text, &self.hex, &self.rules) {
            (Some(text), ..) => Ok(text.clone().into_bytes()),
            (None, Some(hex), _) => bytes_of(STEP, hex),
            (None, None, Some(rules)) => {
                let example = "--rules \"read: always; update, delete: pin 81\"";
                let rules = parse_rules(STEP, rules, example, &mut [0; RULE_MAX])?
                    .as_bytes()
                    .to_vec();
                Ok(rules)
            }
            (None, None, None) => Ok(Vec::new()),
        }
    }
}
