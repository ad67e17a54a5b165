//! `symbolon card read`

use std::fmt::Write as _;
use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;
use host::card::FilePath;
use parties::file::{self, Existing};
use serde::Serialize;

use super::rule::{self, Wish};
use super::{FilePin, PinName, record_number};
use crate::card::CardArguments;
use crate::context::Context;
use crate::failure::{Doing, Result};
use crate::kind;
use crate::output::{Outcome, Show};
use crate::page::Page;
use crate::secret::PinArguments;

/// Read a file
///
/// Of a file of records all are read, or the one that --record names, counted from 1. A file is named by file ids of four hexadecimal digits, after 3F00 or an application's AID: 2F00, 3F00/5F01,
/// A000000F5E01/4F01. Where its access rule asks for a PIN, name it with --pin. What is text is shown as text, anything
/// else in hexadecimal.
#[derive(Args, Debug)]
#[command(after_help = "Example:
  symbolon card read 2F00 --card card.img
  symbolon card read 3F00/5F01 --pin user --card card.img --output user.bin")]
pub struct Read {
    /// The file
    pub path: FilePath,
    #[command(flatten)]
    card: CardArguments,
    /// Verify this PIN first: user, consent, or 81 to 8F for one of the application
    #[arg(long, value_name = "PIN")]
    pin: Option<PinName>,
    /// Read this record alone, or "all"
    #[arg(long, value_name = "NUMBER")]
    record: Option<Which>,
    /// Write the content to this file, as it is: records one behind the other
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    secret: PinArguments,
}

/// One record or all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Which {
    All,
    One(u8),
}

impl FromStr for Which {
    type Err = &'static str;

    fn from_str(text: &str) -> std::result::Result<Self, Self::Err> {
        if text == "all" {
            return Ok(Self::All);
        }
        record_number(text).map(Self::One)
    }
}

#[derive(Serialize)]
struct Content {
    path: String,
    size: usize,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    records: Vec<Record>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    written_to: Option<String>,
    #[serde(skip)]
    bytes: Vec<u8>,
}

#[derive(Serialize)]
struct Record {
    number: u8,
    size: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde(skip)]
    bytes: Vec<u8>,
}

impl Record {
    fn new(number: u8, bytes: Vec<u8>, shown: bool) -> Self {
        Self {
            number,
            size: bytes.len(),
            content: shown.then(|| hex::encode_upper(&bytes)),
            text: text_of(&bytes).filter(|_| shown).map(str::to_owned),
            bytes,
        }
    }
}

impl Read {
    /// Does it.
    ///
    /// # Errors
    /// When there is no such file or the card does not give its content.
    pub fn run(self, context: &Context) -> Result<Outcome> {
        if let Some(path) = &self.output {
            kind::spare("write the content", path, None)?;
        }
        // Reading changes nothing: a dry run does it, PIN and all.
        let looking = Context {
            dry_run: false,
            ..*context
        };
        let pin = FilePin::new(self.pin, &self.path, &self.secret, &looking)?;
        let mut card = self.card.open(context)?;
        let mut session = card.begin()?;
        pin.verify(&mut session, &self.secret)?;
        let shown = self.output.is_none();
        let details = rule::file(&mut session, &self.path, Wish::Read)?;
        let explain = |error| rule::explain(&details, Wish::Read, error);
        let which = self.record.or(details.kind.records().map(|_| Which::All));
        let records: Vec<Record> = match which {
            None => Vec::new(),
            Some(Which::One(number)) => {
                vec![Record::new(
                    number,
                    session.read_record(&self.path, number).map_err(explain)?,
                    shown,
                )]
            }
            Some(Which::All) => (1..)
                .zip(session.read_records(&self.path).map_err(explain)?)
                .map(|(number, bytes)| Record::new(number, bytes, shown))
                .collect(),
        };
        let bytes = match which {
            None => session.read_file(&self.path).map_err(explain)?,
            Some(_) => records.iter().flat_map(|record| record.bytes.clone()).collect(),
        };
        if let Some(path) = &self.output
            && !context.dry_run
        {
            file::write(path, &bytes, 0o600, Existing::Replace).doing("write the content")?;
        }
        let plain = shown && which.is_none();
        let text = text_of(&bytes);
        let content = Content {
            path: self.path.to_string(),
            size: bytes.len(),
            records,
            content: plain.then(|| hex::encode_upper(&bytes)),
            text: text.filter(|_| plain).map(str::to_owned),
            written_to: self.output.map(|path| path.display().to_string()),
            bytes,
        };
        Ok(Outcome::new("card read", &content))
    }
}

/// The bytes as text, without the zeros or ones that fill a file up; `None` for anything a terminal should not get.
pub(super) fn text_of(bytes: &[u8]) -> Option<&str> {
    let length = bytes
        .iter()
        .rposition(|byte| !matches!(byte, 0x00 | 0xFF))
        .map_or(0, |last| last + 1);
    let text = std::str::from_utf8(bytes.get(..length)?).ok()?;
    let printable = |character: char| !character.is_control() || matches!(character, '\n' | '\t');
    (!text.is_empty() && text.chars().all(printable)).then_some(text)
}

impl Show for Content {
    fn show(&self, page: &mut Page) {
        page.heading(format!("{}, {} bytes", self.path, self.size));
        match (&self.written_to, &self.text) {
            (Some(path), _) => page.field("written to", path),
            (None, None) if self.content.is_none() => {
                for record in &self.records {
                    let name = format!("record {}, {} bytes", record.number, record.size);
                    match &record.text {
                        Some(text) => page.field(&name, text.trim_end_matches('\n')),
                        None => page.field(&name, hex::encode_upper(&record.bytes)),
                    }
                }
            }
            (None, Some(text)) => page.text(format!("{}\n", text.trim_end_matches('\n'))),
            (None, None) => page.text(dump(&self.bytes)),
        }
    }
}

/// Sixteen bytes a line: offset, hexadecimal, characters.
pub(super) fn dump(bytes: &[u8]) -> String {
    let mut text = String::new();
    for (line, piece) in bytes.chunks(16).enumerate() {
        let hex: Vec<String> = piece.iter().map(|byte| format!("{byte:02X}")).collect();
        let shown = |byte: &u8| {
            if byte.is_ascii_graphic() || *byte == b' ' {
                char::from(*byte)
            } else {
                '.'
            }
        };
        let shown: String = piece.iter().map(shown).collect();
        let _ = writeln!(text, "  {:04X}  {:<47}  {shown}", line * 16, hex.join(" "));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Losing this shows people numbers where there is a sentence, or lets a file steer the terminal.
    #[test]
    fn text_is_shown_as_text_and_nothing_else_is() {
        assert_eq!(
            text_of(b"a line\nand another\0\0\xFF"),
            Some("a line\nand another")
        );
        assert_eq!(text_of("Ä".as_bytes()), Some("Ä"));
        for bytes in [&b"\0\0"[..], b"", b"\x1b[2J", b"a\0b", b"\xC3"] {
            assert_eq!(text_of(bytes), None, "{bytes:?}");
        }
        assert_eq!(
            dump(b"0123456789abcdef\x00"),
            concat!(
                "  0000  30 31 32 33 34 35 36 37 38 39 61 62 63 64 65 66  0123456789abcdef\n",
                "  0010  00                                               .\n"
            )
        );
    }
}
