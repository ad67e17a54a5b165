//! What a card demands before its content changes, in every mode.

use apdu_spec::object::{
    CertifiedData, FirstAuthorization, Mode, NO_PREVIOUS, RegistrarCertifiedData, SecondAuthorization,
};
use parties::crypto::sha256;
use parties::shared_key::CardKey;

use super::actor::{Actor, sign_by_mac};
use super::steps::{Chip, done, read_request, verify_certificate};
use super::{Result, SceneError};

/// Certificates to be verified and objects to be given, for one request.
#[derive(Clone, Debug)]
pub struct Evidence {
    /// Number of the request.
    pub number: u32,
    /// DPR, in mode 7 the certifier's certificate too.
    pub certificates: Vec<Vec<u8>>,
    /// SAR, SA alone in mode 4, or SDCI.
    pub first: Vec<u8>,
    /// SA, or SDCI'.
    pub second: Option<Vec<u8>>,
}

/// Who gives evidence.
#[derive(Clone, Copy, Debug)]
pub struct Signatories<'a> {
    /// Of the card.
    pub issuer: &'a Actor,
    /// Of the application.
    pub provider: &'a Actor,
    /// In mode 7.
    pub certifier: &'a Actor,
}

/// Evidence for the request (SR), in its mode, of the card with this certificate (RC).
///
/// # Errors
/// [`SceneError::Coding`] for what is no request.
pub fn evidence(request: &[u8], rc: &[u8], by: &Signatories<'_>) -> Result<Evidence> {
    let read = read_request(request)?;
    let (mode, previous) = (read.header.mode, sha256(request));
    let joint = |one: &Actor, other: &Actor| -> Result<(Vec<u8>, Option<Vec<u8>>)> {
        let first = one.sign(&FirstAuthorization {
            header: one.header(mode, previous),
            card_certificate: sha256(rc),
        })?;
        let header = other.header(mode, sha256(&first));
        let second = other.sign(&SecondAuthorization { header })?;
        Ok((first, Some(second)))
    };
    let mut certificates = vec![by.provider.certificate().to_vec()];
    let certified = || {
        by.provider.sign(&CertifiedData {
            header: by.provider.header(mode, NO_PREVIOUS),
            sdi: read.sdi,
        })
    };
    let (first, second) = match mode {
        Mode::ViaIssuer => joint(by.issuer, by.provider)?,
        Mode::ViaProvider => joint(by.provider, by.issuer)?,
        Mode::ProviderAlone => {
            let header = by.provider.header(mode, previous);
            (by.provider.sign(&SecondAuthorization { header })?, None)
        }
        Mode::CertifiedData => (certified()?, None),
        Mode::RegistrarCertified => {
            certificates.push(by.certifier.certificate().to_vec());
            let first = certified()?;
            let header = by.certifier.header(mode, sha256(&first));
            let second = by.certifier.sign(&RegistrarCertifiedData { header })?;
            (first, Some(second))
        }
        Mode::Registration | Mode::RegisteredIssuer => {
            return Err(SceneError::Coding("nothing is stored in this mode".into()));
        }
    };
    Ok(Evidence {
        number: read.number,
        certificates,
        first,
        second,
    })
}

/// As [`evidence`] in modes 2 and 3, by MACs under the keys that issuer and provider share with the card.
///
/// # Errors
/// [`SceneError::Coding`] for what is no request.
pub fn evidence_by_mac(
    request: &[u8],
    rc: &[u8],
    by: &Signatories<'_>,
    (issuer_key, provider_key): (&CardKey, &CardKey),
) -> Result<Evidence> {
    let read = read_request(request)?;
    let mode = read.header.mode;
    let (issuer, provider) = ((by.issuer, issuer_key), (by.provider, provider_key));
    let ((one, one_key), (other, other_key)) = match mode {
        Mode::ViaIssuer => (issuer, provider),
        _ => (provider, issuer),
    };
    let first = FirstAuthorization {
        header: one.header_for_mac(mode, sha256(request)),
        card_certificate: sha256(rc),
    };
    let first = sign_by_mac(&first, one_key)?;
    let header = other.header_for_mac(mode, sha256(&first));
    let second = sign_by_mac(&SecondAuthorization { header }, other_key)?;
    Ok(Evidence {
        number: read.number,
        certificates: vec![by.provider.certificate().to_vec()],
        first,
        second: Some(second),
    })
}

impl Evidence {
    /// The command that gives it.
    #[must_use]
    pub fn command(&self) -> apdu_spec::command::Command<'_> {
        apdu_spec::command::Command::Authorize {
            number: self.number,
            first: &self.first,
            second: self.second.as_deref(),
        }
    }

    /// Verifies the certificates.
    ///
    /// # Errors
    /// [`SceneError::Card`].
    pub fn introduce(&self, chip: &mut dyn Chip) -> Result<()> {
        self.certificates
            .iter()
            .try_for_each(|certificate| verify_certificate(chip, certificate))
    }

    /// Verifies the certificates and gives the evidence.
    ///
    /// # Errors
    /// [`SceneError::Card`].
    pub fn give(&self, chip: &mut dyn Chip) -> Result<()> {
        self.introduce(chip)?;
        done(chip, "authorize", &self.command()).map(drop)
    }
}
