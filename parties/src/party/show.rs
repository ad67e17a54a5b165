//! A party and its certificates for people and for JSON.

use apdu_spec::certificate::{Certificate, Extension};
use apdu_spec::object::Mode;
use serde::Serialize;

use super::{Party, role_name};
use crate::certificate::OwnedCertificate;
use crate::error::Result;

/// A certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CertificateDescription {
    /// Its own reference.
    pub holder: String,
    /// Reference of the certifying key.
    pub authority: String,
    /// Role of its holder.
    pub role: &'static str,
    /// Numbers of the modes in which its holder may take part.
    pub modes: Vec<u8>,
    /// First day.
    pub effective: String,
    /// Last day.
    pub expiration: String,
    /// SHA-256 of it, hexadecimal.
    pub digest: String,
    /// Roots of data registrars that an issuer may bind, hexadecimal digests.
    pub data_registrars: Vec<String>,
    /// AID prefixes that a provider may use, hexadecimal.
    pub prefixes: Vec<String>,
    /// Name of the party whose affairs a successor winds up.
    pub predecessor: Option<String>,
}

/// A party.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Description {
    /// Its role.
    pub role: &'static str,
    /// Country and mnemonic.
    pub name: String,
    /// Its folder.
    pub folder: String,
    /// Its database.
    pub database: String,
    /// Public key, hexadecimal.
    pub public_key: String,
    /// Its certificate, if it has one yet.
    pub certificate: Option<CertificateDescription>,
    /// Its certificates as the successor of parties that are gone, by their names.
    pub successions: Vec<CertificateDescription>,
    /// Roots it trusts.
    pub trusts: Vec<CertificateDescription>,
}

/// Describes a certificate.
///
/// # Errors
/// None in fact.
pub fn describe_certificate(certificate: &OwnedCertificate) -> Result<CertificateDescription> {
    let view: Certificate<'_> = certificate.view()?;
    let (mut data_registrars, mut prefixes) = (Vec::new(), Vec::new());
    let mut predecessor = None;
    match view.extension {
        Extension::Issuer(issuer) => data_registrars.extend(issuer.data_registrar_roots().map(hex::encode)),
        Extension::Provider(provider) => {
            prefixes.extend(provider.prefixes().map(|prefix| prefix.to_string()));
        }
        Extension::Successor(successor) => {
            predecessor = Some(successor.predecessor.to_string());
            data_registrars.extend(successor.data_registrar_roots().map(hex::encode));
        }
        Extension::None | Extension::Card(_) => {}
    }
    Ok(CertificateDescription {
        holder: view.holder.to_string(),
        authority: view.authority.to_string(),
        role: view.role.name(),
        modes: Mode::ALL
            .iter()
            .filter(|mode| view.rights.allows(**mode))
            .map(|mode| mode.code())
            .collect(),
        effective: view.effective.to_string(),
        expiration: view.expiration.to_string(),
        digest: hex::encode(certificate.digest()),
        data_registrars,
        prefixes,
        predecessor,
    })
}

impl Party {
    /// The party for people and for JSON; nothing secret.
    ///
    /// # Errors
    /// [`crate::Error::File`] or [`crate::Error::Input`] naming a damaged file.
    pub fn show(&self) -> Result<Description> {
        Ok(Description {
            role: role_name(self.role).unwrap_or_default(),
            name: self.name.to_string(),
            folder: self.folder.display().to_string(),
            database: format!("{:?}", self.location),
            public_key: hex::encode(self.point()?),
            certificate: self
                .certificate()?
                .as_ref()
                .map(describe_certificate)
                .transpose()?,
            successions: self
                .successor_certificates()?
                .iter()
                .map(describe_certificate)
                .collect::<Result<_>>()?,
            trusts: self
                .trusted()?
                .iter()
                .map(describe_certificate)
                .collect::<Result<_>>()?,
        })
    }
}
