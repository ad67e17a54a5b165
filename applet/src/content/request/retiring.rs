//! Requests that go: carried out, dropped, evicted, or all at once when the card gets another certificate or its consent PIN is unblocked.

use apdu_spec::limits;
use heapless::Vec;

use super::{SLOTS, is_taken};
use crate::content::load::Progress;
use crate::content::tree;
use crate::core::{Change, Core};
use crate::error::{Error, Result};
use crate::layout::{self, RequestPart};
use crate::platform::Platform;

/// Requests that go, with what was staged for them.
#[derive(Debug, Default)]
pub(crate) struct Retiring {
    /// Records that a transaction deletes for them.
    pub(crate) records: usize,
    requests: Vec<(u8, Option<Progress>), { limits::OPEN_REQUESTS }>,
}

impl Retiring {
    /// The request in a slot.
    pub(crate) fn one<P: Platform>(core: &mut Core<P>, slot: u8) -> Result<Self> {
        let mut retiring = Self::default();
        retiring.add(core, slot)?;
        Ok(retiring)
    }

    /// Every open request.
    pub(crate) fn all<P: Platform>(core: &mut Core<P>) -> Result<Self> {
        let mut retiring = Self::default();
        for slot in 0..SLOTS {
            if is_taken(core, slot)? {
                retiring.add(core, slot)?;
            }
        }
        Ok(retiring)
    }

    fn add<P: Platform>(&mut self, core: &mut Core<P>, slot: u8) -> Result<()> {
        let staged = Progress::load(core, slot)?;
        self.records += PARTS.len();
        if let Some(progress) = &staged {
            self.records += tree::count_staged(core, progress)?;
        }
        self.requests.push((slot, staged)).map_err(|_| Error::Fault)
    }

    /// Deletes them in a transaction.
    pub(crate) fn delete<P: Platform>(&self, change: &mut Change<'_, P>) -> Result<()> {
        for (slot, staged) in &self.requests {
            retire::<P>(change, *slot)?;
            if let Some(progress) = staged {
                tree::delete_staged::<P>(change, progress)?;
            }
        }
        Ok(())
    }
}

/// The parts a request may have.
pub(crate) const PARTS: [RequestPart; 4] = [
    RequestPart::Request,
    RequestPart::Authorization,
    RequestPart::Progress,
    RequestPart::Manifest,
];

/// Deletes a request in a transaction.
pub(crate) fn retire<P: Platform>(change: &mut Change<'_, P>, slot: u8) -> Result<()> {
    for part in PARTS {
        let key = layout::request(slot, part);
        if change.len(key)?.is_some() {
            change.delete(key)?;
        }
    }
    Ok(())
}
