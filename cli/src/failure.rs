//! Why a command could not be done: what a person or a script needs to know to go on.
//!
//! Every error of the crates below becomes a [`Failure`] here, and nothing else is ever shown. What does not belong
//! here: printing ([`crate::output`]).

mod remedy;
mod words;

use apdu_spec::reason::Reason;
use apdu_spec::status::Status;
use parties::decision::SignedRefusal;
use parties::error::Position;
use serde::Serialize;

pub use host::Class;
pub use words::status_words;

/// Why a command could not be done. No secret is ever in it.
#[derive(Clone, Debug)]
pub struct Failure {
    /// Whose fault it is; gives the exit code.
    pub class: Class,
    /// What was being done, in words that complete "cannot ...".
    pub step: String,
    /// Who refused or failed; `None` if it was nobody but this command and what it was given.
    pub party: Option<String>,
    /// The card's status word, if a card refused.
    pub status: Option<Status>,
    /// Whether the tries that the status word counts are those of the unblocking code, and not of a PIN.
    pub unblocking: bool,
    /// Why a card or a party refused, if it told.
    pub reason: Option<Reason>,
    /// What happened, in one sentence without full stop.
    pub message: String,
    /// What to do about it, in one or two sentences.
    pub remedy: String,
}

/// What to do about a disk that is full.
pub(crate) const DISK_FULL: &str = "Make room on the disk, then run the command again.";

/// Result of a command or a part of one.
pub type Result<T, E = Failure> = std::result::Result<T, E>;

impl Failure {
    fn new(
        class: Class,
        step: impl Into<String>,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self {
            class,
            step: step.into(),
            party: None,
            status: None,
            unblocking: false,
            reason: None,
            message: message.into(),
            remedy: remedy.into(),
        }
    }

    /// What was given cannot be used.
    pub fn usage(step: impl Into<String>, message: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::new(Class::Usage, step, message, remedy)
    }

    /// There is no card, or somebody else uses it.
    pub fn no_card(step: impl Into<String>, message: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            party: Some("card".into()),
            ..Self::new(Class::NoCard, step, message, remedy)
        }
    }

    /// Whoever was asked pressed Ctrl-C.
    pub fn stopped(step: impl Into<String>) -> Self {
        Self::new(
            Class::Stopped,
            step,
            "stopped by Ctrl-C",
            "Run the command again when you like: nothing was done since you were asked.",
        )
    }

    /// This program or the machine it runs on failed.
    pub fn internal(step: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(
            Class::Internal,
            step,
            message,
            "Run the command again; if it fails again, report this.",
        )
    }

    /// A card or a party said no.
    pub fn refused(
        step: impl Into<String>,
        party: impl Into<String>,
        reason: Reason,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self {
            party: Some(party.into()),
            reason: Some(reason),
            ..Self::new(Class::Refused, step, message, remedy)
        }
    }

    /// The system refused something about a file.
    pub fn file(step: impl Into<String>, path: &std::path::Path, error: &std::io::Error) -> Self {
        let message = format!("{}: {error}", path.display());
        match error.kind() {
            std::io::ErrorKind::StorageFull => Self::internal(step, message).with_remedy(DISK_FULL),
            _ => Self::usage(step, message, "Check the name and who may read and write there."),
        }
    }

    /// The same, with another remedy.
    #[must_use]
    pub fn with_remedy(self, remedy: impl Into<String>) -> Self {
        Self {
            remedy: remedy.into(),
            ..self
        }
    }

    /// The same, with this party named unless one is already.
    #[must_use]
    pub fn by(self, party: impl Into<String>) -> Self {
        Self {
            party: self.party.or_else(|| Some(party.into())),
            ..self
        }
    }

    /// What the status word means, if there is one.
    pub(crate) fn status_words(&self) -> Option<String> {
        let words = status_words(self.status?);
        Some(match self.unblocking {
            true => words.replace("wrong PIN", "wrong unblocking code"),
            false => words,
        })
    }

    /// What a script gets.
    #[must_use]
    pub fn shown(&self) -> ShownFailure<'_> {
        ShownFailure {
            class: class_name(self.class),
            exit_code: self.class.exit_code(),
            step: &self.step,
            party: self.party.as_deref(),
            status_word: self.status.map(|status| format!("{:04X}", status.0)),
            status_meaning: self.status_words(),
            reason: self.reason.map(Reason::name),
            message: &self.message,
            remedy: &self.remedy,
        }
    }
}

/// A failure in its JSON form.
#[derive(Clone, Debug, Serialize)]
pub struct ShownFailure<'a> {
    /// `refused`, `usage`, `no card`, `internal` or `stopped`.
    class: &'static str,
    exit_code: u8,
    step: &'a str,
    party: Option<&'a str>,
    /// Four hexadecimal digits.
    status_word: Option<String>,
    status_meaning: Option<String>,
    /// A name of SPEC.md section 2.1.
    reason: Option<&'static str>,
    message: &'a str,
    remedy: &'a str,
}

/// The class as the JSON form names it.
const fn class_name(class: Class) -> &'static str {
    match class {
        Class::Refused => "refused",
        Class::Usage => "usage",
        Class::NoCard => "no card",
        Class::Internal => "internal",
        Class::Stopped => "stopped",
    }
}

impl From<host::Error> for Failure {
    fn from(error: host::Error) -> Self {
        let message = match &error {
            host::Error::Refused {
                command,
                status,
                reason,
                ..
            } => {
                // Functions of ours are called by what they do: "open a storing request".
                let to = if command.starts_with(char::is_lowercase) {
                    "to "
                } else {
                    ""
                };
                match reason {
                    Some(reason) => format!("the card refused {to}{command}: {reason}"),
                    None => format!("the card refused {to}{command}: {}", status_words(*status)),
                }
            }
            // The step is shown beside it.
            _ => {
                let whole = error.to_string();
                let step = format!("cannot {}: ", error.step());
                whole.strip_prefix(&step).unwrap_or(&whole).to_owned()
            }
        };
        let remedy = match &error {
            host::Error::LastTry { .. } => {
                "Make sure the PIN is right, then run the command again with --last-try: a wrong PIN then blocks it."
            }
            _ => remedy::by_command(&error).unwrap_or_else(|| error.remedy()),
        };
        let party = match error {
            host::Error::Invalid { .. } => None,
            _ => Some("card".to_owned()),
        };
        Self {
            class: error.class(),
            step: error.step().to_owned(),
            party,
            status: error.status(),
            unblocking: false,
            reason: error.reason(),
            message,
            remedy: remedy.to_owned(),
        }
    }
}

/// Errors that do not know themselves what was being done.
pub trait Doing<T> {
    /// Says what was being done, in words that complete "cannot ...".
    ///
    /// # Errors
    /// The same, as a [`Failure`].
    fn doing(self, step: impl Into<String>) -> Result<T>;
}

impl<T> Doing<T> for parties::Result<T> {
    fn doing(self, step: impl Into<String>) -> Result<T> {
        self.map_err(|error| from_parties(step.into(), &error))
    }
}

fn from_parties(step: String, error: &parties::Error) -> Failure {
    if let parties::Error::Denied(denial) = error {
        let remedy = remedy::by_party(denial.reason).unwrap_or("Remove the cause and run the command again.");
        return Failure {
            reason: Some(denial.reason),
            ..Failure::new(Class::Refused, step, denial.text.clone(), remedy)
        };
    }
    let (class, remedy) = match error {
        parties::Error::File { source, .. } => match source.kind() {
            std::io::ErrorKind::StorageFull => (Class::Internal, DISK_FULL),
            _ => (Class::Usage, "Check the name and who may read and write there."),
        },
        parties::Error::Exists(_) => (Class::Usage, "Choose another name, or move away what is there."),
        parties::Error::Input(input) => (
            Class::Usage,
            match input.position {
                // Files say of which version they are.
                Position::Field(ref field, _) if field == "version" || field == "schema" => {
                    "Use the version of this program that wrote it, or a newer one."
                }
                Position::Line(..) => "Correct it at this place, or get it again from where it came.",
                _ => "Get it again from where it came: it is damaged, not all there, or something else.",
            },
        ),
        parties::Error::Passphrase(_) => (
            Class::Usage,
            "Type the passphrase again with care; it has no last try.",
        ),
        parties::Error::Database { name, .. } if name.contains("://") => (
            Class::Usage,
            "Check that the PostgreSQL server runs, lets you in, and keeps this party's database: the folder's party.json names it, \
             PGPASSFILE the file with the password.",
        ),
        parties::Error::Database { cause, .. } if cause.starts_with("belongs to ") => (
            Class::Usage,
            "Put the party's own database back: another party's is in its folder.",
        ),
        parties::Error::Database { cause, .. } if cause.starts_with("there is no such file") => (
            Class::Usage,
            "Restore the folder from a backup: without its database a party does not know what it has signed.",
        ),
        parties::Error::Database { .. } => (
            Class::Usage,
            "If another program uses it, wait; make sure that you may write in the folder and that the disk has room; if it \
             is damaged, restore the folder from a backup.",
        ),
        parties::Error::Cryptography(_) => (
            Class::Internal,
            "Run the command again; if it fails again, report this.",
        ),
        _ => (
            Class::Usage,
            "Check that this is the right party and the right file: \"symbolon party show\" tells what a party has, --help has an example.",
        ),
    };
    Failure::new(class, step, error.to_string(), remedy)
}

/// What a party's signed no becomes.
#[must_use]
pub fn refusal(step: impl Into<String>, party: impl Into<String>, refusal: &SignedRefusal) -> Failure {
    let message = format!("refused: {}", refusal.text);
    let remedy = match remedy::by_party(refusal.reason) {
        Some(remedy) => format!("{remedy} The signed refusal is kept."),
        None => "Remove the cause and ask again; the signed refusal is kept.".to_owned(),
    };
    Failure::refused(step, party, refusal.reason, message, remedy)
}
