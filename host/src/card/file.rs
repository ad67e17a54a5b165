//! SELECT, READ BINARY, UPDATE BINARY, CREATE FILE.

use apdu_spec::access::AccessRules;
use apdu_spec::aid::Aid;
use apdu_spec::command::{BinaryFile, Command, Expected, SelectReply, SelectTarget};
use apdu_spec::file::{FileControl, FileInformation, FileKind, LifeCycle, RuleReference};
use apdu_spec::limits::{COMMAND_DATA_MAX, REPLY_DATA_MAX};
use apdu_spec::status::Status;

use super::{FilePath, Session, compare};
use crate::error::{Error, Fault, Result, Step};

/// The largest offset of READ BINARY and UPDATE BINARY.
const OFFSET_MAX: usize = 0x7FFF;

/// What SELECT tells about a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileDetails {
    /// Content of an EF, in bytes.
    pub size: Option<u16>,
    /// What the file is.
    pub kind: FileKind,
    /// File id.
    pub id: u16,
    /// Name of an application's DF.
    pub aid: Option<Aid>,
    /// Short id of an EF.
    pub short_id: Option<u8>,
    /// Life cycle.
    pub life_cycle: Option<LifeCycle>,
    /// Access rules as they are coded, the value of AB.
    pub rules: Vec<u8>,
    /// Version of an application.
    pub version: Option<u32>,
    /// Label of an application.
    pub label: Option<String>,
    /// Whether it, or a folder around it, is deactivated: nothing in it can be used until it is activated.
    pub deactivated: bool,
    /// Whether it, or a folder around it, is terminated: nothing in it can ever be used again.
    pub terminated: bool,
}

impl FileDetails {
    /// The access rules.
    #[must_use]
    pub fn access(&self) -> AccessRules<'_> {
        AccessRules::new(&self.rules).unwrap_or(AccessRules::NONE)
    }

    /// The control parameters, as SELECT gave them.
    #[must_use]
    pub fn control(&self) -> FileControl<'_> {
        FileControl {
            size: self.size,
            kind: self.kind,
            id: self.id,
            aid: self.aid,
            short_id: self.short_id,
            life_cycle: self.life_cycle,
            rules: self.access(),
            version: self.version,
        }
    }

    /// Whether what lies in it can be used, and found.
    #[must_use]
    pub const fn is_usable(&self) -> bool {
        !self.deactivated && !self.terminated
    }

    fn new(control: &FileControl<'_>, label: Option<&str>) -> Self {
        Self {
            size: control.size,
            kind: control.kind,
            id: control.id,
            aid: control.aid,
            short_id: control.short_id,
            life_cycle: control.life_cycle,
            rules: control.rules.as_bytes().to_vec(),
            version: control.version,
            label: label.map(str::to_owned),
            deactivated: control.life_cycle == Some(LifeCycle::Deactivated),
            terminated: control.life_cycle == Some(LifeCycle::Terminated),
        }
    }
}

/// Whether what was written could be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadBack {
    /// It was read back and is the same.
    Same,
    /// The file may be written but not read.
    Forbidden,
}

impl Session<'_> {
    /// Selects a file and gives what the card tells about it.
    ///
    /// # Errors
    /// 6A82 when there is none.
    pub fn select(&mut self, path: &FilePath) -> Result<FileDetails> {
        self.step(format!("select {path}"));
        let bytes = path.bytes();
        let target = match (path.aid(), bytes.as_slice()) {
            (None, []) => SelectTarget::MasterFile,
            (None, ids) => SelectTarget::PathFromMf(ids),
            (Some(aid), []) => return self.select_target(SelectTarget::Aid(aid.as_bytes())),
            (Some(aid), ids) => {
                let command = Command::Select {
                    target: SelectTarget::Aid(aid.as_bytes()),
                    reply: SelectReply::Nothing,
                    next: false,
                };
                let (status, _) = self.ask(&command)?;
                if !is_found(status) {
                    return Err(self.refusal(command.name(), status));
                }
                SelectTarget::PathFromCurrent(ids)
            }
        };
        self.select_target(target)
    }

    /// Reads a whole EF, of whatever size.
    ///
    /// # Errors
    /// When it is no EF, may not be read, or the card gives less than it announced.
    pub fn read_file(&mut self, path: &FilePath) -> Result<Vec<u8>> {
        let size = self.select_ef(path)?;
        self.step(format!("read {path}"));
        self.read(0, size)
    }

    /// Reads `length` bytes of an EF from `offset` on, or all that follow.
    ///
    /// # Errors
    /// As [`Self::read_file`]; when the file is shorter.
    pub fn read_part(&mut self, path: &FilePath, offset: u16, length: Option<u16>) -> Result<Vec<u8>> {
        let size = self.select_ef(path)?;
        self.step(format!("read {path}"));
        let from = usize::from(offset);
        let to = length.map_or(size, |length| from + usize::from(length));
        if from > size || to > size {
            return Err(self.invalid(format!(
                "the file has {size} bytes and byte {} is asked for",
                to.max(from)
            )));
        }
        self.read(from, to)
    }

    /// Writes part of an EF, of whatever length, and reads it back. Each piece is written whole or not at all; the pieces
    /// before a refusal stay.
    ///
    /// # Errors
    /// When it is no EF, may not be written, is too small, or reads back otherwise.
    pub fn update_file(&mut self, path: &FilePath, offset: u16, data: &[u8]) -> Result<ReadBack> {
        let size = self.select_ef(path)?;
        let step = self.step(format!("write {path}"));
        let start = usize::from(offset);
        if start + data.len() > size {
            let end = start + data.len();
            return Err(self.invalid(format!(
                "the file has {size} bytes and byte {end} would be needed"
            )));
        }
        let mut at = start;
        for piece in data.chunks(COMMAND_DATA_MAX) {
            let offset = self.offset(at)?;
            let file = BinaryFile::Current;
            self.run(&Command::UpdateBinary {
                file,
                offset,
                data: piece,
            })?;
            at += piece.len();
        }
        self.step(format!("read back {path}"));
        match self.read(start, at) {
            Ok(written) => compare(&step, data, &written).map(|()| ReadBack::Same),
            Err(error) if error.status() == Some(Status::SECURITY_STATUS_NOT_SATISFIED) => {
                Ok(ReadBack::Forbidden)
            }
            Err(error) => Err(error),
        }
    }

    /// Creates a file in the DF `parent`, and checks that it is what was asked for: anywhere before the card is registered, later
    /// where the rules of an application's folder allow it. Its rules are those of `file`, or those that the card finds in `rules_from`.
    ///
    /// # Errors
    /// When the card refuses, or made another file.
    pub fn create_file(
        &mut self,
        parent: &FilePath,
        file: &FileControl<'_>,
        rules_from: Option<RuleReference>,
    ) -> Result<FileDetails> {
        self.select(parent)?;
        let path = parent.child(file.id);
        let step = self.step(format!("create {path}"));
        self.run(&Command::CreateFile {
            fcp: *file,
            rules_from,
        })?;
        let made = self.select(&path)?;
        let mut wanted = FileDetails::new(file, None);
        // The card adds these itself.
        wanted.life_cycle = made.life_cycle;
        wanted.label.clone_from(&made.label);
        if rules_from.is_some() {
            wanted.rules.clone_from(&made.rules);
        }
        if made == wanted {
            Ok(made)
        } else {
            Err(Error::NotAsWritten { step, position: 0 })
        }
    }

    /// Deactivates an application, so that nothing in it can be used until it is activated again. The holder must have
    /// consented in this session.
    ///
    /// # Errors
    /// When the card refuses, or the application is active nevertheless.
    pub fn deactivate(&mut self, aid: Aid) -> Result<()> {
        let step = self.step(format!("deactivate {aid}"));
        self.run(&Command::DeactivateFile { aid })?;
        self.expect_deactivated(step, aid, true)
    }

    /// Activates an application again. The holder must have consented in this session.
    ///
    /// # Errors
    /// When the card refuses, or the application is still deactivated.
    pub fn activate(&mut self, aid: Aid) -> Result<()> {
        let step = self.step(format!("activate {aid}"));
        self.run(&Command::ActivateFile { aid })?;
        self.expect_deactivated(step, aid, false)
    }

    fn expect_deactivated(&mut self, step: Step, aid: Aid, expected: bool) -> Result<()> {
        if self.select(&FilePath::application(aid))?.deactivated == expected {
            Ok(())
        } else {
            Err(Error::NotAsWritten { step, position: 0 })
        }
    }

    pub(super) fn select_target(&mut self, target: SelectTarget<'_>) -> Result<FileDetails> {
        let command = Command::Select {
            target,
            reply: SelectReply::Fci,
            next: false,
        };
        let (status, reply) = self.ask(&command)?;
        if !is_found(status) {
            return Err(self.refusal(command.name(), status));
        }
        let information =
            FileInformation::read(&reply).map_err(self.malformed("file control information"))?;
        match information.control {
            Some(control) => {
                let details = FileDetails::new(&control, information.label);
                Ok(FileDetails {
                    deactivated: details.deactivated || status == Status::DEACTIVATED,
                    terminated: details.terminated || status == Status::TERMINATED,
                    ..details
                })
            }
            None => Err(self.fault(Fault::OutOfStep)),
        }
    }

    pub(super) fn select_ef(&mut self, path: &FilePath) -> Result<usize> {
        let details = self.select(path)?;
        match details.size {
            Some(_) if details.kind.records().is_some() => {
                Err(self.invalid("it is a file of records, which are read and written one by one"))
            }
            Some(size) => Ok(usize::from(size)),
            None => Err(self.invalid("it is a folder (DF), not a file with content")),
        }
    }

    /// Bytes `from` to `to` of the current EF. Every piece has at least one byte, so that this ends.
    pub(super) fn read(&mut self, from: usize, to: usize) -> Result<Vec<u8>> {
        let mut content = Vec::new();
        while from + content.len() < to {
            let at = from + content.len();
            let wanted = (to - at).min(REPLY_DATA_MAX);
            let length = u16::try_from(wanted).map_err(|_| self.fault(Fault::OutOfStep))?;
            let command = Command::ReadBinary {
                file: BinaryFile::Current,
                offset: self.offset(at)?,
                length: Expected::Exactly(length),
            };
            let (status, piece) = self.ask(&command)?;
            if !status.is_success() && status != Status::END_OF_FILE {
                return Err(self.refusal(command.name(), status));
            }
            if piece.is_empty() || piece.len() > wanted {
                return Err(self.fault(Fault::OutOfStep));
            }
            content.extend_from_slice(&piece);
        }
        Ok(content)
    }

    fn offset(&self, at: usize) -> Result<u16> {
        match u16::try_from(at) {
            Ok(offset) if at <= OFFSET_MAX => Ok(offset),
            _ => Err(self.invalid(format!("no command reaches beyond byte {OFFSET_MAX} of a file"))),
        }
    }
}

/// Whether SELECT found a file: in use, deactivated or terminated.
pub(super) fn is_found(status: Status) -> bool {
    status.is_success() || matches!(status, Status::DEACTIVATED | Status::TERMINATED)
}
