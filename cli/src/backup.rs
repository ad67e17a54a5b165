//! Everything that can be read of a card, as one JSON document, and what differs between two of them.
//!
//! A backup is for looking and comparing: secrets never leave a card, so nothing can be restored from it. What belongs
//! here: the document, reading it from a card or a file, comparing. What does not: what may be typed ([`crate::command`]).

mod compare;
mod gather;

use std::collections::BTreeMap;
use std::path::Path;

use parties::plain;
use serde::{Deserialize, Serialize};

use crate::failure::{Doing, Failure, Result};

pub use compare::{Difference, SECTIONS, differences};
pub use gather::gather;

/// What the document calls itself.
pub const KIND: &str = "card backup";
/// Version of the document. Fields may be added without a new number.
pub const SCHEMA: u32 = 1;
/// The longest file that is read as a backup.
const FILE_MAX: usize = 64 << 20;

/// A backup. Maps, so that two are compared by name: files by path, objects by tag, applications by AID.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Backup {
    /// [`KIND`].
    pub kind: String,
    /// [`SCHEMA`].
    pub schema: u32,
    /// The day by the computer's clock.
    pub made: String,
    /// Which card it is.
    pub identity: BTreeMap<String, String>,
    /// Counters, dates and state.
    pub state: BTreeMap<String, String>,
    /// The card's PINs.
    pub pins: BTreeMap<String, PinBackup>,
    /// Data objects by tag, in hexadecimal: certificates, links, revocation lists, what the card can do.
    pub objects: BTreeMap<String, String>,
    /// Public keys of applications by AID and reference.
    pub keys: BTreeMap<String, String>,
    /// Applications by AID.
    pub applications: BTreeMap<String, ApplicationBackup>,
    /// Version floors by AID.
    pub floors: BTreeMap<String, FloorBackup>,
    /// Receipts by number, complete objects in hexadecimal.
    pub receipts: BTreeMap<String, String>,
    /// Files by path.
    pub files: BTreeMap<String, FileBackup>,
    /// Whether all files were looked for: none hides in an application that is switched off, behind damage, or behind the most
    /// that is looked at.
    pub complete: bool,
    /// What the card did not give, and why.
    pub unread: BTreeMap<String, Unread>,
}

/// A PIN of the card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PinBackup {
    /// As `card info` tells.
    pub state: String,
    /// Tries that are left; none is told of a verified PIN.
    pub tries_left: Option<u8>,
}

/// An application.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApplicationBackup {
    /// Its label.
    pub label: String,
    /// Whether its holder switched it off.
    pub deactivated: bool,
    /// Its version, where the card tells.
    pub version: Option<u32>,
    /// SHA-256 of its package, where the card tells.
    pub package: Option<String>,
    /// Whose it is, where the card tells.
    pub provider: Option<String>,
}

/// A version floor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FloorBackup {
    /// The version.
    pub version: u32,
    /// SHA-256 of the package that alone may return.
    pub package: Option<String>,
    /// Whose it is.
    pub provider: String,
}

/// A file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileBackup {
    /// Application, folder, file or records.
    pub kind: String,
    /// Bytes of content.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<u16>,
    /// Short id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub short_id: Option<u8>,
    /// Life cycle.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub life_cycle: Option<String>,
    /// Access rules in words.
    pub access: String,
    /// Access rules as they are coded, in hexadecimal.
    pub rules: String,
    /// Content in hexadecimal, where it can be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
    /// Records in hexadecimal, the first first, where they can be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub records: Option<Vec<String>>,
}

/// Why something was not given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unread {
    /// The card's status word.
    pub status_word: String,
    /// What it means.
    pub meaning: String,
    /// Whose access rule stood against it, or what the card says.
    pub why: String,
}

impl Backup {
    /// Reads a backup from a file.
    ///
    /// # Errors
    /// When it is none, or one of a later schema.
    pub fn read(path: &Path) -> Result<Self> {
        let step = "read the backup";
        let bytes = parties::file::read(path, FILE_MAX).doing(step)?;
        let name = path.display();
        let no_backup = |why: String| {
            let remedy = "Name a file that \"symbolon card backup\" wrote, or a card's image.";
            Failure::usage(step, format!("{name} is no backup of a card: {why}"), remedy)
        };
        let value: serde_json::Value =
            serde_json::from_slice(&bytes).map_err(|error| no_backup(plain::json(&error)))?;
        match (value.get("kind"), value.get("schema")) {
            (Some(kind), Some(schema)) if kind == KIND && schema == SCHEMA => {}
            (Some(kind), Some(schema)) if kind == KIND => {
                let remedy = "Use the version of this program that wrote it, or a newer one.";
                let message = format!("{name} has schema {schema}, and this program knows {SCHEMA}");
                return Err(Failure::usage(step, message, remedy));
            }
            _ => return Err(no_backup("it does not call itself one".into())),
        }
        serde_json::from_value(value).map_err(|error| no_backup(plain::json(&error)))
    }
}
