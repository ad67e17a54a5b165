//! Attacks by parties that are not there, or not the ones they say.

use apdu_spec::command::Command;
use apdu_spec::object::{Mode, Operation};
use apdu_spec::reason::Reason;

use super::Ground;
use super::attempt::{Arena, case};
use crate::scene::Result;
use crate::scene::steps::{self, Chip, encode, open_command};
use crate::scene::world::card_digest;

pub(super) fn tell(arena: &mut Arena<'_>, ground: &Ground<'_>) -> Result<()> {
    arena.section(
        "who is there",
        "A party shows that it is there by signing the card's last challenge, once.",
    );
    let card = ground.card()?;
    let answer = |authentication: &[u8]| encode(&Command::ExternalAuthenticate { authentication });
    let honest = |chip: &mut dyn Chip| {
        let challenge = steps::challenge(chip)?;
        answer(&steps::authentication(ground.issuer, card, challenge)?)
    };
    arena.on_card(
        case(
            "authentication replayed",
            "the issuer's answer to a challenge is sent a second time",
            0x6982,
            Reason::NotAuthenticated,
        ),
        &honest,
        &|chip| {
            let command = honest(chip)?;
            steps::send(chip, "authenticate", &command)?;
            Ok(command)
        },
    )?;
    arena.on_card(
        case(
            "authentication of yesterday",
            "the issuer's answer to an earlier challenge is sent after the next one",
            0x6982,
            Reason::NotAuthenticated,
        ),
        &honest,
        &|chip| {
            let command = honest(chip)?;
            steps::challenge(chip)?;
            Ok(command)
        },
    )?;
    arena.on_card(
        case(
            "authentication without a challenge",
            "an answer comes although nothing was asked",
            0x6982,
            Reason::NotAuthenticated,
        ),
        &honest,
        &|_| answer(&steps::authentication(ground.issuer, card, [0x5A; 16])?),
    )?;
    arena.on_card(
        case(
            "authentication by another issuer",
            "another issuer answers in the issuer's place",
            0x6988,
            Reason::WrongSigner,
        ),
        &honest,
        &|chip| {
            let challenge = steps::challenge(chip)?;
            answer(&steps::authentication(
                &ground.world.second_issuer,
                card,
                challenge,
            )?)
        },
    )?;
    arena.on_card(
        case(
            "authentication by another provider",
            "one provider's certificate is verified, another provider answers",
            0x6988,
            Reason::WrongSigner,
        ),
        &honest,
        &|chip| {
            steps::verify_certificate(chip, ground.provider.certificate())?;
            let challenge = steps::challenge(chip)?;
            answer(&steps::authentication(
                &ground.world.second_provider,
                card,
                challenge,
            )?)
        },
    )?;
    let (_, neighbours) = ground.neighbour()?;
    let other = card_digest(&neighbours)?;
    arena.on_card(
        case(
            "authentication to another card",
            "a false terminal passes this card's challenge on as if it were another card's",
            0x6988,
            Reason::OtherRequest,
        ),
        &honest,
        &|chip| {
            let challenge = steps::challenge(chip)?;
            answer(&steps::authentication(ground.issuer, other, challenge)?)
        },
    )?;
    no_waiver(arena, ground, &honest)
}

/// On this card an authenticated party does not stand for the holder.
fn no_waiver(
    arena: &mut Arena<'_>,
    ground: &Ground<'_>,
    honest: &dyn Fn(&mut dyn Chip) -> Result<Vec<u8>>,
) -> Result<()> {
    let open = open_command(Mode::ViaIssuer, &ground.sdi(&ground.ware(21)?, Operation::Store)?)?;
    arena.on_card(
        case(
            "issuer in place of the holder",
            "the issuer, authenticated, opens a request; the policy does not waive consent",
            0x6982,
            Reason::ConsentMissing,
        ),
        &|chip| {
            let command = honest(chip)?;
            steps::send(chip, "authenticate", &command)?;
            steps::consent(chip)?;
            Ok(open.clone())
        },
        &|chip| {
            let command = honest(chip)?;
            steps::send(chip, "authenticate", &command)?;
            Ok(open.clone())
        },
    )
}

/// On a card that waives consent for authenticated parties, where they take part and for what is theirs.
pub(super) fn tell_waived(arena: &mut Arena<'_>, ground: &Ground<'_>) -> Result<()> {
    arena.section(
        "authenticated parties",
        "This card opens requests for an authenticated party without the holder: for its own, and where others sign too.",
    );
    let (card, world) = (ground.card()?, ground.world);
    let sdi = ground.sdi(&ground.ware(21)?, Operation::Store)?;
    let open = open_command(Mode::ProviderAlone, &sdi)?;
    let provider = |chip: &mut dyn Chip| {
        steps::verify_certificate(chip, ground.provider.certificate())?;
        steps::authenticate(chip, ground.provider, card)
    };
    arena.on_card(
        case(
            "nobody in place of the holder",
            "a request is opened without consent, and nobody has shown who he is",
            0x6982,
            Reason::ConsentMissing,
        ),
        &|chip| {
            provider(chip)?;
            Ok(open.clone())
        },
        &|_| Ok(open.clone()),
    )?;
    arena.on_card(
        case(
            "issuer where it has no part",
            "the issuer, authenticated, opens a request that the provider decides alone",
            0x6982,
            Reason::ConsentMissing,
        ),
        &|chip| {
            provider(chip)?;
            Ok(open.clone())
        },
        &|chip| {
            steps::authenticate(chip, ground.issuer, card)?;
            Ok(open.clone())
        },
    )?;
    let certified = open_command(Mode::CertifiedData, &sdi)?;
    arena.on_card(
        case(
            "certified data without the holder",
            "the provider, authenticated, puts certified data onto the card; there the holder's word is the only one",
            0x6982,
            Reason::ConsentMissing,
        ),
        &|chip| {
            steps::consent(chip)?;
            Ok(certified.clone())
        },
        &|chip| {
            provider(chip)?;
            Ok(certified.clone())
        },
    )?;
    let mut anothers = sdi;
    anothers.provider.name = world.second_provider.identity()?.name;
    let anothers = open_command(Mode::ViaIssuer, &anothers)?;
    arena.on_card(
        case(
            "in another provider's name",
            "the provider, authenticated, opens a request in another provider's name",
            0x6982,
            Reason::ConsentMissing,
        ),
        &|chip| {
            steps::authenticate(chip, ground.issuer, card)?;
            Ok(anothers.clone())
        },
        &|chip| {
            provider(chip)?;
            Ok(anothers.clone())
        },
    )
}
