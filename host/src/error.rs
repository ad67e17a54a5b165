//! One error for everything the card library does: which step, what the card said and why, what to do about it.
//!
//! No PIN is ever in it. What does not belong here: errors of parties, files or arguments.

use std::borrow::Cow;
use std::fmt;

use apdu_spec::reason::Reason;
use apdu_spec::reference::PinReference;
use apdu_spec::status::Status;
use apdu_spec::{apdu, tlv};

use crate::card::words;
use crate::transport::TransportError;

/// What was being done, in words that complete "cannot ...": `read file 2F00`.
pub type Step = Cow<'static, str>;

/// Result of talking to a card.
pub type Result<T> = std::result::Result<T, Error>;

/// Whose fault it is, and the exit code of a program that ends for it (DESIGN.md section 6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// The card refused.
    Refused,
    /// What was asked for makes no sense.
    Usage,
    /// There is no card or reader, or it is busy.
    NoCard,
    /// A program does something it should not: this one or the card's.
    Internal,
    /// Nobody's: whoever was asked for a PIN stopped it.
    Stopped,
}

impl Class {
    /// The exit code.
    #[must_use]
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::Refused => 1,
            Self::Usage => 2,
            Self::NoCard => 3,
            Self::Internal => 4,
            // What a shell tells of a program that Ctrl-C ended.
            Self::Stopped => 130,
        }
    }
}

/// Why something could not be done with a card.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The card could not be reached.
    Transport {
        /// What was being done.
        step: Step,
        /// What happened.
        source: TransportError,
    },
    /// The card refused a command.
    Refused {
        /// What was being done.
        step: Step,
        /// The command it refused.
        command: &'static str,
        /// Its answer.
        status: Status,
        /// What GET DATA 010F told about it.
        reason: Option<Reason>,
    },
    /// One try is left and nobody said to spend it.
    LastTry {
        /// What was being done.
        step: Step,
        /// The PIN.
        reference: PinReference,
    },
    /// The card does not keep to the rules of the wire.
    Protocol {
        /// What was being done.
        step: Step,
        /// What it did.
        fault: Fault,
    },
    /// The card's reply is not what the command gives.
    Malformed {
        /// What was being done.
        step: Step,
        /// The data object.
        object: &'static str,
        /// Where it is wrong.
        source: tlv::Error,
    },
    /// What was written reads back otherwise.
    NotAsWritten {
        /// What was being done.
        step: Step,
        /// The first byte that differs.
        position: usize,
    },
    /// A value given to this library cannot be used.
    Invalid {
        /// What was being done.
        step: Step,
        /// What is wrong with it.
        problem: Cow<'static, str>,
    },
}

/// How a card breaks the rules of the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// An answer without status word.
    NoStatus,
    /// It sent more bytes than it was asked for.
    LongerThanAsked,
    /// It announced more bytes and sent none.
    EmptyPiece,
    /// Its reply has more bytes than any reply may have.
    TooLong,
    /// It named the right length and refused that too.
    LengthNeverRight,
    /// It offers next blocks or numbers that do not fit what it was given.
    OutOfStep,
}

impl Fault {
    const fn words(self) -> &'static str {
        match self {
            Self::NoStatus => "answered without a status word",
            Self::LongerThanAsked => "sent more bytes than it was asked for",
            Self::EmptyPiece => "announced more bytes and sent none",
            Self::TooLong => "sends a reply longer than any may be",
            Self::LengthNeverRight => "named the right length and refused that too",
            Self::OutOfStep => "tells a state that does not fit what it was given",
        }
    }
}

impl Error {
    /// Whose fault it is.
    #[must_use]
    pub const fn class(&self) -> Class {
        match self {
            Self::Transport { source, .. } => source.class(),
            Self::Refused { .. } => Class::Refused,
            Self::LastTry { .. } | Self::Invalid { .. } => Class::Usage,
            Self::Protocol { .. } | Self::Malformed { .. } | Self::NotAsWritten { .. } => Class::Internal,
        }
    }

    /// What was being done.
    #[must_use]
    pub fn step(&self) -> &str {
        match self {
            Self::Transport { step, .. }
            | Self::Refused { step, .. }
            | Self::LastTry { step, .. }
            | Self::Protocol { step, .. }
            | Self::Malformed { step, .. }
            | Self::NotAsWritten { step, .. }
            | Self::Invalid { step, .. } => step,
        }
    }

    /// The card's status word, if it refused.
    #[must_use]
    pub const fn status(&self) -> Option<Status> {
        match self {
            Self::Refused { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// The card's reason, if it refused and told one.
    #[must_use]
    pub const fn reason(&self) -> Option<Reason> {
        match self {
            Self::Refused { reason, .. } => *reason,
            _ => None,
        }
    }

    /// One sentence that says what to do about it.
    #[must_use]
    pub const fn remedy(&self) -> &'static str {
        match self {
            Self::Transport { source, .. } => source.remedy(),
            Self::Refused { status, reason, .. } => match reason {
                Some(reason) => remedy_for_reason(*reason),
                None => remedy_for_status(*status),
            },
            Self::LastTry { .. } => {
                "Make sure the PIN is right, then say that the last try may be spent: a wrong one blocks it."
            }
            Self::Protocol { .. } | Self::Malformed { .. } => {
                "Do not trust this card; if it is a symbolon card, report this."
            }
            Self::NotAsWritten { .. } => "Write it again; if that fails too, the card is damaged.",
            Self::Invalid { .. } => "Correct what was given and run the command again.",
        }
    }

    pub(crate) fn invalid(step: &Step, problem: impl Into<Cow<'static, str>>) -> Self {
        Self::Invalid {
            step: step.clone(),
            problem: problem.into(),
        }
    }

    pub(crate) fn encoding(step: &Step, error: apdu::ApduError) -> Self {
        Self::invalid(step, error.to_string())
    }
}

const fn remedy_for_status(status: Status) -> &'static str {
    if status.tries().is_some() {
        return "Give the right PIN: when no try is left it is blocked.";
    }
    match status {
        Status::SECURITY_STATUS_NOT_SATISFIED => "Verify the PIN that the file's access rule asks for first.",
        Status::AUTHENTICATION_BLOCKED => "This PIN is blocked; docs/rescue.md says who can help.",
        Status::REFERENCE_DATA_NOT_USABLE => "Replace the transport PIN by one of your own first.",
        Status::FILE_NOT_FOUND => "Look at the card's tree for what is there.",
        Status::REFERENCED_DATA_NOT_FOUND => "The card has no such thing; look at what it says about itself.",
        Status::NOT_ENOUGH_MEMORY => "Make room by deleting an application first.",
        Status::MEMORY_FAILURE => "Have the card replaced: its memory fails. Nothing was changed.",
        Status::DEACTIVATED => {
            "The holder deactivated this application; with the consent PIN it can be activated again."
        }
        Status::RECORD_NOT_FOUND => "The file has no such record: list those that it has.",
        Status::WRONG_OFFSET => "The file ends before this offset: look at its size.",
        Status::INCOMPATIBLE_FILE => "Look at what kind of file it is, then use the command for that kind.",
        Status::UNSPECIFIED => "Do not trust this card; if it is a symbolon card, report this.",
        Status::CONDITIONS_NOT_SATISFIED => "Look at the card's state: it does not allow this now.",
        Status::FILE_EXISTS | Status::NAME_EXISTS => "Choose another identifier.",
        Status::INSTRUCTION_NOT_SUPPORTED | Status::CLASS_NOT_SUPPORTED | Status::FUNCTION_NOT_SUPPORTED => {
            "Check that this is a symbolon card and that it is as new as this program."
        }
        _ => "Check what was given against the card's limits.",
    }
}

const fn remedy_for_reason(reason: Reason) -> &'static str {
    match reason {
        Reason::NotRegistered => "Have the card registered by its issuer first.",
        Reason::AlreadyRegistered => "Nothing to do: the card is registered.",
        Reason::NoSuchRequest => "Open a new request.",
        Reason::RequestNotAuthorized => "Apply both signatures first.",
        Reason::RequestSlotsFull => "Drop a request that is no longer wanted.",
        Reason::OtherRequest => "Use the approval that was made for this card's open request.",
        Reason::WrongRole | Reason::WrongSigner => "Have it signed by the party that the mode asks for.",
        Reason::BadSignature => "Ask the party for its signature again: this one is damaged or forged.",
        Reason::Expired => "Ask for a new certificate or open a new request: the old one is past its date.",
        Reason::NotYetValid => "Bring the card's date forward with an earlier certificate first.",
        Reason::AidNotAllowed => "Use an AID that the provider's registration allows.",
        Reason::AidTaken => "Replace or delete the application that is there, or choose another AID.",
        Reason::NoSuchApplication => "Look at which applications are on the card.",
        Reason::VersionTooOld => "Use a package with a higher version.",
        Reason::PolicyForbids => "Use a mode that the card's content policy allows.",
        Reason::ConsentMissing => "Ask the holder for the consent PIN.",
        Reason::BlockOutOfOrder => "Run the command again: it goes on at the block the card waits for.",
        Reason::BlockDigest | Reason::PackageDigest => "Use exactly the package the request was opened for.",
        Reason::BadManifest => "Correct the package and build it again.",
        Reason::NoSpace => "Make room by deleting an application first.",
        Reason::UnknownAuthority | Reason::RootMismatch => {
            "Use certificates that go back to the registrars on this card."
        }
        Reason::CertificateRole | Reason::UnknownExtension => {
            "Ask the registrar for a certificate that fits."
        }
        Reason::NotThisCard => "Use the certificate that was made for this card.",
        Reason::NoCertificate => "Send the party's certificate first.",
        Reason::SameParty => "Have it signed by two different parties.",
        Reason::WrongOperation => "Use the command that fits the request's operation.",
        Reason::RuleWidened => "Keep the old access rules, or reset what they protect.",
        Reason::SerialTooOld => "Use a registration certificate with a higher serial.",
        Reason::Revoked => "Its registrar has revoked the certificate: have a new one made, and learn why.",
        Reason::ListTooOld => {
            "Use the registrar's newest revocation list; the card has this one or a later one."
        }
        Reason::ReceiptsUncollected => "Collect the card's receipts first, and keep them.",
        Reason::FloorsFull => {
            "Use an AID that the provider had on this card before: no version floor is ever forgotten."
        }
        Reason::KeyNotOfCard => "Use another mode: this card's key was made by its issuer.",
        Reason::Deactivated => "Activate the application first; that needs the consent PIN.",
        Reason::NotSuccessor => {
            "A successor may only delete, or register: let the other parties of the mode sign."
        }
        Reason::KeyTooOld => "Make the shared key again, with a higher version.",
        Reason::NoSharedKey => "Give the card the party's shared key first, or let it sign instead.",
        Reason::LinkTooOld => {
            "Nothing to do if the card has this root already; else get the registrar's newest one."
        }
        Reason::ProviderSlotsFull => "Drop a request of this provider that is no longer wanted.",
        Reason::NotReleased => "Have the card released by its present issuer first.",
        Reason::NotAuthenticated => {
            "Authenticate with the folder of the card's issuer or of the request's provider."
        }
        Reason::VersionNotLower => "Name a version below the present floor; the card's floors show it.",
        Reason::None => "Look at the card's state: it does not allow this now.",
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot {}: ", self.step())?;
        match self {
            Self::Transport { source, .. } => write!(f, "{source}"),
            Self::Refused {
                command,
                status,
                reason,
                ..
            } => {
                write!(f, "the card refused {command} with {status}")?;
                match reason {
                    Some(reason) => write!(f, ": {reason}"),
                    None => Ok(()),
                }
            }
            Self::LastTry { reference, .. } => {
                write!(f, "one try is left for the {}", words(*reference))
            }
            Self::Protocol { fault, .. } => write!(f, "the card {}", fault.words()),
            Self::Malformed { object, source, .. } => write!(f, "the card's {object} is malformed: {source}"),
            Self::NotAsWritten { position, .. } => {
                write!(f, "byte {position} reads back otherwise than it was written")
            }
            Self::Invalid { problem, .. } => f.write_str(problem),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Transport { source, .. } => Some(source),
            Self::Malformed { source, .. } => Some(source),
            _ => None,
        }
    }
}
