//! Data objects of GET DATA and PUT DATA, and the files everybody may read: SPEC.md sections 5 and 8.
//!
//! What belongs here: the card's own objects. What does not: certificates (0102 to 0105) and signed objects (0107 to
//! 0109), which have modules of their own, and the PINs (0120, 0121), which are bytes as typed.

mod application;
mod children;
mod floor;
mod info;
mod request;
mod status;

pub use application::{ApplicationEntry, ApplicationSelector, applications};
pub use children::{ChildSelector, children};
pub use floor::{FloorEntry, floors};
pub use info::{CardInformation, DirectoryEntry, directory, read_serial_number, write_serial_number};
pub use request::{RequestEntry, RequestState, requests};
pub use status::{CardStatus, TransportPins};

use crate::object::Digest;
use crate::reason::Reason;
use crate::tlv::{Reader, Result, Tag, Writer};

/// Card status: [`CardStatus`].
pub const CARD_STATUS: u16 = 0x0101;
/// Root of the issuer registrar, 7F21.
pub const ISSUER_REGISTRAR_ROOT: u16 = 0x0102;
/// Root of the data registrar, 7F21.
pub const DATA_REGISTRAR_ROOT: u16 = 0x0103;
/// The issuer's registration certificate (IRC), 7F21.
pub const ISSUER_CERTIFICATE: u16 = 0x0104;
/// The card's registration certificate (RC), 7F21.
pub const CARD_CERTIFICATE: u16 = 0x0105;
/// Open requests: [`requests`].
pub const OPEN_REQUESTS: u16 = 0x0106;
/// Storing request (SR), F0; selector: [`RequestSelector`].
pub const STORING_REQUEST: u16 = 0x0107;
/// Newest receipt, F0.
pub const NEWEST_RECEIPT: u16 = 0x0108;
/// A receipt, F0; selector: [`ReceiptSelector`].
pub const RECEIPT: u16 = 0x0109;
/// Applications, as many as fit a reply: [`applications`]; selector: [`ApplicationSelector`].
pub const APPLICATIONS: u16 = 0x010A;
/// Version floors: [`floors`]; selector: [`ApplicationSelector`].
pub const FLOORS: u16 = 0x010B;
/// Files in the current DF: [`children`]; selector: [`ChildSelector`].
pub const CHILDREN: u16 = 0x010C;
/// Reason of the last refusal: [`read_reason`].
pub const LAST_REASON: u16 = 0x010F;
/// The issuer registrar's newer root, a link certificate, 7F21.
pub const ISSUER_REGISTRAR_LINK: u16 = 0x0112;
/// The data registrar's newer root, a link certificate, 7F21.
pub const DATA_REGISTRAR_LINK: u16 = 0x0113;
/// The issuer registrar's revocation list, F0.
pub const ISSUER_REVOCATION_LIST: u16 = 0x0114;
/// The data registrar's revocation list, F0.
pub const DATA_REVOCATION_LIST: u16 = 0x0115;
/// Transport value of the consent PIN, 6 to 12 bytes.
pub const CONSENT_PIN: u16 = 0x0120;
/// Transport value of the user PIN, 4 to 12 bytes.
pub const USER_PIN: u16 = 0x0121;
/// Salted digest of the user information, 32 bytes.
pub const USER_INFORMATION: u16 = 0x0122;

/// Unblocking code of the card's PINs, 8 to 12 bytes.
pub const UNBLOCKING_CODE: u16 = 0x0123;
/// Private scalar of a registration key that the issuer made, 32 bytes.
pub const REGISTRATION_KEY: u16 = 0x0124;

/// Every tag with its content in a few words, ascending: the first column of the table in SPEC.md section 5.
pub const TAGS: [(u16, &str); 22] = [
    (CARD_STATUS, "card status"),
    (ISSUER_REGISTRAR_ROOT, "root of the issuer registrar"),
    (DATA_REGISTRAR_ROOT, "root of the data registrar"),
    (ISSUER_CERTIFICATE, "IRC"),
    (CARD_CERTIFICATE, "RC"),
    (OPEN_REQUESTS, "open requests"),
    (STORING_REQUEST, "SR object"),
    (NEWEST_RECEIPT, "newest receipt"),
    (RECEIPT, "receipt whose number"),
    (APPLICATIONS, "applications"),
    (FLOORS, "version floors"),
    (CHILDREN, "files in the current DF"),
    (LAST_REASON, "reason of the last refusal"),
    (ISSUER_REGISTRAR_LINK, "newer root of the issuer registrar"),
    (DATA_REGISTRAR_LINK, "newer root of the data registrar"),
    (ISSUER_REVOCATION_LIST, "revocation list of the issuer registrar"),
    (DATA_REVOCATION_LIST, "revocation list of the data registrar"),
    (CONSENT_PIN, "consent PIN"),
    (USER_PIN, "user PIN"),
    (USER_INFORMATION, "salted digest of the user information"),
    (UNBLOCKING_CODE, "unblocking code"),
    (REGISTRATION_KEY, "registration key made by the issuer"),
];

/// Whether PUT DATA may write this object, in the initialisation state.
#[must_use]
pub const fn is_writable(tag: u16) -> bool {
    matches!(
        tag,
        ISSUER_REGISTRAR_ROOT | DATA_REGISTRAR_ROOT | USER_INFORMATION
    ) || is_secret(tag)
}

/// Whether the object is a secret, which goes into the card and never out of it or into a trace.
#[must_use]
pub const fn is_secret(tag: u16) -> bool {
    matches!(tag, CONSENT_PIN | USER_PIN | UNBLOCKING_CODE | REGISTRATION_KEY)
}

/// The wire format this crate describes: 0.3.
pub const WIRE_FORMAT: u16 = 0x0003;

const REASON: Tag = Tag(0x80);
const REQUEST_DIGEST: Tag = Tag(0x90);

/// Reads object 010F, `80 reason`, and gives the code; [`Reason::from_code`] knows those of this version.
///
/// # Errors
/// Any other encoding.
pub fn read_reason(value: &[u8]) -> Result<u8> {
    let mut reader = Reader::new(value);
    let code = reader.byte(REASON)?;
    reader.finish()?;
    Ok(code)
}

/// Object 010F.
#[must_use]
pub const fn reason(reason: Reason) -> [u8; 3] {
    [0x80, 0x01, reason.code()]
}

macro_rules! selectors {
    ($($(#[$doc:meta])* $name:ident $tag:literal;)*) => {
        $($(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub struct $name(pub u32);

        impl $name {
            /// Reads the data field of GET DATA.
            ///
            /// # Errors
            /// Any other encoding.
            pub fn read(selector: &[u8]) -> Result<Self> {
                let mut reader = Reader::new(selector);
                let number = reader.u32(Tag($tag))?;
                reader.finish()?;
                Ok(Self(number))
            }

            /// The data field of GET DATA.
            #[must_use]
            pub const fn to_bytes(self) -> [u8; 6] {
                let [a, b, c, d] = self.0.to_be_bytes();
                [$tag, 0x04, a, b, c, d]
            }
        })*
    };
}

selectors! {
    /// Which storing request GET DATA 0107 means: `89 request number`.
    RequestSelector 0x89;
    /// Which receipt GET DATA 0109 means: `86 receipt number`.
    ReceiptSelector 0x86;
}

/// Which receipt GET DATA 0109 means by what was asked for: `90 digest of the SR`. Who can name it took part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ReceiptOfSelector(pub Digest);

impl ReceiptOfSelector {
    /// Length of the encoding, in bytes.
    pub const ENCODED: usize = 34;

    /// Reads the data field of GET DATA.
    ///
    /// # Errors
    /// Any other encoding.
    pub fn read(selector: &[u8]) -> Result<Self> {
        let mut reader = Reader::new(selector);
        let digest = reader.array(REQUEST_DIGEST)?;
        reader.finish()?;
        Ok(Self(digest))
    }

    /// The data field of GET DATA.
    #[must_use]
    pub fn to_bytes(self) -> [u8; Self::ENCODED] {
        let mut bytes = [0; Self::ENCODED];
        let mut writer = Writer::new(&mut bytes);
        // 34 bytes hold a digest with its tag and length.
        let written = writer.object(REQUEST_DIGEST, &self.0);
        debug_assert!(written.is_ok());
        bytes
    }
}

/// Gives the entries of a list whose encoding was checked: `read` takes one after the other.
fn entries<'a, T>(value: &'a [u8], read: impl Fn(&mut Reader<'a>) -> Result<T>) -> impl Iterator<Item = T> {
    let mut reader = Reader::new(value);
    core::iter::from_fn(move || {
        if reader.is_empty() {
            None
        } else {
            read(&mut reader).ok()
        }
    })
}
