//! The parties of the vectors: keys that anybody can see are for tests, and certificates made with them.

use p256::ecdsa::signature::{Signer, Verifier};
use p256::ecdsa::{Signature, SigningKey, VerifyingKey};
use sha2::{Digest as _, Sha256};
use symbolon_apdu_spec::certificate::{
    CardExtension, CertificateBuilder, CertificateRequestBuilder, Extension, IssuerExtension, KeyOrigin,
    Point, Policy, ProviderExtension, RequestExtension, Rights, Role, assemble,
};
use symbolon_apdu_spec::object::{Digest, Mode, Signed};

/// Keys by name: the secret is the number itself.
pub const KEYS: [(&str, u8); 8] = [
    ("issuer registrar", 1),
    ("data registrar", 2),
    ("issuer", 3),
    ("provider", 4),
    ("card registration", 5),
    ("card key agreement", 6),
    ("data certifier", 7),
    ("another issuer registrar", 8),
];

pub fn sha256(bytes: &[u8]) -> Digest {
    Sha256::digest(bytes).into()
}

fn secret(key: u8) -> SigningKey {
    let mut scalar = [0; 32];
    scalar[31] = key;
    SigningKey::from_slice(&scalar).unwrap()
}

/// The public point of a key.
pub fn point(key: u8) -> Point {
    secret(key)
        .verifying_key()
        .to_sec1_point(false)
        .as_bytes()
        .try_into()
        .unwrap()
}

/// Signs without randomness (RFC 6979), so that vectors come out the same every time.
pub fn sign(key: u8, message: &[u8]) -> [u8; 64] {
    let signature: Signature = secret(key).sign(message);
    signature.to_bytes().into()
}

/// Whether the signature over `message` is by `point`.
pub fn verifies(point: &Point, message: &[u8], signature: &[u8; 64]) -> bool {
    let key = VerifyingKey::from_sec1_bytes(point).unwrap();
    Signature::from_slice(signature).is_ok_and(|signature| key.verify(message, &signature).is_ok())
}

/// Signs a certificate.
pub fn certify(key: u8, builder: &CertificateBuilder<'_>) -> Vec<u8> {
    let mut body = [0; 1024];
    let length = builder.write_body(&mut body).unwrap();
    complete(key, &body[..length])
}

/// Signs a body and makes a 7F21 object of it.
pub fn complete(key: u8, body: &[u8]) -> Vec<u8> {
    let mut out = [0; 1024];
    let length = assemble(body, &sign(key, body), &mut out).unwrap();
    out[..length].to_vec()
}

/// Signs a body and makes an F0 object of it.
pub fn signed(key: u8, body: &[u8]) -> Vec<u8> {
    let mut out = [0; 1024];
    let length = Signed::assemble(body, &sign(key, body), &mut out).unwrap();
    out[..length].to_vec()
}

/// What a writer writes.
pub fn written<E: std::fmt::Debug>(write: impl FnOnce(&mut [u8]) -> Result<usize, E>) -> Vec<u8> {
    let mut out = vec![0; 4096];
    let length = write(&mut out).unwrap();
    out.truncate(length);
    out
}

/// A root of either registrar.
pub fn root(key: u8, holder: &str, role: Role) -> Vec<u8> {
    let builder = CertificateBuilder {
        authority: holder.parse().unwrap(),
        holder: holder.parse().unwrap(),
        point: &point(key),
        role,
        rights: Rights::ALL,
        effective: "2026-01-01".parse().unwrap(),
        expiration: "2045-12-31".parse().unwrap(),
        extension: Extension::None,
    };
    certify(key, &builder)
}

pub fn issuer_root() -> Vec<u8> {
    root(1, "DEISSUREG00001", Role::IssuerRegistrar)
}

pub fn data_root() -> Vec<u8> {
    root(2, "FRDATAREG00001", Role::DataRegistrar)
}

fn below(
    authority: &str,
    key: u8,
    role: Role,
    rights: Rights,
    holder: &str,
    extension: Extension<'_>,
) -> Vec<u8> {
    let certifier = match role {
        Role::Issuer => 1,
        Role::Card => 3,
        _ => 2,
    };
    let builder = CertificateBuilder {
        authority: authority.parse().unwrap(),
        holder: holder.parse().unwrap(),
        point: &point(key),
        role,
        rights,
        effective: "2026-03-01".parse().unwrap(),
        expiration: "2031-02-28".parse().unwrap(),
        extension,
    };
    certify(certifier, &builder)
}

pub const JOINT: Rights = Rights::NONE.with(Mode::ViaIssuer).with(Mode::ViaProvider);

/// IRC.
pub fn issuer() -> Vec<u8> {
    let mut buffer = [0; 136];
    let roots = [sha256(&data_root()), sha256(b"another data registrar's root")];
    let extension = Extension::Issuer(IssuerExtension::encode(&roots, &mut buffer).unwrap());
    let rights = JOINT.with(Mode::Registration);
    below(
        "DEISSUREG00001",
        3,
        Role::Issuer,
        rights,
        "DEBANK00007",
        extension,
    )
}

/// DPR.
pub fn provider() -> Vec<u8> {
    let mut buffer = [0; 144];
    let prefixes = ["A000000F5E".parse().unwrap(), "F04D555345554D".parse().unwrap()];
    let extension = Extension::Provider(ProviderExtension::encode(&prefixes, &mut buffer).unwrap());
    below(
        "FRDATAREG00001",
        4,
        Role::Provider,
        JOINT,
        "GBMUSEUM00002",
        extension,
    )
}

/// A data certifier's certificate.
pub fn certifier() -> Vec<u8> {
    let rights = Rights::NONE.with(Mode::RegistrarCertified);
    below(
        "FRDATAREG00001",
        7,
        Role::DataCertifier,
        rights,
        "FRCERT100001",
        Extension::None,
    )
}

/// RC.
pub fn card() -> Vec<u8> {
    let extension = CardExtension {
        serial: 1,
        issuer_root: &sha256(&issuer_root()),
        data_root: &sha256(&data_root()),
        policy: Policy::NONE.with(Mode::ViaIssuer).with(Mode::ViaProvider),
        key_origin: KeyOrigin::Card,
        platform_version: 0x0001,
        key_agreement: &point(6),
        user_information: &sha256(b"sixteen byte saltMarie Muster"),
    };
    below(
        "DEBANK00007",
        5,
        Role::Card,
        JOINT,
        "DEC0000000100001",
        Extension::Card(extension),
    )
}

/// RI.
pub fn request() -> Vec<u8> {
    let builder = CertificateRequestBuilder {
        holder: "ZZC1234567800001".parse().unwrap(),
        point: &point(5),
        card: Some(RequestExtension {
            nonce: b"issuer's nonce 1",
            key_agreement: &point(6),
            platform_version: 0x0001,
            serial_number: &[0, 1, 2, 3, 4, 5, 6, 7],
        }),
    };
    complete(5, &written(|out| builder.write_body(out)))
}

/// An issuer's request.
pub fn party_request() -> Vec<u8> {
    let builder = CertificateRequestBuilder {
        holder: "DEBANK00007".parse().unwrap(),
        point: &point(3),
        card: None,
    };
    complete(3, &written(|out| builder.write_body(out)))
}
