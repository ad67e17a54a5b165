//! The approval file: what people mail around between request, signatures and card.
//!
//! JSON with every object in hexadecimal; complete in itself, readable offline at any time. What belongs here: the
//! file, who is still missing ([`Approval::status`]), and checking it ([`Approval::verify`]). What does not: deciding.

mod add;
mod format;
mod status;
mod verify;

pub use crate::report::{Check, Outcome, Report};
pub use status::{RefusalDescription, Status, Step};
pub use verify::AFTER_THE_RECEIPT;

pub(crate) use add::{add, add_link, body, certificate};
pub(crate) use format::{decode, field, from_text, to_text};
pub(crate) use status::describe_refusal;
pub(crate) use verify::{verify_refusals, verify_under};

use std::path::Path;

use apdu_spec::certificate::Role;
use apdu_spec::object::StoringRequest;

use crate::error::Result;
use crate::evidence::{Evidence, ReadRequest, Slot, slots};
use crate::file::{self, Existing};

/// Longest approval file, in bytes.
pub const FILE_MAX: usize = 1 << 16;
/// Most refusals in one file.
pub const REFUSALS_MAX: usize = 16;
/// Most links, and most shared keys, in one file.
pub const EXTRAS_MAX: usize = 8;

/// An approval: a storing request and what has been said to it so far. All objects are readable and of the right
/// kind; whether they are good is for [`Approval::verify`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approval {
    request: Vec<u8>,
    card_certificate: Vec<u8>,
    issuer_certificate: Vec<u8>,
    provider_certificate: Option<Vec<u8>>,
    certifier_certificate: Option<Vec<u8>>,
    links: Vec<Vec<u8>>,
    evidence: Vec<Vec<u8>>,
    shared_keys: Vec<Vec<u8>>,
    refusals: Vec<Vec<u8>>,
    receipt: Option<Vec<u8>>,
}

impl Approval {
    /// A new approval of the storing request (SR, F0) of the card with this RC and IRC (7F21).
    ///
    /// # Errors
    /// [`crate::Error::Input`] for what cannot be read.
    pub fn new(request: &[u8], card_certificate: &[u8], issuer_certificate: &[u8]) -> Result<Self> {
        ReadRequest::parse(request)?;
        certificate("card's certificate", card_certificate, Role::Card)?;
        certificate("issuer's certificate", issuer_certificate, Role::Issuer)?;
        Ok(Self {
            request: request.to_vec(),
            card_certificate: card_certificate.to_vec(),
            issuer_certificate: issuer_certificate.to_vec(),
            provider_certificate: None,
            certifier_certificate: None,
            links: Vec::new(),
            evidence: Vec::new(),
            shared_keys: Vec::new(),
            refusals: Vec::new(),
            receipt: None,
        })
    }

    /// Reads a file.
    ///
    /// # Errors
    /// [`crate::Error::File`]; [`crate::Error::Input`] with file, field or line, and cause.
    pub fn read(path: &Path) -> Result<Self> {
        let name = path.display().to_string();
        Self::from_json(&name, &file::read(path, FILE_MAX)?)
    }

    /// Reads the JSON of a file; `name` is what errors call it.
    ///
    /// # Errors
    /// [`crate::Error::Input`] with field or line, and cause.
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
    /// [`crate::Error::File`]; [`crate::Error::Exists`] as `existing` demands.
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

    /// The data certifier's certificate, 7F21.
    #[must_use]
    pub fn certifier_certificate(&self) -> Option<&[u8]> {
        self.certifier_certificate.as_deref()
    }

    /// Links of registrars that the card may not know yet, 7F21 each.
    pub fn links(&self) -> impl Iterator<Item = &[u8]> {
        self.links.iter().map(Vec::as_slice)
    }

    /// Everything that is to be verified on the card before AUTHORIZE, in order: links, DPR, the certifier's.
    pub fn certificates(&self) -> impl Iterator<Item = &[u8]> {
        self.links()
            .chain(self.provider_certificate())
            .chain(self.certifier_certificate())
    }

    /// The objects that AUTHORIZE carries, F0 each, as far as they are there.
    pub fn evidence(&self) -> impl Iterator<Item = &[u8]> {
        self.evidence.iter().map(Vec::as_slice)
    }

    /// The first of them.
    #[must_use]
    pub fn first(&self) -> Option<&[u8]> {
        self.evidence().next()
    }

    /// The second of them.
    #[must_use]
    pub fn second(&self) -> Option<&[u8]> {
        self.evidence().nth(1)
    }

    /// Keys that parties share with this card, F0 each: to be loaded before the authorization.
    pub fn shared_keys(&self) -> impl Iterator<Item = &[u8]> {
        self.shared_keys.iter().map(Vec::as_slice)
    }

    /// What the parties judge.
    #[must_use]
    pub fn as_evidence(&self) -> Evidence<'_> {
        Evidence {
            request: &self.request,
            card_certificate: &self.card_certificate,
            issuer_certificate: &self.issuer_certificate,
            provider_certificate: self.provider_certificate(),
            first: self.first(),
        }
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

    fn next_slot(&self) -> Result<Option<&'static Slot>> {
        let mode = self.storing_request()?.header.mode;
        Ok(slots(mode).get(self.evidence.len()))
    }

    /// Whether everything is there that the card demands before it carries the request out.
    ///
    /// # Errors
    /// None in fact.
    pub fn is_authorized(&self) -> Result<bool> {
        Ok(self.next_slot()?.is_none() && self.missing_certificates()?.is_empty())
    }

    /// Certificates that the card must be shown and that are not in the file.
    ///
    /// # Errors
    /// None in fact.
    pub fn missing_certificates(&self) -> Result<Vec<&'static str>> {
        let mode = self.storing_request()?.header.mode;
        let certifier = slots(mode).iter().any(|slot| slot.role == Role::DataCertifier);
        let mut missing = Vec::new();
        if self.provider_certificate.is_none() {
            missing.push("provider's certificate");
        }
        if certifier && self.certifier_certificate.is_none() {
            missing.push("data certifier's certificate");
        }
        Ok(missing)
    }
}
