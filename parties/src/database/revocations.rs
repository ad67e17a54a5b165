//! What a registrar revoked, and the lists that say so: numbers rise without gaps.

use apdu_spec::date::Date;
use sea_orm::{ActiveValue::Set, ConnectionTrait, EntityTrait, QueryOrder};

use super::entity::{revocation, revocation_list};
use super::{Database, Tried, date, digest, unsigned};
use crate::crypto::Digest;
use crate::error::Result;

/// A revocation list that was signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListRecord {
    /// Its number.
    pub number: u32,
    /// The list, F0.
    pub object: Vec<u8>,
    /// Day it was signed.
    pub day: Date,
}

impl ListRecord {
    fn from_model(model: &revocation_list::Model) -> Tried<Self> {
        Ok(Self {
            number: unsigned("number", model.number)?,
            object: model.object.clone(),
            day: date(&model.day)?,
        })
    }
}

async fn newest(connection: &impl ConnectionTrait) -> Tried<Option<ListRecord>> {
    let query = revocation_list::Entity::find().order_by_desc(revocation_list::Column::Number);
    let row = query.one(connection).await?;
    row.as_ref().map(ListRecord::from_model).transpose()
}

impl Database {
    /// Digests of every certificate revoked, ascending.
    ///
    /// # Errors
    /// [`crate::Error::Database`].
    pub fn revocations(&self) -> Result<Vec<Digest>> {
        self.read(async |connection| {
            let query = revocation::Entity::find().order_by_asc(revocation::Column::Certificate);
            let rows = query.all(connection).await?;
            rows.iter()
                .map(|row| digest("certificate", &row.certificate))
                .collect()
        })
    }

    /// The newest revocation list.
    ///
    /// # Errors
    /// [`crate::Error::Database`].
    pub fn revocation_list(&self) -> Result<Option<ListRecord>> {
        self.read(async |connection| newest(connection).await)
    }

    /// Records a list with what it revokes for the first time. `false` if its number is not the next one, because
    /// another process was faster: then nothing is recorded.
    ///
    /// # Errors
    /// [`crate::Error::Database`].
    pub fn record_revocations(&self, revoked: &[Digest], list: &ListRecord) -> Result<bool> {
        self.transact(async |transaction| {
            let last = newest(transaction).await?.map_or(0, |list| list.number);
            if last.checked_add(1) != Some(list.number) {
                return Ok(false);
            }
            for certificate in revoked {
                let key = certificate.to_vec();
                if revocation::Entity::find_by_id(key.clone())
                    .one(transaction)
                    .await?
                    .is_some()
                {
                    continue;
                }
                let row = revocation::ActiveModel {
                    certificate: Set(key),
                    day: Set(list.day.to_string()),
                };
                revocation::Entity::insert(row)
                    .exec_without_returning(transaction)
                    .await?;
            }
            let row = revocation_list::ActiveModel {
                number: Set(i64::from(list.number)),
                object: Set(list.object.clone()),
                day: Set(list.day.to_string()),
            };
            revocation_list::Entity::insert(row)
                .exec_without_returning(transaction)
                .await?;
            Ok(true)
        })
    }
}
