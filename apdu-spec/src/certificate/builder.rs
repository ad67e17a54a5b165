//! Certificates about to be signed.

use super::extension::Extension;
use super::key::{self, Point};
use super::{
    AUTHORITY, BODY, Certificate, EFFECTIVE, EXPIRATION, HOLDER, PROFILE, PROFILE_1, ROLE, ROLE_IDENTIFIER,
    Reference, Rights, Role, TEMPLATE, TEMPLATE_IDENTIFIER,
};
use crate::date::Date;
use crate::tlv::{Result, Writer};

/// A certificate of any role, about to be signed. Domain parameters are written for roots, and only for them.
///
/// The body is signed by the certifying key, then [`assemble`](super::assemble) makes the certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CertificateBuilder<'a> {
    /// CAR: the reference of the certifying key; the holder's own in a root.
    pub authority: Reference,
    /// CHR: the reference of the certified key.
    pub holder: Reference,
    /// The certified key.
    pub point: &'a Point,
    /// The holder's role.
    pub role: Role,
    /// Modes in which the holder may take part.
    pub rights: Rights,
    /// First day.
    pub effective: Date,
    /// Last day.
    pub expiration: Date,
    /// What the role demands.
    pub extension: Extension<'a>,
}

impl CertificateBuilder<'_> {
    /// Writes the 7F4E object, the bytes to be signed, to the start of `out` and gives its length.
    ///
    /// # Errors
    /// [`InvalidValue`](crate::tlv::ErrorKind::InvalidValue) for a point that is not 04 `||` X `||` Y;
    /// [`Overflow`](crate::tlv::ErrorKind::Overflow).
    pub fn write_body(&self, out: &mut [u8]) -> Result<usize> {
        let mut writer = Writer::new(out);
        writer.nested(BODY, |w| {
            w.byte(PROFILE, PROFILE_1)?;
            w.object(AUTHORITY, self.authority.as_bytes())?;
            key::write(w, self.point, self.role.is_root())?;
            w.object(HOLDER, self.holder.as_bytes())?;
            w.nested(TEMPLATE, |w| {
                w.object(TEMPLATE_IDENTIFIER, &ROLE_IDENTIFIER)?;
                w.parts(ROLE, &[&[self.role.code()], &self.rights.bits().to_be_bytes()])
            })?;
            w.object(EFFECTIVE, &self.effective.to_digits())?;
            w.object(EXPIRATION, &self.expiration.to_digits())?;
            self.extension.write(w)
        })?;
        Ok(writer.len())
    }
}

impl<'a> From<&Certificate<'a>> for CertificateBuilder<'a> {
    /// The fields from which the body was made, without extensions that are not ours.
    fn from(certificate: &Certificate<'a>) -> Self {
        Self {
            authority: certificate.authority,
            holder: certificate.holder,
            point: certificate.point,
            role: certificate.role,
            rights: certificate.rights,
            effective: certificate.effective,
            expiration: certificate.expiration,
            extension: certificate.extension,
        }
    }
}
