//! Records: listed, read, sought, appended, erased; and bytes of a file.

use apdu_spec::access::AccessMode;
use host::card::{FilePath, ReadBack, Session};

use super::super::read::{dump, text_of};
use super::grammar::{Content, Stretch};
use super::place;
use super::state::State;
use crate::failure::{Failure, Result};
use crate::page::Page;

/// The most places that are shown.
const PLACES_MAX: usize = 100;

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
        if pattern.is_empty() {
            return Err(Failure::usage(
                format!("search {shown}"),
                "what to look for is empty",
                "Write at least one character, or --hex with at least one byte.",
            ));
        }
        let has_records = session.select(&path)?.kind.records().is_some();
        let found = match has_records {
            true => session.search_records(&path, &pattern),
            false => places(session, &path, &pattern),
        };
        let found = found.map_err(|error| self.with_rule(session, error.into(), &path, AccessMode::READ))?;
        let numbers: Vec<String> = match has_records {
            true => found.iter().map(ToString::to_string).collect(),
            false => found
                .chunks_exact(2)
                .filter_map(|two| two.try_into().ok())
                .map(|two| u16::from_be_bytes(two).to_string())
                .collect(),
        };
        page.text(match (has_records, numbers.is_empty()) {
            (true, true) => format!("No record of {shown} has it."),
            (true, false) => format!("Records of {shown} that have it: {}.", numbers.join(", ")),
            (false, true) => format!("It is not in {shown}."),
            (false, false) => format!(
                "It stands in {shown} from these bytes on: {}.",
                numbers.join(", ")
            ),
        });
        self.last.data = found;
        Ok(())
    }

    /// Sets bytes to zero, or empties a record.
    pub(super) fn erase(
        &mut self,
        session: &mut Session<'_>,
        typed: &str,
        stretch: Stretch,
        record: Option<u8>,
        page: &mut Page,
    ) -> Result<()> {
        let path = self.file(typed)?;
        let shown = place::show(&path, &self.applications);
        let has_records = session.select(&path)?.kind.records().is_some();
        let (what, erased) = match record {
            None if has_records => {
                return Err(Failure::usage(
                    format!("erase {shown}"),
                    "it is a file of records",
                    "Name the record: --record NUMBER.",
                ));
            }
            Some(number) => (
                format!("Record {number} of {shown}"),
                session.erase_record(&path, number),
            ),
            None => {
                let from = stretch.offset.unwrap_or_default();
                let what = match (stretch.offset, stretch.length) {
                    (None, None) => shown.clone(),
                    (_, None) => format!("{shown} from byte {from} on"),
                    (_, Some(length)) => format!("{shown} from byte {from} on, {length} bytes"),
                };
                (what, session.erase_bytes(&path, from, stretch.length))
            }
        };
        let back =
            erased.map_err(|error| self.with_rule(session, error.into(), &path, AccessMode::UPDATE))?;
        page.done(match back {
            ReadBack::Same => format!("{what} is empty, as was read back."),
            ReadBack::Forbidden => format!("{what} is empty; the file may not be read."),
        });
        Ok(())
    }
}

/// The offsets of all places, two bytes each, the first of them at most.
fn places(session: &mut Session<'_>, path: &FilePath, pattern: &[u8]) -> host::Result<Vec<u8>> {
    let (mut found, mut from) = (Vec::new(), 0);
    while found.len() < 2 * PLACES_MAX {
        let Some(at) = session.search_bytes(path, pattern, from)? else {
            break;
        };
        found.extend(at.to_be_bytes());
        let (next, size) = (
            at.saturating_add(1),
            session.select(path)?.size.unwrap_or_default(),
        );
        if next >= size {
            break;
        }
        from = next;
    }
    Ok(found)
}
