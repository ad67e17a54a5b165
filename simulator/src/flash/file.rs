//! A card image in a file.
//!
//! The file is the flash, byte for byte. It is held in memory, and every program and erase is written through at once,
//! in order, with one call. Killing the process therefore leaves a state that a power cut could leave. When the *host*
//! loses power that holds only for what [`FileFlash::sync`] was called after. Once a write fails, everything does, until
//! the file is opened again.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::Read;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use applet::store::FORMAT_VERSION;
use embedded_storage::nor_flash::{ErrorType, MultiwriteNorFlash, NorFlash, ReadNorFlash};

use super::memory::{Counts, MemoryFlash};
use super::{Error, PAGE_SIZE, WORD_SIZE};

/// Fewer pages are no card.
const PAGES_MIN: usize = 4;
/// What an image's page starts with once it was formatted.
const MAGIC: &[u8] = b"SYM";

/// Why a card image could not be used, and which.
#[derive(Debug)]
pub struct FileError {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it.
    pub kind: FileErrorKind,
}

/// Why a card image could not be used.
#[derive(Debug)]
pub enum FileErrorKind {
    /// Another process has it open.
    InUse,
    /// Not a whole number of pages, or too few.
    Size(u64),
    /// Neither a card image nor erased.
    NotACard,
    /// A card whose flash has this other format.
    Format(u8),
    /// The system's error.
    Io(std::io::Error),
}

impl core::fmt::Display for FileError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let path = self.path.display();
        match &self.kind {
            FileErrorKind::InUse => write!(f, "{path}: the card is in use by another process"),
            FileErrorKind::Size(size) => write!(f, "{path}: not a card image: none has {size} bytes"),
            FileErrorKind::NotACard => write!(f, "{path}: not a card image"),
            FileErrorKind::Format(version) => write!(
                f,
                "{path}: a card of flash format {version}; this program knows format {FORMAT_VERSION} alone"
            ),
            FileErrorKind::Io(error) => write!(f, "{path}: {error}"),
        }
    }
}

impl core::error::Error for FileError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match &self.kind {
            FileErrorKind::Io(error) => Some(error),
            _ => None,
        }
    }
}

impl From<std::io::Error> for FileErrorKind {
    fn from(error: std::io::Error) -> Self {
        Self::Io(error)
    }
}

/// Flash in a file that no other process can open as a card meanwhile.
#[derive(Debug)]
pub struct FileFlash<const PAGE: usize = PAGE_SIZE, const WORD: usize = WORD_SIZE> {
    memory: MemoryFlash<PAGE, WORD>,
    file: File,
    path: PathBuf,
    /// A write to the file failed: it may hold a part of it, which memory does not.
    failed: bool,
}

impl<const PAGE: usize, const WORD: usize> FileFlash<PAGE, WORD> {
    /// Makes an erased card image of `pages` pages.
    ///
    /// # Errors
    /// [`FileErrorKind::Io`], also if the file exists.
    pub fn create(path: &Path, pages: usize) -> Result<Self, FileError> {
        Self::open_with(path, OpenOptions::new().create_new(true), Some(pages))
    }

    /// Opens a card image.
    ///
    /// # Errors
    /// [`FileErrorKind::InUse`], [`FileErrorKind::Size`], [`FileErrorKind::NotACard`] or [`FileErrorKind::Io`].
    pub fn open(path: &Path) -> Result<Self, FileError> {
        Self::open_with(path, &mut OpenOptions::new(), None)
    }

    /// Opens a card image, or makes an erased one of `pages` pages if there is no file, or an empty one.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_or_create(path: &Path, pages: usize) -> Result<Self, FileError> {
        Self::open_with(path, OpenOptions::new().create(true), Some(pages))
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What the flash holds.
    #[must_use]
    pub fn image(&self) -> &[u8] {
        self.memory.image()
    }

    /// What was done since the file was opened.
    #[must_use]
    pub const fn counts(&self) -> Counts {
        self.memory.counts()
    }

    /// Makes everything so far survive a power failure of the host.
    ///
    /// # Errors
    /// The system's error.
    pub fn sync(&self) -> Result<(), FileError> {
        self.file.sync_data().map_err(|error| self.error(error.into()))
    }

    fn error(&self, kind: FileErrorKind) -> FileError {
        FileError {
            path: self.path.clone(),
            kind,
        }
    }

    fn open_with(path: &Path, options: &mut OpenOptions, pages: Option<usize>) -> Result<Self, FileError> {
        let opened = options
            .read(true)
            .write(true)
            .open(path)
            .map_err(FileErrorKind::from);
        let loaded = opened.and_then(|mut file| Ok((load::<PAGE>(&mut file, pages)?, file)));
        let (bytes, file) = loaded.map_err(|kind| FileError {
            path: path.to_owned(),
            kind,
        })?;
        Ok(Self {
            memory: MemoryFlash::from_image(bytes),
            file,
            path: path.to_owned(),
            failed: false,
        })
    }

    fn write_through(&mut self, offset: u32, bytes: &[u8]) -> Result<(), Error> {
        self.usable()?;
        let written = self.file.write_all_at(bytes, u64::from(offset));
        self.failed = written.is_err();
        written.map_err(|_| Error::File)
    }

    const fn usable(&self) -> Result<(), Error> {
        if self.failed { Err(Error::File) } else { Ok(()) }
    }
}

/// Locks and reads a card image. Without content it is filled with `pages` erased pages, if that many are given.
fn load<const PAGE: usize>(file: &mut File, pages: Option<usize>) -> Result<Vec<u8>, FileErrorKind> {
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(FileErrorKind::InUse),
        Err(TryLockError::Error(error)) => return Err(error.into()),
    }
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    if let Some(missing) = pages
        .map(|pages| pages * PAGE)
        .filter(|size| is_unfinished(&bytes, *size))
    {
        bytes.resize(missing, 0xFF);
        file.write_all_at(&bytes, 0)?;
    }
    if !bytes.len().is_multiple_of(PAGE) || bytes.len() / PAGE < PAGES_MIN {
        return Err(FileErrorKind::Size(file.metadata()?.len()));
    }
    let formatted = bytes.chunks(PAGE).any(|page| page.starts_with(MAGIC));
    if formatted || bytes.iter().all(|byte| *byte == 0xFF) {
        Ok(bytes)
    } else {
        Err(FileErrorKind::NotACard)
    }
}

/// A new file, or one that filling with erased pages was cut off in.
fn is_unfinished(bytes: &[u8], size: usize) -> bool {
    bytes.len() < size && bytes.iter().all(|byte| *byte == 0xFF)
}

impl<const PAGE: usize, const WORD: usize> ErrorType for FileFlash<PAGE, WORD> {
    type Error = Error;
}

impl<const PAGE: usize, const WORD: usize> ReadNorFlash for FileFlash<PAGE, WORD> {
    const READ_SIZE: usize = 1;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), Error> {
        self.usable()?;
        self.memory.read(offset, bytes)
    }

    fn capacity(&self) -> usize {
        self.memory.capacity()
    }
}

impl<const PAGE: usize, const WORD: usize> NorFlash for FileFlash<PAGE, WORD> {
    const WRITE_SIZE: usize = WORD;
    const ERASE_SIZE: usize = PAGE;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), Error> {
        let length = self.memory.erasable(from, to)?.len();
        self.write_through(from, &vec![0xFF; length])?;
        self.memory.erase(from, to)
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), Error> {
        self.memory.programmable(offset, bytes)?;
        self.write_through(offset, bytes)?;
        self.memory.write(offset, bytes)
    }
}

impl<const PAGE: usize, const WORD: usize> MultiwriteNorFlash for FileFlash<PAGE, WORD> {}
