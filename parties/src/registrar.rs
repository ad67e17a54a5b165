//! What a registrar decides: who gets a certificate, and for what.
//!
//! SPEC.md section 3. An issuer registrar certifies issuers (IRC), a data registrar certifies providers (DPR). What
//! belongs here: judging one request and making the certificate. What does not: what was certified before
//! ([`crate::office`]).

use apdu_spec::aid::Aid;
use apdu_spec::certificate::{
    CertificateBuilder, CertificateRequest, CertificateRequestBuilder, Extension, IssuerExtension, Mnemonic,
    ProviderExtension, Reference, Rights, Role, assemble,
};
use apdu_spec::date::Date;
use apdu_spec::limits::REQUEST_MAX;
use apdu_spec::object::Mode;
use apdu_spec::reason::Reason;

use crate::certificate::{OwnedCertificate, Roots};
use crate::crypto::{Digest, sha256_of, verifies};
use crate::decision::{Decision, Denial, Desk, SignedRefusal, deny};
use crate::error::{Error, Result};
use crate::signer::Signer;

/// The mode that a registrar's refusals carry: SPEC.md section 4.
const MODE: Mode = Mode::RegisteredIssuer;
/// Room for the content of any extension.
const EXTENSION_MAX: usize = 160;

/// What an issuer or a provider may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// An issuer may bind these data registrars, named by their roots' digests, to its cards: one to four.
    DataRegistrars(Vec<Digest>),
    /// A provider may use AIDs with these prefixes: one to eight.
    Prefixes(Vec<Aid>),
}

/// What a registrar is told to put into a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Modes in which the party may take part.
    pub rights: Rights,
    /// First day.
    pub effective: Date,
    /// Last day.
    pub expiration: Date,
    /// What it may do.
    pub scope: Scope,
}

impl Grant {
    /// Digest of everything granted: tells whether the same is asked for again.
    #[must_use]
    pub fn digest(&self) -> Digest {
        let mut pieces = vec![
            self.rights.bits().to_be_bytes().to_vec(),
            self.effective.to_digits().to_vec(),
            self.expiration.to_digits().to_vec(),
        ];
        match &self.scope {
            Scope::DataRegistrars(roots) => pieces.extend(roots.iter().map(|root| root.to_vec())),
            Scope::Prefixes(prefixes) => {
                let sized =
                    |aid: &Aid| [&[u8::try_from(aid.as_bytes().len()).unwrap_or(0)], aid.as_bytes()].concat();
                pieces.extend(prefixes.iter().map(sized));
            }
        }
        sha256_of(&pieces.iter().map(Vec::as_slice).collect::<Vec<_>>())
    }
}

/// Makes a registrar's self-signed root.
///
/// # Errors
/// [`Error::Unfit`] for a role that has no root; what the signer answers.
pub fn make_root(
    role: Role,
    holder: Reference,
    rights: Rights,
    (effective, expiration): (Date, Date),
    signer: &impl Signer,
) -> Result<OwnedCertificate> {
    if !role.is_root() {
        return Err(Error::Unfit(format!("the role {role} has no root certificate")));
    }
    let builder = CertificateBuilder {
        authority: holder,
        holder,
        point: signer.point(),
        role,
        rights,
        effective,
        expiration,
        extension: Extension::None,
    };
    OwnedCertificate::sign(&builder, signer)
}

/// Makes a party's request for a certificate over its key.
///
/// # Errors
/// What the signer answers.
pub fn make_request(holder: Reference, signer: &impl Signer) -> Result<Vec<u8>> {
    let cannot = |error| Error::Unfit(format!("cannot write the request: {error}"));
    let (mut body, mut encoded) = ([0; REQUEST_MAX], vec![0; REQUEST_MAX]);
    let builder = CertificateRequestBuilder {
        holder,
        point: signer.point(),
        card: None,
    };
    let length = builder.write_body(&mut body).map_err(cannot)?;
    let body = body.get(..length).unwrap_or_default();
    let length = assemble(body, &signer.sign(body)?, &mut encoded).map_err(cannot)?;
    encoded.truncate(length);
    Ok(encoded)
}

/// A registrar: its root and the key of it.
#[derive(Debug)]
pub struct Registrar<S> {
    root: OwnedCertificate,
    role: Role,
    name: Mnemonic,
    signer: S,
}

impl<S: Signer> Registrar<S> {
    /// A registrar with this root, 7F21.
    ///
    /// # Errors
    /// [`Error::Input`] for a root that is none; [`Error::Unfit`] if it is over another key than the signer's.
    pub fn new(root: &[u8], signer: S) -> Result<Self> {
        let mut roots = Roots::new();
        let digest = roots.add("root certificate", root)?;
        let root = roots.find(&digest).cloned().ok_or(Error::Cryptography("hash"))?;
        let view = root.view()?;
        if view.point != signer.point() {
            return Err(Error::Unfit("the root certificate is over another key".into()));
        }
        let (role, name) = (view.role, view.holder.identity());
        Ok(Self {
            root,
            role,
            name,
            signer,
        })
    }

    /// The root.
    #[must_use]
    pub fn root(&self) -> &OwnedCertificate {
        &self.root
    }

    /// Its role: which parties it certifies.
    #[must_use]
    pub fn role(&self) -> Role {
        self.role
    }

    fn desk(&self) -> Desk<'_, S> {
        Desk {
            role: self.role,
            certificate: &self.root,
            signer: &self.signer,
        }
    }

    /// Certifies the key in a party's request under its name and `sequence`, or refuses.
    ///
    /// # Errors
    /// [`Error::Input`] for a malformed request; what the signer answers.
    pub fn certify(&self, request: &[u8], grant: &Grant, sequence: u32, today: Date) -> Result<Decision> {
        let view = CertificateRequest::parse(request).map_err(Error::tlv("certificate request"))?;
        let root = self.root.view()?;
        let builder = match self.judge(&view, grant, sequence, today) {
            Ok((role, holder)) => (role, holder),
            Err(denial) => return Ok(Decision::Refused(self.refuse(request, denial)?)),
        };
        let mut buffer = [0; EXTENSION_MAX];
        let extension = match &grant.scope {
            Scope::DataRegistrars(roots) => {
                IssuerExtension::encode(roots, &mut buffer).map(Extension::Issuer)
            }
            Scope::Prefixes(prefixes) => {
                ProviderExtension::encode(prefixes, &mut buffer).map(Extension::Provider)
            }
        };
        let extension = extension.map_err(|_| {
            Error::Unfit("one to four data registrars or one to eight AID prefixes are needed".into())
        })?;
        let (role, holder) = builder;
        let builder = CertificateBuilder {
            authority: root.holder,
            holder,
            point: view.point,
            role,
            rights: grant.rights,
            effective: grant.effective,
            expiration: grant.expiration,
            extension,
        };
        OwnedCertificate::sign(&builder, &self.signer).map(|made| Decision::Granted(made.encoded().to_vec()))
    }

    /// Signs a refusal of a request.
    ///
    /// # Errors
    /// What the signer answers.
    pub fn refuse(&self, request: &[u8], denial: Denial) -> Result<SignedRefusal> {
        self.desk().refuse(MODE, request, denial)
    }

    fn judge(
        &self,
        request: &CertificateRequest<'_>,
        grant: &Grant,
        sequence: u32,
        today: Date,
    ) -> std::result::Result<(Role, Reference), Denial> {
        let name = request.holder.identity();
        if request.card.is_some() {
            return deny(
                Reason::CertificateRole,
                "this is a card's request: cards are registered by issuers",
            );
        }
        if !verifies(request.point, request.body, request.signature) {
            return deny(
                Reason::BadSignature,
                format!("the request of {name} is not signed with its own key"),
            );
        }
        let role = match (&grant.scope, self.role) {
            (Scope::DataRegistrars(_), Role::IssuerRegistrar) => Role::Issuer,
            (Scope::Prefixes(_), Role::DataRegistrar) => Role::Provider,
            (_, role) => return deny(Reason::CertificateRole, format!("not what a {role} certifies")),
        };
        if name == self.name || request.point == self.signer.point() {
            return deny(Reason::SameParty, format!("{name} is the registrar itself"));
        }
        let root = self
            .root
            .view()
            .map_err(|_| Denial::new(Reason::UnknownAuthority, "no root"))?;
        if !grant.rights.is_subset_of(root.rights) {
            return deny(
                Reason::CertificateRole,
                "the registrar itself has not all these rights",
            );
        }
        if grant.effective > grant.expiration || grant.expiration < today || root.expiration < today {
            return deny(
                Reason::Expired,
                format!("a certificate from {} to {}", grant.effective, grant.expiration),
            );
        }
        if let Scope::Prefixes(prefixes) = &grant.scope
            && let Some(reserved) = prefixes.iter().find(|prefix| prefix.is_reserved())
        {
            return deny(
                Reason::AidNotAllowed,
                format!("the prefix {reserved} is reserved"),
            );
        }
        match Reference::from_parts(name, sequence) {
            Some(holder) => Ok((role, holder)),
            None => deny(
                Reason::SerialTooOld,
                format!("{name} has used up its sequence numbers"),
            ),
        }
    }
}
