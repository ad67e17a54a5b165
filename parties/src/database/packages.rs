//! A provider's packages, bytes and all: what it authorizes must be what it really has.

use apdu_spec::aid::Aid;
use apdu_spec::date::Date;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use super::entity::package::{ActiveModel, Column, Entity, Model};
use super::{Database, Fault, Tried, date, digest, unsigned};
use crate::crypto::Digest;
use crate::error::Result;

/// A package as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackageRecord {
    /// Its application identifier.
    pub aid: Aid,
    /// Its version.
    pub version: u32,
    /// SHA-256 of its bytes.
    pub package: Digest,
    /// Manifest and content.
    pub bytes: Vec<u8>,
    /// Day it was added.
    pub day: Date,
}

pub(super) fn aid(bytes: &[u8]) -> Tried<Aid> {
    Aid::new(bytes).ok_or_else(|| Fault::Corrupt("column aid holds no application identifier".into()))
}

impl PackageRecord {
    fn from_model(model: &Model) -> Tried<Self> {
        Ok(Self {
            aid: aid(&model.aid)?,
            version: unsigned("version", model.version)?,
            package: digest("package", &model.package)?,
            bytes: model.bytes.clone(),
            day: date(&model.day)?,
        })
    }
}

impl Database {
    /// Every package, by AID and version.
    ///
    /// # Errors
    /// [`crate::Error::Database`].
    pub fn packages(&self) -> Result<Vec<PackageRecord>> {
        self.read(async |connection| {
            let query = Entity::find()
                .order_by_asc(Column::Aid)
                .order_by_asc(Column::Version);
            query
                .all(connection)
                .await?
                .iter()
                .map(PackageRecord::from_model)
                .collect()
        })
    }

    /// One version of a package.
    ///
    /// # Errors
    /// [`crate::Error::Database`].
    pub fn package(&self, aid: &Aid, version: u32) -> Result<Option<PackageRecord>> {
        self.read(async |connection| {
            let key = (aid.as_bytes().to_vec(), i64::from(version));
            Entity::find_by_id(key)
                .one(connection)
                .await?
                .as_ref()
                .map(PackageRecord::from_model)
                .transpose()
        })
    }

    /// Adds a package; `false` if this AID and version have other bytes already. The same again is no change.
    ///
    /// # Errors
    /// [`crate::Error::Database`].
    pub fn add_package(&self, record: &PackageRecord) -> Result<bool> {
        self.transact(async |transaction| {
            let key = (record.aid.as_bytes().to_vec(), i64::from(record.version));
            if let Some(present) = Entity::find_by_id(key.clone()).one(transaction).await? {
                return Ok(present.package == record.package);
            }
            let row = ActiveModel {
                aid: Set(key.0),
                version: Set(key.1),
                package: Set(record.package.to_vec()),
                bytes: Set(record.bytes.clone()),
                day: Set(record.day.to_string()),
            };
            Entity::insert(row).exec_without_returning(transaction).await?;
            Ok(true)
        })
    }

    /// Whether a package with this digest is or was this provider's.
    pub(super) async fn holds(connection: &impl sea_orm::ConnectionTrait, package: &Digest) -> Tried<bool> {
        let query = Entity::find().filter(Column::Package.eq(package.to_vec()));
        Ok(query.one(connection).await?.is_some())
    }
}
