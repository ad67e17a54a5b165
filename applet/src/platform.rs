//! What the applet asks of the machine it runs on: flash, random numbers, cryptography.

use embedded_storage::nor_flash::MultiwriteNorFlash;

use crate::crypto::Crypto;

/// No random numbers could be had. The command that needed them fails and changes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RandomError;

/// A board, or a computer playing one.
pub trait Platform {
    /// Where the card lives. Programming clears bits and may be done twice to the same word (the second time to zero it),
    /// erasing sets a whole page; a call returns when the medium holds what it promised.
    type Flash: MultiwriteNorFlash;
    /// Memory for the store's sorted table: one entry for each object of the card.
    type Index: AsRef<[u16]> + AsMut<[u16]>;
    /// The cryptographic back end.
    type Crypto: Crypto;

    /// Fills `out` with numbers nobody can predict; they become keys, nonces and salts.
    ///
    /// # Errors
    /// [`RandomError`] when the source has failed. Never answer with weak numbers instead.
    fn random(&mut self, out: &mut [u8]) -> Result<(), RandomError>;

    /// The cryptographic back end.
    fn crypto(&self) -> &Self::Crypto;
}
