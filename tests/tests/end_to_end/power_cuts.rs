//! Power cuts in every program and every erase of every command of a card's life, three ways each, and again during
//! recovery. What a holder would lose if one of these failed: his notes, his card, or the PIN that guards both.
//!
//! Each command is sent to a card that was just switched on, after the commands that bring its session there; only the
//! command's own operations are cut. The card's random numbers are seeded, so that a completed command must end in
//! exactly the state that the uncut one ended in.

#[path = "power_cuts/life.rs"]
mod life;
#[path = "power_cuts/own_files.rs"]
mod own_files;
#[path = "power_cuts/pins.rs"]
mod pins;
#[path = "power_cuts/state.rs"]
mod state;
#[path = "power_cuts/step.rs"]
mod step;
#[path = "power_cuts/story.rs"]
mod story;

use std::io::Write;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use apdu_spec::command::{Command, SelectTarget};
use apdu_spec::data::{self, CardStatus};
use apdu_spec::file::LifeCycle;
use apdu_spec::object::Operation;
use apdu_spec::reference::PinReference;
use apdu_spec::status::Status;
use simulator::card::SimulatedCard;
use simulator::flash::{CutFlash, Operations, Outcome};
use simulator::randomness::Randomness;
use symbolon::scene::steps::encode;
use symbolon::scene::wares::{self, files};

use self::life::{Asked, Life};
use self::state::{Found, TRIES, has_application, tries};
use self::step::{PoweredFlash, Recovered, Step, keeps, send};

/// Of the cuts outside commits, every so many'th is cut again during recovery.
const SAMPLE: usize = 7;

#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    cuts: u64,
    second_cuts: u64,
    before: u64,
    between: u64,
    after: u64,
}

impl Tally {
    fn add(&mut self, other: Self) {
        self.cuts += other.cuts;
        self.second_cuts += other.second_cuts;
        self.before += other.before;
        self.between += other.between;
        self.after += other.after;
    }
}

/// What a card that was just switched on must refuse.
struct Refusals {
    /// Opening a request that was never opened: the holder's consent is not remembered.
    open: Vec<u8>,
}

impl Refusals {
    fn new(life: &Life) -> Self {
        let provider = life.parties.provider.identity().unwrap();
        let ware = wares::notes(story::aid(), 9, 10).unwrap();
        let sdi = ware.sdi(Operation::Store, provider, life.parties.today.add_days(1));
        let open = encode(&Asked::new(sdi).open()).unwrap();
        Self { open }
    }

    /// Nobody is verified, protected files are closed, tries are few.
    fn check(&self, recovered: &mut Recovered) {
        let Recovered { card, keeps, .. } = recovered;
        let mut answer = |command: Command<'_>| send(card, &encode(&command).unwrap());
        let status = answer(Command::GetData {
            tag: data::CARD_STATUS,
            selector: &[],
        });
        let status = CardStatus::read(&status.data).unwrap();
        assert!(!status.damaged);
        for reference in [PinReference::User, PinReference::Consent] {
            let verified = answer(Command::Verify { reference, pin: None }).status;
            let left = tries(keeps, reference.to_byte());
            assert!(!verified.is_success(), "{reference:?} is verified");
            assert!(
                verified
                    .tries()
                    .is_none_or(|tries| Some(tries) == left && tries <= TRIES)
            );
        }
        let closed = Status::SECURITY_STATUS_NOT_SATISFIED;
        if status.life_cycle == LifeCycle::Operational {
            assert!(answer(story::select(story::OWN)).status.is_success());
            assert_eq!(answer(story::read()).status, closed, "a file of the card");
            assert_eq!(
                answer(story::update(0, &[1])).status,
                closed,
                "a file of the card"
            );
        }
        let aid = story::aid();
        let selected = answer(story::select(SelectTarget::Aid(aid.as_bytes()))).status;
        assert_eq!(selected.is_success(), has_application(keeps));
        if selected.is_success() {
            for file in [files::NOTES, files::VAULT] {
                assert!(
                    answer(story::select(SelectTarget::ChildEf(file)))
                        .status
                        .is_success()
                );
                assert_eq!(answer(story::read()).status, closed, "file {file:04X}");
                assert_eq!(answer(story::update(0, &[1])).status, closed, "file {file:04X}");
            }
            let local = Command::Verify {
                reference: PinReference::Local(0x81),
                pin: None,
            };
            assert!(
                !answer(local).status.is_success(),
                "the application's PIN is verified"
            );
        }
        if status.life_cycle == LifeCycle::Operational {
            assert_eq!(send(card, &self.open).status, closed, "consent is remembered");
        }
        assert_eq!(card.dump().unwrap(), *keeps, "a refusal changed the card");
    }
}

/// The three outcomes of an operation that is cut; the number makes the third one differ from cut to cut.
fn outcomes(number: usize) -> [Outcome; 3] {
    let seed = u64::try_from(number).unwrap();
    [Outcome::Undone, Outcome::Done, Outcome::Partly(seed)]
}

/// Cuts one operation of a command in three ways, and looks at the card each time.
fn cut(step: &Step, operation: u64, item: usize, refusals: &Refusals) -> Tally {
    let mut tally = Tally::default();
    for outcome in outcomes(item) {
        let _at = Cutting {
            name: step.name,
            operation,
            outcome,
        };
        let image = step.cut(operation, outcome);
        let mut recovered = step.recover(image.clone());
        let found = step.judge(&recovered.keeps);
        refusals.check(&mut recovered);
        let Recovered {
            card,
            keeps,
            operations,
        } = recovered;
        if step.is_commit || item.is_multiple_of(SAMPLE) {
            for number in 0..operations {
                let way = item + usize::try_from(number).unwrap();
                let outcome = outcomes(way)[way % 3];
                let again = step.cut_again(image.clone(), number, outcome);
                assert_eq!(
                    again, keeps,
                    "recovery changed its mind: {outcome:?} in operation {number} of it"
                );
                tally.second_cuts += 1;
            }
        }
        step.complete(found, card.into_flash().unwrap().into_inner());
        tally.cuts += 1;
        *match found {
            Found::Before => &mut tally.before,
            Found::Between => &mut tally.between,
            Found::After => &mut tally.after,
        } += 1;
    }
    tally
}

/// Cuts all operations of all steps, on all processors.
fn cut_all(life: &Life) -> Vec<Tally> {
    let refusals = Refusals::new(life);
    let items: Vec<(usize, u64)> = (life.steps.iter().enumerate())
        .flat_map(|(index, step)| (0..step.operations.total()).map(move |operation| (index, operation)))
        .collect();
    let next = AtomicUsize::new(0);
    let tallies = Mutex::new(vec![Tally::default(); life.steps.len()]);
    let work = || {
        loop {
            let item = next.fetch_add(1, Ordering::Relaxed);
            let Some((index, operation)) = items.get(item).copied() else {
                return;
            };
            let tally = cut(&life.steps[index], operation, item, &refusals);
            tallies.lock().unwrap()[index].add(tally);
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(work);
        }
    });
    tallies.into_inner().unwrap()
}

/// Says what was being cut when a check fails.
struct Cutting {
    name: &'static str,
    operation: u64,
    outcome: Outcome,
}

impl Drop for Cutting {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!(
                "power was cut in operation {} of {}: {:?}",
                self.operation, self.name, self.outcome
            );
        }
    }
}

/// How often a card was written to before its life begins: never, and until every page has been used.
const AGES: [u32; 2] = [0, 600];

#[test]
fn every_operation_of_every_command_is_cut() {
    let (mut all, mut programs, mut erases, mut commands) = (Tally::default(), 0, 0, 0);
    for age in AGES {
        let life = story::live(age);
        println!("age {age}\nprograms erases  cuts second before between  after");
        for (step, tally) in life.steps.iter().zip(cut_all(&life)) {
            let Operations {
                programs: programmed,
                erases: erased,
            } = step.operations;
            let Tally {
                cuts,
                second_cuts,
                before,
                between,
                after,
            } = tally;
            println!(
                "{programmed:8} {erased:6} {cuts:5} {second_cuts:6} {before:6} {between:7} {after:6}  {}",
                step.name
            );
            assert_eq!(cuts, 3 * step.operations.total(), "{}", step.name);
            programs += programmed;
            erases += erased;
            all.add(tally);
        }
        commands += life.steps.len();
    }
    let operations = programs + erases;
    // Past the harness, which shows what a passing test prints to nobody.
    writeln!(
        std::io::stderr(),
        "power cuts: {commands} commands, {programs} programs and {erases} erases when uncut; \
         {} cuts (3 x {operations}), {} second cuts during recovery",
        all.cuts,
        all.second_cuts,
    )
    .unwrap();
    assert_eq!(all.cuts, 3 * operations);
    assert!(
        erases >= 30 && all.second_cuts >= 1_000,
        "too little happened: {erases} erases, {all:?}"
    );
}

/// A card whose making is cut off is made at the next power-on.
#[test]
fn making_a_card_is_cut_everywhere() {
    let start = |flash: PoweredFlash| {
        SimulatedCard::start(flash, Randomness::seeded(5))
            .into_flash()
            .unwrap()
    };
    let uncut = start(CutFlash::new(story::blank()));
    let (operations, made) = (uncut.operations().total(), keeps(uncut.inner()));
    for operation in 0..operations {
        for outcome in outcomes(usize::try_from(operation).unwrap()) {
            let cut = start(CutFlash::new(story::blank()).cut_at(operation, outcome));
            assert!(cut.is_lost());
            let again = start(CutFlash::new(cut.into_inner()));
            assert_eq!(keeps(again.inner()), made, "{outcome:?} in operation {operation}");
        }
    }
    assert!(operations > 5);
}

/// Whoever guesses and cuts the power as soon as the card does something else for a wrong PIN than for the right one
/// has spent a try by then.
#[test]
fn a_try_is_spent_before_right_and_wrong_differ() {
    let life = story::live(0);
    let step = life
        .steps
        .iter()
        .find(|step| step.name == "VERIFY right")
        .unwrap();
    let right = step.operations.total();
    let mut guess = step.command.clone();
    *guess.last_mut().unwrap() ^= 1;
    let after = |command: &[u8], operation: u64| {
        let flash = CutFlash::new(step.image.clone()).cut_at(step.ahead + operation, Outcome::Done);
        let mut card = step::begin(flash, step.seed, &step.session);
        let _ = send(&mut card, command);
        card.into_flash().unwrap()
    };
    let first_difference = (0..right)
        .find(|operation| {
            after(&step.command, *operation).inner().image() != after(&guess, *operation).inner().image()
        })
        .unwrap();
    let flash = after(
        &guess,
        first_difference
            .checked_sub(1)
            .expect("the first operation differs"),
    );
    let left = tries(
        &step.recover(flash.into_inner()).keeps,
        PinReference::User.to_byte(),
    );
    assert_eq!(
        left,
        Some(TRIES - 1),
        "a guess is free until operation {first_difference}"
    );
}
