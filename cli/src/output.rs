//! The one place that writes: results to standard output, errors and traffic to standard error.
//!
//! With `--json` a run writes exactly one document to standard output, a result or an error, whatever happens; the exit
//! code tells which. Colours and progress bars appear on a terminal only, and never with `NO_COLOR`.

use std::fmt::Write as _;
use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::sync::OnceLock;

use apdu_spec::reason::Reason;
use parties::file::{self, Existing};
use serde::Serialize;

use crate::context::Context;
use crate::failure::{Class, Doing, Failure, Result};
use crate::kind;
use crate::page::{Page, printable};

/// Version of the JSON form: results and errors. Fields may be added without a new number.
pub const SCHEMA: u32 = 1;

/// What stands above the result of a dry run.
const DRY_RUN: &str = "dry run: nothing was changed; otherwise this would be the answer\n";

/// What a command did.
#[derive(Debug)]
pub struct Outcome {
    document: Document,
    /// What a person gets.
    page: Page,
    exit_code: u8,
}

/// What a script gets.
#[derive(Debug)]
enum Document {
    /// The result of a command, "card info", in JSON.
    Result(&'static str, String),
    /// A whole document of a form of its own.
    Whole(String),
    /// Everything was written already.
    None,
}

/// A result that people can read.
pub trait Show {
    /// Writes it on a page.
    fn show(&self, page: &mut Page);
}

impl Outcome {
    /// The result of `command`.
    pub fn new(command: &'static str, result: &(impl Serialize + Show)) -> Self {
        let mut page = Page::default();
        result.show(&mut page);
        Self {
            document: Document::Result(command, json(result)),
            page,
            exit_code: 0,
        }
    }

    /// A text that is the result itself, whether for people or scripts: a completion script.
    #[must_use]
    pub fn text(command: &'static str, text: String) -> Self {
        Self {
            document: Document::Result(command, json(&text)),
            page: Page::from(text),
            exit_code: 0,
        }
    }

    /// A JSON document with a version of its own, for a command that has told people everything already.
    pub fn document(document: &impl Serialize) -> Self {
        Self {
            document: Document::Whole(json(document)),
            ..Self::reported()
        }
    }

    /// What a command gives that has reported already.
    #[must_use]
    pub fn reported() -> Self {
        Self {
            document: Document::None,
            page: Page::default(),
            exit_code: 0,
        }
    }

    /// The same, with another exit code than 0.
    #[must_use]
    pub fn with_exit_code(self, exit_code: u8) -> Self {
        Self { exit_code, ..self }
    }

    /// The same, whose JSON form people get as well.
    #[must_use]
    pub fn as_json(self) -> Self {
        let page = match &self.document {
            Document::Result(command, result) => Page::from(framed(command, "", result)),
            Document::Whole(document) => Page::from(format!("{document}\n")),
            Document::None => Page::default(),
        };
        Self { page, ..self }
    }

    /// The exit code of the program.
    #[must_use]
    pub const fn exit_code(&self) -> u8 {
        self.exit_code
    }
}

/// The document around a result in JSON.
fn framed(command: &str, dry_run: &str, result: &str) -> String {
    format!("{{\"schema\":{SCHEMA},\"command\":\"{command}\"{dry_run},\"result\":{result}}}\n")
}

/// What was written to a file instead of standard output.
#[derive(Serialize)]
struct Written {
    written_to: String,
}

impl Show for Written {
    fn show(&self, page: &mut Page) {
        page.done(format!("Wrote {}.", self.written_to));
    }
}

/// Writes what a person would get to a file, where one is named; tells where then.
///
/// # Errors
/// When the file cannot be written.
pub(crate) fn write_result(outcome: Outcome, file: Option<&Path>, context: &Context) -> Result<Outcome> {
    let (Some(path), Document::Result(command, _)) = (file, &outcome.document) else {
        return Ok(outcome);
    };
    kind::spare("write the result", path, None)?;
    if !context.dry_run {
        let text = outcome.page.render(false);
        file::write(path, text.as_bytes(), 0o600, Existing::Replace).doing("write the result")?;
    }
    let written_to = path.display().to_string();
    Ok(Outcome::new(command, &Written { written_to }))
}

/// Our results are plain structures: they always have a JSON form.
fn json(result: &impl Serialize) -> String {
    serde_json::to_string(result).unwrap_or_else(|_| "null".into())
}

/// How to write.
#[derive(Clone, Copy, Debug)]
pub struct Output {
    /// One JSON document instead of text.
    pub json: bool,
    /// No text unless something failed.
    pub quiet: bool,
    /// Nothing was changed: say so.
    pub dry_run: bool,
    /// Standard output shows colours.
    colour_out: bool,
    /// Standard error shows colours.
    colour_err: bool,
    /// Somebody looks at standard error.
    interactive: bool,
}

impl Output {
    /// Looks at where the output goes.
    #[must_use]
    pub fn new(json: bool, quiet: bool, dry_run: bool) -> Self {
        let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        let colours = !set("NO_COLOR") && !dumb;
        let (out, err) = (io::stdout().is_terminal(), io::stderr().is_terminal());
        Self {
            json,
            quiet,
            dry_run,
            colour_out: colours && out && !json,
            colour_err: colours && err && !json,
            interactive: err && !dumb && !json && !quiet,
        }
    }

    /// Whether a progress bar makes sense.
    #[must_use]
    pub const fn shows_progress(&self) -> bool {
        self.interactive
    }

    /// Writes what a command did.
    pub fn report(&self, outcome: &Outcome) {
        if self.json {
            let dry_run = if self.dry_run { ",\"dry_run\":true" } else { "" };
            match &outcome.document {
                Document::Result(command, result) => write_out(&framed(command, dry_run, result)),
                Document::Whole(document) => write_out(&format!("{document}\n")),
                Document::None => {}
            }
        } else if !self.quiet && !outcome.page.is_empty() {
            let label = if self.dry_run { DRY_RUN } else { "" };
            write_out(&format!("{label}{}", outcome.page.render(self.colour_out)));
        }
    }

    /// Writes part of what a command does, before it is done.
    pub fn show(&self, page: &Page) {
        if !self.json && !self.quiet && !page.is_empty() {
            write_out(&page.render(self.colour_out));
        }
    }

    /// Whether somebody who looks at standard output sees colours.
    #[must_use]
    pub const fn colours(&self) -> bool {
        self.colour_out
    }

    /// Writes why a command could not be done.
    pub fn fail(&self, failure: &Failure) {
        if self.json {
            write_out(&format!(
                "{{\"schema\":{SCHEMA},\"error\":{}}}\n",
                json(&failure.shown())
            ));
        } else {
            write_err(&self.failure_text(failure));
        }
    }

    /// A note that is no result: what is being waited for, what was skipped.
    pub fn note(&self, text: &str) {
        if !self.json && !self.quiet {
            write_err(&format!("{text}\n"));
        }
    }

    fn failure_text(&self, failure: &Failure) -> String {
        let error = if self.colour_err {
            "\x1b[1;31merror:\x1b[0m"
        } else {
            "error:"
        };
        let mut text = format!("{error} {}\n", printable_lines(&failure.message));
        let mut line = |label: &str, value: &str| {
            // Writing to a string does not fail.
            let _ = writeln!(text, "  {label:<12} {}", printable(value));
        };
        line("step:", &failure.step);
        if let Some(party) = &failure.party {
            line("party:", party);
        }
        if let (Some(status), Some(words)) = (failure.status, failure.status_words()) {
            line("status word:", &format!("{:04X}, {words}", status.0));
        }
        if let Some(reason) = failure.reason.filter(|reason| *reason != Reason::None) {
            // The meanings are a card's; a party says in its own words what it means.
            let meaning = if failure.status.is_some() {
                format!(", {reason}")
            } else {
                String::new()
            };
            line("reason:", &format!("{}{meaning}", reason.name()));
        }
        line("what to do:", &failure.remedy);
        if failure.class == Class::Internal {
            line(
                "note:",
                "this is a fault of a program, a card or this computer, not yours",
            );
        }
        text
    }
}

/// Messages about texts may have several lines.
fn printable_lines(text: &str) -> String {
    text.trim_end()
        .lines()
        .map(printable)
        .collect::<Vec<_>>()
        .join("\n  ")
}

/// Writes to standard output; a reader that went away is no error of ours. Anything else is kept for [`lost`].
pub(crate) fn write_out(text: &str) {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            // The first one tells why.
            let _ = LOST.set(error);
        }
        _ => {}
    }
}

/// Why something written to standard output did not get there.
static LOST: OnceLock<io::Error> = OnceLock::new();

/// The failure if a result, or a part of one, is lost on its way to standard output: a full disk, say.
#[must_use]
pub fn lost() -> Option<Failure> {
    LOST.get()
        .map(|error| Failure::file("write the result", Path::new("standard output"), error))
}

pub(crate) fn write_err(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}
