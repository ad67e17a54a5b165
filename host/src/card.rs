//! Everything a card can do, as functions with types.
//!
//! A [`Card`] is a card at the end of a transport; [`Card::begin`] opens a [`Session`], which has the card to itself until
//! it is dropped. A consent and the operation it allows belong into one session. What is written is read back where the
//! card lets us read it. What does not belong here: signatures, which parties make and check.

mod authority;
mod bytes;
mod channel;
mod description;
mod file;
mod key;
mod listing;
mod management;
mod operation;
mod path;
mod pin;
mod receipt;
mod record;
mod registration;
mod storing;
#[cfg(test)]
mod tests;
mod tree;

use apdu_spec::command::Command;
use apdu_spec::reason::Reason;
use apdu_spec::status::Status;
use apdu_spec::{data, tlv};

use crate::connection::{Connection, Lengths, transport_error};
use crate::error::{Error, Fault, Result, Step};
use crate::trace::Trace;
use crate::transport::Transport;

pub use description::CardDescription;
pub use file::{FileDetails, ReadBack};
pub use listing::{Application, Floor, Listed};
pub use path::{FilePath, InvalidPath};
pub(crate) use pin::words;
pub use pin::{InvalidPin, LastTry, Pin, PinState};
pub use storing::{Loaded, Progress};
pub use tree::{Node, Tree};

/// A card at the end of a transport.
pub struct Card<T> {
    transport: T,
    lengths: Lengths,
    trace: Option<Box<dyn Trace>>,
}

impl<T: Transport> Card<T> {
    /// A card that is talked to over `transport`.
    #[must_use]
    pub const fn new(transport: T) -> Self {
        Self {
            transport,
            lengths: Lengths::Automatic,
            trace: None,
        }
    }

    /// The same, with a say in the form of commands.
    #[must_use]
    pub fn with_lengths(self, lengths: Lengths) -> Self {
        Self { lengths, ..self }
    }

    /// The same, with every APDU shown to `trace`, secrets masked.
    #[must_use]
    pub fn with_trace(self, trace: impl Trace + 'static) -> Self {
        Self {
            trace: Some(Box::new(trace)),
            ..self
        }
    }

    /// Waits until nobody else uses the card and keeps others out until the session is dropped.
    ///
    /// # Errors
    /// When the card cannot be reached.
    pub fn begin(&mut self) -> Result<Session<'_>> {
        let step = Step::Borrowed("use the card");
        let exchange = self
            .transport
            .begin()
            .map_err(|source| transport_error(&step, source))?;
        let trace = self.trace.as_deref_mut().map(|trace| trace as &mut dyn Trace);
        Ok(Session {
            connection: Connection::new(exchange, self.lengths, trace),
        })
    }

    /// Resets the card: what was verified or selected is forgotten.
    ///
    /// # Errors
    /// When the card cannot be reached.
    pub fn reset(&mut self) -> Result<()> {
        let step = Step::Borrowed("reset the card");
        self.transport
            .reset()
            .map_err(|source| transport_error(&step, source))
    }

    /// The card's answer to reset; empty where the transport has none.
    ///
    /// # Errors
    /// When the card cannot be reached.
    pub fn answer_to_reset(&mut self) -> Result<Vec<u8>> {
        let step = Step::Borrowed("read the answer to reset");
        self.transport
            .answer_to_reset()
            .map_err(|source| transport_error(&step, source))
    }

    /// What a person calls the way to it: a reader's name, an address.
    #[must_use]
    pub fn name(&self) -> String {
        self.transport.name()
    }

    /// The transport, for what only it can do.
    pub const fn transport(&mut self) -> &mut T {
        &mut self.transport
    }
}

/// Exclusive use of a card.
pub struct Session<'a> {
    connection: Connection<'a>,
}

impl<'a> Session<'a> {
    /// The connection beneath, for commands that have no function here.
    pub const fn connection(&mut self) -> &mut Connection<'a> {
        &mut self.connection
    }

    /// A data object of the card (GET DATA).
    ///
    /// # Errors
    /// When the card has none, or does not give it.
    pub fn data_object(&mut self, tag: u16) -> Result<Vec<u8>> {
        self.step(format!("read {}", object_name(tag)));
        self.run(&Command::GetData { tag, selector: &[] })
    }

    /// One of several data objects of the same tag (GET DATA with a selector).
    ///
    /// # Errors
    /// As [`Self::data_object`].
    pub fn data_object_of(&mut self, tag: u16, selector: &[u8]) -> Result<Vec<u8>> {
        self.step(format!("read {}", object_name(tag)));
        self.run(&Command::GetData { tag, selector })
    }

    /// Writes a data object of the card (PUT DATA) and, unless it is a PIN, reads it back.
    ///
    /// # Errors
    /// When the card refuses, or gives back something else.
    pub fn put_data_object(&mut self, tag: u16, value: &[u8]) -> Result<()> {
        let step = self.step(format!("write {}", object_name(tag)));
        self.run(&Command::PutData { tag, value })?;
        if data::is_secret(tag) {
            return Ok(());
        }
        let written = match self.run(&Command::GetData { tag, selector: &[] }) {
            Ok(written) => written,
            // What can only be written cannot be compared.
            Err(Error::Refused { .. }) => return Ok(()),
            Err(error) => return Err(error),
        };
        compare(&step, value, &written)
    }

    /// Random bytes from the card, 1 to 256.
    ///
    /// # Errors
    /// When the card refuses, or gives another number of bytes.
    pub fn challenge(&mut self, length: usize) -> Result<Vec<u8>> {
        self.step("get random bytes");
        let random = self.run(&Command::GetChallenge { length })?;
        if random.len() == length {
            Ok(random)
        } else {
            Err(self.fault(Fault::OutOfStep))
        }
    }

    /// Names what is being done, for errors.
    fn step(&mut self, step: impl Into<Step>) -> Step {
        self.connection.set_step(step);
        self.connection.step().clone()
    }

    /// Sends a command that must succeed and gives the reply's data.
    fn run(&mut self, command: &Command<'_>) -> Result<Vec<u8>> {
        let (status, reply) = self.ask(command)?;
        if status.is_success() {
            Ok(reply)
        } else {
            Err(self.refusal(command.name(), status))
        }
    }

    /// Sends a command and gives status word and data.
    fn ask(&mut self, command: &Command<'_>) -> Result<(Status, Vec<u8>)> {
        let reply = self.connection.command(command)?;
        Ok((reply.status, reply.data.to_vec()))
    }

    /// The error for a status word, with the reason that the card keeps for some of them.
    fn refusal(&mut self, command: &'static str, status: Status) -> Error {
        let reason = match status {
            Status::SECURITY_STATUS_NOT_SATISFIED
            | Status::CONDITIONS_NOT_SATISFIED
            | Status::INCORRECT_OBJECT
            | Status::INCORRECT_DATA
            | Status::NOT_ENOUGH_MEMORY
            | Status::NAME_EXISTS => self.last_reason(),
            _ => None,
        };
        Error::Refused {
            step: self.connection.step().clone(),
            command,
            status,
            reason,
        }
    }

    /// Why the card refused, if it tells; that it does not is no error of its own.
    fn last_reason(&mut self) -> Option<Reason> {
        let ask = Command::GetData {
            tag: data::LAST_REASON,
            selector: &[],
        };
        let reply = self.connection.command(&ask).ok()?;
        if !reply.status.is_success() {
            return None;
        }
        let code = data::read_reason(reply.data).ok()?;
        Reason::from_code(code).filter(|reason| *reason != Reason::None)
    }

    fn malformed(&self, object: &'static str) -> impl FnOnce(tlv::Error) -> Error + use<> {
        let step = self.connection.step().clone();
        move |source| Error::Malformed { step, object, source }
    }

    fn fault(&self, fault: Fault) -> Error {
        let step = self.connection.step().clone();
        Error::Protocol { step, fault }
    }

    fn invalid(&self, problem: impl Into<Step>) -> Error {
        Error::invalid(self.connection.step(), problem)
    }
}

/// An error unless both are the same.
fn compare(step: &Step, written: &[u8], read: &[u8]) -> Result<()> {
    let same = written.iter().zip(read).take_while(|(a, b)| a == b).count();
    if same == written.len() && same == read.len() {
        return Ok(());
    }
    Err(Error::NotAsWritten {
        step: step.clone(),
        position: same,
    })
}

/// A data object as a sentence has it: by its tag, and by what is in it where that is known.
fn object_name(tag: u16) -> String {
    let words = match tag {
        data::ISSUER_CERTIFICATE => Some("issuer's certificate"),
        data::CARD_CERTIFICATE => Some("card's certificate"),
        data::STORING_REQUEST => Some("storing request"),
        data::RECEIPT => Some("receipt"),
        data::CHILDREN => Some("files in the folder"),
        _ => data::TAGS.iter().find(|row| row.0 == tag).map(|row| row.1),
    };
    match words {
        Some(words) => format!("data object {tag:04X} ({words})"),
        None => format!("data object {tag:04X}"),
    }
}
