//! Requests: opened, authorized, loaded, carried out and dropped.

use apdu_spec::command::Command;
use apdu_spec::data;
use apdu_spec::object::{Mode, Operation, Sdi, Signed};
use apdu_spec::reason::Reason;

use super::{Answer, Game, Outcome, aid, may_use};
use crate::action::{Action, Draft, Load};
use crate::evidence::{Kind, cheats, evidence};
use crate::package::package;
use crate::plain::{Order, Request};
use crate::world::{sha256, today};
use apdu_spec::aid::Aid;

impl Game<'_> {
    pub(super) fn sdi(&self, order: &Order) -> Sdi {
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

    pub(super) fn open(&mut self, draft: Draft) -> Outcome {
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

    /// Turns a draft to something that could be done.
    fn aim(&self, draft: &mut Draft) {
        if draft.operation == Operation::LowerFloor {
            let free = |(_, aid): &&(usize, Aid)| !self.plain.applications.contains_key(aid);
            if let Some(key) = self.plain.floors.keys().filter(free).nth(draft.aid % 2) {
                let names = (0..6).find(|number| aid(*number) == key.1);
                (draft.owner, draft.aid) = (key.0, names.unwrap());
                draft.version = self.plain.floors[key].0.saturating_sub(1);
            }
        } else if let Some(present) = self.plain.applications.get(&aid(draft.aid)) {
            draft.owner = present.owner;
            draft.version = match draft.operation {
                Operation::Delete => present.package.0,
                Operation::Replace => present.package.0.saturating_add(draft.version),
                _ => draft.version,
            };
        } else if draft.operation == Operation::Replace {
            draft.operation = Operation::Store;
        }
    }

    pub(super) fn carry(&mut self, mut draft: Draft) -> Outcome {
        self.aim(&mut draft);
        self.play(Action::Consent);
        if self.play(Action::Open(draft)) == Outcome::Refused {
            return Outcome::Refused;
        }
        let which = self.plain.requests.len();
        self.play(Action::Authorize {
            which,
            kind: Kind::Honest,
        });
        self.play(Action::Consent);
        match draft.operation {
            Operation::Store | Operation::Replace => self.play(Action::Load {
                which,
                step: Load::Rest,
            }),
            Operation::Delete => self.play(Action::Remove { which }),
            Operation::LowerFloor => self.play(Action::Lower { which }),
        }
    }

    pub(super) fn authorize(&mut self, which: usize, kind: Kind) -> Outcome {
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
        let heir = kind == Kind::Heir;
        if heir {
            signers.provider = &world.successor;
        }
        let shown = self.card.verify_certificate(&signers.provider.certificate);
        let mut revoked = self.plain.revoked.iter();
        if revoked.any(|&provider| world.providers[provider].digest == signers.provider.digest) {
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
        if cheats(kind, &order) {
            return self.refuse("dishonest evidence", &answer);
        }
        let broken = self
            .plain
            .authorizing(number, may_use(order.owner, &order.aid), heir);
        let outcome = self.judge("authorize", &answer, &broken);
        if outcome == Outcome::Done {
            let mut requests = self.plain.requests.iter_mut();
            let request = requests.find(|request| request.number == number).unwrap();
            (request.authorized, request.by_heir) = (true, heir);
        }
        outcome
    }

    pub(super) fn load(&mut self, which: usize, step: Load) -> Outcome {
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
    pub(super) fn finish(&mut self, number: u32, operation: Operation, command: &Command<'_>) -> Outcome {
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
    pub(super) fn receive(&mut self, receipt: Vec<u8>, done: Option<(&[u8], &Order)>) {
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

    pub(super) fn drop_request(&mut self, which: usize) -> Outcome {
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
}
