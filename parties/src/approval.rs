//! The approval file: what people mail around between request, signatures and card.
//!
//! JSON with every object in hexadecimal; complete in itself, readable offline at any time. What belongs here: the
//! file, who is still missing ([`Approval::status`]), and checking it ([`Approval::verify`]). What does not: deciding.

mod format;
mod status;
mod verify;

pub use crate::report::{Check, Outcome, Report};
pub use status::{RefusalDescription, Status, Step};
pub use verify::AFTER_THE_RECEIPT;

pub(crate) use format::{decode, field, from_text, to_text};
pub(crate) use status::describe_refusal;
pub(crate) use verify::{verify_refusals, verify_under};

use std::path::Path;

use apdu_spec::certificate::{Certificate, Extension, Role};
use apdu_spec::object::{CERTIFIED_DATA, CertifiedData, Receipt, Refusal, SharedKey, Signed, StoringRequest};

use crate::certificate::is_root;
use crate::certified::Certified;
use crate::crypto::sha256;
use crate::error::{Error, Result};
use crate::evidence::{Evidence, ReadRequest, Slot, object_header, slots};
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

    /// Adds the provider's certificate, so that the issuer can look at it before it signs.
    ///
    /// # Errors
    /// [`Error::Input`] if it is none; [`Error::Unfit`] if the request is for another provider.
    pub fn set_provider_certificate(&mut self, encoded: &[u8]) -> Result<()> {
        let view = certificate("provider's certificate", encoded, Role::Provider)?;
        let wanted = self.storing_request()?.sdi.provider.name;
        let fits = match view.extension {
            Extension::Successor(successor) => successor.predecessor == wanted,
            _ => view.holder.identity() == wanted,
        };
        if !fits {
            return Err(Error::Unfit(format!(
                "the request is for the provider {wanted}, not {}",
                view.holder
            )));
        }
        self.provider_certificate = Some(encoded.to_vec());
        Ok(())
    }

    /// Adds the data certifier's certificate.
    ///
    /// # Errors
    /// [`Error::Input`] if it is none; [`Error::Unfit`] in a mode that has no use for it.
    pub fn set_certifier_certificate(&mut self, encoded: &[u8]) -> Result<()> {
        certificate("data certifier's certificate", encoded, Role::DataCertifier)?;
        let mode = self.storing_request()?.header.mode;
        if !slots(mode).iter().any(|slot| slot.role == Role::DataCertifier) {
            return Err(Error::Unfit(format!(
                "mode {} has no data certifier",
                mode.code()
            )));
        }
        self.certifier_certificate = Some(encoded.to_vec());
        Ok(())
    }

    /// Adds a registrar's link, without which the card may not know who signed a certificate.
    ///
    /// # Errors
    /// [`Error::Input`] if it is none; [`Error::Unfit`] if there are too many.
    pub fn add_link(&mut self, encoded: &[u8]) -> Result<()> {
        let view = Certificate::parse(encoded).map_err(Error::tlv("link certificate"))?;
        if !view.role.is_root() || is_root(&view) {
            return Err(Error::input(
                "link certificate",
                "is no link between a registrar's keys",
            ));
        }
        add(&mut self.links, encoded, EXTRAS_MAX, "links")
    }

    /// Adds a key that a party shares with this card.
    ///
    /// # Errors
    /// [`Error::Input`] if it is none; [`Error::Unfit`] if it is for another card, or there are too many.
    pub fn add_shared_key(&mut self, encoded: &[u8]) -> Result<()> {
        let key: SharedKey<'_> = body("shared key", encoded)?;
        if key.card != self.storing_request()?.card {
            return Err(Error::Unfit("the shared key is for another card".into()));
        }
        add(&mut self.shared_keys, encoded, EXTRAS_MAX, "shared keys")
    }

    /// Adds the next object of the evidence that the request's mode demands. One that is there changes nothing.
    ///
    /// # Errors
    /// [`Error::Input`] if it is none; [`Error::Unfit`] if it is not the one that comes next, is over something else
    /// than what is in this file, or if nothing is missing.
    pub fn add_evidence(&mut self, encoded: &[u8]) -> Result<()> {
        if self.evidence.iter().any(|known| known == encoded) {
            return Ok(());
        }
        let request = self.storing_request()?;
        let slot = self
            .next_slot()?
            .ok_or_else(|| Error::Unfit("every authorization is there already".into()))?;
        let signed = Signed::parse(encoded).map_err(Error::tlv(slot.name))?;
        if signed.tag != slot.tag {
            return Err(Error::Unfit(format!("a {} comes next", slot.name)));
        }
        let header = object_header(&signed).map_err(Error::tlv(slot.name))?;
        let before = self.evidence.last().map(|before| sha256(before));
        let previous = slot.previous(&sha256(&self.request), before.as_ref());
        if header.role != slot.role || header.mode != request.header.mode || header.previous != previous {
            return Err(Error::Unfit(format!(
                "the {} is over another object than the one in this file",
                slot.name
            )));
        }
        if slot.tag == CERTIFIED_DATA
            && signed.read::<CertifiedData>().map_err(Error::tlv(slot.name))?.sdi != request.sdi
        {
            return Err(Error::Unfit(
                "the certified data are not what the card asks for".into(),
            ));
        }
        self.evidence.push(encoded.to_vec());
        Ok(())
    }

    fn next_slot(&self) -> Result<Option<&'static Slot>> {
        let mode = self.storing_request()?.header.mode;
        Ok(slots(mode).get(self.evidence.len()))
    }

    /// Adds everything that certified data bring: certificates and signatures.
    ///
    /// # Errors
    /// [`Error::Unfit`] if they are not complete, or not what the card asks for.
    pub fn set_certified(&mut self, certified: &Certified) -> Result<()> {
        if !certified.is_complete()? {
            return Err(Error::Unfit(
                "the data certifier has not countersigned yet".into(),
            ));
        }
        let mut filled = self.clone();
        filled.set_provider_certificate(certified.provider_certificate())?;
        if let Some(certificate) = certified.certifier_certificate() {
            filled.set_certifier_certificate(certificate)?;
        }
        for link in certified.links() {
            filled.add_link(link)?;
        }
        filled.add_evidence(certified.data())?;
        if let Some(countersignature) = certified.countersignature() {
            filled.add_evidence(countersignature)?;
        }
        *self = filled;
        Ok(())
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

    /// Adds a refusal.
    ///
    /// # Errors
    /// [`Error::Input`] if it is none; [`Error::Unfit`] if it refuses something else, or there are too many.
    pub fn add_refusal(&mut self, encoded: &[u8]) -> Result<()> {
        let refusal: Refusal<'_> = body("refusal", encoded)?;
        let about =
            |object: Option<&[u8]>| object.is_some_and(|object| sha256(object) == refusal.header.previous);
        if !about(Some(&self.request)) && !self.evidence().any(|object| about(Some(object))) {
            return Err(Error::Unfit(
                "the refusal is of something else than this request".into(),
            ));
        }
        add(&mut self.refusals, encoded, REFUSALS_MAX, "refusals")
    }

    /// Adds the card's receipt.
    ///
    /// # Errors
    /// [`Error::Input`] if it is none; [`Error::Unfit`] if it is of another request.
    pub fn set_receipt(&mut self, encoded: &[u8]) -> Result<()> {
        let receipt: Receipt = body("receipt", encoded)?;
        let request = self.storing_request()?;
        let about = receipt.content.map(|content| content.storing_request);
        if about != Some(sha256(&self.request))
            || receipt.request != request.number
            || receipt.header.certificate != request.header.certificate
        {
            return Err(Error::Unfit("the receipt is of another request".into()));
        }
        self.receipt = Some(encoded.to_vec());
        Ok(())
    }
}

/// Reads a certificate of this role.
pub(crate) fn certificate<'a>(name: &str, encoded: &'a [u8], role: Role) -> Result<Certificate<'a>> {
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
pub(crate) fn body<'a, T: apdu_spec::object::Body<'a>>(name: &str, encoded: &'a [u8]) -> Result<T> {
    Signed::parse(encoded)
        .and_then(|signed| signed.read())
        .map_err(Error::tlv(name))
}

/// Adds what is not there yet.
pub(crate) fn add(list: &mut Vec<Vec<u8>>, encoded: &[u8], most: usize, what: &str) -> Result<()> {
    if list.iter().any(|known| known == encoded) {
        return Ok(());
    }
    if list.len() >= most {
        return Err(Error::Unfit(format!("{most} {what} are enough")));
    }
    list.push(encoded.to_vec());
    Ok(())
}
