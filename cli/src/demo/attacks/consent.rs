//! Attacks on the holder's consent.

use apdu_spec::command::Command;
use apdu_spec::object::{Mode, Operation};
use apdu_spec::reason::Reason;
use apdu_spec::reference::PinReference;

use super::attempt::{Arena, case};
use super::{Ground, consent_command, sent_before};
use crate::demo::stage::{InProcess, Stage};
use crate::scene::Result;
use crate::scene::steps::{self, Blank, Chip, encode, open_command, pins};

pub(super) fn tell(arena: &mut Arena<'_>, ground: &Ground<'_>) -> Result<()> {
    arena.section(
        "the holder's consent",
        "One VERIFY of the consent PIN allows one operation, the next; dangerous ones ask again.",
    );
    let open = open_command(Mode::ViaIssuer, &ground.sdi(&ground.ware(15)?, Operation::Store)?)?;
    let second = open_command(Mode::ViaIssuer, &ground.sdi(&ground.ware(16)?, Operation::Store)?)?;
    arena.on_card(
        case(
            "no consent",
            "a terminal opens a request without asking the holder for the consent PIN",
            0x6982,
            Reason::ConsentMissing,
        ),
        &|chip| {
            steps::consent(chip)?;
            Ok(open.clone())
        },
        &|_| Ok(open.clone()),
    )?;
    arena.on_card(
        case(
            "user PIN for consent",
            "the holder gave the PIN that opens files, and the terminal takes it for consent",
            0x6982,
            Reason::ConsentMissing,
        ),
        &|chip| {
            steps::consent(chip)?;
            Ok(open.clone())
        },
        &|chip| {
            steps::verify_user(chip)?;
            Ok(open.clone())
        },
    )?;
    arena.on_copy(
        case(
            "consent used twice",
            "the holder consented to one request, and the terminal opens a second one",
            0x6982,
            Reason::ConsentMissing,
        ),
        &|chip| {
            steps::consent(chip)?;
            steps::send(chip, "open a request", &open)?;
            steps::consent(chip)?;
            Ok(second.clone())
        },
        &|chip| {
            steps::consent(chip)?;
            steps::send(chip, "open a request", &open)?;
            Ok(second.clone())
        },
    )?;
    refused_uses_up(arena, &open)?;
    asks_again(arena, ground)?;
    transport(arena, ground)?;
    unblocked(arena, ground)
}

/// Consent to an operation that is refused is used up as well.
fn refused_uses_up(arena: &mut Arena<'_>, open: &[u8]) -> Result<()> {
    let dropping = encode(&Command::DropRequest { number: u32::MAX })?;
    arena.on_card(
        case(
            "consent after a refusal",
            "what the holder consented to was refused, and the terminal uses the consent for something else",
            0x6982,
            Reason::ConsentMissing,
        ),
        &|chip| {
            steps::consent(chip)?;
            Ok(open.to_vec())
        },
        &|chip| {
            steps::consent(chip)?;
            steps::exchange(chip, &dropping)?;
            Ok(open.to_vec())
        },
    )
}

/// Delete, and replace that drops data, ask again when they are carried out.
fn asks_again(arena: &mut Arena<'_>, ground: &Ground<'_>) -> Result<()> {
    let delete = ground.sdi(ground.present, Operation::Delete)?;
    arena.on_copy(
        case(
            "delete without asking again",
            "everybody agreed that the application be deleted; at the moment of it the holder is not asked",
            0x6982,
            Reason::ConsentMissing,
        ),
        &|chip| {
            let number = ground.authorize(chip, Mode::ViaIssuer, &delete)?.number;
            steps::consent(chip)?;
            encode(&Command::RemoveApplication { number })
        },
        &|chip| {
            let number = ground.authorize(chip, Mode::ViaIssuer, &delete)?.number;
            encode(&Command::RemoveApplication { number })
        },
    )?;
    let newer = super::authorizations::newer(ground)?;
    let newer = crate::scene::wares::varied(
        newer.package().aid(),
        newer.package().version(),
        300,
        &crate::scene::wares::Variation::SIX_DIGITS,
    )?;
    let replace = ground.sdi(&newer, Operation::Replace)?;
    let loaded = |chip: &mut dyn Chip| {
        let number = ground.authorize(chip, Mode::ViaIssuer, &replace)?.number;
        let last = newer.blocks().len() - 1;
        for index in 0..last {
            let command = encode(&steps::load_command(&newer, index, number)?)?;
            steps::send(chip, "load a block", &command)?;
        }
        Ok::<(usize, u32), crate::scene::SceneError>((last, number))
    };
    arena.on_copy(
        case(
            "replace that drops data",
            "the new version leaves out a file that has content; the holder is not asked again",
            0x6982,
            Reason::ConsentMissing,
        ),
        &|chip| {
            let (last, number) = loaded(chip)?;
            steps::consent(chip)?;
            encode(&steps::load_command(&newer, last, number)?)
        },
        &|chip| {
            let (last, number) = loaded(chip)?;
            sent_before(chip, encode(&steps::load_command(&newer, last, number)?)?)
        },
    )
}

/// A transport value is known to whoever sent the card.
fn transport(arena: &mut Arena<'_>, ground: &Ground<'_>) -> Result<()> {
    let [issuers, _] = &ground.world.issuer_registrars;
    let mut fresh = InProcess::new();
    let blank = Blank {
        roots: (issuers.root(), ground.data_registrar.root()),
        key: None,
        unblocking: true,
    };
    blank.personalise(&mut fresh)?;
    let image = fresh.image()?;
    arena.on_image(
        &image,
        case(
            "transport consent PIN",
            "on a card in the mail, its thief consents with the transport value that is printed beside it",
            0x6984,
            Reason::None,
        ),
        &|chip| {
            steps::change_pins(chip)?;
            consent_command()
        },
        &|_| {
            encode(&Command::Verify {
                reference: PinReference::Consent,
                pin: Some(pins::CONSENT_TRANSPORT),
            })
        },
    )
}

/// Whoever unblocks the consent PIN finds no request that was opened before.
fn unblocked(arena: &mut Arena<'_>, ground: &Ground<'_>) -> Result<()> {
    let sdi = ground.sdi(&ground.ware(15)?, Operation::Store)?;
    arena.on_copy(
        case(
            "unblocked consent PIN",
            "a request was open when the consent PIN was unblocked; its signatures come afterwards",
            0x6A88,
            Reason::NoSuchRequest,
        ),
        &|chip| {
            let evidence = ground.agree(chip, Mode::ViaIssuer, &sdi)?;
            evidence.introduce(chip)?;
            encode(&evidence.command())
        },
        &|chip| {
            let evidence = ground.agree(chip, Mode::ViaIssuer, &sdi)?;
            steps::unblock(chip, PinReference::Consent, pins::CONSENT)?;
            evidence.introduce(chip)?;
            encode(&evidence.command())
        },
    )
}
