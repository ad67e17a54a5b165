//! What a database answers, told to people: the cause without the layers it came through.
//!
//! What does not belong here: which database it is ([`crate::error::Error::Database`] names it).

use sea_orm::sqlx::{self, sqlite::SqliteError};
use sea_orm::{DbErr, RuntimeErr};

/// What is known when the wait for a database is over.
const OUT_OF_TIME: &str =
    "it is in use by another program, or does not answer; this program waited and gave up";
/// What is known of an address that cannot be read.
const NO_ADDRESS: &str = "not an address like postgres://USER@HOST:PORT/DATABASE";

/// The innermost cause, without sea-orm's and sqlx's prefixes, in words.
pub(super) fn describe(error: &DbErr) -> String {
    let (DbErr::Exec(RuntimeErr::SqlxError(inner))
    | DbErr::Query(RuntimeErr::SqlxError(inner))
    | DbErr::Conn(RuntimeErr::SqlxError(inner))) = error
    else {
        return match error {
            DbErr::ConnectionAcquire(_) => OUT_OF_TIME.into(),
            // It repeats the whole address, in which there may be a password.
            DbErr::Conn(RuntimeErr::Internal(_)) => NO_ADDRESS.into(),
            _ => error.to_string(),
        };
    };
    match inner.as_ref() {
        sqlx::Error::Database(told) => match told.try_downcast_ref::<SqliteError>() {
            Some(_) => sqlite_words(told.code().as_deref(), told.message()),
            // PostgreSQL writes sentences.
            None => told.message().to_owned(),
        },
        sqlx::Error::Io(cause) => format!("the connection to the server failed: {cause}"),
        sqlx::Error::Tls(_) => "TLS is demanded, which this program does not speak with databases".into(),
        sqlx::Error::PoolTimedOut => OUT_OF_TIME.into(),
        other => other.to_string(),
    }
}

/// What SQLite's error codes mean for whoever uses the file; all else in its own words. An extended code has the
/// primary one in its lowest byte.
fn sqlite_words(code: Option<&str>, message: &str) -> String {
    let primary = code
        .and_then(|code| code.parse::<u32>().ok())
        .map(|code| code & 0xFF);
    let words = match primary {
        Some(5 | 6) => "another program uses it",
        Some(8) => "it, or its folder, may not be written",
        Some(10) => "the disk does not read or write it",
        Some(11) => "it is damaged",
        Some(13) => "the disk is full",
        Some(14) => "it cannot be opened or made",
        Some(26) => "it is not a database",
        _ => return message.to_owned(),
    };
    format!("{words} ({message})")
}
