//! What every certified party has: its certificate, its registrar, and whom else it trusts.

use apdu_spec::certificate::{Certificate, Role};
use apdu_spec::date::Date;
use apdu_spec::object::ProviderId;
use apdu_spec::reason::Reason;

use super::{OwnedCertificate, Registered, Roots};
use crate::crypto::{Digest, Point};
use crate::decision::{Denial, deny};
use crate::error::{Error, Result};
use crate::plain::with_article;

/// A certificate under one of the registrars that its holder trusts.
#[derive(Debug)]
pub(crate) struct Membership {
    certificate: OwnedCertificate,
    root: OwnedCertificate,
    roots: Roots,
}

impl Membership {
    /// Checks that `certificate` is of this role, under the registrar with this first root, and over `point`. Its dates
    /// and whether it was revoked are for each use.
    pub(crate) fn new(
        certificate: &[u8],
        root: &[u8],
        mut roots: Roots,
        role: Role,
        point: &Point,
    ) -> Result<Self> {
        let certificate = OwnedCertificate::parse("own certificate", certificate)?;
        let anchor = roots.add("registrar's root", root)?;
        let view = certificate.view()?;
        let root = roots.check_own(&anchor, &view)?.root().clone();
        if view.role != role {
            return Err(Error::Unfit(format!(
                "it is the certificate of {}, not of {}",
                with_article(view.role),
                with_article(role)
            )));
        }
        if view.point != point {
            return Err(Error::Unfit("the certificate is over another key".into()));
        }
        Ok(Self {
            certificate,
            root,
            roots,
        })
    }

    pub(crate) fn certificate(&self) -> &OwnedCertificate {
        &self.certificate
    }

    pub(crate) fn roots(&self) -> &Roots {
        &self.roots
    }

    /// The first root of its registrar.
    pub(crate) fn root(&self) -> &OwnedCertificate {
        &self.root
    }

    pub(crate) fn anchor(&self) -> &Digest {
        self.root.digest()
    }

    pub(crate) fn registrar(&self) -> Result<&Registered> {
        self.roots
            .registrar(self.anchor())
            .ok_or(Error::Cryptography("find the registrar"))
    }

    /// The certificate, if it still is good.
    pub(crate) fn valid(&self, today: Date) -> Result<std::result::Result<Certificate<'_>, Denial>> {
        let view = self.certificate.view()?;
        Ok(self.registrar()?.judge(&view, today).map(|()| view))
    }

    pub(crate) fn identity(&self) -> Result<ProviderId> {
        Ok(ProviderId {
            root: *self.anchor(),
            name: self.certificate.view()?.holder.identity(),
        })
    }

    /// The registrar of this role with this first root, if it is trusted.
    pub(crate) fn trusted(
        &self,
        anchor: &Digest,
        role: Role,
    ) -> Result<std::result::Result<&Registered, Denial>> {
        Ok(match self.roots.registrar_as(anchor, role)? {
            Some(registrar) => Ok(registrar),
            None => deny(
                Reason::UnknownAuthority,
                format!("the card's {role} is not trusted here"),
            ),
        })
    }
}
