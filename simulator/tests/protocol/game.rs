//! Plays an action on the card and on the plain model, and compares.

#[path = "game/parties.rs"]
mod parties;
#[path = "game/requests.rs"]
mod requests;

use std::collections::BTreeMap;

use apdu_spec::aid::Aid;
use apdu_spec::certificate::Policy;
use apdu_spec::command::Command;
use apdu_spec::data::{self, CardStatus};
use apdu_spec::object::Operation;
use apdu_spec::reason::Reason;
use apdu_spec::reference::PinReference;

use super::action::Action;
use super::card::{Answer, CONSENT_PIN, Card, USER_PIN};
use super::package::package;
use super::plain::Plain;
use super::world::{World, today};

pub const POLICY: u16 = 0x7F;

/// Names: two of provider 0, one of provider 1 that extends the first of them, two of provider 1, and one that nobody may use.
fn aid(number: usize) -> Aid {
    let names: [&[u8]; 6] = [
        &[0xF0, 0x4E, 0, 0, 1, 1],
        &[0xF0, 0x4E, 0, 0, 1, 2],
        &[0xF0, 0x4E, 0, 0, 1, 1, 2],
        &[0xF0, 0x4E, 0, 0, 2, 1],
        &[0xF0, 0x4E, 0, 0, 2, 2],
        &[0xF0, 0x4E, 0, 0, 9, 9],
    ];
    Aid::new(names[number]).unwrap()
}

fn may_use(provider: usize, aid: &Aid) -> bool {
    let area = aid.as_bytes()[4];
    area == 1 || (provider == 1 && area == 2)
}

/// A world, a registered card in it, and what its holder and the parties remember of it.
pub struct Game<'w> {
    world: &'w World,
    pub card: Card,
    pub plain: Plain,
    /// RI, from which each RC is made.
    registration: Vec<u8>,
    certificate: Vec<u8>,
    requests: BTreeMap<u32, Vec<u8>>,
    receipts: Vec<Vec<u8>>,
    wrong_codes: u32,
    /// What was played, and how often it was done and refused.
    pub played: BTreeMap<(&'static str, Outcome), u64>,
}

/// How far an action got.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    Done,
    Refused,
}

impl<'w> Game<'w> {
    pub fn new(world: &'w World, card: Card, registration: &[u8]) -> Self {
        let mut game = Self {
            world,
            card,
            plain: Plain {
                issuer: 0,
                serial: 1,
                policy: Policy::from_bits(POLICY).unwrap(),
                date: today(),
                applications: BTreeMap::new(),
                floors: BTreeMap::new(),
                requests: Vec::new(),
                requests_used: 0,
                receipts: 1,
                collected: 0,
                content_counter: 0,
                list: 0,
                revoked: Vec::new(),
                consent: false,
                authenticated: None,
            },
            registration: registration.to_vec(),
            certificate: Vec::new(),
            requests: BTreeMap::new(),
            receipts: Vec::new(),
            wrong_codes: 0,
            played: BTreeMap::new(),
        };
        game.certificate = game.card.get(data::CARD_CERTIFICATE, &[]).unwrap();
        game.receipts
            .push(game.card.get(data::NEWEST_RECEIPT, &[]).unwrap());
        game.card.verify(PinReference::User, USER_PIN).unwrap();
        game
    }

    /// The card did exactly what the broken rules ask for.
    fn judge(&mut self, what: &str, answer: &Answer, broken: &[Reason]) -> Outcome {
        match answer {
            Ok(_) => {
                assert!(broken.is_empty(), "{what}: accepted against {broken:?}");
                Outcome::Done
            }
            Err((status, reason)) => {
                assert!(
                    broken.contains(reason),
                    "{what}: refused with {status:04X} {reason:?}, broken: {broken:?}"
                );
                // Some refusals use the consent up and some do not; none may give it.
                let consent = self.card.has_consent();
                assert!(self.plain.consent || !consent, "{what}: a refusal gave consent");
                self.plain.consent = consent;
                Outcome::Refused
            }
        }
    }

    /// Whatever the reason: a cheat is not accepted.
    fn refuse(&mut self, what: &str, answer: &Answer) -> Outcome {
        assert!(answer.is_err(), "{what}: accepted");
        let consent = self.card.has_consent();
        assert!(self.plain.consent || !consent, "{what}: a refusal gave consent");
        self.plain.consent = consent;
        Outcome::Refused
    }

    fn number(&self, which: usize) -> u32 {
        let requests = &self.plain.requests;
        let place = which
            .checked_sub(1)
            .and_then(|which| which.checked_rem(requests.len()));
        place.map_or(0xFFFF, |place| requests[place].number)
    }

    pub fn play(&mut self, action: Action) -> Outcome {
        let outcome = match action {
            Action::Consent => {
                self.card.verify(PinReference::Consent, CONSENT_PIN).unwrap();
                self.plain.consent = true;
                Outcome::Done
            }
            Action::Reset => self.reset(),
            Action::Open(draft) => self.open(draft),
            Action::Carry(draft) => self.carry(draft),
            Action::Authorize { which, kind } => self.authorize(which, kind),
            Action::Load { which, step } => self.load(which, step),
            Action::Remove { which } => {
                let number = self.number(which);
                let command = Command::RemoveApplication { number };
                self.finish(number, Operation::Delete, &command)
            }
            Action::Lower { which } => {
                let number = self.number(which);
                self.finish(number, Operation::LowerFloor, &Command::LowerFloor { number })
            }
            Action::Drop { which } => self.drop_request(which),
            Action::Collect { right } => self.collect(right),
            Action::Prove => self.prove(),
            Action::Register {
                issuer,
                rise,
                policy,
                released,
            } => self.register(issuer, rise, policy, released),
            Action::Authenticate { provider, answer } => self.authenticate(provider, answer),
            Action::List {
                number,
                provider,
                genuine,
            } => self.list(number, provider, genuine),
            Action::Switch { aid, active } => self.switch(aid, active),
            Action::Later => {
                let answer = self.card.verify_certificate(&self.world.later.certificate);
                let outcome = self.judge("a later certificate", &answer, &[]);
                self.plain.date = self.plain.date.max(today().add_days(100));
                outcome
            }
            Action::Impostor(which) => {
                let world = self.world;
                let (holder, reason) = [
                    (&world.namesake, Reason::BadSignature),
                    (&world.expired, Reason::Expired),
                    (&world.future, Reason::NotYetValid),
                    (&world.issuers[0], Reason::None),
                ][usize::from(which)];
                let answer = self.card.verify_certificate(&holder.certificate);
                if reason == Reason::None {
                    self.judge("an issuer's certificate", &answer, &[])
                } else {
                    self.judge("an impostor's certificate", &answer, &[reason])
                }
            }
            Action::Unblock { right } => self.unblock(right),
        };
        self.compare(action);
        *self.played.entry((action.name(), outcome)).or_default() += 1;
        outcome
    }

    fn reset(&mut self) -> Outcome {
        self.card.reset();
        self.plain.reset();
        // Without a PIN or a party nobody learns what is on the card.
        let hidden = self.card.get(data::APPLICATIONS, &[]);
        assert!(matches!(hidden, Err((0x6982, _))), "{hidden:?}");
        self.card.verify(PinReference::User, USER_PIN).unwrap();
        Outcome::Done
    }

    /// What the card tells of itself is what the model knows.
    fn compare(&mut self, action: Action) {
        let status = CardStatus::read(&self.card.get(data::CARD_STATUS, &[]).unwrap()).unwrap();
        let plain = &self.plain;
        assert_eq!(
            (
                status.date,
                status.content_counter,
                status.receipts_written,
                status.requests_used,
                status.content_policy
            ),
            (
                plain.date,
                plain.content_counter,
                plain.receipts,
                plain.requests_used,
                plain.policy
            ),
            "{action:?}"
        );
        assert_eq!(
            u32::from(status.receipts_uncollected),
            plain.receipts - plain.collected,
            "{action:?}"
        );
        let requests = self.card.get(data::OPEN_REQUESTS, &[]).unwrap();
        let mut requests: Vec<_> = data::requests(&requests)
            .unwrap()
            .map(|entry| (entry.number, entry.mode, entry.operation, entry.aid))
            .collect();
        requests.sort_by_key(|(number, ..)| *number);
        let expected: Vec<_> = plain
            .requests
            .iter()
            .map(|request| {
                let order = &request.order;
                (request.number, order.mode, order.operation, order.aid)
            })
            .collect();
        assert_eq!(requests, expected, "{action:?}");
        let applications = self.card.get(data::APPLICATIONS, &[]).unwrap();
        let applications: Vec<_> = data::applications(&applications)
            .unwrap()
            .map(|entry| (entry.aid, entry.version, entry.package, entry.provider))
            .collect();
        let expected: Vec<_> = plain
            .applications
            .iter()
            .map(|(aid, application)| {
                let (version, variant) = application.package;
                let digests = package(*aid, version, variant).digests;
                (
                    *aid,
                    version,
                    digests.package,
                    self.world.identity(application.owner),
                )
            })
            .collect();
        assert_eq!(applications, expected, "{action:?}");
        let floors = self.card.get(data::FLOORS, &[]).unwrap();
        let mut floors: Vec<_> = data::floors(&floors)
            .unwrap()
            .map(|entry| (entry.provider.name, entry.aid, entry.version, entry.package))
            .collect();
        floors.sort_by_key(|(name, aid, ..)| (name.as_bytes().to_vec(), *aid));
        let expected: Vec<_> = plain
            .floors
            .iter()
            .map(|((owner, aid), (version, variant))| {
                let digest = variant.map_or([0; 32], |variant| {
                    package(*aid, *version, variant).digests.package
                });
                (self.world.identity(*owner).name, *aid, *version, digest)
            })
            .collect();
        assert_eq!(floors, expected, "{action:?}");
    }
}
