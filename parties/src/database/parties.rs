//! Certificates a registrar gave, one row each.

use apdu_spec::certificate::{Mnemonic, Role};
use apdu_spec::date::Date;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use super::entity::party::{ActiveModel, Column, Entity, Model};
use super::{Database, Fault, Tried, array, date, digest, unsigned};
use crate::crypto::{Digest, Point};
use crate::error::Result;

/// A certificate given to a party.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartyRecord {
    /// The party's name.
    pub name: Mnemonic,
    /// Sequence number in its certificate.
    pub sequence: u32,
    /// Its role.
    pub role: Role,
    /// Its key.
    pub point: Point,
    /// SHA-256 of the request.
    pub request: Digest,
    /// SHA-256 of everything the registrar was told to put into the certificate.
    pub grant: Digest,
    /// The certificate, 7F21.
    pub certificate: Vec<u8>,
    /// Day it was given.
    pub day: Date,
}

impl PartyRecord {
    fn from_model(model: &Model) -> Tried<Self> {
        let role = u8::try_from(model.role).ok().and_then(Role::from_code);
        Ok(Self {
            name: model
                .name
                .parse()
                .map_err(|_| Fault::Corrupt(format!("{:?} is no name", model.name)))?,
            sequence: unsigned("sequence", model.sequence)?,
            role: role.ok_or_else(|| Fault::Corrupt(format!("{} is no role", model.role)))?,
            point: array("point", &model.point)?,
            request: digest("request", &model.request)?,
            grant: digest("grant_digest", &model.grant_digest)?,
            certificate: model.certificate.clone(),
            day: date(&model.day)?,
        })
    }
}

impl Database {
    /// Every certificate given, by name and sequence number.
    ///
    /// # Errors
    /// [`crate::Error::Database`].
    pub fn parties(&self) -> Result<Vec<PartyRecord>> {
        self.read(async |connection| {
            let query = Entity::find()
                .order_by_asc(Column::Name)
                .order_by_asc(Column::Sequence);
            query
                .all(connection)
                .await?
                .iter()
                .map(PartyRecord::from_model)
                .collect()
        })
    }

    /// Certificates given to the party `name`, by sequence number.
    ///
    /// # Errors
    /// [`crate::Error::Database`].
    pub fn certificates_of(&self, name: &Mnemonic) -> Result<Vec<PartyRecord>> {
        self.read(async |connection| {
            let query = Entity::find()
                .filter(Column::Name.eq(name.as_str()))
                .order_by_asc(Column::Sequence);
            query
                .all(connection)
                .await?
                .iter()
                .map(PartyRecord::from_model)
                .collect()
        })
    }

    /// Records certificates given. One whose name and sequence number another process took meanwhile is
    /// `false` in the answer and not recorded.
    ///
    /// # Errors
    /// [`crate::Error::Database`]; then none is recorded.
    pub fn record_parties(&self, records: &[PartyRecord]) -> Result<Vec<bool>> {
        self.transact(async |transaction| {
            let mut recorded = Vec::with_capacity(records.len());
            for record in records {
                let key = (record.name.to_string(), i64::from(record.sequence));
                let free = Entity::find_by_id(key.clone()).one(transaction).await?.is_none();
                if free {
                    let row = ActiveModel {
                        name: Set(key.0),
                        sequence: Set(key.1),
                        role: Set(i32::from(record.role.code())),
                        point: Set(record.point.to_vec()),
                        request: Set(record.request.to_vec()),
                        grant_digest: Set(record.grant.to_vec()),
                        certificate: Set(record.certificate.clone()),
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
