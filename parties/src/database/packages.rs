//! A provider's packages, bytes and all: what it authorizes must be what it really has. A package that is sealed is one card's, so
//! a version of it may be there once for each card.

use apdu_spec::aid::Aid;
use apdu_spec::date::Date;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use super::entity::{package, sealed_package};
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
    /// The only card that can open it, if it is sealed.
    pub card: Option<Digest>,
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
    fn clear(model: &package::Model) -> Tried<Self> {
        Ok(Self {
            aid: aid(&model.aid)?,
            version: unsigned("version", model.version)?,
            card: None,
            package: digest("package", &model.package)?,
            bytes: model.bytes.clone(),
            day: date(&model.day)?,
        })
    }

    fn sealed(model: &sealed_package::Model) -> Tried<Self> {
        Ok(Self {
            aid: aid(&model.aid)?,
            version: unsigned("version", model.version)?,
            card: Some(digest("card", &model.card)?),
            package: digest("package", &model.package)?,
            bytes: model.bytes.clone(),
            day: date(&model.day)?,
        })
    }
}

impl Database {
    /// Every package, by AID and version, what is sealed behind what is for everybody.
    ///
    /// # Errors
    /// [`crate::Error::Database`].
    pub fn packages(&self) -> Result<Vec<PackageRecord>> {
        self.read(async |connection| {
            let clear = package::Entity::find().all(connection).await?;
            let sealed = sealed_package::Entity::find()
                .order_by_asc(sealed_package::Column::Card)
                .all(connection)
                .await?;
            let mut records = clear
                .iter()
                .map(PackageRecord::clear)
                .chain(sealed.iter().map(PackageRecord::sealed))
                .collect::<Tried<Vec<_>>>()?;
            records.sort_by(|one, other| {
                (one.aid.as_bytes(), one.version).cmp(&(other.aid.as_bytes(), other.version))
            });
            Ok(records)
        })
    }

    /// One version of a package that is for everybody.
    ///
    /// # Errors
    /// [`crate::Error::Database`].
    pub fn package(&self, aid: &Aid, version: u32) -> Result<Option<PackageRecord>> {
        self.read(async |connection| {
            let key = (aid.as_bytes().to_vec(), i64::from(version));
            package::Entity::find_by_id(key)
                .one(connection)
                .await?
                .as_ref()
                .map(PackageRecord::clear)
                .transpose()
        })
    }

    /// One version of a package as it was sealed for a card.
    ///
    /// # Errors
    /// [`crate::Error::Database`].
    pub fn sealed_package(&self, aid: &Aid, version: u32, card: &Digest) -> Result<Option<PackageRecord>> {
        self.read(async |connection| {
            let key = (aid.as_bytes().to_vec(), i64::from(version), card.to_vec());
            sealed_package::Entity::find_by_id(key)
                .one(connection)
                .await?
                .as_ref()
                .map(PackageRecord::sealed)
                .transpose()
        })
    }

    /// Adds a package; `false` if this AID and version, for the same card if it is sealed, have other bytes already. The same again
    /// is no change.
    ///
    /// # Errors
    /// [`crate::Error::Database`].
    pub fn add_package(&self, record: &PackageRecord) -> Result<bool> {
        self.transact(async |transaction| {
            let (aid, version) = (record.aid.as_bytes().to_vec(), i64::from(record.version));
            let (package, bytes) = (record.package.to_vec(), record.bytes.clone());
            let day = record.day.to_string();
            if let Some(card) = record.card {
                let key = (aid.clone(), version, card.to_vec());
                if let Some(present) = sealed_package::Entity::find_by_id(key).one(transaction).await? {
                    return Ok(present.package == package);
                }
                let row = sealed_package::ActiveModel {
                    aid: Set(aid),
                    version: Set(version),
                    card: Set(card.to_vec()),
                    package: Set(package),
                    bytes: Set(bytes),
                    day: Set(day),
                };
                sealed_package::Entity::insert(row)
                    .exec_without_returning(transaction)
                    .await?;
                return Ok(true);
            }
            let key = (aid.clone(), version);
            if let Some(present) = package::Entity::find_by_id(key).one(transaction).await? {
                return Ok(present.package == package);
            }
            let row = package::ActiveModel {
                aid: Set(aid),
                version: Set(version),
                package: Set(package),
                bytes: Set(bytes),
                day: Set(day),
            };
            package::Entity::insert(row)
                .exec_without_returning(transaction)
                .await?;
            Ok(true)
        })
    }

    /// Whether a package with this digest is or was this provider's.
    pub(super) async fn holds(connection: &impl sea_orm::ConnectionTrait, digest: &Digest) -> Tried<bool> {
        let clear = package::Entity::find().filter(package::Column::Package.eq(digest.to_vec()));
        let sealed =
            sealed_package::Entity::find().filter(sealed_package::Column::Package.eq(digest.to_vec()));
        Ok(clear.one(connection).await?.is_some() || sealed.one(connection).await?.is_some())
    }
}
