//! `symbolon card backup`

use std::path::{Path, PathBuf};

use clap::Args;
use host::card::Session;
use parties::file::{self, Existing};
use serde::Serialize;

use super::LookArguments;
use crate::backup::{Backup, gather};
use crate::card::CardArguments;
use crate::context::Context;
use crate::failure::{Doing, Failure, Result};
use crate::output::{Outcome, Show};
use crate::page::Page;

/// Keep everything that can be read of a card in a file
///
/// Certificates, applications, receipts, files with their access rules and content: one JSON document with a schema of its
/// own (docs/backup.md), for "card compare" and for scripts. With --json and without --output it is the result itself. What
/// the card does not give is listed with the status word and the rule that stood against it; --pin user opens more. Keys and
/// PINs never leave a card, so a backup cannot become a card again.
#[derive(Args, Debug)]
#[command(after_help = "Example:
  symbolon card backup --card card.img --output card.json
  symbolon card backup --card card.img --pin user --output card.json
  symbolon card backup --reader \"Virtual PCD 00\" --json")]
pub struct BackupCommand {
    #[command(flatten)]
    card: CardArguments,
    /// Write the backup to this file; a backup that is there is replaced
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    look: LookArguments,
}

#[derive(Serialize)]
struct Kept {
    written_to: Option<String>,
    serial_number: String,
    applications: usize,
    files: usize,
    files_with_content: usize,
    receipts: usize,
    complete: bool,
    unread: Vec<NotGiven>,
    /// The whole of it, unless it went to a file.
    backup: Option<Backup>,
}

#[derive(Serialize)]
struct NotGiven {
    what: String,
    status_word: String,
    meaning: String,
    why: String,
}

impl BackupCommand {
    /// Does it.
    ///
    /// # Errors
    /// When the card cannot be reached or does not answer, or the file cannot be written.
    pub fn run(self, context: &Context) -> Result<Outcome> {
        if self.output.is_none() && !context.output.json {
            return Err(Failure::usage(
                "keep the backup",
                "no file is named for it",
                "Add --output FILE, or --json to have it on standard output.",
            ));
        }
        if let Some(path) = &self.output {
            replaceable(path)?;
        }
        let pin = self.look.pin()?;
        let mut card = self.card.open(context)?;
        let mut session = card.begin()?;
        let verify = |session: &mut Session<'_>| self.look.verify(session, pin.as_ref());
        let backup = gather(&mut session, context.today.to_string(), verify)?;
        if let Some(path) = &self.output
            && !context.dry_run
        {
            let mut text = serde_json::to_string_pretty(&backup)
                .map_err(|error| Failure::internal("write the backup", error.to_string()))?;
            text.push('\n');
            file::write(path, text.as_bytes(), 0o600, Existing::Replace).doing("write the backup")?;
        }
        Ok(Outcome::new("card backup", &Kept::new(backup, self.output)))
    }
}

/// A name that was mistaken costs somebody his approval or his card: nothing but a backup is replaced.
fn replaceable(path: &Path) -> Result<()> {
    let is_file = std::fs::metadata(path).is_ok_and(|found| found.is_file() && found.len() > 0);
    if is_file && Backup::read(path).is_err() {
        return Err(Failure::usage(
            "keep the backup",
            format!("{} is there already, and is no backup of a card", path.display()),
            "Choose another name, or remove the file first.",
        ));
    }
    Ok(())
}

impl Kept {
    fn new(backup: Backup, output: Option<PathBuf>) -> Self {
        let not_given = |(what, unread): (&String, &crate::backup::Unread)| NotGiven {
            what: what.clone(),
            status_word: unread.status_word.clone(),
            meaning: unread.meaning.clone(),
            why: unread.why.clone(),
        };
        let read = |file: &&crate::backup::FileBackup| file.content.is_some() || file.records.is_some();
        let content = backup.files.values().filter(read);
        Self {
            serial_number: backup.identity.get("serial number").cloned().unwrap_or_default(),
            applications: backup.applications.len(),
            files: backup.files.len(),
            files_with_content: content.count(),
            receipts: backup.receipts.len(),
            complete: backup.complete,
            unread: backup.unread.iter().map(not_given).collect(),
            backup: output.is_none().then_some(backup),
            written_to: output.map(|path| path.display().to_string()),
        }
    }
}

impl Show for Kept {
    fn show(&self, page: &mut Page) {
        page.done(format!(
            "What can be read of card {} is in {}.",
            self.serial_number,
            self.written_to.as_deref().unwrap_or("this document")
        ));
        page.field("applications", self.applications.to_string());
        page.field(
            "files",
            format!("{}, {} with content", self.files, self.files_with_content),
        );
        page.field("receipts", self.receipts.to_string());
        if !self.unread.is_empty() {
            page.heading("Not read");
            let row = |entry: &NotGiven| {
                vec![
                    entry.what.clone(),
                    entry.status_word.clone(),
                    entry.meaning.clone(),
                    entry.why.clone(),
                ]
            };
            page.table(
                &["what", "status word", "meaning", "access rule or reason"],
                self.unread.iter().map(row).collect(),
                "",
            );
        }
        if !self.complete {
            page.text(
                "The backup is not complete: an application is switched off, there are more files than were looked for, or the card is \
                 damaged.",
            );
        }
    }
}
