//! What can go wrong here, told to people: which file, where in it, and why.
//!
//! A *refusal* by a party is no error: it is a decision ([`crate::decision`]). What does not belong here: secrets.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use crate::decision::Denial;

/// Where in an input something is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Position {
    /// The whole of it.
    Whole,
    /// Line and column of a text, both counted from 1.
    Line(usize, usize),
    /// Byte offset.
    Byte(usize),
    /// A named field, and the byte offset in its value if known.
    Field(String, Option<usize>),
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole => Ok(()),
            Self::Line(line, column) => write!(f, ":{line}:{column}"),
            Self::Byte(byte) => write!(f, ", byte {byte}"),
            Self::Field(name, None) => write!(f, ", field {name}"),
            Self::Field(name, Some(byte)) => write!(f, ", field {name}, byte {byte}"),
        }
    }
}

/// Malformed input: a file or object, the position in it, and the cause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputError {
    /// File name, or what the object is ("storing request").
    pub name: String,
    /// Where in it.
    pub position: Position,
    /// What is wrong there.
    pub cause: String,
}

impl fmt::Display for InputError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}: {}", self.name, self.position, self.cause)
    }
}

/// Every error of this crate.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The operating system refused something about a file.
    File {
        /// The file.
        path: PathBuf,
        /// What was tried ("read", "write").
        action: &'static str,
        /// Its answer.
        source: io::Error,
    },
    /// The file is there already, and is never overwritten.
    Exists(PathBuf),
    /// An input is malformed.
    Input(InputError),
    /// The passphrase does not open this key file.
    Passphrase(PathBuf),
    /// A database failed or holds what it cannot hold.
    Database {
        /// File or server.
        name: String,
        /// What happened.
        cause: String,
    },
    /// The caller asked for something this party cannot do ("a provider registers no cards").
    Unfit(String),
    /// A rule forbids what this party itself was about to do; where another asks, it signs a refusal instead.
    Denied(Denial),
    /// The cryptographic library failed at this.
    Cryptography(&'static str),
}

impl Error {
    /// An [`Error::Input`] about `name` as a whole.
    pub(crate) fn input(name: impl Into<String>, cause: impl fmt::Display) -> Self {
        Self::at(name, Position::Whole, cause)
    }

    /// An [`Error::Input`] at `position` of `name`.
    pub(crate) fn at(name: impl Into<String>, position: Position, cause: impl fmt::Display) -> Self {
        Self::Input(InputError {
            name: name.into(),
            position,
            cause: cause.to_string(),
        })
    }

    /// A TLV error in the object called `name`.
    pub(crate) fn tlv(name: &str) -> impl Fn(apdu_spec::tlv::Error) -> Self + Copy + '_ {
        move |error| Self::input(name, error)
    }

    /// An [`Error::File`] for `map_err`.
    pub(crate) fn file(path: &Path, action: &'static str) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::File { path, action, source }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path, action, source } => write!(f, "cannot {action} {}: {source}", path.display()),
            Self::Exists(path) => write!(f, "{} exists and is not overwritten", path.display()),
            Self::Input(error) => error.fmt(f),
            Self::Passphrase(path) => write!(f, "{}: the passphrase does not open this key", path.display()),
            Self::Database { name, cause } => write!(f, "database {name}: {cause}"),
            Self::Unfit(cause) => f.write_str(cause),
            Self::Denied(denial) => denial.fmt(f),
            Self::Cryptography(action) => write!(f, "the cryptographic library failed to {action}"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::File { source, .. } => Some(source),
            _ => None,
        }
    }
}

/// Result of this crate's operations.
pub type Result<T> = std::result::Result<T, Error>;
