//! A card with an issuer and applications, for tests of programs that use cards: no registrar, database or command needed.
//!
//! [`Offices`] plays everybody that a card believes: both registrars, an issuer and a provider. Their keys follow from a
//! seed, so that **whoever knows the seed can be any of them**: never for a card that is used for anything. What belongs
//! here: the shortest honest way to a card in use. What does not: what parties check and keep (`parties`), other modes and
//! everything dishonest.
//!
//! ```
//! use host::card::{Card, FilePath};
//! use host::transport::Local;
//! use symbolon_simulator::issued::{File, Offices, package};
//! use symbolon_simulator::{Randomness, SimulatedCard};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mut chip = SimulatedCard::in_memory(Randomness::seeded(1));
//! let offices = Offices::new(1)?;
//! offices.issue(&mut chip)?;
//! let hello = File::new(0x0101, "read: always; update: pin 01", b"Hello, card!");
//! offices.store(&mut chip, &package("F04E4F5445", 1, "Hello", &[hello])?)?;
//!
//! // What follows is the program under test: here the card library of this project.
//! let mut card = Card::new(Local::new(|command: &[u8]| chip.process(command).to_vec()));
//! let content = card.begin()?.read_file(&"F04E4F5445/0101".parse::<FilePath>()?)?;
//! assert_eq!(content, b"Hello, card!");
//! # Ok(())
//! # }
//! ```
//!
//! A program that speaks PC/SC gets the same card from `vpcd::run`, one that speaks TCP from `tcp::TcpServer`.

mod office;
mod package;

use apdu_spec::certificate::{
    CardExtension, CertificateBuilder, CertificateRequest, Extension, IssuerExtension, KeyOrigin, Policy,
    ProviderExtension, Rights, Role,
};
use apdu_spec::command::{Command, KeyTemplate};
use apdu_spec::data;
use apdu_spec::date::Date;
use apdu_spec::object::{Mode, Operation, ProviderId, Sdi, SecondAuthorization, Signed};
use apdu_spec::package::Package;
use apdu_spec::reason::Reason;
use apdu_spec::reference::{KeyReference, PinReference};
use apdu_spec::status::Status;
use apdu_spec::tlv;

use crate::card::SimulatedCard;
use crate::platform::CardFlash;
use office::{Draft, Office, inside, sha256};

pub use package::{File, package};

/// The holder's consent PIN on an issued card.
pub const CONSENT_PIN: &str = "24683579";
/// The holder's user PIN on an issued card.
pub const USER_PIN: &str = "13572468";
/// What both were before the holder changed them.
const TRANSPORT_PIN: &str = "000000";
/// Digest that stands for the user's name.
const USER_INFORMATION: [u8; 32] = [0x55; 32];

/// Why a card could not be issued or an application not stored.
#[derive(Debug)]
#[non_exhaustive]
pub enum IssueError {
    /// The card refused.
    Card {
        /// What was being done.
        step: &'static str,
        /// Its answer.
        status: Status,
        /// What it says about it.
        reason: Option<Reason>,
    },
    /// Something cannot be encoded: a name, a rule, a package that is too large.
    Encoding(String),
}

impl std::fmt::Display for IssueError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Card { step, status, reason } => {
                write!(f, "cannot {step}: the card answered {status}")?;
                reason.map_or(Ok(()), |reason| write!(f, ": {reason}"))
            }
            Self::Encoding(what) => f.write_str(what),
        }
    }
}

impl std::error::Error for IssueError {}

impl From<tlv::Error> for IssueError {
    fn from(error: tlv::Error) -> Self {
        Self::Encoding(error.to_string())
    }
}

fn cannot(what: impl std::fmt::Display) -> IssueError {
    IssueError::Encoding(what.to_string())
}

/// Result of issuing or storing.
pub type Result<T> = std::result::Result<T, IssueError>;

/// Everybody that a card believes, with keys from a seed. See the [module](self).
#[derive(Debug)]
pub struct Offices {
    seed: u64,
    issuer_registrar: Office,
    data_registrar: Office,
    issuer: Office,
}

impl Offices {
    /// Registrars and an issuer, the same for the same seed. **Their keys are no secret.**
    ///
    /// # Errors
    /// None in fact.
    pub fn new(seed: u64) -> Result<Self> {
        let issuer_registrar = Office::root(seed, 1, "ZZSIMIREG00001", Role::IssuerRegistrar)?;
        let data_registrar = Office::root(seed, 2, "ZZSIMDREG00001", Role::DataRegistrar)?;
        let mut buffer = [0; 64];
        let roots = IssuerExtension::encode(&[data_registrar.digest()], &mut buffer)?;
        let draft = Draft::new("ZZSIMISSU00001", Role::Issuer, Extension::Issuer(roots));
        let issuer = issuer_registrar.certify(seed, 3, &draft)?;
        Ok(Self {
            seed,
            issuer_registrar,
            data_registrar,
            issuer,
        })
    }

    /// Makes a new card one that its holder uses: roots, keys, certificate, and both PINs as the holder chose them
    /// ([`CONSENT_PIN`], [`USER_PIN`]). It takes part in every mode.
    ///
    /// # Errors
    /// When the card is not new.
    pub fn issue<F: CardFlash>(&self, card: &mut SimulatedCard<F>) -> Result<()> {
        for (tag, value) in [
            (data::ISSUER_REGISTRAR_ROOT, self.issuer_registrar.certificate()),
            (data::DATA_REGISTRAR_ROOT, self.data_registrar.certificate()),
            (data::CONSENT_PIN, TRANSPORT_PIN.as_bytes()),
            (data::USER_PIN, TRANSPORT_PIN.as_bytes()),
            (data::USER_INFORMATION, &USER_INFORMATION),
        ] {
            send(card, "personalise the card", &Command::PutData { tag, value })?;
        }
        for reference in [KeyReference::Registration, KeyReference::KeyAgreement] {
            let command = Command::GenerateKeyPair {
                reference,
                template: match reference {
                    KeyReference::KeyAgreement => KeyTemplate::Agreement,
                    _ => KeyTemplate::Signature,
                },
                make: true,
            };
            send(card, "make the card's keys", &command)?;
        }
        let certificate = self.certify(card)?;
        show(card, self.issuer.certificate())?;
        let command = Command::Register {
            certificate: &certificate,
            release: None,
        };
        send(card, "register the card", &command)?;
        for (reference, pin) in [
            (PinReference::Consent, CONSENT_PIN),
            (PinReference::User, USER_PIN),
        ] {
            let data = [TRANSPORT_PIN, pin].concat();
            let command = Command::ChangeReferenceData {
                reference,
                data: data.as_bytes(),
            };
            send(card, "change a transport PIN", &command)?;
        }
        Ok(())
    }

    /// The card's certificate (RC).
    fn certify<F: CardFlash>(&self, card: &mut SimulatedCard<F>) -> Result<Vec<u8>> {
        let command = Command::RequestRegistration { nonce: [0x51; 16] };
        let request = send(card, "ask for registration", &command)?;
        let request = CertificateRequest::parse(&request)?;
        let own = request
            .card
            .ok_or_else(|| cannot("the card asks for no card's certificate"))?;
        let (issuer_root, data_root) = (self.issuer_registrar.digest(), self.data_registrar.digest());
        self.issuer.sign_certificate(&CertificateBuilder {
            authority: self.issuer.reference(),
            holder: request.holder,
            point: request.point,
            role: Role::Card,
            rights: Rights::ALL,
            effective: first_day()?,
            expiration: last_day()?,
            extension: Extension::Card(CardExtension {
                serial: 1,
                issuer_root: &issuer_root,
                data_root: &data_root,
                policy: Policy::ALL,
                key_origin: KeyOrigin::Card,
                platform_version: applet::PLATFORM_VERSION,
                key_agreement: own.key_agreement,
                user_information: &USER_INFORMATION,
            }),
        })
    }

    /// Stores the application of a package ([`package()`], or a file that `symbolon package build` wrote), or replaces an
    /// older version of it, with the holder's consent and by its provider alone (mode 4). The provider may use the
    /// package's AID and has it for its name. Gives the card's receipt, a complete F0.
    ///
    /// # Errors
    /// When the card refuses: it was not issued by these offices, has the application in this version, or has no room.
    pub fn store<F: CardFlash>(&self, card: &mut SimulatedCard<F>, package: &[u8]) -> Result<Vec<u8>> {
        let parsed = Package::parse(package)?;
        let (aid, version) = (parsed.manifest.aid(), parsed.manifest.version());
        let provider = self.provider(&parsed)?;
        let blocks = package::blocks(&parsed)?;
        let there = send(card, "look for the application", &package::select(&aid)).is_ok();
        let sdi = Sdi {
            operation: if there {
                Operation::Replace
            } else {
                Operation::Store
            },
            aid,
            version,
            package: Some(package::digests(package, &parsed, &blocks)?),
            provider: ProviderId {
                root: self.data_registrar.digest(),
                name: provider.reference().identity(),
            },
            expiry: last_day()?,
        };
        let mut encoded = [0; Sdi::MAX];
        let length = sdi.write_body(&mut encoded)?;
        let open = Command::OpenRequest {
            mode: Mode::ProviderAlone,
            sdi,
            sdi_encoded: encoded.get(..length).unwrap_or_default(),
        };
        consent(card)?;
        let request = send(card, "open a request", &open)?;
        let number = Signed::parse(&request)?.storing_request()?.number;
        show(card, provider.certificate())?;
        let header = provider.header(Mode::ProviderAlone, sha256(&request));
        let first = provider.sign(&SecondAuthorization { header })?;
        let authorize = Command::Authorize {
            number,
            first: &first,
            second: None,
        };
        send(card, "authorize the request", &authorize)?;
        let mut receipt = Vec::new();
        for (index, block) in (0_u16..).zip(&blocks) {
            let last = usize::from(index) + 1 == blocks.len();
            if last && there {
                // A replacement that drops something asks again.
                consent(card)?;
            }
            let load = Command::LoadBlock {
                index,
                last,
                number,
                block,
            };
            receipt = send(card, "load the application", &load)?;
        }
        Ok(receipt)
    }

    /// The provider that may use the package's AID, and no other.
    fn provider(&self, package: &Package<'_>) -> Result<Office> {
        let mut buffer = [0; 64];
        let prefixes = ProviderExtension::encode(&[package.manifest.aid()], &mut buffer)?;
        let draft = Draft::new("ZZSIMPROV00001", Role::Provider, Extension::Provider(prefixes));
        self.data_registrar.certify(self.seed, 4, &draft)
    }
}

fn first_day() -> Result<Date> {
    Date::new(26, 1, 1).ok_or_else(|| cannot("date"))
}

fn last_day() -> Result<Date> {
    Date::new(45, 12, 31).ok_or_else(|| cannot("date"))
}

fn consent<F: CardFlash>(card: &mut SimulatedCard<F>) -> Result<()> {
    let command = Command::Verify {
        reference: PinReference::Consent,
        pin: Some(CONSENT_PIN.as_bytes()),
    };
    send(card, "consent", &command).map(drop)
}

/// Shows the card a certificate.
fn show<F: CardFlash>(card: &mut SimulatedCard<F>, certificate: &[u8]) -> Result<()> {
    let body_and_signature = inside(certificate)?;
    send(
        card,
        "show the card a certificate",
        &Command::VerifyCertificate { body_and_signature },
    )
    .map(drop)
}

/// Sends a command that must succeed, as an extended APDU; gives the reply's data.
fn send<F: CardFlash>(
    card: &mut SimulatedCard<F>,
    step: &'static str,
    command: &Command<'_>,
) -> Result<Vec<u8>> {
    let (status, reply) = package::transmit(card, command)?;
    if status.is_success() {
        return Ok(reply);
    }
    let ask = Command::GetData {
        tag: data::LAST_REASON,
        selector: &[],
    };
    let (_, reason) = package::transmit(card, &ask)?;
    let reason = data::read_reason(&reason).ok().and_then(Reason::from_code);
    Err(IssueError::Card { step, status, reason })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Randomness;

    const AID: &str = "F053494D0001";

    /// The first two bytes of file 0101 of the application.
    fn read(card: &mut SimulatedCard<crate::flash::MemoryFlash>) -> Vec<u8> {
        card.process(&[0x00, 0xA4, 0x04, 0x0C, 6, 0xF0, 0x53, 0x49, 0x4D, 0x00, 0x01]);
        card.process(&[0x00, 0xA4, 0x00, 0x0C, 2, 0x01, 0x01]);
        card.process(&[0x00, 0xB0, 0, 0, 2]).to_vec()
    }

    /// Losing this leaves whoever tests with our card without one, or with an old application on it.
    #[test]
    fn a_card_is_issued_and_an_application_stored_and_replaced() {
        let offices = Offices::new(9).unwrap();
        let mut card = SimulatedCard::in_memory(Randomness::seeded(9));
        let first = package(AID, 1, "first", &[File::new(0x0101, "read: always", b"one")]).unwrap();
        let refused = offices.store(&mut card, &first).unwrap_err().to_string();
        assert!(refused.contains("cannot consent"), "{refused}");
        offices.issue(&mut card).unwrap();
        assert!(offices.issue(&mut card).is_err(), "it has an issuer");
        let receipt = offices.store(&mut card, &first).unwrap();
        assert_eq!(Signed::parse(&receipt).unwrap().receipt().unwrap().number, 1);
        assert_eq!(read(&mut card), b"on\x90\x00");
        let long = vec![0x42; 5_000];
        let file = File::new(0x0101, "read: always", &long).with_size(6_000);
        let second = package(AID, 2, "second", &[file]).unwrap();
        offices.store(&mut card, &second).unwrap();
        assert_eq!(read(&mut card), b"BB\x90\x00");
        assert!(offices.store(&mut card, &first).is_err(), "an older version");
        let others = Offices::new(10).unwrap();
        assert!(
            others.store(&mut card, &second).is_err(),
            "nobody whom the card knows"
        );
    }

    #[test]
    fn what_is_no_package_is_told() {
        for (aid, rule) in [("F0", "read: always"), (AID, "read: sometimes")] {
            assert!(
                package(aid, 1, "a", &[File::new(0x0101, rule, b"")]).is_err(),
                "{aid} {rule}"
            );
        }
    }
}
