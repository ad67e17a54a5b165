//! What a data certifier decides: which data a data registrar stands for besides their provider.
//!
//! SPEC.md section 4, mode 7. Pure: everything it knows comes in as arguments, nothing is kept ([`crate::office`] does).

use apdu_spec::certificate::{Certificate, Role};
use apdu_spec::date::Date;
use apdu_spec::object::{
    CertifiedData, Mode, NO_PREVIOUS, PackageDigests, ProviderId, RegistrarCertifiedData, Sdi, Signed,
};
use apdu_spec::reason::Reason;

use crate::certificate::{Membership, OwnedCertificate, Roots};
use crate::crypto::sha256;
use crate::decision::{Decision, Denial, Desk, SignedRefusal, deny};
use crate::error::{Error, Result};
use crate::evidence::{Signatory, check_object, check_operation, check_owner, check_rights, slots};
use crate::signer::Signer;

/// The only mode of a data certifier.
const MODE: Mode = Mode::RegistrarCertified;

/// A data certifier: its certificate, the data registrar that delegated it, and its key.
#[derive(Debug)]
pub struct Certifier<S> {
    membership: Membership,
    signer: S,
}

impl<S: Signer> Certifier<S> {
    /// A data certifier with this certificate under the data registrar with this first root, both 7F21. `roots` may
    /// hold that registrar's links and revocation list.
    ///
    /// # Errors
    /// [`Error::Input`] for a malformed certificate; [`Error::Unfit`] if it is none under that root over the signer's key.
    pub fn new(certificate: &[u8], root: &[u8], roots: Roots, signer: S) -> Result<Self> {
        let membership = Membership::new(certificate, root, roots, Role::DataCertifier, signer.point())?;
        Ok(Self { membership, signer })
    }

    /// Its certificate.
    #[must_use]
    pub fn certificate(&self) -> &OwnedCertificate {
        self.membership.certificate()
    }

    /// The data registrar's first root.
    #[must_use]
    pub fn root(&self) -> &OwnedCertificate {
        self.membership.root()
    }

    /// The registrars it trusts, its own among them.
    #[must_use]
    pub fn roots(&self) -> &Roots {
        self.membership.roots()
    }

    /// Who it is.
    ///
    /// # Errors
    /// None in fact.
    pub fn identity(&self) -> Result<ProviderId> {
        self.membership.identity()
    }

    fn desk(&self) -> Desk<'_, S> {
        Desk {
            role: Role::DataCertifier,
            certificate: self.membership.certificate(),
            signer: &self.signer,
        }
    }

    /// Signs a refusal of `object`.
    ///
    /// # Errors
    /// What the signer answers.
    pub fn refuse(&self, object: &[u8], denial: Denial) -> Result<SignedRefusal> {
        self.desk().refuse(MODE, object, denial)
    }

    /// Agrees to certified data (SDCI, F0) of the provider with this DPR (7F21), or refuses. `package` is what the
    /// certifier has looked at: the data must be about that.
    ///
    /// # Errors
    /// [`Error::Input`] for what cannot be read; what the signer answers.
    pub fn countersign(
        &self,
        data: &[u8],
        dpr: &[u8],
        package: &PackageDigests,
        today: Date,
    ) -> Result<Decision> {
        let signed = Signed::parse(data).map_err(Error::tlv("certified data"))?;
        let body: CertifiedData = signed.read().map_err(Error::tlv("certified data"))?;
        let dpr = Certificate::parse(dpr).map_err(Error::tlv("provider's certificate"))?;
        if let Err(denial) = self.judge(&signed, &body.sdi, &dpr, package, today)? {
            return self.refuse(data, denial).map(Decision::Refused);
        }
        let header = self.desk().header(MODE, sha256(data));
        self.desk()
            .sign(&RegistrarCertifiedData { header })
            .map(Decision::Granted)
    }

    fn judge(
        &self,
        signed: &Signed<'_>,
        sdi: &Sdi,
        dpr: &Certificate<'_>,
        package: &PackageDigests,
        today: Date,
    ) -> Result<std::result::Result<(), Denial>> {
        let (own, registrar) = (self.membership.valid(today)?, self.membership.registrar()?);
        let judged = || {
            let own = own?;
            check_rights(&own, MODE)?;
            check_owner(sdi, dpr, registrar, today)?;
            if own.point == dpr.point || own.holder.identity() == dpr.holder.identity() {
                return deny(Reason::SameParty, "provider and data certifier are one party");
            }
            for slot in slots(MODE).iter().take(1) {
                let signatory = Signatory {
                    certificate: dpr,
                    mode: MODE,
                    previous: NO_PREVIOUS,
                    mac_allowed: false,
                };
                check_object(slot, signed, &signatory, None, None)?;
            }
            check_operation(MODE, sdi.operation)?;
            if sdi.expiry < today {
                return deny(Reason::Expired, format!("the data ended on {}", sdi.expiry));
            }
            if sdi.package.as_ref() == Some(package) {
                Ok(())
            } else {
                deny(
                    Reason::PackageDigest,
                    "the data are of another package than the one shown",
                )
            }
        };
        Ok(judged())
    }
}
