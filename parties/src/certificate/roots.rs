//! Registrars that somebody trusts: their first roots, the links to later ones, and what they revoked.
//!
//! SPEC.md section 3. A first root gets here because a person said so; links and lists because a root signed them.

use apdu_spec::certificate::{Certificate, Role};
use apdu_spec::date::Date;
use apdu_spec::object::{Mode, NO_PREVIOUS, RevocationList, Signed};
use apdu_spec::reason::Reason;

use super::{OwnedCertificate, check, check_dates};
use crate::crypto::{Digest, sha256, signed_by, verifies};
use crate::decision::{Denial, deny};
use crate::error::{Error, Result};
use crate::plain::with_article;

/// A registrar: one party, however often its key rolled over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registered {
    // The first root, then the links by rising sequence: never empty.
    root: OwnedCertificate,
    links: Vec<OwnedCertificate>,
    list: Option<List>,
}

/// A verified revocation list.
#[derive(Clone, Debug, PartialEq, Eq)]
struct List {
    number: u32,
    encoded: Vec<u8>,
    revoked: Vec<Digest>,
}

impl Registered {
    /// A registrar with this first root, which nobody but a person vouches for; `name` is what errors call it.
    ///
    /// # Errors
    /// [`Error::Input`] if it is no certificate, no registrar's, or not signed by itself.
    pub fn new(name: &str, encoded: &[u8]) -> Result<Self> {
        let root = OwnedCertificate::parse(name, encoded)?;
        let view = root.view()?;
        view.check_root(view.role)
            .map_err(|reason| Error::input(name, format!("not a root: {reason}")))?;
        if !verifies(view.point, view.body, view.signature) {
            return Err(Error::input(
                name,
                "not a root: its own signature does not verify",
            ));
        }
        Ok(Self {
            root,
            links: Vec::new(),
            list: None,
        })
    }

    /// Digest of the first root, by which cards, requests and identities name this registrar for ever.
    #[must_use]
    pub fn anchor(&self) -> &Digest {
        self.root.digest()
    }

    /// The first root.
    #[must_use]
    pub fn root(&self) -> &OwnedCertificate {
        &self.root
    }

    /// The links after it, oldest first.
    #[must_use]
    pub fn links(&self) -> &[OwnedCertificate] {
        &self.links
    }

    /// The certificate over the newest key.
    #[must_use]
    pub fn newest(&self) -> &OwnedCertificate {
        self.links.last().unwrap_or(&self.root)
    }

    /// The newest revocation list known, F0.
    #[must_use]
    pub fn list(&self) -> Option<&[u8]> {
        self.list.as_ref().map(|list| list.encoded.as_slice())
    }

    /// Number of the newest revocation list known.
    #[must_use]
    pub fn list_number(&self) -> Option<u32> {
        self.list.as_ref().map(|list| list.number)
    }

    /// Whether the newest list names the certificate with this digest.
    #[must_use]
    pub fn is_revoked(&self, digest: &Digest) -> bool {
        self.list
            .as_ref()
            .is_some_and(|list| list.revoked.contains(digest))
    }

    fn chain(&self) -> impl DoubleEndedIterator<Item = &OwnedCertificate> {
        std::iter::once(&self.root).chain(&self.links)
    }

    /// The root or link whose holder signed, by digest of its certificate.
    pub(crate) fn by_digest(&self, digest: &Digest) -> Option<&OwnedCertificate> {
        self.chain().find(|own| own.digest() == digest)
    }

    /// Takes in the next link, a certificate by the newest key over the one after it. One that is there already
    /// changes nothing.
    ///
    /// # Errors
    /// [`Error::Input`] if it is malformed; [`Error::Denied`] if it does not follow.
    pub fn add_link(&mut self, name: &str, encoded: &[u8]) -> Result<()> {
        let link = OwnedCertificate::parse(name, encoded)?;
        if self.links.contains(&link) {
            return Ok(());
        }
        let view = link.view()?;
        let judged = || -> std::result::Result<(), Denial> {
            let newest = self.newest().view().map_err(broken)?;
            view.check_link(&newest).map_err(|reason| {
                Denial::new(reason, format!("link certificate {}: {reason}", view.holder))
            })?;
            if self.is_revoked(link.digest()) {
                return deny(
                    Reason::Revoked,
                    format!("link certificate {} is on the revocation list", view.holder),
                );
            }
            if verifies(newest.point, view.body, view.signature) {
                Ok(())
            } else {
                deny(
                    Reason::BadSignature,
                    format!(
                        "link certificate {} is not signed by {}",
                        view.holder, newest.holder
                    ),
                )
            }
        };
        judged().map_err(Error::Denied)?;
        self.links.push(link);
        Ok(())
    }

    /// Takes in a revocation list (F0). The one that is there already changes nothing; an older one never returns.
    ///
    /// # Errors
    /// [`Error::Input`] if it is malformed; [`Error::Denied`] if it is not this registrar's, or too old.
    pub fn add_list(&mut self, name: &str, encoded: &[u8]) -> Result<()> {
        if self.list() == Some(encoded) {
            return Ok(());
        }
        let signed = Signed::parse(encoded).map_err(Error::tlv(name))?;
        let list: RevocationList<'_> = signed.read().map_err(Error::tlv(name))?;
        self.judge_list(&signed, &list).map_err(Error::Denied)?;
        if self
            .list
            .as_ref()
            .is_some_and(|known| known.number >= list.number)
        {
            let text = format!(
                "revocation list {} is not newer than the one known here",
                list.number
            );
            return Err(Error::Denied(Denial::new(Reason::ListTooOld, text)));
        }
        self.list = Some(List {
            number: list.number,
            encoded: encoded.to_vec(),
            revoked: list.revoked().copied().collect(),
        });
        Ok(())
    }

    fn judge_list(&self, signed: &Signed<'_>, list: &RevocationList<'_>) -> std::result::Result<(), Denial> {
        let header = &list.header;
        let Some(signer) = self.by_digest(&header.certificate) else {
            return deny(
                Reason::UnknownAuthority,
                "the revocation list is of another registrar",
            );
        };
        if self.is_revoked(signer.digest()) {
            return deny(
                Reason::Revoked,
                "the revocation list is signed with a key that was revoked",
            );
        }
        let signer = signer.view().map_err(broken)?;
        if header.role != signer.role
            || header.mode != Mode::RegisteredIssuer
            || header.previous != NO_PREVIOUS
        {
            return deny(
                Reason::WrongRole,
                "the revocation list is not signed as a registrar's",
            );
        }
        if signed_by(signer.point, signed) {
            Ok(())
        } else {
            deny(
                Reason::BadSignature,
                "the revocation list is not signed by its registrar",
            )
        }
    }

    /// Whether a certificate is good today under one of this registrar's keys, and not revoked.
    ///
    /// # Errors
    /// The first reason why not.
    pub fn judge(&self, certificate: &Certificate<'_>, today: Date) -> std::result::Result<(), Denial> {
        let authority = self.authority(certificate)?;
        check_dates(&authority, today)?;
        for (digest, holder) in [
            (sha256(certificate.encoded), certificate.holder),
            (sha256(authority.encoded), authority.holder),
        ] {
            if self.is_revoked(&digest) {
                return deny(
                    Reason::Revoked,
                    format!("certificate {holder} is on its registrar's revocation list"),
                );
            }
        }
        check(certificate, &authority, today)
    }

    /// As [`Self::judge`] on the certificate's first day, by the keys alone: for what is only kept, not relied on.
    pub(crate) fn judge_undated(&self, certificate: &Certificate<'_>) -> std::result::Result<(), Denial> {
        check(certificate, &self.authority(certificate)?, certificate.effective)
    }

    /// The root or link that the certificate names; the root if it names none of them.
    fn authority(&self, certificate: &Certificate<'_>) -> std::result::Result<Certificate<'_>, Denial> {
        let mut authority = self.root.view().map_err(broken)?;
        for own in &self.links {
            let view = own.view().map_err(broken)?;
            if view.holder == certificate.authority {
                authority = view;
            }
        }
        Ok(authority)
    }

    /// Whether one of this registrar's keys certified `certificate`, whatever the day.
    ///
    /// # Errors
    /// As [`OwnedCertificate::view`].
    pub fn certified(&self, certificate: &Certificate<'_>) -> Result<bool> {
        for own in self.chain() {
            let view = own.view()?;
            if view.holder == certificate.authority
                && verifies(view.point, certificate.body, certificate.signature)
            {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// A certificate that was readable when it was taken in is not any more.
fn broken(error: Error) -> Denial {
    Denial::new(Reason::UnknownAuthority, error.to_string())
}

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

    /// Takes in a link of a registrar that is trusted, and gives the digest of its first root.
    ///
    /// # Errors
    /// As [`Registered::add_link`]; [`Error::Denied`] if no registrar that is trusted signed it.
    pub fn add_link(&mut self, name: &str, encoded: &[u8]) -> Result<Digest> {
        let view = Certificate::parse(encoded).map_err(Error::tlv(name))?;
        for registrar in &mut self.0 {
            // Names are not unique: what counts is who signed.
            if registrar.root.view()?.role == view.role
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
            Some(registrar) if registrar.root.view()?.role == role => Ok(Some(registrar)),
            _ => Ok(None),
        }
    }

    /// Whether a registrar of this role is trusted at all.
    ///
    /// # Errors
    /// As [`OwnedCertificate::view`].
    pub fn has(&self, role: Role) -> Result<bool> {
        for registrar in &self.0 {
            if registrar.root.view()?.role == role {
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
            if registrar.root.view()?.role == role && registrar.certified(certificate)? {
                return Ok(Some(&registrar.root));
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
