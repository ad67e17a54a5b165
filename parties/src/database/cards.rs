//! Cards: those an issuer certified, and those a provider met.

use apdu_spec::certificate::{Certificate, Extension, Policy};
use apdu_spec::date::Date;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use super::entity::card::{ActiveModel, Column, Entity, Model};
use super::{Database, Tried, date, digest, unsigned};
use crate::crypto::{Digest, sha256};
use crate::error::{Error, Result};

/// One registration certificate of a card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CardRecord {
    /// SHA-256 of the card's registration point.
    pub card: Digest,
    /// Serial of the certificate.
    pub serial: u32,
    /// SHA-256 of the registration request; zeros where another issued it.
    pub request: Digest,
    /// SHA-256 of everything the issuer was told to put into the certificate; zeros where another issued it.
    pub grant: Digest,
    /// RC, 7F21.
    pub certificate: Vec<u8>,
    /// IRC, 7F21.
    pub issuer_certificate: Vec<u8>,
    /// Day it was recorded.
    pub day: Date,
}

impl CardRecord {
    /// What the certificate allows.
    ///
    /// # Errors
    /// [`crate::Error::Input`] if what is kept is no RC.
    pub fn policy(&self) -> Result<Policy> {
        let rc = Certificate::parse(&self.certificate).map_err(Error::tlv("stored certificate"))?;
        match rc.extension {
            Extension::Card(card) => Ok(card.policy),
            _ => Err(Error::input("stored certificate", "is not one of a card")),
        }
    }

    fn from_model(model: &Model) -> Tried<Self> {
        Ok(Self {
            card: digest("card", &model.card)?,
            serial: unsigned("serial", model.serial)?,
            request: digest("request", &model.request)?,
            grant: digest("grant_digest", &model.grant_digest)?,
            certificate: model.certificate.clone(),
            issuer_certificate: model.issuer_certificate.clone(),
            day: date(&model.day)?,
        })
    }
}

impl Database {
    /// Every card certificate, by card and serial.
    ///
    /// # Errors
    /// [`crate::Error::Database`].
    pub fn cards(&self) -> Result<Vec<CardRecord>> {
        self.read(async |connection| {
            let query = Entity::find()
                .order_by_asc(Column::Card)
                .order_by_asc(Column::Serial);
            query
                .all(connection)
                .await?
                .iter()
                .map(CardRecord::from_model)
                .collect()
        })
    }

    /// The certificates of one card, by serial.
    ///
    /// # Errors
    /// [`crate::Error::Database`].
    pub fn card(&self, card: &Digest) -> Result<Vec<CardRecord>> {
        self.read(async |connection| {
            let query = Entity::find()
                .filter(Column::Card.eq(card.to_vec()))
                .order_by_asc(Column::Serial);
            query
                .all(connection)
                .await?
                .iter()
                .map(CardRecord::from_model)
                .collect()
        })
    }

    /// The card certificate with this digest.
    ///
    /// # Errors
    /// [`crate::Error::Database`].
    pub fn card_certificate(&self, certificate: &Digest) -> Result<Option<CardRecord>> {
        self.read(async |connection| {
            let query = Entity::find().filter(Column::CertificateDigest.eq(certificate.to_vec()));
            query
                .one(connection)
                .await?
                .as_ref()
                .map(CardRecord::from_model)
                .transpose()
        })
    }

    /// Records card certificates. One whose card and serial are recorded already is `false` in the answer and
    /// leaves what is there.
    ///
    /// # Errors
    /// [`crate::Error::Database`]; then none is recorded.
    pub fn record_cards(&self, records: &[CardRecord]) -> Result<Vec<bool>> {
        self.transact(async |transaction| {
            let mut recorded = Vec::with_capacity(records.len());
            for record in records {
                let key = (record.card.to_vec(), i64::from(record.serial));
                let free = Entity::find_by_id(key.clone()).one(transaction).await?.is_none();
                if free {
                    let row = ActiveModel {
                        card: Set(key.0),
                        serial: Set(key.1),
                        request: Set(record.request.to_vec()),
                        grant_digest: Set(record.grant.to_vec()),
                        certificate_digest: Set(sha256(&record.certificate).to_vec()),
                        certificate: Set(record.certificate.clone()),
                        issuer_certificate: Set(record.issuer_certificate.clone()),
                        day: Set(record.day.to_string()),
                    };
                    Entity::insert(row).exec_without_returning(transaction).await?;
                }
                recorded.push(free);
            }
            Ok(recorded)
        })
    }
}
