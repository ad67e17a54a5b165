//! Who shows that it is there gets what files promise to it, in this session, and nobody else does.

use apdu_spec::access::AccessRules;
use apdu_spec::aid::Aid;
use apdu_spec::certificate::{Extension, Rights, Role, SuccessorExtension};
use apdu_spec::command::{BinaryFile, Command, Expected, SelectReply, SelectTarget};
use apdu_spec::file::{FileControl, FileKind};
use apdu_spec::object::{
    Authentication, Mode, Operation, PackageDigests, ProviderId, Sdi, SecondAuthorization, Signed,
};
use apdu_spec::package::{Block, FileEntry, ManifestBuilder, OnReplace};
use apdu_spec::reason::Reason;

use super::parties::*;
use super::revocation::list;
use super::world::*;

/// Whoever has authenticated in this role reads.
const fn read_by(role: u8) -> [u8; 12] {
    [
        0x80, 0x01, 0x01, 0xA4, 0x07, 0x95, 0x01, 0x80, 0x5F, 0x4C, 0x01, role,
    ]
}

const FILE: u16 = 0x0A01;
const READ: Command<'static> = Command::ReadBinary {
    file: BinaryFile::Current,
    offset: 0,
    length: Expected::Exactly(1),
};

impl World {
    /// Registered, with files in the MF that each role may read: role r reads file 0A00 + r.
    fn with_files() -> Self {
        let mut world = Self::personalised();
        for role in 1..=6 {
            let rule = read_by(role);
            world.ok(&Command::CreateFile {
                fcp: FileControl {
                    size: Some(1),
                    kind: FileKind::Transparent,
                    id: 0x0A00 + u16::from(role),
                    aid: None,
                    short_id: None,
                    life_cycle: None,
                    rules: AccessRules::new(&rule).unwrap(),
                    version: None,
                },
                rules_from: None,
            });
        }
        world.register_first();
        world
    }

    /// Roles of files in the MF that can be read now.
    fn readable(&mut self) -> Vec<u16> {
        (1..=6)
            .filter(|role| {
                self.ok(&Command::Select {
                    target: SelectTarget::PathFromMf(&(0x0A00_u16 + role).to_be_bytes()),
                    reply: SelectReply::Nothing,
                    next: false,
                });
                match self.send(&READ).1 {
                    0x9000 => true,
                    status => {
                        assert_eq!(status, 0x6982);
                        false
                    }
                }
            })
            .collect()
    }

    pub(crate) fn challenge(&mut self) -> [u8; 16] {
        self.ok(&Command::GetChallenge { length: 16 }).try_into().unwrap()
    }

    /// What a party answers to a new challenge, when it gets `change` wrong.
    fn answer(&mut self, by: &Party, change: impl FnOnce(&mut Authentication)) -> Vec<u8> {
        let mut authentication = Authentication {
            header: by.header(Mode::Registration),
            card: self.card_digest(),
            challenge: self.challenge(),
        };
        change(&mut authentication);
        by.sign(&authentication)
    }

    #[track_caller]
    fn authenticate(&mut self, by: &Party) {
        let answer = self.answer(by, |_| {});
        self.ok(&authenticate(&answer));
    }

    #[track_caller]
    fn refuse_answer(&mut self, by: &Party, reason: Reason, change: impl FnOnce(&mut Authentication)) {
        let answer = self.answer(by, change);
        self.refused(&authenticate(&answer), reason);
        // And the challenge is gone.
        self.refused(&authenticate(&answer), Reason::NotAuthenticated);
    }

    /// Stores an application with one file, 0A01, that its provider may read, by itself in mode 4.
    fn store(&mut self, provider: &Party, aid: &[u8]) {
        let rule = read_by(4);
        let mut manifest = [0; 512];
        let length = ManifestBuilder {
            aid: Aid::new(aid).unwrap(),
            version: 1,
            label: "files",
            quota: 1,
            rules: &[AccessRules::new(&rule).unwrap()],
            files: &[FileEntry {
                position: 1,
                kind: FileKind::Transparent,
                id: FILE,
                parent: 0,
                short_id: None,
                rule: 0,
                replace: OnReplace::Reset,
                size: 1,
                initial: 0,
                lengths: &[],
                sealed: false,
            }],
            pins: &[],
            keys: &[],
            seal: None,
        }
        .write(&mut manifest)
        .unwrap();
        let manifest = &manifest[..length];
        let mut block = [0; 600];
        let length = Block {
            index: 0,
            next: None,
            data: manifest,
        }
        .write(&mut block)
        .unwrap();
        let block = &block[..length];
        let sdi = Sdi {
            operation: Operation::Store,
            aid: Aid::new(aid).unwrap(),
            version: 1,
            package: Some(PackageDigests {
                size: manifest.len().try_into().unwrap(),
                package: sha256(manifest),
                manifest: sha256(manifest),
                first_block: sha256(block),
            }),
            provider: ProviderId {
                root: self.data.digest(),
                name: provider.view().holder.identity(),
            },
            expiry: date("2030-01-01"),
        };
        let sr = self.open(Mode::ProviderAlone, &sdi);
        let number = Signed::parse(&sr).unwrap().storing_request().unwrap().number;
        let mut header = provider.header(Mode::ProviderAlone);
        header.previous = sha256(&sr);
        let authorization = provider.sign(&SecondAuthorization { header });
        self.verify(provider);
        self.ok(&Command::Authorize {
            number,
            first: &authorization,
            second: None,
        });
        self.ok(&Command::LoadBlock {
            index: 0,
            last: true,
            number,
            block,
        });
    }

    /// Opens a request with the holder's consent; gives SR.
    pub(crate) fn open(&mut self, mode: Mode, sdi: &Sdi) -> Vec<u8> {
        let mut encoded = [0; 256];
        let length = sdi.write_body(&mut encoded).unwrap();
        self.consent();
        self.ok(&Command::OpenRequest {
            mode,
            sdi: *sdi,
            sdi_encoded: &encoded[..length],
        })
    }

    /// Whether the file of the application with this AID can be read.
    fn reads_in(&mut self, aid: &[u8]) -> bool {
        for target in [SelectTarget::Aid(aid), SelectTarget::ChildEf(FILE)] {
            self.ok(&Command::Select {
                target,
                reply: SelectReply::Nothing,
                next: false,
            });
        }
        self.send(&READ).1 == 0x9000
    }
}

const fn authenticate(authentication: &[u8]) -> Command<'_> {
    Command::ExternalAuthenticate { authentication }
}

#[test]
fn the_issuer_reads_what_is_the_issuers_until_reset() {
    let mut world = World::with_files();
    let issuer = world.issuer_copy();
    assert_eq!(world.readable(), []);
    world.authenticate(&issuer);
    assert_eq!(world.readable(), [3]);
    world.reset();
    assert_eq!(world.readable(), []);
    world.authenticate(&issuer);
    // Whoever tries in vain is nobody.
    world.refuse_answer(&issuer, Reason::NotAuthenticated, |answer| {
        answer.challenge[15] ^= 1
    });
    assert_eq!(world.readable(), []);
}

#[test]
fn an_answer_counts_once_and_for_this_card_only() {
    let mut world = World::registered();
    let issuer = world.issuer_copy();
    let answer = world.answer(&issuer, |_| {});
    world.ok(&authenticate(&answer));
    world.refused(&authenticate(&answer), Reason::NotAuthenticated);
    world.challenge();
    world.refused(&authenticate(&answer), Reason::NotAuthenticated);
    let answer = world.answer(&issuer, |_| {});
    world.reset();
    world.refused(&authenticate(&answer), Reason::NotAuthenticated);
    // A challenge of another length is none.
    let answer = world.answer(&issuer, |_| {});
    world.ok(&Command::GetChallenge { length: 8 });
    world.refused(&authenticate(&answer), Reason::NotAuthenticated);

    world.refuse_answer(&issuer, Reason::OtherRequest, |answer| answer.card = [1; 32]);
    world.refuse_answer(&issuer, Reason::OtherRequest, |answer| {
        answer.header.mode = Mode::ViaIssuer;
    });
    world.refuse_answer(&issuer, Reason::OtherRequest, |answer| {
        answer.header.previous = [1; 32];
    });
    world.refuse_answer(&issuer, Reason::WrongRole, |answer| {
        answer.header.role = Role::Card
    });
    let other = world.certify_issuer(31, "XXISSU00002");
    world.verify(&other);
    world.refuse_answer(&other, Reason::WrongSigner, |_| {});
    let pinned = issuer.digest();
    world.refuse_answer(&other, Reason::BadSignature, |answer| {
        answer.header.certificate = pinned;
    });
    world.challenge();
    world.fails(&authenticate(&list(&world.issuers, 1, &[])), 0x6A80);
    let answer = world.answer(&issuer, |_| {});
    let revoked = list(&world.issuers, 1, &[pinned]);
    world.ok(&Command::LoadRevocationList { list: &revoked });
    world.refused(&authenticate(&answer), Reason::Revoked);
}

#[test]
fn a_card_without_an_issuer_knows_nobody() {
    let mut world = World::personalised();
    let issuer = world.issuer_copy();
    world.refuse_answer(&issuer, Reason::NotRegistered, |_| {});
}

#[test]
fn a_provider_reads_in_his_own_applications_only() {
    let mut world = World::with_files();
    let (one, other) = (copy(&world.provider), provider(&world.data, 14, "XXPROW00001"));
    let aids = [[0xF1, 1, 2, 3, 4, 1], [0xF1, 1, 2, 3, 4, 2]];
    world.store(&one, &aids[0]);
    world.store(&other, &aids[1]);
    assert!(!world.reads_in(&aids[0]) && !world.reads_in(&aids[1]));
    world.verify(&one);
    world.authenticate(&one);
    assert!(world.reads_in(&aids[0]) && !world.reads_in(&aids[1]));
    // In the MF nothing is his.
    assert_eq!(world.readable(), []);
    // A new key of the same provider is the same provider.
    let newer = provider(&world.data, 15, "XXPROW00002");
    world.verify(&newer);
    assert!(world.reads_in(&aids[0]));
    world.authenticate(&newer);
    assert!(!world.reads_in(&aids[0]) && world.reads_in(&aids[1]));
    let issuer = world.issuer_copy();
    world.authenticate(&issuer);
    assert!(!world.reads_in(&aids[0]) && !world.reads_in(&aids[1]));
}

#[test]
fn a_provider_needs_his_certificate_in_the_session_and_it_must_still_count() {
    let mut world = World::registered();
    let provider = copy(&world.provider);
    world.refuse_answer(&provider, Reason::NoCertificate, |_| {});
    let issuer = world.issuer_copy();
    world.verify(&issuer);
    world.refuse_answer(&provider, Reason::WrongRole, |_| {});
    world.verify(&provider);
    world.authenticate(&provider);
    let draft = Draft {
        rights: Rights::ALL,
        ..Draft::new(
            "XXHEIR00001",
            Role::Provider,
            Extension::Successor(SuccessorExtension::of_provider("XXPROV".parse().unwrap())),
        )
    };
    let successor = world.data.certify(16, &draft);
    world.verify(&successor);
    world.refuse_answer(&successor, Reason::NotSuccessor, |_| {});
    world.verify(&provider);
    let answer = world.answer(&provider, |_| {});
    let revoked = list(&world.data, 1, &[provider.digest()]);
    world.ok(&Command::LoadRevocationList { list: &revoked });
    world.refused(&authenticate(&answer), Reason::Revoked);
}

#[test]
fn the_data_certifiers_certificate_is_kept_beside_the_providers() {
    let mut world = World::registered();
    let provider = copy(&world.provider);
    let draft = Draft::new("XXCERT00001", Role::DataCertifier, Extension::None);
    let certifier = world.data.certify(5, &draft);
    world.verify(&certifier);
    world.refuse_answer(&provider, Reason::NoCertificate, |_| {});
    world.verify(&provider);
    world.verify(&certifier);
    world.authenticate(&provider);
    // A certificate that does not hold takes the place of the one before, not of the other.
    let forger = Party::root(61, "XXDREG00001", Role::DataRegistrar);
    world.refuse_certificate(&forger.certify(5, &draft), Reason::BadSignature);
    world.authenticate(&provider);
    world.refuse_certificate(
        &super::parties::provider(&forger, 4, "XXPROV00001"),
        Reason::BadSignature,
    );
    world.refuse_answer(&provider, Reason::NoCertificate, |_| {});
}
