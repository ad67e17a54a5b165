//! Attacks with MACs and the keys that cards share with parties.

use apdu_spec::command::Command;
use apdu_spec::object::{Algorithm, Header, Mode, Operation, SharedKey};
use apdu_spec::reason::Reason;
use parties::crypto::sha256;
use parties::shared_key::{CardKey, seal};

use super::attempt::{Arena, Case, case};
use super::{Ground, any_key};
use crate::scene::Result;
use crate::scene::actor::sign_by_mac;
use crate::scene::evidence::evidence_by_mac;
use crate::scene::registry::Trade;
use crate::scene::steps::{self, Chip, encode};
use crate::scene::world::{card_digest, shared_key};

/// Above the version of any key before.
const VERSION: u32 = 40;

pub(super) fn tell(arena: &mut Arena<'_>, ground: &Ground<'_>) -> Result<()> {
    arena.section(
        "MACs and shared keys",
        "Where the policy allows it, issuer and provider authorize by MAC, each under a key shared with this card.",
    );
    keys(arena, ground)?;
    macs(arena, ground)
}

fn load(key: &[u8]) -> Result<Vec<u8>> {
    encode(&Command::LoadSharedKey { key })
}

fn keys(arena: &mut Arena<'_>, ground: &Ground<'_>) -> Result<()> {
    let key = ground.world.master_key.card_key(&ground.card()?, VERSION)?;
    let honest = shared_key(ground.issuer, ground.rc, VERSION, &key)?;
    let (_, neighbours) = ground.neighbour()?;
    let theirs = ground
        .world
        .master_key
        .card_key(&card_digest(&neighbours)?, VERSION)?;
    let others = shared_key(ground.issuer, &neighbours, VERSION, &theirs)?;
    let strangers = shared_key(&ground.world.second_issuer, ground.rc, VERSION, &any_key()?)?;
    let earlier = shared_key(ground.issuer, ground.older, VERSION, &key)?;
    let tried: [(Case, &[u8]); 4] = [
        (
            case(
                "shared key of another card",
                "the key that the issuer sealed for another of its cards",
                0x6988,
                Reason::NotThisCard,
            ),
            &others,
        ),
        (
            case(
                "shared key of an earlier RC",
                "a key that was sealed before the card was registered anew",
                0x6988,
                Reason::NotThisCard,
            ),
            &earlier,
        ),
        (
            case(
                "shared key by another party",
                "another issuer gives the card a key to be taken for the issuer's",
                0x6988,
                Reason::WrongSigner,
            ),
            &strangers,
        ),
        (
            case(
                "shared key by MAC",
                "the next key comes with a MAC under a key in place of the signature",
                0x6A80,
                Reason::None,
            ),
            &by_mac(ground, &key)?,
        ),
    ];
    for (case, changed) in tried {
        arena.on_card(
            case,
            &|chip| {
                steps::consent(chip)?;
                load(&honest)
            },
            &|chip| {
                steps::consent(chip)?;
                load(changed)
            },
        )?;
    }
    arena.on_card(
        case(
            "shared key without the holder",
            "the issuer shares a key with the card behind the holder's back",
            0x6982,
            Reason::ConsentMissing,
        ),
        &|chip| {
            steps::consent(chip)?;
            load(&honest)
        },
        &|_| load(&honest),
    )?;
    arena.on_copy(
        case(
            "shared key replayed",
            "a key that leaked was replaced; its object is sent once more",
            0x6985,
            Reason::KeyTooOld,
        ),
        &|chip| {
            steps::consent(chip)?;
            load(&honest)
        },
        &|chip| {
            let next = shared_key(ground.issuer, ground.rc, VERSION + 1, &key)?;
            steps::share_key(chip, &honest)?;
            steps::share_key(chip, &next)?;
            steps::consent(chip)?;
            load(&honest)
        },
    )
}

/// A shared key whose proof is a MAC.
fn by_mac(ground: &Ground<'_>, key: &CardKey) -> Result<Vec<u8>> {
    let certificate = apdu_spec::certificate::Certificate::parse(ground.rc)?;
    let apdu_spec::certificate::Extension::Card(card) = certificate.extension else {
        return Ok(Vec::new());
    };
    let digest = ground.card()?;
    let sealed = seal(key, &digest, VERSION, card.key_agreement)?;
    let body = SharedKey {
        header: Header {
            algorithm: Algorithm::AesCmac,
            ..ground.issuer.header(Mode::Registration, sha256(ground.rc))
        },
        card: digest,
        version: VERSION,
        ephemeral: &sealed.ephemeral,
        sealed: &sealed.sealed,
    };
    sign_by_mac(&body, key)
}

fn macs(arena: &mut Arena<'_>, ground: &Ground<'_>) -> Result<()> {
    let card = ground.card()?;
    let master = &ground.world.master_key;
    let (issuers, providers) = (master.card_key(&card, VERSION)?, any_key()?);
    let shared = arena.prepared(&|chip| {
        steps::share_key(chip, &shared_key(ground.issuer, ground.rc, VERSION, &issuers)?)?;
        steps::verify_certificate(chip, ground.provider.certificate())?;
        steps::share_key(
            chip,
            &shared_key(ground.provider, ground.rc, VERSION, &providers)?,
        )
    })?;
    let sdi = ground.sdi(&ground.ware(17)?, Operation::Store)?;
    let gives = |chip: &mut dyn Chip, keys: (&CardKey, &CardKey)| {
        let request = ground.open(chip, Mode::ViaIssuer, &sdi)?;
        let evidence = evidence_by_mac(&request, ground.rc, &ground.by(), keys)?;
        evidence.introduce(chip)?;
        encode(&evidence.command())
    };
    let old = master.card_key(&card, VERSION - 1)?;
    arena.on_image(
        &shared,
        case(
            "MAC under an old key",
            "the issuer's MAC is under the key it shared before this one",
            0x6988,
            Reason::BadSignature,
        ),
        &|chip| gives(chip, (&issuers, &providers)),
        &|chip| gives(chip, (&old, &providers)),
    )?;
    arena.on_image(
        &shared,
        case(
            "MAC under another's key",
            "the provider makes the issuer's MAC under the key that he shares himself",
            0x6988,
            Reason::BadSignature,
        ),
        &|chip| gives(chip, (&issuers, &providers)),
        &|chip| gives(chip, (&providers, &providers)),
    )?;
    keyless(arena, ground, &issuers)
}

/// A provider that shares no key with the card.
fn keyless(arena: &mut Arena<'_>, ground: &Ground<'_>, issuers: &CardKey) -> Result<()> {
    let registrar = ground.data_registrar;
    let [_, prefix] = ground.world.prefixes;
    let newcomer = registrar.certify("ZZNEWCOM", &Trade::Provider(vec![prefix]), &registrar.terms())?;
    let ware = crate::scene::wares::notes(crate::scene::world::World::aid(&prefix, &[0x55])?, 1, 100)?;
    let sdi = ground.world.sdi(&ware, Operation::Store, &newcomer)?;
    let by = crate::scene::evidence::Signatories {
        provider: &newcomer,
        ..ground.by()
    };
    let image = arena
        .prepared(&|chip| steps::share_key(chip, &shared_key(ground.issuer, ground.rc, VERSION, issuers)?))?;
    let key = any_key()?;
    let gives = |chip: &mut dyn Chip| {
        let request = ground.open(chip, Mode::ViaIssuer, &sdi)?;
        let evidence = evidence_by_mac(&request, ground.rc, &by, (issuers, &key))?;
        evidence.introduce(chip)?;
        encode(&evidence.command())
    };
    arena.on_image(
        &image,
        case(
            "MAC without a shared key",
            "a provider that never shared a key with this card makes a MAC",
            0x6985,
            Reason::NoSharedKey,
        ),
        &|chip| {
            steps::verify_certificate(chip, newcomer.certificate())?;
            steps::share_key(chip, &shared_key(&newcomer, ground.rc, VERSION, &key)?)?;
            gives(chip)
        },
        &gives,
    )
}

/// On a card whose policy knows no MACs.
pub(super) fn tell_forbidden(arena: &mut Arena<'_>, ground: &Ground<'_>) -> Result<()> {
    arena.section(
        "MACs",
        "This card's policy wants signatures, which everybody can check.",
    );
    let key = any_key()?;
    let sdi = ground.sdi(&ground.ware(17)?, Operation::Store)?;
    arena.on_copy(
        case(
            "MAC against the policy",
            "issuer and provider authorize by MAC all the same",
            0x6985,
            Reason::PolicyForbids,
        ),
        &|chip| {
            let evidence = ground.agree(chip, Mode::ViaIssuer, &sdi)?;
            evidence.introduce(chip)?;
            encode(&evidence.command())
        },
        &|chip| {
            let request = ground.open(chip, Mode::ViaIssuer, &sdi)?;
            let evidence = evidence_by_mac(&request, ground.rc, &ground.by(), (&key, &key))?;
            evidence.introduce(chip)?;
            encode(&evidence.command())
        },
    )
}
