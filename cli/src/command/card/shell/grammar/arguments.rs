//! What stands behind the name of a command.

use apdu_spec::aid::Aid;
use apdu_spec::file::RuleReference;
use clap::{Subcommand, ValueEnum};

use super::super::super::{PinName, WhichPin};

/// A PIN as it is named in the shell: those of an application are those of the current one.
#[derive(clap::Args, Clone, Debug)]
pub(in super::super) struct Named {
    /// The PIN: user, consent, or 81 to 8F for one of the application that is the current folder
    #[arg(value_name = "PIN")]
    pub(in super::super) pin: PinName,
}

impl Named {
    /// The same, for the application `here`.
    pub(in super::super) const fn of(&self, here: Option<Aid>) -> WhichPin {
        let local = matches!(self.pin.0, apdu_spec::reference::PinReference::Local(_));
        WhichPin {
            pin: self.pin,
            application: if local { here } else { None },
        }
    }
}

/// Bytes: one of the two.
#[derive(clap::Args, Clone, Debug)]
#[group(required = true, multiple = false)]
pub(in super::super) struct Content {
    /// The bytes, as text
    #[arg(value_name = "TEXT")]
    pub(in super::super) text: Option<String>,
    /// The bytes, in hexadecimal
    #[arg(long, value_name = "BYTES")]
    pub(in super::super) hex: Option<String>,
    /// Access rules as a card writes them down, from words like "read: always; update, delete: pin 81"
    #[arg(long, value_name = "RULES")]
    pub(in super::super) rules: Option<String>,
}

/// Whether traffic is shown.
#[derive(clap::ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Tracing {
    /// Show every APDU on standard error, with secrets masked
    On,
    /// Show none
    Off,
    /// Show every APDU and say what it means
    Explain,
}

/// Bytes of a file.
#[derive(clap::Args, Clone, Copy, Debug)]
pub(in super::super) struct Stretch {
    /// Begin with this byte, counted from 0
    #[arg(long, value_name = "BYTE")]
    pub(in super::super) offset: Option<u16>,
    /// So many bytes; all that follow if left out
    #[arg(long, value_name = "BYTES")]
    pub(in super::super) length: Option<u16>,
}

/// What a new file is.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum FileSort {
    /// Bytes (transparent)
    File,
    /// A folder (DF)
    Folder,
    /// Records, all of one length
    LinearFixed,
    /// Records, each as long as it is
    LinearVariable,
    /// Records of one length, where the newest is record 1 and the oldest gives way
    Cyclic,
}

/// A new file.
#[derive(clap::Args, Clone, Debug)]
pub(in super::super) struct FileForm {
    /// What it is
    #[arg(long, value_enum, value_name = "KIND", default_value = "file")]
    pub(in super::super) kind: FileSort,
    /// Bytes it holds; with records of fixed length that follows from --length and --number
    #[arg(long, value_name = "BYTES")]
    pub(in super::super) size: Option<u16>,
    /// Bytes of a record, or of the longest: 1 to 255
    #[arg(long, value_name = "BYTES", value_parser = clap::value_parser!(u8).range(1..))]
    pub(in super::super) length: Option<u8>,
    /// How many records there can be: 1 to 254
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u8).range(1..=254))]
    pub(in super::super) number: Option<u8>,
    /// Short id, 1 to 30
    #[arg(long, value_name = "ID", value_parser = clap::value_parser!(u8).range(1..=30))]
    pub(in super::super) short_id: Option<u8>,
    /// Who may do what, in the words that "ls" shows: "read: always; update, delete: pin 81". What is not named, nobody may
    #[arg(long, value_name = "RULES", default_value = "")]
    pub(in super::super) access: String,
    /// The same, as a record says it of a file of access rules (EF.ARR) here or in a folder around: 2F06:1 is its record 1
    #[arg(long, value_name = "FILE:RECORD", conflicts_with = "access", value_parser = rule_reference)]
    pub(in super::super) access_from: Option<RuleReference>,
}

fn rule_reference(text: &str) -> Result<RuleReference, String> {
    let parts = text.split_once(':').filter(|(file, _)| file.len() == 4);
    parts
        .and_then(|(file, record)| {
            Some(RuleReference {
                file: u16::from_str_radix(file, 16).ok()?,
                record: record.parse().ok()?,
            })
        })
        .filter(RuleReference::is_possible)
        .ok_or_else(|| {
            "it is a file id of four hexadecimal digits, a colon, and a record from 1 to 254, like 2F06:1"
                .to_owned()
        })
}

/// What is done with logical channels.
#[derive(Subcommand, Clone, Copy, Debug)]
pub(in super::super) enum ChannelDo {
    /// Open another channel, at the top of the card and with nothing verified, and go on there
    Open,
    /// Close a channel, with all that was verified there
    Close {
        /// Which one; the one in use if left out
        #[arg(value_name = "CHANNEL", value_parser = clap::value_parser!(u8).range(1..=3))]
        number: Option<u8>,
    },
    /// Go on over another open channel
    Use {
        /// Which one: 0 is the one that is always there
        #[arg(value_name = "CHANNEL", value_parser = clap::value_parser!(u8).range(0..=3))]
        number: u8,
    },
}
