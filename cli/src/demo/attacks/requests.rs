//! Attacks on open requests: gone, given away, too many.

use apdu_spec::command::Command;
use apdu_spec::date::Date;
use apdu_spec::object::{Mode, Operation, Sdi};
use apdu_spec::reason::Reason;

use super::attempt::{Arena, case};
use super::{Ground, consent_command};
use crate::scene::Result;
use crate::scene::evidence::{Signatories, evidence};
use crate::scene::registry::{Terms, Trade};
use crate::scene::steps::{self, Chip, encode, open_command};
use crate::scene::wares;
use crate::scene::world::World;

pub(super) fn tell(arena: &mut Arena<'_>, ground: &Ground<'_>) -> Result<()> {
    arena.section(
        "requests",
        "An authorization is good while its request is open, and nobody can take all the places for requests.",
    );
    dropped(arena, ground)?;
    slots(arena, ground)?;
    evicted(arena, ground)?;
    let honest = ground.sdi(&ground.ware(7)?, Operation::Store)?;
    arena.on_copy(
        case(
            "same storing data twice",
            "what was stored is asked for once more, word for word",
            0x6A8A,
            Reason::AidTaken,
        ),
        &|chip| {
            steps::consent(chip)?;
            open_command(Mode::ViaIssuer, &honest)
        },
        &|chip| {
            ground.carry_out(chip, Operation::Store, &ground.ware(7)?)?;
            steps::consent(chip)?;
            open_command(Mode::ViaIssuer, &honest)
        },
    )?;
    let past = Sdi {
        expiry: ground.world.today.add_days(1),
        ..honest
    };
    let clock = clock(ground, 3)?;
    arena.on_copy(
        case(
            "expired storing data",
            "a request is opened for storing data whose last day is over",
            0x6985,
            Reason::Expired,
        ),
        &|chip| {
            steps::consent(chip)?;
            open_command(Mode::ViaIssuer, &past)
        },
        &|chip| {
            steps::verify_certificate(chip, &clock)?;
            steps::consent(chip)?;
            open_command(Mode::ViaIssuer, &past)
        },
    )?;
    never_authorized(arena, ground)
}

/// A certificate that moves the card's date on.
fn clock(ground: &Ground<'_>, days: u32) -> Result<Vec<u8>> {
    let terms = Terms {
        effective: ground.world.today.add_days(days),
        expiration: ground.world.today.add_days(days + 365),
        ..ground.data_registrar.terms()
    };
    let [prefix, _] = ground.world.prefixes;
    let clock = ground
        .data_registrar
        .certify("ZZCLOCK", &Trade::Provider(vec![prefix]), &terms)?;
    Ok(clock.certificate().to_vec())
}

fn dropped(arena: &mut Arena<'_>, ground: &Ground<'_>) -> Result<()> {
    let sdi = ground.sdi(&ground.ware(7)?, Operation::Store)?;
    arena.on_copy(
        case(
            "request dropped",
            "the holder changed her mind and dropped the request; the signatures come all the same",
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
            steps::drop_request(chip, evidence.number)?;
            evidence.introduce(chip)?;
            encode(&evidence.command())
        },
    )?;
    arena.on_copy(
        case(
            "dropping without the holder",
            "a terminal drops the request that the holder opened",
            0x6982,
            Reason::ConsentMissing,
        ),
        &|chip| {
            let number = ground.agree(chip, Mode::ViaIssuer, &sdi)?.number;
            steps::consent(chip)?;
            encode(&Command::DropRequest { number })
        },
        &|chip| {
            let number = ground.agree(chip, Mode::ViaIssuer, &sdi)?.number;
            encode(&Command::DropRequest { number })
        },
    )
}

/// Storing data of the second provider, who has nothing on the card.
fn of_second(ground: &Ground<'_>, last: u8, expiry: Date) -> Result<Sdi> {
    let [_, prefix] = &ground.world.prefixes;
    let ware = wares::notes(World::aid(prefix, &[0xA7, last])?, 1, 100)?;
    let provider = ground.world.second_provider.identity()?;
    Ok(ware.sdi(Operation::Store, provider, expiry))
}

/// Storing data of a third provider, who never shows a certificate.
fn of_third(ground: &Ground<'_>, last: u8) -> Result<Sdi> {
    let mut sdi = of_second(ground, last, ground.world.today.add_days(30))?;
    sdi.provider.name = crate::scene::registry::mnemonic("ZZTHIRD")?;
    let [_, prefix] = &ground.world.prefixes;
    sdi.aid = World::aid(prefix, &[0xA8, last])?;
    Ok(sdi)
}

fn slots(arena: &mut Arena<'_>, ground: &Ground<'_>) -> Result<()> {
    let month = ground.world.today.add_days(30);
    let own = |last| ground.sdi(&ground.ware(last)?, Operation::Store);
    let third = own(9)?;
    let two = arena.prepared(&|chip| {
        ground.open(chip, Mode::ViaIssuer, &own(7)?)?;
        ground.open(chip, Mode::ViaIssuer, &own(8)?).map(drop)
    })?;
    let others = of_second(ground, 7, month)?;
    arena.on_image(
        &two,
        case(
            "a provider's share of requests",
            "a provider with two open requests opens a third",
            0x6985,
            Reason::ProviderSlotsFull,
        ),
        &|chip| {
            steps::consent(chip)?;
            open_command(Mode::ViaIssuer, &others)
        },
        &|chip| {
            steps::consent(chip)?;
            open_command(Mode::ViaIssuer, &third)
        },
    )?;
    let four = arena.prepared(&|chip| {
        for sdi in [own(7)?, own(8)?, others, of_second(ground, 8, month)?] {
            ground.open(chip, Mode::ViaIssuer, &sdi)?;
        }
        Ok(())
    })?;
    let fifth = of_third(ground, 7)?;
    arena.on_image(
        &four,
        case(
            "all requests taken",
            "four requests are open and none has expired; a fifth would push one out",
            0x6985,
            Reason::RequestSlotsFull,
        ),
        &|chip| {
            let number = steps::read_request(&ground.open(chip, Mode::ViaIssuer, &own(7)?)?)?.number;
            steps::drop_request(chip, number)?;
            steps::consent(chip)?;
            open_command(Mode::ViaIssuer, &fifth)
        },
        &|chip| {
            steps::consent(chip)?;
            open_command(Mode::ViaIssuer, &fifth)
        },
    )
}

/// A request past its day gives way when all places are taken; what was signed for it is void.
fn evicted(arena: &mut Arena<'_>, ground: &Ground<'_>) -> Result<()> {
    let (month, soon) = (ground.world.today.add_days(30), ground.world.today.add_days(2));
    let short = of_second(ground, 9, soon)?;
    let by = Signatories {
        provider: &ground.world.second_provider,
        ..ground.by()
    };
    let clock = clock(ground, 3)?;
    let asked = |chip: &mut dyn Chip| evidence(&ground.open(chip, Mode::ViaIssuer, &short)?, ground.rc, &by);
    arena.on_copy(
        case(
            "request evicted",
            "an expired request gave way to a newer one; its signatures come all the same",
            0x6A88,
            Reason::NoSuchRequest,
        ),
        &|chip| {
            let evidence = asked(chip)?;
            evidence.introduce(chip)?;
            encode(&evidence.command())
        },
        &|chip| {
            let evidence = asked(chip)?;
            for last in [7, 8] {
                ground.open(
                    chip,
                    Mode::ViaIssuer,
                    &ground.sdi(&ground.ware(last)?, Operation::Store)?,
                )?;
            }
            ground.open(chip, Mode::ViaIssuer, &of_second(ground, 7, month)?)?;
            steps::verify_certificate(chip, &clock)?;
            ground.open(chip, Mode::ViaIssuer, &of_third(ground, 7)?)?;
            evidence.introduce(chip)?;
            encode(&evidence.command())
        },
    )
}

fn never_authorized(arena: &mut Arena<'_>, ground: &Ground<'_>) -> Result<()> {
    let ware = ground.ware(7)?;
    let sdi = ground.sdi(&ware, Operation::Store)?;
    arena.on_copy(
        case(
            "loading without authorization",
            "a request is open, nobody has signed, and loading begins",
            0x6985,
            Reason::RequestNotAuthorized,
        ),
        &|chip| {
            let number = ground.authorize(chip, Mode::ViaIssuer, &sdi)?.number;
            encode(&steps::load_command(&ware, 0, number)?)
        },
        &|chip| {
            let number = ground.agree(chip, Mode::ViaIssuer, &sdi)?.number;
            encode(&steps::load_command(&ware, 0, number)?)
        },
    )?;
    let delete = ground.sdi(ground.present, Operation::Delete)?;
    arena.on_copy(
        case(
            "deleting without authorization",
            "a request to delete is open, nobody has signed; the holder was talked into consenting twice",
            0x6985,
            Reason::RequestNotAuthorized,
        ),
        &|chip| {
            let number = ground.authorize(chip, Mode::ViaIssuer, &delete)?.number;
            steps::send(chip, "consent", &consent_command()?)?;
            encode(&Command::RemoveApplication { number })
        },
        &|chip| {
            let number = ground.agree(chip, Mode::ViaIssuer, &delete)?.number;
            steps::send(chip, "consent", &consent_command()?)?;
            encode(&Command::RemoveApplication { number })
        },
    )
}
