//! The applications on the card: their records, their order, and the digest of the list of them.

use apdu_spec::aid::Aid;
use apdu_spec::object::{ContentEntry, ProviderId};
use apdu_spec::tlv::{Reader, Tag, Writer};
use heapless::String;

use crate::core::Core;
use crate::crypto::{Crypto, Hash};
use crate::error::{Error, Result};
use crate::layout;
use crate::platform::Platform;

/// The longest record.
pub(crate) const RECORD_MAX: usize = 224;

/// An application's label.
pub(crate) type Label = String<32>;

/// What the card knows of an application.
#[derive(Clone, Debug)]
pub(crate) struct Application {
    pub(crate) aid: Aid,
    pub(crate) label: Label,
    pub(crate) version: u32,
    /// Digest of the package it was made from.
    pub(crate) package: [u8; 32],
    pub(crate) provider: ProviderId,
    /// Keeps its leaf in the content list from being guessed.
    pub(crate) salt: [u8; 16],
    /// Number of its DF.
    pub(crate) df: u16,
    /// File id of its DF in the provider's DF.
    pub(crate) id: u16,
    /// Number of the provider's DF.
    pub(crate) provider_df: u16,
    /// Bytes of content that its files may have together.
    pub(crate) quota: u32,
}

impl Application {
    /// Writes the record.
    pub(crate) fn write<'b>(&self, buffer: &'b mut [u8; RECORD_MAX]) -> Result<&'b [u8]> {
        let mut writer = Writer::new(buffer);
        writer.object(Tag(0x4F), self.aid.as_bytes())?;
        writer.object(Tag(0x50), self.label.as_bytes())?;
        writer.u32(Tag(0x81), self.version)?;
        writer.object(Tag(0x83), &self.package)?;
        self.provider.write(&mut writer)?;
        writer.object(Tag(0x8C), &self.salt)?;
        writer.u16(Tag(0x8D), self.df)?;
        writer.u16(Tag(0x8E), self.id)?;
        writer.u16(Tag(0x8F), self.provider_df)?;
        writer.u32(Tag(0x90), self.quota)?;
        Ok(writer.finish())
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader::new(bytes);
        Some(Self {
            aid: Aid::new(reader.value(Tag(0x4F)).ok()?)?,
            label: Label::try_from(core::str::from_utf8(reader.value(Tag(0x50)).ok()?).ok()?).ok()?,
            version: reader.u32(Tag(0x81)).ok()?,
            package: reader.array(Tag(0x83)).ok()?,
            provider: ProviderId::read(&mut reader).ok()?,
            salt: reader.array(Tag(0x8C)).ok()?,
            df: reader.u16(Tag(0x8D)).ok()?,
            id: reader.u16(Tag(0x8E)).ok()?,
            provider_df: reader.u16(Tag(0x8F)).ok()?,
            quota: reader.u32(Tag(0x90)).ok()?,
        })
    }

    /// Its leaf in the content list.
    fn leaf<P: Platform>(&self, core: &Core<P>) -> Result<[u8; 32]> {
        let entry = ContentEntry {
            aid: self.aid,
            version: self.version,
            package: self.package,
            provider: self.provider,
        };
        let mut buffer = [0; RECORD_MAX];
        let length = entry.write(&mut buffer)?;
        Ok(core.hash(&[&self.salt, buffer.get(..length).ok_or(Error::Overflow)?]))
    }
}

fn at<P: Platform>(core: &mut Core<P>, slot: u16) -> Result<Application> {
    let mut buffer = [0; RECORD_MAX];
    let record = core
        .load_checked(layout::application(slot), &mut buffer)?
        .ok_or(Error::Memory)?;
    Application::read(record).ok_or(Error::Memory)
}

/// The best application by some measure, with its slot.
fn find<P: Platform>(
    core: &mut Core<P>,
    mut better: impl FnMut(&Application, Option<&Application>) -> bool,
) -> Result<Option<(u16, Application)>> {
    let (mut best, mut after) = (None::<(u16, Application)>, None);
    while let Some(slot) = core.next_slot(layout::application(0), after)? {
        let application = at(core, slot)?;
        if better(&application, best.as_ref().map(|(_, application)| application)) {
            best = Some((slot, application));
        }
        after = Some(slot);
    }
    Ok(best)
}

/// The application whose AID follows `after` in ascending order.
pub(crate) fn next_after<P: Platform>(
    core: &mut Core<P>,
    after: Option<Aid>,
) -> Result<Option<(u16, Application)>> {
    find(core, |candidate, best| {
        after.is_none_or(|after| candidate.aid > after) && best.is_none_or(|best| candidate.aid < best.aid)
    })
}

/// The application with this AID.
pub(crate) fn by_aid<P: Platform>(core: &mut Core<P>, aid: &Aid) -> Result<Option<(u16, Application)>> {
    find(core, |candidate, _| candidate.aid == *aid)
}

/// The application whose DF has this number.
pub(crate) fn by_df<P: Platform>(core: &mut Core<P>, df: u16) -> Result<Option<Application>> {
    Ok(find(core, |candidate, _| candidate.df == df)?.map(|(_, application)| application))
}

/// An application of another provider whose AID the given one extends or is extended by.
pub(crate) fn shadowed<P: Platform>(core: &mut Core<P>, aid: &Aid, provider: &ProviderId) -> Result<bool> {
    Ok(find(core, |candidate, _| {
        candidate.provider != *provider && candidate.aid.conflicts_with(aid)
    })?
    .is_some())
}

/// Whether a provider's DF holds any application but `except`.
pub(crate) fn shares_df<P: Platform>(core: &mut Core<P>, provider_df: u16, except: &Aid) -> Result<bool> {
    Ok(find(core, |candidate, _| {
        candidate.provider_df == provider_df && candidate.aid != *except
    })?
    .is_some())
}

/// A change that is about to be made.
#[derive(Clone, Copy)]
pub(crate) enum Pending<'a> {
    /// This application is put in the place of any with its AID.
    Put(&'a Application),
    /// The application with this AID goes.
    Remove(&'a Aid),
    /// Nothing changes.
    Nothing,
}

impl Pending<'_> {
    fn aid(&self) -> Option<Aid> {
        match self {
            Self::Put(application) => Some(application.aid),
            Self::Remove(aid) => Some(**aid),
            Self::Nothing => None,
        }
    }
}

/// The digest of the content list as it will be after a change (SPEC.md section 4).
pub(crate) fn list_digest<P: Platform>(core: &mut Core<P>, pending: Pending<'_>) -> Result<[u8; 32]> {
    let mut hash = core.platform.crypto().sha256();
    let (mut last, mut put) = (
        None,
        if let Pending::Put(application) = pending {
            Some(application)
        } else {
            None
        },
    );
    loop {
        let stored = next_after(core, last)?.map(|(_, application)| application);
        let next_aid = stored.as_ref().map(|application| application.aid);
        // The new application takes its place in the order.
        if let Some(application) = put.take_if(|put| next_aid.is_none_or(|aid| put.aid <= aid)) {
            hash.update(&application.leaf(core)?);
        }
        let Some(application) = stored else { break };
        if pending.aid() != Some(application.aid) {
            hash.update(&application.leaf(core)?);
        }
        last = Some(application.aid);
    }
    Ok(hash.finish())
}
