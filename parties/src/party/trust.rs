//! Whom a party trusts: registrars' first roots, links after them, and revocation lists.

use std::fs;
use std::path::PathBuf;

use apdu_spec::certificate::Certificate;
use apdu_spec::limits::CERTIFICATE_MAX;
use apdu_spec::object::{RevocationList, Signed};

use super::{Party, TRUST};
use crate::certificate::{OwnedCertificate, Roots, is_root};
use crate::crypto::{Digest, sha256};
use crate::error::{Error, Result};
use crate::file::{self, Existing};

/// Most files of one kind in the folder.
const TRUST_MAX: usize = 256;
/// Longest revocation list, in bytes.
const LIST_MAX: usize = RevocationList::MAX + Signed::OVERHEAD;

/// A file in the folder, with its name for errors.
struct Entry {
    name: String,
    bytes: Vec<u8>,
}

impl Party {
    /// The registrars it trusts, with what is known of their later keys and of what they revoked.
    ///
    /// # Errors
    /// [`Error::File`]; [`Error::Input`] naming the file that holds no root; [`Error::Denied`] for a link or a list that
    /// does not follow from one.
    pub fn trusted(&self) -> Result<Roots> {
        let (mut roots, mut links) = (Roots::new(), Vec::new());
        for entry in self.trust_files("cvc", CERTIFICATE_MAX)? {
            let view = Certificate::parse(&entry.bytes).map_err(Error::tlv(&entry.name))?;
            if view.role.is_root() && !is_root(&view) {
                links.push((view.holder.sequence(), entry));
            } else {
                roots.add(&entry.name, &entry.bytes)?;
            }
        }
        // A link is good only after the one before.
        links.sort_by_key(|(sequence, _)| *sequence);
        for (_, link) in links {
            roots.add_link(&link.name, &link.bytes)?;
        }
        for list in self.trust_files("crl", LIST_MAX)? {
            roots.add_list(&list.name, &list.bytes)?;
        }
        Ok(roots)
    }

    fn trust_files(&self, extension: &str, longest: usize) -> Result<Vec<Entry>> {
        let folder = self.path(TRUST);
        let mut paths = Vec::new();
        for entry in fs::read_dir(&folder).map_err(Error::file(&folder, "read"))? {
            let path = entry.map_err(Error::file(&folder, "read"))?.path();
            if path.extension().is_some_and(|found| found == extension) {
                paths.push(path);
            }
        }
        if paths.len() > TRUST_MAX {
            return Err(Error::input(
                folder.display().to_string(),
                format!("more than {TRUST_MAX} files {extension}"),
            ));
        }
        paths.sort();
        let read = |path: PathBuf| {
            Ok(Entry {
                name: path.display().to_string(),
                bytes: file::read(&path, longest)?,
            })
        };
        paths.into_iter().map(read).collect()
    }

    /// Trusts a registrar's first root from now on. The same again changes nothing.
    ///
    /// # Errors
    /// [`Error::Input`] if it is none; [`Error::File`].
    pub fn trust(&self, root: &[u8]) -> Result<Digest> {
        let digest = Roots::new().add("root certificate", root)?;
        self.keep_certificate(root, &digest)?;
        Ok(digest)
    }

    /// Takes in a link of a registrar that it trusts; gives the digest of that registrar's first root.
    ///
    /// # Errors
    /// [`Error::Input`] if it is none; [`Error::Denied`] if it does not follow; [`Error::File`].
    pub fn trust_link(&self, link: &[u8]) -> Result<Digest> {
        let anchor = self.trusted()?.add_link("link certificate", link)?;
        self.keep_certificate(link, &sha256(link))?;
        Ok(anchor)
    }

    /// Takes in a revocation list of a registrar that it trusts; gives the digest of that registrar's first root. An
    /// older list than the one it has never returns.
    ///
    /// # Errors
    /// [`Error::Input`] if it is none; [`Error::Denied`] if it is not newer, or not that registrar's; [`Error::File`].
    pub fn trust_list(&self, list: &[u8]) -> Result<Digest> {
        let anchor = self.trusted()?.add_list("revocation list", list)?;
        let path = self.path(TRUST).join(format!("{}.crl", hex::encode(anchor)));
        file::write(&path, list, 0o644, Existing::Replace)?;
        Ok(anchor)
    }

    fn keep_certificate(&self, encoded: &[u8], digest: &Digest) -> Result<()> {
        let holder = OwnedCertificate::parse("root certificate", encoded)?
            .view()?
            .holder;
        let short = hex::encode(digest.get(..8).unwrap_or_default());
        let path = self.path(TRUST).join(format!("{holder}-{short}.cvc"));
        file::write(&path, encoded, 0o644, Existing::Replace)
    }
}
