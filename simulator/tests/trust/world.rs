//! Registrars, issuers and providers whose keys everybody knows, and a card among them.

use apdu_spec::aid::Aid;
use apdu_spec::certificate::{
    CardExtension, Certificate, CertificateBuilder, CertificateRequest, Extension, IssuerExtension,
    KeyOrigin, Policy, ProviderExtension, Rights, Role, SuccessorExtension, assemble,
};
use apdu_spec::command::Command;
use apdu_spec::data;
use apdu_spec::date::Date;
use apdu_spec::object::{Algorithm, Body, Digest, Header, Mode, NO_PREVIOUS, ProviderId, Receipt, Signed};
use apdu_spec::reason::Reason;
use apdu_spec::reference::{KeyReference, PinReference};
use applet::crypto::{Crypto, PrivateKey};
use applet::rustcrypto::RustCrypto;
use symbolon_simulator::card::SimulatedCard;
use symbolon_simulator::flash::MemoryFlash;
use symbolon_simulator::randomness::Randomness;
use symbolon_simulator::responder::Responder;

pub(crate) const TRANSPORT: &[u8] = b"000000";
pub(crate) const CONSENT: &[u8] = b"123456";

pub(crate) fn date(text: &str) -> Date {
    text.parse().unwrap()
}

pub(crate) fn sha256(bytes: &[u8]) -> Digest {
    RustCrypto.digest(&[bytes])
}

/// Somebody with a key, and a certificate for it.
pub(crate) struct Party {
    seed: u8,
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

    fn signature(&self, message: &[u8]) -> [u8; 64] {
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

fn inside(certificate: &[u8]) -> Vec<u8> {
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

/// A card and those around it. Names end in a number of the key; the first of each here is 1.
pub(crate) struct World {
    pub(crate) card: SimulatedCard<MemoryFlash>,
    pub(crate) issuers: Party,
    pub(crate) data: Party,
    pub(crate) issuer: Party,
    pub(crate) provider: Party,
}

pub(crate) const AID_PREFIX: [u8; 5] = [0xF1, 0x01, 0x02, 0x03, 0x04];

impl World {
    /// The card has roots and a consent PIN, but no keys and no issuer.
    pub(crate) fn with_roots() -> Self {
        let issuers = Party::root(1, "XXIREG00001", Role::IssuerRegistrar);
        let data = Party::root(2, "XXDREG00001", Role::DataRegistrar);
        let mut world = Self {
            card: SimulatedCard::in_memory(Randomness::seeded(1)),
            issuer: Party {
                seed: 3,
                certificate: Vec::new(),
            },
            provider: provider(&data, 4, "XXPROV00001"),
            issuers,
            data,
        };
        world.issuer = world.certify_issuer(3, "XXISSU00001");
        let roots = [world.issuers.certificate.clone(), world.data.certificate.clone()];
        world.put(data::ISSUER_REGISTRAR_ROOT, &roots[0]);
        world.put(data::DATA_REGISTRAR_ROOT, &roots[1]);
        world.put(data::CONSENT_PIN, TRANSPORT);
        let change = [TRANSPORT, CONSENT].concat();
        world.ok(&Command::ChangeReferenceData {
            reference: PinReference::Consent,
            data: &change,
        });
        world
    }

    /// And keys of its own.
    pub(crate) fn personalised() -> Self {
        let mut world = Self::with_roots();
        world.generate(KeyReference::Registration);
        world.generate(KeyReference::KeyAgreement);
        world
    }

    /// And it belongs to `issuer`.
    pub(crate) fn registered() -> Self {
        let mut world = Self::personalised();
        world.register_first();
        world
    }

    pub(crate) fn register_first(&mut self) {
        let issuer = self.issuer.certificate.clone();
        self.verify_bytes(&inside(&issuer));
        let rc = self.rc(&self.issuer_copy(), |_| {});
        self.ok(&register(&rc));
    }

    pub(crate) fn issuer_copy(&self) -> Party {
        copy(&self.issuer)
    }

    /// An IRC that binds the data registrar of this world.
    pub(crate) fn certify_issuer(&self, seed: u8, name: &str) -> Party {
        let mut buffer = [0; 64];
        let roots = IssuerExtension::encode(&[self.data.digest()], &mut buffer).unwrap();
        self.issuers
            .certify(seed, &Draft::new(name, Role::Issuer, Extension::Issuer(roots)))
    }

    /// An IRC of the issuer that succeeds `predecessor`.
    pub(crate) fn certify_successor(&self, seed: u8, name: &str, predecessor: &str, rights: Rights) -> Party {
        let mut buffer = [0; 64];
        let roots = IssuerExtension::encode(&[self.data.digest()], &mut buffer).unwrap();
        let succession = SuccessorExtension::of_issuer(predecessor.parse().unwrap(), roots);
        let draft = Draft {
            rights,
            ..Draft::new(name, Role::Issuer, Extension::Successor(succession))
        };
        self.issuers.certify(seed, &draft)
    }

    /// Whoever holds an IRC, as objects name him.
    pub(crate) fn identity_of(&self, issuer: &Party) -> ProviderId {
        ProviderId {
            root: self.issuers.digest(),
            name: issuer.view().holder.identity(),
        }
    }

    /// The RC that `issuer` makes for this card, of serial 1 unless `change` says otherwise.
    pub(crate) fn rc(&mut self, issuer: &Party, change: impl FnOnce(&mut CardExtension<'_>)) -> Vec<u8> {
        let ri = self.ok(&Command::RequestRegistration { nonce: [7; 16] });
        let request = CertificateRequest::parse(&ri).unwrap();
        let (issuer_root, data_root) = (self.issuers.digest(), self.data.digest());
        let mut extension = CardExtension {
            serial: 1,
            issuer_root: &issuer_root,
            data_root: &data_root,
            policy: Policy::NONE.with(Mode::ViaIssuer).with(Mode::ProviderAlone),
            key_origin: KeyOrigin::Card,
            platform_version: 1,
            key_agreement: request.card.unwrap().key_agreement,
            user_information: &[9; 32],
        };
        change(&mut extension);
        let view = issuer.view();
        issuer.sign_certificate(&CertificateBuilder {
            authority: view.holder,
            holder: request.holder,
            point: request.point,
            role: Role::Card,
            rights: view.rights,
            effective: date("2026-01-01"),
            expiration: date("2036-01-01"),
            extension: Extension::Card(extension),
        })
    }

    /// SHA-256 of the card's registration point, which is what signed objects call it.
    pub(crate) fn card_digest(&mut self) -> Digest {
        let ri = self.ok(&Command::RequestRegistration { nonce: [7; 16] });
        sha256(CertificateRequest::parse(&ri).unwrap().point)
    }

    /// Sends a command; gives reply and status word.
    pub(crate) fn send(&mut self, command: &Command<'_>) -> (Vec<u8>, u16) {
        let mut buffer = [0; 2_100];
        let mut apdu = command.encode(&mut buffer).unwrap();
        apdu.extended = true;
        apdu.expected = apdu.expected.map(|length| match length {
            0 | 256 => 65_536,
            length => length,
        });
        let mut bytes = [0; 2_200];
        let length = apdu.write(&mut bytes).unwrap();
        let mut reply = self.card.transmit(&bytes[..length]);
        let status = reply.split_off(reply.len() - 2);
        (reply, u16::from_be_bytes([status[0], status[1]]))
    }

    /// As [`Self::send`]; the command must succeed.
    #[track_caller]
    pub(crate) fn ok(&mut self, command: &Command<'_>) -> Vec<u8> {
        let (reply, status) = self.send(command);
        assert_eq!(status, 0x9000, "{command:?}: {:?}", self.reason());
        reply
    }

    /// The command must be refused for this reason, and nothing that the card keeps may change.
    #[track_caller]
    pub(crate) fn refused(&mut self, command: &Command<'_>, reason: Reason) {
        let before = self.card.dump().unwrap();
        let (reply, status) = self.send(command);
        assert_eq!(self.reason(), Some(reason), "{status:04X}");
        assert!(reply.is_empty() && status != 0x9000, "{status:04X}");
        assert_eq!(self.card.dump().unwrap(), before);
    }

    /// As [`Self::refused`], with this status word and no reason.
    #[track_caller]
    pub(crate) fn fails(&mut self, command: &Command<'_>, status: u16) {
        let before = self.card.dump().unwrap();
        assert_eq!(self.send(command), (Vec::new(), status));
        assert_eq!(self.card.dump().unwrap(), before);
    }

    pub(crate) fn reset(&mut self) {
        Responder::reset(&mut self.card);
    }

    pub(crate) fn reason(&mut self) -> Option<Reason> {
        let (value, _) = self.send(&Command::GetData {
            tag: data::LAST_REASON,
            selector: &[],
        });
        data::read_reason(&value).ok().and_then(Reason::from_code)
    }

    pub(crate) fn get(&mut self, tag: u16) -> Option<Vec<u8>> {
        let (value, status) = self.send(&Command::GetData { tag, selector: &[] });
        (status == 0x9000).then_some(value)
    }

    #[track_caller]
    pub(crate) fn put(&mut self, tag: u16, value: &[u8]) {
        self.ok(&Command::PutData { tag, value });
    }

    #[track_caller]
    pub(crate) fn verify(&mut self, party: &Party) {
        self.verify_bytes(&party.body_and_signature());
    }

    #[track_caller]
    fn verify_bytes(&mut self, body_and_signature: &[u8]) {
        self.ok(&Command::VerifyCertificate { body_and_signature });
    }

    #[track_caller]
    pub(crate) fn refuse_certificate(&mut self, party: &Party, reason: Reason) {
        self.refused(
            &Command::VerifyCertificate {
                body_and_signature: &party.body_and_signature(),
            },
            reason,
        );
    }

    pub(crate) fn consent(&mut self) {
        self.ok(&Command::Verify {
            reference: PinReference::Consent,
            pin: Some(CONSENT),
        });
    }

    pub(crate) fn generate(&mut self, reference: KeyReference) {
        self.ok(&Command::GenerateKeyPair {
            reference,
            agreement: reference == KeyReference::KeyAgreement,
            make: true,
        });
    }

    /// The card's date, as its status tells it.
    pub(crate) fn date(&mut self) -> Date {
        let value = self.get(data::CARD_STATUS).unwrap();
        data::CardStatus::read(&value).unwrap().date
    }

    pub(crate) fn newest_receipt(&mut self, reply: &[u8]) -> Receipt {
        Signed::parse(reply).unwrap().receipt().unwrap()
    }
}

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

pub(crate) const fn register(certificate: &[u8]) -> Command<'_> {
    Command::Register {
        certificate,
        release: None,
    }
}
