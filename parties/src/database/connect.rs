//! How a database is reached: a file, or a server.

use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use sea_orm::sqlx::postgres::PgConnectOptions;
use sea_orm::sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sea_orm::sqlx::{self, ConnectOptions as _, Connection as _};
use sea_orm::{ConnectOptions, DatabaseConnection, DbErr, RuntimeErr};

use super::{BUSY, Location};

/// How long a server is waited for that is there and says nothing.
const SILENCE: Duration = Duration::from_secs(10);

/// Connects to a database, which a file may be made for.
pub(super) async fn to(location: &Location, create: bool) -> Result<DatabaseConnection, DbErr> {
    if let Location::Server(address) = location {
        knock(address).await?;
    }
    sea_orm::Database::connect(options(location, create)).await
}

/// Connects once by itself. The pool takes a server that refuses for one that is about to start: it would try for as long as it may,
/// and not know in the end what the matter was.
async fn knock(address: &str) -> Result<(), DbErr> {
    let failed = |error: sqlx::Error| DbErr::Conn(RuntimeErr::SqlxError(Arc::new(error)));
    // Of what cannot be read the error would repeat a part.
    let options = PgConnectOptions::from_str(address)
        .map_err(|_| DbErr::Conn(RuntimeErr::Internal("address".into())))?;
    match tokio::time::timeout(SILENCE, options.connect()).await {
        Ok(connected) => connected.map_err(failed)?.close().await.map_err(failed),
        Err(_) => Err(failed(sqlx::Error::PoolTimedOut)),
    }
}

fn options(location: &Location, create: bool) -> ConnectOptions {
    let mut options = match location {
        Location::Server(url) => ConnectOptions::new(url.clone()),
        Location::File(path) => {
            let path = path.clone();
            let mut options = ConnectOptions::new("sqlite::memory:");
            options.map_sqlx_sqlite_opts(move |_| {
                SqliteConnectOptions::new()
                    .filename(&path)
                    .create_if_missing(create)
                    .journal_mode(SqliteJournalMode::Wal)
                    .synchronous(SqliteSynchronous::Full)
                    .busy_timeout(BUSY)
            });
            options
        }
    };
    options
        .max_connections(1)
        .sqlx_logging(false)
        .connect_timeout(BUSY)
        .acquire_timeout(BUSY);
    options
}
