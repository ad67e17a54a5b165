//! Bad requests: each gets a signed refusal that names the check, and leaves a record of it and nothing else.
//!
//! Every case differs in one thing from what is granted. What cannot be read at all is no request: an error names it,
//! and nothing is kept.

mod cards;
mod certifiers;
mod firsts;
mod malformed;
mod receipts;
mod registrars;
mod requests;

use apdu_spec::certificate::Role;
use apdu_spec::object::{
    Algorithm, FirstAuthorization, Header, Mode, Operation, Sdi, SecondAuthorization, Signed, StoringRequest,
};
use parties::crypto::{Digest, sha256};
use parties::decision::{Decision, sign_object};
use parties::evidence::Evidence;
use parties::office::Manner;

use crate::offices::Offices;
use crate::world::{Key, World, today};

/// The party that signs last in each mode, or alone, and one that signs first.
const TURNS: [(Role, Mode); 5] = [
    (Role::Issuer, Mode::ViaIssuer),
    (Role::Provider, Mode::ViaProvider),
    (Role::Provider, Mode::ViaIssuer),
    (Role::Issuer, Mode::ViaProvider),
    (Role::Provider, Mode::ProviderAlone),
];

/// Who signs first in this mode, where two sign.
fn first_role(mode: Mode) -> Option<Role> {
    match mode {
        Mode::ViaIssuer => Some(Role::Issuer),
        Mode::ViaProvider => Some(Role::Provider),
        _ => None,
    }
}

fn key(world: &World, role: Role) -> &Key {
    match role {
        Role::Issuer => &world.issuer_key,
        _ => &world.provider_key,
    }
}

fn header(world: &World, role: Role, mode: Mode, previous: Digest) -> Header {
    let certificate = match role {
        Role::Issuer => sha256(&world.card.irc),
        _ => *world.provider.certificate().digest(),
    };
    Header {
        mode,
        role,
        certificate,
        previous,
        algorithm: Algorithm::EcdsaP256Sha256,
    }
}

/// What the party of this role would sign first, whether it should or not.
fn first_body(world: &World, role: Role, mode: Mode, request: &[u8]) -> FirstAuthorization {
    FirstAuthorization {
        header: header(world, role, mode, sha256(request)),
        card_certificate: sha256(&world.card.rc),
    }
}

/// The request of a card that wants to store the world's package.
fn wanted(world: &mut World, mode: Mode) -> StoringRequest {
    world.card.mode = mode;
    let signed = world.card.open(world.sdi(Operation::Store));
    Signed::parse(&signed).unwrap().storing_request().unwrap()
}

/// What the card asks, and what comes with it up to this party's turn.
struct Asked {
    request: Vec<u8>,
    first: Option<Vec<u8>>,
    provider_certificate: Vec<u8>,
    rc: Vec<u8>,
    irc: Vec<u8>,
}

impl Asked {
    /// The request, signed by the card, and the first party's word where it is the second one's turn.
    fn new(world: &World, request: &StoringRequest, turn: Role) -> Self {
        Self::signed(
            world,
            sign_object(request, &world.card.key).unwrap(),
            request,
            turn,
        )
    }

    fn signed(world: &World, signed: Vec<u8>, request: &StoringRequest, turn: Role) -> Self {
        let mode = request.header.mode;
        let first = first_role(mode).filter(|first| *first != turn).map(|role| {
            let body = first_body(world, role, mode, &signed);
            sign_object(&body, key(world, role)).unwrap()
        });
        Self {
            request: signed,
            first,
            provider_certificate: world.provider.certificate().encoded().to_vec(),
            rc: world.card.rc.clone(),
            irc: world.card.irc.clone(),
        }
    }

    fn evidence(&self) -> Evidence<'_> {
        Evidence {
            request: &self.request,
            card_certificate: &self.rc,
            issuer_certificate: &self.irc,
            provider_certificate: Some(&self.provider_certificate),
            first: self.first.as_deref(),
        }
    }

    /// What the party refuses: the object that it would sign over.
    fn object(&self) -> &[u8] {
        self.first.as_deref().unwrap_or(&self.request)
    }

    fn ask(&self, offices: &Offices, turn: Role) -> parties::Result<Decision> {
        let evidence = self.evidence();
        let answer = match turn {
            Role::Issuer => offices.issuer.authorize(&evidence, Manner::Signature, today()),
            _ => offices.provider.authorize(&evidence, Manner::Signature, today()),
        };
        answer.map(|answer| answer.decision)
    }
}

/// A second authorization by the party of this role over `previous`.
fn second_body(world: &World, role: Role, mode: Mode, previous: &[u8]) -> SecondAuthorization {
    SecondAuthorization {
        header: header(world, role, mode, sha256(previous)),
    }
}

/// Storing data with one thing changed.
fn changed(sdi: &Sdi, change: impl FnOnce(&mut Sdi)) -> Sdi {
    let mut sdi = *sdi;
    change(&mut sdi);
    sdi
}
