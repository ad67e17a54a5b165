//! Rule 2: after registration nothing but the storing protocol changes what is on the card. What a holder would lose: the promise that an
//! application comes, changes or goes only when everybody concerned agreed.
//!
//! Every instruction byte, known or not, with many parameters and data fields, in every state of a card and by everybody who can be somebody to it:
//! nothing that makes up the content may differ afterwards. Opening and carrying out requests honestly is the protocol itself and tested elsewhere.

use apdu_spec::aid::Aid;
use apdu_spec::certificate::Policy;
use apdu_spec::command::Command;
use apdu_spec::data;
use apdu_spec::object::{Algorithm, Authentication, Header, Mode, NO_PREVIOUS, Operation, Sdi};
use apdu_spec::reference::PinReference;
use symbolon_simulator::{Randomness, SimulatedCard};

use crate::card::{CONSENT_PIN, Card, USER_PIN};
use crate::evidence::{Kind, evidence};
use crate::package::package;
use crate::world::{Holder, World, sha256, today};

/// In which state the card is; each follows from the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Idle,
    Stored,
    Open,
    Authorized,
    Loading,
    Deactivated,
}

const STATES: [State; 6] = [
    State::Idle,
    State::Stored,
    State::Open,
    State::Authorized,
    State::Loading,
    State::Deactivated,
];

/// Who has shown what.
#[derive(Clone, Copy, Debug)]
enum Role {
    Nobody,
    Holder,
    Issuer,
    Provider,
}

const ROLES: [Role; 4] = [Role::Nobody, Role::Holder, Role::Issuer, Role::Provider];

fn aid(last: u8) -> Aid {
    Aid::new(&[0xF0, 0x4E, 0, 0, 1, last]).unwrap()
}

struct Walk {
    world: World,
    card: Card,
    registration: Vec<u8>,
}

impl Walk {
    /// Opens and authorizes a request of provider 0 in mode 2.
    fn ask(&mut self, operation: Operation, aid: Aid, version: u32, authorized: bool) -> u32 {
        let stores = operation != Operation::Delete;
        let sdi = Sdi {
            operation,
            aid,
            version,
            package: stores.then(|| package(aid, version, 0).digests),
            provider: self.world.identity(0),
            expiry: today().add_days(300),
        };
        let mut encoded = [0; Sdi::MAX];
        let length = sdi.write_body(&mut encoded).unwrap();
        self.card.verify(PinReference::Consent, CONSENT_PIN).unwrap();
        let open = Command::OpenRequest {
            mode: Mode::ViaIssuer,
            sdi,
            sdi_encoded: &encoded[..length],
        };
        let request = self.card.run(&open).unwrap();
        let status = data::CardStatus::read(&self.card.get(data::CARD_STATUS, &[]).unwrap()).unwrap();
        let number = status.requests_used;
        if authorized {
            let certificate = sha256(&self.card.get(data::CARD_CERTIFICATE, &[]).unwrap());
            let signers = self.world.signers(0, 0);
            let (first, second) = evidence(
                Kind::Honest,
                Mode::ViaIssuer,
                &sdi,
                &request,
                &certificate,
                &signers,
            );
            self.card
                .verify_certificate(&self.world.providers[0].certificate)
                .unwrap();
            let authorize = Command::Authorize {
                number,
                first: &first,
                second: second.as_deref(),
            };
            self.card.run(&authorize).unwrap();
        }
        number
    }

    fn block(&mut self, number: u32, aid: Aid, version: u32, index: usize) {
        let blocks = package(aid, version, 0).blocks;
        let load = Command::LoadBlock {
            index: u16::try_from(index).unwrap(),
            last: index + 1 == blocks.len(),
            number,
            block: &blocks[index],
        };
        self.card.run(&load).unwrap();
    }

    fn enter(&mut self, state: State) {
        match state {
            State::Idle => {}
            State::Stored => {
                let number = self.ask(Operation::Store, aid(1), 1, true);
                self.block(number, aid(1), 1, 0);
            }
            State::Open => {
                self.ask(Operation::Delete, aid(1), 1, false);
            }
            State::Authorized => {
                self.card.run(&Command::DropRequest { number: 2 }).unwrap_err();
                self.card.verify(PinReference::Consent, CONSENT_PIN).unwrap();
                self.card.run(&Command::DropRequest { number: 2 }).unwrap();
                self.ask(Operation::Store, aid(2), 3, true);
            }
            State::Loading => self.block(3, aid(2), 3, 0),
            State::Deactivated => {
                self.card.verify(PinReference::Consent, CONSENT_PIN).unwrap();
                self.card.run(&Command::DeactivateFile { aid: aid(1) }).unwrap();
            }
        }
    }

    fn become_somebody(&mut self, card: &mut Card, role: Role) {
        let party = match role {
            Role::Nobody => return,
            Role::Holder => {
                card.verify(PinReference::User, USER_PIN).unwrap();
                return;
            }
            Role::Issuer => &self.world.issuers[0],
            Role::Provider => &self.world.providers[0],
        };
        card.verify_certificate(&party.certificate).unwrap();
        let object = answer(party, card.challenge(), &self.registration);
        let authentication = &object;
        card.run(&Command::ExternalAuthenticate { authentication })
            .unwrap();
    }
}

fn answer(party: &Holder, challenge: [u8; 16], registration: &[u8]) -> Vec<u8> {
    let request = apdu_spec::certificate::CertificateRequest::parse(registration).unwrap();
    party.signed(&Authentication {
        header: Header {
            mode: Mode::Registration,
            role: party.role,
            certificate: party.digest,
            previous: NO_PREVIOUS,
            algorithm: Algorithm::EcdsaP256Sha256,
        },
        card: sha256(request.point),
        challenge,
    })
}

/// Everything but tries of PINs and what lies inside files.
fn content(card: &mut Card) -> Vec<String> {
    let kinds = ["05", "20"];
    let dump = card.0.dump().unwrap();
    let kept = dump.lines().filter(|line| !kinds.contains(&&line[5..7]));
    kept.map(str::to_owned).collect()
}

/// Data fields that some command might understand.
fn fields() -> Vec<Vec<u8>> {
    let name = aid(1);
    let fcp: &[u8] = &[
        0x62, 0x0B, 0x80, 0x02, 0x00, 0x10, 0x82, 0x01, 0x01, 0x83, 0x02, 0x01, 0x55,
    ];
    let key = &[0xB6, 0x03, 0x83, 0x01, 0x01];
    let local = &[0xB6, 0x03, 0x83, 0x01, 0x81];
    let mut fields: Vec<Vec<u8>> = [
        &[][..],
        name.as_bytes(),
        &[0x3F, 0x00],
        &[0xD0, 0x00],
        &[0x00, 0x01],
        fcp,
        key,
        local,
        &[0x83, 0x02, 0x00, 0x01],
        &[0x80, 0x04, 0, 0, 0, 2],
        &[0x80, 0x04, 0, 0, 0, 3],
        b"00000000000000000000",
        &[0; 32],
    ]
    .map(<[u8]>::to_vec)
    .to_vec();
    fields.push(vec![0x62; 200]);
    fields
}

#[test]
fn no_command_of_anybody_in_any_state_changes_what_is_on_the_card() {
    let world = World::new();
    let (card, registration) = Card::issued(&world, Policy::ALL.with_consent_waived());
    let mut walk = Walk {
        world,
        card,
        registration,
    };
    let (fields, mut sent) = (fields(), 0_u64);
    for state in STATES {
        walk.enter(state);
        let image = walk.card.0.snapshot().unwrap();
        for role in ROLES {
            let mut card = Card(SimulatedCard::from_snapshot(image.clone(), Randomness::seeded(1)));
            walk.become_somebody(&mut card, role);
            let before = content(&mut card);
            for instruction in 0..=0xFF_u8 {
                // These carry a party's or the holder's own word; dropping needs the same as opening and takes nothing from the content.
                let drops = |p1: u8| instruction == 0x40 && p1 == 0x05;
                for p1 in [
                    0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x08, 0x0A, 0x80, 0x81, 0xFF,
                ] {
                    for p2 in [0x00, 0x01, 0x02, 0x04, 0x0C, 0x22, 0x81, 0xBE] {
                        for field in &fields {
                            if drops(p1) {
                                continue;
                            }
                            let mut apdu = vec![0x00, instruction, p1, p2];
                            if !field.is_empty() {
                                apdu.push(u8::try_from(field.len()).unwrap());
                                apdu.extend_from_slice(field);
                            }
                            apdu.push(0);
                            card.0.process(&apdu);
                            card.0.process(&apdu[..apdu.len() - 1]);
                            sent += 2;
                        }
                    }
                }
                let after = content(&mut card);
                assert!(
                    after == before,
                    "INS {instruction:02X} by {role:?} on a card that is {state:?} changed {:?}",
                    after
                        .iter()
                        .filter(|line| !before.contains(line))
                        .chain(before.iter().filter(|line| !after.contains(line)))
                        .collect::<Vec<_>>()
                );
            }
        }
    }
    println!("{sent} commands");
}
