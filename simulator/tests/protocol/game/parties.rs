//! What is not a request: receipts, registration, authentication, lists, switching applications, unblocking.

use apdu_spec::certificate::{Policy, Role};
use apdu_spec::command::Command;
use apdu_spec::limits;
use apdu_spec::object::{
    Algorithm, Authentication, Header, Mode, NO_PREVIOUS, ProviderId, Release, RevocationList, Signed,
};
use apdu_spec::reason::Reason;
use apdu_spec::reference::PinReference;

use super::{Game, Outcome, aid};
use crate::action::Answer as Reply;
use crate::card::{CONSENT_PIN, UNBLOCKING_CODE, USER_PIN};
use crate::plain::Who;
use crate::world::{Holder, held, sha256, today};

impl Game<'_> {
    pub(super) fn collect(&mut self, right: bool) -> Outcome {
        let number = self.plain.receipts - 1;
        let newest = self.receipts.last().unwrap();
        // The plain digest is no secret: the receipt head tells it, and every storing request.
        let held = if right { held(newest) } else { sha256(newest) };
        let answer = self.card.run(&Command::CollectReceipts { number, held });
        if !right {
            return self.refuse("collecting with a wrong digest", &answer);
        }
        self.plain.collected = self.plain.receipts;
        self.judge("collect", &answer, &[])
    }

    pub(super) fn prove(&mut self) -> Outcome {
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

    pub(super) fn register(&mut self, issuer: usize, rise: u32, policy: u16, released: bool) -> Outcome {
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

    pub(super) fn authenticate(&mut self, provider: Option<usize>, answer: Reply) -> Outcome {
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
        // Whoever was there before is not any more.
        self.plain.authenticated = matches!(answer, Reply::Fresh).then_some(who);
        if !matches!(answer, Reply::Fresh) {
            return self.refuse("a wrong answer to a challenge", &reply);
        }
        self.judge("an answer to a challenge", &reply, &[])
    }

    pub(super) fn list(&mut self, number: u32, provider: Option<usize>, genuine: bool) -> Outcome {
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

    pub(super) fn switch(&mut self, number: usize, active: bool) -> Outcome {
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

    pub(super) fn unblock(&mut self, right: bool) -> Outcome {
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
}
