//! Certificates that are kept, and judging one under another.
//!
//! SPEC.md section 3. What belongs here: signatures and dates, which `apdu-spec` cannot judge. What does not: who may
//! ask for what ([`crate::registrar`], [`crate::issuer`], [`crate::provider`]).

mod membership;
mod registered;
mod roots;

pub(crate) use membership::Membership;
pub use registered::Registered;
pub use roots::Roots;
pub(crate) use roots::is_root;

use std::fmt;

use apdu_spec::certificate::{Certificate, CertificateBuilder, assemble};
use apdu_spec::date::Date;
use apdu_spec::limits::CERTIFICATE_MAX;
use apdu_spec::object::ProviderId;
use apdu_spec::reason::Reason;

use crate::crypto::{Digest, sha256, verifies};
use crate::decision::{Denial, deny};
use crate::error::{Error, Result};
use crate::signer::Signer;

/// Clocks differ, by time zone if nothing else: a certificate may begin this many days from now.
const SLACK_DAYS: u32 = 1;

/// A certificate with its bytes. Its encoding is known to be good; whether to trust it is another matter.
#[derive(Clone, PartialEq, Eq)]
pub struct OwnedCertificate {
    encoded: Vec<u8>,
    digest: Digest,
}

impl OwnedCertificate {
    /// Takes a complete 7F21 object; `name` is what errors call it.
    ///
    /// # Errors
    /// [`Error::Input`] with the position.
    pub fn parse(name: &str, encoded: &[u8]) -> Result<Self> {
        Certificate::parse(encoded).map_err(Error::tlv(name))?;
        Ok(Self {
            encoded: encoded.to_vec(),
            digest: sha256(encoded),
        })
    }

    /// Makes a certificate with the key of whoever certifies.
    ///
    /// # Errors
    /// [`Error::Unfit`] if it would be longer than certificates may be; what the signer answers.
    pub fn sign(builder: &CertificateBuilder<'_>, signer: &impl Signer) -> Result<Self> {
        let too_long = |_| Error::Unfit(format!("the certificate of {} would be too long", builder.holder));
        let (mut body, mut encoded) = ([0; CERTIFICATE_MAX], [0; CERTIFICATE_MAX]);
        let length = builder.write_body(&mut body).map_err(too_long)?;
        let body = body.get(..length).unwrap_or_default();
        let length = assemble(body, &signer.sign(body)?, &mut encoded).map_err(too_long)?;
        Self::parse("new certificate", encoded.get(..length).unwrap_or_default())
    }

    /// Its fields.
    ///
    /// # Errors
    /// None in fact: the encoding was good when this was made.
    pub fn view(&self) -> Result<Certificate<'_>> {
        Certificate::parse(&self.encoded).map_err(Error::tlv("certificate"))
    }

    /// The complete 7F21 object.
    #[must_use]
    pub fn encoded(&self) -> &[u8] {
        &self.encoded
    }

    /// SHA-256 of it.
    #[must_use]
    pub fn digest(&self) -> &Digest {
        &self.digest
    }

    /// The identity of the party that holds it, when `root` is the root it is registered under.
    ///
    /// # Errors
    /// As [`Self::view`].
    pub fn identity(&self, root: &Self) -> Result<ProviderId> {
        Ok(ProviderId {
            root: root.digest,
            name: self.view()?.holder.identity(),
        })
    }
}

impl fmt::Debug for OwnedCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OwnedCertificate({})", hex::encode(self.digest))
    }
}

/// Whether a certificate is good today under one that is trusted.
///
/// # Errors
/// The first reason why not.
pub fn check(
    certificate: &Certificate<'_>,
    authority: &Certificate<'_>,
    today: Date,
) -> std::result::Result<(), Denial> {
    check_undated(certificate, authority)?;
    check_dates(certificate, today)
}

/// What of [`check`] is the same on every day: names, roles, rights and the signature.
fn check_undated(
    certificate: &Certificate<'_>,
    authority: &Certificate<'_>,
) -> std::result::Result<(), Denial> {
    let name = certificate.holder;
    certificate.check_under(authority).map_err(|reason| {
        Denial::new(
            reason,
            format!("certificate {name} under {}: {reason}", authority.holder),
        )
    })?;
    if verifies(authority.point, certificate.body, certificate.signature) {
        return Ok(());
    }
    deny(
        Reason::BadSignature,
        format!("certificate {name} is not signed by {}", authority.holder),
    )
}

/// Whether `today` lies between the certificate's dates.
///
/// # Errors
/// [`Reason::Expired`] or [`Reason::NotYetValid`].
pub fn check_dates(certificate: &Certificate<'_>, today: Date) -> std::result::Result<(), Denial> {
    let name = certificate.holder;
    if certificate.expiration < today {
        return deny(
            Reason::Expired,
            format!("certificate {name} ended on {}", certificate.expiration),
        );
    }
    if certificate.effective > today.add_days(SLACK_DAYS) {
        return deny(
            Reason::NotYetValid,
            format!("certificate {name} begins on {}", certificate.effective),
        );
    }
    Ok(())
}
