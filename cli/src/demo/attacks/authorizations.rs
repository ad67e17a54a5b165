//! Attacks on joint authorizations: given for something else, by somebody else, or broken.

use apdu_spec::certificate::Role;
use apdu_spec::command::Command;
use apdu_spec::object::{FirstAuthorization, Mode, Operation, SecondAuthorization};
use apdu_spec::reason::Reason;
use parties::crypto::sha256;

use super::attempt::{Arena, case};
use super::{Ground, authorization};
use crate::scene::Result;
use crate::scene::actor::Actor;
use crate::scene::evidence::{Evidence, Signatories, evidence};
use crate::scene::registry::{Registry, Trade};
use crate::scene::steps::{self, encode};
use crate::scene::wares::{self, Ware};
use crate::scene::world::World;

/// An open request on the card with honest evidence, which is not given until an attack is over.
struct Standing {
    ware: Ware,
    request: Vec<u8>,
    honest: Evidence,
    /// Evidence over another open request.
    other: Evidence,
}

pub(super) fn tell(arena: &mut Arena<'_>, ground: &Ground<'_>) -> Result<()> {
    arena.section(
        "what somebody else has signed, or has signed for something else",
        "Two requests are open and honestly signed; each attack takes the place of those signatures.",
    );
    let standing = open(arena, ground)?;
    other_requests(arena, ground, &standing)?;
    other_signers(arena, ground, &standing)?;
    broken(arena, &standing)?;
    used_twice(arena, ground)?;
    steps::drop_request(arena.stage, standing.honest.number)?;
    steps::drop_request(arena.stage, standing.other.number)
}

fn open(arena: &mut Arena<'_>, ground: &Ground<'_>) -> Result<Standing> {
    let ware = ground.ware(1)?;
    let request = ground.open(
        arena.stage,
        Mode::ViaIssuer,
        &ground.sdi(&ware, Operation::Store)?,
    )?;
    let honest = evidence(&request, ground.rc, &ground.by())?;
    let sdi = ground.sdi(&ground.ware(2)?, Operation::Store)?;
    let other = ground.agree(arena.stage, Mode::ViaIssuer, &sdi)?;
    Ok(Standing {
        ware,
        request,
        honest,
        other,
    })
}

impl Standing {
    /// Tries these objects in place of the honest ones.
    fn instead(
        &self,
        arena: &mut Arena<'_>,
        case: super::attempt::Case,
        first: &[u8],
        second: Option<&[u8]>,
    ) -> Result<()> {
        arena.on_card(
            case,
            &|chip| {
                self.honest.introduce(chip)?;
                encode(&self.honest.command())
            },
            &|chip| {
                self.honest.introduce(chip)?;
                authorization(self.honest.number, first, second)
            },
        )
    }

    /// Both authorizations of this request in some mode, by whoever signs.
    fn forged(
        &self,
        ground: &Ground<'_>,
        mode: Mode,
        one: &Actor,
        other: &Actor,
    ) -> Result<(Vec<u8>, Vec<u8>)> {
        let first = one.sign(&FirstAuthorization {
            header: one.header(mode, sha256(&self.request)),
            card_certificate: sha256(ground.rc),
        })?;
        let header = other.header(mode, sha256(&first));
        Ok((first, other.sign(&SecondAuthorization { header })?))
    }
}

fn other_requests(arena: &mut Arena<'_>, ground: &Ground<'_>, standing: &Standing) -> Result<()> {
    let (mut neighbour, rc) = ground.neighbour()?;
    let request = ground.open(
        &mut neighbour,
        Mode::ViaIssuer,
        &ground.sdi(&standing.ware, Operation::Store)?,
    )?;
    let stolen = evidence(&request, &rc, &ground.by())?;
    standing.instead(
        arena,
        case(
            "other card",
            "both signatures are genuine, over the same package, for another card of the same issuer",
            0x6988,
            Reason::OtherRequest,
        ),
        &stolen.first,
        stolen.second.as_deref(),
    )?;
    standing.instead(
        arena,
        case(
            "other package",
            "both signatures are genuine and for this card, over the request for another package",
            0x6988,
            Reason::OtherRequest,
        ),
        &standing.other.first,
        standing.other.second.as_deref(),
    )?;
    standing.instead(
        arena,
        case(
            "mixed signatures",
            "the issuer's signature is over this request, the provider's over the other one",
            0x6988,
            Reason::OtherRequest,
        ),
        &standing.honest.first,
        standing.other.second.as_deref(),
    )?;
    let (first, second) = standing.forged(ground, Mode::ViaProvider, ground.issuer, ground.provider)?;
    standing.instead(
        arena,
        case(
            "other mode",
            "both sign this request, but as one that came by way of the provider",
            0x6988,
            Reason::OtherRequest,
        ),
        &first,
        Some(&second),
    )?;
    other_operation(arena, ground)
}

/// Authorized to delete; asked to be used to replace.
fn other_operation(arena: &mut Arena<'_>, ground: &Ground<'_>) -> Result<()> {
    let newer = newer(ground)?;
    let replace = ground.sdi(&newer, Operation::Replace)?;
    let delete = ground.sdi(ground.present, Operation::Delete)?;
    let image = arena.cleared()?;
    arena.on_image(
        &image,
        case(
            "other operation",
            "both agreed that the application be replaced; their signatures are to delete it",
            0x6988,
            Reason::OtherRequest,
        ),
        &|chip| {
            let honest = ground.agree(chip, Mode::ViaIssuer, &delete)?;
            honest.introduce(chip)?;
            encode(&honest.command())
        },
        &|chip| {
            let agreed = ground.agree(chip, Mode::ViaIssuer, &replace)?;
            let wanted = ground.agree(chip, Mode::ViaIssuer, &delete)?;
            agreed.introduce(chip)?;
            authorization(wanted.number, &agreed.first, agreed.second.as_deref())
        },
    )?;
    arena.on_image(
        &image,
        case(
            "operation exchanged",
            "a request to replace is authorized, and REMOVE APPLICATION is called for it",
            0x6985,
            Reason::WrongOperation,
        ),
        &|chip| {
            let evidence = ground.authorize(chip, Mode::ViaIssuer, &delete)?;
            steps::consent(chip)?;
            encode(&Command::RemoveApplication {
                number: evidence.number,
            })
        },
        &|chip| {
            let evidence = ground.authorize(chip, Mode::ViaIssuer, &replace)?;
            steps::consent(chip)?;
            encode(&Command::RemoveApplication {
                number: evidence.number,
            })
        },
    )
}

/// The application's next version.
pub(super) fn newer(ground: &Ground<'_>) -> Result<Ware> {
    let package = ground.present.package();
    wares::notes(package.aid(), package.version() + 1, 500)
}

fn other_signers(arena: &mut Arena<'_>, ground: &Ground<'_>, standing: &Standing) -> Result<()> {
    let forged = |one: &Actor, other: &Actor| standing.forged(ground, Mode::ViaIssuer, one, other);
    let (first, second) = forged(ground.provider, ground.issuer)?;
    standing.instead(
        arena,
        case(
            "swapped roles",
            "issuer and provider both sign with their own keys, each in the other's place",
            0x6988,
            Reason::WrongRole,
        ),
        &first,
        Some(&second),
    )?;
    let world = ground.world;
    let today = world.today;
    let false_registrar = Registry::new(Role::IssuerRegistrar, "ZZISSREG", today)?;
    let trade = Trade::Issuer(vec![ground.data_registrar.anchor()]);
    let impostor = false_registrar.certify("ZZISSUER", &trade, &false_registrar.terms())?;
    let (first, second) = forged(&impostor, ground.provider)?;
    standing.instead(
        arena,
        case(
            "unregistered issuer",
            "somebody with the issuer's name and a registrar of his own making signs; the provider is deceived",
            0x6988,
            Reason::WrongSigner,
        ),
        &first,
        Some(&second),
    )?;
    let (first, second) = forged(&world.second_issuer, ground.provider)?;
    standing.instead(
        arena,
        case(
            "other issuer",
            "another issuer, registered as well, signs for a card that is not his",
            0x6988,
            Reason::WrongSigner,
        ),
        &first,
        Some(&second),
    )?;
    let (first, second) = forged(ground.issuer, &world.second_provider)?;
    standing.instead(
        arena,
        case(
            "other provider",
            "another provider, registered as well, signs in place of the application's own",
            0x6988,
            Reason::WrongSigner,
        ),
        &first,
        Some(&second),
    )?;
    let (first, second) = forged(ground.issuer, ground.issuer)?;
    standing.instead(
        arena,
        case(
            "one party signs twice",
            "the issuer signs in the provider's place too",
            0x6988,
            Reason::WrongRole,
        ),
        &first,
        Some(&second),
    )?;
    standing.instead(
        arena,
        case(
            "one signature alone",
            "the issuer's signature comes without the provider's",
            0x6988,
            Reason::WrongRole,
        ),
        &standing.honest.first,
        None,
    )?;
    same_key(arena, ground)
}

/// One key with two certificates: both roles are there, and yet it is one party.
fn same_key(arena: &mut Arena<'_>, ground: &Ground<'_>) -> Result<()> {
    let [_, prefix] = ground.world.prefixes;
    let registrar = ground.data_registrar;
    let twice = registrar.certify_key(
        "ZZISSUER",
        &Trade::Provider(vec![prefix]),
        &registrar.terms(),
        ground.issuer.key().clone(),
    )?;
    let ware = ground.ware(3)?;
    let honest = ground.sdi(&ware, Operation::Store)?;
    let theirs = wares::notes(World::aid(&prefix, &[0xA7, 3])?, 1, 600)?;
    let changed = ground.world.sdi(&theirs, Operation::Store, &twice)?;
    let by = Signatories {
        provider: &twice,
        ..ground.by()
    };
    let image = arena.cleared()?;
    arena.on_image(
        &image,
        case(
            "one key, two names",
            "the issuer had its own key certified as a provider's, so that it can agree with itself",
            0x6988,
            Reason::SameParty,
        ),
        &|chip| {
            let evidence = ground.agree(chip, Mode::ViaIssuer, &honest)?;
            evidence.introduce(chip)?;
            encode(&evidence.command())
        },
        &|chip| {
            let request = ground.open(chip, Mode::ViaIssuer, &changed)?;
            let evidence = evidence(&request, ground.rc, &by)?;
            evidence.introduce(chip)?;
            encode(&evidence.command())
        },
    )
}

fn broken(arena: &mut Arena<'_>, standing: &Standing) -> Result<()> {
    let mut broken = standing.honest.second.clone().unwrap_or_default();
    if let Some(last) = broken.last_mut() {
        *last ^= 0x01;
    }
    standing.instead(
        arena,
        case(
            "broken signature",
            "one bit of the provider's signature is turned",
            0x6988,
            Reason::BadSignature,
        ),
        &standing.honest.first,
        Some(&broken),
    )
}

fn used_twice(arena: &mut Arena<'_>, ground: &Ground<'_>) -> Result<()> {
    let ware = ground.ware(3)?;
    let sdi = ground.sdi(&ware, Operation::Store)?;
    let image = arena.cleared()?;
    arena.on_image(
        &image,
        case(
            "used twice",
            "an authorization that the card has carried out is sent again, to the last byte",
            0x6A88,
            Reason::NoSuchRequest,
        ),
        &|chip| {
            let evidence = ground.agree(chip, Mode::ViaIssuer, &sdi)?;
            evidence.introduce(chip)?;
            encode(&evidence.command())
        },
        &|chip| {
            let evidence = ground.authorize(chip, Mode::ViaIssuer, &sdi)?;
            steps::carry_out(chip, Operation::Store, &ware, evidence.number)?;
            encode(&evidence.command())
        },
    )
}
