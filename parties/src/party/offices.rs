//! Opening a party's office: its key, its certificate, and everyone it trusts.

use std::fs;

use apdu_spec::certificate::{Mnemonic, Role};

use super::{CERTIFICATE, Party, TRUST, is_successor_file, read_certificate, successor_file};
use crate::certificate::{OwnedCertificate, Roots};
use crate::certifier::Certifier;
use crate::error::{Error, Result};
use crate::issuer::Issuer;
use crate::office::{CertifierOffice, IssuerOffice, ProviderOffice, RegistrarOffice};
use crate::provider::Provider;
use crate::registrar::Registrar;
use crate::signer::{EncryptedKeyFile, Passphrase};

impl Party {
    /// A certificate of its own, the first root it is under, and everyone it trusts.
    pub(super) fn certified(
        &self,
        certificate: Option<OwnedCertificate>,
    ) -> Result<(OwnedCertificate, OwnedCertificate, Roots)> {
        let missing = || {
            Error::Unfit(format!(
                "{} has no certificate yet: its registrar must give one",
                self.name
            ))
        };
        let (certificate, roots) = (certificate.ok_or_else(missing)?, self.trusted()?);
        let role = self.role.certified_by().ok_or_else(missing)?;
        let root = roots.authority_of(&certificate.view()?, role)?.cloned();
        let root = root.ok_or_else(|| {
            Error::Unfit(format!(
                "the root of {}'s registrar is not in {}",
                self.name,
                self.path(TRUST).display()
            ))
        })?;
        Ok((certificate, root, roots))
    }

    /// Its certificate as the successor of `predecessor`.
    ///
    /// # Errors
    /// [`Error::Unfit`] if it has none; [`Error::File`]; [`Error::Input`] if the file holds none.
    pub fn successor_certificate(&self, predecessor: &Mnemonic) -> Result<OwnedCertificate> {
        let path = self.path(&successor_file(predecessor));
        if fs::exists(&path).map_err(Error::file(&path, "read"))? {
            return read_certificate(&path);
        }
        Err(Error::Unfit(format!(
            "{} has no certificate as the successor of {predecessor}",
            self.name
        )))
    }

    /// All certificates that make it a successor, in the order of the names of those that are gone.
    ///
    /// # Errors
    /// [`Error::File`]; [`Error::Input`] if a file holds none.
    pub fn successor_certificates(&self) -> Result<Vec<OwnedCertificate>> {
        let mut paths = Vec::new();
        for entry in fs::read_dir(&self.folder).map_err(Error::file(&self.folder, "read"))? {
            let entry = entry.map_err(Error::file(&self.folder, "read"))?;
            if is_successor_file(&entry.file_name()) {
                paths.push(entry.path());
            }
        }
        paths.sort();
        paths.iter().map(|path| read_certificate(path)).collect()
    }

    /// Opens the office of a registrar.
    ///
    /// # Errors
    /// [`Error::Unfit`] for another role; as [`Self::unlock`].
    pub fn registrar(self, passphrase: &Passphrase) -> Result<RegistrarOffice<EncryptedKeyFile>> {
        let registrar = self.open_registrar(passphrase)?;
        Ok(RegistrarOffice::new(registrar, self.database))
    }

    pub(super) fn open_registrar(&self, passphrase: &Passphrase) -> Result<Registrar<EncryptedKeyFile>> {
        self.demand(self.role.is_root(), "a registrar")?;
        let root = read_certificate(&self.path(CERTIFICATE))?;
        Registrar::with_links(root.encoded(), &self.links()?, self.unlock(passphrase)?)
    }

    /// Opens the office of an issuer.
    ///
    /// # Errors
    /// [`Error::Unfit`] for another role, or without a certificate; as [`Self::unlock`].
    pub fn issuer(self, passphrase: &Passphrase) -> Result<IssuerOffice<EncryptedKeyFile>> {
        let certificate = self.certificate()?;
        self.issuer_with(certificate, passphrase)
    }

    /// As [`Self::issuer`], as the successor of an issuer that is gone: it registers that one's cards.
    ///
    /// # Errors
    /// As [`Self::issuer`].
    pub fn issuer_as_successor(
        self,
        predecessor: &Mnemonic,
        passphrase: &Passphrase,
    ) -> Result<IssuerOffice<EncryptedKeyFile>> {
        let certificate = self.successor_certificate(predecessor)?;
        self.issuer_with(Some(certificate), passphrase)
    }

    fn issuer_with(
        self,
        certificate: Option<OwnedCertificate>,
        passphrase: &Passphrase,
    ) -> Result<IssuerOffice<EncryptedKeyFile>> {
        self.demand(self.role == Role::Issuer, "an issuer")?;
        let (certificate, root, roots) = self.certified(certificate)?;
        let key = self.unlock(passphrase)?;
        let issuer = Issuer::new(certificate.encoded(), root.encoded(), roots, key)?;
        Ok(IssuerOffice::new(issuer, self.database))
    }

    /// Opens the office of a provider.
    ///
    /// # Errors
    /// [`Error::Unfit`] for another role, or without a certificate; as [`Self::unlock`].
    pub fn provider(self, passphrase: &Passphrase) -> Result<ProviderOffice<EncryptedKeyFile>> {
        let certificate = self.certificate()?;
        self.provider_with(certificate, passphrase)
    }

    /// As [`Self::provider`], as the successor of a provider that is gone: it takes part in deleting what that one left.
    ///
    /// # Errors
    /// As [`Self::provider`].
    pub fn provider_as_successor(
        self,
        predecessor: &Mnemonic,
        passphrase: &Passphrase,
    ) -> Result<ProviderOffice<EncryptedKeyFile>> {
        let certificate = self.successor_certificate(predecessor)?;
        self.provider_with(Some(certificate), passphrase)
    }

    fn provider_with(
        self,
        certificate: Option<OwnedCertificate>,
        passphrase: &Passphrase,
    ) -> Result<ProviderOffice<EncryptedKeyFile>> {
        self.demand(self.role == Role::Provider, "a provider")?;
        let (certificate, root, roots) = self.certified(certificate)?;
        let key = self.unlock(passphrase)?;
        let provider = Provider::new(certificate.encoded(), root.encoded(), roots, key)?;
        Ok(ProviderOffice::new(provider, self.database))
    }

    /// Opens the office of a data certifier.
    ///
    /// # Errors
    /// [`Error::Unfit`] for another role, or without a certificate; as [`Self::unlock`].
    pub fn certifier(self, passphrase: &Passphrase) -> Result<CertifierOffice<EncryptedKeyFile>> {
        self.demand(self.role == Role::DataCertifier, "a data certifier")?;
        let (certificate, root, roots) = self.certified(self.certificate()?)?;
        let key = self.unlock(passphrase)?;
        let certifier = Certifier::new(certificate.encoded(), root.encoded(), roots, key)?;
        Ok(CertifierOffice::new(certifier, self.database))
    }
}
