//! The file of certified data: what a provider stores in modes 6 and 7 on whatever card asks for it.
//!
//! JSON with every object in hexadecimal, made once and used for any number of cards. What belongs here: the file, who
//! is still missing ([`Certified::status`]), and checking it ([`Certified::verify`]). What does not: deciding.

mod format;

use std::path::Path;

use apdu_spec::certificate::Role;
use apdu_spec::date::Date;
use apdu_spec::object::{CertifiedData, Mode, NO_PREVIOUS, Refusal, RegistrarCertifiedData, Sdi, Signed};
use serde::Serialize;

use crate::approval::{
    FILE_MAX, REFUSALS_MAX, RefusalDescription, Report, Step, add, add_link, body, certificate,
    describe_refusal, verify_refusals, verify_under,
};
use crate::certificate::Roots;
use crate::crypto::sha256;
use crate::error::{Error, Result};
use crate::evidence::{Signatory, check_object, check_owner, slots};
use crate::file::{self, Existing};

/// Certified data and who agreed to them. All objects are readable and of the right kind; whether they are good is for
/// [`Certified::verify`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certified {
    provider_certificate: Vec<u8>,
    data: Vec<u8>,
    certifier_certificate: Option<Vec<u8>>,
    countersignature: Option<Vec<u8>>,
    links: Vec<Vec<u8>>,
    refusals: Vec<Vec<u8>>,
}

/// Where certified data stand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CertifiedStatus {
    /// Mode number, 6 or 7.
    pub mode: u8,
    /// `store` or `replace`.
    pub operation: &'static str,
    /// Application identifier, hexadecimal.
    pub aid: String,
    /// Version.
    pub version: u32,
    /// SHA-256 of the package, hexadecimal.
    pub package_digest: Option<String>,
    /// The provider's name.
    pub provider: String,
    /// Last day, by a card's date.
    pub expiry: String,
    /// All steps in order.
    pub steps: Vec<Step>,
    /// Who has to act next; `None` when cards may use it.
    pub next: Option<&'static str>,
    /// Refusals, in the order they were given.
    pub refusals: Vec<RefusalDescription>,
}

impl Certified {
    /// Certified data (SDCI, F0) of the provider with this DPR (7F21).
    ///
    /// # Errors
    /// [`Error::Input`] for what cannot be read; [`Error::Unfit`] if they are for another mode, or follow something.
    pub fn new(provider_certificate: &[u8], data: &[u8]) -> Result<Self> {
        certificate("provider's certificate", provider_certificate, Role::Provider)?;
        let says: CertifiedData = body("certified data", data)?;
        if !matches!(says.header.mode, Mode::CertifiedData | Mode::RegistrarCertified)
            || says.header.previous != NO_PREVIOUS
        {
            return Err(Error::Unfit("these are no certified data for every card".into()));
        }
        Ok(Self {
            provider_certificate: provider_certificate.to_vec(),
            data: data.to_vec(),
            certifier_certificate: None,
            countersignature: None,
            links: Vec::new(),
            refusals: Vec::new(),
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

    /// DPR, 7F21.
    #[must_use]
    pub fn provider_certificate(&self) -> &[u8] {
        &self.provider_certificate
    }

    /// SDCI, F0.
    #[must_use]
    pub fn data(&self) -> &[u8] {
        &self.data
    }

    /// The data certifier's certificate, 7F21.
    #[must_use]
    pub fn certifier_certificate(&self) -> Option<&[u8]> {
        self.certifier_certificate.as_deref()
    }

    /// SDCI', F0.
    #[must_use]
    pub fn countersignature(&self) -> Option<&[u8]> {
        self.countersignature.as_deref()
    }

    /// Links of registrars that a card may not know yet, 7F21 each.
    pub fn links(&self) -> impl Iterator<Item = &[u8]> {
        self.links.iter().map(Vec::as_slice)
    }

    /// Refusals, F0 each, in the order they were given.
    pub fn refusals(&self) -> impl Iterator<Item = &[u8]> {
        self.refusals.iter().map(Vec::as_slice)
    }

    fn says(&self) -> Result<CertifiedData> {
        body("certified data", &self.data)
    }

    /// What is certified: a card that asks for exactly this gets it.
    ///
    /// # Errors
    /// None in fact.
    pub fn sdi(&self) -> Result<Sdi> {
        self.says().map(|says| says.sdi)
    }

    /// Mode 6 or 7.
    ///
    /// # Errors
    /// None in fact.
    pub fn mode(&self) -> Result<Mode> {
        self.says().map(|says| says.header.mode)
    }

    /// Whether everything is there that a card demands.
    ///
    /// # Errors
    /// None in fact.
    pub fn is_complete(&self) -> Result<bool> {
        Ok(self.mode()? == Mode::CertifiedData
            || (self.certifier_certificate.is_some() && self.countersignature.is_some()))
    }

    /// Adds the data certifier's certificate and its SDCI' (F0).
    ///
    /// # Errors
    /// [`Error::Input`] for what cannot be read; [`Error::Unfit`] in mode 6, or if it is over other data.
    pub fn set_countersignature(&mut self, certifier_certificate: &[u8], object: &[u8]) -> Result<()> {
        certificate(
            "data certifier's certificate",
            certifier_certificate,
            Role::DataCertifier,
        )?;
        let says: RegistrarCertifiedData = body("registrar-certified data", object)?;
        if self.mode()? != Mode::RegistrarCertified {
            return Err(Error::Unfit("only mode 7 has a data certifier".into()));
        }
        if says.header.previous != sha256(&self.data) {
            return Err(Error::Unfit(
                "the data certifier signed over other data than these".into(),
            ));
        }
        self.certifier_certificate = Some(certifier_certificate.to_vec());
        self.countersignature = Some(object.to_vec());
        Ok(())
    }

    /// Adds a registrar's link, without which a card may not know who signed a certificate.
    ///
    /// # Errors
    /// [`Error::Input`] if it is none; [`Error::Unfit`] if there are too many.
    pub fn add_link(&mut self, encoded: &[u8]) -> Result<()> {
        add_link(&mut self.links, encoded)
    }

    /// Adds a refusal.
    ///
    /// # Errors
    /// [`Error::Input`] if it is none; [`Error::Unfit`] if it refuses something else, or there are too many.
    pub fn add_refusal(&mut self, encoded: &[u8]) -> Result<()> {
        let refusal: Refusal<'_> = body("refusal", encoded)?;
        if refusal.header.previous != sha256(&self.data) {
            return Err(Error::Unfit(
                "the refusal is of something else than these data".into(),
            ));
        }
        add(&mut self.refusals, encoded, REFUSALS_MAX, "refusals")
    }

    /// Where they stand and who is still missing. Nothing is verified here: this is what the file says.
    ///
    /// # Errors
    /// None in fact.
    pub fn status(&self) -> Result<CertifiedStatus> {
        let CertifiedData { header, sdi } = self.says()?;
        let complete = self.is_complete()?;
        let steps: Vec<_> = slots(header.mode)
            .iter()
            .enumerate()
            .map(|(index, slot)| Step {
                who: slot.role.name(),
                what: slot.what,
                done: index == 0 || complete,
            })
            .collect();
        Ok(CertifiedStatus {
            mode: header.mode.code(),
            operation: sdi.operation.name(),
            aid: sdi.aid.to_string(),
            version: sdi.version,
            package_digest: sdi.package.map(|package| hex::encode(package.package)),
            provider: sdi.provider.name.to_string(),
            expiry: sdi.expiry.to_string(),
            next: steps.iter().find(|step| !step.done).map(|step| step.who),
            steps,
            refusals: self
                .refusals
                .iter()
                .map(|refusal| describe_refusal(refusal))
                .collect::<Result<_>>()?,
        })
    }

    /// Checks every certificate and signature against the registrars that the reader trusts.
    ///
    /// # Errors
    /// None in fact: every object was readable when it was added.
    pub fn verify(&self, roots: &Roots, today: Date) -> Result<Report> {
        let CertifiedData { header, sdi } = self.says()?;
        let mode = header.mode;
        let mut report = Report::new(&[
            "which cards use these data",
            "whether the provider has the package whose digest they name",
        ]);
        let mut roots = roots.clone();
        for link in &self.links {
            // What does not follow from a trusted root is not used.
            let _ = roots.add_link("link certificate", link);
        }
        let registrar = roots.registrar_as(&sdi.provider.root, Role::DataRegistrar)?;
        let dpr = certificate(
            "provider's certificate",
            &self.provider_certificate,
            Role::Provider,
        )?;
        let certifier = self
            .certifier_certificate()
            .map(|encoded| certificate("data certifier's certificate", encoded, Role::DataCertifier))
            .transpose()?;
        verify_under(
            &mut report,
            "provider under its registrar",
            Some(&dpr),
            (&roots, registrar),
            |dpr, registrar| check_owner(&sdi, dpr, registrar, today),
        )?;
        if mode == Mode::RegistrarCertified {
            verify_under(
                &mut report,
                "data certifier under its registrar",
                certifier.as_ref(),
                (&roots, registrar),
                |certifier, registrar| registrar.judge(certifier, today),
            )?;
        }
        let objects = [Some(self.data.as_slice()), self.countersignature()];
        let signers = [Some(&dpr), certifier.as_ref()];
        let mut before = None;
        for (slot, (encoded, signer)) in slots(mode).iter().zip(objects.into_iter().zip(signers)) {
            let name = format!("{} by the {}", slot.name, slot.role);
            let (Some(encoded), Some(signer)) = (encoded, signer) else {
                report.unknown(name, "not given yet");
                continue;
            };
            let signed = Signed::parse(encoded).map_err(Error::tlv(slot.name))?;
            let signatory = Signatory {
                certificate: signer,
                mode,
                previous: slot.previous(&NO_PREVIOUS, before.as_ref()),
                mac_allowed: false,
            };
            report.judged(
                name,
                check_object(slot, &signed, &signatory, None, Some(&sdi)).map(drop),
            );
            before = Some(sha256(encoded));
        }
        verify_refusals(&mut report, &self.refusals, &signers)?;
        Ok(report)
    }
}
