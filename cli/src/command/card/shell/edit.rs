//! Changing a file in an editor.

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use host::card::Session;
use parties::file;
use zeroize::{Zeroize, Zeroizing};

use super::super::read::{dump, text_of};
use super::change::INPUT_MAX;
use super::place;
use super::state::State;
use crate::failure::{Doing, Failure, Result};
use crate::page::Page;

impl State {
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
