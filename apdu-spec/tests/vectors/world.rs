//! The parties of the vectors: keys that anybody can see are for tests, and certificates made with them.

use aes::Aes128;
use cmac::{Cmac, KeyInit, Mac};
use p256::ecdsa::signature::{Signer, Verifier};
use p256::ecdsa::{Signature, SigningKey, VerifyingKey};
use p256::elliptic_curve::point::AffineCoordinates;
use p256::{ProjectivePoint, PublicKey};
use sha2::{Digest as _, Sha256};
use symbolon_apdu_spec::certificate::{
    CardExtension, CertificateBuilder, CertificateRequestBuilder, Extension, IssuerExtension, KeyOrigin,
    Point, Policy, ProviderExtension, RequestExtension, Rights, Role, SuccessorExtension, assemble,
};
use symbolon_apdu_spec::object::{Digest, Mode, Signed};

/// Keys by name: the secret is the number itself.
pub const KEYS: [(&str, u8); 14] = [
    ("issuer registrar", 1),
    ("data registrar", 2),
    ("issuer", 3),
    ("provider", 4),
    ("card registration", 5),
    ("card key agreement", 6),
    ("data certifier", 7),
    ("another issuer registrar", 8),
    ("next issuer", 9),
    ("next provider", 10),
    ("issuer registrar, second key", 11),
    ("data registrar, second key", 12),
    ("ephemeral, of the issuer", 13),
    ("ephemeral, of the provider", 14),
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
    let mut out = [0; 2048];
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

/// What two keys agree on: the x coordinate of the product (SEC 1, 3.3.1).
pub fn agree(key: u8, point: &Point) -> [u8; 32] {
    let public = PublicKey::from_sec1_bytes(point).unwrap();
    let shared = ProjectivePoint::from(*public.as_affine()) * **secret(key).as_nonzero_scalar();
    shared.to_affine().x().into()
}

/// AES-128-CMAC (NIST SP 800-38B).
pub fn mac(key: &[u8; 16], message: &[u8]) -> [u8; 16] {
    let mut state = <Cmac<Aes128> as KeyInit>::new(key.into());
    state.update(message);
    state.finalize().into_bytes().into()
}

/// HMAC-SHA256 (RFC 2104) with a key of 32 bytes.
fn hmac(key: &[u8; 32], message: &[u8]) -> [u8; 32] {
    let padded = |pad: u8| -> Vec<u8> {
        (0..64)
            .map(|at| key.get(at).copied().unwrap_or(0) ^ pad)
            .collect()
    };
    let inner = sha256(&[&padded(0x36)[..], message].concat());
    sha256(&[&padded(0x5C)[..], &inner].concat())
}

/// First 16 bytes of HKDF-SHA256 (RFC 5869) without salt.
pub fn hkdf(master: &[u8], info: &[u8]) -> [u8; 16] {
    let pseudorandom = hmac(&[0; 32], master);
    hmac(&pseudorandom, &[info, &[1]].concat())[..16]
        .try_into()
        .unwrap()
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

/// A registrar's next key, certified by its first: role, names and the key that signs.
pub fn link(key: u8, authority: &str, holder: &str, role: Role, by: u8) -> Vec<u8> {
    let builder = CertificateBuilder {
        authority: authority.parse().unwrap(),
        holder: holder.parse().unwrap(),
        point: &point(key),
        role,
        rights: Rights::ALL,
        effective: "2026-02-01".parse().unwrap(),
        expiration: "2046-01-31".parse().unwrap(),
        extension: Extension::None,
    };
    certify(by, &builder)
}

pub fn issuer_link() -> Vec<u8> {
    link(11, "DEISSUREG00001", "DEISSUREG00002", Role::IssuerRegistrar, 1)
}

pub fn data_link() -> Vec<u8> {
    link(12, "FRDATAREG00001", "FRDATAREG00002", Role::DataRegistrar, 2)
}

fn below(
    authority: &str,
    key: u8,
    role: Role,
    rights: Rights,
    holder: &str,
    extension: Extension<'_>,
) -> Vec<u8> {
    let certifier = match (role, authority) {
        (Role::Issuer, "DEISSUREG00001") => 1,
        (Role::Issuer, _) => 11,
        (Role::Card, "DEBANK00007") => 3,
        (Role::Card, _) => 9,
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
/// Every mode that stores.
pub const STORING: Rights = JOINT
    .with(Mode::ProviderAlone)
    .with(Mode::CertifiedData)
    .with(Mode::RegistrarCertified);

/// IRC.
pub fn issuer() -> Vec<u8> {
    let mut buffer = [0; 136];
    let roots = [sha256(&data_root()), sha256(b"another data registrar's root")];
    let extension = Extension::Issuer(IssuerExtension::encode(&roots, &mut buffer).unwrap());
    let rights = STORING.with(Mode::Registration);
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
        STORING,
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

/// IRC of the issuer to which the card goes later, under the registrar's second key.
pub fn next_issuer() -> Vec<u8> {
    let mut buffer = [0; 136];
    let extension = Extension::Issuer(IssuerExtension::encode(&[sha256(&data_root())], &mut buffer).unwrap());
    let rights = STORING.with(Mode::Registration);
    below(
        "DEISSUREG00002",
        9,
        Role::Issuer,
        rights,
        "ATBANK00001",
        extension,
    )
}

/// IRC of the same issuer as successor of the first.
pub fn successor_issuer() -> Vec<u8> {
    let mut buffer = [0; 136];
    let roots = IssuerExtension::encode(&[sha256(&data_root())], &mut buffer).unwrap();
    let extension = SuccessorExtension::of_issuer("DEBANK".parse().unwrap(), roots);
    let rights = Rights::NONE.with(Mode::Registration).with(Mode::RegisteredIssuer);
    below(
        "DEISSUREG00001",
        9,
        Role::Issuer,
        rights,
        "ATBANK00002",
        Extension::Successor(extension),
    )
}

/// DPR of the provider that winds up the first one's affairs.
pub fn successor_provider() -> Vec<u8> {
    let extension = SuccessorExtension::of_provider("GBMUSEUM".parse().unwrap());
    below(
        "FRDATAREG00001",
        10,
        Role::Provider,
        JOINT,
        "GBARCHIVE00001",
        Extension::Successor(extension),
    )
}

/// RC.
pub fn card() -> Vec<u8> {
    certified_card("DEBANK00007", "DEC0000000100001", 1, KeyOrigin::Card)
}

/// A later RC, by the issuer to which the card went.
pub fn later_card() -> Vec<u8> {
    certified_card("ATBANK00001", "ATC0000000100002", 2, KeyOrigin::Card)
}

/// RC of a card whose registration key its issuer made.
pub fn card_with_issuers_key() -> Vec<u8> {
    certified_card("DEBANK00007", "DEC0000000200001", 1, KeyOrigin::Issuer)
}

fn certified_card(authority: &str, holder: &str, serial: u32, key_origin: KeyOrigin) -> Vec<u8> {
    let modes = [
        Mode::ViaIssuer,
        Mode::ViaProvider,
        Mode::ProviderAlone,
        Mode::CertifiedData,
        Mode::RegistrarCertified,
    ];
    let extension = CardExtension {
        serial,
        issuer_root: &sha256(&issuer_root()),
        data_root: &sha256(&data_root()),
        policy: modes.into_iter().fold(Policy::NONE, Policy::with).with_mac(),
        key_origin,
        platform_version: 0x0001,
        key_agreement: &point(6),
        user_information: &sha256(b"sixteen byte saltMarie Muster"),
    };
    below(
        authority,
        5,
        Role::Card,
        STORING,
        holder,
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
