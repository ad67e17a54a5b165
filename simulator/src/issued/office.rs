//! Somebody with a key and a certificate for it.

use apdu_spec::certificate::{CERTIFICATE, CertificateBuilder, Extension, Reference, Rights, Role, assemble};
use apdu_spec::limits::{CERTIFICATE_MAX, COMMAND_DATA_MAX};
use apdu_spec::object::{Algorithm, Body, Digest, Header, Mode, Signed};
use apdu_spec::tlv::Reader;
use applet::crypto::{Crypto, PrivateKey};
use applet::rustcrypto::RustCrypto;

use super::{Result, cannot, first_day, last_day};

pub(super) fn sha256(bytes: &[u8]) -> Digest {
    RustCrypto.digest(&[bytes])
}

/// What is inside a 7F21, as PSO VERIFY CERTIFICATE takes it.
pub(super) fn inside(certificate: &[u8]) -> Result<&[u8]> {
    Ok(Reader::new(certificate).value(CERTIFICATE)?)
}

pub(super) struct Office {
    key: PrivateKey,
    certificate: Vec<u8>,
    reference: Reference,
    role: Role,
}

impl std::fmt::Debug for Office {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Office({})", self.reference.as_str())
    }
}

/// What a certificate says, but for its key and who signs it.
pub(super) struct Draft<'a> {
    name: &'a str,
    role: Role,
    extension: Extension<'a>,
}

impl<'a> Draft<'a> {
    pub(super) const fn new(name: &'a str, role: Role, extension: Extension<'a>) -> Self {
        Self {
            name,
            role,
            extension,
        }
    }
}

impl Office {
    /// A registrar, whose root it signs itself.
    pub(super) fn root(seed: u64, number: u8, name: &str, role: Role) -> Result<Self> {
        let nobody = Self {
            key: key(seed, number),
            certificate: Vec::new(),
            reference: reference(name)?,
            role,
        };
        nobody.certify(seed, number, &Draft::new(name, role, Extension::None))
    }

    /// Certifies the key that follows from these numbers.
    pub(super) fn certify(&self, seed: u64, number: u8, draft: &Draft<'_>) -> Result<Self> {
        let key = key(seed, number);
        let point = RustCrypto
            .p256_public(&key)
            .map_err(|_| cannot("the seed gives no key: take another"))?;
        let holder = reference(draft.name)?;
        let certificate = self.sign_certificate(&CertificateBuilder {
            authority: self.reference,
            holder,
            point: &point,
            role: draft.role,
            rights: Rights::ALL,
            effective: first_day()?,
            expiration: last_day()?,
            extension: draft.extension,
        })?;
        Ok(Self {
            key,
            certificate,
            reference: holder,
            role: draft.role,
        })
    }

    pub(super) fn sign_certificate(&self, builder: &CertificateBuilder<'_>) -> Result<Vec<u8>> {
        let mut body = [0; CERTIFICATE_MAX];
        let length = builder.write_body(&mut body)?;
        let body = body.get(..length).unwrap_or_default();
        let mut out = vec![0; CERTIFICATE_MAX];
        let length = assemble(body, &self.signature(body)?, &mut out)?;
        out.truncate(length);
        Ok(out)
    }

    /// A complete F0 object.
    pub(super) fn sign<'b>(&self, body: &impl Body<'b>) -> Result<Vec<u8>> {
        let mut bytes = [0; COMMAND_DATA_MAX];
        let length = body.write_complete(&mut bytes)?;
        let bytes = bytes.get(..length).unwrap_or_default();
        let mut out = vec![0; COMMAND_DATA_MAX];
        let length = Signed::assemble(bytes, &self.signature(bytes)?, &mut out)?;
        out.truncate(length);
        Ok(out)
    }

    fn signature(&self, message: &[u8]) -> Result<[u8; 64]> {
        RustCrypto
            .p256_sign(&self.key, &sha256(message))
            .map_err(|_| cannot("the seed gives no key: take another"))
    }

    /// The header of an object that this one signs after another.
    pub(super) fn header(&self, mode: Mode, previous: Digest) -> Header {
        Header {
            mode,
            role: self.role,
            certificate: self.digest(),
            previous,
            algorithm: Algorithm::EcdsaP256Sha256,
        }
    }

    pub(super) fn certificate(&self) -> &[u8] {
        &self.certificate
    }

    pub(super) const fn reference(&self) -> Reference {
        self.reference
    }

    pub(super) fn digest(&self) -> Digest {
        sha256(&self.certificate)
    }
}

fn reference(name: &str) -> Result<Reference> {
    Reference::new(name.as_bytes()).ok_or_else(|| cannot(format!("{name} is no name")))
}

/// **No secret**: it follows from the seed.
fn key(seed: u64, number: u8) -> PrivateKey {
    PrivateKey(RustCrypto.digest(&[
        b"symbolon simulator: the key of an office, no secret",
        &seed.to_be_bytes(),
        &[number],
    ]))
}
