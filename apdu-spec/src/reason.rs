//! Why a card refused a command of the storing protocol: SPEC.md section 2.1.
//!
//! What belongs here: codes that GET DATA 010F and signed refusals carry. What does not: status words (`status`).

use core::fmt;

macro_rules! reasons {
    ($($code:literal $name:ident $meaning:literal;)*) => {
        /// Why a command was refused; the discriminant is the code on the wire.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u8)]
        pub enum Reason {
            $(#[doc = concat!(stringify!($code), ": ", $meaning, ".")]
            $name = $code,)*
        }

        impl Reason {
            /// SPEC.md section 2.1, row by row.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The reason with this code, if there is one.
            #[must_use]
            pub const fn from_code(code: u8) -> Option<Self> {
                match code {
                    $($code => Some(Self::$name),)*
                    _ => None,
                }
            }

            /// The code on the wire.
            #[must_use]
            pub const fn code(self) -> u8 {
                match self {
                    $(Self::$name => $code,)*
                }
            }

            /// Name in CamelCase.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$name => stringify!($name),)*
                }
            }

            /// One sentence without a full stop.
            #[must_use]
            pub const fn meaning(self) -> &'static str {
                match self {
                    $(Self::$name => $meaning,)*
                }
            }
        }
    };
}

reasons! {
    0x00 None "no reason recorded";
    0x01 NotRegistered "the card has no issuer yet";
    0x02 AlreadyRegistered "the card has an issuer";
    0x03 NoSuchRequest "no open request with this number";
    0x04 RequestNotAuthorized "the request has no accepted authorization";
    0x05 RequestSlotsFull "four requests are open";
    0x06 OtherRequest "the signature is over another request, card or package";
    0x07 WrongRole "a signer's role is not the one this mode demands";
    0x08 WrongSigner "not the issuer of this card, or not the provider of the request";
    0x09 BadSignature "a signature does not verify";
    0x0A Expired "the storing data or a certificate is past its date";
    0x0B NotYetValid "a certificate's effective date is too far ahead";
    0x0C AidNotAllowed "outside the provider's prefixes, reserved, or shadowing another's";
    0x0D AidTaken "an application with this AID exists";
    0x0E NoSuchApplication "no application with this AID and owner";
    0x0F VersionTooOld "not above the floor for this AID";
    0x10 PolicyForbids "the card's content policy does not allow this mode";
    0x11 ConsentMissing "the holder has not consented to this operation";
    0x12 BlockOutOfOrder "not the block that comes next";
    0x13 BlockDigest "the block is not the one announced";
    0x14 PackageDigest "size, package or manifest digest differs from the request";
    0x15 BadManifest "the manifest breaks a rule";
    0x16 NoSpace "not enough room, or too many objects";
    0x17 UnknownAuthority "the certificate's authority is not trusted here";
    0x18 CertificateRole "role or rights of the certificate do not allow this";
    0x19 UnknownExtension "a critical extension is unknown";
    0x1A RootMismatch "roots in RC or IRC are not those on this card";
    0x1B NotThisCard "the certificate is for another card's key";
    0x1C NoCertificate "no certificate was verified in this session";
    0x1D SameParty "one party signed twice";
    0x1E WrongOperation "command and request are of different operations";
    0x1F RuleWidened "a replacement would loosen a rule over a kept secret";
    0x20 SerialTooOld "RC serial is not above the present one";
    0x21 Revoked "the certificate is on its registrar's revocation list";
    0x22 ListTooOld "the revocation list's number is not above the present one";
    0x23 ReceiptsUncollected "sixteen receipts wait to be collected";
    0x24 FloorsFull "the version floors of the provider, or of the card, are used up";
    0x25 KeyNotOfCard "mode 4 needs a registration key that the card made";
    0x26 Deactivated "the application, or a folder around it, is deactivated or terminated";
    0x27 NotSuccessor "the successor's certificate does not cover this";
    0x28 KeyTooOld "the shared key's version is not above the present one";
    0x29 NoSharedKey "no key is shared with this party";
    0x2A LinkTooOld "the root's sequence is not above the present ones";
    0x2B ProviderSlotsFull "the provider has two open requests";
    0x2C NotReleased "the present issuer has not released the card to this one";
    0x2D NotAuthenticated "no challenge was given, or another party answered it";
    0x2E VersionNotLower "the new floor is not below the present one";
}

/// The meaning, for people.
impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.meaning())
    }
}

impl core::error::Error for Reason {}

impl Default for Reason {
    /// [`Reason::None`].
    fn default() -> Self {
        Self::None
    }
}
