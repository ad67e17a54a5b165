//! Ten attacks. Each sends raw APDUs: first a copy of the card accepts the honest bytes, which shows that nothing but the
//! change is refused; then the card gets the changed bytes, and everything it keeps is compared before and after.

mod attempt;

use apdu_spec::aid::Aid;
use apdu_spec::certificate::Role;
use apdu_spec::command::Command;
use apdu_spec::limits;
use apdu_spec::object::{Algorithm, FirstAuthorization, Header, Mode, Operation, Sdi, SecondAuthorization};
use apdu_spec::reason::Reason;
use apdu_spec::reference::PinReference;
use parties::crypto::sha256;
use parties::decision::sign_object;
use parties::registrar::Scope;
use parties::signer::Signer;

use attempt::Attack;

use super::report::Report;
use super::stage::{InProcess, Stage};
use super::story::Told;
use crate::scene::steps::{self, Signatures, encode};
use crate::scene::wares::{self, Ware};
use crate::scene::{Result, SceneError, certified, registrar};

/// What all attacks start from.
struct Ground {
    /// The card before request `used` was authorized, and that request's signatures.
    before_use: Vec<u8>,
    used: Signatures,
    /// An open request for one package, with its honest signatures.
    ware: Ware,
    request: Vec<u8>,
    signatures: Signatures,
    /// Signatures over an open request for another package.
    other_package: Signatures,
}

/// Tells the ten attacks.
pub(super) fn tell(stage: &mut dyn Stage, told: &mut Told, report: &mut Report) -> Result<()> {
    let ground = prepare(stage, told, report)?;
    let attacks = [
        other_card(told, &ground)?,
        other_package(told, &ground)?,
        used_twice(told, &ground)?,
        swapped_roles(told, &ground)?,
        unregistered_issuer(told, &ground)?,
        unregistered_provider(told)?,
        broken_signature(told, &ground)?,
        flipped_block(told, &ground)?,
        no_consent(told)?,
        older_version(told)?,
    ];
    for (index, attack) in attacks.iter().enumerate() {
        attack.attempt(index + 1, stage, report)?;
    }
    Ok(())
}

fn prepare(stage: &mut dyn Stage, told: &Told, report: &mut Report) -> Result<Ground> {
    report.chapter("5. Ten attacks");
    report.say("First version 3 of the application is stored honestly, and two more requests are opened:");
    let third = wares::notes(told.cast.prefix, 3, 3000)?;
    told.offices
        .provider
        .add_package(third.package(), told.parties.today)?;
    let used = told.agree(stage, &told.sdi(&third, Operation::Store)?, report)?;
    let before_use = stage.image()?;
    steps::authorize(stage, &told.parties, &used)?;
    let receipt = steps::load(stage, &third, 0, used.number)?;
    report.done(2, "store");
    told.offices.record(&receipt, &told.parties, report)?;
    let ware = wares::notes(sibling(told, 1)?, 1, 4000)?;
    let (request, signatures) = open_and_sign(stage, told, &ware)?;
    let (_, other_package) = open_and_sign(stage, told, &wares::notes(sibling(told, 2)?, 1, 100)?)?;
    Ok(Ground {
        before_use,
        used,
        ware,
        request,
        signatures,
        other_package,
    })
}

/// Another AID of the same provider.
fn sibling(told: &Told, last: u8) -> Result<Aid> {
    let bytes = [told.cast.prefix.as_bytes(), &[last]].concat();
    Aid::new(&bytes).ok_or_else(|| SceneError::Coding("AID".into()))
}

fn open_and_sign(stage: &mut dyn Stage, told: &Told, ware: &Ware) -> Result<(Vec<u8>, Signatures)> {
    steps::consent(stage)?;
    let request = steps::open(stage, &told.sdi(ware, Operation::Store)?)?;
    let signatures = steps::sign(&told.parties, &request, &told.registered.certificate, ware)?;
    Ok((request, signatures))
}

/// PSO VERIFY CERTIFICATE with the honest provider's certificate.
fn provider_certificate(told: &Told) -> Result<Vec<u8>> {
    encode(&steps::certificate_command(
        told.parties.provider.certificate().encoded(),
    )?)
}

fn authorize(number: u32, first: &[u8], second: &[u8]) -> Result<Vec<u8>> {
    encode(&Command::Authorize {
        number,
        first,
        second: Some(second),
    })
}

/// An attack on the authorization of the open request.
fn on_authorization(
    name: &'static str,
    story: &'static str,
    told: &Told,
    ground: &Ground,
    first: &[u8],
    second: &[u8],
    reason: Reason,
) -> Result<Attack> {
    let Signatures {
        number,
        first: honest_first,
        second: honest_second,
    } = &ground.signatures;
    Ok(Attack::new(
        name,
        story,
        &[provider_certificate(told)?],
        authorize(*number, honest_first, honest_second)?,
        authorize(*number, first, second)?,
        reason,
    ))
}

fn other_card(told: &Told, ground: &Ground) -> Result<Attack> {
    let mut neighbour = InProcess::new();
    steps::personalise(&mut neighbour, &told.parties)?;
    let registered = steps::register(&mut neighbour, &told.parties)?;
    steps::change_pins(&mut neighbour)?;
    steps::consent(&mut neighbour)?;
    let request = steps::open(&mut neighbour, &told.sdi(&ground.ware, Operation::Store)?)?;
    let stolen = steps::sign(&told.parties, &request, &registered.certificate, &ground.ware)?;
    on_authorization(
        "other card",
        "Both signatures are genuine, over the same package, but were given for another card of the same issuer.",
        told,
        ground,
        &stolen.first,
        &stolen.second,
        Reason::OtherRequest,
    )
}

fn other_package(told: &Told, ground: &Ground) -> Result<Attack> {
    let Signatures { first, second, .. } = &ground.other_package;
    on_authorization(
        "other package",
        "Both signatures are genuine and for this card, but over the request for another package.",
        told,
        ground,
        first,
        second,
        Reason::OtherRequest,
    )
}

fn used_twice(told: &Told, ground: &Ground) -> Result<Attack> {
    let Signatures {
        number,
        first,
        second,
    } = &ground.used;
    let bytes = authorize(*number, first, second)?;
    let story =
        "The authorization of version 3, which the card has carried out, is sent again, to the last byte.";
    let attack = Attack::new(
        "used twice",
        story,
        &[provider_certificate(told)?],
        bytes.clone(),
        bytes,
        Reason::NoSuchRequest,
    );
    Ok(Attack {
        copy_image: Some(ground.before_use.clone()),
        ..attack
    })
}

fn header(role: Role, certificate: [u8; 32], previous: [u8; 32]) -> Header {
    Header {
        mode: Mode::ViaIssuer,
        role,
        certificate,
        previous,
        algorithm: Algorithm::EcdsaP256Sha256,
    }
}

/// Both authorizations of the open request, by whoever signs with whatever certificate.
fn forge(
    told: &Told,
    ground: &Ground,
    (first_role, first_certificate, first_key): (Role, [u8; 32], &dyn Signer),
    (second_role, second_certificate, second_key): (Role, [u8; 32], &dyn Signer),
) -> Result<(Vec<u8>, Vec<u8>)> {
    let card_certificate = sha256(&told.registered.certificate);
    let head = header(first_role, first_certificate, sha256(&ground.request));
    let first = sign_object(
        &FirstAuthorization {
            header: head,
            card_certificate,
        },
        &first_key,
    )?;
    let head = header(second_role, second_certificate, sha256(&first));
    let second = sign_object(&SecondAuthorization { header: head }, &second_key)?;
    Ok((first, second))
}

fn swapped_roles(told: &Told, ground: &Ground) -> Result<Attack> {
    let parties = &told.parties;
    let (first, second) = forge(
        told,
        ground,
        (
            Role::Provider,
            *parties.provider.certificate().digest(),
            &parties.provider_key,
        ),
        (
            Role::Issuer,
            *parties.issuer.certificate().digest(),
            &parties.issuer_key,
        ),
    )?;
    on_authorization(
        "swapped roles",
        "Issuer and provider both sign, with their own keys, but each in the other's place.",
        told,
        ground,
        &first,
        &second,
        Reason::WrongRole,
    )
}

fn unregistered_issuer(told: &Told, ground: &Ground) -> Result<Attack> {
    let parties = &told.parties;
    let false_registrar = registrar(Role::IssuerRegistrar, told.cast.issuer_registrar, parties.today)?;
    let scope = Scope::DataRegistrars(vec![*parties.data_registrar.root().digest()]);
    let (certificate, key) = certified(&false_registrar, told.cast.issuer, scope, parties.today)?;
    let (first, second) = forge(
        told,
        ground,
        (Role::Issuer, sha256(&certificate), &key),
        (
            Role::Provider,
            *parties.provider.certificate().digest(),
            &parties.provider_key,
        ),
    )?;
    on_authorization(
        "unregistered issuer",
        "Somebody with the issuer's name, certified by a registrar of his own making, signs; the provider is deceived.",
        told,
        ground,
        &first,
        &second,
        Reason::WrongSigner,
    )
}

fn unregistered_provider(told: &Told) -> Result<Attack> {
    let false_registrar = registrar(Role::DataRegistrar, told.cast.data_registrar, told.parties.today)?;
    let scope = Scope::Prefixes(vec![told.cast.prefix]);
    let (certificate, _) = certified(&false_registrar, told.cast.provider, scope, told.parties.today)?;
    Ok(Attack::new(
        "unregistered provider",
        "A provider shows a certificate with all the right names, signed by a registrar of his own making.",
        &[],
        provider_certificate(told)?,
        encode(&steps::certificate_command(&certificate)?)?,
        Reason::BadSignature,
    ))
}

fn broken_signature(told: &Told, ground: &Ground) -> Result<Attack> {
    let Signatures { first, second, .. } = &ground.signatures;
    let mut broken = second.clone();
    if let Some(last) = broken.last_mut() {
        *last ^= 0x01;
    }
    on_authorization(
        "broken signature",
        "One bit of the provider's signature is turned.",
        told,
        ground,
        first,
        &broken,
        Reason::BadSignature,
    )
}

fn flipped_block(told: &Told, ground: &Ground) -> Result<Attack> {
    let Signatures {
        number,
        first,
        second,
    } = &ground.signatures;
    let honest = steps::load_command(&ground.ware, 0, *number)?;
    let mut block = ground.ware.blocks().first().cloned().unwrap_or_default();
    if let Some(byte) = block.iter_mut().nth_back(10) {
        *byte ^= 0x01;
    }
    let changed = Command::LoadBlock {
        index: 0,
        last: false,
        number: *number,
        block: &block,
    };
    Ok(Attack::new(
        "flipped block",
        "The request is honestly authorized; on its way to the card one bit of the first block is turned.",
        &[provider_certificate(told)?, authorize(*number, first, second)?],
        encode(&honest)?,
        encode(&changed)?,
        Reason::BlockDigest,
    ))
}

/// The command that opens a request in mode 2.
fn open_command(sdi: &Sdi) -> Result<Vec<u8>> {
    let mut buffer = [0; limits::AUTHORIZATION_MAX];
    let length = sdi.write_body(&mut buffer)?;
    let sdi_encoded = buffer.get(..length).unwrap_or_default();
    encode(&Command::OpenRequest {
        mode: Mode::ViaIssuer,
        sdi: *sdi,
        sdi_encoded,
    })
}

fn consent() -> Result<Vec<u8>> {
    encode(&Command::Verify {
        reference: PinReference::Consent,
        pin: Some(steps::pins::CONSENT),
    })
}

fn no_consent(told: &Told) -> Result<Attack> {
    let bytes = open_command(&told.sdi(&wares::notes(sibling(told, 3)?, 1, 100)?, Operation::Store)?)?;
    let story =
        "A terminal opens a request for a new application without asking the holder for the consent PIN.";
    let attack = Attack::new(
        "no consent",
        story,
        &[],
        bytes.clone(),
        bytes,
        Reason::ConsentMissing,
    );
    Ok(Attack {
        before_honest: vec![consent()?],
        ..attack
    })
}

fn older_version(told: &Told) -> Result<Attack> {
    let newer = wares::notes(told.cast.prefix, 4, 100)?;
    let older = wares::notes(told.cast.prefix, 2, 100)?;
    Ok(Attack::new(
        "older version",
        "With the holder's consent, version 3 on the card is to be replaced by version 2, whose weakness is known.",
        &[consent()?],
        open_command(&told.sdi(&newer, Operation::Replace)?)?,
        open_command(&told.sdi(&older, Operation::Replace)?)?,
        Reason::VersionTooOld,
    ))
}
