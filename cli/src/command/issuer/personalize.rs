//! `symbolon issuer personalize`

use std::fs::{self, DirBuilder};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use apdu_spec::access::AccessRules;
use apdu_spec::certificate::{Extension, KeyOrigin, Role};
use apdu_spec::data;
use apdu_spec::file::{FileControl, FileKind, LifeCycle};
use apdu_spec::reason::Reason;
use apdu_spec::reference::KeyReference;
use apdu_spec::status::Status;
use clap::Args;
use host::card::{FilePath, Session};
use parties::certificate::OwnedCertificate;
use parties::crypto::{random, sha256};
use parties::file::{self, Existing};
use parties::party::Party;
use parties::personalisation::{RegistrationKey, UserInformation};
use serde::Serialize;
use zeroize::Zeroizing;

use super::USER_FILE;
use crate::card::CardArguments;
use crate::context::Context;
use crate::failure::{Doing, Failure, Result};
use crate::output::{Outcome, Show};
use crate::page::Page;
use crate::party;

/// Read: the user PIN. All else: never. ISO/IEC 7816-4, expanded format.
const USER_FILE_RULES: [u8; 11] = [0x80, 0x01, 0x01, 0xA4, 0x06, 0x83, 0x01, 0x01, 0x95, 0x01, 0x08];
/// The longest user information, in bytes.
const USER_MAX: usize = 1024;
/// Bytes of salt before it.
const SALT: usize = 16;
const CONSENT_DIGITS: usize = 8;
const USER_DIGITS: usize = 6;
const CODE_DIGITS: usize = 10;
const STEP: &str = "personalize the card";

/// Put roots, PINs, keys and the user's name on a new card
///
/// The card gets the roots of the issuer's registrar and of one data registrar, makes its two keys, and gets a file 5F01
/// with the user information behind a random salt, readable with the user PIN; the card's certificate will carry only
/// the digest of that file. Both PINs are transport PINs, which open nothing until the holder replaces them: they are
/// never shown, but written to a folder (files user-pin and consent-pin) that goes to the holder, with the code that unblocks
/// them (unblocking-code). Run again after an interruption it completes what is missing.
///
/// With --key-made-by-issuer the issuer makes the card's registration key and forgets it again: such a card cannot use mode
/// 4, and everybody sees that its issuer could have signed its receipts.
#[derive(Args, Debug)]
#[command(after_help = "Example:
  symbolon issuer personalize --issuer alpenbank --card card.img --user \"Ada Lovelace\" --letter letter
  symbolon issuer personalize --issuer alpenbank --card card.img --user Ada --letter letter --key-made-by-issuer")]
pub struct Personalize {
    /// The issuer's folder
    #[arg(long, value_name = "DIR")]
    pub issuer: PathBuf,
    #[command(flatten)]
    card: CardArguments,
    #[command(flatten)]
    user: UserArguments,
    /// Folder to write the transport PINs to, readable by you alone
    #[arg(long, value_name = "DIR")]
    pub letter: PathBuf,
    /// Make the card's registration key here instead of on the card
    #[arg(long)]
    pub key_made_by_issuer: bool,
    /// Name of the data registrar to bind the card to, where the issuer may bind several
    #[arg(long, value_name = "NAME")]
    pub data_registrar: Option<String>,
}

/// Who the user is: one of the two.
#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
struct UserArguments {
    /// Who the user is, in one line
    #[arg(long, value_name = "TEXT")]
    user: Option<String>,
    /// Read that from a file instead
    #[arg(long, value_name = "FILE")]
    user_file: Option<PathBuf>,
}

#[derive(Serialize)]
struct Personalized {
    card: Option<String>,
    key_origin: &'static str,
    serial_number: String,
    issuer_registrar: String,
    data_registrar: String,
    user_file: String,
    user_information_digest: Option<String>,
    letter: String,
}

impl Personalize {
    /// Does it.
    ///
    /// # Errors
    /// When the issuer has no certificate, the card is registered already, or a file cannot be read or written.
    pub fn run(self, context: &Context) -> Result<Outcome> {
        let party = party::open_role(&self.issuer, Role::Issuer)?;
        let (issuer_root, data_root) = roots(&party, self.data_registrar.as_deref())?;
        let information = self.information()?;
        let mut card = self.card.open(context)?;
        let mut session = card.begin()?;
        let status = session.status()?;
        if status.life_cycle != LifeCycle::Initialisation {
            return Err(Failure::refused(
                STEP,
                "card",
                Reason::AlreadyRegistered,
                "the card has an issuer: its roots, keys and PINs stay as they are",
                "Use a new card.",
            ));
        }
        let file = FilePath::master_file().child(USER_FILE);
        let name = |root: &OwnedCertificate| root.view().doing(STEP).map(|view| view.holder.to_string());
        let mut result = Personalized {
            card: None,
            key_origin: if self.key_made_by_issuer {
                KeyOrigin::Issuer.name()
            } else {
                KeyOrigin::Card.name()
            },
            serial_number: hex::encode_upper(status.serial_number),
            issuer_registrar: name(&issuer_root)?,
            data_registrar: name(&data_root)?,
            user_file: file.to_string(),
            user_information_digest: None,
            letter: self.letter.display().to_string(),
        };
        if !context.dry_run {
            let letter = Letter::prepare(&self.letter)?;
            session.put_data_object(data::ISSUER_REGISTRAR_ROOT, issuer_root.encoded())?;
            session.put_data_object(data::DATA_REGISTRAR_ROOT, data_root.encoded())?;
            session.put_data_object(data::CONSENT_PIN, letter.consent.as_bytes())?;
            session.put_data_object(data::USER_PIN, letter.user.as_bytes())?;
            session.put_data_object(data::UNBLOCKING_CODE, letter.code.as_bytes())?;
            let point = self.registration_key(&mut session, status.key_origin)?;
            key(&mut session, KeyReference::KeyAgreement)?;
            let digest = user_file(&mut session, &file, &information)?;
            session.put_data_object(data::USER_INFORMATION, &digest)?;
            result.card = Some(hex::encode(sha256(&point)));
            result.user_information_digest = Some(hex::encode(digest));
        }
        Ok(Outcome::new("issuer personalize", &result))
    }

    /// The card's registration key, made where it was asked for; one that is there from an interrupted run stays.
    fn registration_key(&self, session: &mut Session<'_>, present: KeyOrigin) -> Result<[u8; 65]> {
        match (self.key_made_by_issuer, present) {
            (false, KeyOrigin::Card) => key(session, KeyReference::Registration),
            (false, KeyOrigin::Issuer) => Ok(session.generate_key(KeyReference::Registration)?),
            (true, KeyOrigin::Issuer) => Ok(session.public_key(KeyReference::Registration)?),
            (true, KeyOrigin::Card) => {
                // Wiped when it goes out of scope: only the card has it then.
                let made = RegistrationKey::generate().doing(STEP)?;
                session.put_data_object(data::REGISTRATION_KEY, made.scalar())?;
                let point = session.public_key(KeyReference::Registration)?;
                if point == *made.point() {
                    return Ok(point);
                }
                Err(Failure::refused(
                    STEP,
                    "card",
                    Reason::NotThisCard,
                    "the card has another key than the one it was given",
                    "Do not use this card.",
                ))
            }
        }
    }

    fn information(&self) -> Result<Vec<u8>> {
        let text = match (&self.user.user, &self.user.user_file) {
            (Some(text), _) => text.clone().into_bytes(),
            (None, Some(path)) => file::read(path, USER_MAX).doing("read the user information")?,
            (None, None) => Vec::new(),
        };
        if text.is_empty() || text.len() > USER_MAX {
            return Err(Failure::usage(
                "read the user information",
                format!("it has {} bytes, and 1 to {USER_MAX} fit", text.len()),
                "Say who the user is in fewer words.",
            ));
        }
        Ok(text)
    }
}

/// The roots the card gets: of the issuer's registrar, and of the data registrar called `wanted` or the only one.
fn roots(party: &Party, wanted: Option<&str>) -> Result<(OwnedCertificate, OwnedCertificate)> {
    let step = format!("find the roots for {}'s cards", party::name(party));
    let trusted = party.trusted().doing(&step)?;
    let certificate = party.certificate().doing(&step)?.ok_or_else(|| {
        Failure::usage(
            &step,
            format!("{} has no certificate yet", party.name()),
            "Have its registrar certify it, then run \"symbolon party accept\".",
        )
    })?;
    let irc = certificate.view().doing(&step)?;
    let issuer_root = trusted
        .authority_of(&irc, Role::IssuerRegistrar)
        .doing(&step)?
        .ok_or_else(|| {
            Failure::usage(
                &step,
                "the root of its registrar is not trusted",
                "Run \"symbolon party trust\" with that root.",
            )
        })?;
    let Extension::Issuer(issuer) = irc.extension else {
        return Err(Failure::usage(
            &step,
            "its certificate is not an issuer's",
            "Get the right one from its registrar.",
        ));
    };
    let mut candidates = Vec::new();
    for root in issuer
        .data_registrar_roots()
        .filter_map(|digest| trusted.find(digest))
    {
        let name = root.view().doing(&step)?.holder;
        if wanted.is_none_or(|wanted| wanted == name.identity().as_str() || wanted == name.to_string()) {
            candidates.push((name.to_string(), root));
        }
    }
    match candidates.as_slice() {
        [(_, data_root)] => Ok((issuer_root.clone(), (*data_root).clone())),
        [] => Err(Failure::usage(
            &step,
            "no root of a data registrar that it may bind is trusted, or none has this name",
            "Run \"symbolon party trust\" with the data registrar's root; \"symbolon party show\" lists what there is.",
        )),
        several => {
            let names: Vec<&str> = several.iter().map(|(name, _)| name.as_str()).collect();
            Err(Failure::usage(
                &step,
                format!("it may bind several data registrars: {}", names.join(", ")),
                "Choose one with --data-registrar NAME.",
            ))
        }
    }
}

/// The transport PINs on their way to the holder.
struct Letter {
    user: Zeroizing<String>,
    consent: Zeroizing<String>,
    code: Zeroizing<String>,
}

impl Letter {
    /// Makes the PINs and writes them down before any card knows them; those of an interrupted run are used again.
    fn prepare(folder: &Path) -> Result<Self> {
        let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
        made.map_err(|error| Failure::file("make the folder for the PINs", folder, &error))?;
        Ok(Self {
            user: transport_pin(&folder.join("user-pin"), USER_DIGITS)?,
            consent: transport_pin(&folder.join("consent-pin"), CONSENT_DIGITS)?,
            code: transport_pin(&folder.join("unblocking-code"), CODE_DIGITS)?,
        })
    }
}

fn transport_pin(path: &Path, digits: usize) -> Result<Zeroizing<String>> {
    let step = "write the transport PIN";
    if path.exists() {
        let text = fs::read_to_string(path).map(Zeroizing::new);
        let text = text.map_err(|error| Failure::file(step, path, &error))?;
        let pin = Zeroizing::new(text.trim_end().to_owned());
        if pin.len() == digits && pin.bytes().all(|digit| digit.is_ascii_digit()) {
            return Ok(pin);
        }
        let message = format!("{} holds something else than a transport PIN", path.display());
        return Err(Failure::usage(
            step,
            message,
            "Choose another folder for the letter.",
        ));
    }
    let mut pin = Zeroizing::new(String::with_capacity(digits));
    while pin.len() < digits {
        let bytes = Zeroizing::new(random::<32>().doing(step)?);
        // Values from 250 on would make some digits likelier than others.
        for byte in bytes.iter().filter(|byte| **byte < 250).take(digits - pin.len()) {
            pin.push(char::from(b'0' + byte % 10));
        }
    }
    let line = Zeroizing::new(format!("{}\n", *pin));
    file::write(path, line.as_bytes(), 0o600, Existing::Refuse).doing(step)?;
    Ok(pin)
}

/// The key's public point; the card makes the key if it has none.
fn key(session: &mut Session<'_>, reference: KeyReference) -> Result<[u8; 65]> {
    match session.public_key(reference) {
        Err(error) if error.status() == Some(Status::REFERENCED_DATA_NOT_FOUND) => {
            Ok(session.generate_key(reference)?)
        }
        point => Ok(point?),
    }
}

/// Writes salt and information; gives the digest of both.
fn user_file(session: &mut Session<'_>, path: &FilePath, information: &[u8]) -> Result<[u8; 32]> {
    let length = SALT + information.len();
    let size =
        u16::try_from(length).map_err(|_| Failure::internal(STEP, "the user information is too long"))?;
    match session.select(path) {
        Ok(details) if details.size == Some(size) => {
            let present = session.read_file(path)?;
            if present.get(SALT..) == Some(information) && present.iter().take(SALT).any(|byte| *byte != 0) {
                return Ok(sha256(&present));
            }
        }
        Ok(_) => {
            return Err(Failure::usage(
                STEP,
                "the card holds user information of another length already",
                "Give the same information as before, or use a new card.",
            ));
        }
        Err(error) if error.status() == Some(Status::FILE_NOT_FOUND) => {
            let rules = AccessRules::new(&USER_FILE_RULES)
                .map_err(|error| Failure::internal(STEP, format!("the access rule is malformed: {error}")))?;
            session.create_file(
                &FilePath::master_file(),
                &FileControl {
                    size: Some(size),
                    kind: FileKind::Transparent,
                    id: USER_FILE,
                    aid: None,
                    short_id: None,
                    life_cycle: None,
                    rules,
                    version: None,
                },
                None,
            )?;
        }
        Err(error) => return Err(error.into()),
    }
    let salted = UserInformation::new(Zeroizing::new(information.to_vec())).doing(STEP)?;
    let content = Zeroizing::new([salted.salt().as_slice(), salted.text()].concat());
    session.update_file(path, 0, &content)?;
    Ok(salted.digest())
}

impl Show for Personalized {
    fn show(&self, page: &mut Page) {
        page.done(format!("Card {} is personalized.", self.serial_number));
        page.optional("identity", self.card.as_deref());
        page.field("registration key", format!("made by the {}", self.key_origin));
        page.field("issuer registrar", &self.issuer_registrar);
        page.field("data registrar", &self.data_registrar);
        page.field(
            "user information",
            format!("{}, readable with the user PIN", self.user_file),
        );
        page.field(
            "transport PINs, unblocking code",
            format!("in {}, for the holder alone", self.letter),
        );
        page.text("Next: its certificate (\"symbolon issuer register\").");
    }
}
