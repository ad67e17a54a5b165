//! What a provider decides: which card of which issuer gets which of its packages.
//!
//! SPEC.md section 4. Pure: everything it knows comes in as arguments, nothing is kept ([`crate::office`] does).

use apdu_spec::certificate::{Certificate, Role};
use apdu_spec::date::Date;
use apdu_spec::object::{
    Mode, Operation, PackageDigests, ProviderId, SecondAuthorization, Signed, StoringRequest,
};
use apdu_spec::reason::Reason;

use crate::certificate::{OwnedCertificate, Roots};
use crate::crypto::sha256;
use crate::decision::{Decision, Denial, Desk, SignedRefusal, deny};
use crate::error::{Error, Result};
use crate::evidence::{ReadRequest, check_card, check_first, check_provider, check_request};
use crate::issuer::own_certificate;
use crate::signer::Signer;

/// What a storing request comes with, all of it complete objects as they were received.
#[derive(Clone, Copy, Debug)]
pub struct Evidence<'a> {
    /// SR, F0.
    pub request: &'a [u8],
    /// SAR, F0.
    pub first: &'a [u8],
    /// RC, 7F21.
    pub card_certificate: &'a [u8],
    /// IRC, 7F21.
    pub issuer_certificate: &'a [u8],
}

/// A provider: its certificate, its registrar's root, the issuer registrars it trusts, and its key.
#[derive(Debug)]
pub struct Provider<S> {
    certificate: OwnedCertificate,
    root: OwnedCertificate,
    issuer_roots: Roots,
    signer: S,
}

impl<S: Signer> Provider<S> {
    /// A provider with this DPR under this root of a data registrar, both 7F21.
    ///
    /// # Errors
    /// [`Error::Input`] for a malformed certificate; [`Error::Unfit`] if it is not a DPR under that root over the
    /// signer's key.
    pub fn new(certificate: &[u8], root: &[u8], issuer_roots: Roots, signer: S) -> Result<Self> {
        let (certificate, root) = own_certificate(certificate, root, Role::Provider, signer.point())?;
        Ok(Self {
            certificate,
            root,
            issuer_roots,
            signer,
        })
    }

    /// The DPR.
    #[must_use]
    pub fn certificate(&self) -> &OwnedCertificate {
        &self.certificate
    }

    /// The data registrar's root.
    #[must_use]
    pub fn root(&self) -> &OwnedCertificate {
        &self.root
    }

    /// Who this provider is, as SDI names it.
    ///
    /// # Errors
    /// None in fact.
    pub fn identity(&self) -> Result<ProviderId> {
        self.certificate.identity(&self.root)
    }

    fn desk(&self) -> Desk<'_, S> {
        Desk {
            role: Role::Provider,
            certificate: &self.certificate,
            signer: &self.signer,
        }
    }

    /// Signs a refusal of `object`.
    ///
    /// # Errors
    /// What the signer answers.
    pub fn refuse(&self, mode: Mode, object: &[u8], denial: Denial) -> Result<SignedRefusal> {
        self.desk().refuse(mode, object, denial)
    }

    /// Agrees to what the issuer agreed to, or refuses. `held` is what this provider has under the request's AID and
    /// version; for a delete, what it had when it was stored.
    ///
    /// A refusal is over the SAR.
    ///
    /// # Errors
    /// [`Error::Input`] for what cannot be read; what the signer answers.
    pub fn second_authorization(
        &self,
        evidence: &Evidence<'_>,
        held: Option<&PackageDigests>,
        today: Date,
    ) -> Result<Decision> {
        let read = ReadRequest::parse(evidence.request)?;
        let first = Signed::parse(evidence.first).map_err(Error::tlv("first authorization"))?;
        let rc = Certificate::parse(evidence.card_certificate).map_err(Error::tlv("card's certificate"))?;
        let irc =
            Certificate::parse(evidence.issuer_certificate).map_err(Error::tlv("issuer's certificate"))?;
        let mode = read.request.header.mode;
        match self.judge(&read, &first, &rc, &irc, held, today)? {
            Err(denial) => self.refuse(mode, evidence.first, denial).map(Decision::Refused),
            Ok(()) => {
                let body = SecondAuthorization {
                    header: self.desk().header(mode, sha256(first.encoded)),
                };
                self.desk().sign(&body).map(Decision::Granted)
            }
        }
    }

    fn judge(
        &self,
        read: &ReadRequest<'_>,
        first: &Signed<'_>,
        rc: &Certificate<'_>,
        irc: &Certificate<'_>,
        held: Option<&PackageDigests>,
        today: Date,
    ) -> Result<std::result::Result<(), Denial>> {
        let (dpr, data_root) = (self.certificate.view()?, self.root.view()?);
        let issuer_root = self.issuer_roots.find(&read.request.issuer_root);
        let Some(issuer_root) = issuer_root.map(OwnedCertificate::view).transpose()? else {
            return Ok(deny(
                Reason::UnknownAuthority,
                "the card's issuer registrar is not trusted here",
            ));
        };
        let judged = || {
            check_card(rc, irc, &issuer_root, today)?;
            check_request(read, rc, today)?;
            if read.request.data_root != *self.root.digest() {
                return deny(
                    Reason::RootMismatch,
                    "the card is bound to another data registrar",
                );
            }
            check_provider(&read.request, &dpr, &data_root, today)?;
            if !dpr.rights.allows(read.request.header.mode) {
                return deny(Reason::CertificateRole, "this provider has no right to this mode");
            }
            if irc.point == dpr.point {
                return deny(Reason::SameParty, "issuer and provider have the same key");
            }
            check_first(read, first, rc, irc)?;
            check_held(&read.request, held)
        };
        Ok(judged())
    }
}

/// What is to be stored or deleted is what the provider really has.
fn check_held(request: &StoringRequest, held: Option<&PackageDigests>) -> std::result::Result<(), Denial> {
    let sdi = &request.sdi;
    let Some(held) = held else {
        return deny(
            Reason::NoSuchApplication,
            format!("no package {} version {} here", sdi.aid, sdi.version),
        );
    };
    match (&sdi.package, sdi.operation) {
        (None, Operation::Delete) => Ok(()),
        (Some(asked), Operation::Store | Operation::Replace) if asked == held => Ok(()),
        _ => deny(
            Reason::PackageDigest,
            format!("another package than {} version {} here", sdi.aid, sdi.version),
        ),
    }
}
