//! What a registrar decides: who gets a certificate, and for what.
//!
//! SPEC.md section 3. An issuer registrar certifies issuers (IRC), a data registrar certifies providers (DPR). What
//! belongs here: judging one request and making the certificate. What does not: what was certified before
//! ([`crate::office`]).

mod grant;

pub use grant::{Grant, Scope};

use apdu_spec::certificate::{
    CertificateBuilder, CertificateRequest, CertificateRequestBuilder, Extension, IssuerExtension, Mnemonic,
    ProviderExtension, Reference, Rights, Role, SuccessorExtension, assemble,
};
use apdu_spec::date::Date;
use apdu_spec::limits::REQUEST_MAX;
use apdu_spec::limits::REVOKED;
use apdu_spec::object::{Mode, NO_PREVIOUS, RevocationList};
use apdu_spec::reason::Reason;

use crate::certificate::{OwnedCertificate, Registered};
use crate::crypto::{Digest, Point, verifies};
use crate::decision::{Decision, Denial, Desk, SignedRefusal, deny};
use crate::error::{Error, Result};
use crate::plain::with_article;
use crate::signer::Signer;

/// The mode that a registrar's refusals carry: SPEC.md section 4.
const MODE: Mode = Mode::RegisteredIssuer;
/// Room for the content of any extension.
const EXTENSION_MAX: usize = 160;

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

/// A registrar: its first root, the links to its newest key, and that key.
#[derive(Debug)]
pub struct Registrar<S> {
    registered: Registered,
    role: Role,
    name: Mnemonic,
    signer: S,
}

impl<S: Signer> Registrar<S> {
    /// A registrar with this root, 7F21, whose key never rolled over.
    ///
    /// # Errors
    /// As [`Self::with_links`].
    pub fn new(root: &[u8], signer: S) -> Result<Self> {
        Self::with_links(root, &[], signer)
    }

    /// A registrar with this first root and these links after it, oldest first, 7F21 each; `signer` has the newest key.
    ///
    /// # Errors
    /// [`Error::Input`] for a root that is none; [`Error::Denied`] for a link that does not follow; [`Error::Unfit`] if
    /// the newest certificate is over another key than the signer's.
    pub fn with_links(root: &[u8], links: &[Vec<u8>], signer: S) -> Result<Self> {
        let mut registered = Registered::new("root certificate", root)?;
        for link in links {
            registered.add_link("link certificate", link)?;
        }
        let view = registered.newest().view()?;
        if view.point != signer.point() {
            return Err(Error::Unfit("the root certificate is over another key".into()));
        }
        let (role, name) = (view.role, view.holder.identity());
        Ok(Self {
            registered,
            role,
            name,
            signer,
        })
    }

    /// The first root: its digest stands for this registrar for ever.
    #[must_use]
    pub fn root(&self) -> &OwnedCertificate {
        self.registered.root()
    }

    /// The links after it, oldest first.
    #[must_use]
    pub fn links(&self) -> &[OwnedCertificate] {
        self.registered.links()
    }

    /// The certificate over its present key.
    #[must_use]
    pub fn newest(&self) -> &OwnedCertificate {
        self.registered.newest()
    }

    /// Its role: which parties it certifies.
    #[must_use]
    pub fn role(&self) -> Role {
        self.role
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> Mnemonic {
        self.name
    }

    fn desk(&self) -> Desk<'_, S> {
        Desk {
            role: self.role,
            certificate: self.newest(),
            signer: &self.signer,
        }
    }

    /// Certifies this registrar's next key with its present one: the same role and name, the next sequence number.
    ///
    /// # Errors
    /// [`Error::Denied`] for more rights than it has, or dates that are none; what the signer answers.
    pub fn link(
        &self,
        point: &Point,
        rights: Rights,
        (effective, expiration): (Date, Date),
    ) -> Result<OwnedCertificate> {
        let present = self.newest().view()?;
        let denied = |reason, text: &str| Err(Error::Denied(Denial::new(reason, text)));
        if !rights.is_subset_of(present.rights) {
            return denied(
                Reason::CertificateRole,
                "the registrar itself has not all these rights",
            );
        }
        if effective > expiration {
            return denied(Reason::Expired, "the certificate would end before it begins");
        }
        if point == present.point {
            return denied(Reason::SameParty, "the next key is the present one");
        }
        let Some(holder) = Reference::from_parts(self.name, present.holder.sequence().saturating_add(1))
        else {
            return denied(
                Reason::LinkTooOld,
                "the registrar has used up its sequence numbers",
            );
        };
        let builder = CertificateBuilder {
            authority: present.holder,
            holder,
            point,
            role: self.role,
            rights,
            effective,
            expiration,
            extension: Extension::None,
        };
        OwnedCertificate::sign(&builder, &self.signer)
    }

    /// Signs the list of everything it revokes: it replaces every list with a lower number.
    ///
    /// # Errors
    /// [`Error::Unfit`] for more certificates than a list can name; what the signer answers.
    pub fn revocation_list(&self, number: u32, revoked: &[Digest], today: Date) -> Result<Vec<u8>> {
        let mut sorted = revoked.to_vec();
        sorted.sort_unstable();
        sorted.dedup();
        let header = self.desk().header(MODE, NO_PREVIOUS);
        let mut buffer = [0; REVOKED * 34];
        let list = RevocationList::new(header, number, today, &sorted, &mut buffer)
            .map_err(|_| Error::Unfit(format!("a revocation list names at most {REVOKED} certificates")))?;
        self.desk().sign(&list)
    }

    /// Certifies the key in a party's request under its name and `sequence`, or refuses.
    ///
    /// # Errors
    /// [`Error::Input`] for a malformed request; what the signer answers.
    pub fn certify(&self, request: &[u8], grant: &Grant, sequence: u32, today: Date) -> Result<Decision> {
        let view = CertificateRequest::parse(request).map_err(Error::tlv("certificate request"))?;
        let root = self.newest().view()?;
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
            Scope::DataCertifier => Ok(Extension::None),
            Scope::SuccessorIssuer { predecessor, roots } => IssuerExtension::encode(roots, &mut buffer)
                .map(|roots| Extension::Successor(SuccessorExtension::of_issuer(*predecessor, roots))),
            Scope::SuccessorProvider { predecessor } => Ok(Extension::Successor(
                SuccessorExtension::of_provider(*predecessor),
            )),
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
        let role = grant.scope.role();
        if role.certified_by() != Some(self.role) {
            return deny(
                Reason::CertificateRole,
                format!(
                    "{} does not certify {}",
                    with_article(self.role),
                    with_article(role)
                ),
            );
        }
        if grant.scope.predecessor() == Some(name) {
            return deny(Reason::SameParty, format!("{name} cannot succeed itself"));
        }
        if name == self.name || request.point == self.signer.point() {
            return deny(Reason::SameParty, format!("{name} is the registrar itself"));
        }
        let root = self.newest().view().map_err(|_| {
            Denial::new(
                Reason::UnknownAuthority,
                "the registrar's own root cannot be read",
            )
        })?;
        if !grant.rights.is_subset_of(root.rights) {
            return deny(
                Reason::CertificateRole,
                "the registrar's own root has not all the rights that are asked for",
            );
        }
        if !grant.rights.is_subset_of(grant.scope.rights()) {
            return deny(
                Reason::CertificateRole,
                format!(
                    "these are more modes than {} like this takes part in",
                    with_article(role)
                ),
            );
        }
        if grant.effective > grant.expiration || grant.expiration < today || root.expiration < today {
            return deny(
                Reason::Expired,
                match root.expiration < today {
                    true => format!("the registrar's own root ended on {}", root.expiration),
                    false => format!(
                        "the certificate would begin on {} and end on {}, and today is {today}",
                        grant.effective, grant.expiration
                    ),
                },
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
