//! One registrar that somebody trusts: its first root, the links to later ones, and what it revoked.
//!
//! SPEC.md section 3. A first root gets here because a person said so; links and lists because a root signed them.

use apdu_spec::certificate::Certificate;
use apdu_spec::date::Date;
use apdu_spec::object::{Mode, NO_PREVIOUS, RevocationList, Signed};
use apdu_spec::reason::Reason;

use super::{OwnedCertificate, check, check_dates, check_undated};
use crate::crypto::{Digest, sha256, signed_by, verifies};
use crate::decision::{Denial, deny};
use crate::error::{Error, Result};

/// A registrar: one party, however often its key rolled over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registered {
    // The first root, then the links by rising sequence: never empty.
    root: OwnedCertificate,
    links: Vec<OwnedCertificate>,
    list: Option<List>,
    // Of certificates that were checked under one of the keys for good: their digest, and that of the root or link.
    checked: Vec<[Digest; 2]>,
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
            checked: Vec::new(),
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
        let digests = [sha256(certificate.encoded), sha256(authority.encoded)];
        for (digest, holder) in digests.iter().zip([certificate.holder, authority.holder]) {
            if self.is_revoked(digest) {
                return deny(
                    Reason::Revoked,
                    format!("certificate {holder} is on its registrar's revocation list"),
                );
            }
        }
        if !self.checked.contains(&digests) {
            check_undated(certificate, &authority)?;
        }
        check_dates(certificate, today)
    }

    /// As [`Self::judge_undated`], and remembers it: from now on [`Self::judge`] looks at no more than dates and
    /// revocations of these very bytes. For the one certificate that a party shows every time: its own.
    pub(super) fn check_for_good(
        &mut self,
        certificate: &Certificate<'_>,
    ) -> std::result::Result<(), Denial> {
        let authority = self.authority(certificate)?;
        check(certificate, &authority, certificate.effective)?;
        let digests = [sha256(certificate.encoded), sha256(authority.encoded)];
        self.checked.push(digests);
        Ok(())
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
