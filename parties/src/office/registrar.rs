//! A registrar at work: names, keys, sequence numbers and AID prefixes are each given once.

use apdu_spec::aid::Aid;
use apdu_spec::certificate::{Certificate, CertificateRequest, Extension};
use apdu_spec::date::Date;
use apdu_spec::reason::Reason;

use super::keep_refusal;
use crate::crypto::sha256;
use crate::database::{Database, PartyRecord};
use crate::decision::{Decision, Denial};
use crate::error::{Error, Result};
use crate::registrar::{Grant, Registrar, Scope};
use crate::signer::Signer;

/// How often a sequence number may be taken by another process before this one gives up.
const ATTEMPTS: u32 = 20;

/// A registrar with its database.
#[derive(Debug)]
pub struct RegistrarOffice<S> {
    registrar: Registrar<S>,
    database: Database,
}

impl<S: Signer> RegistrarOffice<S> {
    /// Joins both.
    #[must_use]
    pub fn new(registrar: Registrar<S>, database: Database) -> Self {
        Self { registrar, database }
    }

    /// The registrar.
    #[must_use]
    pub fn registrar(&self) -> &Registrar<S> {
        &self.registrar
    }

    /// Its database.
    #[must_use]
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// Answers a party's request. The same request with the same grant gets the same certificate again; a name that
    /// another key has only gets a new one if `renew`.
    ///
    /// # Errors
    /// [`Error::Input`] for a malformed request; [`Error::Database`]; what the signer answers.
    pub fn certify(&self, request: &[u8], grant: &Grant, renew: bool, today: Date) -> Result<Decision> {
        let view = CertificateRequest::parse(request).map_err(Error::tlv("certificate request"))?;
        for _ in 0..ATTEMPTS {
            let parties = self.database.parties()?;
            let own = || {
                parties
                    .iter()
                    .filter(|party| party.name == view.holder.identity())
            };
            let same =
                |party: &&PartyRecord| party.request == sha256(request) && party.grant == grant.digest();
            if let Some(again) = own().next_back().filter(same) {
                return Ok(Decision::Granted(again.certificate.clone()));
            }
            if let Err(denial) = judge(&view, grant, renew, &parties)? {
                let refusal = self.registrar.refuse(request, denial)?;
                keep_refusal(&self.database, &refusal, today)?;
                return Ok(Decision::Refused(refusal));
            }
            let sequence = own()
                .map(|party| party.sequence)
                .max()
                .unwrap_or(0)
                .saturating_add(1);
            let certificate = match self.registrar.certify(request, grant, sequence, today)? {
                Decision::Granted(certificate) => certificate,
                Decision::Refused(refusal) => {
                    keep_refusal(&self.database, &refusal, today)?;
                    return Ok(Decision::Refused(refusal));
                }
            };
            let record = PartyRecord {
                name: view.holder.identity(),
                sequence,
                role: Certificate::parse(&certificate)
                    .map_err(Error::tlv("new certificate"))?
                    .role,
                point: *view.point,
                request: sha256(request),
                grant: grant.digest(),
                certificate,
                day: today,
            };
            if self
                .database
                .record_parties(std::slice::from_ref(&record))?
                .contains(&true)
            {
                return Ok(Decision::Granted(record.certificate));
            }
        }
        Err(Error::Unfit(
            "too many processes certify the same party at once".into(),
        ))
    }
}

fn judge(
    request: &CertificateRequest<'_>,
    grant: &Grant,
    renew: bool,
    parties: &[PartyRecord],
) -> Result<std::result::Result<(), Denial>> {
    let name = request.holder.identity();
    let deny = |reason, text| Ok(Err(Denial::new(reason, text)));
    for party in parties {
        if party.name == name {
            if party.point != *request.point && !renew {
                return deny(
                    Reason::AlreadyRegistered,
                    format!("{name} is registered with another key"),
                );
            }
            continue;
        }
        if party.point == *request.point {
            return deny(
                Reason::SameParty,
                format!("this key is registered as {}", party.name),
            );
        }
        let Scope::Prefixes(asked) = &grant.scope else {
            continue;
        };
        let certificate = Certificate::parse(&party.certificate).map_err(Error::tlv("stored certificate"))?;
        let Extension::Provider(other) = certificate.extension else {
            continue;
        };
        let conflict = |asked: &&Aid| other.prefixes().any(|prefix| prefix.conflicts_with(asked));
        if let Some(taken) = asked.iter().find(conflict) {
            return deny(
                Reason::AidNotAllowed,
                format!("the prefix {taken} touches one of {}", party.name),
            );
        }
    }
    Ok(Ok(()))
}
