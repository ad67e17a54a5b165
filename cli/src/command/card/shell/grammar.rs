//! The commands of the shell, as clap understands them: one line is one command. Their arguments are in [`arguments`], how a line
//! becomes a command and what `help` says in [`reading`].

mod arguments;
mod reading;

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueHint};

pub(super) use arguments::{ChannelDo, Content, FileForm, FileSort, Named, Stretch, Tracing};
pub(super) use reading::help;

use super::super::make_key::KeyPurpose;
use super::super::{KeyName, record_number};
use crate::secret::{CodeArguments, NewPinArguments, PinArguments};

/// A line of the shell.
#[derive(Parser, Debug)]
#[command(multicall = true, disable_help_subcommand = true, max_term_width = 110)]
#[command(subcommand_required = true, arg_required_else_help = false)]
pub(super) struct Line {
    #[command(subcommand)]
    pub(super) command: Do,
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
        #[arg(long, value_name = "NUMBER", value_parser = record_number)]
        record: Option<u8>,
    },
    /// Read bytes of a file, or one record, in hexadecimal; $data is what was read
    Read {
        /// The file
        #[arg(value_name = "PATH")]
        path: String,
        #[command(flatten)]
        stretch: Stretch,
        /// Read this record, counted from 1
        #[arg(long, value_name = "NUMBER", value_parser = record_number, conflicts_with_all = ["offset", "length"])]
        record: Option<u8>,
    },
    /// List the records of a file, and how many there can be
    Records {
        /// The file
        #[arg(value_name = "PATH")]
        path: String,
    },
    /// Find where in a file this stands: the bytes from which on, or the records; $data is their numbers, four digits or two each
    Search {
        /// The file
        #[arg(value_name = "PATH")]
        path: String,
        #[command(flatten)]
        content: Content,
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
        #[arg(long, value_name = "NUMBER", value_parser = record_number, conflicts_with = "append")]
        record: Option<u8>,
        /// Add a record
        #[arg(long)]
        append: bool,
    },
    /// Add a record to a file; it is read back and compared
    Append {
        /// The file
        #[arg(value_name = "PATH")]
        path: String,
        #[command(flatten)]
        content: Content,
    },
    /// Set bytes of a file to zero, or empty a record; what was done is read back
    Erase {
        /// The file
        #[arg(value_name = "PATH")]
        path: String,
        #[command(flatten)]
        stretch: Stretch,
        /// Empty this record, counted from 1
        #[arg(long, value_name = "NUMBER", value_parser = record_number, conflicts_with_all = ["offset", "length"])]
        record: Option<u8>,
    },
    /// Create a file or folder in a folder of an application, where its rules allow that
    Create {
        /// The new file: an id of four hexadecimal digits, in the current folder or behind another's path
        #[arg(value_name = "PATH")]
        path: String,
        #[command(flatten)]
        form: FileForm,
    },
    /// Delete a file of an application for good, where its rules and those of its folder allow that
    Delete {
        /// The file
        #[arg(value_name = "PATH")]
        path: String,
        /// Delete a folder with all that lies in it
        #[arg(long)]
        recursive: bool,
    },
    /// Make a file of an application unusable for good: it stays, and nobody can ever use it again
    Terminate {
        /// The file or folder
        #[arg(value_name = "PATH")]
        path: String,
        /// Yes, for good: there is no way back
        #[arg(long, required = true)]
        for_good: bool,
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
    /// Switch an application off (needs "verify consent" just before), or a file in one (needs what its rule says)
    Deactivate {
        /// The application by its AID or label, or the file
        #[arg(value_name = "PATH")]
        path: String,
    },
    /// Switch an application on again (needs "verify consent" just before), or a file in one (needs what its rule says)
    Activate {
        /// The application by its AID or label, or the file
        #[arg(value_name = "PATH")]
        path: String,
    },
    /// Work on several logical channels: each has its own current folder and its own verified PINs; alone, list them
    Channel {
        #[command(subcommand)]
        what: Option<ChannelDo>,
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
    /// Whether it writes to the card, or may: a dry run leaves it.
    pub(super) const fn may_change(&self) -> bool {
        matches!(
            self,
            Self::Put { .. }
                | Self::Write { .. }
                | Self::Edit { .. }
                | Self::Append { .. }
                | Self::Erase { .. }
                | Self::Create { .. }
                | Self::Delete { .. }
                | Self::Terminate { .. }
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
