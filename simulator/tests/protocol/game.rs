//! Plays an action on the card and on the plain model, and compares.

use std::collections::BTreeMap;

use apdu_spec::aid::Aid;
use apdu_spec::certificate::{Policy, Role};
use apdu_spec::command::Command;
use apdu_spec::data::{self, CardStatus};
use apdu_spec::limits;
use apdu_spec::object::{
    Algorithm, Authentication, Header, Mode, NO_PREVIOUS, Operation, ProviderId, Release, RevocationList,
    Sdi, Signed,
};
use apdu_spec::reason::Reason;
use apdu_spec::reference::PinReference;

use super::action::{Action, Answer as Reply, Draft, Load};
use super::card::{Answer, CONSENT_PIN, Card, UNBLOCKING_CODE, USER_PIN};
use super::evidence::{Kind, cheats, evidence};
use super::package::package;
use super::plain::{Order, Plain, Request, Who};
use super::world::{Holder, World, sha256, today};

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
}

/// How far an action got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
        self.plain
            .requests
            .get(which)
            .map_or(0xFFFF, |request| request.number)
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

    fn sdi(&self, order: &Order) -> Sdi {
        Sdi {
            operation: order.operation,
            aid: order.aid,
            version: order.version,
            package: order
                .stores()
                .then(|| package(order.aid, order.version, order.variant).digests),
            provider: self.world.identity(order.owner),
            expiry: order.expiry,
        }
    }

    fn open(&mut self, draft: Draft) -> Outcome {
        let order = Order {
            mode: draft.mode,
            operation: draft.operation,
            aid: aid(draft.aid),
            version: draft.version,
            owner: draft.owner,
            expiry: today().add_days(if draft.long { 300 } else { 30 }),
            variant: if matches!(draft.operation, Operation::Store | Operation::Replace) {
                draft.variant
            } else {
                0
            },
        };
        let sdi = self.sdi(&order);
        let mut encoded = [0; Sdi::MAX];
        let length = sdi.write_body(&mut encoded).unwrap();
        let answer = self.card.run(&Command::OpenRequest {
            mode: order.mode,
            sdi,
            sdi_encoded: &encoded[..length],
        });
        let broken = self.plain.opening(&order);
        let outcome = self.judge("open", &answer, &broken);
        if let Ok(request) = answer {
            match self.plain.same(&order) {
                Some(number) => assert_eq!(self.requests[&number], request, "the same storing request"),
                None => {
                    self.plain.opened(&order);
                    self.requests.insert(self.plain.requests_used, request);
                }
            }
        }
        outcome
    }

    fn authorize(&mut self, which: usize, kind: Kind) -> Outcome {
        let number = self.number(which);
        let Some(Request { order, .. }) = self.plain.request(number).cloned() else {
            let (first, second) = (&self.receipts[0].clone(), None);
            let answer = self.card.run(&Command::Authorize {
                number,
                first,
                second,
            });
            return self.judge("authorize", &answer, &[Reason::NoSuchRequest]);
        };
        let world = self.world;
        let mut signers = world.signers(self.plain.issuer, order.owner);
        if kind == Kind::Foreign {
            signers.provider = &world.providers[1 - order.owner];
        }
        let shown = self.card.verify_certificate(&signers.provider.certificate);
        let revoked = (0..2).find(|&provider| world.providers[provider].digest == signers.provider.digest);
        if self.plain.revoked.contains(&revoked.unwrap()) {
            return self.judge("a revoked certificate", &shown, &[Reason::Revoked]);
        }
        self.judge("a certificate", &shown, &[]);
        if order.mode == Mode::RegistrarCertified {
            let shown = self.card.verify_certificate(&signers.certifier.certificate);
            self.judge("a certifier's certificate", &shown, &[]);
        }
        let (first, second) = evidence(
            kind,
            order.mode,
            &self.sdi(&order),
            &self.requests[&number],
            &sha256(&self.certificate),
            &signers,
        );
        let answer = self.card.run(&Command::Authorize {
            number,
            first: &first,
            second: second.as_deref(),
        });
        if cheats(kind, order.mode) {
            return self.refuse("dishonest evidence", &answer);
        }
        let broken = self.plain.authorizing(number, may_use(order.owner, &order.aid));
        let outcome = self.judge("authorize", &answer, &broken);
        if outcome == Outcome::Done {
            let mut requests = self.plain.requests.iter_mut();
            requests
                .find(|request| request.number == number)
                .unwrap()
                .authorized = true;
        }
        outcome
    }

    fn load(&mut self, which: usize, step: Load) -> Outcome {
        let number = self.number(which);
        let Some(request) = self.plain.request(number).cloned() else {
            return self.block(
                number,
                0,
                true,
                &package(aid(0), 1, 0).blocks[0],
                &[Reason::NoSuchRequest],
            );
        };
        let order = request.order;
        if !order.stores() || !request.authorized {
            let broken = [Reason::WrongOperation, Reason::RequestNotAuthorized];
            let broken = match (order.stores(), request.authorized) {
                (true, _) => &broken[1..],
                (false, true) => &broken[..1],
                (false, false) => &broken[..],
            };
            return self.block(number, 0, true, &package(aid(0), 1, 0).blocks[0], broken);
        }
        let blocks = package(order.aid, order.version, order.variant).blocks;
        let next = request.kept.min(blocks.len() - 1);
        match step {
            Load::Next | Load::Rest => {
                let mut outcome = self.keep(number, next, &blocks);
                while matches!(step, Load::Rest)
                    && outcome == Outcome::Done
                    && let Some(request) = self.plain.request(number)
                {
                    let next = request.kept;
                    outcome = self.keep(number, next, &blocks);
                }
                outcome
            }
            Load::Again if request.kept > 0 => self.keep(number, request.kept - 1, &blocks),
            Load::Again => self.keep(number, 0, &blocks),
            Load::Skip => {
                let last = blocks.last().unwrap();
                let index = next + 2;
                self.block(number, index, true, last, &[Reason::BlockOutOfOrder])
            }
            Load::Tampered => {
                let mut block = blocks[next].clone();
                *block.last_mut().unwrap() ^= 1;
                let last = next + 1 == blocks.len();
                self.block(number, next, last, &block, &[Reason::BlockDigest])
            }
        }
    }

    fn block(&mut self, number: u32, index: usize, last: bool, block: &[u8], broken: &[Reason]) -> Outcome {
        let answer = self.card.run(&Command::LoadBlock {
            index: u16::try_from(index).unwrap(),
            last,
            number,
            block,
        });
        self.judge("a block", &answer, broken)
    }

    /// An honest block; the last one commits.
    fn keep(&mut self, number: u32, index: usize, blocks: &[Vec<u8>]) -> Outcome {
        let last = index + 1 == blocks.len();
        let answer = self.card.run(&Command::LoadBlock {
            index: u16::try_from(index).unwrap(),
            last,
            number,
            block: &blocks[index],
        });
        let mut requests = self.plain.requests.iter_mut();
        let request = requests.find(|request| request.number == number).unwrap();
        request.kept = request.kept.max(index + 1);
        let request = request.clone();
        if last {
            let broken = self.plain.committing(&request, true);
            self.end(number, answer, &broken)
        } else {
            self.judge("a block", &answer, &[])
        }
    }

    /// A command that carries a request out.
    fn finish(&mut self, number: u32, operation: Operation, command: &Command<'_>) -> Outcome {
        let answer = self.card.run(command);
        let mut broken = match self.plain.request(number) {
            Some(request) => self
                .plain
                .committing(request, request.order.operation == operation),
            None => vec![Reason::NoSuchRequest],
        };
        // These two ask for consent before they look at the request.
        if !self.plain.consent {
            broken.push(Reason::ConsentMissing);
        }
        self.end(number, answer, &broken)
    }

    fn end(&mut self, number: u32, answer: Answer, broken: &[Reason]) -> Outcome {
        let outcome = self.judge("a commit", &answer, broken);
        if let Ok(receipt) = answer {
            let request = self.requests.remove(&number).unwrap();
            let order = self.plain.request(number).unwrap().order;
            self.plain.committed(number);
            self.receive(receipt, Some((&request, &order)));
            assert!(!self.card.has_consent(), "consent is used up");
        }
        outcome
    }

    /// A receipt continues the chain and says what was done.
    fn receive(&mut self, receipt: Vec<u8>, done: Option<(&[u8], &Order)>) {
        let read = Signed::parse(&receipt).unwrap().receipt().unwrap();
        assert_eq!(read.number + 1, self.plain.receipts);
        assert_eq!(read.header.previous, sha256(self.receipts.last().unwrap()));
        assert_eq!(read.header.certificate, sha256(&self.certificate));
        assert_eq!(read.content_counter, self.plain.content_counter);
        let content = read
            .content
            .map(|content| (content.aid, content.version, content.storing_request));
        assert_eq!(
            content,
            done.map(|(request, order)| (order.aid, order.version, sha256(request)))
        );
        if let Some((request, _)) = done {
            let selector = data::ReceiptOfSelector(sha256(request)).to_bytes();
            assert_eq!(self.card.get(data::RECEIPT, &selector).unwrap(), receipt);
        }
        self.receipts.push(receipt);
    }

    fn drop_request(&mut self, which: usize) -> Outcome {
        let number = self.number(which);
        let answer = self.card.run(&Command::DropRequest { number });
        let broken = self.plain.dropping(number);
        let outcome = self.judge("drop", &answer, &broken);
        if outcome == Outcome::Done {
            self.plain.requests.retain(|request| request.number != number);
            self.plain.consent = self.card.has_consent() && self.plain.consent;
        }
        outcome
    }

    fn collect(&mut self, right: bool) -> Outcome {
        let number = self.plain.receipts - 1;
        let mut digest = sha256(self.receipts.last().unwrap());
        digest[0] ^= u8::from(!right);
        let answer = self.card.run(&Command::CollectReceipts { number, digest });
        if !right {
            return self.refuse("collecting with a wrong digest", &answer);
        }
        self.plain.collected = self.plain.receipts;
        self.judge("collect", &answer, &[])
    }

    fn prove(&mut self) -> Outcome {
        let nonce = [0x5A; 16];
        let head = self.card.run(&Command::ProveReceipts { nonce }).unwrap();
        let head: apdu_spec::object::ReceiptHead = Signed::parse(&head).unwrap().read().unwrap();
        assert_eq!((head.receipts, head.nonce), (self.plain.receipts, nonce));
        assert_eq!(head.header.previous, sha256(self.receipts.last().unwrap()));
        Outcome::Done
    }

    fn header(holder: &Holder, mode: Mode, previous: [u8; 32]) -> Header {
        Header {
            mode,
            role: holder.role,
            certificate: holder.digest,
            previous,
            algorithm: Algorithm::EcdsaP256Sha256,
        }
    }

    fn name(&self) -> [u8; 32] {
        let request = apdu_spec::certificate::CertificateRequest::parse(&self.registration).unwrap();
        sha256(request.point)
    }

    fn register(&mut self, issuer: usize, rise: u32, policy: u16, released: bool) -> Outcome {
        let policy = Policy::from_bits(policy).unwrap();
        let serial = self.plain.serial + rise;
        let certificate = self
            .world
            .card_certificate(issuer, &self.registration, serial, policy);
        let old = &self.world.issuers[self.plain.issuer];
        let release = old.signed(&Release {
            header: Self::header(old, Mode::Registration, sha256(&self.certificate)),
            card: self.name(),
            issuer: ProviderId {
                root: self.world.issuer_registrar.digest,
                name: self.world.issuers[issuer].name,
            },
        });
        let shown = self
            .card
            .verify_certificate(&self.world.issuers[issuer].certificate);
        self.judge("an issuer's certificate", &shown, &[]);
        let release = (released && issuer != self.plain.issuer).then_some(release.as_slice());
        let answer = self.card.run(&Command::Register {
            certificate: &certificate,
            release,
        });
        let broken = self.plain.registering(issuer, serial, policy, released);
        let outcome = self.judge("a later certificate of the card", &answer, &broken);
        if let Ok(receipt) = answer {
            self.plain.registered(issuer, serial, policy);
            self.certificate = certificate;
            self.requests.clear();
            self.receive(receipt, None);
            self.card.verify(PinReference::User, USER_PIN).unwrap();
        }
        outcome
    }

    fn authenticate(&mut self, provider: Option<usize>, answer: Reply) -> Outcome {
        let (who, holder) = match provider {
            None => (
                Who::Issuer(self.plain.issuer),
                &self.world.issuers[self.plain.issuer],
            ),
            Some(provider) => (Who::Provider(provider), &self.world.providers[provider]),
        };
        if let Some(provider) = provider {
            let shown = self.card.verify_certificate(&holder.certificate);
            if self.plain.revoked.contains(&provider) {
                return self.judge("a revoked certificate", &shown, &[Reason::Revoked]);
            }
            self.judge("a certificate", &shown, &[]);
        }
        let challenge = self.card.challenge();
        let mut object = holder.signed(&Authentication {
            header: Self::header(holder, Mode::Registration, NO_PREVIOUS),
            card: self.name(),
            challenge,
        });
        match answer {
            Reply::Fresh => {}
            Reply::Stale => {
                self.card.challenge();
            }
            Reply::Damaged => *object.last_mut().unwrap() ^= 1,
        }
        let authentication = &object;
        let reply = self.card.run(&Command::ExternalAuthenticate { authentication });
        if !matches!(answer, Reply::Fresh) {
            return self.refuse("a wrong answer to a challenge", &reply);
        }
        self.plain.authenticated = Some(who);
        let outcome = self.judge("an answer to a challenge", &reply, &[]);
        let again = self.card.run(&Command::ExternalAuthenticate { authentication });
        assert!(again.is_err(), "a challenge is answered once");
        outcome
    }

    fn list(&mut self, number: u32, provider: Option<usize>, genuine: bool) -> Outcome {
        let registrar = if genuine {
            &self.world.data_registrar
        } else {
            &self.world.issuer_registrar
        };
        let header = Header {
            role: Role::DataRegistrar,
            ..Self::header(registrar, Mode::RegisteredIssuer, NO_PREVIOUS)
        };
        let revoked: Vec<_> = provider
            .map(|provider| self.world.providers[provider].digest)
            .into_iter()
            .collect();
        let mut buffer = [0; limits::REVOKED * 34];
        let list = RevocationList::new(header, number, today(), &revoked, &mut buffer).unwrap();
        let answer = self.card.run(&Command::LoadRevocationList {
            list: &registrar.signed(&list),
        });
        if !genuine {
            return self.refuse("a list of another registrar", &answer);
        }
        let broken = if number <= self.plain.list {
            vec![Reason::ListTooOld]
        } else {
            vec![]
        };
        let outcome = self.judge("a revocation list", &answer, &broken);
        if outcome == Outcome::Done {
            self.plain.list = number;
            self.plain.revoked = provider.into_iter().collect();
        }
        outcome
    }

    fn switch(&mut self, number: usize, active: bool) -> Outcome {
        let aid = aid(number);
        let command = if active {
            Command::ActivateFile { aid }
        } else {
            Command::DeactivateFile { aid }
        };
        let answer = self.card.run(&command);
        let broken = self.plain.switching(&aid);
        let outcome = self.judge("switching an application", &answer, &broken);
        if outcome == Outcome::Done {
            self.plain.consent = false;
            self.plain.applications.get_mut(&aid).unwrap().active = active;
        }
        outcome
    }

    fn unblock(&mut self, right: bool) -> Outcome {
        let mut code = UNBLOCKING_CODE.to_vec();
        code[0] ^= u8::from(!right);
        let data = &[&code, CONSENT_PIN].concat();
        let reference = PinReference::Consent;
        let answer = self.card.run(&Command::ResetRetryCounter { reference, data });
        if self.wrong_codes >= 10 {
            return self.refuse("a blocked code", &answer);
        }
        if !right {
            self.wrong_codes += 1;
            return self.refuse("a wrong code", &answer);
        }
        self.wrong_codes = 0;
        self.plain.requests.clear();
        self.requests.clear();
        self.plain.consent = false;
        self.judge("unblocking", &answer, &[])
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
