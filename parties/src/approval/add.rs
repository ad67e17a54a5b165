//! What comes into an approval, one object after the other: each must be readable and fit what is there.

use apdu_spec::certificate::{Certificate, Extension, Role};
use apdu_spec::object::{CERTIFIED_DATA, CertifiedData, Receipt, Refusal, SharedKey, Signed};

use super::{Approval, EXTRAS_MAX, REFUSALS_MAX};
use crate::certificate::is_root;
use crate::certified::Certified;
use crate::crypto::sha256;
use crate::error::{Error, Result};
use crate::evidence::{object_header, slots};
use crate::plain::with_article;

impl Approval {
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
        add_link(&mut self.links, encoded)
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
            return Err(Error::Unfit(format!("the {} comes next", slot.name)));
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
            format!(
                "is the certificate of {}, not of {}",
                with_article(view.role),
                with_article(role)
            ),
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

/// Adds a registrar's link.
pub(crate) fn add_link(links: &mut Vec<Vec<u8>>, encoded: &[u8]) -> Result<()> {
    let view = Certificate::parse(encoded).map_err(Error::tlv("link certificate"))?;
    if !view.role.is_root() || is_root(&view) {
        return Err(Error::input(
            "link certificate",
            "is no link between a registrar's keys",
        ));
    }
    add(links, encoded, EXTRAS_MAX, "links")
}

/// Adds what is not there yet.
pub(crate) fn add(list: &mut Vec<Vec<u8>>, encoded: &[u8], most: usize, what: &str) -> Result<()> {
    if list.iter().any(|known| known == encoded) {
        return Ok(());
    }
    if list.len() >= most {
        return Err(Error::Unfit(format!("more than {most} {what} are not taken")));
    }
    list.push(encoded.to_vec());
    Ok(())
}
