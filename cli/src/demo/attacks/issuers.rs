//! Attacks by other issuers: who takes a card over needs the present issuer's release, or succeeds it, and the holder.

use apdu_spec::object::{Algorithm, Header, Mode, Operation, ProviderId, Release};
use apdu_spec::reason::Reason;
use parties::crypto::{Digest, sha256};

use super::attempt::{Arena, Case, case};
use super::registration::issuer_named;
use super::{Ground, any_key, registration};
use crate::scene::Result;
use crate::scene::actor::{Actor, sign_by_mac};
use crate::scene::evidence::{Signatories, evidence};
use crate::scene::registry::{Trade, mnemonic};
use crate::scene::steps::{self, Chip, encode};
use crate::scene::world::card_digest;

/// Higher than any serial before it.
const LATER: u32 = 91;

pub(super) fn tell(arena: &mut Arena<'_>, ground: &Ground<'_>) -> Result<()> {
    arena.section(
        "another issuer",
        "Another issuer takes the card over only if the present one releases it, or is gone and he is its successor.",
    );
    let next = &ground.world.second_issuer;
    arena.on_card(
        case(
            "second registered issuer",
            "another issuer of the same registrar registers the card as his; the holder has even consented",
            0x6988,
            Reason::NotReleased,
        ),
        &|chip| offer(ground, chip, next, Some(&honest_release(ground)?)),
        &|chip| offer(ground, chip, next, None),
    )?;
    releases(arena, ground)?;
    successors(arena, ground)
}

/// The release of this card to an issuer.
pub(in crate::demo) fn release(by: &Actor, rc: &[u8], card: Digest, to: ProviderId) -> Result<Vec<u8>> {
    by.sign(&Release {
        header: by.header(Mode::Registration, sha256(rc)),
        card,
        issuer: to,
    })
}

fn honest_release(ground: &Ground<'_>) -> Result<Vec<u8>> {
    let to = ground.world.second_issuer.identity()?;
    release(ground.issuer, ground.rc, ground.card()?, to)
}

/// IRC verified, consent given, and the bytes that register the card with an RC of this issuer.
fn offer(
    ground: &Ground<'_>,
    chip: &mut dyn Chip,
    issuer: &Actor,
    release: Option<&[u8]>,
) -> Result<Vec<u8>> {
    steps::consent(chip)?;
    offer_without_consent(ground, chip, issuer, release)
}

fn offer_without_consent(
    ground: &Ground<'_>,
    chip: &mut dyn Chip,
    issuer: &Actor,
    release: Option<&[u8]>,
) -> Result<Vec<u8>> {
    let certificate = ground.later_certificate(chip, &ground.enrolment(issuer, LATER))?;
    steps::verify_certificate(chip, issuer.certificate())?;
    registration(&certificate, release)
}

fn releases(arena: &mut Arena<'_>, ground: &Ground<'_>) -> Result<()> {
    let (next, card) = (&ground.world.second_issuer, ground.card()?);
    let to = next.identity()?;
    let honest = honest_release(ground)?;
    let (_, neighbours) = ground.neighbour()?;
    let third = issuer_named(
        ground,
        "ZZISSUE3",
        &Trade::Issuer(vec![ground.data_registrar.anchor()]),
    )?;
    let unsigned = Release {
        header: Header {
            algorithm: Algorithm::AesCmac,
            ..ground.issuer.header(Mode::Registration, sha256(ground.rc))
        },
        card,
        issuer: to,
    };
    let tried: [(Case, Vec<u8>); 5] = [
        (
            case(
                "release of another card",
                "the issuer released another of its cards",
                0x6988,
                Reason::OtherRequest,
            ),
            release(ground.issuer, &neighbours, card_digest(&neighbours)?, to)?,
        ),
        (
            case(
                "release of an earlier RC",
                "the release was given before the issuer registered the card anew",
                0x6988,
                Reason::OtherRequest,
            ),
            release(ground.issuer, ground.older, card, to)?,
        ),
        (
            case(
                "release by the wrong issuer",
                "the issuer who wants the card releases it himself",
                0x6988,
                Reason::WrongSigner,
            ),
            release(next, ground.rc, card, to)?,
        ),
        (
            case(
                "release to somebody else",
                "the card was released, to a third issuer",
                0x6988,
                Reason::NotReleased,
            ),
            release(ground.issuer, ground.rc, card, third.identity()?)?,
        ),
        (
            case(
                "release by MAC",
                "a release with a MAC in place of the signature",
                0x6A80,
                Reason::None,
            ),
            sign_by_mac(&unsigned, &any_key()?)?,
        ),
    ];
    for (case, release) in &tried {
        arena.on_card(*case, &|chip| offer(ground, chip, next, Some(&honest)), &|chip| {
            offer(ground, chip, next, Some(release))
        })?;
    }
    arena.on_card(
        case(
            "release without the holder",
            "the release is genuine; the holder was not asked",
            0x6982,
            Reason::ConsentMissing,
        ),
        &|chip| offer(ground, chip, next, Some(&honest)),
        &|chip| offer_without_consent(ground, chip, next, Some(&honest)),
    )
}

fn successors(arena: &mut Arena<'_>, ground: &Ground<'_>) -> Result<()> {
    let roots = vec![ground.data_registrar.anchor()];
    let pinned = ground.issuer.identity()?.name;
    let successor = issuer_named(ground, "ZZRESCUE", &Trade::SuccessorIssuer(pinned, roots.clone()))?;
    let of_another = issuer_named(
        ground,
        "ZZRESCUE",
        &Trade::SuccessorIssuer(mnemonic("ZZOTHERS")?, roots.clone()),
    )?;
    let ordinary = issuer_named(ground, "ZZRESCUE", &Trade::Issuer(roots))?;
    arena.on_card(
        case(
            "successor of another",
            "the registrar certified him as the successor of another issuer that is gone",
            0x6988,
            Reason::NotSuccessor,
        ),
        &|chip| offer(ground, chip, &successor, None),
        &|chip| offer(ground, chip, &of_another, None),
    )?;
    arena.on_card(
        case(
            "successor without the holder",
            "the successor is genuine; the holder was not asked",
            0x6982,
            Reason::ConsentMissing,
        ),
        &|chip| offer(ground, chip, &successor, None),
        &|chip| offer_without_consent(ground, chip, &successor, None),
    )?;
    let ware = ground.ware(5)?;
    let sdi = ground.sdi(&ware, Operation::Store)?;
    let stores = |chip: &mut dyn Chip, issuer: &Actor| {
        let certificate = ground.later_certificate(chip, &ground.enrolment(issuer, LATER))?;
        steps::consent(chip)?;
        let registered = steps::register_with(chip, issuer.certificate(), &certificate, None)?;
        Ok::<Vec<u8>, crate::scene::SceneError>(registered.certificate)
    };
    let gives = |chip: &mut dyn Chip, issuer: &Actor, rc: &[u8]| {
        let request = ground.open(chip, Mode::ViaIssuer, &sdi)?;
        let by = Signatories {
            issuer,
            ..ground.by()
        };
        let evidence = evidence(&request, rc, &by)?;
        evidence.introduce(chip)?;
        encode(&evidence.command())
    };
    arena.on_copy(
        case(
            "successor stores",
            "the successor, having taken the card over, authorizes new content with that certificate",
            0x6988,
            Reason::CertificateRole,
        ),
        &|chip| {
            stores(chip, &successor)?;
            let certificate = ground.later_certificate(chip, &ground.enrolment(&ordinary, LATER + 1))?;
            let registered = steps::register_with(chip, ordinary.certificate(), &certificate, None)?;
            gives(chip, &ordinary, &registered.certificate)
        },
        &|chip| {
            let rc = stores(chip, &successor)?;
            gives(chip, &successor, &rc)
        },
    )
}
