//! READ BINARY and UPDATE BINARY: ISO/IEC 7816-4, 11.3.

use apdu_spec::command::{BinaryFile, Expected};
use apdu_spec::file::LifeCycle;

use super::rules::{READ, UPDATE};
use super::*;

const REPLY_MAX: usize = 2_048;

impl Plain {
    /// The EF that is meant, which must be in use.
    pub(super) fn find(&self, file: BinaryFile) -> Result<Ef, u16> {
        if self.session.deactivated {
            return Err(CONDITIONS);
        }
        let ef = match file {
            BinaryFile::Current => self.session.ef.ok_or(NO_EF)?,
            BinaryFile::ShortId(short_id) => {
                let mut here = self.files.iter().filter(|((df, _), _)| *df == self.session.df);
                let found = here.find(|(_, file)| file.short_id == Some(short_id));
                found.map(|(ef, _)| *ef).ok_or(FILE_NOT_FOUND)?
            }
        };
        match self.files[&ef].state {
            LifeCycle::Operational => Ok(ef),
            _ => Err(CONDITIONS),
        }
    }

    pub(super) fn read(&mut self, file: BinaryFile, offset: usize, length: Expected) -> Answer {
        let ef = self.find(file)?;
        let file = &self.files[&ef];
        let Content::Bytes(content) = &file.content else {
            return Err(INCOMPATIBLE);
        };
        if !self.session.allowed(&file.rule, READ) {
            return Err(DENIED);
        }
        let rest = content
            .get(offset..)
            .filter(|rest| !rest.is_empty())
            .ok_or(WRONG_OFFSET)?;
        let (data, status) = match length {
            Expected::Available { extended } => {
                let most = if extended { REPLY_MAX } else { 256 };
                (&rest[..rest.len().min(most)], SUCCESS)
            }
            Expected::Exactly(wanted) if usize::from(wanted) > REPLY_MAX => return Err(WRONG_LENGTH),
            Expected::Exactly(wanted) if usize::from(wanted) > rest.len() => (rest, END_OF_FILE),
            Expected::Exactly(wanted) => (&rest[..usize::from(wanted)], SUCCESS),
        };
        let data = data.to_vec();
        self.session.open(Some(ef));
        Ok((data, status))
    }

    pub(super) fn update(&mut self, file: BinaryFile, offset: usize, data: &[u8]) -> Answer {
        let ef = self.find(file)?;
        let file = self.files.get_mut(&ef).unwrap();
        let Content::Bytes(content) = &mut file.content else {
            return Err(INCOMPATIBLE);
        };
        if !self.session.allowed(&file.rule, UPDATE) {
            return Err(DENIED);
        }
        if offset >= content.len() {
            return Err(WRONG_OFFSET);
        }
        content
            .get_mut(offset..offset + data.len())
            .ok_or(NO_MEMORY)?
            .copy_from_slice(data);
        self.session.open(Some(ef));
        Ok((Vec::new(), SUCCESS))
    }
}
