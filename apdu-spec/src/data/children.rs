//! What lies in the current DF, GET DATA 010C.

use crate::tlv::{Reader, Result, Tag};

const ID: Tag = Tag(0x83);

/// Which files GET DATA 010C means: `83 file id`, those behind this one in ascending order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ChildSelector(pub u16);

impl ChildSelector {
    /// Length of the encoding, in bytes.
    pub const ENCODED: usize = 4;

    /// Reads the data field of GET DATA.
    ///
    /// # Errors
    /// Any other encoding.
    pub fn read(selector: &[u8]) -> Result<Self> {
        let mut reader = Reader::new(selector);
        let id = reader.u16(ID)?;
        reader.finish()?;
        Ok(Self(id))
    }

    /// The data field of GET DATA, which is also one entry of the answer.
    #[must_use]
    pub const fn encode(self) -> [u8; Self::ENCODED] {
        let [high, low] = self.0.to_be_bytes();
        [0x83, 2, high, low]
    }
}

/// Reads the value of object 010C: ascending file ids.
///
/// # Errors
/// Any other encoding or order.
pub fn children(value: &[u8]) -> Result<impl Iterator<Item = u16>> {
    let mut reader = Reader::new(value);
    let mut last = None;
    while !reader.is_empty() {
        let at = reader.invalid(ID);
        let id = reader.u16(ID)?;
        if last >= Some(id) {
            return Err(at);
        }
        last = Some(id);
    }
    Ok(super::entries(value, |reader| reader.u16(ID)))
}
