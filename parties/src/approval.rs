//! The approval file: what people mail around between request, signatures and card.
//!
//! JSON with every object in hexadecimal; complete in itself, readable offline at any time. What belongs here: the
//! file, who is still missing ([`Approval::status`]), and checking it ([`Approval::verify`]). What does not: deciding.

mod format;
mod status;
mod verify;

pub use status::{RefusalDescription, Status, Step};
pub use verify::{Check, Outcome, Report};

use std::path::Path;

use apdu_spec::certificate::{Certificate, Role};
use apdu_spec::object::{FirstAuthorization, Receipt, Refusal, SecondAuthorization, Signed, StoringRequest};

use crate::crypto::sha256;
use crate::error::{Error, Result};
use crate::evidence::ReadRequest;
use crate::file::{self, Existing};

/// Longest approval file, in bytes.
pub const FILE_MAX: usize = 1 << 16;
/// Most refusals in one file.
pub const REFUSALS_MAX: usize = 16;

/// An approval: a storing request and what has been said to it so far. All objects are readable and of the right
/// kind; whether they are good is for [`Approval::verify`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approval {
    request: Vec<u8>,
    card_certificate: Vec<u8>,
    issuer_certificate: Vec<u8>,
    provider_certificate: Option<Vec<u8>>,
    first: Option<Vec<u8>>,
    second: Option<Vec<u8>>,
    refusals: Vec<Vec<u8>>,
    receipt: Option<Vec<u8>>,
}

impl Approval {
    /// A new approval of the storing request (SR, F0) of the card with this RC and IRC (7F21).
    ///
    /// # Errors
    /// [`Error::Input`] for what cannot be read.
    pub fn new(request: &[u8], card_certificate: &[u8], issuer_certificate: &[u8]) -> Result<Self> {
        ReadRequest::parse(request)?;
        certificate("card's certificate", card_certificate, Role::Card)?;
        certificate("issuer's certificate", issuer_certificate, Role::Issuer)?;
        Ok(Self {
            request: request.to_vec(),
            card_certificate: card_certificate.to_vec(),
            issuer_certificate: issuer_certificate.to_vec(),
            provider_certificate: None,
            first: None,
            second: None,
            refusals: Vec::new(),
            receipt: None,
        })
    }

    /// Reads a file.
    ///
    /// # Errors
    /// [`Error::File`]; [`Error::Input`] with file, field or line, and cause.
    pub fn read(path: &Path) -> Result<Self> {
        let name = path.display().to_string();
        Self::from_json(&name, &file::read(path, FILE_MAX)?)
    }

    /// Reads the JSON of a file; `name` is what errors call it.
    ///
    /// # Errors
    /// [`Error::Input`] with field or line, and cause.
    pub fn from_json(name: &str, json: &[u8]) -> Result<Self> {
        format::read(name, json)
    }

    /// The file's JSON.
    ///
    /// # Errors
    /// None in fact.
    pub fn to_json(&self) -> Result<String> {
        format::write(self)
    }

    /// Writes the file, whole or not at all.
    ///
    /// # Errors
    /// [`Error::File`]; [`Error::Exists`] as `existing` demands.
    pub fn write(&self, path: &Path, existing: Existing) -> Result<()> {
        file::write(path, self.to_json()?.as_bytes(), 0o644, existing)
    }

    /// SR, F0.
    #[must_use]
    pub fn request(&self) -> &[u8] {
        &self.request
    }

    /// RC, 7F21.
    #[must_use]
    pub fn card_certificate(&self) -> &[u8] {
        &self.card_certificate
    }

    /// IRC, 7F21.
    #[must_use]
    pub fn issuer_certificate(&self) -> &[u8] {
        &self.issuer_certificate
    }

    /// DPR, 7F21.
    #[must_use]
    pub fn provider_certificate(&self) -> Option<&[u8]> {
        self.provider_certificate.as_deref()
    }

    /// SAR, F0.
    #[must_use]
    pub fn first(&self) -> Option<&[u8]> {
        self.first.as_deref()
    }

    /// SA, F0.
    #[must_use]
    pub fn second(&self) -> Option<&[u8]> {
        self.second.as_deref()
    }

    /// Refusals, F0 each, in the order they were given.
    pub fn refusals(&self) -> impl Iterator<Item = &[u8]> {
        self.refusals.iter().map(Vec::as_slice)
    }

    /// The card's receipt, F0.
    #[must_use]
    pub fn receipt(&self) -> Option<&[u8]> {
        self.receipt.as_deref()
    }

    /// What the request says.
    ///
    /// # Errors
    /// None in fact.
    pub fn storing_request(&self) -> Result<StoringRequest> {
        ReadRequest::parse(&self.request).map(|read| read.request)
    }

    /// Adds the provider's certificate, so that the issuer can look at it before it signs.
    ///
    /// # Errors
    /// [`Error::Input`] if it is none; [`Error::Unfit`] if the request is for another provider.
    pub fn set_provider_certificate(&mut self, encoded: &[u8]) -> Result<()> {
        let view = certificate("provider's certificate", encoded, Role::Provider)?;
        let wanted = self.storing_request()?.sdi.provider.name;
        if view.holder.identity() != wanted {
            return Err(Error::Unfit(format!(
                "the request is for the provider {wanted}, not {}",
                view.holder
            )));
        }
        self.provider_certificate = Some(encoded.to_vec());
        Ok(())
    }

    /// Adds the issuer's authorization.
    ///
    /// # Errors
    /// [`Error::Input`] if it is none; [`Error::Unfit`] if it is over another request.
    pub fn set_first(&mut self, encoded: &[u8]) -> Result<()> {
        let first: FirstAuthorization = body("first authorization", encoded)?;
        follows(&first.header.previous, &self.request, "first authorization")?;
        self.first = Some(encoded.to_vec());
        Ok(())
    }

    /// Adds the provider's authorization.
    ///
    /// # Errors
    /// [`Error::Input`] if it is none; [`Error::Unfit`] if it is not over the issuer's in this file.
    pub fn set_second(&mut self, encoded: &[u8]) -> Result<()> {
        let second: SecondAuthorization = body("second authorization", encoded)?;
        let first = self
            .first
            .as_deref()
            .ok_or_else(|| Error::Unfit("the issuer has not signed yet".into()))?;
        follows(&second.header.previous, first, "second authorization")?;
        self.second = Some(encoded.to_vec());
        Ok(())
    }

    /// Adds a refusal.
    ///
    /// # Errors
    /// [`Error::Input`] if it is none; [`Error::Unfit`] if it refuses something else, or there are too many.
    pub fn add_refusal(&mut self, encoded: &[u8]) -> Result<()> {
        let refusal: Refusal<'_> = body("refusal", encoded)?;
        let about =
            |object: Option<&[u8]>| object.is_some_and(|object| sha256(object) == refusal.header.previous);
        if !about(Some(&self.request)) && !about(self.first()) {
            return Err(Error::Unfit(
                "the refusal is of something else than this request".into(),
            ));
        }
        if self.refusals.iter().any(|known| known == encoded) {
            return Ok(());
        }
        if self.refusals.len() >= REFUSALS_MAX {
            return Err(Error::Unfit(format!("{REFUSALS_MAX} refusals are enough")));
        }
        self.refusals.push(encoded.to_vec());
        Ok(())
    }

    /// Adds the card's receipt.
    ///
    /// # Errors
    /// [`Error::Input`] if it is none; [`Error::Unfit`] if it is of another request.
    pub fn set_receipt(&mut self, encoded: &[u8]) -> Result<()> {
        let receipt: Receipt = body("receipt", encoded)?;
        let request = self.storing_request()?;
        if receipt.request != request.number || receipt.header.certificate != request.header.certificate {
            return Err(Error::Unfit("the receipt is of another request".into()));
        }
        self.receipt = Some(encoded.to_vec());
        Ok(())
    }
}

/// Reads a certificate of this role.
fn certificate<'a>(name: &str, encoded: &'a [u8], role: Role) -> Result<Certificate<'a>> {
    let view = Certificate::parse(encoded).map_err(Error::tlv(name))?;
    if view.role != role {
        return Err(Error::input(
            name,
            format!("is the certificate of a {}, not of a {role}", view.role),
        ));
    }
    Ok(view)
}

/// Reads the body of a signed object.
fn body<'a, T: apdu_spec::object::Body<'a>>(name: &str, encoded: &'a [u8]) -> Result<T> {
    Signed::parse(encoded)
        .and_then(|signed| signed.read())
        .map_err(Error::tlv(name))
}

fn follows(previous: &[u8; 32], object: &[u8], name: &str) -> Result<()> {
    if *previous == sha256(object) {
        return Ok(());
    }
    Err(Error::Unfit(format!(
        "the {name} is over another object than the one in this file"
    )))
}
