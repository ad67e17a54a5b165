//! The one error of the applet and its one conversion to a status word.

use apdu_spec::reason::Reason;
use apdu_spec::status::Status;
use apdu_spec::tlv;

use crate::crypto::CryptoError;
use crate::platform::RandomError;
use crate::store::StoreError;

/// Why a command was not carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Error {
    /// The APDU itself already decides the status word.
    Status(Status),
    /// A rule of the storing protocol forbids it; GET DATA 010F tells which.
    Refused(Reason),
    /// An access rule is not met.
    AccessDenied,
    /// Wrong PIN; so many tries are left.
    WrongPin(u8),
    /// No tries are left.
    Blocked,
    /// A transport PIN that was not changed yet.
    TransportPin,
    /// No EF is selected.
    NoFileSelected,
    /// A DF where an EF is needed, bytes where records are, or the reverse.
    IncompatibleFile,
    /// No such file or application.
    FileNotFound,
    /// No such record.
    RecordNotFound,
    /// No such data object, PIN or key.
    DataNotFound,
    /// The file id is taken.
    FileExists,
    /// No room.
    NoMemory,
    /// The offset lies outside the file.
    WrongOffset,
    /// Lc or Le does not fit.
    WrongLength,
    /// The data field is malformed.
    IncorrectData,
    /// Not in this state of the card.
    WrongState,
    /// The reply does not fit its buffer.
    Overflow,
    /// The flash is damaged or failed.
    Memory,
    /// Random numbers or cryptography failed, or a check that repeats another disagreed with it.
    Fault,
}

/// Result of anything in the applet.
pub(crate) type Result<T> = core::result::Result<T, Error>;

impl From<Error> for Status {
    fn from(error: Error) -> Self {
        match error {
            Error::Status(status) => status,
            Error::Refused(reason) => status_of(reason),
            Error::AccessDenied => Self::SECURITY_STATUS_NOT_SATISFIED,
            Error::WrongPin(left) => Self::tries_left(left),
            Error::Blocked => Self::AUTHENTICATION_BLOCKED,
            Error::TransportPin => Self::REFERENCE_DATA_NOT_USABLE,
            Error::NoFileSelected => Self::COMMAND_NOT_ALLOWED,
            Error::IncompatibleFile => Self::INCOMPATIBLE_FILE,
            Error::FileNotFound => Self::FILE_NOT_FOUND,
            Error::RecordNotFound => Self::RECORD_NOT_FOUND,
            Error::DataNotFound => Self::REFERENCED_DATA_NOT_FOUND,
            Error::FileExists => Self::FILE_EXISTS,
            Error::NoMemory => Self::NOT_ENOUGH_MEMORY,
            Error::WrongOffset => Self::WRONG_OFFSET,
            Error::WrongLength | Error::Overflow => Self::WRONG_LENGTH,
            Error::IncorrectData => Self::INCORRECT_DATA,
            Error::WrongState => Self::CONDITIONS_NOT_SATISFIED,
            Error::Memory => Self::MEMORY_FAILURE,
            Error::Fault => Self::UNSPECIFIED,
        }
    }
}

const fn status_of(reason: Reason) -> Status {
    match reason {
        Reason::ConsentMissing | Reason::NotAuthenticated => Status::SECURITY_STATUS_NOT_SATISFIED,
        Reason::NoSuchRequest | Reason::NoSuchApplication => Status::REFERENCED_DATA_NOT_FOUND,
        Reason::AidTaken => Status::NAME_EXISTS,
        Reason::BadManifest => Status::INCORRECT_DATA,
        Reason::NoSpace => Status::NOT_ENOUGH_MEMORY,
        Reason::OtherRequest
        | Reason::WrongRole
        | Reason::WrongSigner
        | Reason::BadSignature
        | Reason::BlockDigest
        | Reason::PackageDigest
        | Reason::UnknownAuthority
        | Reason::CertificateRole
        | Reason::UnknownExtension
        | Reason::RootMismatch
        | Reason::NotThisCard
        | Reason::SameParty
        | Reason::Revoked
        | Reason::NotSuccessor
        | Reason::NotReleased => Status::INCORRECT_OBJECT,
        Reason::None
        | Reason::NotRegistered
        | Reason::AlreadyRegistered
        | Reason::RequestNotAuthorized
        | Reason::RequestSlotsFull
        | Reason::Expired
        | Reason::NotYetValid
        | Reason::AidNotAllowed
        | Reason::VersionTooOld
        | Reason::PolicyForbids
        | Reason::BlockOutOfOrder
        | Reason::NoCertificate
        | Reason::WrongOperation
        | Reason::RuleWidened
        | Reason::SerialTooOld
        | Reason::ListTooOld
        | Reason::ReceiptsUncollected
        | Reason::FloorsFull
        | Reason::KeyNotOfCard
        | Reason::Deactivated
        | Reason::KeyTooOld
        | Reason::NoSharedKey
        | Reason::LinkTooOld
        | Reason::ProviderSlotsFull
        | Reason::VersionNotLower => Status::CONDITIONS_NOT_SATISFIED,
    }
}

impl From<Status> for Error {
    fn from(status: Status) -> Self {
        Self::Status(status)
    }
}

impl From<Reason> for Error {
    fn from(reason: Reason) -> Self {
        Self::Refused(reason)
    }
}

/// Input that does not decode, or a reply that does not fit: the two things TLV can go wrong with.
impl From<tlv::Error> for Error {
    fn from(error: tlv::Error) -> Self {
        match error.kind {
            tlv::ErrorKind::Overflow => Self::Overflow,
            _ => Self::IncorrectData,
        }
    }
}

impl From<RandomError> for Error {
    fn from(_: RandomError) -> Self {
        Self::Fault
    }
}

impl From<CryptoError> for Error {
    fn from(_: CryptoError) -> Self {
        Self::Fault
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Full | StoreError::IndexFull | StoreError::TooLong => Self::NoMemory,
            _ => Self::Memory,
        }
    }
}
