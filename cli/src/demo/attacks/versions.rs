//! Attacks on versions: what was replaced or deleted does not come back.

use apdu_spec::command::Command;
use apdu_spec::object::{Mode, Operation, Sdi};
use apdu_spec::reason::Reason;

use super::Ground;
use super::attempt::{Arena, case};
use crate::scene::steps::{self, Chip, encode, open_command};
use crate::scene::wares::{self, Ware};
use crate::scene::{Result, SceneError};

pub(super) fn tell(arena: &mut Arena<'_>, ground: &Ground<'_>) -> Result<()> {
    arena.section(
        "versions",
        "Under each name versions only rise, across deletion too, unless everybody agrees to lower the floor.",
    );
    let present = ground.present.package();
    let (newer, older) = (
        super::authorizations::newer(ground)?,
        wares::notes(present.aid(), present.version() - 1, 100)?,
    );
    arena.on_card(
        case(
            "older version",
            "the present version is to be replaced by an older one, whose weakness is known",
            0x6985,
            Reason::VersionTooOld,
        ),
        &|chip| asks(ground, chip, &newer, Operation::Replace),
        &|chip| asks(ground, chip, &older, Operation::Replace),
    )?;
    let same = wares::notes(present.aid(), present.version(), 100)?;
    arena.on_card(
        case(
            "same version, other content",
            "a package with the present version's number and other content",
            0x6985,
            Reason::VersionTooOld,
        ),
        &|chip| asks(ground, chip, &newer, Operation::Replace),
        &|chip| asks(ground, chip, &same, Operation::Replace),
    )?;
    after_deletion(arena, ground, &older, &same, &newer)?;
    highest(arena, ground)?;
    floors(arena, ground)
}

/// Consent given, and the bytes that ask for an operation.
fn asks(ground: &Ground<'_>, chip: &mut dyn Chip, ware: &Ware, operation: Operation) -> Result<Vec<u8>> {
    steps::consent(chip)?;
    open_command(Mode::ViaIssuer, &ground.sdi(ware, operation)?)
}

fn after_deletion(
    arena: &mut Arena<'_>,
    ground: &Ground<'_>,
    older: &Ware,
    same: &Ware,
    newer: &Ware,
) -> Result<()> {
    let image = arena.prepared(&|chip| {
        ground
            .carry_out(chip, Operation::Delete, ground.present)
            .map(drop)
    })?;
    for (case, ware) in [
        (
            case(
                "older version after deletion",
                "the application was deleted, so that an older version could be stored anew",
                0x6985,
                Reason::VersionTooOld,
            ),
            older,
        ),
        (
            case(
                "other content after deletion",
                "the same, with the deleted version's number and other content",
                0x6985,
                Reason::VersionTooOld,
            ),
            same,
        ),
    ] {
        arena.on_image(
            &image,
            case,
            &|chip| asks(ground, chip, newer, Operation::Store),
            &|chip| asks(ground, chip, ware, Operation::Store),
        )?;
    }
    Ok(())
}

/// After the highest version there is none, not even by wrapping around.
fn highest(arena: &mut Arena<'_>, ground: &Ground<'_>) -> Result<()> {
    let last = wares::notes(ground.aid(11)?, u32::MAX, 100)?;
    let first = wares::notes(ground.aid(11)?, 0, 100)?;
    arena.on_copy(
        case(
            "after version FFFFFFFF",
            "the highest version was stored and deleted; the count begins anew",
            0x6985,
            Reason::VersionTooOld,
        ),
        &|chip| asks(ground, chip, &first, Operation::Store),
        &|chip| {
            ground.carry_out(chip, Operation::Store, &last)?;
            ground.carry_out(chip, Operation::Delete, &last)?;
            asks(ground, chip, &first, Operation::Store)
        },
    )
}

fn floors(arena: &mut Arena<'_>, ground: &Ground<'_>) -> Result<()> {
    let present = ground.present.package();
    let lower = |version| -> Result<Sdi> {
        Ok(Sdi {
            version,
            ..ground.sdi(ground.present, Operation::LowerFloor)?
        })
    };
    let gone = arena.prepared(&|chip| {
        ground
            .carry_out(chip, Operation::Delete, ground.present)
            .map(drop)
    })?;
    let (below, honest) = (lower(present.version())?, lower(present.version() - 1)?);
    let opens = |chip: &mut dyn Chip, sdi: &Sdi| {
        steps::consent(chip)?;
        open_command(Mode::ViaIssuer, sdi)
    };
    arena.on_image(
        &gone,
        case(
            "floor that is not lower",
            "a request to lower the floor names the floor there is",
            0x6985,
            Reason::VersionNotLower,
        ),
        &|chip| opens(chip, &honest),
        &|chip| opens(chip, &below),
    )?;
    let (raised, deleted) = (lower(u32::MAX)?, &gone);
    arena.on_image(
        deleted,
        case(
            "floor raised",
            "a request to lower the floor raises it, so that nothing is ever stored there again",
            0x6985,
            Reason::VersionNotLower,
        ),
        &|chip| opens(chip, &honest),
        &|chip| opens(chip, &raised),
    )?;
    arena.on_copy(
        case(
            "floor under a present application",
            "the floor is to be lowered while the application is on the card",
            0x6A8A,
            Reason::AidTaken,
        ),
        &|chip| {
            ground.carry_out(chip, Operation::Delete, ground.present)?;
            opens(chip, &honest)
        },
        &|chip| opens(chip, &honest),
    )?;
    let agreed = |chip: &mut dyn Chip| {
        let number = ground.authorize(chip, Mode::ViaIssuer, &honest)?.number;
        Ok::<u32, SceneError>(number)
    };
    arena.on_image(
        &gone,
        case(
            "floor lowered without the holder",
            "issuer and provider agree, the holder consented to the request and is not asked again",
            0x6982,
            Reason::ConsentMissing,
        ),
        &|chip| {
            let number = agreed(chip)?;
            steps::consent(chip)?;
            encode(&Command::LowerFloor { number })
        },
        &|chip| {
            let number = agreed(chip)?;
            encode(&Command::LowerFloor { number })
        },
    )
}
