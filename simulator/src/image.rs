//! Cards in files: one locked file is one card, written through.

use std::path::Path;

use applet::store::FORMAT_VERSION;

use crate::card::{DEFAULT_PAGES, SimulatedCard};
use crate::flash::{FileError, FileErrorKind, FileFlash};
use crate::randomness::Randomness;

/// A card in a file.
pub type ImageCard = SimulatedCard<FileFlash>;

/// Makes a new card in a new file, switched on. It is in the file for good when this returns.
///
/// # Errors
/// When the file exists or cannot be written.
pub fn create(path: &Path, randomness: Randomness) -> Result<ImageCard, FileError> {
    let mut card = SimulatedCard::start(FileFlash::create(path, DEFAULT_PAGES)?, randomness);
    match card.with_flash(FileFlash::sync) {
        Some(synced) => synced.map(|()| card),
        None => Ok(card),
    }
}

/// Opens the card in a file, switched on; nobody else can open it until it is dropped. An image that was cut off while it
/// was made becomes a new card.
///
/// # Errors
/// When there is no file, it is in use, it is no card image, or one of another flash format. A damaged card is opened, and
/// says itself that it is.
pub fn open(path: &Path, randomness: Randomness) -> Result<ImageCard, FileError> {
    let mut card = SimulatedCard::start(FileFlash::open(path)?, randomness);
    match card.format() {
        Some(version) if version != FORMAT_VERSION => Err(FileError {
            path: path.to_owned(),
            kind: FileErrorKind::Format(version),
        }),
        _ => Ok(card),
    }
}
