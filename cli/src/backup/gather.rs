//! Reading all of it from a card. Nothing is changed on the card, and what it refuses is written down with the reason.

use std::collections::BTreeMap;

use apdu_spec::access::Subject;
use apdu_spec::data;
use apdu_spec::file::FileKind;
use apdu_spec::object::Signed;
use apdu_spec::reference::{KeyReference, LOCAL_FIRST, LOCAL_LAST, PinReference};
use apdu_spec::status::Status;
use host::card::{FileDetails, FilePath, Node, PinState, Session};
use parties::crypto::sha256;

use super::{ApplicationBackup, Backup, FileBackup, FloorBackup, KIND, PinBackup, SCHEMA, Unread};
use crate::describe::{list, policy_modes};
use crate::failure::{Failure, Result, status_words};

/// What is read by GET DATA, with the name that a backup gives it.
const OBJECTS: [(u16, &str); 8] = [
    (data::ISSUER_REGISTRAR_ROOT, "0102 issuer registrar"),
    (data::DATA_REGISTRAR_ROOT, "0103 data registrar"),
    (data::ISSUER_CERTIFICATE, "0104 issuer"),
    (data::CARD_CERTIFICATE, "0105 card"),
    (data::ISSUER_REGISTRAR_LINK, "0112 issuer registrar's newer root"),
    (data::DATA_REGISTRAR_LINK, "0113 data registrar's newer root"),
    (
        data::ISSUER_REVOCATION_LIST,
        "0114 issuer registrar's revocations",
    ),
    (data::DATA_REVOCATION_LIST, "0115 data registrar's revocations"),
];

/// Everything that the card gives to whom it takes us for after `verify`; what it says of its PINs is asked before.
///
/// # Errors
/// When the card cannot be reached or does not answer in our terms, and those of `verify`. What it refuses is no error.
pub fn gather(
    session: &mut Session<'_>,
    made: String,
    verify: impl FnOnce(&mut Session<'_>) -> Result<()>,
) -> Result<Backup> {
    let mut backup = Backup {
        kind: KIND.into(),
        schema: SCHEMA,
        made,
        identity: BTreeMap::new(),
        state: BTreeMap::new(),
        pins: BTreeMap::new(),
        objects: BTreeMap::new(),
        keys: BTreeMap::new(),
        applications: BTreeMap::new(),
        floors: BTreeMap::new(),
        receipts: BTreeMap::new(),
        files: BTreeMap::new(),
        complete: true,
        unread: BTreeMap::new(),
    };
    state(session, &mut backup)?;
    if backup
        .state
        .get("damaged")
        .is_some_and(|damaged| damaged == "yes")
    {
        backup.complete = false;
        return Ok(backup);
    }
    pins(session, &mut backup)?;
    verify(session)?;
    objects(session, &mut backup)?;
    applications(session, &mut backup)?;
    receipts(session, &mut backup)?;
    let tree = session.tree()?;
    let hides = backup
        .applications
        .values()
        .any(|application| application.deactivated);
    backup.complete = !tree.cut_short && !hides;
    files(session, &tree.root, &mut backup)?;
    Ok(backup)
}

/// What the card gave; `None`, with the reason written down, if it refused.
fn given<T>(
    backup: &mut Backup,
    what: impl Into<String>,
    why: impl FnOnce() -> String,
    result: host::Result<T>,
) -> Result<Option<T>> {
    match result {
        Err(host::Error::Refused { status, .. }) => {
            let unread = Unread {
                status_word: format!("{:04X}", status.0),
                meaning: status_words(status),
                why: why(),
            };
            backup.unread.insert(what.into(), unread);
            Ok(None)
        }
        result => Ok(Some(result?)),
    }
}

fn state(session: &mut Session<'_>, backup: &mut Backup) -> Result<()> {
    let status = session.status()?;
    let yes = |yes: bool| if yes { "yes" } else { "no" }.to_owned();
    let version = |number: u16| {
        let [major, minor] = number.to_be_bytes();
        format!("{major}.{minor}")
    };
    backup
        .identity
        .insert("serial number".into(), hex::encode_upper(status.serial_number));
    let state = [
        ("life cycle", format!("{:?}", status.life_cycle).to_lowercase()),
        ("damaged", yes(status.damaged)),
        ("wire format", version(status.wire_format)),
        ("platform version", version(status.platform_version)),
        ("date", status.date.to_string()),
        (
            "content policy",
            format!("modes {}", list(&policy_modes(status.content_policy))),
        ),
        ("content counter", status.content_counter.to_string()),
        ("receipts written", status.receipts_written.to_string()),
        ("receipts uncollected", status.receipts_uncollected.to_string()),
        ("requests used", status.requests_used.to_string()),
        ("free bytes", status.free_bytes.to_string()),
        ("key origin", status.key_origin.name().to_owned()),
    ];
    backup
        .state
        .extend(state.map(|(name, value)| (name.to_owned(), value)));
    Ok(())
}

fn objects(session: &mut Session<'_>, backup: &mut Backup) -> Result<()> {
    for (name, reference) in [
        ("registration key", KeyReference::Registration),
        ("key-agreement key", KeyReference::KeyAgreement),
    ] {
        let told = session.public_key(reference);
        let Some(point) = given(backup, name, || "not made yet".into(), told)? else {
            continue;
        };
        if reference == KeyReference::Registration {
            backup.identity.insert("card".into(), hex::encode(sha256(&point)));
        }
        backup.identity.insert(name.into(), hex::encode(point));
    }
    for (tag, name) in OBJECTS {
        match session.data_object(tag) {
            Ok(value) => {
                backup.objects.insert(name.into(), hex::encode(value));
            }
            // That there is none is nothing that could be read.
            Err(error) if error.status() == Some(Status::REFERENCED_DATA_NOT_FOUND) => {}
            refused => {
                let _: Option<Vec<u8>> = given(backup, name, String::new, refused)?;
            }
        }
    }
    Ok(())
}

fn pins(session: &mut Session<'_>, backup: &mut Backup) -> Result<()> {
    for (name, reference) in [("user", PinReference::User), ("consent", PinReference::Consent)] {
        let told = session.pin_state(reference);
        let Some(state) = given(backup, format!("{name} PIN"), || "the card has none".into(), told)? else {
            continue;
        };
        let (state, tries_left) = match state {
            PinState::Verified => ("verified", None),
            PinState::TriesLeft(tries) => ("ready", Some(tries)),
            PinState::Transport(tries) => ("transport", Some(tries)),
            PinState::Blocked => ("blocked", Some(0)),
        };
        let state = state.to_owned();
        backup.pins.insert(name.into(), PinBackup { state, tries_left });
    }
    Ok(())
}

/// Why lists and receipts are kept from us.
fn user_pin() -> String {
    "the card tells after the user PIN".into()
}

fn applications(session: &mut Session<'_>, backup: &mut Backup) -> Result<()> {
    for listed in session.directory()? {
        let deactivated = listed.deactivated;
        let application = ApplicationBackup {
            label: listed.label,
            deactivated,
            version: None,
            package: None,
            provider: None,
        };
        backup.applications.insert(listed.aid.to_string(), application);
        if deactivated {
            // It answers for nothing that is in it, and does not say what that is.
            let unread = Unread {
                status_word: format!("{:04X}", Status::DEACTIVATED.0),
                meaning: status_words(Status::DEACTIVATED),
                why: "its files and keys are told after \"symbolon card activate\"".into(),
            };
            backup.unread.insert(listed.aid.to_string(), unread);
        } else {
            keys(session, &FilePath::application(listed.aid), backup)?;
        }
    }
    let told = session.applications();
    for told in given(backup, "versions and providers", user_pin, told)?.unwrap_or_default() {
        if let Some(application) = backup.applications.get_mut(&told.aid.to_string()) {
            application.version = Some(told.version);
            application.package = Some(hex::encode(told.package));
            application.provider = Some(told.provider.name.to_string());
        }
    }
    let told = session.floors();
    for floor in given(backup, "version floors", user_pin, told)?.unwrap_or_default() {
        let kept = FloorBackup {
            version: floor.version,
            package: floor.package.map(hex::encode),
            provider: floor.provider.name.to_string(),
        };
        backup.floors.insert(floor.aid.to_string(), kept);
    }
    Ok(())
}

/// The public halves of an application's keys.
fn keys(session: &mut Session<'_>, application: &FilePath, backup: &mut Backup) -> Result<()> {
    session.select(application)?;
    for byte in LOCAL_FIRST..=LOCAL_LAST {
        let name = format!("{application}/key {byte:02X}");
        match session.public_key(KeyReference::Local(byte)) {
            Ok(point) => {
                backup.keys.insert(name, hex::encode(point));
            }
            Err(error) if absent(&error) => {}
            refused => {
                let why = || "its access rule, or it is not made yet".into();
                let _: Option<[u8; 65]> = given(backup, name, why, refused)?;
            }
        }
    }
    Ok(())
}

/// There is no such thing.
fn absent(error: &host::Error) -> bool {
    error.status() == Some(Status::REFERENCED_DATA_NOT_FOUND)
}

fn receipts(session: &mut Session<'_>, backup: &mut Backup) -> Result<()> {
    let told = session.receipts();
    for object in given(backup, "receipts", user_pin, told)?.unwrap_or_default() {
        let receipt = Signed::parse(&object)
            .and_then(|signed| signed.receipt())
            .map_err(|error| Failure::internal("read a receipt", error.to_string()))?;
        backup
            .receipts
            .insert(format!("{:010}", receipt.number), hex::encode(&object));
    }
    Ok(())
}

fn files(session: &mut Session<'_>, node: &Node, backup: &mut Backup) -> Result<()> {
    let details = &node.details;
    let path = node.path.to_string();
    let subject = match details.kind {
        FileKind::Dedicated => Subject::Directory,
        _ => Subject::File,
    };
    let access = match details.access() {
        rules if rules.is_empty() => "never".to_owned(),
        rules => rules.named(subject).to_string(),
    };
    let (mut content, mut records) = (None, None);
    match details.kind {
        FileKind::Dedicated => {}
        FileKind::Records(_) => {
            let read = session.read_records(&node.path);
            let read = given(backup, path.clone(), || access.clone(), read)?;
            records = read.map(|records| records.iter().map(hex::encode).collect());
        }
        FileKind::Transparent => {
            let read = session.read_file(&node.path);
            content = given(backup, path.clone(), || access.clone(), read)?.map(hex::encode);
        }
    }
    let file = FileBackup {
        kind: kind(details, &node.path).into(),
        size: details.size,
        short_id: details.short_id,
        life_cycle: details
            .life_cycle
            .map(|state| format!("{state:?}").to_lowercase()),
        access,
        rules: hex::encode(&details.rules),
        content,
        records,
    };
    backup.files.insert(path, file);
    node.children
        .iter()
        .try_for_each(|child| files(session, child, backup))
}

fn kind(details: &FileDetails, path: &FilePath) -> &'static str {
    match details.kind {
        FileKind::Dedicated if path.ids().is_empty() && path.aid().is_some() => "application",
        FileKind::Dedicated => "folder",
        FileKind::Records(_) => "records",
        FileKind::Transparent => "file",
    }
}
