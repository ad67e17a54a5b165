//! Providers' DFs: made by the card under the MF when a provider's first application comes, gone with his last.

use apdu_spec::file::LifeCycle;
use apdu_spec::object::ProviderId;
use apdu_spec::tlv::{Reader, Tag, Writer};

use super::commit::put_df;
use crate::core::{Change, Core};
use crate::error::{Error, Result};
use crate::fs::RuleBytes;
use crate::fs::directory::{Df, DfKind};
use crate::layout::{self, MASTER_FILE};
use crate::platform::Platform;
use crate::store::Secrecy;

/// The longest record.
pub(crate) const RECORD_MAX: usize = 80;
/// File ids of providers' DFs begin here, of applications' DFs in them there.
const PROVIDER_IDS: u16 = 0xD000;
const APPLICATION_IDS: u16 = 0xA000;

/// A provider's DF, present or to be made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ProviderDf {
    pub(crate) number: u16,
    pub(crate) is_new: bool,
    id: u16,
    slot: u16,
}

/// The DF of a provider, or where it will be.
pub(crate) fn find_or_plan<P: Platform>(core: &mut Core<P>, provider: &ProviderId) -> Result<ProviderDf> {
    if let Some(found) = find(core, provider)? {
        return Ok(found);
    }
    let slot = core.free_slot(layout::provider(0))?;
    Ok(ProviderDf {
        number: core.allocate(1)?,
        is_new: true,
        id: free_entry(core, MASTER_FILE, PROVIDER_IDS)?,
        slot,
    })
}

/// The DF of a provider.
pub(crate) fn find<P: Platform>(core: &mut Core<P>, provider: &ProviderId) -> Result<Option<ProviderDf>> {
    let mut after = None;
    while let Some(slot) = core.next_slot(layout::provider(0), after)? {
        let mut buffer = [0; RECORD_MAX];
        let record = core
            .load_checked(layout::provider(slot), &mut buffer)?
            .ok_or(Error::Memory)?;
        let mut reader = Reader::new(record);
        let mut parse = || -> apdu_spec::tlv::Result<(ProviderId, u16, u16)> {
            Ok((
                ProviderId::read(&mut reader)?,
                reader.u16(Tag(0x8D))?,
                reader.u16(Tag(0x8E))?,
            ))
        };
        let (found, number, id) = parse().map_err(|_| Error::Memory)?;
        if found == *provider {
            return Ok(Some(ProviderDf {
                number,
                is_new: false,
                id,
                slot,
            }));
        }
        after = Some(slot);
    }
    Ok(None)
}

/// A file id that is free for one more application.
pub(crate) fn free_id<P: Platform>(core: &mut Core<P>, provider: &ProviderDf) -> Result<u16> {
    if provider.is_new {
        Ok(APPLICATION_IDS)
    } else {
        free_entry(core, provider.number, APPLICATION_IDS)
    }
}

fn free_entry<P: Platform>(core: &mut Core<P>, df: u16, from: u16) -> Result<u16> {
    for id in from..from | 0x0FFF {
        if core.store.len(layout::entry(df, id))?.is_none() {
            return Ok(id);
        }
    }
    Err(Error::NoMemory)
}

impl ProviderDf {
    /// Writes the DF and the record of whose it is.
    pub(crate) fn put<P: Platform>(&self, change: &mut Change<'_, P>, provider: &ProviderId) -> Result<()> {
        let mut buffer = [0; RECORD_MAX];
        let mut writer = Writer::new(&mut buffer);
        provider.write(&mut writer)?;
        writer.u16(Tag(0x8D), self.number)?;
        writer.u16(Tag(0x8E), self.id)?;
        change.put(layout::provider(self.slot), &[writer.finish()], Secrecy::Public)?;
        let df = Df {
            kind: DfKind::Provider,
            life_cycle: LifeCycle::Operational,
            parent: MASTER_FILE,
            id: self.id,
            rules: RuleBytes::new(),
        };
        put_df::<P>(change, self.number, &df)
    }

    /// Deletes the DF, which is empty.
    pub(crate) fn delete<P: Platform>(&self, change: &mut Change<'_, P>) -> Result<()> {
        change.delete(layout::provider(self.slot))?;
        change.delete(layout::df(self.number))?;
        Ok(change.delete(layout::entry(MASTER_FILE, self.id))?)
    }
}
