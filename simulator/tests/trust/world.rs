//! A card and those around it.

use apdu_spec::certificate::{
    CardExtension, CertificateBuilder, CertificateRequest, Extension, IssuerExtension, KeyOrigin, Policy,
    Rights, Role, SuccessorExtension,
};
use apdu_spec::command::{Command, KeyTemplate};
use apdu_spec::data;
use apdu_spec::date::Date;
use apdu_spec::object::{Digest, Mode, ProviderId, Receipt, Signed};
use apdu_spec::reason::Reason;
use apdu_spec::reference::{KeyReference, PinReference};
use symbolon_simulator::card::SimulatedCard;
use symbolon_simulator::flash::MemoryFlash;
use symbolon_simulator::randomness::Randomness;
use symbolon_simulator::responder::Responder;

pub(crate) use super::parties::sha256;
use super::parties::*;

pub(crate) const TRANSPORT: &[u8] = b"000000";
pub(crate) const CONSENT: &[u8] = b"123456";

/// A card and those around it. Names end in a number of the key; the first of each here is 1.
pub(crate) struct World {
    pub(crate) card: SimulatedCard<MemoryFlash>,
    pub(crate) issuers: Party,
    pub(crate) data: Party,
    pub(crate) issuer: Party,
    pub(crate) provider: Party,
}

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
        self.rc_as(issuer, change, |_| {})
    }

    /// An RC of serial 1 with these rights.
    pub(crate) fn rc_with_rights(&mut self, issuer: &Party, rights: Rights) -> Vec<u8> {
        self.rc_as(issuer, |_| {}, |builder| builder.rights = rights)
    }

    /// An RC of serial 2 that begins on this day.
    pub(crate) fn rc_from(&mut self, issuer: &Party, effective: Date) -> Vec<u8> {
        self.rc_as(
            issuer,
            |rc| rc.serial = 2,
            |builder| builder.effective = effective,
        )
    }

    fn rc_as(
        &mut self,
        issuer: &Party,
        change: impl FnOnce(&mut CardExtension<'_>),
        certificate: impl FnOnce(&mut CertificateBuilder<'_>),
    ) -> Vec<u8> {
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
        let mut builder = CertificateBuilder {
            authority: view.holder,
            holder: request.holder,
            point: request.point,
            role: Role::Card,
            rights: view.rights,
            effective: date("2026-01-01"),
            expiration: date("2036-01-01"),
            extension: Extension::Card(extension),
        };
        certificate(&mut builder);
        issuer.sign_certificate(&builder)
    }

    /// SHA-256 of the card's registration point, which is what signed objects call it.
    pub(crate) fn card_digest(&mut self) -> Digest {
        let ri = self.ok(&Command::RequestRegistration { nonce: [7; 16] });
        sha256(CertificateRequest::parse(&ri).unwrap().point)
    }

    /// Sends a command; gives reply and status word.
    pub(crate) fn send(&mut self, command: &Command<'_>) -> (Vec<u8>, u16) {
        self.apdu(&encode(command))
    }

    /// Sends an APDU as it is; gives reply and status word.
    pub(crate) fn apdu(&mut self, apdu: &[u8]) -> (Vec<u8>, u16) {
        let mut reply = self.card.transmit(apdu);
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
            template: match reference {
                KeyReference::KeyAgreement => KeyTemplate::Agreement,
                _ => KeyTemplate::Signature,
            },
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

pub(crate) const fn register(certificate: &[u8]) -> Command<'_> {
    Command::Register {
        certificate,
        release: None,
    }
}

/// The APDU, extended, with Le for all there is.
pub(crate) fn encode(command: &Command<'_>) -> Vec<u8> {
    let mut buffer = [0; 2_100];
    let mut apdu = command.encode(&mut buffer).unwrap();
    apdu.extended = true;
    apdu.expected = apdu.expected.map(|length| match length {
        0 | 256 => 65_536,
        length => length,
    });
    let mut bytes = [0; 2_200];
    let length = apdu.write(&mut bytes).unwrap();
    bytes[..length].to_vec()
}
