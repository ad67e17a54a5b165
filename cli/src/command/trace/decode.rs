//! `symbolon trace decode`

use std::io::{self, Read};
use std::path::PathBuf;

use clap::Args;
use host::explain::{Exchange, Explainer, Item, log, status_words_after};
use serde::Serialize;

use crate::context::Context;
use crate::failure::{Failure, Result};
use crate::output::{Outcome, Show};
use crate::page::Page;

/// The longest log that is read, in bytes.
const LOG_MAX: u64 = 64 * 1024 * 1024;

/// Explain the APDUs of a log
///
/// Takes what --trace shows, the logs of OpenSC (OPENSC_DEBUG), opensc-tool, pcscd, scriptor, pyscard, pySim and
/// GlobalPlatformPro, and plain hexadecimal, a command and its reply in turn; other lines are skipped. Chains, GET RESPONSE and
/// repetitions become one exchange. Commands and replies are explained down to the last data object: ours, certificates,
/// ISO/IEC 7816-4. PINs and keys stay hidden, even where the log shows them.
#[derive(Args, Debug)]
#[command(after_help = "Example:
  symbolon trace decode log.txt
  symbolon trace decode - --json")]
pub struct Decode {
    /// The log; "-" is standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

#[derive(Serialize)]
struct Decoded {
    exchanges: Vec<ShownExchange>,
    /// Lines of the log that are no APDU.
    lines_skipped: usize,
    #[serde(skip)]
    text: String,
}

#[derive(Serialize)]
struct ShownExchange {
    /// Line of the log.
    line: usize,
    command: ShownItem,
    /// How many command APDUs it took.
    apdus: usize,
    status_word: Option<String>,
    status_meaning: Option<String>,
    reply: Vec<ShownItem>,
}

#[derive(Serialize)]
struct ShownItem {
    label: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    value: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    inner: Vec<ShownItem>,
}

impl From<&Item> for ShownItem {
    fn from(item: &Item) -> Self {
        Self {
            label: item.label.clone(),
            value: item.value.clone(),
            inner: item.inner.iter().map(Self::from).collect(),
        }
    }
}

impl From<&Exchange> for ShownExchange {
    fn from(exchange: &Exchange) -> Self {
        Self {
            line: exchange.line,
            command: (&exchange.command).into(),
            apdus: exchange.pieces,
            status_word: exchange.status.map(|status| format!("{:04X}", status.0)),
            status_meaning: exchange
                .status
                .map(|status| status_words_after(&exchange.command.label, status)),
            reply: exchange.reply.iter().map(ShownItem::from).collect(),
        }
    }
}

impl Decode {
    /// Does it.
    ///
    /// # Errors
    /// When the log cannot be read, or no APDU is in it.
    pub fn run(self, _: &Context) -> Result<Outcome> {
        let text = self.read()?;
        let log = log::read(&text);
        let mut explainer = Explainer::default();
        let mut exchanges: Vec<Exchange> = log
            .records
            .iter()
            .filter_map(|record| explainer.record(record))
            .collect();
        exchanges.extend(explainer.finish());
        if exchanges.is_empty() {
            return Err(Failure::usage(
                "explain the log",
                match self.file.as_os_str() == "-" {
                    true => "no APDU is in what was read from standard input".to_owned(),
                    false => format!("no APDU is in {}", self.file.display()),
                },
                "Name a log that \"--trace\", OpenSC or pcscd wrote, or one with commands and replies in hexadecimal.",
            ));
        }
        let shown = exchanges.iter().map(|exchange| match exchange.line {
            0 => format!("{exchange}\n"),
            line => format!("line {line}\n{exchange}\n"),
        });
        let decoded = Decoded {
            text: shown.collect::<Vec<_>>().join("\n"),
            lines_skipped: log.skipped,
            exchanges: exchanges.iter().map(ShownExchange::from).collect(),
        };
        Ok(Outcome::new("trace decode", &decoded))
    }

    fn read(&self) -> Result<String> {
        let mut bytes = Vec::new();
        let read = if self.file.as_os_str() == "-" {
            io::stdin().lock().take(LOG_MAX).read_to_end(&mut bytes)
        } else {
            std::fs::File::open(&self.file).and_then(|file| file.take(LOG_MAX).read_to_end(&mut bytes))
        };
        read.map_err(|error| Failure::file("read the log", &self.file, &error))?;
        // A log may hold anything; what is no text is no APDU.
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
}

impl Show for Decoded {
    fn show(&self, page: &mut Page) {
        page.text(self.text.clone());
        match self.lines_skipped {
            0 => {}
            1 => page.text("1 line of the log is no APDU."),
            skipped => page.text(format!("{skipped} lines of the log are no APDUs.")),
        }
    }
}
