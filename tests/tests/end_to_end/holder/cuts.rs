//! Power cuts in every program and erase of the commands that only the holder gives.

use apdu_spec::command::Command;
use apdu_spec::object::Operation;
use apdu_spec::reference::PinReference;
use apdu_spec::status::Status;
use simulator::card::SimulatedCard;
use simulator::flash::{CutFlash, MemoryFlash, Outcome};
use simulator::randomness::Randomness;
use symbolon::scene::steps::{encode, pins};
use symbolon::scene::wares;

use super::stage::{CODE, Chip, base, collect, own, stored, verify};
use super::switched_off::command as switch;
use super::unblocking::reset;

type Flash = CutFlash<{ simulator::flash::PAGE_SIZE }, 4>;

fn start(flash: Flash) -> Chip<Flash> {
    Chip(SimulatedCard::start(flash, Randomness::seeded(11)))
}

/// Cuts a command everywhere, three ways each; gives what the card keeps before, after, and each time a cut left it otherwise.
fn cut(image: &[u8], session: &[Command<'_>], command: &Command<'_>, status: Status) -> [Vec<String>; 3] {
    let flash = || Flash::new(MemoryFlash::from_image(image.to_vec()));
    let begin = |flash| {
        let mut chip = start(flash);
        session.iter().for_each(|command| drop(chip.done(command)));
        chip
    };
    let operations = |chip: &mut Chip<Flash>| chip.0.with_flash(Flash::operations).unwrap().total();
    let mut uncut = begin(flash());
    let (before, ahead) = (uncut.dump(), operations(&mut uncut));
    assert_eq!(uncut.send(command).status, status);
    let (after, count) = (uncut.dump(), operations(&mut uncut) - ahead);
    assert!(count > 0, "nothing to cut");
    let (mut found, mut others) = ([0, 0], Vec::new());
    for operation in 0..count {
        for outcome in [Outcome::Undone, Outcome::Done, Outcome::Partly(operation)] {
            let mut chip = begin(flash().cut_at(ahead + operation, outcome));
            let sent = chip.0.process(&encode(command).unwrap()).to_vec();
            assert_eq!(sent, [0x65, 0x81], "answered without power");
            let left = chip.0.into_flash().unwrap();
            assert!(left.is_lost());
            let keeps = start(Flash::new(left.into_inner())).dump();
            match keeps {
                keeps if keeps == before => found[0] += 1,
                keeps if keeps == after => found[1] += 1,
                keeps => others.push(keeps),
            }
        }
    }
    assert!(found[0] > 0 && found[1] > 0, "{found:?}: never old, or never new");
    [vec![before], vec![after], others]
}

/// The keys in which two cards differ.
fn changed(one: &str, other: &str) -> Vec<String> {
    let lines =
        |dump: &str| -> std::collections::BTreeSet<String> { dump.lines().map(str::to_owned).collect() };
    let mut keys: Vec<String> = lines(one)
        .symmetric_difference(&lines(other))
        .map(|line| line[..17].to_owned())
        .collect();
    keys.dedup();
    keys
}

/// Tries of the unblocking code, as a dump names them.
const CODE_TRIES: &str = "0000 05 0003 0000";

/// Losing this leaves a new PIN with the old one's tries, requests that outlive the PIN they were asked under, or a try that was free.
#[test]
fn unblocking_is_done_whole_or_costs_a_try() {
    let mut chip = Chip::of(&stored().0);
    let ware = wares::notes(own(), 2, 3_000).unwrap();
    let number = chip.authorize(&base().parties.provider, &ware, Operation::Replace);
    chip.load_all_but_the_last(&ware, number);
    for _ in 0..3 {
        chip.send(&verify(PinReference::Consent, b"111111"));
    }
    let image = chip.0.snapshot().unwrap();
    let data = [CODE, b"975310"].concat();
    let command = reset(PinReference::Consent, &data);
    let [before, after, others] = cut(&image, &[], &command, Status::SUCCESS);
    assert!(!others.is_empty(), "the try is not written down");
    for between in others {
        assert_eq!(changed(&before[0], &between), [CODE_TRIES]);
    }
    assert!(changed(&before[0], &after[0]).len() > 5);
    // A wrong code: the try is spent, or the card had not begun.
    let data = [b"0000000000".as_slice(), b"975310"].concat();
    let command = reset(PinReference::Consent, &data);
    let [before, after, others] = cut(&image, &[], &command, Status::tries_left(9));
    assert_eq!(changed(&before[0], &after[0]), [CODE_TRIES]);
    assert_eq!(others, Vec::<String>::new());
}

/// Losing this leaves an application half switched off: found in its directory, and closed, or the reverse.
#[test]
fn switching_is_done_whole_or_not_at_all() {
    let consent = verify(PinReference::Consent, pins::CONSENT);
    let mut image = stored().0.clone();
    for active in [false, true] {
        let command = switch(own(), active);
        let [before, after, others] = cut(&image, &[consent], &command, Status::SUCCESS);
        assert_eq!(others, Vec::<String>::new());
        assert_eq!(changed(&before[0], &after[0]).len(), 2);
        let mut chip = Chip::of(&image);
        chip.consent();
        chip.done(&command);
        image = chip.0.snapshot().unwrap();
    }
}

/// Losing this makes receipts collected that were not, or the reverse.
#[test]
fn collecting_is_done_or_not() {
    let command = collect(5, stored().1.last().unwrap());
    let [.., others] = cut(&stored().0, &[], &command, Status::SUCCESS);
    assert_eq!(others, Vec::<String>::new());
}
