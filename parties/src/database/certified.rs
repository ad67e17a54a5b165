//! Certified data that were signed: a provider's own, or a data certifier's countersignatures.

use apdu_spec::aid::Aid;
use apdu_spec::date::Date;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use super::entity::certified::{ActiveModel, Column, Entity, Model};
use super::packages::aid;
use super::{Database, Tried, date, digest, unsigned};
use crate::crypto::Digest;
use crate::error::Result;

/// Certified data that were signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertifiedRecord {
    /// What was signed over: a provider's mode and SDI, a data certifier's SDCI, as a digest.
    pub basis: Digest,
    /// The application.
    pub aid: Aid,
    /// Its version.
    pub version: u32,
    /// SHA-256 of its package.
    pub package: Digest,
    /// What was signed, F0.
    pub object: Vec<u8>,
    /// Day it was signed.
    pub day: Date,
}

impl CertifiedRecord {
    fn from_model(model: &Model) -> Tried<Self> {
        Ok(Self {
            basis: digest("basis", &model.basis)?,
            aid: aid(&model.aid)?,
            version: unsigned("version", model.version)?,
            package: digest("package", &model.package)?,
            object: model.object.clone(),
            day: date(&model.day)?,
        })
    }
}

impl Database {
    /// Everything certified of an application, by version.
    ///
    /// # Errors
    /// [`crate::Error::Database`].
    pub fn certified(&self, aid: &Aid) -> Result<Vec<CertifiedRecord>> {
        self.read(async |connection| {
            let query = Entity::find()
                .filter(Column::Aid.eq(aid.as_bytes().to_vec()))
                .order_by_asc(Column::Version);
            let rows = query.all(connection).await?;
            rows.iter().map(CertifiedRecord::from_model).collect()
        })
    }

    /// Records certified data, once for each basis; gives what counts.
    ///
    /// # Errors
    /// [`crate::Error::Database`].
    pub fn record_certified(&self, record: &CertifiedRecord) -> Result<CertifiedRecord> {
        self.transact(async |transaction| {
            let key = record.basis.to_vec();
            if let Some(present) = Entity::find_by_id(key.clone()).one(transaction).await? {
                return CertifiedRecord::from_model(&present);
            }
            let row = ActiveModel {
                basis: Set(key),
                aid: Set(record.aid.as_bytes().to_vec()),
                version: Set(i64::from(record.version)),
                package: Set(record.package.to_vec()),
                object: Set(record.object.clone()),
                day: Set(record.day.to_string()),
            };
            Entity::insert(row).exec_without_returning(transaction).await?;
            Ok(record.clone())
        })
    }
}
