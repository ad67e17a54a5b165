//! What becomes of files: ACTIVATE, DEACTIVATE, TERMINATE, DELETE FILE. ISO/IEC 7816-9:2017.

use apdu_spec::command::{Command, FileChange};
use apdu_spec::status::Status;

use super::{FilePath, Session};
use crate::error::{Error, Result};

impl Session<'_> {
    /// Switches a file in an application off or on, terminates it for good, or deletes it with all that lies in it; and looks
    /// whether that is so. Whole applications are switched by [`Self::deactivate`] and [`Self::activate`].
    ///
    /// # Errors
    /// When the card refuses, or the file is not in that state afterwards.
    pub fn change_file(&mut self, path: &FilePath, change: FileChange) -> Result<()> {
        let word = word(change);
        let Some((parent, id)) = path.split() else {
            self.step(format!("{word} {path}"));
            return Err(self.invalid("it is the top of the card or an application, not a file in one"));
        };
        self.select(&parent)?;
        let step = self.step(format!("{word} {path}"));
        self.run(&Command::ManageFile { change, id: Some(id) })?;
        let is_so = match self.select(path) {
            Ok(details) => match change {
                FileChange::Activate => details.is_usable(),
                FileChange::Deactivate => details.deactivated,
                FileChange::TerminateEf | FileChange::TerminateDf => details.terminated,
                FileChange::Delete => false,
            },
            Err(error) if error.status() == Some(Status::FILE_NOT_FOUND) => change == FileChange::Delete,
            Err(error) => return Err(error),
        };
        match is_so {
            true => Ok(()),
            false => Err(Error::NotAsWritten { step, position: 0 }),
        }
    }
}

const fn word(change: FileChange) -> &'static str {
    match change {
        FileChange::Activate => "activate",
        FileChange::Deactivate => "deactivate",
        FileChange::TerminateEf | FileChange::TerminateDf => "terminate",
        FileChange::Delete => "delete",
    }
}
