//! What a card tells everybody about itself.

use apdu_spec::aid::Aid;
use apdu_spec::certificate::Certificate;
use apdu_spec::data::{self, ApplicationSelector, CardInformation, CardStatus, RequestEntry};
use apdu_spec::file::{EF_ATR_INFO, EF_GDO};
use apdu_spec::object::{Digest, ProviderId};
use apdu_spec::reference::PinReference;
use apdu_spec::status::Status;

use super::{FilePath, PinState, Session};
use crate::error::{Fault, Result};

/// More applications than any card has room for.
const APPLICATIONS_MAX: usize = 4_096;

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

/// Everything for `card info`. Certificates are complete 7F21 objects whose form, but no signature, was checked.
#[derive(Clone, Debug)]
pub struct CardDescription {
    /// Card status.
    pub status: CardStatus,
    /// What the card can do, from EF.ATR/INFO.
    pub information: CardInformation,
    /// Serial number, from EF.GDO.
    pub serial_number: [u8; 8],
    /// Root of the issuer registrar.
    pub issuer_registrar: Option<Vec<u8>>,
    /// Root of the data registrar.
    pub data_registrar: Option<Vec<u8>>,
    /// The issuer's certificate (IRC).
    pub issuer: Option<Vec<u8>>,
    /// The card's certificate (RC).
    pub registration: Option<Vec<u8>>,
    /// The applications, ascending by AID.
    pub applications: Vec<Application>,
    /// The open requests.
    pub requests: Vec<RequestEntry>,
    /// The user PIN; `None` if the card has none.
    pub user_pin: Option<PinState>,
    /// The consent PIN; `None` if the card has none.
    pub consent_pin: Option<PinState>,
}

impl Session<'_> {
    /// The card's status.
    ///
    /// # Errors
    /// When the card refuses or answers something else.
    pub fn status(&mut self) -> Result<CardStatus> {
        let value = self.data_object(data::CARD_STATUS)?;
        CardStatus::read(&value).map_err(self.malformed("status"))
    }

    /// The applications, ascending by AID.
    ///
    /// # Errors
    /// As [`Self::status`].
    pub fn applications(&mut self) -> Result<Vec<Application>> {
        let mut listed = Vec::<Application>::new();
        loop {
            let last = listed.last().map(|application| application.aid);
            let value = match last {
                None => self.data_object(data::APPLICATIONS)?,
                Some(aid) => self.applications_after(aid)?,
            };
            let mut entries = data::applications(&value)
                .map_err(self.malformed("list of applications"))?
                .peekable();
            let Some(first) = entries.peek() else {
                return Ok(listed);
            };
            // A card that goes back, or never comes to an end, is not asked for ever.
            if Some(first.aid) <= last || listed.len() > APPLICATIONS_MAX {
                return Err(self.fault(Fault::OutOfStep));
            }
            listed.extend(entries.map(|entry| Application {
                aid: entry.aid,
                label: entry.label.to_owned(),
                version: entry.version,
                package: entry.package,
                provider: entry.provider,
                salt: entry.salt,
            }));
        }
    }

    fn applications_after(&mut self, aid: Aid) -> Result<Vec<u8>> {
        let mut buffer = [0; ApplicationSelector::ENCODED_MAX];
        let selector = ApplicationSelector(aid);
        let length = selector.write(&mut buffer).map_err(self.malformed("AID"))?;
        self.data_object_of(data::APPLICATIONS, buffer.get(..length).unwrap_or_default())
    }

    /// A certificate that the card keeps (GET DATA 0102 to 0105), a complete 7F21; `None` if it has none.
    ///
    /// # Errors
    /// As [`Self::status`].
    pub fn certificate(&mut self, tag: u16) -> Result<Option<Vec<u8>>> {
        let value = match self.data_object(tag) {
            Err(error) if error.status() == Some(Status::REFERENCED_DATA_NOT_FOUND) => return Ok(None),
            value => value?,
        };
        Certificate::parse(&value).map_err(self.malformed("certificate"))?;
        Ok(Some(value))
    }

    /// Everything the card tells about itself. Changes nothing, not even what is selected in another session.
    ///
    /// # Errors
    /// As [`Self::status`].
    pub fn description(&mut self) -> Result<CardDescription> {
        let status = self.status()?;
        let content = self.read_file(&FilePath::master_file().child(EF_ATR_INFO))?;
        let information = CardInformation::read(&content).map_err(self.malformed("EF.ATR/INFO"))?;
        let content = self.read_file(&FilePath::master_file().child(EF_GDO))?;
        let serial_number = data::read_serial_number(&content).map_err(self.malformed("EF.GDO"))?;
        Ok(CardDescription {
            status,
            information,
            serial_number,
            issuer_registrar: self.certificate(data::ISSUER_REGISTRAR_ROOT)?,
            data_registrar: self.certificate(data::DATA_REGISTRAR_ROOT)?,
            issuer: self.certificate(data::ISSUER_CERTIFICATE)?,
            registration: self.certificate(data::CARD_CERTIFICATE)?,
            applications: self.applications()?,
            requests: self.requests()?,
            user_pin: self.pin_state_if_any(PinReference::User)?,
            consent_pin: self.pin_state_if_any(PinReference::Consent)?,
        })
    }

    fn pin_state_if_any(&mut self, reference: PinReference) -> Result<Option<PinState>> {
        match self.pin_state(reference) {
            Err(error) if error.status() == Some(Status::REFERENCED_DATA_NOT_FOUND) => Ok(None),
            state => state.map(Some),
        }
    }
}
