//! EFs of records: READ, UPDATE, APPEND, SEARCH and ERASE RECORD.

use apdu_spec::command::{Command, Expected, RecordAction, RecordFile, RecordName, RecordRange, SearchStart};
use apdu_spec::file::{FileKind, RecordFormat, Structure};
use apdu_spec::status::Status;

use super::{FilePath, ReadBack, Session, compare};
use crate::error::{Result, Step};

/// The EF that was selected just before.
const FILE: RecordFile = RecordFile::Current;

impl Session<'_> {
    /// Reads one record, counted from 1.
    ///
    /// # Errors
    /// When the file has no records or not this one, or may not be read.
    pub fn read_record(&mut self, path: &FilePath, number: u8) -> Result<Vec<u8>> {
        self.select_records(path)?;
        self.step(format!("read record {number} of {path}"));
        let (status, bytes) = self.ask(&read(RecordName::Number(number)))?;
        if status.is_success() {
            Ok(bytes)
        } else {
            Err(self.refusal("READ RECORD", status))
        }
    }

    /// Reads all records there are, record 1 first.
    ///
    /// # Errors
    /// When the file has no records at all or may not be read.
    pub fn read_records(&mut self, path: &FilePath) -> Result<Vec<Vec<u8>>> {
        let format = self.select_records(path)?;
        let mut records = Vec::new();
        for number in 1..=format.number {
            self.step(format!("read record {number} of {path}"));
            match self.ask(&read(RecordName::Number(number)))? {
                (Status::RECORD_NOT_FOUND, _) => break,
                (status, bytes) if status.is_success() => records.push(bytes),
                (status, _) => return Err(self.refusal("READ RECORD", status)),
            }
        }
        Ok(records)
    }

    /// The content of any EF as one run of bytes: records each with its length before it.
    ///
    /// # Errors
    /// As [`Self::read_file`] and [`Self::read_records`].
    pub fn read_content(&mut self, path: &FilePath, kind: FileKind) -> Result<Vec<u8>> {
        if kind.records().is_none() {
            return self.read_file(path);
        }
        let mut content = Vec::new();
        for record in self.read_records(path)? {
            content.extend(u8::try_from(record.len()));
            content.extend(record);
        }
        Ok(content)
    }

    /// Replaces a record and reads it back.
    ///
    /// # Errors
    /// When the file has no records or not this one, may not be written, the record has another length or there is no
    /// room, or it reads back otherwise.
    pub fn update_record(&mut self, path: &FilePath, number: u8, data: &[u8]) -> Result<ReadBack> {
        self.select_records(path)?;
        let step = self.step(format!("write record {number} of {path}"));
        let record = RecordName::Number(number);
        self.run(&on_current(RecordAction::Update { record, data }))?;
        self.read_back(&step, record, data)
    }

    /// Adds a record, behind the last one or in a cyclic file before the first, and reads it back.
    ///
    /// # Errors
    /// As [`Self::update_record`]; when a linear file is full.
    pub fn append_record(&mut self, path: &FilePath, data: &[u8]) -> Result<ReadBack> {
        let format = self.select_records(path)?;
        let step = self.step(format!("append a record to {path}"));
        self.run(&on_current(RecordAction::Append { data }))?;
        let record = match format.structure {
            Structure::Cyclic => RecordName::First,
            Structure::LinearFixed | Structure::LinearVariable => RecordName::Last,
        };
        self.read_back(&step, record, data)
    }

    /// The numbers of the records with these bytes in them, record 1 first.
    ///
    /// # Errors
    /// When the file has no records or may not be read.
    pub fn search_records(&mut self, path: &FilePath, pattern: &[u8]) -> Result<Vec<u8>> {
        self.select_records(path)?;
        self.step(format!("search {path}"));
        let command = on_current(RecordAction::Search {
            record: RecordName::Number(1),
            backward: false,
            start: SearchStart::Beginning,
            pattern,
            length: Expected::Available { extended: false },
        });
        match self.ask(&command)? {
            // Nothing like it, or no record at all.
            (Status::END_OF_FILE | Status::RECORD_NOT_FOUND, _) => Ok(Vec::new()),
            (status, numbers) if status.is_success() => Ok(numbers),
            (status, _) => Err(self.refusal(command.name(), status)),
        }
    }

    /// Empties a record: of fixed length it is zeros then, otherwise it has no bytes.
    ///
    /// # Errors
    /// When the file has no records or not this one, may not be written, or the record still holds something.
    pub fn erase_record(&mut self, path: &FilePath, number: u8) -> Result<ReadBack> {
        let format = self.select_records(path)?;
        let step = self.step(format!("erase record {number} of {path}"));
        let record = RecordName::Number(number);
        self.run(&on_current(RecordAction::Erase {
            records: RecordRange::One(record),
        }))?;
        let empty = match format.is_fixed() {
            true => vec![0; usize::from(format.length)],
            false => Vec::new(),
        };
        self.read_back(&step, record, &empty)
    }

    fn select_records(&mut self, path: &FilePath) -> Result<RecordFormat> {
        match self.select(path)?.kind {
            FileKind::Records(format) => Ok(format),
            FileKind::Transparent => Err(self.invalid("it is a file without records")),
            FileKind::Dedicated => Err(self.invalid("it is a folder (DF), not a file with content")),
        }
    }

    fn read_back(&mut self, step: &Step, record: RecordName, data: &[u8]) -> Result<ReadBack> {
        self.step("read the record back");
        match self.ask(&read(record))? {
            (Status::SECURITY_STATUS_NOT_SATISFIED, _) => Ok(ReadBack::Forbidden),
            (status, bytes) if status.is_success() => compare(step, data, &bytes).map(|()| ReadBack::Same),
            (status, _) => Err(self.refusal("READ RECORD", status)),
        }
    }
}

const fn read(record: RecordName) -> Command<'static> {
    on_current(RecordAction::Read {
        records: RecordRange::One(record),
        length: Expected::Available { extended: false },
    })
}

const fn on_current(action: RecordAction<'_>) -> Command<'_> {
    Command::Record { file: FILE, action }
}
