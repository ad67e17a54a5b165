//! The commands of the shell, as clap understands them: one line is one command.

use std::path::PathBuf;

use apdu_spec::aid::Aid;
use clap::{CommandFactory, Parser, Subcommand, ValueHint};

use super::super::make_key::KeyPurpose;
use super::super::{KeyName, PinName, WhichPin};
use crate::failure::{Failure, Result};
use crate::secret::{CodeArguments, NewPinArguments, PinArguments};

/// A line of the shell.
#[derive(Parser, Debug)]
#[command(multicall = true, disable_help_subcommand = true, max_term_width = 110)]
#[command(subcommand_required = true, arg_required_else_help = false)]
pub(super) struct Line {
    #[command(subcommand)]
    pub(super) command: Do,
}

/// A PIN as it is named in the shell: those of an application are those of the current one.
#[derive(clap::Args, Clone, Debug)]
pub(super) struct Named {
    /// The PIN: user, consent, or 81 to 8F for one of the application that is the current folder
    #[arg(value_name = "PIN")]
    pub(super) pin: PinName,
}

impl Named {
    /// The same, for the application `here`.
    pub(super) const fn of(&self, here: Option<Aid>) -> WhichPin {
        let local = matches!(self.pin.0, apdu_spec::reference::PinReference::Local(_));
        WhichPin {
            pin: self.pin,
            application: if local { here } else { None },
        }
    }
}

/// What to write: one of the two.
#[derive(clap::Args, Clone, Debug)]
#[group(required = true, multiple = false)]
pub(super) struct Content {
    /// What to write, as text
    #[arg(value_name = "TEXT")]
    pub(super) text: Option<String>,
    /// What to write, in hexadecimal
    #[arg(long, value_name = "BYTES")]
    pub(super) hex: Option<String>,
}

/// Whether traffic is shown.
#[derive(clap::ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tracing {
    /// Show every APDU on standard error, with secrets masked
    On,
    /// Show none
    Off,
    /// Show every APDU and say what it means
    Explain,
}

/// The commands.
#[derive(Subcommand, Debug)]
pub(super) enum Do {
    /// Go to a folder: file ids, "..", "/", an application's AID or label
    Cd {
        /// Where to; the top if left out
        #[arg(value_name = "PATH")]
        path: Option<String>,
    },
    /// Say which folder this is
    Pwd,
    /// List a folder
    Ls {
        /// The folder; the current one if left out
        #[arg(value_name = "PATH")]
        path: Option<String>,
    },
    /// Show a folder and everything in it
    Tree {
        /// The folder; the current one if left out
        #[arg(value_name = "PATH")]
        path: Option<String>,
    },
    /// Show what is in a file: text as text, objects explained, anything else in hexadecimal
    Cat {
        /// The file
        #[arg(value_name = "PATH")]
        path: String,
        /// Show this record alone, counted from 1
        #[arg(long, value_name = "NUMBER")]
        record: Option<u8>,
    },
    /// Show what is in a file in hexadecimal
    Hexdump {
        /// The file
        #[arg(value_name = "PATH")]
        path: String,
    },
    /// Tell everything about a file: its access rules, and what of them is open now
    Stat {
        /// The file; the current folder if left out
        #[arg(value_name = "PATH")]
        path: Option<String>,
    },
    /// Copy a file of the card to a file of this computer, which only its owner can read
    Get {
        /// The file on the card
        #[arg(value_name = "PATH")]
        path: String,
        /// The file to write
        #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
        file: PathBuf,
    },
    /// Copy a file of this computer to a file of the card; zeros fill it up; it is read back and compared
    Put {
        /// The file to read
        #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
        file: PathBuf,
        /// The file on the card
        #[arg(value_name = "PATH")]
        path: String,
    },
    /// Write a file; without --offset zeros fill it up; what was written is read back and compared
    Write {
        /// The file
        #[arg(value_name = "PATH")]
        path: String,
        #[command(flatten)]
        content: Content,
        /// Write from this byte on and leave the others
        #[arg(long, value_name = "BYTE", conflicts_with_all = ["record", "append"])]
        offset: Option<u16>,
        /// Write this record, counted from 1
        #[arg(long, value_name = "NUMBER", conflicts_with = "append")]
        record: Option<u8>,
        /// Add a record
        #[arg(long)]
        append: bool,
    },
    /// Change a file in your editor ($VISUAL or $EDITOR); it is read back and compared
    Edit {
        /// The file
        #[arg(value_name = "PATH")]
        path: String,
    },
    /// Show how it stands with the PINs
    Pins,
    /// Verify a PIN; it is typed where nobody sees it, or read from a file, or SYMBOLON_PIN or SYMBOLON_CONSENT_PIN
    Verify {
        #[command(flatten)]
        pin: Named,
        #[command(flatten)]
        secret: PinArguments,
    },
    /// Replace a PIN, or a transport PIN by your own
    ChangePin {
        #[command(flatten)]
        pin: Named,
        #[command(flatten)]
        secret: PinArguments,
        #[command(flatten)]
        new: NewPinArguments,
    },
    /// Give a blocked PIN a new value, by the unblocking code
    Unblock {
        #[command(flatten)]
        pin: Named,
        #[command(flatten)]
        code: CodeArguments,
        #[command(flatten)]
        new: NewPinArguments,
    },
    /// Switch an application off (needs "verify consent" just before)
    Deactivate {
        /// The application, by its AID or label
        #[arg(value_name = "PATH")]
        path: String,
    },
    /// Switch an application on again (needs "verify consent" just before)
    Activate {
        /// The application, by its AID or label
        #[arg(value_name = "PATH")]
        path: String,
    },
    /// Read a data object of the card (GET DATA) and explain it; without TAG list them
    Data {
        /// Its tag: 0101 to 0124
        #[arg(value_name = "TAG")]
        tag: Option<String>,
        /// Which of several, in hexadecimal
        #[arg(value_name = "SELECTOR")]
        selector: Option<String>,
    },
    /// Write a data object of a card that is being made (PUT DATA); one that is a secret is asked for
    PutData {
        /// Its tag
        #[arg(value_name = "TAG")]
        tag: String,
        /// Its value in hexadecimal, unless it is a secret
        #[arg(value_name = "BYTES")]
        value: Option<String>,
        /// Read the secret from the first line of FILE
        #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
        file: Option<PathBuf>,
    },
    /// Get random bytes from the card
    Random {
        /// How many, 1 to 256
        #[arg(value_name = "BYTES", default_value_t = 16)]
        length: usize,
    },
    /// Have the card make a key of the application that is the current folder
    MakeKey {
        /// The key: 81 to 8F
        #[arg(value_name = "KEY")]
        key: KeyName,
        /// What it is for
        #[arg(value_name = "PURPOSE", value_enum, default_value = "signatures")]
        purpose: KeyPurpose,
    },
    /// Have the card sign a file of this computer with a key of the application that is the current folder
    Sign {
        /// The key: 81 to 8F
        #[arg(value_name = "KEY")]
        key: KeyName,
        /// What is signed; its SHA-256 goes to the card
        #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
        file: PathBuf,
        /// Write the signature to this file: 64 bytes
        #[arg(long, short, value_name = "FILE", value_hint = ValueHint::FilePath)]
        output: Option<PathBuf>,
    },
    /// Send a command APDU, in hexadecimal, and explain the reply
    Apdu {
        /// The APDU; blanks do not matter
        #[arg(value_name = "BYTES", required = true)]
        bytes: Vec<String>,
    },
    /// Demand a status word of the last command, and that its data looks like this; ends a script otherwise
    Expect {
        /// Four hexadecimal digits; x stands for any, as in 63Cx; several are joined by |
        #[arg(value_name = "SW")]
        status: String,
        /// The data in hexadecimal; x stands for any digit and * for any digits
        #[arg(value_name = "PATTERN")]
        pattern: Option<String>,
        /// The data has this text in it
        #[arg(long, value_name = "TEXT")]
        text: Option<String>,
    },
    /// Set a variable, which $name stands for then; without a value list all
    Set {
        /// Its name: letters, digits, _
        #[arg(value_name = "NAME")]
        name: Option<String>,
        /// Its value; "$data" is the last reply's data, "$sw" its status word
        #[arg(value_name = "VALUE")]
        value: Option<String>,
    },
    /// Write words
    Echo {
        /// The words
        #[arg(value_name = "WORD", trailing_var_arg = true, allow_hyphen_values = true)]
        words: Vec<String>,
    },
    /// Do what is in a script
    Source {
        /// A file with commands of the shell
        #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
        file: PathBuf,
    },
    /// Show the traffic with the card, or no longer
    Trace {
        /// What to show
        #[arg(value_name = "WHAT", value_enum)]
        what: Tracing,
    },
    /// Reset the card: what was verified is forgotten
    Reset,
    /// Run any command of symbolon; if it is about a card, the shell lets this one go meanwhile
    Symbolon {
        /// The command: issuer register --issuer alpenbank
        #[arg(
            value_name = "COMMAND",
            required = true,
            trailing_var_arg = true,
            allow_hyphen_values = true
        )]
        words: Vec<String>,
    },
    /// List the commands, or explain one
    Help {
        /// The command
        #[arg(value_name = "COMMAND")]
        command: Option<String>,
    },
    /// End the shell
    #[command(alias = "quit")]
    Exit,
}

impl Do {
    /// Understands the words of a line, of which there is at least one.
    ///
    /// # Errors
    /// When they are no command.
    pub(super) fn understand(words: &[String]) -> Result<Self> {
        let name = words.first().map(String::as_str).unwrap_or_default();
        Line::try_parse_from(words).map(|line| line.command).map_err(|error| {
            let text = error.render().to_string();
            let message = text
                .trim_start_matches("error: ")
                .split("\n\nUsage:")
                .next()
                .unwrap_or(&text)
                .trim_end();
            let known = Line::command().find_subcommand(name).is_some();
            let remedy = match name {
                "verify" | "change-pin" | "unblock" => {
                    format!("PINs are never part of a line: type \"{name} user\" and the PIN when asked, or name a file.")
                }
                _ if known => format!("Type \"help {name}\"."),
                _ => "Type \"help\" for the commands.".to_owned(),
            };
            // What was typed may be a PIN.
            let message = match name {
                "verify" | "change-pin" | "unblock" => "it is not written like that".to_owned(),
                _ if !known => "there is no such command".to_owned(),
                _ => message.to_owned(),
            };
            Failure::usage(format!("understand {name:?}"), message, remedy)
        })
    }

    /// Whether it writes to the card, or may: a dry run leaves it.
    pub(super) const fn may_change(&self) -> bool {
        matches!(
            self,
            Self::Put { .. }
                | Self::Write { .. }
                | Self::Edit { .. }
                | Self::ChangePin { .. }
                | Self::Unblock { .. }
                | Self::Deactivate { .. }
                | Self::Activate { .. }
                | Self::PutData { .. }
                | Self::MakeKey { .. }
                | Self::Sign { .. }
                | Self::Apdu { .. }
                | Self::Verify { .. }
        )
    }
}

/// What `help` says.
///
/// # Errors
/// When there is no such command.
pub(super) fn help(name: Option<&str>) -> Result<String> {
    let mut all = Line::command();
    all.build();
    let Some(name) = name else {
        let rows = all.get_subcommands().map(|one| {
            format!(
                "  {:<11} {}\n",
                one.get_name(),
                one.get_about().cloned().unwrap_or_default()
            )
        });
        return Ok(format!(
            "{}\nType \"help COMMAND\" for more, Tab to complete, Ctrl-R to search the history. A refusal ends a script, \
             unless\nthe next line is an \"expect\" that wanted it. What begins with a blank is not kept in the history.\n",
            rows.collect::<String>()
        ));
    };
    match all.find_subcommand_mut(name) {
        Some(command) => Ok(command.render_help().to_string()),
        None => Err(Failure::usage(
            "help",
            format!("there is no command {name:?}"),
            "Type \"help\" for the commands.",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_commands_hold_together_and_are_explained() {
        Line::command().debug_assert();
        for command in Line::command().get_subcommands() {
            assert!(command.get_about().is_some(), "{}", command.get_name());
            assert!(help(Some(command.get_name())).unwrap().contains("Usage:"));
        }
        assert!(help(None).unwrap().contains("hexdump"));
        assert!(help(Some("nothing")).is_err());
    }

    /// Losing this shows a PIN to whoever looks at the screen or the log of a script.
    #[test]
    fn a_pin_on_the_line_is_refused_and_not_repeated() {
        let words = ["verify", "user", "13572468"].map(str::to_owned);
        let failure = Do::understand(&words).unwrap_err();
        assert!(!format!("{failure:?}").contains("13572468"), "{failure:?}");
    }
}
