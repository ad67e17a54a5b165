//! Attacks with commands that other cards have: nothing but the protocol changes what is on this one.

use apdu_spec::access::AccessRules;
use apdu_spec::command::{Command, KeyTemplate};
use apdu_spec::data;
use apdu_spec::file::{FileControl, FileKind};
use apdu_spec::reason::Reason;
use apdu_spec::reference::KeyReference;

use super::Ground;
use super::attempt::{Arena, case};
use crate::demo::stage::{InProcess, Stage};
use crate::scene::Result;
use crate::scene::steps::{Blank, encode, pins};

pub(super) fn tell(arena: &mut Arena<'_>, ground: &Ground<'_>) -> Result<()> {
    arena.section(
        "other commands",
        "There is no back door: what a personaliser could do is over, and what other cards can do anywhere is for an application's own files and keys.",
    );
    closed(arena, ground)?;
    elsewhere(arena)
}

/// What is open before registration only; the clone is a card that has no issuer yet.
fn closed(arena: &mut Arena<'_>, ground: &Ground<'_>) -> Result<()> {
    let [issuers, _] = &ground.world.issuer_registrars;
    let [_, second] = &ground.world.data_registrars;
    let create = encode(&Command::CreateFile {
        fcp: FileControl {
            size: Some(16),
            kind: FileKind::Transparent,
            id: 0x0A0A,
            aid: None,
            short_id: None,
            life_cycle: None,
            rules: AccessRules::NONE,
            version: None,
        },
        rules_from: None,
    })?;
    let put = |tag, value: &[u8]| encode(&Command::PutData { tag, value });
    let make = encode(&Command::GenerateKeyPair {
        reference: KeyReference::Registration,
        template: KeyTemplate::Signature,
        make: true,
    })?;
    let scalar = parties::personalisation::RegistrationKey::generate()?;
    let tried = [
        (
            case(
                "CREATE FILE",
                "a file is created beside the applications",
                0x6985,
                Reason::AlreadyRegistered,
            ),
            create,
        ),
        (
            case(
                "PUT DATA of a root",
                "another data registrar's root is put onto the card",
                0x6985,
                Reason::AlreadyRegistered,
            ),
            put(data::DATA_REGISTRAR_ROOT, second.root())?,
        ),
        (
            case(
                "PUT DATA of a PIN",
                "the consent PIN is put onto the card once more",
                0x6985,
                Reason::AlreadyRegistered,
            ),
            put(data::CONSENT_PIN, pins::CONSENT_TRANSPORT)?,
        ),
        (
            case(
                "PUT DATA of an unblocking code",
                "a code that unblocks PINs is put onto the card",
                0x6985,
                Reason::AlreadyRegistered,
            ),
            put(data::UNBLOCKING_CODE, pins::UNBLOCKING)?,
        ),
        (
            case(
                "PUT DATA of a key",
                "the registration key is replaced by one that somebody knows",
                0x6985,
                Reason::AlreadyRegistered,
            ),
            put(data::REGISTRATION_KEY, scalar.scalar())?,
        ),
        (
            case(
                "a new registration key",
                "the card is told to make another registration key",
                0x6985,
                Reason::AlreadyRegistered,
            ),
            make,
        ),
    ];
    let mut blank = InProcess::new();
    let fresh = Blank {
        roots: (issuers.root(), ground.data_registrar.root()),
        key: None,
        unblocking: false,
    };
    fresh.personalise(&mut blank)?;
    let image = blank.image()?;
    for (case, command) in tried {
        arena.on_card_unlike(&image, case, &command)?;
    }
    Ok(())
}

/// What there is for keys and files inside applications, and nowhere else. Honest is how the card signs the same kind of thing by
/// itself: the head of its receipts.
fn elsewhere(arena: &mut Arena<'_>) -> Result<()> {
    let head = encode(&Command::ProveReceipts { nonce: [0x5A; 16] })?;
    // The beginning of a receipt's body, as somebody would like to have it signed.
    const RECEIPT: &[u8] = &[
        0xE7, 0x0E, 0xA0, 0x0C, 0x80, 0x01, 0x01, 0x81, 0x01, 0x02, 0x82, 0x01, 0x05, 0x85, 0x01, 0x01,
    ];
    let apdu = |instruction: u8, p1: u8, p2: u8, data: &[u8]| {
        let length = u8::try_from(data.len()).unwrap_or(0);
        [&[0x00, instruction, p1, p2, length], data].concat()
    };
    let internal = [apdu(0x88, 0x00, 0x01, RECEIPT), vec![0x00]].concat();
    // As long as a digest, which is what the command takes.
    let signing = [apdu(0x2A, 0x9E, 0x9A, &RECEIPT.repeat(2)), vec![0x00]].concat();
    let set = apdu(0x22, 0x41, 0xB6, &[0x84, 0x01, 0x01]);
    for (name, story, status, reason, command) in [
        (
            "INTERNAL AUTHENTICATE",
            "the card is asked to sign bytes that are shaped as a receipt",
            0x6A88,
            Reason::None,
            internal,
        ),
        (
            "MANAGE SECURITY ENVIRONMENT",
            "the registration key is selected for signing",
            0x6A88,
            Reason::None,
            set,
        ),
        (
            "COMPUTE DIGITAL SIGNATURE",
            "the card is asked to sign the same bytes with PSO",
            0x6985,
            Reason::None,
            signing,
        ),
        (
            "DELETE FILE",
            "the applications' directory is deleted as other cards delete files",
            0x6985,
            Reason::AlreadyRegistered,
            apdu(0xE4, 0x00, 0x00, &[0x2F, 0x00]),
        ),
        (
            "TERMINATE CARD USAGE",
            "the card is ended as other cards are ended",
            0x6985,
            Reason::AlreadyRegistered,
            apdu(0xFE, 0x00, 0x00, &[]),
        ),
        (
            "TERMINATE DF",
            "the current DF is ended as other cards end theirs",
            0x6985,
            Reason::AlreadyRegistered,
            apdu(0xE6, 0x00, 0x00, &[]),
        ),
        (
            "INSTALL",
            "a card manager's command to install software",
            0x6E00,
            Reason::None,
            [0x80, 0xE6, 0x0C, 0x00, 0x01, 0x00].to_vec(),
        ),
    ] {
        let command = if command.len() == 5 && command.last() == Some(&0x00) {
            command.get(..4).unwrap_or_default().to_vec()
        } else {
            command
        };
        arena.on_card(case(name, story, status, reason), &|_| Ok(head.clone()), &|_| {
            Ok(command.clone())
        })?;
    }
    Ok(())
}
