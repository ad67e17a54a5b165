//! Attacks with what registrars sign about themselves: revocation lists and link certificates.

use apdu_spec::certificate::{Certificate, Role};
use apdu_spec::command::Command;
use apdu_spec::reason::Reason;

use super::attempt::{Arena, case};
use super::{Ground, certificate_command};
use crate::scene::Result;
use crate::scene::registry::Registry;
use crate::scene::steps::{self, encode};

/// Above the number of any list before.
const LIST: u32 = 60;

pub(super) fn tell(arena: &mut Arena<'_>, ground: &Ground<'_>) -> Result<()> {
    arena.section(
        "revocation lists and new roots",
        "A list replaces an older one only; a root follows one of the same registrar, upwards.",
    );
    lists(arena, ground)?;
    links(arena, ground)
}

fn list(list: &[u8]) -> Result<Vec<u8>> {
    encode(&Command::LoadRevocationList { list })
}

fn lists(arena: &mut Arena<'_>, ground: &Ground<'_>) -> Result<()> {
    let registrar = ground.data_registrar;
    let [issuers, _] = &ground.world.issuer_registrars;
    let [_, second] = &ground.world.data_registrars;
    let newest = registrar.revocation_list(LIST, &[ground.world.provider.digest()])?;
    let older = registrar.revocation_list(LIST - 1, &[])?;
    arena.on_copy(
        case(
            "older revocation list",
            "an older list, on which a lost key is not yet revoked, is to come back",
            0x6985,
            Reason::ListTooOld,
        ),
        &|_| list(&older),
        &|chip| {
            steps::load_list(chip, &newest)?;
            list(&older)
        },
    )?;
    let same = registrar.revocation_list(LIST, &[])?;
    arena.on_copy(
        case(
            "same number, other list",
            "a second list under the number of the present one",
            0x6985,
            Reason::ListTooOld,
        ),
        &|_| list(&same),
        &|chip| {
            steps::load_list(chip, &newest)?;
            list(&same)
        },
    )?;
    let strangers = second.revocation_list(LIST, &[ground.provider.digest()])?;
    arena.on_card(
        case(
            "another registrar's list",
            "a data registrar that the card does not know revokes its competitor's provider",
            0x6988,
            Reason::UnknownAuthority,
        ),
        &|_| list(&newest),
        &|_| list(&strangers),
    )?;
    let mut wrong_key = issuers.revocation_list(LIST, &[])?;
    if let Some(last) = wrong_key.last_mut() {
        *last ^= 0x01;
    }
    let issuers_own = issuers.revocation_list(LIST, &[])?;
    arena.on_card(
        case(
            "forged list",
            "one bit of a genuine list's signature is turned",
            0x6988,
            Reason::BadSignature,
        ),
        &|_| list(&issuers_own),
        &|_| list(&wrong_key),
    )
}

fn links(arena: &mut Arena<'_>, ground: &Ground<'_>) -> Result<()> {
    let registrar = ground.data_registrar;
    let [issuers, _] = &ground.world.issuer_registrars;
    let sequence = Certificate::parse(registrar.newest())?.holder.sequence();
    let honest = registrar.rolled_over()?;
    let other_role = registrar.linked(Role::IssuerRegistrar, registrar.name(), sequence + 1)?;
    arena.on_card(
        case(
            "link of the other role",
            "the data registrar certifies itself as an issuer registrar",
            0x6988,
            Reason::UnknownAuthority,
        ),
        &|_| certificate_command(honest.newest()),
        &|_| certificate_command(other_role.newest()),
    )?;
    let crossed = issuers.linked(Role::IssuerRegistrar, registrar.name(), 9)?;
    arena.on_card(
        case(
            "link to another registrar",
            "the issuer registrar links to a root in the data registrar's name",
            0x6988,
            Reason::CertificateRole,
        ),
        &|_| certificate_command(honest.newest()),
        &|_| certificate_command(crossed.newest()),
    )?;
    let older = registrar.linked(Role::DataRegistrar, registrar.name(), sequence)?;
    arena.on_card(
        case(
            "link with a lower sequence",
            "a root with the number of one that the card has, made with a stolen root key",
            0x6985,
            Reason::LinkTooOld,
        ),
        &|_| certificate_command(honest.newest()),
        &|_| certificate_command(older.newest()),
    )?;
    let stranger = Registry::new(Role::DataRegistrar, registrar.name().as_str(), ground.world.today)?;
    let foreign = stranger.linked(Role::DataRegistrar, registrar.name(), sequence + 1)?;
    arena.on_card(
        case(
            "link by a stranger",
            "somebody with a registrar's name and key of his own making links to his next root",
            0x6988,
            Reason::BadSignature,
        ),
        &|_| certificate_command(honest.newest()),
        &|_| certificate_command(foreign.newest()),
    )
}
