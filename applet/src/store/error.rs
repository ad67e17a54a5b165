//! What can go wrong in the store.

use embedded_storage::nor_flash::{NorFlashError, NorFlashErrorKind};

/// Why the store did not do what it was asked. Nothing was changed unless the variant says otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreError {
    /// The flash was never formatted, or formatting was cut off.
    Blank,
    /// What lies in flash contradicts itself. Nothing of it is answered.
    Damaged,
    /// Formatted by another version of the flash format.
    Version(u8),
    /// The flash is not one the store can work on, or the image was made for another geometry.
    Geometry,
    /// No room for the values.
    Full,
    /// No room in the index memory for another object.
    IndexFull,
    /// The value is longer than [`VALUE_MAX`](super::VALUE_MAX).
    TooLong,
    /// The transaction did not reserve room for this.
    Unreserved,
    /// There is no value to change.
    Absent,
    /// The extent is older than the last change; locate again.
    Stale,
    /// A program or erase failed earlier, so that only a new mount can tell what flash holds.
    Remount,
    /// The flash refused. After a failed program or erase the state is old or new, and [`Self::Remount`] follows.
    Flash(NorFlashErrorKind),
}

impl core::fmt::Display for StoreError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Blank => f.write_str("the flash is not formatted"),
            Self::Damaged => f.write_str("the flash is damaged"),
            Self::Version(version) => write!(f, "flash format {version} is not supported"),
            Self::Geometry => f.write_str("the flash has another geometry"),
            Self::Full => f.write_str("no room in flash"),
            Self::IndexFull => f.write_str("too many objects"),
            Self::TooLong => f.write_str("value too long"),
            Self::Unreserved => f.write_str("more than the transaction reserved"),
            Self::Absent => f.write_str("no such value"),
            Self::Stale => f.write_str("extent is out of date"),
            Self::Remount => f.write_str("an earlier flash error: mount again"),
            Self::Flash(kind) => write!(f, "flash: {kind}"),
        }
    }
}

impl core::error::Error for StoreError {}

/// Result of anything in the store.
pub(super) type Result<T> = core::result::Result<T, StoreError>;

/// The driver's error, as far as every driver can tell it.
pub(super) fn flash_error(error: impl NorFlashError) -> StoreError {
    StoreError::Flash(error.kind())
}
