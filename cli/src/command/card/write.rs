//! `symbolon card write`

use std::path::PathBuf;

use apdu_spec::file::RecordFormat;
use clap::Args;
use host::card::{FilePath, ReadBack};
use parties::file;
use serde::Serialize;

use super::rule::{self, Wish};
use super::{FilePin, PinName, record_number};
use crate::card::CardArguments;
use crate::context::Context;
use crate::failure::{Doing, Failure, Result};
use crate::output::{Outcome, Show};
use crate::page::Page;
use crate::secret::PinArguments;

/// The longest content that is read, in bytes.
const INPUT_MAX: usize = 0x8000;

/// Write a file
///
/// The content replaces the file's, and zeros fill it up; with --offset only these bytes are written. In a file of records
/// --record names the one to replace, counted from 1, and --append adds one; zeros fill up what has a fixed length. What was written is
/// read back and compared, where the file may be read. A file is named as for "card read".
#[derive(Args, Debug)]
#[command(after_help = "Example:
  symbolon card write F04E4F544553/0102 --pin user --text \"call Bob\" --card card.img
  symbolon card write F04E4F544553/0102 --pin user --input my-text --card card.img")]
pub struct Write {
    /// The file
    pub path: FilePath,
    #[command(flatten)]
    card: CardArguments,
    #[command(flatten)]
    content: ContentArguments,
    /// Write from this byte on and leave the others
    #[arg(long, value_name = "BYTE", conflicts_with_all = ["record", "append"])]
    offset: Option<u16>,
    /// Replace this record
    #[arg(long, value_name = "NUMBER", value_parser = record_number, conflicts_with = "append")]
    record: Option<u8>,
    /// Add a record: behind the last, or in a cyclic file before the first
    #[arg(long)]
    append: bool,
    /// Verify this PIN first: user, consent, or 81 to 8F for one of the application
    #[arg(long, value_name = "PIN")]
    pin: Option<PinName>,
    #[command(flatten)]
    secret: PinArguments,
}

/// What to write: one of the two.
#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
struct ContentArguments {
    /// What to write
    #[arg(long)]
    text: Option<String>,
    /// Write what is in this file
    #[arg(long, value_name = "FILE")]
    input: Option<PathBuf>,
}

#[derive(Serialize)]
struct Written {
    path: String,
    offset: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    record: Option<u8>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    appended: bool,
    bytes: usize,
    read_back: Option<bool>,
}

impl Write {
    /// Does it.
    ///
    /// # Errors
    /// When there is no such file, it is too small, or the card does not take the content.
    pub fn run(self, context: &Context) -> Result<Outcome> {
        let mut content = match (&self.content.text, &self.content.input) {
            (Some(text), _) => text.clone().into_bytes(),
            (None, Some(path)) => file::read(path, INPUT_MAX).doing("read the content")?,
            (None, None) => Vec::new(),
        };
        let pin = FilePin::new(self.pin, &self.path, &self.secret, context)?;
        let mut card = self.card.open(context)?;
        let mut session = card.begin()?;
        pin.verify(&mut session, &self.secret)?;
        let wish = if self.append { Wish::Append } else { Wish::Write };
        let details = rule::file(&mut session, &self.path, wish)?;
        let format = details.kind.records();
        let size = match format {
            Some(format) => usize::from(format.length),
            None => usize::from(details.size.unwrap_or_default()),
        };
        if format.is_some() != (self.record.is_some() || self.append) {
            return Err(Failure::usage(
                format!("write {}", self.path),
                "a file of records is written record by record, and no other file is",
                "Name a record with --record, or add one with --append; \"card tree\" shows which files have records.",
            ));
        }
        let offset = self.offset.unwrap_or_default();
        if usize::from(offset) + content.len() > size {
            return Err(Failure::usage(
                format!("write {}", self.path),
                format!(
                    "this would end at byte {}, and the file has {size} bytes",
                    usize::from(offset) + content.len()
                ),
                "Write less, or further ahead: --offset; \"symbolon card tree\" shows the sizes of files.",
            ));
        }
        if self.offset.is_none() && format.is_none_or(RecordFormat::is_fixed) {
            content.resize(size, 0x00);
        }
        let written = match (context.dry_run, self.record) {
            (true, _) => None,
            (false, Some(number)) => Some(session.update_record(&self.path, number, &content)),
            (false, None) if self.append => Some(session.append_record(&self.path, &content)),
            (false, None) => Some(session.update_file(&self.path, offset, &content)),
        };
        let read_back = written
            .transpose()
            .map_err(|error| rule::explain(&details, wish, error))?
            .map(|read_back| read_back == ReadBack::Same);
        let written = Written {
            path: self.path.to_string(),
            offset,
            record: self.record,
            appended: self.append,
            bytes: content.len(),
            read_back,
        };
        Ok(Outcome::new("card write", &written))
    }
}

impl Show for Written {
    fn show(&self, page: &mut Page) {
        page.done(match self.read_back {
            Some(true) => format!(
                "{} bytes of {} are written, read back and the same.",
                self.bytes, self.path
            ),
            Some(false) => format!(
                "{} bytes of {} are written; the file may not be read.",
                self.bytes, self.path
            ),
            None => format!("{} bytes of {} would be written.", self.bytes, self.path),
        });
    }
}
