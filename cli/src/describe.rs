//! Objects of the protocol for people and scripts: certificates, modes, parties, digests.

use apdu_spec::certificate::Policy;
use apdu_spec::object::{Mode, ProviderId};
use parties::certificate::OwnedCertificate;
use parties::party::{CertificateDescription, describe_certificate};
use serde::Serialize;

use crate::page::Page;

/// Describes a complete 7F21, whose signature was not checked for this; `None` if it is none.
#[must_use]
pub fn certificate(encoded: &[u8]) -> Option<CertificateDescription> {
    OwnedCertificate::parse("certificate", encoded)
        .and_then(|own| describe_certificate(&own))
        .ok()
}

/// Writes a certificate under a heading.
pub fn show_certificate(certificate: &CertificateDescription, page: &mut Page, heading: &str) {
    page.heading(heading);
    page.field("role", certificate.role);
    page.field("name", &certificate.holder);
    page.field("certified by", &certificate.authority);
    page.field("valid", dates(certificate, &parties::today().to_string()));
    page.field("modes", list(&certificate.modes));
    if let Some(predecessor) = &certificate.predecessor {
        page.field("succeeds", predecessor);
    }
    if !certificate.data_registrars.is_empty() {
        page.field("may bind", certificate.data_registrars.join(" "));
    }
    if !certificate.prefixes.is_empty() {
        page.field("AID prefixes", certificate.prefixes.join(" "));
    }
    page.field("digest", &certificate.digest);
}

/// A certificate in one line.
#[must_use]
pub fn line(certificate: &CertificateDescription) -> String {
    let CertificateDescription {
        holder, authority, ..
    } = certificate;
    let dates = dates(certificate, &parties::today().to_string());
    match &certificate.predecessor {
        Some(gone) => format!("{holder} by {authority} as the successor of {gone}, {dates}"),
        None => format!("{holder} by {authority}, {dates}"),
    }
}

/// From when to when it is good, and whether that is over by this computer's clock; all as `YYYY-MM-DD`.
fn dates(certificate: &CertificateDescription, today: &str) -> String {
    let CertificateDescription {
        effective,
        expiration,
        ..
    } = certificate;
    let ended = if expiration.as_str() < today {
        ", ended"
    } else {
        ""
    };
    format!("{effective} to {expiration}{ended}")
}

/// The modes in a card's policy.
#[must_use]
pub fn policy_modes(policy: Policy) -> Vec<u8> {
    Mode::ALL
        .iter()
        .filter(|mode| policy.allows(**mode))
        .map(|mode| mode.code())
        .collect()
}

/// Numbers with commas; "none" if there are none.
#[must_use]
pub fn list(numbers: &[u8]) -> String {
    if numbers.is_empty() {
        return "none".into();
    }
    numbers.iter().map(u8::to_string).collect::<Vec<_>>().join(", ")
}

/// A party: its name and the root it is registered under.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ShownParty {
    /// Country and mnemonic.
    pub name: String,
    /// SHA-256 of the root.
    pub root: String,
}

impl From<&ProviderId> for ShownParty {
    fn from(provider: &ProviderId) -> Self {
        Self {
            name: provider.name.to_string(),
            root: hex::encode(provider.root),
        }
    }
}

/// The first bytes of a digest: enough for people to tell things apart.
#[must_use]
pub fn short(digest: &str) -> String {
    digest.get(..16).unwrap_or(digest).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Losing this leaves it to the reader to compare dates when everything is refused.
    #[test]
    fn a_certificate_that_ended_is_shown_as_ended_from_the_day_after() {
        let certificate = CertificateDescription {
            holder: "CHALPENBK00001".into(),
            authority: "CHCARDREG00001".into(),
            role: "issuer",
            modes: Vec::new(),
            effective: "2026-11-22".into(),
            expiration: "2029-11-21".into(),
            digest: String::new(),
            data_registrars: Vec::new(),
            prefixes: Vec::new(),
            predecessor: None,
        };
        assert_eq!(dates(&certificate, "2029-11-21"), "2026-11-22 to 2029-11-21");
        assert_eq!(
            dates(&certificate, "2029-11-22"),
            "2026-11-22 to 2029-11-21, ended"
        );
    }
}
