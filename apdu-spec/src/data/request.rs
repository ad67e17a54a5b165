//! Open requests, GET DATA 0106.

use crate::aid::Aid;
use crate::fields::coded;
use crate::limits::OPEN_REQUESTS;
use crate::object::{Mode, Operation};
use crate::tlv::{Reader, Result, Tag, Writer};

const ENTRY: Tag = Tag(0xA1);
const NUMBER: Tag = Tag(0x89);
const MODE: Tag = Tag(0x81);
const OPERATION: Tag = Tag(0x80);
const AID: Tag = Tag(0x4F);
const STATE: Tag = Tag(0x8A);
const NEXT_BLOCK: Tag = Tag(0x8B);

coded! {
    /// How far a request is.
    RequestState {
        /// It waits for authorization.
        Open = 0x01, "open";
        /// It is authorized; no block is kept yet.
        Authorized = 0x02, "authorized";
        /// Blocks are kept.
        Loading = 0x03, "loading";
    }
}

/// One open request. SPEC.md section 5.
///
/// `A1 { 89 number (4) 81 mode (1) 80 operation (1) 4F AID 8A state (1) 8B next block (2) }`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RequestEntry {
    /// Request number.
    pub number: u32,
    /// Way to store.
    pub mode: Mode,
    /// What shall happen.
    pub operation: Operation,
    /// Application concerned.
    pub aid: Aid,
    /// How far it is.
    pub state: RequestState,
    /// The block that comes next.
    pub next_block: u16,
}

impl RequestEntry {
    /// Consumes one A1 object.
    ///
    /// # Errors
    /// Any other encoding.
    pub fn read(outer: &mut Reader<'_>) -> Result<Self> {
        let mut reader = outer.nested(ENTRY)?;
        let entry = Self {
            number: reader.u32(NUMBER)?,
            mode: reader.code(MODE, Mode::from_code)?,
            operation: reader.code(OPERATION, Operation::from_code)?,
            aid: reader.convert(AID, Aid::new)?,
            state: reader.code(STATE, RequestState::from_code)?,
            next_block: reader.u16(NEXT_BLOCK)?,
        };
        reader.finish()?;
        Ok(entry)
    }

    /// Appends the A1 object.
    ///
    /// # Errors
    /// [`crate::tlv::ErrorKind::Overflow`].
    pub fn write(&self, writer: &mut Writer<'_>) -> Result<()> {
        writer.nested(ENTRY, |w| {
            w.u32(NUMBER, self.number)?;
            w.byte(MODE, self.mode.code())?;
            w.byte(OPERATION, self.operation.code())?;
            w.object(AID, self.aid.as_bytes())?;
            w.byte(STATE, self.state.code())?;
            w.u16(NEXT_BLOCK, self.next_block)
        })
    }
}

/// Reads the value of object 0106: at most four entries.
///
/// # Errors
/// Any other encoding.
pub fn requests(value: &[u8]) -> Result<impl Iterator<Item = RequestEntry> + use<'_>> {
    let mut reader = Reader::new(value);
    for _ in 0..OPEN_REQUESTS {
        if !reader.is_empty() {
            RequestEntry::read(&mut reader)?;
        }
    }
    reader.finish()?;
    Ok(super::entries(value, RequestEntry::read))
}
