//! Records: listed, read, sought, appended, erased; and bytes of a file.

use apdu_spec::access::AccessMode;
use host::card::{FilePath, ReadBack, Session};

use super::super::read::{dump, text_of};
use super::grammar::{Content, Stretch};
use super::place;
use super::state::State;
use crate::failure::{Failure, Result};
use crate::page::Page;

impl State {
    /// The records of a file, under what there can be of them.
    pub(super) fn records(&mut self, session: &mut Session<'_>, typed: &str, page: &mut Page) -> Result<()> {
        let path = self.file(typed)?;
        let details = session.select(&path)?;
        let shown = place::show(&path, &self.applications);
        let Some(format) = details.kind.records() else {
            return Err(Failure::usage(
                format!("list the records of {shown}"),
                "it has none",
                "Look at it with \"cat\" if it is a file, with \"ls\" if it is a folder.",
            ));
        };
        page.heading(shown);
        page.field("kind", format.structure.name());
        page.field(
            "room",
            format!("{} records of {} bytes", format.number, format.length),
        );
        self.show_records(session, &path, None, page)
    }

    /// One record, or all, each with its number.
    pub(super) fn show_records(
        &mut self,
        session: &mut Session<'_>,
        path: &FilePath,
        record: Option<u8>,
        page: &mut Page,
    ) -> Result<()> {
        let read = match record {
            Some(number) => session.read_record(path, number).map(|one| vec![(number, one)]),
            None => session
                .read_records(path)
                .map(|all| (1..=u8::MAX).zip(all).collect()),
        };
        let records = match read {
            Ok(records) => records,
            Err(error) => {
                let failure = Failure::from(error);
                return Err(self.with_rule(session, failure, path, AccessMode::READ));
            }
        };
        let rows = records.iter().map(|(number, bytes)| {
            let shown = match text_of(bytes) {
                Some(text) => text.to_owned(),
                None => hex::encode_upper(bytes),
            };
            vec![number.to_string(), format!("{} bytes", bytes.len()), shown]
        });
        page.table(
            &["record", "size", "content"],
            rows.collect(),
            "There is no record in it yet.",
        );
        self.last.data = records.into_iter().flat_map(|(_, bytes)| bytes).collect();
        Ok(())
    }

    /// Bytes of a file, or one record, as they are.
    pub(super) fn read(
        &mut self,
        session: &mut Session<'_>,
        typed: &str,
        stretch: Stretch,
        record: Option<u8>,
        page: &mut Page,
    ) -> Result<()> {
        let path = self.file(typed)?;
        let offset = stretch.offset.unwrap_or_default();
        let read = match record {
            Some(number) => session.read_record(&path, number),
            None => session.read_part(&path, offset, stretch.length),
        };
        let bytes = read.map_err(|error| self.with_rule(session, error.into(), &path, AccessMode::READ))?;
        page.text(match bytes.is_empty() {
            true => "There is nothing in it.".to_owned(),
            false => dump(&bytes),
        });
        self.last.data = bytes;
        Ok(())
    }

    /// Where in a file something is.
    pub(super) fn search(
        &mut self,
        session: &mut Session<'_>,
        typed: &str,
        content: &Content,
        page: &mut Page,
    ) -> Result<()> {
        let path = self.file(typed)?;
        let pattern = content.bytes()?;
        let shown = place::show(&path, &self.applications);
        let found = session
            .search_records(&path, &pattern)
            .map_err(|error| self.with_rule(session, error.into(), &path, AccessMode::READ))?;
        page.text(match found.as_slice() {
            [] => format!("No record of {shown} has it."),
            numbers => {
                let numbers: Vec<String> = numbers.iter().map(ToString::to_string).collect();
                format!("Records of {shown} that have it: {}.", numbers.join(", "))
            }
        });
        self.last.data = found;
        Ok(())
    }

    /// Empties a record.
    pub(super) fn erase(
        &mut self,
        session: &mut Session<'_>,
        typed: &str,
        record: u8,
        page: &mut Page,
    ) -> Result<()> {
        let path = self.file(typed)?;
        let back = session
            .erase_record(&path, record)
            .map_err(|error| self.with_rule(session, error.into(), &path, AccessMode::UPDATE))?;
        let shown = place::show(&path, &self.applications);
        page.done(match back {
            ReadBack::Same => format!("Record {record} of {shown} is empty, as was read back."),
            ReadBack::Forbidden => format!("Record {record} of {shown} is empty; the file may not be read."),
        });
        Ok(())
    }
}
