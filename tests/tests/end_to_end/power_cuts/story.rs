//! The life of the demonstration's card: personalised, registered, used, loaded, replaced, asked for something that is
//! then dropped, and emptied.

use apdu_spec::access::AccessRules;
use apdu_spec::aid::Aid;
use apdu_spec::command::{BinaryFile, Command, Expected, KeyTemplate, SelectReply, SelectTarget};
use apdu_spec::data::{self, ReceiptOfSelector};
use apdu_spec::file::{FileControl, FileKind};
use apdu_spec::object::Operation;
use apdu_spec::reference::{KeyReference, PinReference};
use apdu_spec::status::Status;
use symbolon::scene::steps::{Signatures, encode, load_command, pins, read_receipt, sign, user_information};
use symbolon::scene::wares::{Ware, files, notes};

use super::life::{Asked, Life, Terms, consent, verify, verify_certificate};
use super::own_files::use_files;
use super::pins::{change, use_pins, wrong};
use super::state::{Between, TRIES};
use super::step::{Again, Flash};

/// Pages of the card's flash: what it holds at most, and little more.
const PAGES: usize = 28;
/// A file that the personaliser makes, behind the user PIN.
const OWN_FILE: u16 = 0x0101;
const OWN_RULES: &[u8] = &[0x80, 0x01, 0x03, 0xA4, 0x06, 0x83, 0x01, 0x01, 0x95, 0x01, 0x08];
/// The application's own PIN, and what the holder makes of its transport value.
const LOCAL: PinReference = PinReference::Local(0x81);
const LOCAL_PIN: &[u8] = b"8642";
const NONCE: [u8; 16] = [7; 16];

/// Flash for the card.
pub(crate) fn blank() -> Flash {
    Flash::new(PAGES)
}

pub(crate) fn aid() -> Aid {
    Aid::new(&[0xF0, 0x53, 0x59, 0x4D, 0x01, 0x01]).unwrap()
}

/// GET DATA of a receipt whose answer was lost, as who asked for it can: by the request, of the registration as the newest.
pub(crate) fn receipt_again(receipt: &[u8]) -> Vec<u8> {
    let request = read_receipt(receipt)
        .unwrap()
        .content
        .map(|content| content.storing_request);
    let selector = request.map(|request| ReceiptOfSelector(request).to_bytes());
    let (tag, selector) = match &selector {
        Some(selector) => (data::RECEIPT, selector.as_slice()),
        None => (data::NEWEST_RECEIPT, [].as_slice()),
    };
    encode(&Command::GetData { tag, selector }).unwrap()
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

pub(crate) fn update(offset: u16, data: &[u8]) -> Command<'_> {
    Command::UpdateBinary {
        file: BinaryFile::Current,
        offset,
        data,
    }
}

pub(crate) const OWN: SelectTarget<'static> = SelectTarget::ChildEf(OWN_FILE);

/// Lives the whole life, uncut, on a card that was written to so often before.
pub(crate) fn live(writes: u32) -> Life {
    let mut life = Life::of(blank(), writes);
    personalise(&mut life);
    use_files(&mut life);
    let certificate = register(&mut life);
    use_pins(&mut life);
    let mut story = Story { life, certificate };
    story.store();
    story.use_application();
    story.replace();
    story.drop();
    story.remove();
    story.life
}

fn personalise(life: &mut Life) {
    let issuers = life.parties.issuer_registrar.root().encoded().to_vec();
    let providers = life.parties.data_registrar.root().encoded().to_vec();
    let objects: [(&str, u16, &[u8]); 5] = [
        (
            "PUT DATA issuer registrar's root",
            data::ISSUER_REGISTRAR_ROOT,
            &issuers,
        ),
        (
            "PUT DATA data registrar's root",
            data::DATA_REGISTRAR_ROOT,
            &providers,
        ),
        ("PUT DATA consent PIN", data::CONSENT_PIN, pins::CONSENT_TRANSPORT),
        ("PUT DATA user PIN", data::USER_PIN, pins::USER_TRANSPORT),
        (
            "PUT DATA user information",
            data::USER_INFORMATION,
            &user_information(),
        ),
    ];
    for (name, tag, value) in objects {
        life.take(name, &[], &Command::PutData { tag, value }, Terms::default());
    }
    let keys = [
        (
            "GENERATE registration key",
            KeyReference::Registration,
            KeyTemplate::Signature,
        ),
        (
            "GENERATE key-agreement key",
            KeyReference::KeyAgreement,
            KeyTemplate::Agreement,
        ),
    ];
    for (name, reference, template) in keys {
        let command = Command::GenerateKeyPair {
            reference,
            template,
            make: true,
        };
        life.take(name, &[], &command, Terms::default());
    }
    let fcp = FileControl {
        size: Some(300),
        kind: FileKind::Transparent,
        id: OWN_FILE,
        aid: None,
        short_id: None,
        life_cycle: None,
        rules: AccessRules::new(OWN_RULES).unwrap(),
        version: None,
    };
    let exists = Terms {
        again: Again::Refused(Status::FILE_EXISTS),
        ..Terms::default()
    };
    life.take(
        "CREATE FILE",
        &[],
        &Command::CreateFile {
            fcp,
            rules_from: None,
        },
        exists,
    );
    let write = update(0, b"before registration");
    life.take(
        "UPDATE BINARY before registration",
        &[select(OWN)],
        &write,
        Terms::default(),
    );
}

fn register(life: &mut Life) -> Vec<u8> {
    let request = Command::RequestRegistration { nonce: NONCE };
    let request = life.take("request registration", &[], &request, Terms::default());
    let certificate = life.certificate(&request.data, &NONCE);
    let issuer = life.parties.issuer.certificate().encoded().to_vec();
    let verified = verify_certificate(&issuer);
    life.take(
        "VERIFY CERTIFICATE of the issuer",
        &[],
        &verified,
        Terms::default(),
    );
    let registered = Terms {
        again: Again::Receipt(Status::CONDITIONS_NOT_SATISFIED),
        is_commit: true,
        ..Terms::default()
    };
    life.take(
        "register",
        &[verified],
        &Command::Register {
            certificate: &certificate,
            release: None,
        },
        registered,
    );
    certificate
}

/// A registered card and its certificate.
struct Story {
    life: Life,
    certificate: Vec<u8>,
}

impl Story {
    /// Opens a request, and has it signed and authorized. The provider's certificate moves the card's date.
    fn authorize(&mut self, ware: &Ware, operation: Operation) -> Signatures {
        let expiry = self.life.parties.today.add_days(30);
        let provider = self.life.parties.provider.identity().unwrap();
        let asked = Asked::new(ware.sdi(operation, provider, expiry));
        let request = self
            .life
            .take("open a request", &[consent()], &asked.open(), Terms::default());
        let signatures = sign(&self.life.parties, &request.data, &self.certificate, ware).unwrap();
        let provider = self.life.parties.provider.certificate().encoded().to_vec();
        let verified = verify_certificate(&provider);
        self.life.take(
            "VERIFY CERTIFICATE of the provider",
            &[],
            &verified,
            Terms::default(),
        );
        let Signatures {
            number,
            first,
            second,
        } = &signatures;
        let command = Command::Authorize {
            number: *number,
            first,
            second: Some(second),
        };
        self.life
            .take("authorize", &[verified], &command, Terms::default());
        signatures
    }

    /// LOAD APPLICATION of all blocks but the last.
    fn load(&mut self, ware: &Ware, number: u32) {
        for index in 0..ware.blocks().len() - 1 {
            let command = load_command(ware, index, number).unwrap();
            self.life.take("LOAD a block", &[], &command, Terms::default());
        }
    }

    fn commit(
        &mut self,
        name: &'static str,
        session: &[Command<'_>],
        command: &Command<'_>,
        between: Between,
    ) {
        let again = Again::Receipt(Status::REFERENCED_DATA_NOT_FOUND);
        let terms = Terms {
            again,
            between,
            is_commit: true,
            ..Terms::default()
        };
        self.life.take(name, session, command, terms);
    }

    fn store(&mut self) {
        let ware = notes(aid(), 1, 2_000).unwrap();
        let number = self.authorize(&ware, Operation::Store).number;
        self.load(&ware, number);
        let last = load_command(&ware, ware.blocks().len() - 1, number).unwrap();
        self.commit("LOAD the last block: store", &[], &last, Between::Kept);
    }

    fn use_application(&mut self) {
        let aid = aid();
        let application = select(SelectTarget::Aid(aid.as_bytes()));
        let session = [
            verify(PinReference::User, pins::USER),
            application,
            select(SelectTarget::ChildEf(files::NOTES)),
        ];
        self.life.take(
            "UPDATE BINARY of the notes",
            &session,
            &update(0, b"dear diary"),
            Terms::default(),
        );
        self.life.take(
            "UPDATE BINARY over two chunks",
            &session,
            &update(150, &[0xA5; 250]),
            Terms::default(),
        );
        change(
            &mut self.life,
            "CHANGE the application's PIN",
            &[application],
            LOCAL,
            [b"0000", LOCAL_PIN],
        );
        let vault = select(SelectTarget::ChildEf(files::VAULT));
        let session = [application, verify(LOCAL, LOCAL_PIN), vault];
        self.life.take(
            "UPDATE BINARY of the vault",
            &session,
            &update(0, b"secret"),
            Terms::default(),
        );
        wrong(
            &mut self.life,
            "VERIFY the application's PIN wrong",
            &[application],
            LOCAL,
            LOCAL_PIN,
            TRIES - 1,
        );
    }

    /// Keeps notes, vault, PIN and the try that is spent, and drops the rest: asks for consent with the last block.
    fn replace(&mut self) {
        let ware = notes(aid(), 2, 2_100).unwrap();
        let number = self.authorize(&ware, Operation::Replace).number;
        self.load(&ware, number);
        let last = load_command(&ware, ware.blocks().len() - 1, number).unwrap();
        let kept = Terms {
            status: Status::SECURITY_STATUS_NOT_SATISFIED,
            ..Terms::default()
        };
        self.life
            .take("LOAD the last block without consent", &[], &last, kept);
        self.commit(
            "LOAD the last block: replace",
            &[consent()],
            &last,
            Between::Nothing,
        );
    }

    fn drop(&mut self) {
        let ware = notes(aid(), 3, 1_900).unwrap();
        let number = self.authorize(&ware, Operation::Replace).number;
        self.load(&ware, number);
        let dropped = Terms {
            again: Again::Refused(Status::REFERENCED_DATA_NOT_FOUND),
            is_commit: true,
            ..Terms::default()
        };
        self.life.take(
            "drop a request",
            &[consent()],
            &Command::DropRequest { number },
            dropped,
        );
    }

    fn remove(&mut self) {
        let ware = notes(aid(), 2, 2_100).unwrap();
        let number = self.authorize(&ware, Operation::Delete).number;
        let command = Command::RemoveApplication { number };
        self.commit("REMOVE APPLICATION", &[consent()], &command, Between::Nothing);
    }
}
