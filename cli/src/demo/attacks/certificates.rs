//! Attacks with certificates: past, future, revoked, of others.

use apdu_spec::certificate::Role;
use apdu_spec::object::{Mode, Operation, Sdi};
use apdu_spec::reason::Reason;

use super::attempt::{Arena, case};
use super::{Ground, certificate_command, sent_before};
use crate::scene::Result;
use crate::scene::actor::Actor;
use crate::scene::evidence::{Signatories, evidence};
use crate::scene::registry::{Registry, Terms, Trade};
use crate::scene::steps::{self, Chip, encode};
use crate::scene::world::World;

/// Above the number of any list before.
const LIST: u32 = 50;

pub(super) fn tell(arena: &mut Arena<'_>, ground: &Ground<'_>) -> Result<()> {
    arena.section(
        "certificates",
        "A certificate counts while it is good: under the card's own registrar, within its dates, and not revoked.",
    );
    dates(arena, ground)?;
    strangers(arena, ground)?;
    revoked(arena, ground)
}

fn providing(ground: &Ground<'_>) -> Trade {
    let [prefix, _] = ground.world.prefixes;
    Trade::Provider(vec![prefix])
}

fn certified(ground: &Ground<'_>, name: &str, terms: &Terms) -> Result<Actor> {
    let registrar = ground.data_registrar;
    registrar.certify(name, &providing(ground), terms)
}

/// A certificate whose effective date moves the card's date so many days on.
fn clock(ground: &Ground<'_>, days: u32) -> Result<Actor> {
    let terms = Terms {
        effective: ground.world.today.add_days(days),
        expiration: ground.world.today.add_days(days + 365),
        ..ground.data_registrar.terms()
    };
    certified(ground, "ZZCLOCK", &terms)
}

fn dates(arena: &mut Arena<'_>, ground: &Ground<'_>) -> Result<()> {
    let terms = Terms {
        sequence: 7,
        expiration: ground.world.today.add_days(5),
        ..ground.data_registrar.terms()
    };
    let short = certified(ground, "ZZPROVID", &terms)?;
    let later = clock(ground, 10)?;
    arena.on_copy(
        case(
            "expired certificate",
            "a provider's certificate is shown after its last day",
            0x6985,
            Reason::Expired,
        ),
        &|_| certificate_command(short.certificate()),
        &|chip| {
            steps::verify_certificate(chip, later.certificate())?;
            certificate_command(short.certificate())
        },
    )?;
    let (near, far) = (clock(ground, 400)?, clock(ground, 4000)?);
    arena.on_card(
        case(
            "far future",
            "a certificate that begins in eleven years would move the card's date and make all others expire",
            0x6985,
            Reason::NotYetValid,
        ),
        &|_| certificate_command(near.certificate()),
        &|_| certificate_command(far.certificate()),
    )?;
    expired_meanwhile(arena, ground, &short, &later)?;
    storing_expired(arena, ground)
}

/// The certificate was good when the request was authorized and is not any more when it is carried out.
fn expired_meanwhile(arena: &mut Arena<'_>, ground: &Ground<'_>, short: &Actor, later: &Actor) -> Result<()> {
    let ware = ground.ware(6)?;
    let sdi = ground.sdi(&ware, Operation::Store)?;
    let by = Signatories {
        provider: short,
        ..ground.by()
    };
    let last = ware.blocks().len() - 1;
    let all_but_last = |chip: &mut dyn Chip| {
        let request = ground.open(chip, Mode::ViaIssuer, &sdi)?;
        let evidence = evidence(&request, ground.rc, &by)?;
        evidence.give(chip)?;
        for index in 0..last {
            let command = encode(&steps::load_command(&ware, index, evidence.number)?)?;
            steps::send(chip, "load a block", &command)?;
        }
        Ok::<u32, crate::scene::SceneError>(evidence.number)
    };
    arena.on_copy(
        case(
            "expired before the commit",
            "the provider's certificate ends between authorization and last block",
            0x6985,
            Reason::Expired,
        ),
        &|chip| {
            let number = all_but_last(chip)?;
            encode(&steps::load_command(&ware, last, number)?)
        },
        &|chip| {
            let number = all_but_last(chip)?;
            steps::verify_certificate(chip, later.certificate())?;
            sent_before(chip, encode(&steps::load_command(&ware, last, number)?)?)
        },
    )
}

/// The storing data itself has an end.
fn storing_expired(arena: &mut Arena<'_>, ground: &Ground<'_>) -> Result<()> {
    let later = clock(ground, 40)?;
    let sdi = ground.sdi(&ground.ware(6)?, Operation::Store)?;
    arena.on_copy(
        case(
            "expired authorization",
            "both signed within the month for which the request is good; they are given after it",
            0x6985,
            Reason::Expired,
        ),
        &|chip| {
            let evidence = ground.agree(chip, Mode::ViaIssuer, &sdi)?;
            evidence.introduce(chip)?;
            encode(&evidence.command())
        },
        &|chip| {
            let evidence = ground.agree(chip, Mode::ViaIssuer, &sdi)?;
            steps::verify_certificate(chip, later.certificate())?;
            evidence.introduce(chip)?;
            encode(&evidence.command())
        },
    )
}

fn strangers(arena: &mut Arena<'_>, ground: &Ground<'_>) -> Result<()> {
    let world = ground.world;
    let honest = ground.provider.certificate();
    let [_, second] = &world.data_registrars;
    arena.on_card(
        case(
            "namesake elsewhere",
            "a provider of the same name, honestly registered with another data registrar",
            0x6988,
            Reason::UnknownAuthority,
        ),
        &|_| certificate_command(honest),
        &|_| certificate_command(world.provider_elsewhere.certificate()),
    )?;
    let namesakes = world.provider_elsewhere.identity()?;
    let sdi = ground.sdi(&ground.ware(6)?, Operation::Store)?;
    let [_, prefix] = &world.prefixes;
    let theirs = Sdi {
        provider: namesakes,
        aid: World::aid(prefix, &[0xA7, 6])?,
        ..sdi
    };
    arena.on_copy(
        case(
            "namesake's storing data",
            "the storing data name the namesake; the card's provider is deceived and signs",
            0x6988,
            Reason::WrongSigner,
        ),
        &|chip| {
            let evidence = ground.agree(chip, Mode::ViaIssuer, &sdi)?;
            evidence.introduce(chip)?;
            encode(&evidence.command())
        },
        &|chip| {
            let evidence = ground.agree(chip, Mode::ViaIssuer, &theirs)?;
            evidence.introduce(chip)?;
            encode(&evidence.command())
        },
    )?;
    let false_registrar = Registry::new(Role::DataRegistrar, second.name().as_str(), world.today)?;
    let own = Registry::new(
        Role::DataRegistrar,
        ground.data_registrar.name().as_str(),
        world.today,
    )?;
    let unknown = false_registrar.certify("ZZPROVID", &providing(ground), &false_registrar.terms())?;
    let false_name = own.certify("ZZPROVID", &providing(ground), &own.terms())?;
    arena.on_card(
        case(
            "unregistered provider",
            "a certificate with all the right names, signed by a registrar of the attacker's own making",
            0x6988,
            Reason::BadSignature,
        ),
        &|_| certificate_command(honest),
        &|_| certificate_command(false_name.certificate()),
    )?;
    arena.on_card(
        case(
            "unknown registrar",
            "a certificate of a registrar that this card does not know",
            0x6988,
            Reason::UnknownAuthority,
        ),
        &|_| certificate_command(honest),
        &|_| certificate_command(unknown.certificate()),
    )?;
    arena.on_card(
        case(
            "card as authority",
            "the certificate of another card is shown where a party's is asked for",
            0x6988,
            Reason::UnknownAuthority,
        ),
        &|_| certificate_command(honest),
        &|_| certificate_command(ground.rc),
    )
}

fn revoked(arena: &mut Arena<'_>, ground: &Ground<'_>) -> Result<()> {
    let registrar = ground.data_registrar;
    let terms = Terms {
        sequence: 8,
        ..registrar.terms()
    };
    let lost = certified(ground, "ZZPROVID", &terms)?;
    let list = registrar.revocation_list(LIST, &[lost.digest()])?;
    arena.on_copy(
        case(
            "revoked provider",
            "the provider reported this key as lost; its finder shows the certificate",
            0x6988,
            Reason::Revoked,
        ),
        &|_| certificate_command(lost.certificate()),
        &|chip| {
            steps::load_list(chip, &list)?;
            certificate_command(lost.certificate())
        },
    )?;
    let world = ground.world;
    arena.on_card(
        case(
            "provider's old key",
            "the provider has a new key; whoever has the old one shows its certificate, which was revoked",
            0x6988,
            Reason::Revoked,
        ),
        &|_| certificate_command(ground.provider.certificate()),
        &|_| certificate_command(world.provider.certificate()),
    )?;
    let [issuers, _] = &world.issuer_registrars;
    let list = issuers.revocation_list(LIST, &[ground.issuer.digest()])?;
    let sdi = ground.sdi(&ground.ware(6)?, Operation::Store)?;
    let given = |chip: &mut dyn Chip| {
        let evidence = ground.agree(chip, Mode::ViaIssuer, &sdi)?;
        evidence.introduce(chip)?;
        encode(&evidence.command())
    };
    arena.on_copy(
        case(
            "revoked issuer",
            "the issuer's certificate, which the card keeps, was revoked; it goes on signing",
            0x6988,
            Reason::Revoked,
        ),
        &given,
        &|chip| {
            steps::load_list(chip, &list)?;
            given(chip)
        },
    )?;
    revoked_meanwhile(
        arena,
        ground,
        &lost,
        &registrar.revocation_list(LIST, &[lost.digest()])?,
    )
}

/// The list comes between authorization and commit.
fn revoked_meanwhile(arena: &mut Arena<'_>, ground: &Ground<'_>, lost: &Actor, list: &[u8]) -> Result<()> {
    let by = Signatories {
        provider: lost,
        ..ground.by()
    };
    let sdi = ground.sdi(ground.present, Operation::Delete)?;
    let ready = |chip: &mut dyn Chip| {
        let request = ground.open(chip, Mode::ViaIssuer, &sdi)?;
        let evidence = evidence(&request, ground.rc, &by)?;
        evidence.give(chip)?;
        Ok::<u32, crate::scene::SceneError>(evidence.number)
    };
    let remove = |chip: &mut dyn Chip, number| {
        steps::consent(chip)?;
        encode(&apdu_spec::command::Command::RemoveApplication { number })
    };
    arena.on_copy(
        case(
            "revoked before the commit",
            "the provider's key is revoked after it authorized a deletion, and before that is done",
            0x6988,
            Reason::Revoked,
        ),
        &|chip| {
            let number = ready(chip)?;
            remove(chip, number)
        },
        &|chip| {
            let number = ready(chip)?;
            steps::load_list(chip, list)?;
            remove(chip, number)
        },
    )
}
