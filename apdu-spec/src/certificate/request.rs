//! Certificate requests: a card's RI, and a party's before it has a certificate.

use super::extension::RequestExtension;
use super::key::{self, Point};
use super::{BODY, HOLDER, Outer, PROFILE, PROFILE_1, Reference};
use crate::limits::REQUEST_MAX;
use crate::object::Signature;
use crate::tlv::{Result, Writer};

/// A request to certify a key, signed with it.
///
/// SPEC.md section 3; BSI TR-03110-3, C.2: `7F21 { 7F4E { 5F29 00, 7F49 with domain parameters, 5F20 CHR, [65] },
/// 5F37 }`. A card's request, RI, has the extension; a party's has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CertificateRequest<'a> {
    /// The complete 7F21 object.
    pub encoded: &'a [u8],
    /// The complete 7F4E object, which is signed.
    pub body: &'a [u8],
    /// The name asked for.
    pub holder: Reference,
    /// The key to be certified.
    pub point: &'a Point,
    /// What a card says of itself; `None` in a party's request.
    pub card: Option<RequestExtension<'a>>,
    /// Signature over `body` by `point`.
    pub signature: &'a Signature,
}

impl<'a> CertificateRequest<'a> {
    /// Reads a complete 7F21 object of at most [`REQUEST_MAX`] bytes.
    ///
    /// # Errors
    /// Whatever is wrong with the encoding, and where.
    pub fn parse(input: &'a [u8]) -> Result<Self> {
        let Outer {
            body,
            mut fields,
            signature,
        } = Outer::parse(input, REQUEST_MAX)?;
        fields.constant(PROFILE, PROFILE_1)?;
        let invalid = fields.invalid(key::PUBLIC_KEY);
        let (point, has_parameters) = key::read(&mut fields)?;
        if !has_parameters {
            return Err(invalid);
        }
        let holder = fields.convert(HOLDER, Reference::new)?;
        let card = RequestExtension::read(&mut fields)?;
        fields.finish()?;
        Ok(Self {
            encoded: input,
            body,
            holder,
            point,
            card,
            signature,
        })
    }
}

/// A request about to be signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CertificateRequestBuilder<'a> {
    /// The name asked for.
    pub holder: Reference,
    /// The key to be certified.
    pub point: &'a Point,
    /// What a card says of itself; `None` in a party's request.
    pub card: Option<RequestExtension<'a>>,
}

impl CertificateRequestBuilder<'_> {
    /// Writes the 7F4E object, the bytes to be signed with the key itself, to the start of `out`; gives its length.
    ///
    /// # Errors
    /// [`InvalidValue`](crate::tlv::ErrorKind::InvalidValue) for a point that is not 04 `||` X `||` Y;
    /// [`Overflow`](crate::tlv::ErrorKind::Overflow).
    pub fn write_body(&self, out: &mut [u8]) -> Result<usize> {
        let mut writer = Writer::new(out);
        writer.nested(BODY, |w| {
            w.byte(PROFILE, PROFILE_1)?;
            key::write(w, self.point, true)?;
            w.object(HOLDER, self.holder.as_bytes())?;
            self.card.iter().try_for_each(|card| card.write(w))
        })?;
        Ok(writer.len())
    }
}

impl<'a> From<&CertificateRequest<'a>> for CertificateRequestBuilder<'a> {
    /// The fields from which the body was made.
    fn from(request: &CertificateRequest<'a>) -> Self {
        Self {
            holder: request.holder,
            point: request.point,
            card: request.card,
        }
    }
}
