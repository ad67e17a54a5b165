//! Changing: write, put, edit, PINs, applications switched off and on.

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use apdu_spec::access::AccessMode;
use apdu_spec::reference::PinReference;
use host::card::{FilePath, ReadBack, Session};
use parties::file;
use zeroize::{Zeroize, Zeroizing};

use super::super::read::{dump, text_of};
use super::grammar::{Content, Named};
use super::place;
use super::raw::bytes_of;
use super::state::State;
use crate::failure::{Doing, Failure, Result};
use crate::page::Page;
use crate::secret::{CodeArguments, NEW_PIN_VARIABLE, NewPinArguments, PinArguments};

/// The longest content that is read, in bytes.
const INPUT_MAX: usize = 0x8000;

impl State {
    pub(super) fn put(
        &mut self,
        session: &mut Session<'_>,
        local: &Path,
        typed: &str,
        page: &mut Page,
    ) -> Result<()> {
        let content = file::read(local, INPUT_MAX).doing("read the content")?;
        let path = self.file(typed)?;
        self.store(session, &path, None, content, page)
    }

    pub(super) fn write(
        &mut self,
        session: &mut Session<'_>,
        typed: &str,
        content: &Content,
        offset: Option<u16>,
        page: &mut Page,
    ) -> Result<()> {
        let path = self.file(typed)?;
        let bytes = content.bytes()?;
        self.store(session, &path, offset, bytes, page)
    }

    /// Writes the record with this number, or adds one.
    pub(super) fn write_record(
        &mut self,
        session: &mut Session<'_>,
        typed: &str,
        content: &Content,
        record: Option<u8>,
        page: &mut Page,
    ) -> Result<()> {
        let path = self.file(typed)?;
        let bytes = content.bytes()?;
        let (written, mode) = match record {
            Some(number) => (session.update_record(&path, number, &bytes), AccessMode::UPDATE),
            None => (session.append_record(&path, &bytes), AccessMode::WRITE),
        };
        let back = match written {
            Ok(back) => back,
            Err(error) => {
                let failure = Failure::from(error);
                return Err(self.with_rule(session, failure, &path, mode));
            }
        };
        let shown = place::show(&path, &self.applications);
        let what = record.map_or("a new record".to_owned(), |number| format!("record {number}"));
        page.done(match back {
            ReadBack::Same => format!(
                "{} bytes are in {what} of {shown}, read back and the same.",
                bytes.len()
            ),
            ReadBack::Forbidden => format!(
                "{} bytes are in {what} of {shown}; the file may not be read.",
                bytes.len()
            ),
        });
        Ok(())
    }

    /// Writes to a file; without an offset all of it, with zeros at its end.
    fn store(
        &mut self,
        session: &mut Session<'_>,
        path: &FilePath,
        offset: Option<u16>,
        mut content: Vec<u8>,
        page: &mut Page,
    ) -> Result<()> {
        let shown = place::show(path, &self.applications);
        let details = session.select(path)?;
        if details.kind.records().is_some() {
            return Err(Failure::usage(
                format!("write {shown}"),
                "it is a file of records",
                "Write one record (\"write PATH TEXT --record 1\"), or add one (\"--append\").",
            ));
        }
        let size = usize::from(details.size.unwrap_or_default());
        let from = usize::from(offset.unwrap_or_default());
        if from + content.len() > size {
            return Err(Failure::usage(
                format!("write {shown}"),
                format!(
                    "{} bytes from byte {from} on do not fit into {size} bytes",
                    content.len()
                ),
                "Write less.",
            ));
        }
        let given = content.len();
        if offset.is_none() {
            content.resize(size, 0x00);
        }
        let back = match session.update_file(path, offset.unwrap_or_default(), &content) {
            Ok(back) => back,
            Err(error) => {
                let failure = Failure::from(error);
                return Err(self.with_rule(session, failure, path, AccessMode::UPDATE));
            }
        };
        page.done(match back {
            ReadBack::Same => format!("{given} bytes are in {shown}, read back and the same."),
            ReadBack::Forbidden => format!("{given} bytes are in {shown}; the file may not be read."),
        });
        Ok(())
    }

    /// The content in an editor: text as text, anything else as hexadecimal digits. What the card does not take is there
    /// again the next time.
    pub(super) fn edit(&mut self, session: &mut Session<'_>, typed: &str, page: &mut Page) -> Result<()> {
        let path = self.file(typed)?;
        let step = format!("edit {}", place::show(&path, &self.applications));
        if session.select(&path)?.kind.records().is_some() {
            return Err(Failure::usage(
                step,
                "it is a file of records",
                "Write one record: \"write PATH TEXT --record 1\".",
            ));
        }
        let (before, resumed) = match self.unsaved.take() {
            Some((unsaved, content)) if unsaved == path => (content, true),
            other => {
                self.unsaved = other;
                (self.content(session, typed)?.1, false)
            }
        };
        let empty = before.iter().all(|byte| matches!(byte, 0x00 | 0xFF));
        let as_text = text_of(&before).filter(|_| !empty);
        let mut shown = Zeroizing::new(match as_text {
            Some(text) => text.to_owned(),
            None if empty => String::new(),
            None => dump_to_edit(&before),
        });
        if as_text.is_some() && !shown.ends_with('\n') {
            // Editors want it, and would add it.
            shown.push('\n');
        }
        let edited = Zeroizing::new(in_editor(&step, &shown)?);
        if *edited == *shown && !resumed {
            page.text("Nothing was changed.");
            return Ok(());
        }
        let mut content = match as_text.is_some() || empty {
            true => edited.as_bytes().to_vec(),
            false => digits_from_edit(&edited).ok_or_else(|| {
                Failure::usage(
                    step.clone(),
                    "what is left are no hexadecimal digits",
                    "Edit it again, and leave the digits between offset and | .",
                )
            })?,
        };
        // The line feed at the end is the editor's, unless the file had one.
        if (as_text.is_some() || empty)
            && content.ends_with(b"\n")
            && !as_text.is_some_and(|text| text.ends_with('\n'))
        {
            content.pop();
        }
        let stored = self.store(session, &path, None, content.clone(), page);
        match stored {
            Ok(()) => content.zeroize(),
            Err(failure) => {
                self.unsaved = Some((path, content));
                let remedy = format!(
                    "{} Then \"edit {typed}\" goes on with what you wrote.",
                    failure.remedy
                );
                return Err(failure.with_remedy(remedy));
            }
        }
        Ok(())
    }

    pub(super) fn verify(
        &mut self,
        session: &mut Session<'_>,
        pin: &Named,
        secret: &PinArguments,
        page: &mut Page,
    ) -> Result<()> {
        let which = pin.of(self.here.aid().copied());
        let value = secret.pin(&which.name(), which.variable())?;
        self.enter(session, which.reference())?;
        session
            .verify_pin(which.reference(), &value, secret.last_try())
            .map_err(|error| last_try(error.into(), "verify"))?;
        if !self.verified.contains(&which.reference()) {
            self.verified.push(which.reference());
        }
        page.done(match which.reference() {
            PinReference::Consent => {
                "The consent PIN is right. It allows the next operation, and no other.".to_owned()
            }
            _ => format!("The {} is right.", which.name()),
        });
        Ok(())
    }

    pub(super) fn change_pin(
        &mut self,
        session: &mut Session<'_>,
        pin: &Named,
        secret: &PinArguments,
        new: &NewPinArguments,
        page: &mut Page,
    ) -> Result<()> {
        let which = pin.of(self.here.aid().copied());
        let name = which.name();
        let old = secret.pin(&format!("present {name}"), which.variable())?;
        let new = new.pin(secret.pin_stdin, &format!("new {name}"), NEW_PIN_VARIABLE)?;
        self.enter(session, which.reference())?;
        session
            .change_pin(which.reference(), &old, &new, secret.last_try())
            .map_err(|error| last_try(error.into(), "change-pin"))?;
        page.done(format!("The {name} is changed. It is not verified."));
        Ok(())
    }

    pub(super) fn unblock(
        &mut self,
        session: &mut Session<'_>,
        pin: &Named,
        code: &CodeArguments,
        new: &NewPinArguments,
        page: &mut Page,
    ) -> Result<()> {
        let which = pin.of(self.here.aid().copied());
        let name = which.name();
        let code_value = code.code()?;
        let new = new.pin(code.on_stdin(), &format!("new {name}"), NEW_PIN_VARIABLE)?;
        session.unblock_pin(which.reference(), &code_value, &new)?;
        page.done(format!("The {name} is unblocked and has its new value."));
        Ok(())
    }

    pub(super) fn switch(
        &mut self,
        session: &mut Session<'_>,
        typed: &str,
        off: bool,
        page: &mut Page,
    ) -> Result<()> {
        let path = self.file(typed)?;
        let (Some(aid), []) = (path.aid().copied(), path.ids()) else {
            return Err(Failure::usage(
                if off { "deactivate" } else { "activate" },
                format!("{} is no application", place::show(&path, &self.applications)),
                "Name an application by its AID or label.",
            ));
        };
        let done = if off {
            session.deactivate(aid)
        } else {
            session.activate(aid)
        };
        done.map_err(|error| {
            let failure = Failure::from(error);
            match failure.status {
                Some(apdu_spec::status::Status::SECURITY_STATUS_NOT_SATISFIED) => {
                    failure.with_remedy("Type \"verify consent\" just before.")
                }
                _ => failure,
            }
        })?;
        let word = if off { "deactivated" } else { "active" };
        page.done(format!("{} is {word}.", place::show(&path, &self.applications)));
        Ok(())
    }

    /// Selects the application whose PIN it is.
    fn enter(&self, session: &mut Session<'_>, reference: PinReference) -> Result<()> {
        match (reference, self.here.aid()) {
            (PinReference::Local(_), None) => Err(Failure::usage(
                format!("find PIN {:02X}", reference.to_byte()),
                "this is a PIN of an application, and we are in none",
                "Go there first: \"cd\" with the application's AID or label.",
            )),
            (PinReference::Local(_), Some(_)) => Ok(session.select(&self.here).map(drop)?),
            _ => Ok(()),
        }
    }
}

impl Content {
    fn bytes(&self) -> Result<Vec<u8>> {
        match (&self.text, &self.hex) {
            (Some(text), _) => Ok(text.clone().into_bytes()),
            (None, Some(hex)) => bytes_of("understand the content", hex),
            (None, None) => Ok(Vec::new()),
        }
    }
}

/// The last try is spent with --last-try only, which the failure says.
fn last_try(failure: Failure, command: &str) -> Failure {
    if failure.status.is_none() && failure.remedy.contains("--last-try") {
        return failure.with_remedy(format!(
            "Make sure the PIN is right, then type \"{command} ... --last-try\": a wrong PIN then blocks it."
        ));
    }
    if failure.status == Some(apdu_spec::status::Status::REFERENCE_DATA_NOT_USABLE) {
        return failure.with_remedy("Replace the transport PIN by one of your own first: \"change-pin\".");
    }
    if failure.status == Some(apdu_spec::status::Status::AUTHENTICATION_BLOCKED) {
        return failure.with_remedy(
            "It is blocked: \"unblock\" gives it back by the unblocking code of the issuer's letter.",
        );
    }
    failure
}

/// What an editor makes of a text, in a file that only we can read and that is overwritten before it goes.
fn in_editor(step: &str, text: &str) -> Result<String> {
    let failed = |what: &str, error: &std::io::Error| {
        Failure::usage(
            step,
            format!("{what}: {error}"),
            "Say in VISUAL or EDITOR which editor to use, and that there is room in TMPDIR.",
        )
    };
    // A folder of our own: editors leave copies beside the file.
    let folder = tempfile::Builder::new()
        .prefix("symbolon-")
        .permissions(fs::Permissions::from_mode(0o700))
        .tempdir()
        .map_err(|error| failed("a private folder", &error))?;
    let path = folder.path().join("content.txt");
    file::write(&path, text.as_bytes(), 0o600, file::Existing::Refuse).doing(step.to_owned())?;
    let named = |name| std::env::var(name).ok().filter(|value| !value.trim().is_empty());
    let editor = named("VISUAL")
        .or_else(|| named("EDITOR"))
        .unwrap_or_else(|| "vi".to_owned());
    let mut words = editor.split_whitespace();
    let program = words.next().unwrap_or("vi");
    let status = Command::new(program)
        .args(words)
        .arg(&path)
        .status()
        .map_err(|error| failed(&format!("the editor {program}"), &error));
    let edited = status.and_then(|status| {
        if !status.success() {
            let message = format!("the editor {program} failed");
            return Err(Failure::usage(
                step,
                message,
                "Nothing was written. Edit it again.",
            ));
        }
        fs::read_to_string(&path).map_err(|error| failed("what the editor left", &error))
    });
    let length = fs::metadata(&path).map_or(0, |metadata| metadata.len());
    if let (Ok(mut file), Ok(length)) = (
        fs::OpenOptions::new().write(true).open(&path),
        usize::try_from(length),
    ) {
        // As far as the file system overwrites in place; it goes away in any case.
        let _ = file.write_all(&vec![0; length.min(INPUT_MAX)]);
    }
    edited
}

/// A dump whose digits can be edited.
fn dump_to_edit(bytes: &[u8]) -> String {
    let note = "# Sixteen bytes a line: offset, digits, characters behind |. Change the digits; what begins with # does not count.\n";
    let lines = dump(bytes);
    let lines = lines.lines().map(|line| {
        let line = line.trim_start();
        let (digits, characters) = line.split_at(line.len().min(53));
        format!(
            "{}: {}| {}\n",
            digits.get(..4).unwrap_or_default(),
            digits.get(5..).unwrap_or_default(),
            characters.trim_start()
        )
    });
    std::iter::once(note.to_owned()).chain(lines).collect()
}

/// The bytes of such a dump.
fn digits_from_edit(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let line = line.split_once(':').map_or(line, |(_, rest)| rest);
        let digits: String = line
            .split('|')
            .next()
            .unwrap_or_default()
            .chars()
            .filter(|c| !c.is_whitespace())
            .collect();
        bytes.extend(hex::decode(digits).ok()?);
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Losing this writes something else to the card than the editor showed.
    #[test]
    fn what_is_edited_in_digits_comes_back() {
        let bytes: Vec<u8> = (0..=255).collect();
        for length in [1, 15, 16, 17, 255] {
            let bytes = bytes.get(..length).unwrap_or_default();
            assert_eq!(
                digits_from_edit(&dump_to_edit(bytes)).as_deref(),
                Some(bytes),
                "{length}"
            );
        }
        assert_eq!(
            digits_from_edit("0000: 01 02 | ..\nAABB"),
            Some(vec![1, 2, 0xAA, 0xBB])
        );
        assert_eq!(digits_from_edit("hello"), None);
    }
}
