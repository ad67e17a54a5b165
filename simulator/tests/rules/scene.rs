//! A registered card, all parties that may have to do with it, and honest ways to do everything.

use apdu_spec::aid::Aid;
use apdu_spec::certificate::{CardExtension, Extension, Policy, Role};
use apdu_spec::command::{Command, KeyTemplate, read_public_key};
use apdu_spec::data;
use apdu_spec::object::{
    CertifiedData, FirstAuthorization, Header, Mode, NO_PREVIOUS, Operation, ProviderId, Receipt,
    RegistrarCertifiedData, Sdi, SecondAuthorization, Signed,
};
use apdu_spec::package::{SEALED_CONTENT_LABEL, SealContext, key_counter_block};
use apdu_spec::reason::Reason;
use apdu_spec::reference::{KeyReference, PinReference};
use applet::crypto::{Crypto, PrivateKey};
use applet::rustcrypto::RustCrypto;

use super::package::{Package, package};
use super::parties::*;
use super::world::*;

pub const USER: &[u8] = b"2468";

/// The ways to store.
pub const MODES: [Mode; 5] = [
    Mode::ViaIssuer,
    Mode::ViaProvider,
    Mode::ProviderAlone,
    Mode::CertifiedData,
    Mode::RegistrarCertified,
];

/// A name that every provider here may use.
pub fn aid(last: u8) -> Aid {
    Aid::new(&[0xF1, 1, 2, 3, 4, last]).unwrap()
}

/// An open request.
pub struct Asked {
    pub mode: Mode,
    pub sdi: Sdi,
    /// The complete SR.
    pub request: Vec<u8>,
    pub number: u32,
}

/// What authorizes: one object or two.
pub type Evidence = (Vec<u8>, Option<Vec<u8>>);

pub struct Scene {
    pub world: World,
    pub issuer: Party,
    pub provider: Party,
    /// Another provider, with the same prefix.
    pub other: Party,
    pub certifier: Party,
}

impl Scene {
    /// A card that allows every mode.
    pub fn new() -> Self {
        Self::with_policy(Policy::ALL)
    }

    pub fn with_policy(policy: Policy) -> Self {
        let world = World::personalised();
        let issuer = world.issuer_copy();
        Self::registered(world, issuer, |rc| rc.policy = policy)
    }

    /// A personalised card that this issuer registers.
    pub fn registered(mut world: World, issuer: Party, change: impl FnOnce(&mut CardExtension<'_>)) -> Self {
        world.put(data::USER_PIN, b"0000");
        world.ok(&Command::ChangeReferenceData {
            reference: PinReference::User,
            data: &[b"0000", USER].concat(),
        });
        let rc = world.rc(&issuer, |rc| {
            rc.policy = Policy::ALL;
            change(rc);
        });
        world.verify(&issuer);
        world.ok(&register(&rc));
        let draft = Draft::new("XXCERT00001", Role::DataCertifier, Extension::None);
        Self {
            issuer,
            provider: copy(&world.provider),
            other: provider(&world.data, 14, "XXPROW00001"),
            certifier: world.data.certify(5, &draft),
            world,
        }
    }

    pub fn identity(&self, provider: &Party) -> ProviderId {
        ProviderId {
            root: self.world.data.digest(),
            name: provider.view().holder.identity(),
        }
    }

    /// What the provider wants done with the package of this name and version.
    pub fn sdi(&self, operation: Operation, aid: Aid, version: u32) -> Sdi {
        let stores = matches!(operation, Operation::Store | Operation::Replace);
        Sdi {
            operation,
            aid,
            version,
            package: stores.then(|| package(aid, version, 0).digests),
            provider: self.identity(&self.provider),
            expiry: date("2030-01-01"),
        }
    }

    /// Opens a request with the holder's consent.
    #[track_caller]
    pub fn open(&mut self, mode: Mode, sdi: Sdi) -> Asked {
        self.world.consent();
        let request = self.world.ok(&ask(mode, sdi, &mut [0; Sdi::MAX]));
        Self::asked(mode, sdi, request)
    }

    /// What is known of a request once SR is there.
    pub fn asked(mode: Mode, sdi: Sdi, request: Vec<u8>) -> Asked {
        let number = Signed::parse(&request).unwrap().storing_request().unwrap().number;
        Asked {
            mode,
            sdi,
            request,
            number,
        }
    }

    /// Opening is refused for this reason, though the holder consents.
    #[track_caller]
    pub fn refuse_to_open(&mut self, mode: Mode, sdi: Sdi, reason: Reason) {
        self.world.consent();
        self.world.refused(&ask(mode, sdi, &mut [0; Sdi::MAX]), reason);
        // What the attack did not use is not left to the next one.
        self.world.reset();
    }

    /// Shows the certificates that the mode needs.
    #[track_caller]
    pub fn show(&mut self, mode: Mode) {
        self.world.verify(&self.provider);
        if mode == Mode::RegistrarCertified {
            self.world.verify(&self.certifier);
        }
    }

    /// Who signs first, and who second if anybody.
    pub fn signers(&self, mode: Mode) -> (Party, Option<Party>) {
        let (issuer, provider) = (copy(&self.issuer), copy(&self.provider));
        match mode {
            Mode::ViaIssuer => (issuer, Some(provider)),
            Mode::ViaProvider => (provider, Some(issuer)),
            Mode::RegistrarCertified => (provider, Some(copy(&self.certifier))),
            _ => (provider, None),
        }
    }

    /// The first object for a request, by somebody who gets `change` wrong.
    pub fn first(&mut self, asked: &Asked, by: &Party, change: impl FnOnce(&mut Header)) -> Vec<u8> {
        let mut header = by.header(asked.mode);
        let certified = matches!(asked.mode, Mode::CertifiedData | Mode::RegistrarCertified);
        header.previous = if certified {
            NO_PREVIOUS
        } else {
            sha256(&asked.request)
        };
        change(&mut header);
        if certified {
            let sdi = asked.sdi;
            return by.sign(&CertifiedData { header, sdi });
        }
        if asked.mode == Mode::ProviderAlone {
            return by.sign(&SecondAuthorization { header });
        }
        let card_certificate = sha256(&self.world.get(data::CARD_CERTIFICATE).unwrap());
        by.sign(&FirstAuthorization {
            header,
            card_certificate,
        })
    }

    /// The object over the first one.
    pub fn second(&self, mode: Mode, first: &[u8], by: &Party, change: impl FnOnce(&mut Header)) -> Vec<u8> {
        let mut header = by.header(mode);
        header.previous = sha256(first);
        change(&mut header);
        if mode == Mode::RegistrarCertified {
            by.sign(&RegistrarCertifiedData { header })
        } else {
            by.sign(&SecondAuthorization { header })
        }
    }

    /// What honest parties sign.
    pub fn evidence(&mut self, asked: &Asked) -> Evidence {
        let (first, second) = self.signers(asked.mode);
        let first = self.first(asked, &first, |_| {});
        let second = second.map(|second| self.second(asked.mode, &first, &second, |_| {}));
        (first, second)
    }

    #[track_caller]
    pub fn bring(&mut self, asked: &Asked, evidence: &Evidence) {
        self.world.ok(&authorize(asked, evidence));
    }

    #[track_caller]
    pub fn refuse(&mut self, asked: &Asked, evidence: &Evidence, reason: Reason) {
        self.world.refused(&authorize(asked, evidence), reason);
    }

    /// Certificates and evidence.
    #[track_caller]
    pub fn authorize(&mut self, asked: &Asked) {
        self.show(asked.mode);
        let evidence = self.evidence(asked);
        self.bring(asked, &evidence);
    }

    /// Sends these blocks of a package; gives the last answer.
    #[track_caller]
    pub fn load(&mut self, asked: &Asked, package: &Package, blocks: std::ops::Range<usize>) -> Vec<u8> {
        let mut answer = Vec::new();
        for index in blocks {
            answer = self.world.ok(&block(asked, package, index));
        }
        answer
    }

    /// Carries a request out for which there is evidence, with consent; gives the receipt.
    #[track_caller]
    pub fn finish(&mut self, asked: &Asked, package: &Package) -> Vec<u8> {
        let last = package.blocks.len() - 1;
        match asked.sdi.operation {
            Operation::Store | Operation::Replace => {
                self.load(asked, package, 0..last);
                self.world.consent();
                self.load(asked, package, last..last + 1)
            }
            Operation::Delete | Operation::LowerFloor => {
                self.world.consent();
                self.world.ok(&carry_out(asked))
            }
        }
    }

    /// The whole of it, with the package that the storing data name; gives the receipt.
    #[track_caller]
    pub fn carry(&mut self, mode: Mode, operation: Operation, aid: Aid, version: u32) -> Vec<u8> {
        let asked = self.open(mode, self.sdi(operation, aid, version));
        self.authorize(&asked);
        self.finish(&asked, &package(aid, version, 0))
    }

    /// The same, of a package of one's own.
    #[track_caller]
    pub fn carry_package(&mut self, operation: Operation, aid: Aid, version: u32, package: &Package) {
        let asked = self.open_package(operation, aid, version, package);
        self.authorize(&asked);
        self.finish(&asked, package);
    }

    /// Opens a request of mode 4 for a package of one's own.
    #[track_caller]
    pub fn open_package(&mut self, operation: Operation, aid: Aid, version: u32, package: &Package) -> Asked {
        let sdi = Sdi {
            package: Some(package.digests),
            ..self.sdi(operation, aid, version)
        };
        self.open(Mode::ProviderAlone, sdi)
    }

    /// Seals values of keys, by their references, for this card and a package of its provider (SPEC.md section 4.1.1); gives what the manifest
    /// says of the seal: card, ephemeral point.
    pub fn seal_values(&mut self, aid: &Aid, values: &mut [(u8, Vec<u8>)]) -> ([u8; 32], [u8; 65]) {
        let own = Command::GenerateKeyPair {
            reference: KeyReference::KeyAgreement,
            template: KeyTemplate::Agreement,
            make: false,
        };
        let agreement = read_public_key(&self.world.ok(&own)).unwrap();
        let card = self.world.card_digest();
        let ephemeral = PrivateKey([0x33; 32]);
        let point = RustCrypto.p256_public(&ephemeral).unwrap();
        let shared = RustCrypto.p256_agree(&ephemeral, &agreement).unwrap();
        let context = SealContext::new(aid, &self.identity(&self.provider)).unwrap();
        let parts = [
            &shared[..],
            &[0, 0, 0, 1],
            SEALED_CONTENT_LABEL,
            &card,
            &point,
            context.as_bytes(),
        ];
        let digest = RustCrypto.digest(&parts);
        for (reference, value) in values {
            RustCrypto.aes_ctr(
                digest.first_chunk().unwrap(),
                &key_counter_block(*reference),
                value,
            );
        }
        (card, point)
    }

    /// Collects all receipts, so that there is room for more.
    pub fn collect(&mut self) {
        self.world.ok(&Command::Verify {
            reference: PinReference::User,
            pin: Some(USER),
        });
        let newest = self.world.get(data::NEWEST_RECEIPT).unwrap();
        let number = receipt(&newest).number;
        self.world.ok(&Command::CollectReceipts {
            number,
            held: sha256(&[apdu_spec::object::COLLECTION_PREFIX, &newest].concat()),
        });
    }

    /// The card's day becomes this one, by a certificate that begins then.
    pub fn wait_until(&mut self, day: &str) {
        let mut draft = Draft::new("XXDATE00001", Role::DataCertifier, Extension::None);
        draft.effective = date(day);
        let dated = self.world.data.certify(6, &draft);
        self.world.verify(&dated);
    }
}

/// Opens a request.
pub fn ask(mode: Mode, sdi: Sdi, encoded: &mut [u8; Sdi::MAX]) -> Command<'_> {
    let length = sdi.write_body(encoded).unwrap();
    Command::OpenRequest {
        mode,
        sdi,
        sdi_encoded: &encoded[..length],
    }
}

pub fn authorize<'a>(asked: &Asked, (first, second): &'a Evidence) -> Command<'a> {
    Command::Authorize {
        number: asked.number,
        first,
        second: second.as_deref(),
    }
}

/// A block of a package.
pub fn block<'a>(asked: &Asked, package: &'a Package, index: usize) -> Command<'a> {
    Command::LoadBlock {
        index: u16::try_from(index).unwrap(),
        last: index + 1 == package.blocks.len(),
        number: asked.number,
        block: &package.blocks[index],
    }
}

/// What carries a request out that has no package.
pub fn carry_out(asked: &Asked) -> Command<'static> {
    let number = asked.number;
    match asked.sdi.operation {
        Operation::LowerFloor => Command::LowerFloor { number },
        _ => Command::RemoveApplication { number },
    }
}

pub fn receipt(bytes: &[u8]) -> Receipt {
    Signed::parse(bytes).unwrap().receipt().unwrap()
}

/// Turns a bit of an object's signature.
pub fn spoil(object: &mut [u8]) {
    *object.last_mut().unwrap() ^= 1;
}
