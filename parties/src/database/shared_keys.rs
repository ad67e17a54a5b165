//! Keys shared with cards, as they left: sealed. The keys themselves are derived when they are needed.

use apdu_spec::date::Date;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use super::entity::shared_key::{ActiveModel, Column, Entity, Model};
use super::{Database, Tried, date, digest, unsigned};
use crate::crypto::Digest;
use crate::error::Result;

/// A key that was sealed for a card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SharedKeyRecord {
    /// The card.
    pub card: Digest,
    /// Version of the key.
    pub version: u32,
    /// SHA-256 of the RC that the object names.
    pub certificate: Digest,
    /// The object, F0.
    pub object: Vec<u8>,
    /// Day it was made.
    pub day: Date,
}

impl SharedKeyRecord {
    fn from_model(model: &Model) -> Tried<Self> {
        Ok(Self {
            card: digest("card", &model.card)?,
            version: unsigned("version", model.version)?,
            certificate: digest("certificate", &model.certificate)?,
            object: model.object.clone(),
            day: date(&model.day)?,
        })
    }
}

impl Database {
    /// The newest key shared with a card.
    ///
    /// # Errors
    /// [`crate::Error::Database`].
    pub fn shared_key(&self, card: &Digest) -> Result<Option<SharedKeyRecord>> {
        self.read(async |connection| {
            let query = Entity::find()
                .filter(Column::Card.eq(card.to_vec()))
                .order_by_desc(Column::Version);
            let row = query.one(connection).await?;
            row.as_ref().map(SharedKeyRecord::from_model).transpose()
        })
    }

    /// Records a key. `false` if this version was sealed for this card already: then nothing is recorded.
    ///
    /// # Errors
    /// [`crate::Error::Database`].
    pub fn record_shared_key(&self, record: &SharedKeyRecord) -> Result<bool> {
        self.transact(async |transaction| {
            let key = (record.card.to_vec(), i64::from(record.version));
            if Entity::find_by_id(key.clone()).one(transaction).await?.is_some() {
                return Ok(false);
            }
            let row = ActiveModel {
                card: Set(key.0),
                version: Set(key.1),
                certificate: Set(record.certificate.to_vec()),
                object: Set(record.object.clone()),
                day: Set(record.day.to_string()),
            };
            Entity::insert(row).exec_without_returning(transaction).await?;
            Ok(true)
        })
    }
}
