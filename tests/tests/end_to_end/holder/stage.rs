//! One card with applications of two providers, made once, and those who speak to it.

use std::sync::OnceLock;

use apdu_spec::aid::Aid;
use apdu_spec::certificate::Role;
use apdu_spec::command::{BinaryFile, Command, Expected, SelectReply, SelectTarget};
use apdu_spec::data::{self, CardStatus};
use apdu_spec::object::{
    Algorithm, Authentication, COLLECTION_PREFIX, Header, Mode, NO_PREVIOUS, Operation, Sdi, Signed,
};
use apdu_spec::reason::Reason;
use apdu_spec::reference::PinReference;
use apdu_spec::status::Status;
use parties::certificate::Roots;
use parties::crypto::sha256;
use parties::decision::Decision;
use parties::evidence::Evidence;
use parties::provider::Provider;
use parties::registrar::Scope;
use parties::signer::Signer;
use simulator::card::SimulatedCard;
use simulator::flash::MemoryFlash;
use simulator::platform::CardFlash;
use simulator::randomness::Randomness;
use symbolon::scene::steps::{self, Answer, card_point, exchange, pins, read_receipt};
use symbolon::scene::wares::{self, Ware};
use symbolon::scene::{Cast, Parties, Shared, certified};

/// The code that unblocks PINs.
pub(super) const CODE: &[u8] = b"8765432109";

/// An AID of the scene.
pub(super) fn aid(last: [u8; 2]) -> Aid {
    Aid::new(&[0xF0, 0x53, 0x59, 0x4D, 0x01, last[0], last[1]]).unwrap()
}

/// The first provider's application.
pub(super) fn own() -> Aid {
    aid([1, 1])
}

/// The other provider's application.
pub(super) fn others() -> Aid {
    aid([2, 1])
}

/// What first the one, then the other provider stored under one name.
pub(super) fn shared() -> Aid {
    aid([2, 2])
}

/// A card in memory.
pub(super) struct Chip<F: CardFlash = MemoryFlash>(pub(super) SimulatedCard<F>);

impl Chip {
    /// The card of a snapshot, just switched on.
    pub(super) fn of(snapshot: &[u8]) -> Self {
        Self(SimulatedCard::from_snapshot(
            snapshot.to_vec(),
            Randomness::seeded(9),
        ))
    }
}

impl<F: CardFlash> Chip<F> {
    pub(super) fn send(&mut self, command: &Command<'_>) -> Answer {
        let command = steps::encode(command).unwrap();
        exchange(&mut |command: &[u8]| self.0.process(command).to_vec(), &command).unwrap()
    }

    /// What a command that must succeed answers.
    pub(super) fn done(&mut self, command: &Command<'_>) -> Vec<u8> {
        let answer = self.send(command);
        assert_eq!(answer.status, Status::SUCCESS, "{}", command.name());
        answer.data
    }

    /// Sends a command that must be refused and leave everything as it was.
    pub(super) fn refuses(&mut self, command: &Command<'_>, status: Status, reason: Reason) {
        let before = self.dump();
        let answer = self.send(command);
        assert_eq!(
            (answer.status, answer.data),
            (status, vec![]),
            "{}",
            command.name()
        );
        assert_eq!(
            self.dump(),
            before,
            "{} was refused, but the card changed",
            command.name()
        );
        let told = self.done(&get(data::LAST_REASON, &[]));
        assert_eq!(
            told,
            data::reason(reason),
            "{} was refused for another reason",
            command.name()
        );
    }

    pub(super) fn dump(&mut self) -> String {
        self.0.dump().unwrap()
    }

    pub(super) fn reset(&mut self) {
        self.0.power_off();
        self.0.power_on();
    }

    pub(super) fn consent(&mut self) {
        self.done(&verify(PinReference::Consent, pins::CONSENT));
    }

    pub(super) fn card_status(&mut self) -> CardStatus {
        CardStatus::read(&self.done(&get(data::CARD_STATUS, &[]))).unwrap()
    }

    /// Tries left of a PIN that is not verified.
    pub(super) fn tries(&mut self, reference: PinReference) -> Option<u8> {
        self.send(&Command::Verify { reference, pin: None })
            .status
            .tries()
    }

    /// Opens a request in mode 2 and brings it both signatures; gives its number.
    pub(super) fn authorize(
        &mut self,
        provider: &Provider<Shared>,
        ware: &Ware,
        operation: Operation,
    ) -> u32 {
        let base = base();
        self.consent();
        let mut card = |command: &[u8]| self.0.process(command).to_vec();
        let request = steps::open(&mut card, &sdi(provider, ware, operation)).unwrap();
        let today = base.parties.today;
        let issuer = &base.parties.issuer;
        let evidence = Evidence {
            request: &request,
            card_certificate: &base.certificate,
            issuer_certificate: issuer.certificate().encoded(),
            provider_certificate: Some(provider.certificate().encoded()),
            first: None,
        };
        let first = granted(issuer.authorize(&evidence, None, today));
        let evidence = Evidence {
            first: Some(&first),
            ..evidence
        };
        let second = granted(provider.authorize(&evidence, Some(&ware.digests()), None, today));
        let number = steps::read_request(&request).unwrap().number;
        self.done(&steps::certificate_command(provider.certificate().encoded()).unwrap());
        self.done(&Command::Authorize {
            number,
            first: &first,
            second: Some(&second),
        });
        number
    }

    /// Sends the last command of a request that is authorized: everything but this one was done before.
    pub(super) fn load_all_but_the_last(&mut self, ware: &Ware, number: u32) {
        for index in 0..ware.blocks().len() - 1 {
            self.done(&steps::load_command(ware, index, number).unwrap());
        }
    }

    /// Stores, replaces or deletes in mode 2, with all the consent it takes; gives the receipt.
    pub(super) fn carry_out(
        &mut self,
        provider: &Provider<Shared>,
        ware: &Ware,
        operation: Operation,
    ) -> Vec<u8> {
        let number = self.authorize(provider, ware, operation);
        if operation == Operation::Delete {
            self.consent();
            return self.done(&Command::RemoveApplication { number });
        }
        self.load_all_but_the_last(ware, number);
        self.consent();
        self.done(&last_block(ware, number))
    }

    /// Collects all receipts, as who has read the newest can.
    pub(super) fn collect_all(&mut self) {
        self.done(&verify(PinReference::User, pins::USER));
        let newest = self.done(&get(data::NEWEST_RECEIPT, &[]));
        let number = read_receipt(&newest).unwrap().number;
        self.done(&collect(number, &newest));
        self.reset();
    }

    /// Has the issuer or a provider answer a challenge.
    pub(super) fn authenticate(&mut self, role: Role, certificate: &[u8], key: &Shared) {
        if role == Role::Provider {
            self.done(&steps::certificate_command(certificate).unwrap());
        }
        let challenge = self.done(&Command::GetChallenge { length: 16 });
        let authentication = Authentication {
            header: Header {
                mode: Mode::Registration,
                role,
                certificate: sha256(certificate),
                previous: NO_PREVIOUS,
                algorithm: Algorithm::EcdsaP256Sha256,
            },
            card: sha256(&card_point(&base().certificate).unwrap()),
            challenge: challenge.try_into().unwrap(),
        };
        let mut body = vec![0; Authentication::MAX];
        let length = authentication.write_body(&mut body).unwrap();
        body.truncate(length);
        let mut object = vec![0; Authentication::MAX + 80];
        let length = Signed::assemble(&body, &key.sign(&body).unwrap(), &mut object).unwrap();
        self.done(&Command::ExternalAuthenticate {
            authentication: &object[..length],
        });
    }
}

pub(super) const fn get(tag: u16, selector: &[u8]) -> Command<'_> {
    Command::GetData { tag, selector }
}

pub(super) const fn verify(reference: PinReference, pin: &[u8]) -> Command<'_> {
    Command::Verify {
        reference,
        pin: Some(pin),
    }
}

pub(super) const fn select(target: SelectTarget<'_>) -> Command<'_> {
    Command::Select {
        target,
        reply: SelectReply::Nothing,
        next: false,
    }
}

pub(super) const fn read(file: BinaryFile) -> Command<'static> {
    Command::ReadBinary {
        file,
        offset: 0,
        length: Expected::Available { extended: true },
    }
}

/// Collects the receipt with this number and these bytes.
pub(super) fn collect(number: u32, receipt: &[u8]) -> Command<'static> {
    Command::CollectReceipts {
        number,
        held: sha256(&[COLLECTION_PREFIX, receipt].concat()),
    }
}

pub(super) fn notes(aid: Aid, version: u32) -> Ware {
    wares::notes(aid, version, 10).unwrap()
}

pub(super) fn last_block(ware: &Ware, number: u32) -> Command<'_> {
    steps::load_command(ware, ware.blocks().len() - 1, number).unwrap()
}

pub(super) fn sdi(provider: &Provider<Shared>, ware: &Ware, operation: Operation) -> Sdi {
    let expiry = base().parties.today.add_days(30);
    ware.sdi(operation, provider.identity().unwrap(), expiry)
}

fn granted(decision: parties::Result<Decision>) -> Vec<u8> {
    match decision.unwrap() {
        Decision::Granted(object) => object,
        Decision::Refused(refusal) => panic!("refused: {}", refusal.text),
    }
}

/// Parties, and a card that they registered.
pub(super) struct Base {
    pub(super) parties: Parties,
    /// Another provider, whose prefix lies within the first one's.
    pub(super) other: Provider<Shared>,
    pub(super) other_key: Shared,
    /// With roots, keys, transport PINs and an unblocking code.
    pub(super) personalised: Vec<u8>,
    /// Registered, PINs changed, nothing stored.
    pub(super) registered: Vec<u8>,
    /// RC, 7F21.
    pub(super) certificate: Vec<u8>,
}

pub(super) fn base() -> &'static Base {
    static BASE: OnceLock<Base> = OnceLock::new();
    BASE.get_or_init(|| {
        let mut card = SimulatedCard::in_memory(Randomness::seeded(4));
        let parties = Parties::new(&Cast::standard().unwrap()).unwrap();
        let mut chip = |command: &[u8]| card.process(command).to_vec();
        steps::personalise(&mut chip, &parties).unwrap();
        let code = Command::PutData {
            tag: data::UNBLOCKING_CODE,
            value: CODE,
        };
        steps::done(&mut chip, "unblocking code", &code).unwrap();
        let personalised = card.snapshot().unwrap();
        let mut chip = |command: &[u8]| card.process(command).to_vec();
        let certificate = steps::register(&mut chip, &parties).unwrap().certificate;
        steps::change_pins(&mut chip).unwrap();
        let prefix = Aid::new(&[0xF0, 0x53, 0x59, 0x4D, 0x01, 0x02]).unwrap();
        let scope = Scope::Prefixes(vec![prefix]);
        let (other, other_key) = certified(&parties.data_registrar, "ZZOTHER", scope, parties.today).unwrap();
        let mut trusted = Roots::new();
        trusted
            .add("issuers", parties.issuer_registrar.root().encoded())
            .unwrap();
        let root = parties.data_registrar.root().encoded();
        Base {
            other: Provider::new(&other, root, trusted, other_key.clone()).unwrap(),
            other_key,
            personalised,
            registered: card.snapshot().unwrap(),
            certificate,
            parties,
        }
    })
}

/// The registered card with applications of both providers, and its receipts in order, the one of the registration left out.
pub(super) fn stored() -> &'static (Vec<u8>, Vec<Vec<u8>>) {
    static STORED: OnceLock<(Vec<u8>, Vec<Vec<u8>>)> = OnceLock::new();
    STORED.get_or_init(|| {
        let Base { parties, other, .. } = base();
        let mut chip = Chip::of(&base().registered);
        let own_provider = &parties.provider;
        let receipts = [
            (own_provider, own(), Operation::Store),
            (other, others(), Operation::Store),
            (own_provider, shared(), Operation::Store),
            (own_provider, shared(), Operation::Delete),
            (other, shared(), Operation::Store),
        ]
        .map(|(provider, aid, operation)| chip.carry_out(provider, &notes(aid, 1), operation));
        (chip.0.snapshot().unwrap(), receipts.to_vec())
    })
}
