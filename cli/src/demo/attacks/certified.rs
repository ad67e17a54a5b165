//! Attacks on data that a certifier has countersigned, on a card whose key its issuer made.

use apdu_spec::certificate::KeyOrigin;
use apdu_spec::object::{CertifiedData, Mode, NO_PREVIOUS, Operation, RegistrarCertifiedData, Sdi};
use apdu_spec::reason::Reason;
use parties::crypto::sha256;

use super::Ground;
use super::attempt::{Arena, case};
use super::evidence::gives;
use crate::scene::Result;
use crate::scene::actor::Actor;
use crate::scene::evidence::{Evidence, evidence};
use crate::scene::registry::{Terms, Trade};
use crate::scene::steps::{self, Chip, encode, open_command};
use crate::scene::world::Enrolment;

/// Mode 7, and what the key's origin forbids.
pub(super) fn tell(arena: &mut Arena<'_>, ground: &Ground<'_>) -> Result<()> {
    arena.section(
        "data that a certifier countersigned",
        "In mode 7 the provider signs the data and the data registrar's certifier signs that.",
    );
    let sdi = ground.sdi(&ground.ware(25)?, Operation::Store)?;
    let open = |mode| open_command(mode, &sdi);
    let image = arena.prepared(&|chip| {
        let wider = Enrolment {
            policy: ground.policy.with(Mode::ProviderAlone),
            origin: KeyOrigin::Issuer,
            ..ground.enrolment(ground.issuer, 70)
        };
        let certificate = ground.later_certificate(chip, &wider)?;
        steps::consent(chip)?;
        steps::register_with(chip, ground.issuer.certificate(), &certificate, None).map(drop)
    })?;
    arena.on_image(
        &image,
        case(
            "mode 4 with the issuer's key",
            "the issuer made this card's key, and lets providers act alone all the same",
            0x6985,
            Reason::KeyNotOfCard,
        ),
        &|chip| {
            steps::consent(chip)?;
            open(Mode::CertifiedData)
        },
        &|chip| {
            steps::consent(chip)?;
            open(Mode::ProviderAlone)
        },
    )?;
    countersigned(arena, ground, &sdi)?;
    other_certifiers(arena, ground, &sdi)
}

/// SDCI' over an SDCI, by a certifier.
fn countersign(by: &Actor, data: &[u8]) -> Result<Vec<u8>> {
    let header = by.header(Mode::RegistrarCertified, sha256(data));
    by.sign(&RegistrarCertifiedData { header })
}

fn countersigned(arena: &mut Arena<'_>, ground: &Ground<'_>, sdi: &Sdi) -> Result<()> {
    let (mode, world) = (Mode::RegistrarCertified, ground.world);
    gives(
        arena,
        ground,
        case(
            "countersignature alone",
            "the certifier's object comes without the data that it is over",
            0x6A80,
            Reason::None,
        ),
        (mode, sdi),
        &|_, honest| {
            Ok(Evidence {
                first: honest.second.clone().unwrap_or_default(),
                second: None,
                ..honest.clone()
            })
        },
    )?;
    gives(
        arena,
        ground,
        case(
            "without countersignature",
            "the provider's data come without the certifier's object",
            0x6988,
            Reason::WrongRole,
        ),
        (mode, sdi),
        &|_, honest| {
            Ok(Evidence {
                second: None,
                ..honest.clone()
            })
        },
    )?;
    gives(
        arena,
        ground,
        case(
            "certifier alone",
            "the certifier signs both, in the provider's name",
            0x6988,
            Reason::WrongRole,
        ),
        (mode, sdi),
        &|_, honest| {
            let first = world.certifier.sign(&CertifiedData {
                header: world.certifier.header(mode, NO_PREVIOUS),
                sdi: *sdi,
            })?;
            Ok(Evidence {
                second: Some(countersign(&world.certifier, &first)?),
                first,
                ..honest.clone()
            })
        },
    )?;
    gives(
        arena,
        ground,
        case(
            "countersignature over other data",
            "the certifier signed other data of the same provider",
            0x6988,
            Reason::OtherRequest,
        ),
        (mode, sdi),
        &|_, honest| {
            Ok(Evidence {
                second: Some(countersign(&world.certifier, b"other data")?),
                ..honest.clone()
            })
        },
    )?;
    gives(
        arena,
        ground,
        case(
            "another provider's data",
            "another provider signs the data, with his own certificate, and the certifier is deceived",
            0x6988,
            Reason::WrongSigner,
        ),
        (mode, sdi),
        &|_, honest| {
            let rival = &world.second_provider;
            let first = rival.sign(&CertifiedData {
                header: rival.header(mode, NO_PREVIOUS),
                sdi: *sdi,
            })?;
            Ok(Evidence {
                certificates: vec![
                    rival.certificate().to_vec(),
                    world.certifier.certificate().to_vec(),
                ],
                second: Some(countersign(&world.certifier, &first)?),
                first,
                ..honest.clone()
            })
        },
    )
}

fn other_certifiers(arena: &mut Arena<'_>, ground: &Ground<'_>, sdi: &Sdi) -> Result<()> {
    let (mode, registrar) = (Mode::RegistrarCertified, ground.data_registrar);
    gives(
        arena,
        ground,
        case(
            "provider as certifier",
            "the provider countersigns its own data",
            0x6988,
            Reason::WrongRole,
        ),
        (mode, sdi),
        &|_, honest| {
            let header = ground.provider.header(mode, sha256(&honest.first));
            Ok(Evidence {
                second: Some(ground.provider.sign(&RegistrarCertifiedData { header })?),
                ..honest.clone()
            })
        },
    )?;
    let [_, second] = &ground.world.data_registrars;
    let stranger = second.certify("ZZCERTIF", &Trade::Certifier, &second.terms())?;
    let honest = ground.world.certifier.certificate();
    let shows = |certificate: &[u8]| super::certificate_command(certificate);
    arena.on_card(
        case(
            "another registrar's certifier",
            "a certifier of a data registrar that this card does not know",
            0x6988,
            Reason::UnknownAuthority,
        ),
        &|_| shows(honest),
        &|_| shows(stranger.certificate()),
    )?;
    let list = registrar.revocation_list(70, &[ground.world.certifier.digest()])?;
    arena.on_copy(
        case(
            "revoked certifier",
            "the certifier's certificate was revoked",
            0x6988,
            Reason::Revoked,
        ),
        &|_| shows(honest),
        &|chip| {
            steps::load_list(chip, &list)?;
            shows(honest)
        },
    )?;
    let terms = Terms {
        expiration: ground.world.today.add_days(5),
        ..registrar.terms()
    };
    let short = registrar.certify("ZZCERTIF", &Trade::Certifier, &terms)?;
    let clock = Terms {
        effective: ground.world.today.add_days(10),
        ..registrar.terms()
    };
    let clock = registrar.certify("ZZCLOCK", &Trade::Certifier, &clock)?;
    arena.on_copy(
        case(
            "expired certifier",
            "the certifier's certificate is shown after its last day",
            0x6985,
            Reason::Expired,
        ),
        &|_| shows(short.certificate()),
        &|chip| {
            steps::verify_certificate(chip, clock.certificate())?;
            shows(short.certificate())
        },
    )?;
    unintroduced(arena, ground, sdi)
}

/// The certifier's certificate was not shown in this session.
fn unintroduced(arena: &mut Arena<'_>, ground: &Ground<'_>, sdi: &Sdi) -> Result<()> {
    let opened = |chip: &mut dyn Chip| {
        let request = ground.open(chip, Mode::RegistrarCertified, sdi)?;
        evidence(&request, ground.rc, &ground.by())
    };
    arena.on_copy(
        case(
            "certifier not shown",
            "nobody has shown the certifier's certificate",
            0x6985,
            Reason::NoCertificate,
        ),
        &|chip| {
            let evidence = opened(chip)?;
            evidence.introduce(chip)?;
            encode(&evidence.command())
        },
        &|chip| {
            let evidence = opened(chip)?;
            steps::verify_certificate(chip, ground.provider.certificate())?;
            encode(&evidence.command())
        },
    )
}
