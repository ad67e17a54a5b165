//! Registrars that somebody trusts, and whose a certificate, a link or a list is.

use apdu_spec::certificate::{Certificate, Role};
use apdu_spec::object::{RevocationList, Signed};
use apdu_spec::reason::Reason;

use super::{OwnedCertificate, Registered};
use crate::crypto::{Digest, sha256};
use crate::decision::Denial;
use crate::error::{Error, Result};
use crate::plain::with_article;

/// Registrars that a party trusts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Roots(Vec<Registered>);

impl Roots {
    /// Trusts nobody.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Trusts one more registrar, and gives the digest of this its first root; `name` is what errors call it.
    ///
    /// # Errors
    /// As [`Registered::new`].
    pub fn add(&mut self, name: &str, encoded: &[u8]) -> Result<Digest> {
        let registrar = Registered::new(name, encoded)?;
        let anchor = *registrar.anchor();
        if self.find(&anchor).is_none() {
            self.0.push(registrar);
        }
        Ok(anchor)
    }

    /// Checks a certificate of the registrar with this first root, whatever the day, and gives that registrar: its
    /// signature needs no second look afterwards.
    ///
    /// # Errors
    /// [`Error::Unfit`] with the reason why it is no certificate of that registrar.
    pub(crate) fn check_own(
        &mut self,
        anchor: &Digest,
        certificate: &Certificate<'_>,
    ) -> Result<&Registered> {
        let known = self.0.iter_mut().find(|known| known.anchor() == anchor);
        let registrar = known.ok_or(Error::Cryptography("find the registrar"))?;
        registrar
            .check_for_good(certificate)
            .map_err(|denial| Error::Unfit(denial.to_string()))?;
        Ok(registrar)
    }

    /// Takes in a link of a registrar that is trusted, and gives the digest of its first root.
    ///
    /// # Errors
    /// As [`Registered::add_link`]; [`Error::Denied`] if no registrar that is trusted signed it.
    pub fn add_link(&mut self, name: &str, encoded: &[u8]) -> Result<Digest> {
        let view = Certificate::parse(encoded).map_err(Error::tlv(name))?;
        for registrar in &mut self.0 {
            // Names are not unique: what counts is who signed.
            if registrar.root().view()?.role == view.role
                && !is_root(&view)
                && (registrar.certified(&view)? || registrar.by_digest(&sha256(encoded)).is_some())
            {
                registrar.add_link(name, encoded)?;
                return Ok(*registrar.anchor());
            }
        }
        let text = match view.role.is_root() {
            true => format!(
                "link certificate {} is of no registrar that is trusted here",
                view.holder
            ),
            false => format!(
                "{} is the certificate of {}, not of a registrar",
                view.holder,
                with_article(view.role)
            ),
        };
        Err(Error::Denied(Denial::new(Reason::UnknownAuthority, text)))
    }

    /// Takes in a revocation list (F0) of a registrar that is trusted, and gives the digest of its first root.
    ///
    /// # Errors
    /// As [`Registered::add_list`]; [`Error::Denied`] if no registrar that is trusted signed it.
    pub fn add_list(&mut self, name: &str, encoded: &[u8]) -> Result<Digest> {
        let signed = Signed::parse(encoded).map_err(Error::tlv(name))?;
        let list: RevocationList<'_> = signed.read().map_err(Error::tlv(name))?;
        let signer = list.header.certificate;
        let registrar = self.0.iter_mut().find(|known| known.by_digest(&signer).is_some());
        let Some(registrar) = registrar else {
            let text = "the revocation list is of no registrar that is trusted here";
            return Err(Error::Denied(Denial::new(Reason::UnknownAuthority, text)));
        };
        registrar.add_list(name, encoded)?;
        Ok(*registrar.anchor())
    }

    /// The first root with this digest.
    #[must_use]
    pub fn find(&self, anchor: &Digest) -> Option<&OwnedCertificate> {
        self.registrar(anchor).map(Registered::root)
    }

    /// The registrar whose first root has this digest.
    #[must_use]
    pub fn registrar(&self, anchor: &Digest) -> Option<&Registered> {
        self.0.iter().find(|known| known.anchor() == anchor)
    }

    /// As [`Self::registrar`], if it is one of this role.
    ///
    /// # Errors
    /// As [`OwnedCertificate::view`].
    pub fn registrar_as(&self, anchor: &Digest, role: Role) -> Result<Option<&Registered>> {
        match self.registrar(anchor) {
            Some(registrar) if registrar.root().view()?.role == role => Ok(Some(registrar)),
            _ => Ok(None),
        }
    }

    /// Whether a registrar of this role is trusted at all.
    ///
    /// # Errors
    /// As [`OwnedCertificate::view`].
    pub fn has(&self, role: Role) -> Result<bool> {
        for registrar in &self.0 {
            if registrar.root().view()?.role == role {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The first root of the registrar of this role that certified `certificate`, by name and signature.
    ///
    /// # Errors
    /// As [`OwnedCertificate::view`].
    pub fn authority_of(
        &self,
        certificate: &Certificate<'_>,
        role: Role,
    ) -> Result<Option<&OwnedCertificate>> {
        for registrar in &self.0 {
            if registrar.root().view()?.role == role && registrar.certified(certificate)? {
                return Ok(Some(registrar.root()));
            }
        }
        Ok(None)
    }

    /// All first roots.
    pub fn iter(&self) -> impl Iterator<Item = &OwnedCertificate> {
        self.0.iter().map(Registered::root)
    }

    /// All registrars.
    pub fn registrars(&self) -> impl Iterator<Item = &Registered> {
        self.0.iter()
    }
}

/// Whether a registrar's certificate is signed by its own key: then it is a first root, else a link.
pub(crate) fn is_root(certificate: &Certificate<'_>) -> bool {
    certificate.role.is_root() && certificate.authority == certificate.holder
}
