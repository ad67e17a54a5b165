//! Counting and deleting what lies under a DF, with the content of its files.

use apdu_spec::file::FileKind;
use apdu_spec::limits;

use super::load::Progress;
use crate::core::{Change, Core};
use crate::error::{Error, Result};
use crate::fs::directory::{self, Entry};
use crate::layout;
use crate::platform::Platform;
use crate::store::Key;

/// A walk over keys: where it reads, and what it does with each key.
trait Walk {
    fn first_at_or_after(&mut self, from: Key) -> Result<Option<Key>>;
    fn entry(&mut self, df: u16, id: u16) -> Result<Option<Entry>>;
    fn visit(&mut self, key: Key) -> Result<()>;
}

struct Counting<'c, P: Platform> {
    core: &'c mut Core<P>,
    keys: usize,
}

impl<P: Platform> Walk for Counting<'_, P> {
    fn first_at_or_after(&mut self, from: Key) -> Result<Option<Key>> {
        Ok(self.core.store.first_at_or_after(from)?)
    }

    fn entry(&mut self, df: u16, id: u16) -> Result<Option<Entry>> {
        self.core.entry(df, id)
    }

    fn visit(&mut self, _: Key) -> Result<()> {
        self.keys += 1;
        Ok(())
    }
}

/// Deletes as it goes. A transaction reads what was there before it began, so the walk does not disturb itself.
struct Deleting<'c, 's, P: Platform>(&'c mut Change<'s, P>);

impl<P: Platform> Walk for Deleting<'_, '_, P> {
    fn first_at_or_after(&mut self, from: Key) -> Result<Option<Key>> {
        Ok(self.0.first_at_or_after(from)?)
    }

    fn entry(&mut self, df: u16, id: u16) -> Result<Option<Entry>> {
        let mut record = [0; directory::RECORD_MAX];
        let key = layout::entry(df, id);
        let Some(length) = self.0.len(key)? else {
            return Ok(None);
        };
        let record = record.get_mut(..length).ok_or(Error::Memory)?;
        self.0.read(key, 0, record)?;
        Entry::read(record).map(Some)
    }

    fn visit(&mut self, key: Key) -> Result<()> {
        Ok(self.0.delete(key)?)
    }
}

/// Calls `each` for every key of a namespace, in order.
fn namespace<W: Walk>(
    walk: &mut W,
    number: u16,
    mut each: impl FnMut(&mut W, Key) -> Result<()>,
) -> Result<()> {
    let mut next = walk.first_at_or_after(layout::first_of(number))?;
    while let Some(key) = next.filter(|key| key.namespace() == number) {
        each(walk, key)?;
        next = match key.successor() {
            Some(following) => walk.first_at_or_after(following)?,
            None => None,
        };
    }
    Ok(())
}

/// Visits every key under a DF, the content of its files included but for the numbers in `spare`.
fn below<W: Walk>(walk: &mut W, df: u16, spare: &[u16], depth: usize) -> Result<()> {
    let depth = depth.checked_sub(1).ok_or(Error::Memory)?;
    namespace(walk, df, |walk, key| {
        if let Some(id) = layout::entry_id(key, df) {
            let entry = walk.entry(df, id)?.ok_or(Error::Memory)?;
            match entry.kind {
                FileKind::Dedicated => below(walk, entry.number, spare, depth)?,
                FileKind::Transparent | FileKind::Records(_) if spare.contains(&entry.number) => {}
                FileKind::Transparent | FileKind::Records(_) => namespace(walk, entry.number, W::visit)?,
            }
        }
        walk.visit(key)
    })
}

/// How many keys lie under a DF.
pub(crate) fn count<P: Platform>(core: &mut Core<P>, df: u16) -> Result<usize> {
    let mut walk = Counting { core, keys: 0 };
    below(&mut walk, df, &[], limits::DF_DEPTH)?;
    Ok(walk.keys)
}

/// Deletes all that lies under a DF but the content whose numbers are in `spare`.
pub(crate) fn delete<P: Platform>(change: &mut Change<'_, P>, df: u16, spare: &[u16]) -> Result<()> {
    below(&mut Deleting::<P>(change), df, spare, limits::DF_DEPTH)
}

/// How many keys were staged for a request.
pub(crate) fn count_staged<P: Platform>(core: &mut Core<P>, progress: &Progress) -> Result<usize> {
    let mut walk = Counting { core, keys: 0 };
    for number in progress.numbers() {
        namespace(&mut walk, number, Counting::visit)?;
    }
    Ok(walk.keys)
}

/// How many keys lie under one number.
pub(crate) fn count_number<P: Platform>(core: &mut Core<P>, number: u16) -> Result<usize> {
    let mut walk = Counting { core, keys: 0 };
    namespace(&mut walk, number, Counting::visit)?;
    Ok(walk.keys)
}

/// Deletes what was staged for a request.
pub(crate) fn delete_staged<P: Platform>(change: &mut Change<'_, P>, progress: &Progress) -> Result<()> {
    progress
        .numbers()
        .try_for_each(|number| delete_number::<P>(change, number))
}

/// Deletes what lies under one number.
pub(crate) fn delete_number<P: Platform>(change: &mut Change<'_, P>, number: u16) -> Result<()> {
    namespace(&mut Deleting::<P>(change), number, Deleting::visit)
}
