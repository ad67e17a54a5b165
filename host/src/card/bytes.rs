//! Bytes of a transparent EF: sought and erased. ISO/IEC 7816-4:2020, 11.3.6 and 11.3.7.

use apdu_spec::command::{BinaryAction, BinaryAddress, BinaryFile, Command, Expected};
use apdu_spec::status::Status;

use super::{FilePath, ReadBack, Session, compare};
use crate::error::{Fault, Result};

/// The EF that was selected just before.
const FILE: BinaryAddress = BinaryAddress::Offset(BinaryFile::Current);

impl Session<'_> {
    /// The offset of the first place from byte `from` on where these bytes stand, at least one; `None` if they do not.
    ///
    /// # Errors
    /// When it is no file of bytes, is shorter, or may not be read.
    pub fn search_bytes(&mut self, path: &FilePath, pattern: &[u8], from: u16) -> Result<Option<u16>> {
        self.select_ef(path)?;
        self.step(format!("search {path}"));
        let command = Command::Binary {
            address: FILE,
            action: BinaryAction::Search {
                offset: from,
                pattern,
                length: Expected::Available { extended: false },
            },
        };
        match self.ask(&command)? {
            (Status::END_OF_FILE, _) => Ok(None),
            (status, offset) if status.is_success() => match *offset {
                [low] => Ok(Some(low.into())),
                [high, low] => Ok(Some(u16::from_be_bytes([high, low]))),
                _ => Err(self.fault(Fault::OutOfStep)),
            },
            (status, _) => Err(self.refusal(command.name(), status)),
        }
    }

    /// Sets `length` bytes of an EF to zero from `offset` on, or all that follow, and reads them back.
    ///
    /// # Errors
    /// When it is no file of bytes, is shorter, may not be updated, or reads back otherwise.
    pub fn erase_bytes(&mut self, path: &FilePath, offset: u16, length: Option<u16>) -> Result<ReadBack> {
        let size = self.select_ef(path)?;
        let step = self.step(format!("erase {path}"));
        let end = length.map(|length| usize::from(offset) + usize::from(length));
        let last = end.unwrap_or(size);
        if usize::from(offset) >= last || last > size {
            return Err(self.invalid(format!(
                "the file has {size} bytes: nothing, or more than that, is to be erased"
            )));
        }
        let to = end.map(u16::try_from).transpose();
        let to = to.map_err(|_| self.fault(Fault::OutOfStep))?;
        let action = BinaryAction::Erase { from: offset, to };
        self.run(&Command::Binary {
            address: FILE,
            action,
        })?;
        self.step(format!("read back {path}"));
        match self.read(offset.into(), last) {
            Ok(bytes) => compare(&step, &vec![0; bytes.len()], &bytes).map(|()| ReadBack::Same),
            Err(error) if error.status() == Some(Status::SECURITY_STATUS_NOT_SATISFIED) => {
                Ok(ReadBack::Forbidden)
            }
            Err(error) => Err(error),
        }
    }
}
