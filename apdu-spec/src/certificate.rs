//! Card-verifiable certificates and requests for them: SPEC.md section 3.
//!
//! ISO/IEC 7816-8 and BSI TR-03110-3, appendices C and D, over P-256. What belongs here: reading and writing them, and
//! what can be judged of two certificates without computing ([`Certificate::check_under`]). What does not: hashing,
//! signatures, and today's date.
//!
//! A certificate is made in three steps: [`CertificateBuilder::write_body`], a signature over that, [`assemble`].

mod builder;
mod extension;
mod key;
mod reference;
mod request;
mod role;

pub use builder::CertificateBuilder;
pub use extension::{
    CardExtension, Extension, IssuerExtension, KeyOrigin, ProviderExtension, RequestExtension,
    SuccessorExtension,
};
pub use key::Point;
pub(crate) use key::{read_point, write_point};
pub use reference::{InvalidReference, Mnemonic, Reference};
pub use request::{CertificateRequest, CertificateRequestBuilder};
pub use role::{Policy, Rights, Role};

use crate::date::Date;
use crate::limits::CERTIFICATE_MAX;
use crate::object::Signature;
use crate::reason::Reason;
use crate::tlv::{Error, ErrorKind, Reader, Result, Tag, Writer};

/// A certificate or a request.
pub const CERTIFICATE: Tag = Tag(0x7F21);
/// The part of it that is signed.
pub const BODY: Tag = Tag(0x7F4E);
const SIGNATURE: Tag = Tag(0x5F37);

const PROFILE: Tag = Tag(0x5F29);
const AUTHORITY: Tag = Tag(0x42);
const HOLDER: Tag = Tag(0x5F20);
const TEMPLATE: Tag = Tag(0x7F4C);
const TEMPLATE_IDENTIFIER: Tag = Tag(0x06);
const ROLE: Tag = Tag(0x53);
const EFFECTIVE: Tag = Tag(0x5F25);
const EXPIRATION: Tag = Tag(0x5F24);

/// The only profile of TR-03110.
const PROFILE_1: u8 = 0x00;
/// U.1, as content bytes of an object identifier.
const ROLE_IDENTIFIER: [u8; 20] =
    *b"\x69\x84\xA1\xF4\xD2\x94\xDC\xDA\xBD\xC7\x9C\xC0\x9C\xC5\x92\xDE\x8B\x9D\x32\x01";

/// A certificate, read but not verified.
///
/// SPEC.md section 3; BSI TR-03110-3, C.1: `7F21 { 7F4E { 5F29 00, 42 CAR, 7F49 key, 5F20 CHR, 7F4C { 06 ROLE, 53 role
/// and rights }, 5F25 effective, 5F24 expiration, [65 extensions] }, 5F37 signature }`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Certificate<'a> {
    /// The complete 7F21 object; its SHA-256 is the certificate's digest.
    pub encoded: &'a [u8],
    /// The complete 7F4E object, which is signed.
    pub body: &'a [u8],
    /// CAR: the reference of the certifying key.
    pub authority: Reference,
    /// CHR: the reference of the certified key.
    pub holder: Reference,
    /// The certified key.
    pub point: &'a Point,
    /// Whether the domain parameters stand with the key: exactly in roots.
    pub has_parameters: bool,
    /// The holder's role.
    pub role: Role,
    /// Modes in which the holder may take part.
    pub rights: Rights,
    /// First day.
    pub effective: Date,
    /// Last day.
    pub expiration: Date,
    /// The extension of ours.
    pub extension: Extension<'a>,
    /// Signature over `body`.
    pub signature: &'a Signature,
    unknown_critical: bool,
}

impl<'a> Certificate<'a> {
    /// Reads a complete 7F21 object of at most [`CERTIFICATE_MAX`] bytes.
    ///
    /// # Errors
    /// Whatever is wrong with the encoding, and where.
    pub fn parse(input: &'a [u8]) -> Result<Self> {
        let Outer {
            body,
            mut fields,
            signature,
        } = Outer::parse(input, CERTIFICATE_MAX)?;
        fields.constant(PROFILE, PROFILE_1)?;
        let authority = fields.convert(AUTHORITY, Reference::new)?;
        let misplaced_parameters = fields.invalid(key::PUBLIC_KEY);
        let (point, has_parameters) = key::read(&mut fields)?;
        let holder = fields.convert(HOLDER, Reference::new)?;
        let (role, rights) = read_template(&mut fields)?;
        if has_parameters != role.is_root() {
            return Err(misplaced_parameters);
        }
        let effective = fields.field(EFFECTIVE, Date::from_digits)?;
        let expiration = fields.field(EXPIRATION, Date::from_digits)?;
        let (extension, unknown_critical) = Extension::read(&mut fields)?;
        fields.finish()?;
        Ok(Self {
            encoded: input,
            body,
            authority,
            holder,
            point,
            has_parameters,
            role,
            rights,
            effective,
            expiration,
            extension,
            signature,
            unknown_critical,
        })
    }

    /// Reads 7F4E `||` 5F37, as PSO VERIFY CERTIFICATE carries them, after it joined them to a 7F21 in `buffer`.
    ///
    /// # Errors
    /// [`ErrorKind::Overflow`], else as [`Self::parse`].
    pub fn parse_body_and_signature(input: &[u8], buffer: &'a mut [u8]) -> Result<Self> {
        let mut writer = Writer::new(buffer);
        writer.object(CERTIFICATE, input)?;
        Self::parse(writer.finish())
    }

    /// Whether an extension that is not ours is marked critical.
    #[must_use]
    pub const fn has_unknown_critical_extension(&self) -> bool {
        self.unknown_critical
    }

    /// Whether the extension that the role demands is there, and no other of ours.
    #[must_use]
    pub const fn has_extension_of_role(&self) -> bool {
        self.extension.suits(self.role)
    }

    /// Everything a verifier checks but signature and today's date, when `authority` is a certificate it trusts.
    ///
    /// # Errors
    /// [`Reason::UnknownAuthority`], [`Reason::CertificateRole`], [`Reason::UnknownExtension`], or
    /// [`Reason::Expired`] when it ends before it begins; the first that applies.
    pub fn check_under(&self, authority: &Certificate<'_>) -> core::result::Result<(), Reason> {
        if self.authority != authority.holder {
            return Err(Reason::UnknownAuthority);
        }
        if self.role.certified_by() != Some(authority.role) || !self.rights.is_subset_of(authority.rights) {
            return Err(Reason::CertificateRole);
        }
        self.check_own()
    }

    /// As [`Self::check_under`], for the self-signed root of a registrar of this role.
    ///
    /// # Errors
    /// As [`Self::check_under`].
    pub fn check_root(&self, role: Role) -> core::result::Result<(), Reason> {
        if self.role != role || !role.is_root() {
            return Err(Reason::CertificateRole);
        }
        if self.authority != self.holder {
            return Err(Reason::UnknownAuthority);
        }
        self.check_own()
    }

    /// As [`Self::check_under`], for a link certificate: `root`, of the same role, certifies the registrar's next key, which is a root from
    /// then on (BSI TR-03110-3, 2.6). Whether its sequence is above that of every root of the card is for whoever has them.
    ///
    /// # Errors
    /// As [`Self::check_under`]; [`Reason::LinkTooOld`] if its sequence is not above that of `root`.
    pub fn check_link(&self, root: &Certificate<'_>) -> core::result::Result<(), Reason> {
        if self.authority != root.holder {
            return Err(Reason::UnknownAuthority);
        }
        if self.role != root.role
            || !self.role.is_root()
            || self.holder.identity() != root.holder.identity()
            || !self.rights.is_subset_of(root.rights)
        {
            return Err(Reason::CertificateRole);
        }
        if self.holder.sequence() <= root.holder.sequence() {
            return Err(Reason::LinkTooOld);
        }
        self.check_own()
    }

    fn check_own(&self) -> core::result::Result<(), Reason> {
        if self.unknown_critical || !self.has_extension_of_role() {
            return Err(Reason::UnknownExtension);
        }
        if self.effective > self.expiration {
            Err(Reason::Expired)
        } else {
            Ok(())
        }
    }
}

/// Joins a complete 7F4E object and the signature over it into a 7F21 object at the start of `out`; gives its length.
///
/// Serves certificates and requests.
///
/// # Errors
/// [`ErrorKind::Overflow`].
pub fn assemble(body: &[u8], signature: &Signature, out: &mut [u8]) -> Result<usize> {
    let mut writer = Writer::new(out);
    writer.nested(CERTIFICATE, |w| {
        w.raw(body)?;
        w.object(SIGNATURE, signature)
    })?;
    Ok(writer.len())
}

/// What certificates and requests have in common.
struct Outer<'a> {
    body: &'a [u8],
    fields: Reader<'a>,
    signature: &'a Signature,
}

impl<'a> Outer<'a> {
    fn parse(input: &'a [u8], limit: usize) -> Result<Self> {
        if input.len() > limit {
            return Err(Error {
                position: 0,
                kind: ErrorKind::InvalidValue { tag: CERTIFICATE },
            });
        }
        let mut reader = Reader::new(input);
        let mut parts = reader.nested(CERTIFICATE)?;
        let body = parts.clone().object(BODY)?.encoded;
        let fields = parts.nested(BODY)?;
        let signature = parts.bytes(SIGNATURE)?;
        parts.finish()?;
        reader.finish()?;
        Ok(Self {
            body,
            fields,
            signature,
        })
    }
}

/// The certificate holder authorization template: BSI TR-03110-3, C.1.5, with our role in place of an access right.
fn read_template(fields: &mut Reader<'_>) -> Result<(Role, Rights)> {
    let mut template = fields.nested(TEMPLATE)?;
    template.convert(TEMPLATE_IDENTIFIER, |value| {
        (value == ROLE_IDENTIFIER).then_some(())
    })?;
    let both = template.field(ROLE, |[role, rights @ ..]: [u8; 5]| {
        Some((
            Role::from_code(role)?,
            Rights::from_bits(u32::from_be_bytes(rights))?,
        ))
    })?;
    template.finish()?;
    Ok(both)
}
