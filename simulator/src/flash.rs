//! Flash on a computer: in memory, in memory with power that can be cut, and in a card image file.
//!
//! All are NOR flash: erasing a page sets its bits, programming clears bits. Programming a bit that is clear to one is an
//! error here, where real flash would silently keep the zero.

mod cut;
mod file;
mod memory;

use embedded_storage::nor_flash::{NorFlashError, NorFlashErrorKind};

pub use cut::{CutFlash, Operations, Outcome};
pub use file::{FileError, FileErrorKind, FileFlash};
pub use memory::{Counts, MemoryFlash};

/// Bytes of a page unless the type says otherwise.
pub const PAGE_SIZE: usize = 4_096;
/// Bytes of a word that can be programmed, unless the type says otherwise.
pub const WORD_SIZE: usize = 4;

/// Why a flash operation was not done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Error {
    /// The power was cut in this operation or before it.
    PowerLost,
    /// Address or length is not a multiple of the word or page size.
    NotAligned,
    /// Beyond the flash.
    OutOfBounds,
    /// Programming would have to set bits.
    BitsCleared,
    /// The card image file could not be written.
    File,
}

impl core::fmt::Display for Error {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::PowerLost => "power lost",
            Self::NotAligned => "address or length not aligned",
            Self::OutOfBounds => "beyond the flash",
            Self::BitsCleared => "programming over what is programmed",
            Self::File => "the card image cannot be written",
        })
    }
}

impl core::error::Error for Error {}

impl NorFlashError for Error {
    fn kind(&self) -> NorFlashErrorKind {
        match self {
            Self::NotAligned => NorFlashErrorKind::NotAligned,
            Self::OutOfBounds => NorFlashErrorKind::OutOfBounds,
            Self::PowerLost | Self::BitsCleared | Self::File => NorFlashErrorKind::Other,
        }
    }
}

impl From<NorFlashErrorKind> for Error {
    fn from(kind: NorFlashErrorKind) -> Self {
        match kind {
            NorFlashErrorKind::NotAligned => Self::NotAligned,
            _ => Self::OutOfBounds,
        }
    }
}
