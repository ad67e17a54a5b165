//! Files themselves: created, deleted, switched off and on, terminated. ISO/IEC 7816-9.

use apdu_spec::access::{self, AccessMode, AccessRules, Subject};
use apdu_spec::command::FileChange;
use apdu_spec::file::{FileControl, FileKind, RecordFormat, RuleReference, Structure};
use apdu_spec::limits::RULE_MAX;
use apdu_spec::reason::Reason;
use apdu_spec::status::Status;
use host::card::{FilePath, Session};

use super::grammar::{FileForm, FileSort};
use super::place;
use super::state::State;
use crate::failure::{Failure, Result};
use crate::page::Page;

impl State {
    /// A new file, with what the line says of it and nothing else.
    pub(super) fn create(
        &mut self,
        session: &mut Session<'_>,
        typed: &str,
        form: &FileForm,
        page: &mut Page,
    ) -> Result<()> {
        let path = self.file(typed)?;
        let shown = place::show(&path, &self.applications);
        let step = format!("create {shown}");
        let Some((parent, id)) = path.split() else {
            return Err(Failure::usage(
                step,
                "this is the top of the card or an application, not a new file",
                "End the path with a file id of four hexadecimal digits. Applications come by \"symbolon approval request\".",
            ));
        };
        let (kind, size) = form
            .kind_and_size()
            .map_err(|(problem, remedy)| Failure::usage(&step, problem, remedy))?;
        let mut buffer = [0; RULE_MAX];
        let rules = form.rules(&step, kind, &mut buffer)?;
        let control = FileControl {
            size,
            kind,
            id,
            aid: None,
            short_id: form.short_id,
            life_cycle: None,
            rules,
            version: None,
        };
        let mode = match kind {
            FileKind::Dedicated => AccessMode::CREATE_DF,
            FileKind::Transparent | FileKind::Records(_) => AccessMode::CREATE_EF,
        };
        let made = session
            .create_file(&parent, &control, form.access_from)
            .map_err(|error| match form.access_from {
                Some(from) => self.explained_rule(session, error, &parent, mode, from),
                None => self.explained(session, error, &parent, mode),
            })?;
        self.learn_again(session)?;
        let access = match made.access() {
            rules if rules.is_empty() => "nobody may do anything with it".to_owned(),
            rules => rules.named(subject(kind)).to_string(),
        };
        page.done(format!("{shown} is made: {access}."));
        Ok(())
    }

    /// Gone for good.
    pub(super) fn delete(
        &mut self,
        session: &mut Session<'_>,
        typed: &str,
        recursive: bool,
        page: &mut Page,
    ) -> Result<()> {
        let path = self.file(typed)?;
        let shown = place::show(&path, &self.applications);
        let details = session.select(&path)?;
        if let Some((parent, _)) = path.split() {
            if details.kind == FileKind::Dedicated
                && details.is_usable()
                && !recursive
                && !session.children()?.is_empty()
            {
                return Err(Failure::usage(
                    format!("delete {shown}"),
                    "it is a folder, and not empty",
                    "Look at what is in it with \"ls\"; --recursive deletes that too.",
                ));
            }
            self.demand_free(&path)?;
            session.change_file(&path, FileChange::Delete).map_err(|error| {
                // Its own rule must allow it, and that of the folder around it.
                let own = self.is_open(&details, AccessMode::DELETE);
                let (whose, mode) = match own {
                    true => (&parent, AccessMode::DELETE_CHILD),
                    false => (&path, AccessMode::DELETE),
                };
                self.explained(session, error, whose, mode)
            })?;
            if self.here == path || self.here.is_below(&path) {
                self.here = parent;
            }
            self.learn_again(session)?;
            page.done(format!("{shown} is deleted."));
            return Ok(());
        }
        Err(Failure::usage(
            format!("delete {shown}"),
            "it is the top of the card or an application, not a file in one",
            "An application is deleted by agreement: \"symbolon approval request --delete\".",
        ))
    }

    /// Never to be used again.
    pub(super) fn terminate(
        &mut self,
        session: &mut Session<'_>,
        typed: &str,
        page: &mut Page,
    ) -> Result<()> {
        let path = self.file(typed)?;
        let shown = place::show(&path, &self.applications);
        let change = match session.select(&path)?.kind {
            FileKind::Dedicated => FileChange::TerminateDf,
            FileKind::Transparent | FileKind::Records(_) => FileChange::TerminateEf,
        };
        if path.split().is_none() {
            return Err(Failure::usage(
                format!("terminate {shown}"),
                "it is the top of the card or an application, not a file in one",
                "An application is switched off by \"deactivate\" and deleted by \"symbolon approval request --delete\".",
            ));
        }
        self.change(session, &path, change)?;
        page.done(format!("{shown} is terminated: nobody can use it any more."));
        Ok(())
    }

    /// Off or on: an application by its holder's consent, a file in one by its rule.
    pub(super) fn switch(
        &mut self,
        session: &mut Session<'_>,
        typed: &str,
        off: bool,
        page: &mut Page,
    ) -> Result<()> {
        let path = self.file(typed)?;
        let shown = place::show(&path, &self.applications);
        match (path.aid().copied(), path.split()) {
            (Some(aid), None) => {
                let done = match off {
                    true => session.deactivate(aid),
                    false => session.activate(aid),
                };
                done.map_err(|error| {
                    let failure = Failure::from(error);
                    match failure.status {
                        Some(Status::SECURITY_STATUS_NOT_SATISFIED) => {
                            failure.with_remedy("Type \"verify consent\" just before.")
                        }
                        _ => failure,
                    }
                })?;
            }
            (_, Some(_)) => {
                let change = match off {
                    true => FileChange::Deactivate,
                    false => FileChange::Activate,
                };
                self.change(session, &path, change)?;
            }
            (None, None) => {
                return Err(Failure::usage(
                    if off { "deactivate" } else { "activate" },
                    "the top of the card is no application, and no file in one",
                    "Name an application by its AID or label, or a file in one.",
                ));
            }
        }
        let word = if off { "deactivated" } else { "active" };
        page.done(format!("{shown} is {word}."));
        Ok(())
    }

    fn change(&mut self, session: &mut Session<'_>, path: &FilePath, change: FileChange) -> Result<()> {
        self.demand_free(path)?;
        session
            .change_file(path, change)
            .map_err(|error| self.explained(session, error, path, change.mode()))
    }

    /// The card's own files are as they are.
    fn demand_free(&self, path: &FilePath) -> Result<()> {
        match (path.aid(), path.ids()) {
            (None, [id]) if place::NAMED.iter().any(|(_, own)| own == id) => {
                let shown = place::show(path, &self.applications);
                Err(Failure::usage(
                    format!("change {shown}"),
                    "it is the card's own, no application and in no application",
                    "Name an application by its AID or label, or a file in one.",
                ))
            }
            _ => Ok(()),
        }
    }

    /// The failure, with what would open it.
    fn explained(
        &mut self,
        session: &mut Session<'_>,
        error: host::Error,
        path: &FilePath,
        mode: AccessMode,
    ) -> Failure {
        let failure = Failure::from(error);
        match failure.reason {
            Some(Reason::AlreadyRegistered) => failure.with_remedy(
                "Name a place in an application: since the card was registered, files come and go there only, where \
                 its rules allow it.",
            ),
            _ => self.with_rule(session, failure, path, mode),
        }
    }

    /// As [`Self::explained`], where the rule was to come from a file of access rules.
    fn explained_rule(
        &mut self,
        session: &mut Session<'_>,
        error: host::Error,
        parent: &FilePath,
        mode: AccessMode,
        from: RuleReference,
    ) -> Failure {
        let RuleReference { file, record } = from;
        let (message, remedy) = match error.status() {
            Some(Status::RECORD_NOT_FOUND) => (
                format!("the file of access rules {file:04X} (EF.ARR) has no record {record}"),
                format!(
                    "See which it has, in this folder or the one around that has the file: \"records {file:04X}\"."
                ),
            ),
            Some(Status::FILE_NOT_FOUND) => (
                format!(
                    "there is no file of access rules {file:04X} (EF.ARR), neither here nor in a folder around"
                ),
                made(file),
            ),
            Some(Status::INCOMPATIBLE_FILE) => (
                format!("{file:04X} is no file of access rules (EF.ARR)"),
                made(file),
            ),
            _ => return self.explained(session, error, parent, mode),
        };
        Failure {
            message,
            remedy,
            ..error.into()
        }
    }

    /// Goes back to where we are, and notes for completion what is there now.
    fn learn_again(&mut self, session: &mut Session<'_>) -> Result<()> {
        let traffic = std::rc::Rc::clone(&self.traffic);
        traffic.quietly(|| {
            session.select(&self.here)?;
            self.learn(session);
            Ok(())
        })
    }
}

/// How to come by a file of access rules.
fn made(file: u16) -> String {
    format!(
        "Make one, \"create {file:04X} --kind linear-variable ...\", and give it rules, \"append {file:04X} --rules ...\"; or say the \
         rules themselves: --access."
    )
}

/// What is wrong, and what to do about it.
type Problem = (&'static str, &'static str);

impl FileForm {
    fn kind_and_size(&self) -> Result<(FileKind, Option<u16>), Problem> {
        let structure = match self.kind {
            FileSort::Folder | FileSort::File if self.length.is_some() || self.number.is_some() => {
                return Err((
                    "--length and --number are for files of records",
                    "Leave them away, or choose --kind linear-fixed, linear-variable or cyclic.",
                ));
            }
            FileSort::Folder if self.size.is_some() || self.short_id.is_some() => {
                return Err((
                    "a folder has neither size nor short id",
                    "Leave --size and --short-id away.",
                ));
            }
            FileSort::Folder => return Ok((FileKind::Dedicated, None)),
            FileSort::File => {
                return match self.size {
                    Some(size @ 1..) => Ok((FileKind::Transparent, Some(size))),
                    _ => Err((
                        "how many bytes it holds is not said",
                        "Add --size BYTES, or --kind folder for a folder.",
                    )),
                };
            }
            FileSort::LinearFixed => Structure::LinearFixed,
            FileSort::LinearVariable => Structure::LinearVariable,
            FileSort::Cyclic => Structure::Cyclic,
        };
        let (Some(length), Some(number)) = (self.length, self.number) else {
            return Err((
                "how long and how many its records are is not said",
                "Add --length BYTES and --number NUMBER.",
            ));
        };
        let format = RecordFormat {
            structure,
            length,
            number,
        };
        let size = self.size.unwrap_or(format.most());
        match format.fits(size) {
            true => Ok((FileKind::Records(format), Some(size))),
            false => Err((
                "the size does not fit the records",
                "Leave --size away: it is --length times --number. With linear-variable it may be less, but not less than one record.",
            )),
        }
    }

    fn rules<'a>(
        &self,
        step: &str,
        kind: FileKind,
        buffer: &'a mut [u8; RULE_MAX],
    ) -> Result<AccessRules<'a>> {
        let example = match kind {
            FileKind::Dedicated => "create-ef, delete-child: pin 81; delete: never",
            FileKind::Transparent | FileKind::Records(_) => "read: always; update, delete: pin 81",
        };
        parse_rules(step, &self.access, &format!("--access \"{example}\""), buffer)
    }
}

/// Access rules in words; `example` is how they are typed.
pub(super) fn parse_rules<'a>(
    step: &str,
    text: &str,
    example: &str,
    buffer: &'a mut [u8; RULE_MAX],
) -> Result<AccessRules<'a>> {
    access::parse(text, buffer).map_err(|error| {
        Failure::usage(
            step,
            format!("the access rules {text:?}: {error}"),
            format!("Write them like this: {example}."),
        )
    })
}

const fn subject(kind: FileKind) -> Subject {
    match kind {
        FileKind::Dedicated => Subject::Directory,
        FileKind::Transparent | FileKind::Records(_) => Subject::File,
    }
}
