//! A card's life as it is recorded, one command after the other, each from a card that was just switched on.

use apdu_spec::command::Command;
use apdu_spec::object::{Mode, Sdi};
use apdu_spec::reference::PinReference;
use apdu_spec::status::Status;
use apdu_spec::{data, limits, tlv};
use parties::certificate::{OwnedCertificate, Roots};
use parties::crypto::sha256;
use parties::decision::Decision;
use parties::issuer::Issuer;
use parties::provider::Provider;
use parties::registrar::Scope;
use simulator::flash::CutFlash;
use symbolon::scene::steps::{Answer, encode, pins, user_information};
use symbolon::scene::{Cast, Parties, certified};

use super::state::Between;
use super::step::{Again, Flash, Step, begin, keeps, operations, send};

/// What is special about a command.
pub(crate) struct Terms<'a> {
    pub(crate) status: Status,
    pub(crate) between: Between,
    pub(crate) again: Again,
    pub(crate) instead: Option<Command<'a>>,
    pub(crate) is_commit: bool,
}

impl Default for Terms<'_> {
    fn default() -> Self {
        Self {
            status: Status::SUCCESS,
            between: Between::Nothing,
            again: Again::Same,
            instead: None,
            is_commit: false,
        }
    }
}

/// A card and what was done with it.
pub(crate) struct Life {
    pub(crate) steps: Vec<Step>,
    pub(crate) parties: Parties,
    /// The card now, switched off.
    pub(crate) flash: Flash,
}

impl Life {
    /// A card that was made, and whose user information was then written so often. That leaves nothing but wear: where
    /// the log stands, and what has to be erased before more can be written.
    pub(crate) fn of(flash: Flash, writes: u32) -> Self {
        let mut card = begin(flash, 0, &[]);
        for write in 0..writes {
            let value = sha256(&write.to_be_bytes());
            let command = Command::PutData {
                tag: data::USER_INFORMATION,
                value: &value,
            };
            assert!(send(&mut card, &encode(&command).unwrap()).status.is_success());
        }
        Self {
            steps: Vec::new(),
            parties: parties_of_three_days(),
            flash: card.into_flash().unwrap(),
        }
    }

    /// Sends a command and records it.
    pub(crate) fn take(
        &mut self,
        name: &'static str,
        session: &[Command<'_>],
        command: &Command<'_>,
        terms: Terms<'_>,
    ) -> Answer {
        let seed = u64::try_from(self.steps.len()).unwrap() + 1;
        let session: Vec<Vec<u8>> = session.iter().map(|command| encode(command).unwrap()).collect();
        let command = encode(command).unwrap();
        let before = keeps(&self.flash);
        let mut card = begin(CutFlash::new(self.flash.clone()), seed, &session);
        assert_eq!(
            card.dump().unwrap(),
            before,
            "{name}: the session changes the card"
        );
        let ahead = operations(&mut card);
        let answer = send(&mut card, &command);
        assert_eq!(answer.status, terms.status, "{name}");
        let after = card.dump().unwrap();
        let mut operations = operations(&mut card);
        operations.programs -= ahead.programs;
        operations.erases -= ahead.erases;
        let flash = card.into_flash().unwrap().into_inner();
        let instead = terms.instead.map(|command| {
            let command = encode(&command).unwrap();
            let mut card = begin(flash.clone(), seed, &session);
            assert!(send(&mut card, &command).status.is_success());
            (command, card.dump().unwrap())
        });
        self.steps.push(Step {
            name,
            seed,
            image: std::mem::replace(&mut self.flash, flash),
            session,
            command,
            answer: answer.clone(),
            ahead: ahead.total(),
            operations,
            before,
            after,
            between: terms.between,
            again: terms.again,
            instead,
            is_commit: terms.is_commit,
        });
        answer
    }

    /// The issuer's certificate for the card that asks with `request`.
    pub(crate) fn certificate(&self, request: &[u8], nonce: &[u8; 16]) -> Vec<u8> {
        let terms = self.parties.terms(user_information());
        let today = self.parties.today;
        match self
            .parties
            .issuer
            .register(request, nonce, &terms, 1, today)
            .unwrap()
        {
            Decision::Granted(certificate) => certificate,
            Decision::Refused(refusal) => panic!("refused: {}", refusal.text),
        }
    }
}

/// Parties whose certificates are of three days, so that each of the two verified ones moves the card's date.
fn parties_of_three_days() -> Parties {
    let cast = Cast::standard().unwrap();
    let mut parties = Parties::new(&cast).unwrap();
    let (second, third) = (cast.today.add_days(10), cast.today.add_days(20));
    let (issuers, providers) = (parties.issuer_registrar.root(), parties.data_registrar.root());
    let scope = Scope::DataRegistrars(vec![*providers.digest()]);
    let (certificate, key) = certified(&parties.issuer_registrar, cast.issuer, scope, second).unwrap();
    let issuer = Issuer::new(&certificate, issuers.encoded(), trusting(providers), key.clone()).unwrap();
    parties.issuer_key = key;
    let scope = Scope::Prefixes(vec![cast.prefix]);
    let (certificate, key) = certified(&parties.data_registrar, cast.provider, scope, third).unwrap();
    let provider = Provider::new(&certificate, providers.encoded(), trusting(issuers), key.clone()).unwrap();
    parties.provider_key = key;
    (parties.issuer, parties.provider, parties.today) = (issuer, provider, third);
    parties
}

fn trusting(root: &OwnedCertificate) -> Roots {
    let mut roots = Roots::new();
    roots.add("root", root.encoded()).unwrap();
    roots
}

/// VERIFY.
pub(crate) fn verify(reference: PinReference, pin: &[u8]) -> Command<'_> {
    Command::Verify {
        reference,
        pin: Some(pin),
    }
}

/// VERIFY of the consent PIN.
pub(crate) fn consent() -> Command<'static> {
    verify(PinReference::Consent, pins::CONSENT)
}

/// PSO VERIFY CERTIFICATE of a 7F21.
pub(crate) fn verify_certificate(certificate: &[u8]) -> Command<'_> {
    let body_and_signature = tlv::Reader::new(certificate)
        .value(apdu_spec::certificate::CERTIFICATE)
        .unwrap();
    Command::VerifyCertificate { body_and_signature }
}

/// An SDI and its encoding.
pub(crate) struct Asked {
    sdi: Sdi,
    encoded: Vec<u8>,
}

impl Asked {
    pub(crate) fn new(sdi: Sdi) -> Self {
        let mut encoded = vec![0; limits::AUTHORIZATION_MAX];
        let length = sdi.write_body(&mut encoded).unwrap();
        encoded.truncate(length);
        Self { sdi, encoded }
    }

    /// APPLICATION MANAGEMENT REQUEST 03.
    pub(crate) fn open(&self) -> Command<'_> {
        Command::OpenRequest {
            mode: Mode::ViaIssuer,
            sdi: self.sdi,
            sdi_encoded: &self.encoded,
        }
    }
}
