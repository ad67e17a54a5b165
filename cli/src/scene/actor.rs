//! Whoever signs: a role, a certificate and a key.
//!
//! The parties of crate `parties` sign what their policy allows. An actor signs whatever he is told, in any mode and role: so
//! that a scene shows every way to store, and that an attacker who got hold of a key can do his worst with it.

use apdu_spec::certificate::{Certificate, Role};
use apdu_spec::object::{Algorithm, Body, Header, Mode, ProviderId, Signed};
use parties::certificate::OwnedCertificate;
use parties::crypto::Digest;
use parties::decision::sign_object;
use parties::shared_key::CardKey;

use super::{Result, Shared};

/// Room for the longest object, a revocation list.
const OBJECT_MAX: usize = 2048;

/// A party with its certificate and its key.
#[derive(Clone, Debug)]
pub struct Actor {
    role: Role,
    anchor: Digest,
    certificate: OwnedCertificate,
    key: Shared,
}

impl Actor {
    /// The holder of a certificate; `anchor` is the digest of the first root of its registrar.
    ///
    /// # Errors
    /// [`SceneError::Coding`](super::SceneError::Coding) for what is no certificate.
    pub fn new(certificate: &[u8], anchor: Digest, key: Shared) -> Result<Self> {
        Ok(Self {
            role: Certificate::parse(certificate)?.role,
            anchor,
            certificate: OwnedCertificate::parse("certificate of the scene", certificate)?,
            key,
        })
    }

    /// The certificate, 7F21.
    #[must_use]
    pub fn certificate(&self) -> &[u8] {
        self.certificate.encoded()
    }

    /// SHA-256 of the certificate.
    #[must_use]
    pub fn digest(&self) -> Digest {
        *self.certificate.digest()
    }

    /// The key.
    #[must_use]
    pub const fn key(&self) -> &Shared {
        &self.key
    }

    /// Who this is, as storing data and releases name it.
    ///
    /// # Errors
    /// None in fact.
    pub fn identity(&self) -> Result<ProviderId> {
        Ok(ProviderId {
            root: self.anchor,
            name: Certificate::parse(self.certificate())?.holder.identity(),
        })
    }

    /// The header of an object that this party signs.
    #[must_use]
    pub fn header(&self, mode: Mode, previous: Digest) -> Header {
        Header {
            mode,
            role: self.role,
            certificate: self.digest(),
            previous,
            algorithm: Algorithm::EcdsaP256Sha256,
        }
    }

    /// The header of an authorization that this party makes by MAC.
    #[must_use]
    pub fn header_for_mac(&self, mode: Mode, previous: Digest) -> Header {
        Header {
            algorithm: Algorithm::AesCmac,
            ..self.header(mode, previous)
        }
    }

    /// Signs a body, whatever its header says.
    ///
    /// # Errors
    /// [`SceneError::Party`](super::SceneError::Party).
    pub fn sign<'b>(&self, body: &impl Body<'b>) -> Result<Vec<u8>> {
        Ok(sign_object(body, &self.key)?)
    }
}

/// A body with the MAC of a shared key.
///
/// # Errors
/// [`SceneError::Coding`](super::SceneError::Coding) for a body that cannot be written.
pub fn sign_by_mac<'b>(body: &impl Body<'b>, key: &CardKey) -> Result<Vec<u8>> {
    let (mut buffer, mut signed) = ([0; OBJECT_MAX], vec![0; OBJECT_MAX]);
    let length = body.write_complete(&mut buffer)?;
    let body = buffer.get(..length).unwrap_or_default();
    let length = Signed::assemble_mac(body, &key.mac(body)?, &mut signed)?;
    signed.truncate(length);
    Ok(signed)
}
