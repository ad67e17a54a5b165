//! Cards that an issuer let go.

use apdu_spec::date::Date;
use apdu_spec::object::ProviderId;
use sea_orm::{ActiveValue::Set, EntityTrait};

use super::entity::release::{ActiveModel, Entity, Model};
use super::{Database, Fault, Tried, date, digest};
use crate::crypto::Digest;
use crate::error::Result;

/// A release that was signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReleaseRecord {
    /// SHA-256 of the RC it is for.
    pub certificate: Digest,
    /// The card.
    pub card: Digest,
    /// The issuer it goes to.
    pub issuer: ProviderId,
    /// The release, F0.
    pub object: Vec<u8>,
    /// Day it was signed.
    pub day: Date,
}

impl ReleaseRecord {
    fn from_model(model: &Model) -> Tried<Self> {
        let name = model.name.parse();
        Ok(Self {
            certificate: digest("certificate", &model.certificate)?,
            card: digest("card", &model.card)?,
            issuer: ProviderId {
                root: digest("root", &model.root)?,
                name: name.map_err(|_| Fault::Corrupt(format!("{:?} is no name", model.name)))?,
            },
            object: model.object.clone(),
            day: date(&model.day)?,
        })
    }
}

impl Database {
    /// The release of the card with this RC.
    ///
    /// # Errors
    /// [`crate::Error::Database`].
    pub fn release(&self, certificate: &Digest) -> Result<Option<ReleaseRecord>> {
        self.read(async |connection| {
            let row = Entity::find_by_id(certificate.to_vec()).one(connection).await?;
            row.as_ref().map(ReleaseRecord::from_model).transpose()
        })
    }

    /// Records a release, one at most for each RC; gives the one that counts.
    ///
    /// # Errors
    /// [`crate::Error::Database`].
    pub fn record_release(&self, record: &ReleaseRecord) -> Result<ReleaseRecord> {
        self.transact(async |transaction| {
            let key = record.certificate.to_vec();
            if let Some(present) = Entity::find_by_id(key.clone()).one(transaction).await? {
                return ReleaseRecord::from_model(&present);
            }
            let row = ActiveModel {
                certificate: Set(key),
                card: Set(record.card.to_vec()),
                root: Set(record.issuer.root.to_vec()),
                name: Set(record.issuer.name.to_string()),
                object: Set(record.object.clone()),
                day: Set(record.day.to_string()),
            };
            Entity::insert(row).exec_without_returning(transaction).await?;
            Ok(record.clone())
        })
    }
}
