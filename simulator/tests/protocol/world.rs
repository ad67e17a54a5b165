//! Honest and dishonest parties with keys from a seed, and the objects they sign.

use aes::Aes128;
use apdu_spec::aid::Aid;
use apdu_spec::certificate::{
    CertificateBuilder, CertificateRequest, Extension, IssuerExtension, Mnemonic, ProviderExtension,
    Reference, Rights, Role, SuccessorExtension, assemble,
};
use apdu_spec::date::Date;
use apdu_spec::limits;
use apdu_spec::object::{Algorithm, Body, COLLECTION_PREFIX, Header, Mode, ProviderId, SharedKey, Signed};
use cmac::{Cmac, KeyInit, Mac};
use p256::ProjectivePoint;
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use p256::elliptic_curve::point::AffineCoordinates;
use sha2::{Digest as _, Sha256};

pub const TODAY: (u8, u8, u8) = (26, 11, 21);

pub fn today() -> Date {
    Date::new(TODAY.0, TODAY.1, TODAY.2).unwrap()
}

pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// What shows that somebody holds this receipt.
pub fn held(receipt: &[u8]) -> [u8; 32] {
    sha256(&[COLLECTION_PREFIX, receipt].concat())
}

/// Who holds a certificate, with the key.
#[derive(Clone)]
pub struct Holder {
    key: SigningKey,
    pub point: [u8; 65],
    pub certificate: Vec<u8>,
    pub digest: [u8; 32],
    pub role: Role,
    pub name: Mnemonic,
    reference: Reference,
}

fn key(seed: u8) -> (SigningKey, [u8; 65]) {
    let key = SigningKey::from_slice(&sha256(&[b'k', seed])).unwrap();
    let point = key
        .verifying_key()
        .to_sec1_point(false)
        .as_bytes()
        .try_into()
        .unwrap();
    (key, point)
}

impl Holder {
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        let signature: Signature = self.key.sign(message);
        signature.to_bytes().into()
    }

    /// The body, signed: a complete F0.
    pub fn signed<'a>(&self, body: &impl Body<'a>) -> Vec<u8> {
        let mut buffer = [0; limits::COMMAND_DATA_MAX];
        let length = body.write_complete(&mut buffer).unwrap();
        let body = &buffer[..length];
        let mut out = [0; limits::COMMAND_DATA_MAX];
        let length = Signed::assemble(body, &self.sign(body), &mut out).unwrap();
        out[..length].to_vec()
    }

    fn root(seed: u8, name: &str, role: Role) -> Self {
        let (key, point) = key(seed);
        let reference = Reference::from_parts(Mnemonic::new(name.as_bytes()).unwrap(), 1).unwrap();
        let mut root = Self {
            key,
            point,
            certificate: Vec::new(),
            digest: [0; 32],
            role,
            name: reference.identity(),
            reference,
        };
        root.certificate = root.certify(
            reference,
            &root.point,
            role,
            Rights::ALL,
            (0, 7000),
            Extension::None,
        );
        root.digest = sha256(&root.certificate);
        root
    }

    /// The body with a MAC by this key: a complete F0.
    pub fn maced<'a>(body: &impl Body<'a>, key: &[u8; 16]) -> Vec<u8> {
        let mut buffer = [0; limits::COMMAND_DATA_MAX];
        let length = body.write_complete(&mut buffer).unwrap();
        let body = &buffer[..length];
        let mut mac = <Cmac<Aes128> as KeyInit>::new(key.into());
        mac.update(body);
        let mac: [u8; 16] = mac.finalize().into_bytes().into();
        let mut out = [0; limits::COMMAND_DATA_MAX];
        let length = Signed::assemble_mac(body, &mac, &mut out).unwrap();
        out[..length].to_vec()
    }

    /// A key sealed for the card that made this registration request (RI): SPEC.md section 4.2.
    pub fn sealed(
        &self,
        request: &[u8],
        card_certificate: &[u8; 32],
        version: u32,
        shared: &[u8; 16],
    ) -> Vec<u8> {
        let request = CertificateRequest::parse(request).unwrap();
        let (ephemeral, point) = key(99);
        let agreement = p256::PublicKey::from_sec1_bytes(request.card.unwrap().key_agreement).unwrap();
        let secret = ProjectivePoint::from(*agreement.as_affine()) * **ephemeral.as_nonzero_scalar();
        let card = sha256(request.point);
        let pad = sha256(
            &[
                secret.to_affine().x().as_slice(),
                &1_u32.to_be_bytes(),
                b"symbolon shared key 1",
                &card,
                &point,
                &version.to_be_bytes(),
            ]
            .concat(),
        );
        let mut sealed = *shared;
        sealed.iter_mut().zip(pad).for_each(|(byte, pad)| *byte ^= pad);
        self.signed(&SharedKey {
            header: Header {
                mode: Mode::Registration,
                role: self.role,
                certificate: self.digest,
                previous: *card_certificate,
                algorithm: Algorithm::EcdsaP256Sha256,
            },
            card,
            version,
            ephemeral: &point,
            sealed: &sealed,
        })
    }

    /// The next key of this registrar, in a link certificate.
    pub fn link(&self, seed: u8) -> Self {
        let (key, point) = key(seed);
        let reference = Reference::from_parts(self.name, self.reference.sequence() + 1).unwrap();
        let certificate = self.certify(
            reference,
            &point,
            self.role,
            Rights::ALL,
            (50, 7000),
            Extension::None,
        );
        Self {
            key,
            point,
            digest: sha256(&certificate),
            certificate,
            role: self.role,
            name: self.name,
            reference,
        }
    }

    /// A certificate for somebody's key; dates are days from today.
    pub fn certify(
        &self,
        holder: Reference,
        point: &[u8; 65],
        role: Role,
        rights: Rights,
        days: (i32, i32),
        extension: Extension<'_>,
    ) -> Vec<u8> {
        let day = |days: i32| Date::from_days(today().days_since_2000().checked_add_signed(days).unwrap());
        let builder = CertificateBuilder {
            authority: self.reference,
            holder,
            point,
            role,
            rights,
            effective: day(days.0),
            expiration: day(days.1),
            extension,
        };
        let mut body = [0; limits::CERTIFICATE_MAX];
        let length = builder.write_body(&mut body).unwrap();
        let body = &body[..length];
        let mut out = [0; limits::CERTIFICATE_MAX];
        let length = assemble(body, &self.sign(body), &mut out).unwrap();
        out[..length].to_vec()
    }

    /// A party with a key of its own and this registrar's certificate.
    fn register(
        &self,
        seed: u8,
        (name, sequence): (&str, u32),
        role: Role,
        rights: Rights,
        days: (i32, i32),
        extension: Extension<'_>,
    ) -> Self {
        let (key, point) = key(seed);
        let reference = Reference::from_parts(Mnemonic::new(name.as_bytes()).unwrap(), sequence).unwrap();
        let certificate = self.certify(reference, &point, role, rights, days, extension);
        Self {
            key,
            point,
            digest: sha256(&certificate),
            certificate,
            role,
            name: reference.identity(),
            reference,
        }
    }
}

/// Everybody.
pub struct World {
    pub issuer_registrar: Holder,
    pub data_registrar: Holder,
    pub issuers: [Holder; 2],
    /// Provider 0 may use F04E000001.., provider 1 the same and F04E000002..
    pub providers: [Holder; 2],
    /// Provider 0 with a later certificate, which moves a card's date by 100 days.
    pub later: Holder,
    /// The name of provider 0 under another data registrar of the same name.
    pub namesake: Holder,
    /// Provider 0 with a certificate that has ended, and one that begins too late.
    pub expired: Holder,
    pub future: Holder,
    pub certifier: Holder,
    /// Succeeds provider 0.
    pub successor: Holder,
}

impl World {
    pub fn new() -> Self {
        let issuer_registrar = Holder::root(1, "ZZISSREG", Role::IssuerRegistrar);
        let data_registrar = Holder::root(2, "ZZDATREG", Role::DataRegistrar);
        let other_registrar = Holder::root(3, "ZZDATREG", Role::DataRegistrar);
        let mut roots = [0; 34];
        let roots = IssuerExtension::encode(&[data_registrar.digest], &mut roots).unwrap();
        let issuer = |seed, name| {
            let extension = Extension::Issuer(roots);
            issuer_registrar.register(seed, (name, 1), Role::Issuer, Rights::ALL, (0, 3000), extension)
        };
        let aid = |bytes: &[u8]| Aid::new(bytes).unwrap();
        let (first, second) = (aid(&[0xF0, 0x4E, 0, 0, 1]), aid(&[0xF0, 0x4E, 0, 0, 2]));
        let (mut one, mut two) = ([0; 40], [0; 40]);
        let one = Extension::Provider(ProviderExtension::encode(&[first], &mut one).unwrap());
        let two = Extension::Provider(ProviderExtension::encode(&[first, second], &mut two).unwrap());
        let provider = |seed, registrar: &Holder, name, days, extension| {
            registrar.register(seed, name, Role::Provider, Rights::ALL, days, extension)
        };
        let gone = Mnemonic::new(b"ZZPROV0").unwrap();
        let successor = Extension::Successor(SuccessorExtension::of_provider(gone));
        Self {
            issuers: [issuer(10, "ZZISSUER"), issuer(11, "ZZOTHER")],
            providers: [
                provider(20, &data_registrar, ("ZZPROV0", 1), (0, 3000), one),
                provider(21, &data_registrar, ("ZZPROV1", 1), (0, 3000), two),
            ],
            later: provider(22, &data_registrar, ("ZZPROV0", 2), (100, 3000), one),
            namesake: provider(20, &other_registrar, ("ZZPROV0", 1), (0, 3000), one),
            expired: provider(24, &data_registrar, ("ZZPROV0", 3), (-400, -1), one),
            future: provider(25, &data_registrar, ("ZZPROV0", 4), (600, 3000), one),
            successor: provider(26, &data_registrar, ("ZZHEIR", 1), (0, 3000), successor),
            certifier: data_registrar.register(
                30,
                ("ZZCERT", 1),
                Role::DataCertifier,
                Rights::ALL,
                (0, 3000),
                Extension::None,
            ),
            issuer_registrar,
            data_registrar,
        }
    }

    /// One provider of many, with the prefix F0 50 00 and its number.
    pub fn provider(&self, number: u16) -> Holder {
        let [high, low] = number.to_be_bytes();
        let prefix = Aid::new(&[0xF0, 0x50, 0, high, low]).unwrap();
        let mut buffer = [0; 40];
        let extension = Extension::Provider(ProviderExtension::encode(&[prefix], &mut buffer).unwrap());
        let name = format!("ZZP{number:05}");
        let days = (0, 3000);
        self.data_registrar
            .register(20, (&name, 1), Role::Provider, Rights::ALL, days, extension)
    }

    pub fn identity(&self, provider: usize) -> ProviderId {
        ProviderId {
            root: self.data_registrar.digest,
            name: self.providers[provider].name,
        }
    }

    /// An RC for the card that made this request (RI).
    pub fn card_certificate(
        &self,
        issuer: usize,
        request: &[u8],
        serial: u32,
        policy: apdu_spec::certificate::Policy,
    ) -> Vec<u8> {
        let request = CertificateRequest::parse(request).unwrap();
        let card = request.card.unwrap();
        let extension = apdu_spec::certificate::CardExtension {
            serial,
            issuer_root: &self.issuer_registrar.digest,
            data_root: &self.data_registrar.digest,
            policy,
            key_origin: apdu_spec::certificate::KeyOrigin::Card,
            platform_version: card.platform_version,
            key_agreement: card.key_agreement,
            user_information: &[7; 32],
        };
        self.issuers[issuer].certify(
            request.holder,
            request.point,
            Role::Card,
            Rights::ALL,
            (0, 2000),
            Extension::Card(extension),
        )
    }
}
