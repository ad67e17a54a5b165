//! The card under test, spoken to in raw APDUs.

use apdu_spec::apdu::CommandApdu;
use apdu_spec::certificate::Policy;
use apdu_spec::command::{Command, KeyTemplate};
use apdu_spec::data;
use apdu_spec::limits;
use apdu_spec::reason::Reason;
use apdu_spec::reference::{KeyReference, PinReference};
use apdu_spec::tlv::Reader;
use symbolon_simulator::flash::MemoryFlash;
use symbolon_simulator::{Randomness, SimulatedCard};

use super::world::World;

pub const CONSENT_PIN: &[u8] = b"135792";
pub const USER_PIN: &[u8] = b"2468";
pub const UNBLOCKING_CODE: &[u8] = b"8642097531";

/// What the card answered.
pub type Answer = Result<Vec<u8>, (u16, Reason)>;

pub struct Card(pub SimulatedCard<MemoryFlash>);

impl Card {
    /// A registered card with both PINs changed, and its registration request.
    pub fn issued(world: &World, policy: Policy) -> (Self, Vec<u8>) {
        let mut card = Self(SimulatedCard::in_memory(Randomness::seeded(7)));
        let put = |card: &mut Self, tag, value: &[u8]| card.run(&Command::PutData { tag, value }).unwrap();
        put(
            &mut card,
            data::ISSUER_REGISTRAR_ROOT,
            &world.issuer_registrar.certificate,
        );
        put(
            &mut card,
            data::DATA_REGISTRAR_ROOT,
            &world.data_registrar.certificate,
        );
        put(&mut card, data::CONSENT_PIN, b"000000");
        put(&mut card, data::USER_PIN, b"0000");
        put(&mut card, data::UNBLOCKING_CODE, UNBLOCKING_CODE);
        for (reference, template) in [
            (KeyReference::Registration, KeyTemplate::Signature),
            (KeyReference::KeyAgreement, KeyTemplate::Agreement),
        ] {
            let generate = Command::GenerateKeyPair {
                reference,
                template,
                make: true,
            };
            card.run(&generate).unwrap();
        }
        let request = card.registration_request();
        card.verify_certificate(&world.issuers[0].certificate).unwrap();
        let certificate = world.card_certificate(0, &request, 1, policy);
        let register = Command::Register {
            certificate: &certificate,
            release: None,
        };
        card.run(&register).unwrap();
        card.change(PinReference::Consent, b"000000", CONSENT_PIN);
        card.change(PinReference::User, b"0000", USER_PIN);
        (card, request)
    }

    pub fn registration_request(&mut self) -> Vec<u8> {
        self.run(&Command::RequestRegistration { nonce: [9; 16] })
            .unwrap()
    }

    fn change(&mut self, reference: PinReference, old: &[u8], new: &[u8]) {
        let data = &[old, new].concat();
        self.run(&Command::ChangeReferenceData { reference, data })
            .unwrap();
    }

    /// Sends a command, whole and with the longest Le; asks for the reason where it was refused.
    pub fn run(&mut self, command: &Command<'_>) -> Answer {
        let mut buffer = [0; limits::COMMAND_DATA_MAX];
        let apdu = command.encode(&mut buffer).unwrap();
        self.send(&apdu)
    }

    fn send(&mut self, apdu: &CommandApdu<'_>) -> Answer {
        let apdu = CommandApdu {
            expected: apdu.expected.map(|_| 65_536),
            extended: true,
            ..*apdu
        };
        let mut bytes = [0; limits::COMMAND_DATA_MAX + 16];
        let length = apdu.write(&mut bytes).unwrap();
        let reply = self.0.process(&bytes[..length]).to_vec();
        let (data, status) = reply.split_at(reply.len() - 2);
        let status = u16::from_be_bytes(status.try_into().unwrap());
        if matches!(status, 0x9000 | 0x6283) {
            return Ok(data.to_vec());
        }
        let asked = self.0.process(&[0x00, 0xCA, 0x01, 0x0F, 0x00]).to_vec();
        let code = Reader::new(&asked[..asked.len() - 2])
            .byte(apdu_spec::tlv::Tag(0x80))
            .unwrap();
        Err((status, Reason::from_code(code).unwrap()))
    }

    pub fn get(&mut self, tag: u16, selector: &[u8]) -> Answer {
        self.run(&Command::GetData { tag, selector })
    }

    pub fn verify_certificate(&mut self, certificate: &[u8]) -> Answer {
        let mut reader = Reader::new(certificate);
        let inner = reader.value(apdu_spec::tlv::Tag(0x7F21)).unwrap();
        self.run(&Command::VerifyCertificate {
            body_and_signature: inner,
        })
    }

    pub fn verify(&mut self, reference: PinReference, pin: &[u8]) -> Answer {
        let pin = Some(pin);
        self.run(&Command::Verify { reference, pin })
    }

    /// Whether the consent PIN counts as verified.
    pub fn has_consent(&mut self) -> bool {
        let reference = PinReference::Consent;
        self.run(&Command::Verify { reference, pin: None }).is_ok()
    }

    pub fn challenge(&mut self) -> [u8; 16] {
        let mut buffer = [0; 16];
        let apdu = Command::GetChallenge { length: 16 }.encode(&mut buffer).unwrap();
        let mut bytes = [0; 16];
        let length = apdu.write(&mut bytes).unwrap();
        let reply = self.0.process(&bytes[..length]);
        reply[..16].try_into().unwrap()
    }

    pub fn reset(&mut self) {
        self.0.power_off();
        self.0.power_on();
    }
}
