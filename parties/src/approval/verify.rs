//! Checking an approval offline: what can be known is checked, what cannot is said.

use apdu_spec::certificate::{Certificate, Role};
use apdu_spec::date::Date;
use apdu_spec::object::Signed;
use serde::Serialize;

use super::{Approval, status};
use crate::certificate::{OwnedCertificate, Roots, check, check_dates};
use crate::crypto::{sha256, signed_by};
use crate::decision::Denial;
use crate::error::{Error, Result};
use crate::evidence::{
    ReadRequest, check_card, check_carried_out, check_first, check_provider, check_request, check_second,
};
use crate::receipt::ReadReceipt;

/// What a check found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// Checked, and right.
    Good,
    /// Checked, and wrong.
    Bad,
    /// Cannot be known from this file and these roots.
    Unknown,
}

/// One check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What was checked.
    pub name: &'static str,
    /// What was found.
    pub outcome: Outcome,
    /// Why, unless it is good.
    pub detail: Option<String>,
}

/// Everything that was checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Each check, in the order of the protocol.
    pub checks: Vec<Check>,
    /// What no file can tell.
    pub cannot_know: Vec<&'static str>,
}

impl Report {
    /// Whether nothing is wrong, as far as can be known.
    #[must_use]
    pub fn nothing_bad(&self) -> bool {
        self.checks.iter().all(|check| check.outcome != Outcome::Bad)
    }

    /// Whether everything was checked and is right.
    #[must_use]
    pub fn all_good(&self) -> bool {
        self.checks.iter().all(|check| check.outcome == Outcome::Good)
    }

    fn add(&mut self, name: &'static str, outcome: Outcome, detail: Option<String>) {
        self.checks.push(Check {
            name,
            outcome,
            detail,
        });
    }

    fn judged(&mut self, name: &'static str, judged: std::result::Result<(), Denial>) {
        match judged {
            Ok(()) => self.add(name, Outcome::Good, None),
            Err(denial) => self.add(name, Outcome::Bad, Some(denial.to_string())),
        }
    }

    fn unknown(&mut self, name: &'static str, why: &str) {
        self.add(name, Outcome::Unknown, Some(why.to_owned()));
    }
}

impl Approval {
    /// Checks every certificate, signature and link against the roots that the reader trusts.
    ///
    /// # Errors
    /// None in fact: every object was readable when it was added.
    pub fn verify(&self, roots: &Roots, today: Date) -> Result<Report> {
        let read = ReadRequest::parse(&self.request)?;
        let rc = Certificate::parse(&self.card_certificate).map_err(Error::tlv("card's certificate"))?;
        let irc = Certificate::parse(&self.issuer_certificate).map_err(Error::tlv("issuer's certificate"))?;
        let mut report = Report {
            checks: Vec::new(),
            cannot_know: vec![
                "whether the card still holds this request open",
                "whether a certificate was revoked",
                "whether the provider has the package whose digest the request names",
            ],
        };
        let root = |digest, role| -> Result<Option<Certificate<'_>>> {
            let root = roots.find(digest).map(OwnedCertificate::view).transpose()?;
            Ok(root.filter(|root| root.role == role))
        };
        match root(&read.request.issuer_root, Role::IssuerRegistrar)? {
            Some(root) => {
                report.judged(
                    "issuer under its registrar",
                    check_dates(&root, today).and_then(|()| check(&irc, &root, today)),
                );
                report.judged(
                    "card under its issuer",
                    check_card(&rc, &irc, &root, today).map(|_| ()),
                );
            }
            None => {
                report.unknown(
                    "issuer under its registrar",
                    "the issuer registrar's root is not among those trusted",
                );
                report.judged("card under its issuer", check(&rc, &irc, today));
            }
        }
        report.judged("request by the card", check_request(&read, &rc, today));
        let dpr = self
            .provider_certificate
            .as_deref()
            .map(Certificate::parse)
            .transpose();
        let dpr = dpr.map_err(Error::tlv("provider's certificate"))?;
        match (&dpr, root(&read.request.data_root, Role::DataRegistrar)?) {
            (Some(dpr), Some(root)) => {
                report.judged(
                    "provider under its registrar",
                    check_provider(&read.request, dpr, &root, today),
                );
            }
            (None, _) => report.unknown(
                "provider under its registrar",
                "the provider's certificate is not in the file",
            ),
            (_, None) => {
                report.unknown(
                    "provider under its registrar",
                    "the data registrar's root is not among those trusted",
                );
            }
        }
        self.verify_signatures(&mut report, &read, &rc, &irc, dpr.as_ref())?;
        self.verify_refusals(&mut report, &irc, dpr.as_ref())?;
        self.verify_receipt(&mut report, &read, &rc, dpr.as_ref(), today)?;
        Ok(report)
    }

    fn verify_signatures(
        &self,
        report: &mut Report,
        read: &ReadRequest<'_>,
        rc: &Certificate<'_>,
        irc: &Certificate<'_>,
        dpr: Option<&Certificate<'_>>,
    ) -> Result<()> {
        let sar = self
            .first
            .as_deref()
            .map(Signed::parse)
            .transpose()
            .map_err(Error::tlv("first authorization"))?;
        let sa = self
            .second
            .as_deref()
            .map(Signed::parse)
            .transpose()
            .map_err(Error::tlv("second authorization"))?;
        match &sar {
            Some(sar) => report.judged(
                "first authorization by the issuer",
                check_first(read, sar, rc, irc),
            ),
            None => report.unknown("first authorization by the issuer", "not given yet"),
        }
        match (&sar, &sa, dpr) {
            (Some(sar), Some(sa), Some(dpr)) => {
                report.judged(
                    "second authorization by the provider",
                    check_second(read, sar, sa, dpr),
                );
            }
            (_, Some(_), None) => {
                report.unknown(
                    "second authorization by the provider",
                    "the provider's certificate is not in the file",
                );
            }
            _ => report.unknown("second authorization by the provider", "not given yet"),
        }
        Ok(())
    }

    fn verify_refusals(
        &self,
        report: &mut Report,
        irc: &Certificate<'_>,
        dpr: Option<&Certificate<'_>>,
    ) -> Result<()> {
        for encoded in &self.refusals {
            let (signed, refusal) = status::refusal(encoded).map_err(Error::tlv("refusal"))?;
            let signer = [Some(irc), dpr].into_iter().flatten().find(|certificate| {
                refusal.header.certificate == sha256(certificate.encoded)
                    && refusal.header.role == certificate.role
            });
            let name = "refusal";
            match signer {
                Some(signer) if signed_by(signer.point, &signed) => {
                    report.add(name, Outcome::Good, None);
                }
                Some(signer) => {
                    report.add(
                        name,
                        Outcome::Bad,
                        Some(format!("not signed by {}", signer.holder)),
                    );
                }
                None => report.unknown(name, "the certificate of who refused is not in the file"),
            }
        }
        Ok(())
    }

    fn verify_receipt(
        &self,
        report: &mut Report,
        read: &ReadRequest<'_>,
        rc: &Certificate<'_>,
        dpr: Option<&Certificate<'_>>,
        today: Date,
    ) -> Result<()> {
        let name = "receipt by the card";
        let Some(encoded) = &self.receipt else {
            report.unknown(name, "not there yet");
            return Ok(());
        };
        let receipt = ReadReceipt::parse(encoded)?;
        let authorizers: Vec<_> = [
            Some(sha256(&self.issuer_certificate)),
            dpr.map(|dpr| sha256(dpr.encoded)),
        ]
        .into_iter()
        .flatten()
        .collect();
        let judged = receipt
            .verify(rc, None, &[], today)
            .and_then(|_| check_carried_out(&receipt.receipt, &read.request, &authorizers));
        report.judged(name, judged);
        Ok(())
    }
}
