//! What a party must not forget: durable before anything it decided leaves it.
//!
//! One code path for SQLite (a file in the party's folder; WAL, `synchronous=FULL`, immediate transactions) and
//! PostgreSQL (serializable transactions, repeated when another one was in the way). docs/decisions/0003 tells why.
//! Operations take slices, so that many decisions can share one commit. What belongs here: rows and transactions.
//! What does not: verifying what is in them.
//!
//! The public interface blocks; inside runs a tokio runtime on the calling thread, so it must not be called from
//! within another runtime.

mod authorizations;
mod cards;
mod certified;
mod connect;
mod entity;
mod packages;
mod parties;
mod receipts;
mod releases;
mod revocations;
mod schema;
mod shared_keys;
mod words;

pub use authorizations::{GivenAuthorization, Outcome, StoredRefusal};
pub use cards::CardRecord;
pub use certified::CertifiedRecord;
pub use packages::PackageRecord;
pub use parties::PartyRecord;
pub use receipts::{ContentRecord, Continuity, KnownVersion, StoredReceipt};
pub use releases::ReleaseRecord;
pub use revocations::ListRecord;
pub use shared_keys::SharedKeyRecord;

use std::fmt;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use apdu_spec::certificate::{Mnemonic, Role};
use apdu_spec::date::Date;
use sea_orm::{
    ActiveValue::Set, ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr,
    EntityTrait, IsolationLevel, RuntimeErr, SqliteTransactionMode, Statement, TransactionOptions,
    TransactionTrait,
};
use tokio::runtime::Runtime;

use crate::crypto::Digest;
use crate::error::{Error, Result};
use words::describe;

/// How long a writer waits for another one.
const BUSY: Duration = Duration::from_secs(60);
/// How often a transaction that lost against another is tried again.
const ATTEMPTS: u32 = 50;

/// Where a party's database is.
#[derive(Clone, PartialEq, Eq)]
pub enum Location {
    /// A SQLite file.
    File(PathBuf),
    /// A PostgreSQL server, `postgres://user@host/database`; passwords belong in `PGPASSFILE`.
    Server(String),
}

impl Location {
    fn name(&self) -> String {
        match self {
            Self::File(path) => path.display().to_string(),
            // Whatever stands before the host, or behind the database, may hold a password, and in a password there may be either
            // of the signs that say where it ends.
            Self::Server(url) => match url.rsplit_once('@') {
                Some((before, _)) if before.contains('?') => "postgres://..".to_owned(),
                Some((_, host)) => format!("postgres://..@{}", without_options(host)),
                None => without_options(url).to_owned(),
            },
        }
    }
}

fn without_options(url: &str) -> &str {
    url.split_once('?').map_or(url, |(address, _)| address)
}

impl fmt::Debug for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name())
    }
}

/// Whose database it is: one is never taken for another party's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owner {
    /// The party's role.
    pub role: Role,
    /// The party's name.
    pub name: Mnemonic,
}

/// What goes wrong inside a transaction.
enum Fault {
    Failed(DbErr),
    Corrupt(String),
}

impl From<DbErr> for Fault {
    fn from(error: DbErr) -> Self {
        Self::Failed(error)
    }
}

type Tried<T> = std::result::Result<T, Fault>;

/// A party's database, open.
pub struct Database {
    name: String,
    runtime: Runtime,
    connection: DatabaseConnection,
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Database({})", self.name)
    }
}

impl Database {
    /// Creates the tables, or completes what an interrupted creation left.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub fn create(location: &Location, owner: Owner) -> Result<Self> {
        Self::connect(location, owner, true)
    }

    /// Opens a database and brings an older schema up to date.
    ///
    /// # Errors
    /// [`Error::Database`] with file and cause: absent, damaged, another party's, or of a newer schema.
    pub fn open(location: &Location, owner: Owner) -> Result<Self> {
        Self::connect(location, owner, false)
    }

    fn connect(location: &Location, owner: Owner, create: bool) -> Result<Self> {
        let name = location.name();
        let failed = |cause: &dyn fmt::Display| Error::Database {
            name: name.clone(),
            cause: cause.to_string(),
        };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| failed(&error))?;
        let connection = runtime
            .block_on(connect::to(location, create))
            .map_err(|error| match location {
                Location::File(path) if !create && !path.exists() => failed(&"there is no such file"),
                _ => failed(&describe(&error)),
            })?;
        let database = Self {
            name,
            runtime,
            connection,
        };
        database.transact(async |transaction| prepare(transaction, owner, create).await)?;
        Ok(database)
    }

    /// Looks through the whole database for damage; takes as long as reading all of it.
    ///
    /// # Errors
    /// [`Error::Database`] with the first damage found.
    pub fn check(&self) -> Result<()> {
        if self.connection.get_database_backend() != DbBackend::Sqlite {
            return Ok(());
        }
        let statement = Statement::from_string(DbBackend::Sqlite, "PRAGMA integrity_check(1)");
        let found = self.runtime.block_on(self.connection.query_one_raw(statement));
        let verdict: std::result::Result<String, DbErr> =
            found.and_then(|row| row.map_or(Ok(String::new()), |row| row.try_get_by_index(0)));
        match verdict {
            Ok(text) if text == "ok" => Ok(()),
            Ok(text) => Err(Error::Database {
                name: self.name.clone(),
                cause: format!("damaged: {text}"),
            }),
            Err(error) => Err(self.failed(Fault::Failed(error))),
        }
    }

    /// Closes the database; everything is in its one file then.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub fn close(self) -> Result<()> {
        let Self {
            name,
            runtime,
            connection,
        } = self;
        runtime
            .block_on(connection.close())
            .map_err(|error| Error::Database {
                name,
                cause: describe(&error),
            })
    }

    fn failed(&self, fault: Fault) -> Error {
        let cause = match fault {
            Fault::Failed(error) => describe(&error),
            Fault::Corrupt(cause) => cause,
        };
        Error::Database {
            name: self.name.clone(),
            cause,
        }
    }

    /// Runs `work` in one transaction that is durable when this returns; again if another one was in the way.
    fn transact<T>(&self, work: impl AsyncFn(&DatabaseTransaction) -> Tried<T>) -> Result<T> {
        let options = match self.connection.get_database_backend() {
            DbBackend::Sqlite => TransactionOptions {
                sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
                ..Default::default()
            },
            _ => TransactionOptions {
                isolation_level: Some(IsolationLevel::Serializable),
                ..Default::default()
            },
        };
        let attempt = async || -> Tried<T> {
            let transaction = self.connection.begin_with_options(options).await?;
            let result = work(&transaction).await?;
            transaction.commit().await?;
            Ok(result)
        };
        let (mut left, began) = (ATTEMPTS, Instant::now());
        loop {
            match self.runtime.block_on(attempt()) {
                Ok(result) => return Ok(result),
                Err(Fault::Failed(error)) if left > 0 && began.elapsed() < BUSY && lost_a_race(&error) => {
                    left -= 1;
                }
                Err(fault) => return Err(self.failed(fault)),
            }
        }
    }

    /// Reads without a transaction of its own.
    fn read<T>(&self, work: impl AsyncFn(&DatabaseConnection) -> Tried<T>) -> Result<T> {
        self.runtime
            .block_on(work(&self.connection))
            .map_err(|fault| self.failed(fault))
    }
}

/// Another transaction was in the way: PostgreSQL 40001 and 40P01, or a row that appeared meanwhile (23505);
/// SQLite busy (5 and its extensions).
fn lost_a_race(error: &DbErr) -> bool {
    let (DbErr::Exec(RuntimeErr::SqlxError(inner))
    | DbErr::Query(RuntimeErr::SqlxError(inner))
    | DbErr::Conn(RuntimeErr::SqlxError(inner))) = error
    else {
        return false;
    };
    let code = inner.as_database_error().and_then(|error| error.code());
    matches!(
        code.as_deref(),
        Some("40001" | "40P01" | "23505" | "5" | "261" | "517" | "773")
    )
}

/// Checks whose database this is, and brings it to the newest schema.
async fn prepare(transaction: &DatabaseTransaction, owner: Owner, create: bool) -> Tried<()> {
    let version = match about_exists(transaction).await? {
        false if create => 0,
        false => return Err(Fault::Corrupt("holds no symbolon tables".into())),
        true => check_owner(transaction, owner).await?,
    };
    let newest = schema::MIGRATIONS.len();
    if version > newest {
        return Err(Fault::Corrupt(format!(
            "has schema {version}, this program knows up to {newest}: use the newer program that wrote it"
        )));
    }
    for migration in schema::MIGRATIONS.iter().skip(version) {
        let step = migration();
        for table in &step.tables {
            transaction.execute(table).await?;
        }
        for index in &step.indexes {
            transaction.execute(index).await?;
        }
    }
    if version == newest {
        return Ok(());
    }
    let row = entity::about::ActiveModel {
        id: Set(1),
        schema_version: Set(i32::try_from(newest).unwrap_or(i32::MAX)),
        role: Set(i32::from(owner.role.code())),
        name: Set(owner.name.to_string()),
    };
    entity::about::Entity::delete_many().exec(transaction).await?;
    entity::about::Entity::insert(row)
        .exec_without_returning(transaction)
        .await?;
    Ok(())
}

async fn about_exists(transaction: &DatabaseTransaction) -> Tried<bool> {
    let backend = transaction.get_database_backend();
    let question = match backend {
        DbBackend::Sqlite => "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'about'",
        _ => "SELECT 1 FROM pg_tables WHERE schemaname = current_schema() AND tablename = 'about'",
    };
    Ok(transaction
        .query_one_raw(Statement::from_string(backend, question))
        .await?
        .is_some())
}

async fn check_owner(transaction: &DatabaseTransaction, owner: Owner) -> Tried<usize> {
    let row = entity::about::Entity::find_by_id(1).one(transaction).await?;
    let row = row.ok_or_else(|| Fault::Corrupt("does not say whose it is".into()))?;
    if row.role != i32::from(owner.role.code()) || row.name != owner.name.as_str() {
        let role = u8::try_from(row.role)
            .ok()
            .and_then(Role::from_code)
            .map_or("a role unknown here", Role::name);
        return Err(Fault::Corrupt(format!(
            "belongs to {} ({role}), not to {} ({})",
            row.name, owner.name, owner.role
        )));
    }
    usize::try_from(row.schema_version).map_err(|_| Fault::Corrupt("has no valid schema version".into()))
}

/// Reads a column of a fixed size.
fn array<const N: usize>(column: &str, bytes: &[u8]) -> Tried<[u8; N]> {
    bytes.try_into().map_err(|_| {
        Fault::Corrupt(format!(
            "damaged: column {column} holds {} bytes, not {N}",
            bytes.len()
        ))
    })
}

fn digest(column: &str, bytes: &[u8]) -> Tried<Digest> {
    array(column, bytes)
}

fn unsigned(column: &str, value: i64) -> Tried<u32> {
    u32::try_from(value).map_err(|_| Fault::Corrupt(format!("damaged: column {column} holds {value}")))
}

fn date(text: &str) -> Tried<Date> {
    text.parse()
        .map_err(|_| Fault::Corrupt(format!("damaged: column day holds {text:?}, no date")))
}
