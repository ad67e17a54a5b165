//! Power-up: mounting the flash, or making a new card of one that was never formatted.

use apdu_spec::file::LifeCycle;

use crate::FIRST_DATE;
use crate::card::Memory;
use crate::core::Core;
use crate::error::{Error, Result};
use crate::fs::RuleBytes;
use crate::fs::directory::{Df, DfKind};
use crate::layout::{self, MASTER_FILE};
use crate::platform::Platform;
use crate::state::{CardState, STATE_MAX};
use crate::store::{Secrecy, Store};

/// Mounts the flash; a blank one becomes a new card.
pub(crate) fn start<P: Platform>(mut platform: P, flash: P::Flash, index: P::Index) -> Memory<P> {
    let mut seed = [0; 4];
    if platform.random(&mut seed).is_err() {
        return Memory::Damaged(platform);
    }
    let Ok(store) = Store::mount_or_format(flash, index, seed) else {
        return Memory::Damaged(platform);
    };
    let mut core = Core {
        platform,
        store,
        state: CardState::blank([0; 8], FIRST_DATE),
    };
    match load(&mut core) {
        Ok(()) => Memory::Sound(core),
        Err(_) => Memory::Damaged(core.platform),
    }
}

/// Reads the card's state, or writes that of a new card. The first transaction has state and MF together, so a card
/// whose making was cut off is an empty store.
fn load<P: Platform>(core: &mut Core<P>) -> Result<()> {
    let mut buffer = [0; STATE_MAX];
    if let Some(bytes) = core.load_checked(layout::state(), &mut buffer)? {
        core.state = CardState::read(bytes)?;
        return Ok(());
    }
    if core.store.stats().objects != 0 {
        return Err(Error::Memory);
    }
    let mut serial_number = [0; 8];
    core.platform.random(&mut serial_number)?;
    let state = CardState::blank(serial_number, FIRST_DATE);
    let mut buffer = [0; STATE_MAX];
    let state_bytes = state.write(&mut buffer)?;
    let master = Df {
        kind: DfKind::Master,
        life_cycle: LifeCycle::Operational,
        parent: MASTER_FILE,
        id: 0x3F00,
        rules: RuleBytes::new(),
    };
    let header = master.header();
    let mut change = core.begin(2, STATE_MAX + header.len())?;
    change.put(layout::df(MASTER_FILE), &[&header], Secrecy::Public)?;
    change.put_last(layout::state(), &[state_bytes], Secrecy::Public)?;
    core.state = state;
    Ok(())
}
