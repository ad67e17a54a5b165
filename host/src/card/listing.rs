//! Which applications a card has, and below which versions it stores nothing more.

use apdu_spec::aid::Aid;
use apdu_spec::data::{self, ApplicationSelector};
use apdu_spec::file::EF_DIR;
use apdu_spec::object::{Digest, ProviderId};

use super::{FilePath, Session};
use crate::error::{Fault, Result};

/// More applications or floors than any card has room for.
const ENTRIES_MAX: usize = 4_096;

/// An application that EF.DIR announces to everybody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its name.
    pub aid: Aid,
    /// Its label.
    pub label: String,
    /// Whether its holder has deactivated it.
    pub deactivated: bool,
}

/// One application on the card, as GET DATA 010A tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Application {
    /// Its name.
    pub aid: Aid,
    /// Its label.
    pub label: String,
    /// Its version.
    pub version: u32,
    /// Digest of the package it was made from.
    pub package: Digest,
    /// Whose it is.
    pub provider: ProviderId,
    /// Salt of its leaf in the content list.
    pub salt: [u8; 16],
}

/// One version floor, as GET DATA 010B tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Floor {
    /// The application's name.
    pub aid: Aid,
    /// The version below which nothing is stored.
    pub version: u32,
    /// The package which alone may return with that version; `None` after the floor was lowered.
    pub package: Option<Digest>,
    /// Whose it is.
    pub provider: ProviderId,
}

impl Session<'_> {
    /// The applications that EF.DIR announces, and which of them are deactivated.
    ///
    /// # Errors
    /// When the card does not answer in our terms.
    pub fn directory(&mut self) -> Result<Vec<Listed>> {
        let content = self.read_file(&FilePath::master_file().child(EF_DIR))?;
        let entries = data::directory(&content).map_err(self.malformed("EF.DIR"))?;
        entries
            .map(|entry| {
                let details = self.select(&FilePath::application(entry.aid))?;
                Ok(Listed {
                    aid: entry.aid,
                    label: entry.label.to_owned(),
                    deactivated: details.deactivated,
                })
            })
            .collect()
    }

    /// The applications, ascending by AID: all after the user PIN or for the authenticated issuer, his own for an
    /// authenticated provider.
    ///
    /// # Errors
    /// 6982 when the card does not show them to us.
    pub fn applications(&mut self) -> Result<Vec<Application>> {
        let mut listed = Vec::<Application>::new();
        loop {
            let last = listed.last().map(|application| application.aid);
            let value = self.entries_after(data::APPLICATIONS, last)?;
            let before = listed.len();
            let entries = data::applications(&value).map_err(self.malformed("list of applications"))?;
            listed.extend(entries.map(|entry| Application {
                aid: entry.aid,
                label: entry.label.to_owned(),
                version: entry.version,
                package: entry.package,
                provider: entry.provider,
                salt: entry.salt,
            }));
            let Some(first) = listed.get(before) else {
                return Ok(listed);
            };
            // A card that goes back, or never comes to an end, is not asked for ever.
            if Some(first.aid) <= last || listed.len() > ENTRIES_MAX {
                return Err(self.fault(Fault::OutOfStep));
            }
        }
    }

    /// The version floors, ascending by AID, to whom [`Self::applications`] are shown.
    ///
    /// # Errors
    /// As [`Self::applications`].
    pub fn floors(&mut self) -> Result<Vec<Floor>> {
        let mut listed = Vec::<Floor>::new();
        loop {
            let last = listed.last().map(|floor| floor.aid);
            let value = self.entries_after(data::FLOORS, last)?;
            let before = listed.len();
            let entries = data::floors(&value).map_err(self.malformed("list of floors"))?;
            listed.extend(entries.map(|entry| Floor {
                aid: entry.aid,
                version: entry.version,
                package: (entry.package != [0; 32]).then_some(entry.package),
                provider: entry.provider,
            }));
            let Some(first) = listed.get(before) else {
                return Ok(listed);
            };
            if Some(first.aid) <= last || listed.len() > ENTRIES_MAX {
                return Err(self.fault(Fault::OutOfStep));
            }
        }
    }

    fn entries_after(&mut self, tag: u16, last: Option<Aid>) -> Result<Vec<u8>> {
        let Some(aid) = last else {
            return self.data_object(tag);
        };
        let mut buffer = [0; ApplicationSelector::ENCODED_MAX];
        let selector = ApplicationSelector(aid);
        let length = selector.write(&mut buffer).map_err(self.malformed("AID"))?;
        self.data_object_of(tag, buffer.get(..length).unwrap_or_default())
    }
}
