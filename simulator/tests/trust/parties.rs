//! Registrars, issuers and providers whose keys everybody knows.

use apdu_spec::aid::Aid;
use apdu_spec::certificate::{
    Certificate, CertificateBuilder, Extension, ProviderExtension, Rights, Role, assemble,
};
use apdu_spec::date::Date;
use apdu_spec::object::{Algorithm, Body, Digest, Header, Mode, NO_PREVIOUS, Signed};
use applet::crypto::{Crypto, PrivateKey};
use applet::rustcrypto::RustCrypto;

pub(crate) fn date(text: &str) -> Date {
    text.parse().unwrap()
}

pub(crate) fn sha256(bytes: &[u8]) -> Digest {
    RustCrypto.digest(&[bytes])
}

/// Somebody with a key, and a certificate for it.
pub(crate) struct Party {
    pub(crate) seed: u8,
    pub(crate) certificate: Vec<u8>,
}

/// What a certificate says, but for its key and who signed it.
#[derive(Clone, Copy)]
pub(crate) struct Draft<'a> {
    pub(crate) name: &'a str,
    pub(crate) role: Role,
    pub(crate) rights: Rights,
    pub(crate) effective: Date,
    pub(crate) expiration: Date,
    pub(crate) extension: Extension<'a>,
}

impl<'a> Draft<'a> {
    pub(crate) fn new(name: &'a str, role: Role, extension: Extension<'a>) -> Self {
        Self {
            name,
            role,
            rights: Rights::ALL,
            effective: date("2026-01-01"),
            expiration: date("2036-01-01"),
            extension,
        }
    }
}

impl Party {
    /// A root that signs itself.
    pub(crate) fn root(seed: u8, name: &str, role: Role) -> Self {
        let nobody = Self {
            seed,
            certificate: Vec::new(),
        };
        nobody.certify_as(name, seed, &Draft::new(name, role, Extension::None))
    }

    /// Certifies the key made of `seed`.
    pub(crate) fn certify(&self, seed: u8, draft: &Draft<'_>) -> Self {
        let authority = self.view().holder;
        self.certify_as(authority.as_str(), seed, draft)
    }

    fn certify_as(&self, authority: &str, seed: u8, draft: &Draft<'_>) -> Self {
        let builder = CertificateBuilder {
            authority: authority.parse().unwrap(),
            holder: draft.name.parse().unwrap(),
            point: &point(seed),
            role: draft.role,
            rights: draft.rights,
            effective: draft.effective,
            expiration: draft.expiration,
            extension: draft.extension,
        };
        Self {
            seed,
            certificate: self.sign_certificate(&builder),
        }
    }

    pub(crate) fn sign_certificate(&self, builder: &CertificateBuilder<'_>) -> Vec<u8> {
        let mut body = [0; 512];
        let length = builder.write_body(&mut body).unwrap();
        let mut out = [0; 512];
        let length = assemble(&body[..length], &self.signature(&body[..length]), &mut out).unwrap();
        out[..length].to_vec()
    }

    pub(crate) fn signature(&self, message: &[u8]) -> [u8; 64] {
        RustCrypto
            .p256_sign(&PrivateKey([self.seed; 32]), &sha256(message))
            .unwrap()
    }

    /// A complete F0 object.
    pub(crate) fn sign<'b>(&self, body: &impl Body<'b>) -> Vec<u8> {
        let mut bytes = [0; 2_048];
        let length = body.write_complete(&mut bytes).unwrap();
        let mut out = [0; 2_048];
        let length = Signed::assemble(&bytes[..length], &self.signature(&bytes[..length]), &mut out).unwrap();
        out[..length].to_vec()
    }

    pub(crate) fn view(&self) -> Certificate<'_> {
        Certificate::parse(&self.certificate).unwrap()
    }

    pub(crate) fn digest(&self) -> Digest {
        sha256(&self.certificate)
    }

    /// The header of an object that follows no other.
    pub(crate) fn header(&self, mode: Mode) -> Header {
        Header {
            mode,
            role: self.view().role,
            certificate: self.digest(),
            previous: NO_PREVIOUS,
            algorithm: Algorithm::EcdsaP256Sha256,
        }
    }

    /// PSO VERIFY CERTIFICATE takes what is inside the 7F21.
    pub(crate) fn body_and_signature(&self) -> Vec<u8> {
        inside(&self.certificate)
    }
}

pub(crate) fn inside(certificate: &[u8]) -> Vec<u8> {
    // 7F21 and a length of one or more bytes.
    let header = match certificate[2] {
        0x81 => 4,
        0x82 => 5,
        _ => 3,
    };
    certificate[header..].to_vec()
}

fn point(seed: u8) -> [u8; 65] {
    RustCrypto.p256_public(&PrivateKey([seed; 32])).unwrap()
}

/// What every provider here may call his applications.
const AID_PREFIX: [u8; 5] = [0xF1, 0x01, 0x02, 0x03, 0x04];

pub(crate) fn copy(party: &Party) -> Party {
    Party {
        seed: party.seed,
        certificate: party.certificate.clone(),
    }
}

/// A DPR under a data registrar's root.
pub(crate) fn provider(data: &Party, seed: u8, name: &str) -> Party {
    let mut buffer = [0; 64];
    let prefixes = ProviderExtension::encode(&[Aid::new(&AID_PREFIX).unwrap()], &mut buffer).unwrap();
    data.certify(
        seed,
        &Draft::new(name, Role::Provider, Extension::Provider(prefixes)),
    )
}
