//! What a replacement keeps (rule 7). The rules of a kept file or secret may only tighten: loosening them would hand over
//! what the holder put there. While anything is kept, every PIN is, for a PIN that the new package sets anew would
//! open what the old one closed.

use apdu_spec::access::AccessRules;
use apdu_spec::file::{FileKind, LifeCycle};
use apdu_spec::limits;
use apdu_spec::package::{FileEntry, Manifest, OnReplace};
use apdu_spec::reason::Reason;
use heapless::Vec;

use super::load::Progress;
use crate::core::Core;
use crate::error::{Error, Result};
use crate::fs::directory::Entry;
use crate::key;
use crate::layout;
use crate::pin;
use crate::platform::Platform;
use crate::store::Key;

/// What is kept, and whether anything is not.
#[derive(Clone, Debug, Default)]
pub(crate) struct Kept {
    /// Something of the old application is dropped.
    pub(crate) drops_data: bool,
    /// The old application's DF.
    old: Option<u16>,
    /// Position in the manifest and number of the old content.
    files: Vec<(u8, u16), { limits::MANIFEST_FILES }>,
    /// Positions of files that are kept and not operational, and their states.
    states: Vec<(u8, LifeCycle), { limits::MANIFEST_FILES }>,
    pins: Vec<u8, { limits::MANIFEST_PINS }>,
    keys: Vec<u8, { limits::MANIFEST_KEYS }>,
}

impl Kept {
    /// The old content of the manifest's file at `position`, if it is kept.
    pub(crate) fn file(&self, position: u8) -> Option<u16> {
        self.files
            .iter()
            .find(|(kept, _)| *kept == position)
            .map(|(_, number)| *number)
    }

    /// The life cycle of the manifest's file at `position`: what somebody switched off or ended stays so while it is kept.
    pub(crate) fn life_cycle(&self, position: u8) -> LifeCycle {
        let kept = self.states.iter().find(|(kept, _)| *kept == position);
        kept.map_or(LifeCycle::Operational, |(_, life_cycle)| *life_cycle)
    }

    /// The DF that holds a PIN that is kept.
    pub(crate) fn pin(&self, reference: u8) -> Option<u16> {
        self.old.filter(|_| self.pins.contains(&reference))
    }

    /// The DF that holds a key that is kept.
    pub(crate) fn key(&self, reference: u8) -> Option<u16> {
        self.old.filter(|_| self.keys.contains(&reference))
    }

    /// The numbers of all content that is kept.
    pub(crate) fn numbers(&self) -> Vec<u16, { limits::MANIFEST_FILES }> {
        self.files.iter().map(|(_, number)| *number).collect()
    }
}

/// Decides what is kept of the application in DF `old`.
pub(crate) fn plan<P: Platform>(
    core: &mut Core<P>,
    manifest: &Manifest<'_>,
    progress: &Progress,
    old: Option<u16>,
) -> Result<Kept> {
    let mut kept = Kept {
        old,
        ..Kept::default()
    };
    let Some(old) = old else { return Ok(kept) };
    debug_assert!(!progress.numbers().any(|number| number == old));
    for file in manifest.files().filter(|file| file.replace == OnReplace::Keep) {
        let Some(entry) = counterpart(core, manifest, &file, old)? else {
            continue;
        };
        if entry.life_cycle != LifeCycle::Operational {
            let state = (file.position, entry.life_cycle);
            kept.states.push(state).map_err(|_| Reason::BadManifest)?;
        }
        if entry.kind.is_ef() && file.kind.is_ef() {
            require_tighter(entry.rules.as_slice(), manifest, file.rule)?;
            if (entry.kind, entry.size) != (file.kind, file.size) {
                return Err(Reason::BadManifest.into());
            }
            kept.files
                .push((file.position, entry.number))
                .map_err(|_| Reason::BadManifest)?;
        }
    }
    for key in manifest.keys().filter(|key| key.replace == OnReplace::Keep) {
        if let Some(attributes) = key::attributes(core, old, key.reference)? {
            // A key has tries or has none by its usage.
            let more_tries = key.tries.unwrap_or_default() > attributes.tries;
            if attributes.kind != key.kind || attributes.usage != key.usage || more_tries {
                return Err(Reason::RuleWidened.into());
            }
            require_tighter(&attributes.rules, manifest, key.rule)?;
            kept.keys.push(key.reference).map_err(|_| Reason::BadManifest)?;
        }
    }
    for new in manifest.pins().filter(|pin| pin.replace == OnReplace::Keep) {
        if core.store.len(layout::pin(old, new.reference))?.is_some() {
            let present = pin::load(core, layout::pin(old, new.reference))?;
            if new.minimum < present.minimum || new.tries > present.tries {
                return Err(Reason::RuleWidened.into());
            }
            require_tighter(&present.rules, manifest, new.rule)?;
            kept.pins.push(new.reference).map_err(|_| Reason::BadManifest)?;
        }
    }
    let present = Present::count(core, old, limits::DF_DEPTH)?;
    let keeps = !kept.files.is_empty() || !kept.keys.is_empty();
    if keeps && kept.pins.len() < present.pins {
        return Err(Reason::RuleWidened.into());
    }
    kept.drops_data =
        kept.files.len() < present.files || kept.pins.len() < present.pins || kept.keys.len() < present.keys;
    Ok(kept)
}

/// Refuses a rule that allows somebody what the old one did not.
fn require_tighter(old: &[u8], manifest: &Manifest<'_>, rule: u8) -> Result<()> {
    let new = manifest.rule(rule).ok_or(Reason::BadManifest)?;
    let old = AccessRules::new(old).map_err(|_| Error::Memory)?;
    if new.tighten(&old) {
        Ok(())
    } else {
        Err(Reason::RuleWidened.into())
    }
}

/// The file of the old application at the same path.
fn counterpart<P: Platform>(
    core: &mut Core<P>,
    manifest: &Manifest<'_>,
    file: &FileEntry<'_>,
    old: u16,
) -> Result<Option<Entry>> {
    let mut path: Vec<u16, { limits::DF_DEPTH }> = Vec::new();
    let mut step = *file;
    loop {
        path.push(step.id).map_err(|_| Reason::BadManifest)?;
        match manifest
            .files()
            .find(|parent| parent.position == step.parent && step.parent != 0)
        {
            Some(parent) => step = parent,
            None => break,
        }
    }
    let (mut df, mut found) = (old, None);
    for id in path.iter().rev() {
        found = core.entry(df, *id)?;
        match &found {
            Some(entry) => df = entry.number,
            None => break,
        }
    }
    Ok(found)
}

/// How much an application holds.
#[derive(Clone, Copy, Debug, Default)]
struct Present {
    files: usize,
    pins: usize,
    keys: usize,
}

impl Present {
    fn count<P: Platform>(core: &mut Core<P>, df: u16, depth: usize) -> Result<Self> {
        let mut present = Self::default();
        let depth = depth.checked_sub(1).ok_or(Error::Memory)?;
        let count = |core: &mut Core<P>, like: Key| -> Result<usize> {
            let (mut count, mut after) = (0, None);
            while let Some(slot) = core.next_slot(like, after)? {
                (count, after) = (count + 1, Some(slot));
            }
            Ok(count)
        };
        present.pins = count(core, layout::pin(df, 0))?;
        present.keys = count(core, layout::key_attributes(df, 0))?;
        let mut after = None;
        while let Some(id) = core.next_entry(df, after)? {
            if let Some(entry) = core.entry(df, id)? {
                match entry.kind {
                    FileKind::Transparent | FileKind::Records(_) => present.files += 1,
                    FileKind::Dedicated => present.files += Self::count(core, entry.number, depth)?.files,
                }
            }
            after = Some(id);
        }
        Ok(present)
    }
}
