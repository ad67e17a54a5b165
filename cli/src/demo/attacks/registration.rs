//! Attacks on registration by whoever has the issuer's key, or an old certificate of the card.

use apdu_spec::certificate::KeyOrigin;
use apdu_spec::object::{Mode, Operation};
use apdu_spec::reason::Reason;

use super::attempt::{Arena, case};
use super::{Ground, registration};
use crate::scene::Result;
use crate::scene::actor::Actor;
use crate::scene::registry::Trade;
use crate::scene::steps::{self, Chip, encode};
use crate::scene::wares;
use crate::scene::world::Enrolment;

/// Higher than any serial before it.
const LATER: u32 = 90;

pub(super) fn tell(arena: &mut Arena<'_>, ground: &Ground<'_>) -> Result<()> {
    arena.section(
        "the card's own certificate",
        "A later RC comes from the same issuer, with a higher serial, and touches no content.",
    );
    older(arena, ground)?;
    let [_, second_data] = &ground.world.data_registrars;
    let honest = ground.enrolment(ground.issuer, LATER);
    let with_consent = |chip: &mut dyn Chip, enrolment: &Enrolment<'_>| {
        steps::consent(chip)?;
        offer(ground, chip, enrolment)
    };
    let other_root = Enrolment {
        anchors: (honest.anchors.0, second_data.anchor()),
        ..honest
    };
    arena.on_card(
        case(
            "other data registrar",
            "the issuer's new RC binds the card to a data registrar of its own choice",
            0x6988,
            Reason::RootMismatch,
        ),
        &|chip| with_consent(chip, &honest),
        &|chip| with_consent(chip, &other_root),
    )?;
    let other_origin = Enrolment {
        origin: KeyOrigin::Issuer,
        ..honest
    };
    arena.on_card(
        case(
            "other key origin",
            "the new RC says that the issuer made the card's key, so that its receipts could be denied",
            0x6988,
            Reason::NotThisCard,
        ),
        &|chip| with_consent(chip, &honest),
        &|chip| with_consent(chip, &other_origin),
    )?;
    let wider = Enrolment {
        policy: honest.policy.with(Mode::ProviderAlone),
        ..honest
    };
    arena.on_card(
        case(
            "wider policy",
            "the new RC lets providers act alone; the holder was not asked",
            0x6982,
            Reason::ConsentMissing,
        ),
        &|chip| with_consent(chip, &wider),
        &|chip| offer(ground, chip, &wider),
    )?;
    let (_, neighbours) = ground.neighbour()?;
    arena.on_card(
        case(
            "RC of another card",
            "the certificate of another card of the same issuer",
            0x6988,
            Reason::NotThisCard,
        ),
        &|chip| offer(ground, chip, &honest),
        &|chip| {
            steps::verify_certificate(chip, ground.issuer.certificate())?;
            registration(&neighbours, None)
        },
    )?;
    drops_requests(arena, ground)
}

/// IRC verified, and the bytes that register the card with an RC of its issuer.
fn offer(ground: &Ground<'_>, chip: &mut dyn Chip, enrolment: &Enrolment<'_>) -> Result<Vec<u8>> {
    let certificate = ground.later_certificate(chip, enrolment)?;
    steps::verify_certificate(chip, enrolment.issuer.certificate())?;
    registration(&certificate, None)
}

/// An RC that the card had before, at every moment where it would help.
fn older(arena: &mut Arena<'_>, ground: &Ground<'_>) -> Result<()> {
    let later = ground.enrolment(ground.issuer, LATER);
    let replay = |chip: &mut dyn Chip| {
        steps::verify_certificate(chip, ground.issuer.certificate())?;
        registration(ground.older, None)
    };
    arena.on_card(
        case(
            "older RC",
            "the card's first certificate is sent again, to bring its first policy back",
            0x6985,
            Reason::SerialTooOld,
        ),
        &|chip| offer(ground, chip, &later),
        &|chip| {
            steps::consent(chip)?;
            replay(chip)
        },
    )?;
    let ware = wares::notes(ground.aid(5)?, 1, 3000)?;
    let sdi = ground.sdi(&ware, Operation::Store)?;
    let loaded = |chip: &mut dyn Chip, blocks: usize| {
        let evidence = ground.authorize(chip, Mode::ViaIssuer, &sdi)?;
        for index in 0..blocks {
            let command = encode(&steps::load_command(&ware, index, evidence.number)?)?;
            steps::send(chip, "load a block", &command)?;
        }
        Ok::<u32, crate::scene::SceneError>(evidence.number)
    };
    let names = [
        (
            "older RC between two blocks",
            "the same while a package is being loaded, after its first block",
        ),
        (
            "older RC before the last block",
            "the same when only the last block is missing",
        ),
    ];
    for ((name, story), blocks) in names.into_iter().zip([1, ware.blocks().len() - 1]) {
        arena.on_copy(
            case(name, story, 0x6985, Reason::SerialTooOld),
            &|chip| {
                loaded(chip, blocks)?;
                offer(ground, chip, &later)
            },
            &|chip| {
                loaded(chip, blocks)?;
                replay(chip)
            },
        )?;
    }
    Ok(())
}

/// A later RC ends open requests: nothing that was agreed under the one before is carried out under it.
fn drops_requests(arena: &mut Arena<'_>, ground: &Ground<'_>) -> Result<()> {
    let ware = ground.ware(5)?;
    let sdi = ground.sdi(&ware, Operation::Store)?;
    let later = ground.enrolment(ground.issuer, LATER);
    arena.on_copy(
        case(
            "request of an earlier RC",
            "the card has a new RC; what was agreed under the one before is to be carried out",
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
            let command = offer(ground, chip, &later)?;
            steps::send(chip, "register", &command)?;
            evidence.introduce(chip)?;
            encode(&evidence.command())
        },
    )
}

/// Certificates of the issuer registrar for issuers of every kind, under the same data registrar.
pub(super) fn issuer_named(ground: &Ground<'_>, name: &str, trade: &Trade) -> Result<Actor> {
    let [issuers, _] = &ground.world.issuer_registrars;
    issuers.certify(name, trade, &issuers.terms())
}
