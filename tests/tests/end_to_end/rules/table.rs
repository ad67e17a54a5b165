//! A card and honest parties, and signatures of parties that sign what they are told.

use apdu_spec::aid::Aid;
use apdu_spec::certificate::{Policy, Role};
use apdu_spec::command::{BinaryFile, Command, Expected, SelectReply, SelectTarget};
use apdu_spec::object::{Algorithm, FirstAuthorization, Header, Mode, Operation, Sdi, SecondAuthorization};
use apdu_spec::reason::Reason;
use apdu_spec::status::Status;
use parties::crypto::sha256;
use parties::decision::{Decision, sign_object};
use parties::issuer::CardTerms;
use simulator::card::SimulatedCard;
use simulator::flash::MemoryFlash;
use simulator::randomness::Randomness;
use symbolon::scene::steps::{self, Signatures, done, encode, exchange};
use symbolon::scene::wares::Ware;
use symbolon::scene::{Cast, Parties, Result, SceneError};

/// An AID of the provider's.
pub(crate) fn aid(last: u8) -> Aid {
    Aid::new(&[0xF0, 0x53, 0x59, 0x4D, 0x01, last]).unwrap()
}

pub(crate) fn select(target: SelectTarget<'_>) -> Command<'_> {
    Command::Select {
        target,
        reply: SelectReply::Nothing,
        next: false,
    }
}

pub(crate) fn read() -> Command<'static> {
    let length = Expected::Available { extended: true };
    Command::ReadBinary {
        file: BinaryFile::Current,
        offset: 0,
        length,
    }
}

pub(crate) fn update(data: &[u8]) -> Command<'_> {
    Command::UpdateBinary {
        file: BinaryFile::Current,
        offset: 0,
        data,
    }
}

pub(crate) fn granted(decision: Decision) -> Vec<u8> {
    match decision {
        Decision::Granted(object) => object,
        Decision::Refused(refusal) => panic!("refused: {}", refusal.text),
    }
}

/// A card and its parties.
pub(crate) struct Table {
    pub(crate) card: SimulatedCard<MemoryFlash>,
    pub(crate) parties: Parties,
    /// RC, once the card is registered.
    pub(crate) certificate: Vec<u8>,
}

impl Table {
    /// A personalised card.
    pub(crate) fn blank() -> Self {
        Self::personalised(Parties::new(&Cast::standard().unwrap()).unwrap(), 1)
    }

    pub(crate) fn personalised(parties: Parties, seed: u64) -> Self {
        let card = SimulatedCard::in_memory(Randomness::seeded(seed));
        let mut table = Self {
            card,
            parties,
            certificate: Vec::new(),
        };
        let card = &mut table.card;
        steps::personalise(
            &mut |command: &[u8]| card.process(command).to_vec(),
            &table.parties,
        )
        .unwrap();
        table
    }

    /// A registered card whose holder changed his PINs.
    pub(crate) fn registered() -> Self {
        let mut table = Self::blank();
        table.register(table.terms().policy);
        table
    }

    /// The same with another policy.
    pub(crate) fn registered_with(policy: Policy) -> Self {
        let mut table = Self::blank();
        table.register(policy);
        table
    }

    pub(crate) fn terms(&self) -> CardTerms {
        self.parties.terms(steps::user_information())
    }

    pub(crate) fn register(&mut self, policy: Policy) {
        self.certificate = self.request_certificate(CardTerms {
            policy,
            ..self.terms()
        });
        let issuer = self.parties.issuer.certificate().encoded().to_vec();
        steps::verify_certificate(&mut self.chip(), &issuer).unwrap();
        let certificate = self.certificate.clone();
        let register = Command::Register {
            certificate: &certificate,
            release: None,
        };
        done(&mut self.chip(), "register", &register).unwrap();
        steps::change_pins(&mut self.chip()).unwrap();
    }

    /// RI and RC.
    pub(crate) fn request_certificate(&mut self, terms: CardTerms) -> Vec<u8> {
        let nonce = [3; 16];
        let request = done(
            &mut self.chip(),
            "request",
            &Command::RequestRegistration { nonce },
        )
        .unwrap();
        let issuer = &self.parties.issuer;
        granted(
            issuer
                .register(&request, &nonce, &terms, 1, self.parties.today)
                .unwrap(),
        )
    }

    pub(crate) fn chip(&mut self) -> impl FnMut(&[u8]) -> Vec<u8> {
        |command| self.card.process(command).to_vec()
    }

    /// The same card again, just switched on.
    pub(crate) fn copy(&mut self) -> Copy<'_> {
        Copy {
            card: self.card.duplicate().unwrap(),
            parties: &self.parties,
        }
    }

    pub(crate) fn status(&mut self, command: &Command<'_>) -> Status {
        exchange(&mut self.chip(), &encode(command).unwrap())
            .unwrap()
            .status
    }

    pub(crate) fn asked(&self, ware: &Ware, operation: Operation) -> Sdi {
        let provider = self.parties.provider.identity().unwrap();
        ware.sdi(operation, provider, self.parties.today.add_days(30))
    }

    /// Opens a request with consent, and gives SR.
    pub(crate) fn open(&mut self, ware: &Ware, operation: Operation) -> Vec<u8> {
        let asked = self.asked(ware, operation);
        steps::consent(&mut self.chip()).unwrap();
        steps::open(&mut self.chip(), &asked).unwrap()
    }

    fn header(&self, role: Role, certificate: [u8; 32], previous: &[u8]) -> Header {
        let (mode, algorithm) = (Mode::ViaIssuer, Algorithm::EcdsaP256Sha256);
        Header {
            mode,
            role,
            certificate,
            previous: sha256(previous),
            algorithm,
        }
    }

    fn first_header(&self, request: &[u8]) -> Header {
        self.header(Role::Issuer, *self.parties.issuer.certificate().digest(), request)
    }

    pub(crate) fn second_header(&self, first: &[u8]) -> Header {
        self.header(
            Role::Provider,
            *self.parties.provider.certificate().digest(),
            first,
        )
    }

    /// Has both keys sign a request, each after a change.
    pub(crate) fn sign(
        &self,
        request: &[u8],
        first: impl Fn(&mut FirstAuthorization),
        second: impl Fn(&mut SecondAuthorization),
    ) -> Signatures {
        let mut agreed = FirstAuthorization {
            header: self.first_header(request),
            card_certificate: sha256(&self.certificate),
        };
        first(&mut agreed);
        let first = sign_object(&agreed, &self.parties.issuer_key).unwrap();
        let second = self.second(&first, second);
        Signatures {
            number: steps::read_request(request).unwrap().number,
            first,
            second,
        }
    }

    /// The provider's key over a first authorization.
    pub(crate) fn second(&self, first: &[u8], change: impl Fn(&mut SecondAuthorization)) -> Vec<u8> {
        let mut agreed = SecondAuthorization {
            header: self.second_header(first),
        };
        change(&mut agreed);
        sign_object(&agreed, &self.parties.provider_key).unwrap()
    }

    pub(crate) fn authorize(&mut self, signatures: &Signatures) -> Result<()> {
        let card = &mut self.card;
        steps::authorize(
            &mut |command: &[u8]| card.process(command).to_vec(),
            &self.parties,
            signatures,
        )
    }

    /// Stores a package.
    pub(crate) fn store(&mut self, ware: &Ware) -> Signatures {
        let request = self.open(ware, Operation::Store);
        let signatures = self.sign(&request, |_| (), |_| ());
        self.authorize(&signatures).unwrap();
        steps::load(&mut self.chip(), ware, 0, signatures.number).unwrap();
        signatures
    }

    /// Does something that the card must refuse for this reason, and without any trace.
    pub(crate) fn refuses(&mut self, expected: Reason, attack: impl FnOnce(&mut Self) -> Result<()>) {
        let before = self.card.dump().unwrap();
        match attack(self) {
            Err(SceneError::Card { reason, .. }) if reason == expected => {}
            other => panic!("{expected:?} expected, not {other:?}"),
        }
        assert_eq!(self.card.dump().unwrap(), before, "a refusal left a trace");
    }
}

/// A copy of a table's card.
pub(crate) struct Copy<'a> {
    card: SimulatedCard<MemoryFlash>,
    parties: &'a Parties,
}

impl Copy<'_> {
    pub(crate) fn authorize(&mut self, signatures: &Signatures) -> Result<()> {
        let card = &mut self.card;
        steps::authorize(
            &mut |command: &[u8]| card.process(command).to_vec(),
            self.parties,
            signatures,
        )
    }
}
