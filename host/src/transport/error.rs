//! What can go wrong between here and a card.

use std::fmt;
use std::io;

use crate::error::Class;

/// Why the card could not be reached, or stopped being reachable.
#[derive(Debug)]
#[non_exhaustive]
pub enum TransportError {
    /// No PC/SC service answers on this machine.
    NoService,
    /// The service knows no reader.
    NoReader,
    /// No reader's name contains what was asked for.
    NoSuchReader {
        /// What was asked for.
        wanted: String,
        /// The readers there are.
        available: Vec<String>,
    },
    /// Several readers' names contain what was asked for.
    AmbiguousReader {
        /// What was asked for.
        wanted: String,
        /// The readers it could mean.
        matching: Vec<String>,
    },
    /// The reader is empty.
    NoCard {
        /// The reader.
        reader: String,
    },
    /// The card in the reader does not answer, or speaks no protocol that the reader knows.
    Mute {
        /// The reader.
        reader: String,
    },
    /// Somebody else uses the reader alone.
    Busy {
        /// The reader.
        reader: String,
    },
    /// The card was taken out while it was used.
    Removed,
    /// Somebody else reset the card while it was used; what was verified is forgotten.
    Reset,
    /// The other end closed the connection.
    Closed,
    /// The card did not answer in time.
    TimedOut,
    /// A command or an answer is longer than the transport carries.
    TooLong,
    /// The network or the operating system.
    Io(io::Error),
    /// Anything else PC/SC reports.
    Pcsc(pcsc::Error),
}

impl TransportError {
    /// Which exit code it deserves.
    #[must_use]
    pub const fn class(&self) -> Class {
        match self {
            Self::AmbiguousReader { .. } => Class::Usage,
            Self::TooLong => Class::Internal,
            _ => Class::NoCard,
        }
    }

    /// One sentence that says what to do about it.
    #[must_use]
    pub const fn remedy(&self) -> &'static str {
        match self {
            Self::NoService => {
                "Install and start pcscd (Debian: apt-get install pcscd), then run the command again."
            }
            Self::NoReader => "Connect a card reader, or start a simulated card, then run the command again.",
            Self::NoSuchReader { .. } => "Name one of the readers there are.",
            Self::AmbiguousReader { .. } => "Give more of the reader's name.",
            Self::NoCard { .. } => "Insert the card, then run the command again.",
            Self::Mute { .. } => "Take the card out and insert it again the right way round.",
            Self::Busy { .. } => "Close the program that uses the card, then run the command again.",
            Self::Removed => "Leave the card in the reader and run the command again.",
            Self::Reset => "Run the command again.",
            Self::Closed | Self::TimedOut | Self::Io(_) => {
                "Check that the card's side is still running, then run the command again."
            }
            Self::TooLong => "Report this: neither the card nor this program should send so much.",
            Self::Pcsc(_) => "Check the reader and pcscd's log, then run the command again.",
        }
    }

    /// What PC/SC reported about `reader`, in our terms.
    pub(crate) fn from_pcsc(error: pcsc::Error, reader: &str) -> Self {
        use pcsc::Error as E;
        let reader = || reader.to_owned();
        match error {
            E::NoService | E::ServiceStopped | E::Shutdown => Self::NoService,
            E::NoReadersAvailable => Self::NoReader,
            E::UnknownReader | E::ReaderUnavailable => Self::NoReader,
            E::NoSmartcard => Self::NoCard { reader: reader() },
            // What pcscd calls an exchange that the reader could not complete.
            E::NotTransacted
            | E::CommError
            | E::CommDataLost
            | E::UnpoweredCard
            | E::UnresponsiveCard
            | E::UnsupportedCard
            | E::ProtoMismatch
            | E::InvalidAtr => Self::Mute { reader: reader() },
            E::SharingViolation | E::ServerTooBusy => Self::Busy { reader: reader() },
            E::RemovedCard => Self::Removed,
            E::ResetCard => Self::Reset,
            E::Timeout | E::WaitedTooLong => Self::TimedOut,
            E::InsufficientBuffer => Self::TooLong,
            other => Self::Pcsc(other),
        }
    }
}

impl From<io::Error> for TransportError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            // A read timeout is one or the other, depending on the system.
            io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => Self::TimedOut,
            io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe => {
                Self::Closed
            }
            _ => Self::Io(error),
        }
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoService => f.write_str("no PC/SC service answers"),
            Self::NoReader => f.write_str("there is no card reader"),
            Self::NoSuchReader { wanted, available } if available.is_empty() => {
                write!(f, "no reader is called \"{wanted}\": there is none at all")
            }
            Self::NoSuchReader { wanted, available } => {
                write!(
                    f,
                    "no reader is called \"{wanted}\"; there are: {}",
                    available.join(", ")
                )
            }
            Self::AmbiguousReader { wanted, matching } => {
                write!(f, "\"{wanted}\" could be any of: {}", matching.join(", "))
            }
            Self::NoCard { reader } => write!(f, "there is no card in {reader}"),
            Self::Mute { reader } => write!(f, "the card in {reader} does not answer"),
            Self::Busy { reader } => write!(f, "{reader} is used by another program"),
            Self::Removed => f.write_str("the card was taken out"),
            Self::Reset => f.write_str("another program reset the card"),
            Self::Closed => f.write_str("the card's side closed the connection"),
            Self::TimedOut => f.write_str("the card did not answer in time"),
            Self::TooLong => f.write_str("a command or an answer is too long"),
            Self::Io(error) => write!(f, "the connection to the card failed: {error}"),
            Self::Pcsc(error) => write!(f, "PC/SC: {error}"),
        }
    }
}

impl std::error::Error for TransportError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io(error) => Some(error),
            Self::Pcsc(error) => Some(error),
            _ => None,
        }
    }
}
