//! Checking an approval offline: what can be known is checked, what cannot is said.

use apdu_spec::certificate::{Certificate, KeyOrigin, Role};
use apdu_spec::date::Date;
use apdu_spec::object::Signed;

use super::{Approval, status};
use crate::certificate::{Registered, Roots, check};
use crate::crypto::{sha256, signed_by};
use crate::decision::Denial;
use crate::error::{Error, Result};
use crate::evidence::{
    Expected, Proved, ReadRequest, Signatory, card_extension, check_card, check_carried_out, check_object,
    check_provider, check_request, slots,
};
use crate::receipt::ReadReceipt;
use crate::report::{Outcome, Report};

const UNTRUSTED: &str = "its registrar's root is not among those trusted";

/// What no approval file tells; a card's chain of receipts with its head does ([`crate::chain`]).
pub const AFTER_THE_RECEIPT: &str = "whether the card did more after this receipt";

/// Everyone who has a certificate in the file.
struct Cast<'a> {
    rc: Certificate<'a>,
    irc: Certificate<'a>,
    dpr: Option<Certificate<'a>>,
    certifier: Option<Certificate<'a>>,
}

impl<'a> Cast<'a> {
    fn parse(approval: &'a Approval) -> Result<Self> {
        let parse = |name, encoded| Certificate::parse(encoded).map_err(Error::tlv(name));
        Ok(Self {
            rc: parse("card's certificate", &approval.card_certificate)?,
            irc: parse("issuer's certificate", &approval.issuer_certificate)?,
            dpr: approval
                .provider_certificate()
                .map(|encoded| parse("provider's certificate", encoded))
                .transpose()?,
            certifier: approval
                .certifier_certificate()
                .map(|encoded| parse("data certifier's certificate", encoded))
                .transpose()?,
        })
    }

    fn of(&self, role: Role) -> Option<&Certificate<'a>> {
        match role {
            Role::Issuer => Some(&self.irc),
            Role::Provider => self.dpr.as_ref(),
            Role::DataCertifier => self.certifier.as_ref(),
            Role::Card => Some(&self.rc),
            Role::IssuerRegistrar | Role::DataRegistrar => None,
        }
    }
}

impl Approval {
    /// Checks every certificate, signature and link against the registrars that the reader trusts.
    ///
    /// # Errors
    /// None in fact: every object was readable when it was added.
    pub fn verify(&self, roots: &Roots, today: Date) -> Result<Report> {
        let read = ReadRequest::parse(&self.request)?;
        let cast = Cast::parse(self)?;
        let mut report = Report::new(&[
            "whether the card still holds this request open",
            "whether the provider has the package whose digest the request names",
        ]);
        let roots = self.with_links(roots, &mut report);
        let issuers = roots.registrar_as(&read.request.issuer_root, Role::IssuerRegistrar)?;
        let providers = roots.registrar_as(&read.request.data_root, Role::DataRegistrar)?;
        revocation_known(&mut report, &[issuers, providers]);
        match issuers {
            Some(registrar) => {
                report.judged("issuer under its registrar", registrar.judge(&cast.irc, today));
                report.judged(
                    "card under its issuer",
                    check_card(&cast.rc, &cast.irc, registrar, today).map(drop),
                );
            }
            None => {
                report.untrusted("issuer under its registrar", roots.has(Role::IssuerRegistrar)?);
                report.judged("card under its issuer", check(&cast.rc, &cast.irc, today));
            }
        }
        report.judged("request by the card", check_request(&read, &cast.rc, today));
        verify_under(
            &mut report,
            "provider under its registrar",
            cast.dpr.as_ref(),
            (&roots, providers),
            |dpr, registrar| check_provider(&read.request, dpr, registrar, today),
        )?;
        if slots(read.request.header.mode)
            .iter()
            .any(|slot| slot.role == Role::DataCertifier)
        {
            verify_under(
                &mut report,
                "data certifier under its registrar",
                cast.certifier.as_ref(),
                (&roots, providers),
                |certifier, registrar| registrar.judge(certifier, today),
            )?;
        }
        let macs = self.verify_evidence(&mut report, &read, &cast)?;
        let known = [Some(&cast.irc), cast.dpr.as_ref(), cast.certifier.as_ref()];
        verify_refusals(&mut report, &self.refusals, &known)?;
        self.verify_receipt(&mut report, &read, &cast, macs, today)?;
        Ok(report)
    }

    /// What the reader trusts, and the links in the file that follow from it.
    fn with_links(&self, roots: &Roots, report: &mut Report) -> Roots {
        let mut roots = roots.clone();
        for link in &self.links {
            match roots.add_link("link certificate", link) {
                Ok(_) => report.add("link of a registrar", Outcome::Good, None),
                Err(Error::Denied(denial))
                    if denial.reason == apdu_spec::reason::Reason::UnknownAuthority =>
                {
                    report.unknown("link of a registrar", UNTRUSTED);
                }
                Err(error) => report.add("link of a registrar", Outcome::Bad, Some(error.to_string())),
            }
        }
        roots
    }

    /// Each object of the evidence. Tells whether one of them is a MAC.
    fn verify_evidence(&self, report: &mut Report, read: &ReadRequest<'_>, cast: &Cast<'_>) -> Result<bool> {
        let mode = read.request.header.mode;
        let mac_allowed = card_extension(&cast.rc).is_ok_and(|card| card.policy.allows_mac());
        let (mut before, mut macs) = (None, false);
        for (index, slot) in slots(mode).iter().enumerate() {
            let name = format!("{} by the {}", slot.name, slot.role);
            let Some(encoded) = self.evidence.get(index) else {
                report.unknown(name, "not given yet");
                continue;
            };
            let signed = Signed::parse(encoded).map_err(Error::tlv(slot.name))?;
            let previous = slot.previous(&read.digest, before.as_ref());
            before = Some(sha256(encoded));
            let Some(certificate) = cast.of(slot.role) else {
                report.unknown(name, "its signer's certificate is not in the file");
                continue;
            };
            let signatory = Signatory {
                certificate,
                mode,
                previous,
                mac_allowed,
            };
            let rc = sha256(cast.rc.encoded);
            match check_object(slot, &signed, &signatory, Some(&rc), Some(&read.request.sdi)) {
                Ok(Proved::Signature) => report.add(name, Outcome::Good, None),
                Ok(Proved::Mac) => {
                    macs = true;
                    report.unknown(
                        name,
                        "it is a MAC, which card and party can both compute: it proves nothing to others",
                    );
                }
                Err(denial) => report.add(name, Outcome::Bad, Some(denial.to_string())),
            }
        }
        Ok(macs)
    }

    fn verify_receipt(
        &self,
        report: &mut Report,
        read: &ReadRequest<'_>,
        cast: &Cast<'_>,
        macs: bool,
        today: Date,
    ) -> Result<()> {
        let name = "receipt by the card";
        let Some(encoded) = &self.receipt else {
            report.unknown(name, "not there yet");
            return Ok(());
        };
        let receipt = ReadReceipt::parse(encoded)?;
        let signers: Option<Vec<_>> = slots(read.request.header.mode)
            .iter()
            .map(|slot| cast.of(slot.role).copied())
            .collect();
        let expected = match &signers {
            Some(signers) => Expected::exactly(signers, macs),
            None => Expected::Among(Vec::new()),
        };
        let judged = receipt
            .verify(&cast.rc, None, today)
            .and_then(|_| check_carried_out(&receipt.receipt, read, &expected));
        report.judged(name, judged);
        if card_extension(&cast.rc).is_ok_and(|card| card.key_origin == KeyOrigin::Issuer) {
            report
                .cannot_know
                .push("whether the receipt is the card's or its issuer's, who made the card's key".into());
        }
        report.cannot_know.push(AFTER_THE_RECEIPT.to_owned());
        Ok(())
    }
}

/// Says how far revocation is known.
fn revocation_known(report: &mut Report, registrars: &[Option<&Registered>]) {
    for registrar in registrars.iter().flatten() {
        let name = registrar
            .root()
            .view()
            .map(|root| root.holder.to_string())
            .unwrap_or_default();
        report.cannot_know.push(match registrar.list_number() {
            Some(number) => format!("whether {name} revoked a certificate after its list {number}"),
            None => format!("whether {name} revoked a certificate: none of its lists is here"),
        });
    }
}

/// Judges a certificate under a data registrar, if both are there.
///
/// # Errors
/// As [`Roots::has`].
pub(crate) fn verify_under<'a>(
    report: &mut Report,
    name: &str,
    certificate: Option<&Certificate<'a>>,
    (roots, registrar): (&Roots, Option<&Registered>),
    judge: impl FnOnce(&Certificate<'a>, &Registered) -> std::result::Result<(), Denial>,
) -> Result<()> {
    match (certificate, registrar) {
        (Some(certificate), Some(registrar)) => report.judged(name, judge(certificate, registrar)),
        (None, _) => report.unknown(name, "its certificate is not in the file"),
        (_, None) => report.untrusted(name, roots.has(Role::DataRegistrar)?),
    }
    Ok(())
}

/// Whether refusals are signed by one of those whose certificates are known.
pub(crate) fn verify_refusals(
    report: &mut Report,
    refusals: &[Vec<u8>],
    known: &[Option<&Certificate<'_>>],
) -> Result<()> {
    for encoded in refusals {
        let (signed, refusal) = status::refusal(encoded).map_err(Error::tlv("refusal"))?;
        let signer = known.iter().copied().flatten().find(|certificate| {
            refusal.header.certificate == sha256(certificate.encoded)
                && refusal.header.role == certificate.role
        });
        let name = "refusal";
        match signer {
            Some(signer) if signed_by(signer.point, &signed) => {
                // What is good is the signature; who reads only this line must see that it is a no.
                let no = format!("the {} refused: {}", signer.role, refusal.text);
                report.add(name, Outcome::Good, Some(no));
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
