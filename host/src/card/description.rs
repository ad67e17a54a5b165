//! What a card tells everybody about itself.

use apdu_spec::certificate::Certificate;
use apdu_spec::data::{self, CardInformation, CardStatus, RequestEntry};
use apdu_spec::file::{EF_ATR_INFO, EF_GDO};
use apdu_spec::object::{RevocationList, Signed};
use apdu_spec::reference::PinReference;
use apdu_spec::status::Status;

use super::receipt::if_any;
use super::{Application, FilePath, Floor, Listed, PinState, Session};
use crate::error::Result;

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
    /// Newer roots of both registrars, by link certificates: issuer registrar's first.
    pub links: Vec<Vec<u8>>,
    /// Revocation lists of both registrars, complete F0 objects: issuer registrar's first.
    pub revocation_lists: Vec<Vec<u8>>,
    /// The applications as EF.DIR tells everybody.
    pub directory: Vec<Listed>,
    /// The applications, ascending by AID; `None` if the card does not show them to us.
    pub applications: Option<Vec<Application>>,
    /// The version floors; `None` if the card does not show them to us.
    pub floors: Option<Vec<Floor>>,
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

    /// A certificate that the card keeps (GET DATA 0102 to 0105, 0112, 0113), a complete 7F21; `None` if it has none.
    ///
    /// # Errors
    /// As [`Self::status`].
    pub fn certificate(&mut self, tag: u16) -> Result<Option<Vec<u8>>> {
        let value = if_any(self.data_object(tag))?;
        if let Some(value) = &value {
            Certificate::parse(value).map_err(self.malformed("certificate"))?;
        }
        Ok(value)
    }

    /// A registrar's revocation list that the card keeps (GET DATA 0114, 0115), a complete F0; `None` if it has none.
    ///
    /// # Errors
    /// As [`Self::status`].
    pub fn revocation_list(&mut self, tag: u16) -> Result<Option<Vec<u8>>> {
        let value = if_any(self.data_object(tag))?;
        if let Some(value) = &value {
            Signed::parse(value)
                .and_then(|signed| signed.read::<RevocationList<'_>>())
                .map_err(self.malformed("revocation list"))?;
        }
        Ok(value)
    }

    /// Everything the card tells about itself; more after the user PIN. Changes nothing, not even what is selected in
    /// another session.
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
            links: self.both(
                data::ISSUER_REGISTRAR_LINK,
                data::DATA_REGISTRAR_LINK,
                Self::certificate,
            )?,
            revocation_lists: self.both(
                data::ISSUER_REVOCATION_LIST,
                data::DATA_REVOCATION_LIST,
                Self::revocation_list,
            )?,
            directory: self.directory()?,
            applications: shown(self.applications())?,
            floors: shown(self.floors())?,
            requests: self.requests()?,
            user_pin: self.pin_state_if_any(PinReference::User)?,
            consent_pin: self.pin_state_if_any(PinReference::Consent)?,
        })
    }

    fn both(
        &mut self,
        first: u16,
        second: u16,
        read: impl Fn(&mut Self, u16) -> Result<Option<Vec<u8>>>,
    ) -> Result<Vec<Vec<u8>>> {
        let (first, second) = (read(self, first)?, read(self, second)?);
        Ok(first.into_iter().chain(second).collect())
    }

    fn pin_state_if_any(&mut self, reference: PinReference) -> Result<Option<PinState>> {
        if_any(self.pin_state(reference))
    }
}

/// What the card does not show to us is no error of a description.
fn shown<T>(result: Result<T>) -> Result<Option<T>> {
    match result {
        Err(error) if error.status() == Some(Status::SECURITY_STATUS_NOT_SATISFIED) => Ok(None),
        value => value.map(Some),
    }
}
