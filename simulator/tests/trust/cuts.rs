//! Power may fail in the middle of all this: then it has happened or it has not, and never halfway.

use apdu_spec::certificate::{Extension, Role};
use apdu_spec::command::{Command, KeyTemplate};
use apdu_spec::data;
use apdu_spec::object::Mode;
use apdu_spec::reference::{KeyReference, PinReference};
use symbolon_simulator::card::SimulatedCard;
use symbolon_simulator::flash::{CutFlash, MemoryFlash, Outcome};
use symbolon_simulator::randomness::Randomness;
use symbolon_simulator::responder::Responder;

use super::later::released;
use super::parties::*;
use super::revocation::list;
use super::world::*;

/// What the card keeps, but for the tries of the consent PIN, which go down and up again around every VERIFY.
fn kept(flash: MemoryFlash) -> String {
    let dump = SimulatedCard::new(flash, Randomness::seeded(9)).dump().unwrap();
    dump.lines()
        .filter(|line| !line.starts_with("0000 05 0002 "))
        .flat_map(|line| [line, "\n"])
        .collect()
}

/// Sends the commands to the card, whose power fails in operation `cut`, and starts it again; gives whether all of
/// them succeeded, how many operations there were, and what is left.
fn run(image: &[u8], commands: &[Vec<u8>], cut: u64, outcome: Outcome) -> (bool, u64, MemoryFlash) {
    let flash: CutFlash = CutFlash::new(MemoryFlash::from_image(image.to_vec())).cut_at(cut, outcome);
    let mut card = SimulatedCard::start(flash, Randomness::seeded(5));
    let done = commands
        .iter()
        .all(|command| card.transmit(command).ends_with(&[0x90, 0x00]));
    let flash = card.into_flash().unwrap();
    let operations = flash.operations().total();
    let restarted = SimulatedCard::start(flash.into_inner(), Randomness::seeded(6));
    (done, operations, restarted.into_flash().unwrap())
}

/// The commands together are one change, wherever the power fails.
fn is_atomic(world: &mut World, commands: &[Command<'_>]) {
    let image = world.card.snapshot().unwrap();
    let commands: Vec<_> = commands.iter().map(encode).collect();
    let before = kept(MemoryFlash::from_image(image.clone()));
    let (done, operations, flash) = run(&image, &commands, u64::MAX, Outcome::Undone);
    let after = kept(flash);
    assert!(done && before != after);
    let mut seen = [false; 2];
    for cut in 0..operations {
        for outcome in [Outcome::Undone, Outcome::Done, Outcome::Partly(cut)] {
            let (done, _, flash) = run(&image, &commands, cut, outcome);
            let left = kept(flash);
            assert!(left == before || left == after, "{cut} {outcome:?}\n{left}");
            assert!(!done || left == after, "{cut} {outcome:?}: answered and lost");
            seen[usize::from(left == after)] = true;
        }
    }
    assert_eq!(seen, [true, true]);
}

const fn put(tag: u16, value: &[u8]) -> Command<'_> {
    Command::PutData { tag, value }
}

#[test]
fn a_link_that_pushes_a_root_out() {
    let mut world = World::registered();
    let draft = |name| Draft::new(name, Role::DataRegistrar, Extension::None);
    let second = world.data.certify(21, &draft("XXDREG00002"));
    world.verify(&second);
    let third = Draft {
        effective: date("2026-02-01"),
        ..draft("XXDREG00003")
    };
    let third = second.certify(22, &third).body_and_signature();
    is_atomic(
        &mut world,
        &[Command::VerifyCertificate {
            body_and_signature: &third,
        }],
    );
}

#[test]
fn another_first_root() {
    let mut world = World::with_roots();
    let draft = Draft::new("XXDREG00002", Role::DataRegistrar, Extension::None);
    let second = world.data.certify(21, &draft);
    world.verify(&second);
    let revoked = list(&second, 1, &[[1; 32]]);
    world.ok(&Command::LoadRevocationList { list: &revoked });
    let other = Party::root(51, "XXOTHR00001", Role::DataRegistrar);
    is_atomic(&mut world, &[put(data::DATA_REGISTRAR_ROOT, &other.certificate)]);
}

#[test]
fn a_revocation_list() {
    let mut world = World::registered();
    let first = list(&world.data, 1, &[[1; 32]]);
    world.ok(&Command::LoadRevocationList { list: &first });
    let second = list(&world.data, 2, &[[2; 32], [3; 32]]);
    is_atomic(&mut world, &[Command::LoadRevocationList { list: &second }]);
}

#[test]
fn a_key_of_the_issuers_making_and_one_of_the_cards() {
    let mut world = World::personalised();
    is_atomic(&mut world, &[put(data::REGISTRATION_KEY, &[77; 32])]);
    world.put(data::REGISTRATION_KEY, &[77; 32]);
    let generate = Command::GenerateKeyPair {
        reference: KeyReference::Registration,
        template: KeyTemplate::Signature,
        make: true,
    };
    is_atomic(&mut world, &[generate]);
}

#[test]
fn a_registration_by_the_next_issuer() {
    let mut world = World::registered();
    let new = world.certify_issuer(31, "XXNEWI00001");
    world.open_one(Mode::ViaIssuer, 1);
    let rc = world.rc(&new, |rc| rc.serial = 2);
    let release = world.release(&new, |_| {});
    is_atomic(
        &mut world,
        &[
            Command::VerifyCertificate {
                body_and_signature: &new.body_and_signature(),
            },
            Command::Verify {
                reference: PinReference::Consent,
                pin: Some(CONSENT),
            },
            released(&rc, &release),
        ],
    );
}
