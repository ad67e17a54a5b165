//! Attacks on names: where an application may be.

use apdu_spec::aid::Aid;
use apdu_spec::object::{Mode, Operation, Sdi};
use apdu_spec::reason::Reason;

use super::Ground;
use super::attempt::{Arena, Case, case};
use crate::scene::actor::Actor;
use crate::scene::evidence::{Signatories, evidence};
use crate::scene::registry::Trade;
use crate::scene::steps::{self, encode, open_command};
use crate::scene::world::World;
use crate::scene::{Result, coding, wares};

pub(super) fn tell(arena: &mut Arena<'_>, ground: &Ground<'_>) -> Result<()> {
    arena.section(
        "names",
        "An application lies under its provider's prefix, and shadows nobody else's.",
    );
    outside(arena, ground)?;
    shadowing(arena, ground)
}

/// Storing data for a small package under any AID, in the name of a provider.
fn sdi(ground: &Ground<'_>, aid: Aid, provider: &Actor) -> Result<Sdi> {
    let ware = wares::notes(ground.aid(10)?, 1, 100)?;
    let sdi = ground.world.sdi(&ware, Operation::Store, provider)?;
    Ok(Sdi { aid, ..sdi })
}

fn outside(arena: &mut Arena<'_>, ground: &Ground<'_>) -> Result<()> {
    let honest = ground.sdi(&ground.ware(10)?, Operation::Store)?;
    let [_, second] = &ground.world.prefixes;
    let outside = sdi(ground, World::aid(second, &[0x77])?, ground.provider)?;
    let given = |chip: &mut dyn steps::Chip, sdi: &Sdi| {
        let evidence = ground.agree(chip, Mode::ViaIssuer, sdi)?;
        evidence.introduce(chip)?;
        encode(&evidence.command())
    };
    arena.on_copy(
        case(
            "outside the prefix",
            "issuer and provider agree on an AID under another provider's prefix",
            0x6985,
            Reason::AidNotAllowed,
        ),
        &|chip| given(chip, &honest),
        &|chip| given(chip, &outside),
    )?;
    let reserved = Aid::new(b"\xF0SYMBOLON").ok_or_else(|| coding("AID"))?;
    let managers = Aid::new(&[0xA0, 0x00, 0x00, 0x01, 0x51, 0x00, 0x00]).ok_or_else(|| coding("AID"))?;
    for (case, aid) in [
        (
            case(
                "the card's own name",
                "an application wants to answer in the card's own name",
                0x6985,
                Reason::AidNotAllowed,
            ),
            reserved,
        ),
        (
            case(
                "a card manager's name",
                "an application wants to be taken for the card manager of other cards",
                0x6985,
                Reason::AidNotAllowed,
            ),
            managers,
        ),
    ] {
        let changed = sdi(ground, aid, ground.provider)?;
        opens(arena, case, &honest, &changed)?;
    }
    Ok(())
}

/// With consent, the honest storing data are taken and the changed are not.
fn opens(arena: &mut Arena<'_>, case: Case, honest: &Sdi, changed: &Sdi) -> Result<()> {
    arena.on_card(
        case,
        &|chip| {
            steps::consent(chip)?;
            open_command(Mode::ViaIssuer, honest)
        },
        &|chip| {
            steps::consent(chip)?;
            open_command(Mode::ViaIssuer, changed)
        },
    )
}

fn shadowing(arena: &mut Arena<'_>, ground: &Ground<'_>) -> Result<()> {
    let present = ground.present.package().aid();
    let second = &ground.world.second_provider;
    let [_, prefix] = &ground.world.prefixes;
    let honest = sdi(ground, World::aid(prefix, &[0x77])?, second)?;
    let longer = World::aid(&present, &[0x01])?;
    let bytes = present.as_bytes();
    let shorter = bytes
        .get(..bytes.len() - 1)
        .and_then(Aid::new)
        .ok_or_else(|| coding("AID"))?;
    for (case, aid) in [
        (
            case(
                "shadowing by extension",
                "another provider asks for an AID that continues the present application's",
                0x6985,
                Reason::AidNotAllowed,
            ),
            longer,
        ),
        (
            case(
                "shadowing by prefix",
                "another provider asks for an AID that the present application's continues",
                0x6985,
                Reason::AidNotAllowed,
            ),
            shorter,
        ),
        (
            case(
                "taken name",
                "another provider asks for the very AID of the present application",
                0x6A8A,
                Reason::AidTaken,
            ),
            present,
        ),
    ] {
        let changed = sdi(ground, aid, second)?;
        opens(arena, case, &honest, &changed)?;
    }
    anothers(arena, ground)
}

/// Another provider, even one whose prefixes cover it, neither replaces nor deletes the application.
fn anothers(arena: &mut Arena<'_>, ground: &Ground<'_>) -> Result<()> {
    let registrar = ground.data_registrar;
    let [prefix, _] = ground.world.prefixes;
    let rival = registrar.certify("ZZRIVAL", &Trade::Provider(vec![prefix]), &registrar.terms())?;
    let newer = super::authorizations::newer(ground)?;
    let honest = ground.sdi(&newer, Operation::Replace)?;
    let changed = ground.world.sdi(&newer, Operation::Replace, &rival)?;
    opens(
        arena,
        case(
            "another's application",
            "a provider with the same prefix replaces an application that is not his",
            0x6A88,
            Reason::NoSuchApplication,
        ),
        &honest,
        &changed,
    )?;
    let delete = ground.sdi(ground.present, Operation::Delete)?;
    let successor = |predecessor: &str| {
        let name = crate::scene::registry::mnemonic(predecessor)?;
        registrar.certify("ZZHEIR", &Trade::SuccessorProvider(name), &registrar.terms())
    };
    let (of_this, of_another) = (successor("ZZPROVID")?, successor("ZZPROVI2")?);
    let given = |chip: &mut dyn steps::Chip, sdi: &Sdi, provider: &Actor| {
        let by = Signatories {
            provider,
            ..ground.by()
        };
        let request = ground.open(chip, Mode::ViaIssuer, sdi)?;
        let evidence = evidence(&request, ground.rc, &by)?;
        evidence.introduce(chip)?;
        encode(&evidence.command())
    };
    arena.on_copy(
        case(
            "successor of another provider",
            "a successor of another provider, declared gone, deletes this one's application",
            0x6988,
            Reason::NotSuccessor,
        ),
        &|chip| given(chip, &delete, &of_this),
        &|chip| given(chip, &delete, &of_another),
    )?;
    let replace = ground.sdi(&newer, Operation::Replace)?;
    arena.on_copy(
        case(
            "successor replaces",
            "the provider's own successor, who may only delete, puts a new version in its place",
            0x6988,
            Reason::NotSuccessor,
        ),
        &|chip| given(chip, &delete, &of_this),
        &|chip| given(chip, &replace, &of_this),
    )
}
