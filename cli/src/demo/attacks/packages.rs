//! Attacks by packages that everybody has signed: what the card refuses whoever agrees to it.

mod crooked;

use apdu_spec::command::Command;
use apdu_spec::object::{Mode, Operation, PackageDigests};
use apdu_spec::package::OnReplace;
use apdu_spec::reason::Reason;

use super::attempt::{Arena, Case, case};
use super::{Ground, sent_before};
use crate::scene::Result;
use crate::scene::steps::{self, Chip, encode, open_command};
use crate::scene::wares::{self, Variation, Ware};
use crooked::Crooked;

pub(super) fn tell(arena: &mut Arena<'_>, ground: &Ground<'_>) -> Result<()> {
    arena.section(
        "packages",
        "Issuer, provider and holder agree, knowing or deceived; the card still takes no package that breaks a rule.",
    );
    blocks(arena, ground)?;
    manifests(arena, ground)?;
    contents(arena, ground)?;
    replacements(arena, ground)?;
    no_space(arena, ground)
}

/// Blocks on their way, exchanged or out of order.
fn blocks(arena: &mut Arena<'_>, ground: &Ground<'_>) -> Result<()> {
    let ware = wares::notes(ground.aid(12)?, 1, 3000)?;
    let sdi = ground.sdi(&ware, Operation::Store)?;
    let authorized = |chip: &mut dyn Chip| {
        Ok::<u32, crate::scene::SceneError>(ground.authorize(chip, Mode::ViaIssuer, &sdi)?.number)
    };
    let flipped = |index: usize, chip: &mut dyn Chip| {
        let number = authorized(chip)?;
        for index in 0..index {
            steps::send(
                chip,
                "load a block",
                &encode(&steps::load_command(&ware, index, number)?)?,
            )?;
        }
        let mut block = ware.blocks().get(index).cloned().unwrap_or_default();
        if let Some(byte) = block.iter_mut().nth_back(10) {
            *byte ^= 0x01;
        }
        encode(&Command::LoadBlock {
            index: u16::try_from(index).unwrap_or(0),
            last: false,
            number,
            block: &block,
        })
    };
    let honest = |index: usize, chip: &mut dyn Chip| {
        let number = authorized(chip)?;
        for index in 0..index {
            steps::send(
                chip,
                "load a block",
                &encode(&steps::load_command(&ware, index, number)?)?,
            )?;
        }
        encode(&steps::load_command(&ware, index, number)?)
    };
    arena.on_copy(
        case(
            "flipped block",
            "on its way to the card one bit of the first block is turned",
            0x6988,
            Reason::BlockDigest,
        ),
        &|chip| honest(0, chip),
        &|chip| flipped(0, chip),
    )?;
    arena.on_copy(
        case(
            "flipped content",
            "one bit of the second block is turned",
            0x6988,
            Reason::BlockDigest,
        ),
        &|chip| honest(1, chip),
        &|chip| flipped(1, chip),
    )?;
    arena.on_copy(
        case(
            "block left out",
            "the third block is sent where the second is due",
            0x6985,
            Reason::BlockOutOfOrder,
        ),
        &|chip| honest(1, chip),
        &|chip| {
            let number = authorized(chip)?;
            steps::send(
                chip,
                "load a block",
                &encode(&steps::load_command(&ware, 0, number)?)?,
            )?;
            encode(&steps::load_command(&ware, 2, number)?)
        },
    )?;
    arena.on_copy(
        case(
            "truncated package",
            "the second of three blocks is sent as if it were the last",
            0x6985,
            Reason::BlockOutOfOrder,
        ),
        &|chip| honest(1, chip),
        &|chip| {
            let number = authorized(chip)?;
            steps::send(
                chip,
                "load a block",
                &encode(&steps::load_command(&ware, 0, number)?)?,
            )?;
            let block = ware.blocks().get(1).map(Vec::as_slice).unwrap_or_default();
            encode(&Command::LoadBlock {
                index: 1,
                last: true,
                number,
                block,
            })
        },
    )
}

/// A package that is crooked from its first block on, or in the one that comes after some honest ones.
fn tries(
    arena: &mut Arena<'_>,
    ground: &Ground<'_>,
    case: Case,
    straight: &Crooked,
    crooked: &Crooked,
    index: usize,
) -> Result<()> {
    let loads = |chip: &mut dyn Chip, package: &Crooked| {
        let sdi = apdu_spec::object::Sdi {
            package: Some(package.digests),
            ..ground.sdi(&ground.ware(13)?, Operation::Store)?
        };
        let number = ground.authorize(chip, Mode::ViaIssuer, &sdi)?.number;
        for index in 0..index {
            steps::send(chip, "load a block", &package.load(index, number)?)?;
        }
        package.load(index, number)
    };
    arena.on_copy(case, &|chip| loads(chip, straight), &|chip| {
        let command = loads(chip, crooked)?;
        sent_before(chip, command)
    })
}

fn manifests(arena: &mut Arena<'_>, ground: &Ground<'_>) -> Result<()> {
    let ware = ground.ware(13)?;
    let straight = Crooked::straight(&ware)?;
    let bytes = ware.package().bytes();
    // Entry of the second file: 83 id, 87 parent.
    let entry = [0x83, 0x02, 0x00, 0x02, 0x87, 0x01, 0x00];
    for (case, instead) in [
        (
            case(
                "file in another DF",
                "a file of the package names a parent that is none of its own DFs",
                0x6A80,
                Reason::BadManifest,
            ),
            [0x83, 0x02, 0x00, 0x02, 0x87, 0x01, 0x09],
        ),
        (
            case(
                "file in a file",
                "a file of the package names a file as its parent",
                0x6A80,
                Reason::BadManifest,
            ),
            [0x83, 0x02, 0x00, 0x02, 0x87, 0x01, 0x01],
        ),
        (
            case(
                "file named as the MF",
                "a file of the package has the id of the master file",
                0x6A80,
                Reason::BadManifest,
            ),
            [0x83, 0x02, 0x3F, 0x00, 0x87, 0x01, 0x00],
        ),
        (
            case(
                "the card's directory",
                "a file of the package has the id of the card's own EF.DIR",
                0x6A80,
                Reason::BadManifest,
            ),
            [0x83, 0x02, 0x2F, 0x00, 0x87, 0x01, 0x00],
        ),
        (
            case(
                "two files of one name",
                "two files of the package have the same id",
                0x6A80,
                Reason::BadManifest,
            ),
            [0x83, 0x02, 0x00, 0x01, 0x87, 0x01, 0x00],
        ),
    ] {
        let crooked = Crooked::patched(&ware, bytes, &entry, &instead)?;
        tries(arena, ground, case, &straight, &crooked, 0)?;
    }
    // The PIN's reference, then its shortest length: the application's own is 81, the card's consent PIN is 02.
    let crooked = Crooked::patched(&ware, bytes, &[0x83, 0x01, 0x81, 0x81], &[0x83, 0x01, 0x02, 0x81])?;
    let own_pin = case(
        "the card's PIN",
        "the package brings a consent PIN of its own for the card",
        0x6A80,
        Reason::BadManifest,
    );
    tries(arena, ground, own_pin, &straight, &crooked, 0)?;
    let other = wares::notes(ground.aid(14)?, 1, 600)?;
    let other = Crooked::straight(&other)?;
    let other_name = case(
        "other name inside",
        "the manifest has another AID than everybody agreed to",
        0x6988,
        Reason::PackageDigest,
    );
    tries(arena, ground, other_name, &straight, &other, 0)?;
    let mut longer = Crooked::straight(&ware)?;
    longer.digests.size += 1;
    let longer_size = case(
        "other size",
        "the size that everybody agreed to is not the package's",
        0x6988,
        Reason::PackageDigest,
    );
    tries(arena, ground, longer_size, &straight, &longer, 0)
}

/// Content that is not what the manifest announces; all digests are right.
fn contents(arena: &mut Arena<'_>, ground: &Ground<'_>) -> Result<()> {
    let ware = ground.ware(13)?;
    let (straight, bytes) = (Crooked::straight(&ware)?, ware.package().bytes());
    let shorter = bytes.get(..bytes.len() - 1).unwrap_or_default();
    let longer = [bytes, &[0]].concat();
    for (case, content) in [
        (
            case(
                "overlong content",
                "the last block has one byte more than the manifest announces",
                0x6988,
                Reason::PackageDigest,
            ),
            longer.as_slice(),
        ),
        (
            case(
                "short content",
                "the last block has one byte less than the manifest announces",
                0x6988,
                Reason::PackageDigest,
            ),
            shorter,
        ),
    ] {
        let crooked = Crooked::with_content(&ware, content)?;
        tries(arena, ground, case, &straight, &crooked, 1)?;
    }
    let announced = Crooked::with_wrong_next(&ware)?;
    let wrong_next = case(
        "wrong next-block digest",
        "the first block announces another block than the one that follows",
        0x6988,
        Reason::BlockDigest,
    );
    tries(arena, ground, wrong_next, &straight, &announced, 1)?;
    let mut other = straight.clone();
    other.digests.package = [0x5A; 32];
    let other_digest = case(
        "other package digest",
        "every block is as announced, but together they are not the package that was agreed to",
        0x6988,
        Reason::PackageDigest,
    );
    tries(arena, ground, other_digest, &straight, &other, 1)
}

/// Replacements that would open what the holder has closed.
fn replacements(arena: &mut Arena<'_>, ground: &Ground<'_>) -> Result<()> {
    let package = ground.present.package();
    let (aid, version) = (package.aid(), package.version() + 1);
    let replaces = |chip: &mut dyn Chip, ware: &Ware| {
        let evidence = ground.authorize(chip, Mode::ViaIssuer, &ground.sdi(ware, Operation::Replace)?)?;
        let last = ware.blocks().len() - 1;
        for index in 0..last {
            let command = encode(&steps::load_command(ware, index, evidence.number)?)?;
            steps::send(chip, "load a block", &command)?;
        }
        steps::consent(chip)?;
        encode(&steps::load_command(ware, last, evidence.number)?)
    };
    let six = Variation::SIX_DIGITS;
    let honest = wares::varied(aid, version, 300, &six)?;
    for (case, variation) in [
        (
            case(
                "loosened rule",
                "the new version keeps the holder's notes and lets everybody read them",
                0x6985,
                Reason::RuleWidened,
            ),
            Variation {
                open_notes: true,
                ..six
            },
        ),
        (
            case(
                "PIN set anew",
                "the new version keeps a file and resets the PIN before it to a transport value",
                0x6985,
                Reason::RuleWidened,
            ),
            Variation {
                pin: OnReplace::Reset,
                ..six
            },
        ),
        (
            case(
                "PIN removed",
                "the new version keeps a file and removes the PIN before it",
                0x6985,
                Reason::RuleWidened,
            ),
            Variation {
                pin: OnReplace::Remove,
                ..six
            },
        ),
        (
            case(
                "more tries",
                "the new version keeps the PIN and gives it more tries",
                0x6985,
                Reason::RuleWidened,
            ),
            Variation { tries: 9, ..six },
        ),
        (
            case(
                "shorter PIN",
                "the new version keeps the PIN and allows shorter ones",
                0x6985,
                Reason::RuleWidened,
            ),
            Variation { minimum: 4, ..six },
        ),
    ] {
        let changed = wares::varied(aid, version, 300, &variation)?;
        arena.on_copy(case, &|chip| replaces(chip, &honest), &|chip| {
            let command = replaces(chip, &changed)?;
            let command = sent_before(chip, command)?;
            steps::consent(chip)?;
            Ok(command)
        })?;
    }
    Ok(())
}

fn no_space(arena: &mut Arena<'_>, ground: &Ground<'_>) -> Result<()> {
    let honest = ground.sdi(&ground.ware(13)?, Operation::Store)?;
    let package = honest.package.map(|package| PackageDigests {
        size: 0x0100_0000,
        ..package
    });
    let changed = apdu_spec::object::Sdi { package, ..honest };
    arena.on_card(
        case(
            "no space",
            "a package of 16 MiB is announced",
            0x6A84,
            Reason::NoSpace,
        ),
        &|chip| {
            steps::consent(chip)?;
            open_command(Mode::ViaIssuer, &honest)
        },
        &|chip| {
            steps::consent(chip)?;
            open_command(Mode::ViaIssuer, &changed)
        },
    )
}
