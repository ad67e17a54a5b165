//! A registrar at work: names, keys, sequence numbers and AID prefixes are each given once, and what was given can be
//! revoked.

use apdu_spec::aid::Aid;
use apdu_spec::certificate::{Certificate, CertificateRequest, Extension};
use apdu_spec::date::Date;
use apdu_spec::reason::Reason;

use super::keep_refusal;
use crate::crypto::{Digest, sha256};
use crate::database::{Database, ListRecord, PartyRecord};
use crate::decision::{Decision, Denial, deny};
use crate::error::{Error, Result};
use crate::plain::with_article;
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
            let (parties, revoked) = (self.database.parties()?, self.database.revocations()?);
            let own = || {
                parties
                    .iter()
                    .filter(|party| party.name == view.holder.identity())
            };
            let is_revoked = |party: &PartyRecord| revoked.contains(&sha256(&party.certificate));
            let same = |party: &&PartyRecord| {
                party.request == sha256(request)
                    && party.grant == grant.digest()
                    && own().next_back().is_some_and(|last| last.point == party.point)
            };
            let again = own().rev().find(same);
            if let Some(again) = again
                && !is_revoked(again)
            {
                return Ok(Decision::Granted(again.certificate.clone()));
            }
            let judged = judge(&view, grant, renew, &parties)?.and_then(|()| match again {
                Some(_) if !renew => deny(
                    Reason::Revoked,
                    format!("this certificate of {} was revoked", view.holder.identity()),
                ),
                _ => Ok(()),
            });
            if let Err(denial) = judged {
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
            "too many programs certify the same party at once: run it again when they are done".into(),
        ))
    }

    /// Revokes certificates that it gave, and gives the list that says so: everybody who trusts this registrar needs
    /// it, and every card. What was revoked before changes nothing.
    ///
    /// # Errors
    /// [`Error::Unfit`] for a certificate that it never gave, or if a list cannot name as many; [`Error::Database`];
    /// what the signer answers.
    pub fn revoke(&self, certificates: &[Digest], today: Date) -> Result<Vec<u8>> {
        let given = self.database.parties()?;
        for digest in certificates {
            if !given.iter().any(|party| sha256(&party.certificate) == *digest)
                && !self.registrar.links().iter().any(|link| link.digest() == digest)
                && self.registrar.root().digest() != digest
            {
                return Err(Error::Unfit(format!(
                    "no certificate with the digest {} was given here",
                    hex::encode(digest)
                )));
            }
        }
        if certificates.contains(self.registrar.newest().digest()) {
            return Err(Error::Unfit(
                "the list would be signed with the key it revokes: roll over first".into(),
            ));
        }
        self.publish(certificates, today)
    }

    /// The newest revocation list.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub fn revocation_list(&self) -> Result<Option<Vec<u8>>> {
        Ok(self.database.revocation_list()?.map(|list| list.object))
    }

    /// Signs everything revoked again, under the next number: after a roll-over, or to show that it is there.
    ///
    /// # Errors
    /// As [`Self::revoke`].
    pub fn publish_list(&self, today: Date) -> Result<Vec<u8>> {
        self.publish(&[], today)
    }

    fn publish(&self, new: &[Digest], today: Date) -> Result<Vec<u8>> {
        for _ in 0..ATTEMPTS {
            let (mut revoked, last) = (self.database.revocations()?, self.database.revocation_list()?);
            if let Some(last) = &last
                && !new.is_empty()
                && new.iter().all(|digest| revoked.contains(digest))
            {
                return Ok(last.object.clone());
            }
            revoked.extend(new);
            let number = last.map_or(0, |last| last.number);
            let number = number
                .checked_add(1)
                .ok_or_else(|| Error::Unfit("every number of a revocation list is used up".into()))?;
            let record = ListRecord {
                number,
                object: self.registrar.revocation_list(number, &revoked, today)?,
                day: today,
            };
            if self.database.record_revocations(new, &record)? {
                return Ok(record.object);
            }
        }
        Err(Error::Unfit(
            "too many programs revoke at once: run it again when they are done".into(),
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
    if let Some(gone) = grant.scope.predecessor()
        && !parties
            .iter()
            .any(|party| party.name == gone && party.role == grant.scope.role())
    {
        return deny(
            Reason::NotSuccessor,
            format!("no {} {gone} was ever registered here", grant.scope.role()),
        );
    }
    for party in parties {
        if party.name == name {
            if party.role != grant.scope.role() {
                return deny(
                    Reason::AlreadyRegistered,
                    format!("{name} is registered as {}", with_article(party.role)),
                );
            }
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
                format!("this key is registered already, under the name {}", party.name),
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
                format!(
                    "the prefix {taken} is one of {}, or one of the two begins with the other",
                    party.name
                ),
            );
        }
    }
    Ok(Ok(()))
}
