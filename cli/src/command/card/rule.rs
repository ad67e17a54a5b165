//! Why a file is closed: its access rule in words, and what would open it.

use apdu_spec::access::{AccessMode, Condition, Expression};
use apdu_spec::file::FileKind;
use apdu_spec::reference::PinReference;
use apdu_spec::status::Status;
use host::card::{FileDetails, FilePath, Session};

use super::pin_name;
use crate::failure::{Failure, Result};

/// What is wanted of a file.
#[derive(Clone, Copy, Debug)]
pub(super) enum Wish {
    Read,
    Write,
    /// Add a record.
    Append,
}

impl Wish {
    const fn mode(self) -> AccessMode {
        match self {
            Self::Read => AccessMode::READ,
            Self::Write => AccessMode::UPDATE,
            Self::Append => AccessMode::WRITE,
        }
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Append => "add to",
        }
    }
}

/// The details of a file with content.
///
/// # Errors
/// When there is no such file, or it is a folder.
pub(super) fn file(session: &mut Session<'_>, path: &FilePath, wish: Wish) -> Result<FileDetails> {
    let details = session.select(path)?;
    if details.kind != FileKind::Dedicated {
        return Ok(details);
    }
    let step = format!("{} {path}", wish.word());
    let remedy = "Name a file in it: \"symbolon card tree\" shows what there is.";
    Err(Failure::usage(
        step,
        "it is a folder, and only files have content",
        remedy,
    ))
}

/// The failure of a wish, with the rule that stood against it if it was one.
pub(super) fn explain(details: &FileDetails, wish: Wish, error: host::Error) -> Failure {
    let by_rule = error.status() == Some(Status::SECURITY_STATUS_NOT_SATISFIED) && error.reason().is_none();
    let failure = Failure::from(error);
    if !by_rule {
        return failure;
    }
    let access = details.access();
    let condition = access
        .pairs()
        .find(|pair| pair.mode.0 & wish.mode().0 != 0)
        .map(|pair| pair.condition);
    let word = wish.word();
    let possible = access.allows(wish.mode(), &mut |_| true);
    let (message, remedy) = match condition.filter(|_| possible) {
        None => (
            format!("nobody may {word} this file: its access rule is \"{access}\""),
            "No PIN helps. What an application lets nobody change comes with its next version: \
             \"symbolon approval request --replace\"."
                .to_owned(),
        ),
        Some(condition) => (
            format!("its access rule lets nobody {word} it without: {condition}"),
            opens(condition),
        ),
    };
    Failure {
        message,
        remedy,
        ..failure
    }
}

/// What to type, as far as this command can meet the condition.
fn opens(condition: Expression<'_>) -> String {
    let mut pins = Vec::new();
    // Asking "with what?" of the whole condition names every PIN in it.
    condition.holds(&mut |asked| {
        if let Condition::Pin(byte) = asked {
            pins.push(byte);
        }
        false
    });
    let option = |byte: &u8| match PinReference::from_byte(*byte) {
        Some(PinReference::User) => Some(("--pin user".to_owned(), pin_name(PinReference::User))),
        Some(local @ PinReference::Local(byte)) => Some((format!("--pin {byte:02X}"), pin_name(local))),
        _ => None,
    };
    match pins.iter().find_map(option) {
        Some((option, name)) => format!("Add {option}: the {name} opens it."),
        None => "Let the party that it names use the card: this command can only verify PINs.".into(),
    }
}
