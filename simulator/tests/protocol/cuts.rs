//! Power cuts in every mode and operation: each program and each erase of each command is cut in three ways, and each cut again in every
//! operation of the recovery. What a holder would lose: an application, a receipt, or the certainty that it is there once.
//!
//! A command starts from a card that was just switched on and from the commands that bring its session there. Random numbers are seeded, so
//! that whoever goes on after a cut must end exactly where the uncut command ended.

#[path = "cuts/step.rs"]
mod step;

use std::io::Write as _;

use apdu_spec::aid::Aid;
use apdu_spec::certificate::Policy;
use apdu_spec::command::Command;
use apdu_spec::data;
use apdu_spec::object::{
    Algorithm, Header, Mode, NO_PREVIOUS, Operation, ProviderId, Release, RevocationList, Sdi,
};
use apdu_spec::reference::PinReference;
use apdu_spec::tlv::{Reader, Tag};

use self::step::{Step, begin, encode, powered, send};
use crate::card::{CONSENT_PIN, Card, UNBLOCKING_CODE};
use crate::evidence::{Kind, evidence};
use crate::package::package;
use crate::world::{World, held, sha256, today};

/// A card, who speaks to it, and what was done.
struct Life {
    world: World,
    registration: Vec<u8>,
    image: Vec<u8>,
    steps: Vec<Step>,
    issuer: usize,
    serial: u32,
}

impl Life {
    fn new() -> Self {
        let world = World::new();
        let (mut card, registration) = Card::issued(&world, Policy::ALL.with_mac());
        let image = card.0.snapshot().unwrap();
        Self {
            world,
            registration,
            image,
            steps: Vec::new(),
            issuer: 0,
            serial: 1,
        }
    }

    fn take(&mut self, name: &str, session: &[Vec<u8>], command: &Command<'_>, between: bool) -> Vec<u8> {
        let command = encode(command);
        let mut card = begin(powered(&self.image), session);
        let before = card.dump().unwrap();
        let ahead = card.with_flash(|flash| flash.operations().total()).unwrap();
        let (data, status) = send(&mut card, &command);
        assert_eq!(status, 0x9000, "{name}");
        let after = card.dump().unwrap();
        let flash = card.into_flash().unwrap();
        let operations = flash.operations().total() - ahead;
        let image = std::mem::replace(&mut self.image, flash.inner().image().to_vec());
        self.steps.push(Step {
            name: name.to_owned(),
            image,
            session: session.to_vec(),
            command,
            before,
            after,
            ahead,
            operations,
            between,
        });
        data
    }

    fn get(&self, tag: u16) -> Vec<u8> {
        let mut card = begin(powered(&self.image), &[]);
        send(&mut card, &encode(&Command::GetData { tag, selector: &[] })).0
    }

    fn certificate(&self) -> [u8; 32] {
        sha256(&self.get(data::CARD_CERTIFICATE))
    }

    /// A whole request, in this mode; gives the receipt.
    fn carry(&mut self, mode: Mode, operation: Operation, version: u32, owner: usize) -> Vec<u8> {
        let aid = Aid::new(&[0xF0, 0x4E, 0, 0, 1, 7]).unwrap();
        let stores = matches!(operation, Operation::Store | Operation::Replace);
        let sdi = Sdi {
            operation,
            aid,
            version,
            package: stores.then(|| package(aid, version, 0).digests),
            provider: self.world.identity(owner),
            expiry: today().add_days(300),
        };
        let mut encoded = [0; Sdi::MAX];
        let length = sdi.write_body(&mut encoded).unwrap();
        let open = Command::OpenRequest {
            mode,
            sdi,
            sdi_encoded: &encoded[..length],
        };
        let what = |step: &str| format!("mode {}: {operation} {version}: {step}", mode.code());
        let request = self.take(&what("open"), &[consent()], &open, false);
        let status = data::CardStatus::read(&self.get(data::CARD_STATUS)).unwrap();
        let number = status.requests_used;
        let shown: Vec<_> = [&self.world.providers[owner], &self.world.certifier]
            .map(|holder| shown(&holder.certificate))
            .to_vec();
        let signers = self.world.signers(self.issuer, owner);
        let certificate = self.certificate();
        let (first, second) = evidence(Kind::Honest, mode, &sdi, &request, &certificate, &signers);
        let authorize = Command::Authorize {
            number,
            first: &first,
            second: second.as_deref(),
        };
        self.take(&what("authorize"), &shown, &authorize, false);
        let receipt = match operation {
            Operation::Delete => {
                let remove = Command::RemoveApplication { number };
                self.take(&what("remove"), &[consent()], &remove, false)
            }
            Operation::LowerFloor => {
                let lower = Command::LowerFloor { number };
                self.take(&what("lower"), &[consent()], &lower, false)
            }
            Operation::Store | Operation::Replace => {
                let blocks = package(aid, version, 0).blocks;
                let mut answer = Vec::new();
                for (index, block) in (0_u16..).zip(&blocks) {
                    let last = usize::from(index) + 1 == blocks.len();
                    let load = Command::LoadBlock {
                        index,
                        last,
                        number,
                        block,
                    };
                    answer = self.take(&what("block"), &[consent()], &load, last);
                }
                answer
            }
        };
        let collect = Command::CollectReceipts {
            number: status.receipts_written,
            held: held(&receipt),
        };
        self.take(&what("collect"), &[], &collect, false);
        receipt
    }

    /// A later RC, from the present issuer or, released to it, another.
    fn register(&mut self, issuer: usize) {
        self.serial += 1;
        let policy = Policy::ALL.with_mac();
        let certificate = self
            .world
            .card_certificate(issuer, &self.registration, self.serial, policy);
        let request = apdu_spec::certificate::CertificateRequest::parse(&self.registration).unwrap();
        let old = &self.world.issuers[self.issuer];
        let release = old.signed(&Release {
            header: Header {
                mode: Mode::Registration,
                role: old.role,
                certificate: old.digest,
                previous: self.certificate(),
                algorithm: Algorithm::EcdsaP256Sha256,
            },
            card: sha256(request.point),
            issuer: ProviderId {
                root: self.world.issuer_registrar.digest,
                name: self.world.issuers[issuer].name,
            },
        });
        let session = [shown(&self.world.issuers[issuer].certificate), consent()];
        let register = Command::Register {
            certificate: &certificate,
            release: (issuer != self.issuer).then_some(&release),
        };
        self.take("a later registration", &session, &register, false);
        self.issuer = issuer;
    }
}

fn consent() -> Vec<u8> {
    encode(&Command::Verify {
        reference: PinReference::Consent,
        pin: Some(CONSENT_PIN),
    })
}

fn shown(certificate: &[u8]) -> Vec<u8> {
    let body_and_signature = Reader::new(certificate).value(Tag(0x7F21)).unwrap();
    encode(&Command::VerifyCertificate { body_and_signature })
}

fn live() -> Life {
    let mut life = Life::new();
    life.carry(Mode::ViaProvider, Operation::Store, 1, 0);
    life.carry(Mode::ProviderAlone, Operation::Replace, 2, 0);
    life.carry(Mode::CertifiedData, Operation::Replace, 3, 0);
    life.carry(Mode::RegistrarCertified, Operation::Replace, 4, 0);
    let aid = Aid::new(&[0xF0, 0x4E, 0, 0, 1, 7]).unwrap();
    life.take(
        "deactivate",
        &[consent()],
        &Command::DeactivateFile { aid },
        false,
    );
    life.carry(Mode::ViaIssuer, Operation::Replace, 6, 0);
    life.take("activate", &[consent()], &Command::ActivateFile { aid }, false);
    life.carry(Mode::ViaProvider, Operation::Delete, 6, 0);
    life.carry(Mode::ViaIssuer, Operation::LowerFloor, 2, 0);
    life.carry(Mode::CertifiedData, Operation::Store, 3, 0);
    life.register(0);
    let certificate = life.certificate();
    let issuers = life.world.issuers[0].sealed(&life.registration, &certificate, 1, &[1; 16]);
    let providers = life.world.providers[0].sealed(&life.registration, &certificate, 1, &[2; 16]);
    let session = [shown(&life.world.providers[0].certificate), consent()];
    life.take(
        "the issuer's key",
        &[consent()],
        &Command::LoadSharedKey { key: &issuers },
        false,
    );
    life.take(
        "a provider's key",
        &session,
        &Command::LoadSharedKey { key: &providers },
        false,
    );
    life.register(1);
    let registrar = life.world.data_registrar.clone();
    let link = registrar.link(40);
    let body_and_signature = Reader::new(&link.certificate).value(Tag(0x7F21)).unwrap();
    life.take(
        "a link",
        &[],
        &Command::VerifyCertificate { body_and_signature },
        false,
    );
    let header = Header {
        mode: Mode::RegisteredIssuer,
        role: link.role,
        certificate: link.digest,
        previous: NO_PREVIOUS,
        algorithm: Algorithm::EcdsaP256Sha256,
    };
    let mut buffer = [0; 40];
    let revoked = [life.world.providers[1].digest];
    let list = RevocationList::new(header, 1, today(), &revoked, &mut buffer).unwrap();
    let list = link.signed(&list);
    life.take("a list", &[], &Command::LoadRevocationList { list: &list }, false);
    // Unblocking drops what is open.
    let sdi = Sdi {
        operation: Operation::Delete,
        aid,
        version: 3,
        package: None,
        provider: life.world.identity(0),
        expiry: today().add_days(300),
    };
    let mut encoded = [0; Sdi::MAX];
    let length = sdi.write_body(&mut encoded).unwrap();
    let open = Command::OpenRequest {
        mode: Mode::ViaIssuer,
        sdi,
        sdi_encoded: &encoded[..length],
    };
    life.take("open", &[consent()], &open, false);
    let unblock = Command::ResetRetryCounter {
        reference: PinReference::Consent,
        data: &[UNBLOCKING_CODE, CONSENT_PIN].concat(),
    };
    life.take("unblock", &[], &unblock, true);
    life
}

#[test]
fn every_mode_and_operation_is_cut_everywhere_and_again_while_it_recovers() {
    let life = live();
    let (mut operations, mut cuts, mut second) = (0, 0, 0);
    let tallies: Vec<_> = std::thread::scope(|scope| {
        let (one, two): (Vec<_>, Vec<_>) = life
            .steps
            .iter()
            .enumerate()
            .partition(|(index, _)| index % 2 == 0);
        let work = |steps: Vec<(usize, &Step)>| {
            let cut = |(_, step): (usize, &Step)| (step.operations, step.cut_everywhere());
            steps.into_iter().map(cut).collect::<Vec<_>>()
        };
        let other = scope.spawn(move || work(two));
        let mut all = work(one);
        all.extend(other.join().unwrap());
        all
    });
    for (of_step, (of_cuts, of_second)) in tallies {
        assert_eq!(of_cuts, 3 * of_step);
        operations += of_step;
        cuts += of_cuts;
        second += of_second;
    }
    writeln!(
        std::io::stderr(),
        "power cuts in all modes: {} commands, {operations} programs and erases when uncut; {cuts} cuts (3 x {operations}), {second} second cuts",
        life.steps.len(),
    )
    .unwrap();
    assert!(life.steps.len() > 40 && cuts > 1_000 && second > 1_000);
}
