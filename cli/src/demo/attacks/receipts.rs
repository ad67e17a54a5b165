//! Attacks on receipts and lists: hiding them, and reading what concerns others.

use apdu_spec::command::{BinaryFile, Command, Expected, SelectReply, SelectTarget};
use apdu_spec::data;
use apdu_spec::object::{Mode, Operation};
use apdu_spec::reason::Reason;
use parties::crypto::sha256;

use super::Ground;
use super::attempt::{Arena, case};
use crate::scene::Result;
use crate::scene::steps::{self, Chip, encode, open_command};
use crate::scene::wares::files;

pub(super) fn tell(arena: &mut Arena<'_>, ground: &Ground<'_>) -> Result<()> {
    arena.section(
        "receipts and lists",
        "No receipt is overwritten before it was collected, and each party reads what concerns it.",
    );
    collecting(arena, ground)?;
    uncollected(arena, ground)?;
    reading(arena, ground)?;
    deactivated(arena, ground)
}

fn newest(chip: &mut dyn Chip) -> Result<Vec<u8>> {
    steps::verify_user(chip)?;
    steps::get_data(chip, data::NEWEST_RECEIPT, &[])
}

fn collecting(arena: &mut Arena<'_>, ground: &Ground<'_>) -> Result<()> {
    let collect = |receipt: &[u8], ahead: u32, held: Option<[u8; 32]>| {
        encode(&Command::CollectReceipts {
            number: steps::read_receipt(receipt)?.number + ahead,
            held: held.unwrap_or_else(|| steps::held(receipt)),
        })
    };
    let honest = |chip: &mut dyn Chip| {
        let receipt = ground.carry_out(chip, Operation::Store, &ground.ware(18)?)?;
        collect(&receipt, 0, None)
    };
    arena.on_copy(
        case(
            "collecting what one does not have",
            "somebody who has not seen a receipt says that he has collected it",
            0x6988,
            Reason::OtherRequest,
        ),
        &honest,
        &|chip| {
            let receipt = ground.carry_out(chip, Operation::Store, &ground.ware(18)?)?;
            collect(&receipt, 0, Some([0x5A; 32]))
        },
    )?;
    arena.on_copy(
        case(
            "collecting by digest",
            "the receipt's digest, which the next storing request tells everybody, is shown in its place",
            0x6988,
            Reason::OtherRequest,
        ),
        &honest,
        &|chip| {
            let receipt = ground.carry_out(chip, Operation::Store, &ground.ware(18)?)?;
            collect(&receipt, 0, Some(sha256(&receipt)))
        },
    )?;
    arena.on_copy(
        case(
            "collecting what is yet to come",
            "a receipt that the card has not written is said to be collected",
            0x6988,
            Reason::OtherRequest,
        ),
        &honest,
        &|chip| {
            let receipt = ground.carry_out(chip, Operation::Store, &ground.ware(18)?)?;
            collect(&receipt, 1, None)
        },
    )
}

/// Sixteen receipts wait: the seventeenth operation would overwrite one that nobody has seen.
fn uncollected(arena: &mut Arena<'_>, ground: &Ground<'_>) -> Result<()> {
    let (ware, other) = (ground.ware(18)?, ground.ware(19)?);
    let full = arena.prepared(&|chip| {
        while usize::from(steps::status(chip)?.receipts_uncollected) + 1 < apdu_spec::limits::RECEIPTS_KEPT {
            ground.carry_out(chip, Operation::Store, &ware)?;
            if usize::from(steps::status(chip)?.receipts_uncollected) < apdu_spec::limits::RECEIPTS_KEPT {
                ground.carry_out(chip, Operation::Delete, &ware)?;
            }
        }
        while usize::from(steps::status(chip)?.receipts_uncollected) < apdu_spec::limits::RECEIPTS_KEPT {
            ground.carry_out(chip, Operation::Store, &other)?;
        }
        Ok(())
    })?;
    let third = open_command(Mode::ViaIssuer, &ground.sdi(&ground.ware(20)?, Operation::Store)?)?;
    arena.on_image(
        &full,
        case(
            "sixteen receipts uncollected",
            "the terminal hides receipts, until the card writes over the one that matters",
            0x6985,
            Reason::ReceiptsUncollected,
        ),
        &|chip| {
            let receipt = newest(chip)?;
            steps::collect(chip, &receipt)?;
            steps::consent(chip)?;
            Ok(third.clone())
        },
        &|chip| {
            steps::consent(chip)?;
            Ok(third.clone())
        },
    )
}

fn reading(arena: &mut Arena<'_>, ground: &Ground<'_>) -> Result<()> {
    let get = |tag, selector: &[u8]| encode(&Command::GetData { tag, selector });
    for (name, story, tag) in [
        (
            "reading the application list",
            "a terminal asks which applications the holder has",
            data::APPLICATIONS,
        ),
        (
            "reading the newest receipt",
            "a terminal asks what the holder has done last",
            data::NEWEST_RECEIPT,
        ),
        (
            "reading the floors",
            "a terminal asks which applications the holder has had",
            data::FLOORS,
        ),
    ] {
        let image = arena.prepared(&|chip| {
            ground
                .carry_out(chip, Operation::Store, &ground.ware(18)?)
                .map(drop)
        })?;
        arena.on_image(
            &image,
            case(name, story, 0x6982, Reason::None),
            &|chip| {
                steps::verify_user(chip)?;
                get(tag, &[])
            },
            &|_| get(tag, &[]),
        )?;
    }
    let second = &ground.world.second_provider;
    let image = arena.prepared(&|chip| {
        ground
            .carry_out(chip, Operation::Store, &ground.ware(18)?)
            .map(drop)
    })?;
    let card = ground.card()?;
    arena.on_image(
        &image,
        case(
            "reading another's receipt",
            "another provider, who has shown who he is, reads a receipt that is not his",
            0x6982,
            Reason::None,
        ),
        &|chip| {
            steps::verify_certificate(chip, ground.provider.certificate())?;
            steps::authenticate(chip, ground.provider, card)?;
            get(data::NEWEST_RECEIPT, &[])
        },
        &|chip| {
            steps::verify_certificate(chip, second.certificate())?;
            steps::authenticate(chip, second, card)?;
            get(data::NEWEST_RECEIPT, &[])
        },
    )
}

/// What the holder has switched off answers nobody.
fn deactivated(arena: &mut Arena<'_>, ground: &Ground<'_>) -> Result<()> {
    let aid = ground.present.package().aid();
    let select = |chip: &mut dyn Chip| {
        let command = encode(&Command::Select {
            target: SelectTarget::Aid(aid.as_bytes()),
            reply: SelectReply::Nothing,
            next: false,
        })?;
        steps::exchange(chip, &command)
    };
    let read = encode(&Command::ReadBinary {
        file: BinaryFile::ShortId(u8::try_from(files::TITLE).unwrap_or(1)),
        offset: 0,
        length: Expected::Exactly(4),
    })?;
    arena.on_copy(
        case(
            "reading what is deactivated",
            "the holder has switched the application off; a terminal reads in it",
            0x6985,
            Reason::Deactivated,
        ),
        &|chip| {
            select(chip)?;
            Ok(read.clone())
        },
        &|chip| {
            steps::set_active(chip, aid, false)?;
            select(chip)?;
            Ok(read.clone())
        },
    )?;
    let activate = encode(&Command::ActivateFile { aid })?;
    arena.on_copy(
        case(
            "activating without the holder",
            "a terminal switches on again what the holder has switched off",
            0x6982,
            Reason::ConsentMissing,
        ),
        &|chip| {
            steps::set_active(chip, aid, false)?;
            steps::consent(chip)?;
            Ok(activate.clone())
        },
        &|chip| {
            steps::set_active(chip, aid, false)?;
            Ok(activate.clone())
        },
    )
}
