//! Attacks on the modes in which a provider alone stands for an application.

use apdu_spec::object::{CertifiedData, Mode, NO_PREVIOUS, Operation, Sdi, SecondAuthorization};
use apdu_spec::reason::Reason;
use parties::crypto::sha256;

use super::attempt::{Arena, Case, case};
use super::{Ground, authorization};
use crate::scene::Result;
use crate::scene::evidence::{Evidence, evidence};
use crate::scene::steps::{self, Chip, open_command};

/// Mode 4, and mode 6 on the same card.
pub(super) fn tell_alone(arena: &mut Arena<'_>, ground: &Ground<'_>) -> Result<()> {
    arena.section(
        "a provider alone, and certified data",
        "In mode 4 the provider signs this card's request; in mode 6 it has signed the data for every card.",
    );
    let ware = ground.ware(22)?;
    let sdi = ground.sdi(&ware, Operation::Store)?;
    let open = |mode, sdi: &Sdi, chip: &mut dyn Chip| {
        steps::consent(chip)?;
        open_command(mode, sdi)
    };
    arena.on_card(
        case(
            "mode that the policy forbids",
            "data with a certifier's signature, on a card that takes none",
            0x6985,
            Reason::PolicyForbids,
        ),
        &|chip| open(Mode::CertifiedData, &sdi, chip),
        &|chip| open(Mode::RegistrarCertified, &sdi, chip),
    )?;
    let delete = ground.sdi(ground.present, Operation::Delete)?;
    arena.on_card(
        case(
            "deleting by certified data",
            "certified data are to delete an application",
            0x6985,
            Reason::WrongOperation,
        ),
        &|chip| open(Mode::ProviderAlone, &delete, chip),
        &|chip| open(Mode::CertifiedData, &delete, chip),
    )?;
    let version = ground.present.package().version() - 1;
    let lower = Sdi {
        version,
        ..ground.sdi(ground.present, Operation::LowerFloor)?
    };
    let gone = arena.prepared(&|chip| {
        ground
            .carry_out(chip, Operation::Delete, ground.present)
            .map(drop)
    })?;
    arena.on_image(
        &gone,
        case(
            "floor lowered by the provider alone",
            "the provider wants an older version back and lowers the floor by itself",
            0x6985,
            Reason::WrongOperation,
        ),
        &|chip| open(Mode::ViaIssuer, &lower, chip),
        &|chip| open(Mode::ProviderAlone, &lower, chip),
    )?;
    alone(arena, ground, &sdi)?;
    certified(arena, ground, &sdi)
}

/// What is given for a request in this mode instead of the honest evidence.
pub(super) fn gives(
    arena: &mut Arena<'_>,
    ground: &Ground<'_>,
    case: Case,
    (mode, sdi): (Mode, &Sdi),
    changed: &dyn Fn(&[u8], &Evidence) -> Result<Evidence>,
) -> Result<()> {
    let gives = |chip: &mut dyn Chip, changed: &dyn Fn(&[u8], &Evidence) -> Result<Evidence>| {
        let request = ground.open(chip, mode, sdi)?;
        let honest = evidence(&request, ground.rc, &ground.by())?;
        let evidence = changed(&request, &honest)?;
        evidence.introduce(chip)?;
        authorization(evidence.number, &evidence.first, evidence.second.as_deref())
    };
    arena.on_copy(
        case,
        &|chip| gives(chip, &|_, honest| Ok(honest.clone())),
        &|chip| gives(chip, changed),
    )
}

fn alone(arena: &mut Arena<'_>, ground: &Ground<'_>, sdi: &Sdi) -> Result<()> {
    let by_issuer = |request: &[u8], honest: &Evidence| {
        let header = ground.issuer.header(Mode::ProviderAlone, sha256(request));
        Ok(Evidence {
            first: ground.issuer.sign(&SecondAuthorization { header })?,
            ..honest.clone()
        })
    };
    gives(
        arena,
        ground,
        case(
            "issuer in the provider's place",
            "the issuer signs alone where the provider may",
            0x6988,
            Reason::WrongRole,
        ),
        (Mode::ProviderAlone, sdi),
        &by_issuer,
    )?;
    let over_another = |_: &[u8], honest: &Evidence| {
        let header = ground.provider.header(Mode::ProviderAlone, [0x5A; 32]);
        Ok(Evidence {
            first: ground.provider.sign(&SecondAuthorization { header })?,
            ..honest.clone()
        })
    };
    gives(
        arena,
        ground,
        case(
            "provider's signature for another request",
            "the provider alone has signed, but another card's request",
            0x6988,
            Reason::OtherRequest,
        ),
        (Mode::ProviderAlone, sdi),
        &over_another,
    )?;
    let ware = ground.ware(23)?;
    let joint = ground.sdi(&ware, Operation::Store)?;
    let one_for_two = |request: &[u8], honest: &Evidence| {
        let header = ground.provider.header(Mode::ProviderAlone, sha256(request));
        Ok(Evidence {
            first: ground.provider.sign(&SecondAuthorization { header })?,
            second: None,
            ..honest.clone()
        })
    };
    gives(
        arena,
        ground,
        case(
            "alone where two must sign",
            "the provider signs a request for both as if it were for him alone",
            0x6A80,
            Reason::None,
        ),
        (Mode::ViaIssuer, &joint),
        &one_for_two,
    )
}

fn certified(arena: &mut Arena<'_>, ground: &Ground<'_>, sdi: &Sdi) -> Result<()> {
    let sdci = |mode, sdi: Sdi, previous| {
        ground.provider.sign(&CertifiedData {
            header: ground.provider.header(mode, previous),
            sdi,
        })
    };
    let mode = Mode::CertifiedData;
    let other = ground.sdi(&ground.ware(24)?, Operation::Store)?;
    gives(
        arena,
        ground,
        case(
            "certified data for something else",
            "the provider certified another package than the request is for",
            0x6988,
            Reason::OtherRequest,
        ),
        (mode, sdi),
        &|_, honest| {
            Ok(Evidence {
                first: sdci(mode, other, NO_PREVIOUS)?,
                ..honest.clone()
            })
        },
    )?;
    gives(
        arena,
        ground,
        case(
            "data awaiting a certifier",
            "the provider signed data for a certifier's signature; they are used without it",
            0x6988,
            Reason::OtherRequest,
        ),
        (mode, sdi),
        &|_, honest| {
            Ok(Evidence {
                first: sdci(Mode::RegistrarCertified, *sdi, NO_PREVIOUS)?,
                ..honest.clone()
            })
        },
    )
}
