//! Verified receipts, and what is on which card according to them.

use apdu_spec::aid::Aid;
use apdu_spec::date::Date;
use apdu_spec::object::{Operation, Receipt, ReceiptOperation};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter,
    QueryOrder, sea_query::OnConflict,
};

use super::entity::{content, receipt};
use super::packages::aid;
use super::{Database, Tried, date, digest, unsigned};
use crate::crypto::Digest;
use crate::error::Result;

/// A receipt whose signature was verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredReceipt {
    /// The card that signed it.
    pub card: Digest,
    /// Its number.
    pub number: u32,
    /// SHA-256 of the receipt (F0).
    pub digest: Digest,
    /// SHA-256 of the receipt before.
    pub previous: Digest,
    /// The receipt, F0.
    pub object: Vec<u8>,
    /// Day it was recorded.
    pub day: Date,
}

/// How a receipt fits those known of the same card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Continuity {
    /// It is known already.
    Known,
    /// It is the first of the chain, or follows one that is known.
    Follows,
    /// The receipt before it is not known here.
    Gap,
    /// It contradicts the receipt with this number: the card signed two histories. It was not recorded.
    Contradicts(u32),
}

/// An application on a card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContentRecord {
    /// The card.
    pub card: Digest,
    /// The application.
    pub aid: Aid,
    /// Its version.
    pub version: u32,
    /// SHA-256 of its package.
    pub package: Digest,
    /// Number of the receipt that says so.
    pub receipt: u32,
}

/// What the newest receipt about an application on a card says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnownVersion {
    /// The version below which nothing may be stored any more.
    pub version: u32,
    /// SHA-256 of its package; zeros after a floor was lowered.
    pub package: Digest,
    /// Whether the application is on the card.
    pub present: bool,
}

impl StoredReceipt {
    fn from_model(model: &receipt::Model) -> Tried<Self> {
        Ok(Self {
            card: digest("card", &model.card)?,
            number: unsigned("number", model.number)?,
            digest: digest("digest", &model.digest)?,
            previous: digest("previous", &model.previous)?,
            object: model.object.clone(),
            day: date(&model.day)?,
        })
    }
}

impl Database {
    /// The verified receipts of a card, by number.
    ///
    /// # Errors
    /// [`crate::Error::Database`].
    pub fn receipts(&self, card: &Digest) -> Result<Vec<StoredReceipt>> {
        self.read(async |connection| {
            let query = receipt::Entity::find()
                .filter(receipt::Column::Card.eq(card.to_vec()))
                .order_by_asc(receipt::Column::Number);
            query
                .all(connection)
                .await?
                .iter()
                .map(StoredReceipt::from_model)
                .collect()
        })
    }

    /// What is on which card, by card and AID; `own` keeps to packages of this provider.
    ///
    /// # Errors
    /// [`crate::Error::Database`].
    pub fn content(&self, own: bool) -> Result<Vec<ContentRecord>> {
        self.read(async |connection| {
            let query = content::Entity::find()
                .filter(content::Column::Present.eq(true))
                .order_by_asc(content::Column::Card)
                .order_by_asc(content::Column::Aid);
            let mut records = Vec::new();
            for row in query.all(connection).await? {
                let record = ContentRecord {
                    card: digest("card", &row.card)?,
                    aid: aid(&row.aid)?,
                    version: unsigned("version", row.version)?,
                    package: digest("package", &row.package)?,
                    receipt: unsigned("receipt", row.receipt)?,
                };
                if !own || Self::holds(connection, &record.package).await? {
                    records.push(record);
                }
            }
            Ok(records)
        })
    }

    /// What is known of an application on a card, present or not.
    ///
    /// # Errors
    /// [`crate::Error::Database`].
    pub fn known_version(&self, card: &Digest, aid: &Aid) -> Result<Option<KnownVersion>> {
        self.read(async |connection| {
            let key = (card.to_vec(), aid.as_bytes().to_vec());
            let Some(row) = content::Entity::find_by_id(key).one(connection).await? else {
                return Ok(None);
            };
            Ok(Some(KnownVersion {
                version: unsigned("version", row.version)?,
                package: digest("package", &row.package)?,
                present: row.present,
            }))
        })
    }

    /// Records verified receipts in one commit, whatever order they come in, and what follows for the content.
    ///
    /// # Errors
    /// [`crate::Error::Database`]; then none is recorded.
    pub fn record_receipts(&self, records: &[(StoredReceipt, Receipt)]) -> Result<Vec<Continuity>> {
        self.transact(async |transaction| {
            let mut outcomes = Vec::with_capacity(records.len());
            for (record, receipt) in records {
                let continuity = continuity(transaction, record).await?;
                if matches!(continuity, Continuity::Follows | Continuity::Gap) {
                    insert(transaction, record).await?;
                    apply(transaction, record, receipt).await?;
                }
                outcomes.push(continuity);
            }
            Ok(outcomes)
        })
    }
}

async fn find(connection: &impl ConnectionTrait, card: &Digest, number: u32) -> Tried<Option<StoredReceipt>> {
    let key = (card.to_vec(), i64::from(number));
    let found = receipt::Entity::find_by_id(key).one(connection).await?;
    found.as_ref().map(StoredReceipt::from_model).transpose()
}

async fn continuity(transaction: &DatabaseTransaction, record: &StoredReceipt) -> Tried<Continuity> {
    if let Some(same) = find(transaction, &record.card, record.number).await? {
        let known = same.digest == record.digest;
        return Ok(if known {
            Continuity::Known
        } else {
            Continuity::Contradicts(record.number)
        });
    }
    if let Some(next) = record.number.checked_add(1)
        && let Some(after) = find(transaction, &record.card, next).await?
        && after.previous != record.digest
    {
        return Ok(Continuity::Contradicts(next));
    }
    let Some(before) = record.number.checked_sub(1) else {
        return Ok(Continuity::Follows);
    };
    Ok(match find(transaction, &record.card, before).await? {
        None => Continuity::Gap,
        Some(previous) if previous.digest == record.previous => Continuity::Follows,
        Some(_) => Continuity::Contradicts(before),
    })
}

async fn insert(transaction: &DatabaseTransaction, record: &StoredReceipt) -> Tried<()> {
    let row = receipt::ActiveModel {
        card: Set(record.card.to_vec()),
        number: Set(i64::from(record.number)),
        digest: Set(record.digest.to_vec()),
        previous: Set(record.previous.to_vec()),
        object: Set(record.object.clone()),
        day: Set(record.day.to_string()),
    };
    receipt::Entity::insert(row)
        .exec_without_returning(transaction)
        .await?;
    Ok(())
}

/// A later receipt about an application decides; an earlier one that arrives late changes nothing.
async fn apply(transaction: &DatabaseTransaction, record: &StoredReceipt, receipt: &Receipt) -> Tried<()> {
    let (ReceiptOperation::Storing(operation), Some(what)) = (receipt.operation, receipt.content) else {
        return Ok(());
    };
    let number = i64::from(record.number);
    let key = (record.card.to_vec(), what.aid.as_bytes().to_vec());
    let present = content::Entity::find_by_id(key.clone()).one(transaction).await?;
    if present.is_some_and(|row| row.receipt > number) {
        return Ok(());
    }
    let row = content::ActiveModel {
        card: Set(key.0),
        aid: Set(key.1),
        version: Set(i64::from(what.version)),
        package: Set(what.package.to_vec()),
        present: Set(matches!(operation, Operation::Store | Operation::Replace)),
        receipt: Set(number),
    };
    let columns = [
        content::Column::Version,
        content::Column::Package,
        content::Column::Present,
        content::Column::Receipt,
    ];
    let replace = OnConflict::columns([content::Column::Card, content::Column::Aid])
        .update_columns(columns)
        .to_owned();
    content::Entity::insert(row)
        .on_conflict(replace)
        .exec_without_returning(transaction)
        .await?;
    Ok(())
}
