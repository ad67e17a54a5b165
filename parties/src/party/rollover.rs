//! A registrar's next key: the folder keeps every key and every certificate, and the first root stays its name for all.
//!
//! The new key is written first and the link last: a roll-over has happened when the link is there, and one that was
//! interrupted goes on with the key that it made.

use std::fs;

use apdu_spec::certificate::Rights;
use apdu_spec::date::Date;
use apdu_spec::limits::CERTIFICATE_MAX;

use super::{CERTIFICATE, KEY, Party, read_certificate};
use crate::error::{Error, Result};
use crate::file::{self, Existing};
use crate::signer::{EncryptedKeyFile, Passphrase, Signer, WorkFactor};

fn link_file(sequence: u32) -> String {
    format!("link-{sequence:05}.cvc")
}

fn key_file(sequence: u32) -> String {
    format!("key-{sequence:05}.pem")
}

impl Party {
    /// A registrar's links after its first root, oldest first, 7F21 each; nobody else has any.
    ///
    /// # Errors
    /// [`Error::File`]; [`Error::Input`] for a damaged root.
    pub fn links(&self) -> Result<Vec<Vec<u8>>> {
        let mut links = Vec::new();
        if !self.role.is_root() {
            return Ok(links);
        }
        let mut sequence = self.first_sequence()?;
        loop {
            sequence = sequence.saturating_add(1);
            let path = self.path(&link_file(sequence));
            if !fs::exists(&path).map_err(Error::file(&path, "read"))? {
                return Ok(links);
            }
            links.push(file::read(&path, CERTIFICATE_MAX)?);
        }
    }

    fn first_sequence(&self) -> Result<u32> {
        let root = read_certificate(&self.path(CERTIFICATE))?;
        Ok(root.view()?.holder.sequence())
    }

    /// Sequence number of a registrar's newest key.
    fn sequence(&self) -> Result<u32> {
        let links = u32::try_from(self.links()?.len()).unwrap_or(u32::MAX);
        Ok(self.first_sequence()?.saturating_add(links))
    }

    /// The file of its newest key.
    pub(super) fn key_file(&self) -> Result<String> {
        if !self.role.is_root() || self.links()?.is_empty() {
            return Ok(KEY.to_owned());
        }
        self.sequence().map(key_file)
    }

    /// Makes a registrar's next key, certified by its present one, and gives the link: everybody who trusts this
    /// registrar needs it, and every card before it meets a certificate by the new key.
    ///
    /// # Errors
    /// [`Error::Unfit`] for another role; [`Error::Denied`] for more rights than it has; as [`Self::unlock`].
    pub fn rollover(
        &self,
        passphrase: &Passphrase,
        work: WorkFactor,
        rights: Rights,
        validity: (Date, Date),
    ) -> Result<Vec<u8>> {
        let registrar = self.open_registrar(passphrase)?;
        let next = self.sequence()?.saturating_add(1);
        let path = self.path(&key_file(next));
        let key = match EncryptedKeyFile::create(&path, passphrase, work) {
            Err(Error::Exists(_)) => EncryptedKeyFile::open(&path, passphrase)?,
            made => made?,
        };
        let link = registrar.link(key.point(), rights, validity)?;
        file::write(
            &self.path(&link_file(next)),
            link.encoded(),
            0o644,
            Existing::Refuse,
        )?;
        Ok(link.encoded().to_vec())
    }
}
