//! Authorizations and refusals given.

use apdu_spec::date::Date;
use apdu_spec::reason::Reason;
use sea_orm::{ActiveValue::Set, EntityTrait, QueryOrder};

use super::entity::{authorization, refusal};
use super::{Database, Fault, Tried, date, digest, unsigned};
use crate::crypto::Digest;
use crate::error::Result;

/// A SAR or SA that this party signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GivenAuthorization {
    /// The card.
    pub card: Digest,
    /// Request number on that card.
    pub number: u32,
    /// SHA-256 of the SR (F0).
    pub request_digest: Digest,
    /// SHA-256 of the object this one signs over: the SR, or the SAR (F0).
    pub basis: Digest,
    /// The SR, F0.
    pub request: Vec<u8>,
    /// What was signed, F0.
    pub object: Vec<u8>,
    /// Day it was given.
    pub day: Date,
}

/// What became of an authorization that was to be recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is recorded, and may leave.
    Recorded,
    /// The same was authorized before: this object, and no other, may leave.
    Before(Vec<u8>),
    /// This card's request number was authorized for another request, the one with this digest.
    Taken(Digest),
}

/// A refusal that this party signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredRefusal {
    /// SHA-256 of the object refused.
    pub refused: Digest,
    /// Why.
    pub reason: Reason,
    /// Why, in words.
    pub text: String,
    /// The refusal, F0.
    pub object: Vec<u8>,
    /// Day it was given.
    pub day: Date,
}

impl GivenAuthorization {
    fn from_model(model: &authorization::Model) -> Tried<Self> {
        Ok(Self {
            card: digest("card", &model.card)?,
            number: unsigned("number", model.number)?,
            request_digest: digest("request_digest", &model.request_digest)?,
            basis: digest("basis_digest", &model.basis_digest)?,
            request: model.request.clone(),
            object: model.object.clone(),
            day: date(&model.day)?,
        })
    }

    fn compare(&self, present: authorization::Model) -> Tried<Outcome> {
        let request = digest("request_digest", &present.request_digest)?;
        if request == self.request_digest && present.basis_digest == self.basis {
            Ok(Outcome::Before(present.object))
        } else {
            Ok(Outcome::Taken(request))
        }
    }
}

impl Database {
    /// What was authorized for request `number` of `card`.
    ///
    /// # Errors
    /// [`crate::Error::Database`].
    pub fn authorization(&self, card: &Digest, number: u32) -> Result<Option<GivenAuthorization>> {
        self.read(async |connection| {
            let key = (card.to_vec(), i64::from(number));
            let found = authorization::Entity::find_by_id(key).one(connection).await?;
            found.as_ref().map(GivenAuthorization::from_model).transpose()
        })
    }

    /// Records authorizations in one commit, one at most for each request number of a card.
    ///
    /// # Errors
    /// [`crate::Error::Database`]; then none is recorded.
    pub fn record_authorizations(&self, records: &[GivenAuthorization]) -> Result<Vec<Outcome>> {
        self.transact(async |transaction| {
            let mut outcomes = Vec::with_capacity(records.len());
            for record in records {
                let key = (record.card.to_vec(), i64::from(record.number));
                let outcome = match authorization::Entity::find_by_id(key.clone())
                    .one(transaction)
                    .await?
                {
                    Some(present) => record.compare(present)?,
                    None => {
                        let row = authorization::ActiveModel {
                            card: Set(key.0),
                            number: Set(key.1),
                            request_digest: Set(record.request_digest.to_vec()),
                            basis_digest: Set(record.basis.to_vec()),
                            request: Set(record.request.clone()),
                            object: Set(record.object.clone()),
                            day: Set(record.day.to_string()),
                        };
                        authorization::Entity::insert(row)
                            .exec_without_returning(transaction)
                            .await?;
                        Outcome::Recorded
                    }
                };
                outcomes.push(outcome);
            }
            Ok(outcomes)
        })
    }

    /// Every refusal given, in order.
    ///
    /// # Errors
    /// [`crate::Error::Database`].
    pub fn refusals(&self) -> Result<Vec<StoredRefusal>> {
        self.read(async |connection| {
            let rows = refusal::Entity::find()
                .order_by_asc(refusal::Column::Id)
                .all(connection)
                .await?;
            rows.into_iter()
                .map(|row| {
                    let reason = u8::try_from(row.reason).ok().and_then(Reason::from_code);
                    Ok(StoredRefusal {
                        refused: digest("refused", &row.refused)?,
                        reason: reason
                            .ok_or_else(|| Fault::Corrupt(format!("{} is no reason", row.reason)))?,
                        text: row.text,
                        object: row.object,
                        day: date(&row.day)?,
                    })
                })
                .collect()
        })
    }

    /// Records refusals in one commit.
    ///
    /// # Errors
    /// [`crate::Error::Database`]; then none is recorded.
    pub fn record_refusals(&self, records: &[StoredRefusal]) -> Result<()> {
        self.transact(async |transaction| {
            for record in records {
                let row = refusal::ActiveModel {
                    refused: Set(record.refused.to_vec()),
                    reason: Set(i32::from(record.reason.code())),
                    text: Set(record.text.clone()),
                    object: Set(record.object.clone()),
                    day: Set(record.day.to_string()),
                    ..Default::default()
                };
                refusal::Entity::insert(row)
                    .exec_without_returning(transaction)
                    .await?;
            }
            Ok(())
        })
    }
}
