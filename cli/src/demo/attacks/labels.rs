//! One family of attacks: every signed object relabelled as every other.
//!
//! The bytes of a genuine object, once as they are and once with the tag of another object on its body, are sent where
//! that other object is taken. Some objects no command takes; then the place is that of the object that is relabelled,
//! or of an authorization.

use apdu_spec::certificate::Policy;
use apdu_spec::command::Command;
use apdu_spec::object::{Mode, Operation, Refusal, Sdi, Signed};
use apdu_spec::reason::Reason;
use apdu_spec::status::Status;
use apdu_spec::tlv::Tag;
use parties::crypto::sha256;

use super::attempt::Arena;
use super::{Ground, authorization, issuers, registration};
use crate::demo::report::{REFUSED, Trial};
use crate::demo::stage::{InProcess, Stage, dump};
use crate::scene::evidence::{Evidence, Signatories, evidence};
use crate::scene::steps::{self, Chip, encode};
use crate::scene::world::{Enrolment, World, shared_key};
use crate::scene::{Result, SceneError};

/// Kinds of signed objects: tag of the body, and name.
const KINDS: [(u8, &str); 12] = [
    (0xE2, "storing request"),
    (0xE3, "first authorization"),
    (0xE4, "second authorization"),
    (0xE5, "certified data"),
    (0xE6, "registrar-certified data"),
    (0xE7, "receipt"),
    (0xE8, "refusal"),
    (0xE9, "receipt head"),
    (0xEA, "shared key"),
    (0xEC, "authentication"),
    (0xEE, "revocation list"),
    (0xEF, "release"),
];

pub(super) fn tell(arena: &mut Arena<'_>, ground: &Ground<'_>) -> Result<()> {
    arena.section(
        "every object as every other",
        "A copy of the card whose policy allows everything gets each of twelve objects where another is due.",
    );
    let mut laboratory = Laboratory::new(arena.stage.image()?, ground)?;
    let trial = laboratory.try_all()?;
    arena.report.attack(&trial);
    Ok(())
}

/// A copy of the card on which every object has its place.
struct Laboratory<'g> {
    ground: &'g Ground<'g>,
    chip: InProcess,
    rc: Vec<u8>,
    /// Open requests of modes 2, 6 and 7 with the evidence for them; the last is the second provider's.
    joint: Evidence,
    certified: Evidence,
    countersigned: Evidence,
    /// What another issuer would register the card with.
    takeover: Vec<u8>,
    /// A genuine object of each kind.
    genuine: Vec<(u8, Vec<u8>)>,
}

impl<'g> Laboratory<'g> {
    fn new(image: Vec<u8>, ground: &'g Ground<'g>) -> Result<Self> {
        let mut chip = InProcess::copy_of(image);
        let enrolment = Enrolment {
            policy: Policy::ALL.with_mac(),
            ..ground.enrolment(ground.issuer, 80)
        };
        let certificate = ground.later_certificate(&mut chip, &enrolment)?;
        steps::consent(&mut chip)?;
        let registered = steps::register_with(&mut chip, ground.issuer.certificate(), &certificate, None)?;
        let rc = registered.certificate;
        let sdi = ground.sdi(&ground.ware(30)?, Operation::Store)?;
        let request = ground.open(&mut chip, Mode::ViaIssuer, &sdi)?;
        let joint = evidence(&request, &rc, &ground.by())?;
        let others = ground.sdi(&ground.ware(31)?, Operation::Store)?;
        let second = ground.open(&mut chip, Mode::CertifiedData, &others)?;
        let certified = evidence(&second, &rc, &ground.by())?;
        let by = Signatories {
            provider: &ground.world.second_provider,
            ..ground.by()
        };
        let [_, prefix] = ground.world.prefixes;
        let theirs = ground
            .world
            .sdi(&ground.ware(32)?, Operation::Store, by.provider)?;
        let theirs = Sdi {
            aid: World::aid(&prefix, &[0x32])?,
            ..theirs
        };
        let third = ground.open(&mut chip, Mode::RegistrarCertified, &theirs)?;
        let countersigned = evidence(&third, &rc, &by)?;
        let takeover =
            ground.later_certificate(&mut chip, &ground.enrolment(&ground.world.second_issuer, 81))?;
        let mut laboratory = Self {
            ground,
            chip,
            rc,
            joint,
            certified,
            countersigned,
            takeover,
            genuine: Vec::new(),
        };
        laboratory.genuine = laboratory.collect(&request, &registered.receipt)?;
        Ok(laboratory)
    }

    /// A genuine object of each kind.
    fn collect(&mut self, request: &[u8], receipt: &[u8]) -> Result<Vec<(u8, Vec<u8>)>> {
        let ground = self.ground;
        let card = ground.card()?;
        let refusal = ground.provider.sign(&Refusal {
            header: ground.provider.header(Mode::ViaIssuer, sha256(request)),
            reason: Reason::Expired.code(),
            text: "not today",
        })?;
        let key = ground.world.master_key.card_key(&card, 80)?;
        let release = issuers::release(
            ground.issuer,
            &self.rc,
            card,
            ground.world.second_issuer.identity()?,
        )?;
        let head = steps::receipt_head(&mut self.chip, [0x5A; 16])?;
        Ok(vec![
            (0xE2, request.to_vec()),
            (0xE3, self.joint.first.clone()),
            (0xE4, self.joint.second.clone().unwrap_or_default()),
            (0xE5, self.certified.first.clone()),
            (0xE6, self.countersigned.second.clone().unwrap_or_default()),
            (0xE7, receipt.to_vec()),
            (0xE8, refusal),
            (0xE9, head),
            (0xEA, shared_key(ground.issuer, &self.rc, 80, &key)?),
            (0xEC, steps::authentication(ground.issuer, card, [0x5A; 16])?),
            (0xEE, ground.data_registrar.revocation_list(80, &[])?),
            (0xEF, release),
        ])
    }

    /// Prepares the place where objects of this kind are taken and gives the command with `object` in it; `None` where
    /// no command takes one.
    fn place(&self, chip: &mut dyn Chip, kind: u8, object: &[u8]) -> Result<Option<Vec<u8>>> {
        let evidence = |chip: &mut dyn Chip, evidence: &Evidence, first: &[u8], second: Option<&[u8]>| {
            evidence.introduce(chip)?;
            authorization(evidence.number, first, second).map(Some)
        };
        let second = self.joint.second.as_deref();
        match kind {
            0xE3 => evidence(chip, &self.joint, object, second),
            0xE4 => evidence(chip, &self.joint, &self.joint.first, Some(object)),
            0xE5 => evidence(chip, &self.certified, object, None),
            0xE6 => evidence(chip, &self.countersigned, &self.countersigned.first, Some(object)),
            0xEA => {
                steps::consent(chip)?;
                encode(&Command::LoadSharedKey { key: object }).map(Some)
            }
            0xEC => {
                steps::challenge(chip)?;
                encode(&Command::ExternalAuthenticate {
                    authentication: object,
                })
                .map(Some)
            }
            0xEE => encode(&Command::LoadRevocationList { list: object }).map(Some),
            0xEF => {
                steps::verify_certificate(chip, self.ground.world.second_issuer.certificate())?;
                steps::consent(chip)?;
                registration(&self.takeover, Some(object)).map(Some)
            }
            _ => Ok(None),
        }
    }

    /// The honest object in its own place: each on a clone of its own.
    fn accepts_honest(&mut self, kind: u8, object: &[u8]) -> Result<bool> {
        let mut twin = InProcess::copy_of(self.chip.image()?);
        let command = match kind {
            // Only a challenge's own answer is honest.
            0xEC => {
                let challenge = steps::challenge(&mut twin)?;
                let answer = steps::authentication(self.ground.issuer, self.ground.card()?, challenge)?;
                Some(encode(&Command::ExternalAuthenticate {
                    authentication: &answer,
                })?)
            }
            _ => self.place(&mut twin, kind, object)?,
        };
        match command {
            Some(command) => Ok(steps::exchange(&mut twin, &command)?.status.is_success()),
            None => Ok(true),
        }
    }

    fn try_all(&mut self) -> Result<Trial> {
        let genuine = self.genuine.clone();
        let mut accepted = true;
        for (kind, object) in &genuine {
            accepted &= self.accepts_honest(*kind, object)?;
        }
        let image = self.chip.image()?;
        let mut target = InProcess::copy_of(image);
        let before = dump(&mut target)?;
        let (mut pairs, mut refused, mut in_form) = (0, true, true);
        let mut answer = (Status::SUCCESS, Reason::None);
        for (from, object) in &genuine {
            for (to, _) in KINDS.into_iter().filter(|(to, _)| to != from) {
                let relabelled = relabel(object, to)?;
                for bytes in [object, &relabelled] {
                    let mut command = self.place(&mut target, to, bytes)?;
                    if command.is_none() {
                        command = self.place(&mut target, *from, &relabelled)?;
                    }
                    if command.is_none() {
                        command = self.place(&mut target, 0xE3, &relabelled)?;
                    }
                    let command = command.ok_or_else(|| SceneError::Coding("no place".into()))?;
                    let status = steps::exchange(&mut target, &command)?.status;
                    answer = (status, steps::last_reason(&mut target)?);
                    refused &= !status.is_success();
                    in_form &= malformed_or_wrong(answer);
                }
                pairs += 1;
            }
        }
        let card_changed = dump(&mut target)? != before;
        Ok(Trial {
            name: "every object as every other",
            story: "a genuine object is sent where another is due, with its own tag and with the other's",
            variants: pairs,
            answer,
            checks: vec![
                (
                    "a clone of the card accepts each object in its own place",
                    accepted,
                ),
                (REFUSED, refused),
                ("each is refused as malformed, or as a wrong object", in_form),
                (
                    "nothing on the card has changed, down to the last object of its memory",
                    !card_changed,
                ),
            ],
            card_changed,
        })
    }
}

/// The same bytes, but with another tag on the body.
fn relabel(object: &[u8], tag: u8) -> Result<Vec<u8>> {
    let signed = Signed::parse(object)?;
    let Tag(own) = signed.tag;
    let own = u8::try_from(own).map_err(|_| SceneError::Coding("a body of two bytes' tag".into()))?;
    let at = object
        .windows(signed.body.len())
        .position(|window| window == signed.body && window.first() == Some(&own))
        .ok_or_else(|| SceneError::Coding("no body".into()))?;
    let mut relabelled = object.to_vec();
    if let Some(byte) = relabelled.get_mut(at) {
        *byte = tag;
    }
    Ok(relabelled)
}

/// What may be answered to an object that is not the one due: that it is malformed, or why it is the wrong one.
fn malformed_or_wrong((status, reason): (Status, Reason)) -> bool {
    match status.0 {
        0x6A80 => reason == Reason::None,
        0x6988 => matches!(
            reason,
            Reason::WrongRole | Reason::WrongSigner | Reason::BadSignature | Reason::OtherRequest
        ),
        _ => false,
    }
}
