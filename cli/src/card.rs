//! Which card a command is about, and the way to it.

use std::path::{Path, PathBuf};

use apdu_spec::data;
use apdu_spec::reason::Reason;
use clap::Args;
use host::card::{Card, Session};
use host::trace::{Event, Trace};
use host::transport::{Exchange, Pcsc, Tcp, Transport, TransportError};
use simulator::Randomness;
use simulator::flash::{FileError, FileErrorKind};
use simulator::image::{self, ImageCard};
use simulator::responder::Responder;

use crate::context::Context;
use crate::failure::{DISK_FULL, Failure, Result};
use crate::output::write_err;

/// The environment variable that stands for `--card`.
pub const CARD_VARIABLE: &str = "SYMBOLON_CARD";
/// The environment variable that stands for `--reader`.
pub const READER_VARIABLE: &str = "SYMBOLON_READER";

/// Which card a command is about.
#[derive(Args, Clone, Debug, Default)]
pub struct CardArguments {
    /// Use the simulated card in this image file [env: SYMBOLON_CARD]
    #[arg(long, value_name = "FILE", group = "way", help_heading = "Card")]
    pub card: Option<PathBuf>,
    /// Use the card in the PC/SC reader with this name, or the only one whose name contains it [env: SYMBOLON_READER]
    #[arg(long, value_name = "NAME", group = "way", help_heading = "Card")]
    pub reader: Option<String>,
    /// Use the card that `symbolon sim serve --tcp` serves at this address
    #[arg(long, value_name = "HOST:PORT", group = "way", help_heading = "Card")]
    pub tcp: Option<String>,
}

/// The card a command is about.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Way {
    File(PathBuf),
    Reader(String),
    Tcp(String),
}

/// RC and the IRC above it, both 7F21.
///
/// # Errors
/// When `step` needs them and the card has no issuer yet.
pub fn certificates(session: &mut Session<'_>, step: &str) -> Result<(Vec<u8>, Vec<u8>)> {
    let missing = || {
        let remedy = "Have its issuer register it first: \"symbolon issuer register\".";
        let message = "the card has no issuer yet";
        Failure::refused(step, "card", Reason::NotRegistered, message, remedy)
    };
    let rc = session.certificate(data::CARD_CERTIFICATE)?;
    let irc = session.certificate(data::ISSUER_CERTIFICATE)?;
    Ok((rc.ok_or_else(missing)?, irc.ok_or_else(missing)?))
}

/// A card at the end of whatever way.
pub type AnyCard = Card<Box<dyn Transport>>;

impl CardArguments {
    /// Opens the card: whatever it is, nobody else uses it as a file meanwhile.
    ///
    /// # Errors
    /// When none is named, or it is not there or in use.
    pub fn open(&self, context: &Context) -> Result<AnyCard> {
        if context.trace {
            self.open_watched(|event: Event<'_>| write_err(&format!("{event}\n")))
        } else {
            Ok(Card::new(self.transport()?))
        }
    }

    /// As [`Self::open`], with every APDU shown to `trace`, secrets masked.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_watched(&self, trace: impl Trace + 'static) -> Result<AnyCard> {
        Ok(Card::new(self.transport()?).with_trace(trace))
    }

    /// The words that name this card to the command in `line`: none if it names one, or takes none.
    #[must_use]
    pub fn words_for(&self, line: &[String], commands: &clap::Command) -> Vec<String> {
        let names = ["--card", "--reader", "--tcp"];
        let named = line.iter().any(|word| {
            names
                .iter()
                .any(|name| word == name || word.starts_with(&format!("{name}=")))
        });
        let command = line.iter().skip(1).try_fold(commands, |command, word| {
            command.find_subcommand(word).ok_or(command)
        });
        let (Ok(command) | Err(command)) = command;
        if named
            || !command
                .get_arguments()
                .any(|argument| argument.get_long() == Some("card"))
        {
            return Vec::new();
        }
        let [file, reader, address] = names.map(str::to_owned);
        match self.way() {
            Ok(Way::File(path)) => vec![file, path.display().to_string()],
            Ok(Way::Reader(name)) => vec![reader, name],
            Ok(Way::Tcp(at)) => vec![address, at],
            Err(_) => Vec::new(),
        }
    }

    fn transport(&self) -> Result<Box<dyn Transport>> {
        Ok(match self.way()? {
            Way::File(path) => Box::new(FileCard::open(&path)?),
            Way::Reader(name) => Box::new(Pcsc::connect(&name).map_err(transport_failure)?),
            Way::Tcp(address) => {
                Box::new(Tcp::connect(&address).map_err(|source| tcp_failure(&address, source))?)
            }
        })
    }

    /// The simulated card itself, if it is one in a file: what only its flash shows.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn image(&self) -> Result<Option<ImageCard>> {
        match self.way()? {
            Way::File(path) => image::open(&path, Randomness::System)
                .map(Some)
                .map_err(|error| image_failure("open the card image", &error)),
            Way::Reader(_) | Way::Tcp(_) => Ok(None),
        }
    }

    /// What was typed counts before what the environment says, and a file before a reader.
    fn way(&self) -> Result<Way> {
        let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty());
        let typed = match (&self.card, &self.reader, &self.tcp) {
            (Some(path), ..) => Some(Way::File(path.clone())),
            (_, Some(name), _) => Some(Way::Reader(name.clone())),
            (.., Some(address)) => Some(Way::Tcp(address.clone())),
            _ => None,
        };
        typed
            .or_else(|| variable(CARD_VARIABLE).map(|path| Way::File(path.into())))
            .or_else(|| variable(READER_VARIABLE).map(|name| Way::Reader(name.to_string_lossy().into_owned())))
            .ok_or_else(|| {
                Failure::usage(
                    "find the card",
                    "no card is named",
                    "Give --card FILE, --reader NAME or --tcp HOST:PORT, or set SYMBOLON_CARD or SYMBOLON_READER.",
                )
            })
    }
}

fn transport_failure(source: TransportError) -> Failure {
    host::Error::Transport {
        step: "find the card".into(),
        source,
    }
    .into()
}

/// Nobody sees from the system's words alone which address was meant.
fn tcp_failure(address: &str, source: TransportError) -> Failure {
    match &source {
        TransportError::Io(error) if error.kind() == std::io::ErrorKind::InvalidInput => Failure::usage(
            "find the card",
            format!("{address:?} is no address: {error}"),
            "Give HOST:PORT, as \"symbolon sim serve --tcp\" tells it.",
        ),
        _ => {
            let failure = transport_failure(source);
            Failure {
                message: format!("{address}: {}", failure.message),
                ..failure
            }
        }
    }
}

/// A card image that this process alone uses, switched on.
struct FileCard {
    card: ImageCard,
    name: String,
}

impl FileCard {
    fn open(path: &Path) -> Result<Self> {
        let card = image::open(path, Randomness::System)
            .map_err(|error| image_failure("open the card image", &error))?;
        Ok(Self {
            card,
            name: path.display().to_string(),
        })
    }
}

/// What is wrong with a card image, for people.
pub(crate) fn image_failure(step: &str, error: &FileError) -> Failure {
    let message = error.to_string();
    match &error.kind {
        FileErrorKind::InUse => Failure::no_card(
            step,
            message,
            "Wait until the other program is done, or end it, then try again. A card that \"symbolon sim serve\" holds is used by --tcp or \
             --reader.",
        ),
        FileErrorKind::Io(source) if source.kind() == std::io::ErrorKind::NotFound => Failure::no_card(
            step,
            message,
            "Check the name, or make a card with \"symbolon sim new FILE\".",
        ),
        FileErrorKind::Io(source) if source.kind() == std::io::ErrorKind::AlreadyExists => Failure::usage(
            step,
            message,
            "Choose another name: a card image is never overwritten.",
        ),
        FileErrorKind::Io(source) if source.kind() == std::io::ErrorKind::StorageFull => {
            Failure::internal(step, message).with_remedy(DISK_FULL)
        }
        FileErrorKind::Io(_) => {
            Failure::usage(step, message, "Check the name and who may read and write there.")
        }
        FileErrorKind::Format(_) => Failure::usage(
            step,
            message,
            "Nothing was changed. Use the card with the symbolon that made it (CHANGELOG.md names the flash format of each), or have its \
             issuer issue a new one.",
        ),
        FileErrorKind::Size(_) | FileErrorKind::NotACard => {
            Failure::usage(step, message, "Name a file that \"symbolon sim new\" made.")
        }
    }
}

impl Transport for FileCard {
    fn begin(&mut self) -> Result<Box<dyn Exchange + '_>, TransportError> {
        Ok(Box::new(FileExchange(&mut self.card)))
    }

    fn reset(&mut self) -> Result<(), TransportError> {
        self.card.reset();
        Ok(())
    }

    fn answer_to_reset(&mut self) -> Result<Vec<u8>, TransportError> {
        Ok(self.card.atr())
    }

    fn name(&self) -> String {
        self.name.clone()
    }
}

struct FileExchange<'a>(&'a mut ImageCard);

impl Exchange for FileExchange<'_> {
    fn transmit(&mut self, command: &[u8], answer: &mut Vec<u8>) -> Result<(), TransportError> {
        *answer = self.0.transmit(command);
        if answer.is_empty() {
            Err(TransportError::Closed)
        } else {
            Ok(())
        }
    }

    fn extended(&self) -> bool {
        true
    }
}
