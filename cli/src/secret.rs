//! PINs and passphrases: from a file, from standard input, from the environment, or typed on a terminal.
//!
//! Never as the value of an option: other users of a machine see those. The environment is for continuous integration,
//! where nobody types. What is read is wiped when dropped.

pub(crate) mod borrowed;
mod typed;

use std::io::{self, BufRead, IsTerminal, Read};
use std::path::{Path, PathBuf};

use apdu_spec::limits::{UNBLOCKING_CODE_MAX, UNBLOCKING_CODE_MIN};
use clap::Args;
use host::card::{LastTry, Pin};
use parties::signer::Passphrase;
use parties::signer::key_file::PASSPHRASE_MIN;
use zeroize::Zeroizing;

use self::typed::Typed;
use crate::failure::{Failure, Result};

/// The longest file a secret is read from, in bytes.
const FILE_MAX: u64 = 4096;

/// Where a PIN comes from.
#[derive(Args, Clone, Debug, Default)]
pub struct PinArguments {
    /// Read the PIN from the first line of FILE
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with = "pin_stdin",
        help_heading = "PINs and passphrases"
    )]
    pub pin_file: Option<PathBuf>,
    /// Read the PIN from a line of standard input
    #[arg(long, help_heading = "PINs and passphrases")]
    pub pin_stdin: bool,
    /// Go on even if one try is left: a wrong PIN then blocks it
    #[arg(long, help_heading = "PINs and passphrases")]
    pub last_try: bool,
}

impl PinArguments {
    /// The PIN called `what`, also looked for in the environment variable `variable`.
    ///
    /// # Errors
    /// When there is none to be had, or it cannot be a PIN.
    pub fn pin(&self, what: &str, variable: &str) -> Result<Pin> {
        let step = format!("get the {what}");
        let remedy = format!(
            "Run the command on a terminal, or give --pin-file FILE, --pin-stdin or the variable {variable}."
        );
        let source = Source {
            file: self.pin_file.as_deref(),
            stdin: self.pin_stdin,
            variable,
        };
        let text = source.read(&step, &remedy, || prompt(&step, what))?;
        to_pin(&step, &text)
    }

    /// Whether the last try may be spent.
    #[must_use]
    pub const fn last_try(&self) -> LastTry {
        if self.last_try {
            LastTry::Spend
        } else {
            LastTry::Keep
        }
    }
}

/// Where a new PIN comes from.
#[derive(Args, Clone, Debug, Default)]
pub struct NewPinArguments {
    /// Read the new PIN from the first line of FILE
    #[arg(long, value_name = "FILE", help_heading = "PINs and passphrases")]
    pub new_pin_file: Option<PathBuf>,
}

impl NewPinArguments {
    /// The new PIN called `what`; typed twice on a terminal. It is on standard input where the old one is.
    ///
    /// # Errors
    /// When there is none to be had, or it cannot be a PIN.
    pub fn pin(&self, old_on_stdin: bool, what: &str, variable: &str) -> Result<Pin> {
        let step = format!("get the {what}");
        let remedy = format!(
            "Run the command on a terminal, or give --new-pin-file FILE, --pin-stdin (a second line) or the variable \
             {variable}."
        );
        let stdin = old_on_stdin && self.new_pin_file.is_none();
        let source = Source {
            file: self.new_pin_file.as_deref(),
            stdin,
            variable,
        };
        let text = source.read(&step, &remedy, || {
            prompt_twice(&step, what, |text| to_pin(&step, text).map(drop))
        })?;
        to_pin(&step, &text)
    }
}

/// Where the code comes from that unblocks PINs.
#[derive(Args, Clone, Debug, Default)]
pub struct CodeArguments {
    /// Read the unblocking code from the first line of FILE
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with = "code_stdin",
        help_heading = "PINs and passphrases"
    )]
    code_file: Option<PathBuf>,
    /// Read the unblocking code from a line of standard input
    #[arg(long, help_heading = "PINs and passphrases")]
    code_stdin: bool,
}

impl CodeArguments {
    /// The unblocking code.
    ///
    /// # Errors
    /// When there is none to be had, or it cannot be one.
    pub fn code(&self) -> Result<Pin> {
        let step = "get the unblocking code";
        let remedy = format!(
            "Run the command on a terminal, or give --code-file FILE, --code-stdin or the variable {CODE_VARIABLE}."
        );
        let source = Source {
            file: self.code_file.as_deref(),
            stdin: self.code_stdin,
            variable: CODE_VARIABLE,
        };
        let text = source.read(step, &remedy, || prompt(step, "unblocking code"))?;
        if (UNBLOCKING_CODE_MIN..=UNBLOCKING_CODE_MAX).contains(&text.len()) {
            return to_pin(step, &text);
        }
        Err(Failure::usage(
            step,
            format!("an unblocking code has {UNBLOCKING_CODE_MIN} to {UNBLOCKING_CODE_MAX} characters"),
            "Give the code as it stands in the issuer's letter.",
        ))
    }

    /// Whether it comes from standard input.
    #[must_use]
    pub const fn on_stdin(&self) -> bool {
        self.code_stdin
    }
}

/// Where the passphrase of a party's key comes from.
#[derive(Args, Clone, Debug, Default)]
pub struct PassphraseArguments {
    /// Read the passphrase of the party's key from the first line of FILE
    #[arg(long, value_name = "FILE", help_heading = "PINs and passphrases")]
    pub passphrase_file: Option<PathBuf>,
}

/// The environment variable a passphrase is looked for in.
pub const PASSPHRASE_VARIABLE: &str = "SYMBOLON_PASSPHRASE";
/// The environment variable the user PIN, or an application's, is looked for in.
pub const PIN_VARIABLE: &str = "SYMBOLON_PIN";
/// The environment variable the consent PIN is looked for in.
pub const CONSENT_PIN_VARIABLE: &str = "SYMBOLON_CONSENT_PIN";
/// The environment variable the unblocking code is looked for in.
pub const CODE_VARIABLE: &str = "SYMBOLON_UNBLOCKING_CODE";
/// The environment variable a new PIN is looked for in.
pub const NEW_PIN_VARIABLE: &str = "SYMBOLON_NEW_PIN";

impl PassphraseArguments {
    /// The passphrase of the key in `folder`.
    ///
    /// # Errors
    /// When there is none to be had.
    pub fn passphrase(&self, folder: &Path) -> Result<Passphrase> {
        self.read(folder, false)
    }

    /// A passphrase for the key that will be in `folder`; typed twice on a terminal.
    ///
    /// # Errors
    /// When there is none to be had.
    pub fn new_passphrase(&self, folder: &Path) -> Result<Passphrase> {
        self.read(folder, true)
    }

    fn read(&self, folder: &Path, new: bool) -> Result<Passphrase> {
        let what = format!("passphrase of {}", folder.display());
        let step = format!("get the {what}");
        let remedy = format!(
            "Run the command on a terminal, or give --passphrase-file FILE or the variable {PASSPHRASE_VARIABLE}."
        );
        let source = Source {
            file: self.passphrase_file.as_deref(),
            stdin: false,
            variable: PASSPHRASE_VARIABLE,
        };
        let text = source.read(&step, &remedy, || match new {
            true => prompt_twice(&step, &format!("new {what}"), |text| long_enough(&step, text)),
            false => prompt(&step, &what),
        })?;
        if new {
            long_enough(&step, &text)?;
        }
        Ok(Passphrase::new(text.as_str()))
    }
}

/// A new passphrase protects a key.
fn long_enough(step: &str, text: &str) -> Result<()> {
    if text.chars().count() < PASSPHRASE_MIN {
        let message = format!("it has fewer than {PASSPHRASE_MIN} characters");
        return Err(Failure::usage(
            step,
            message,
            "Choose a longer one: several words are easy to remember.",
        ));
    }
    Ok(())
}

/// A secret that is no PIN of a person's: from the first line of `file`, or typed.
///
/// # Errors
/// When there is none to be had.
pub(crate) fn secret_line(step: &str, what: &str, file: Option<&Path>) -> Result<Zeroizing<String>> {
    match file {
        Some(path) => from_file(step, path),
        None if io::stdin().is_terminal() => prompt(step, what),
        None => Err(Failure::usage(
            step,
            "nobody can be asked: this is not a terminal",
            "Run the command on a terminal, or give --file FILE.",
        )),
    }
}

/// Where a secret may be, first come first served.
struct Source<'a> {
    file: Option<&'a Path>,
    stdin: bool,
    variable: &'a str,
}

impl Source<'_> {
    fn read(
        &self,
        step: &str,
        remedy: &str,
        ask: impl FnOnce() -> Result<Zeroizing<String>>,
    ) -> Result<Zeroizing<String>> {
        if let Some(path) = self.file {
            return from_file(step, path);
        }
        if self.stdin {
            return from_stdin(step);
        }
        match std::env::var(self.variable) {
            Ok(value) if !value.is_empty() => Ok(Zeroizing::new(value)),
            Err(std::env::VarError::NotUnicode(_)) => Err(Failure::usage(
                step,
                format!("the variable {} is not text", self.variable),
                remedy,
            )),
            _ if io::stdin().is_terminal() => ask(),
            _ => Err(Failure::usage(
                step,
                "nobody can be asked: this is not a terminal",
                remedy,
            )),
        }
    }
}

fn from_file(step: &str, path: &Path) -> Result<Zeroizing<String>> {
    let failed = |error: &io::Error| Failure::file(step, path, error);
    let file = std::fs::File::open(path).map_err(|error| failed(&error))?;
    let mut bytes = Zeroizing::new(Vec::with_capacity(usize::try_from(FILE_MAX).unwrap_or_default()));
    file.take(FILE_MAX)
        .read_to_end(&mut bytes)
        .map_err(|error| failed(&error))?;
    let line = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    line_text(step, &path.display().to_string(), line)
}

fn from_stdin(step: &str) -> Result<Zeroizing<String>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(usize::try_from(FILE_MAX).unwrap_or_default()));
    // The lock is of the process, so that a second secret finds the second line.
    let read = io::stdin().lock().take(FILE_MAX).read_until(b'\n', &mut bytes);
    read.map_err(|error| {
        Failure::usage(
            step,
            format!("standard input: {error}"),
            "Write it to standard input.",
        )
    })?;
    if bytes.is_empty() {
        return Err(Failure::usage(
            step,
            "standard input: there is no line left for it",
            "Write each secret on a line of its own, in the order in which they are asked for on a terminal.",
        ));
    }
    line_text(step, "standard input", &bytes)
}

fn line_text(step: &str, source: &str, line: &[u8]) -> Result<Zeroizing<String>> {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let wrong = |cause: &str| {
        Failure::usage(
            step,
            format!("{source}: {cause}"),
            "Put the secret alone into the first line.",
        )
    };
    match std::str::from_utf8(line) {
        Ok("") => Err(wrong("the first line is empty")),
        Ok(text) => Ok(Zeroizing::new(text.to_owned())),
        Err(_) => Err(wrong("the first line is not text")),
    }
}

fn prompt(step: &str, what: &str) -> Result<Zeroizing<String>> {
    match typed::ask(&format!("{what}: ")) {
        Ok(Typed::Line(text)) => Ok(text),
        Ok(Typed::Stopped) => Err(Failure::stopped(step)),
        Ok(Typed::Nothing) => Err(Failure::usage(
            step,
            "nothing was typed: the input ended (Ctrl-D)",
            "Run the command again, and end what you type with Enter.",
        )),
        Err(error) => Err(Failure::usage(
            step,
            format!("the terminal cannot be read: {error}"),
            "Give it in a file instead.",
        )),
    }
}

/// What is typed twice; what it cannot be, `check` says before the second time.
fn prompt_twice(step: &str, what: &str, check: impl Fn(&str) -> Result<()>) -> Result<Zeroizing<String>> {
    let first = prompt(step, what)?;
    check(&first)?;
    let second = prompt(step, "the same again")?;
    if first == second {
        Ok(first)
    } else {
        Err(Failure::usage(
            step,
            "the two are not the same",
            "Run the command again and type with care.",
        ))
    }
}

/// A card takes a PIN as bytes, and which bytes a letter with an accent becomes depends on the terminal: what was set at one
/// could not be given at another. What a key such as an arrow sends is no part of a PIN either.
fn to_pin(step: &str, text: &str) -> Result<Pin> {
    if !text.chars().all(|character| matches!(character, ' '..='~')) {
        return Err(Failure::usage(
            step,
            "it has a character that no PIN has: only digits, the letters A to Z and a to z, and signs like + and # are \
             the same on every terminal",
            "Give the PIN again without it: nothing was sent to the card, and no try was used.",
        ));
    }
    Pin::new(text.as_bytes()).map_err(|error| {
        Failure::usage(
            step,
            error.to_string(),
            "Give a PIN of that length; the consent PIN has at least six characters.",
        )
    })
}
