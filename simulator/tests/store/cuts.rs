//! Power cuts: in every program and erase of a workload, and again in every one of the recovery.

use super::support::*;
use applet::store::{Key, Secrecy, Store};
use symbolon_simulator::flash::{CutFlash, MemoryFlash, Outcome};

/// Steps before the first cut, so that the log has gone around the flash.
const WARM_UP: usize = 100;

#[derive(Debug, Default)]
struct Tally {
    cuts: usize,
    second_cuts: usize,
    old: usize,
    new: usize,
    /// Pages erased by the workload itself.
    erases: u64,
}

/// Cuts every operation of every step of a workload in every way.
fn survives_every_cut<const P: usize, const W: usize>(
    pages: usize,
    seed: u64,
    steps: usize,
    longest: usize,
) -> Tally {
    let mut random = Random(seed);
    let mut model = Model::default();
    let mut image = formatted::<P, W>(pages);
    let mut tally = Tally::default();
    for number in 0..WARM_UP + steps {
        let step = random.step(&model, 10, longest);
        let mut store = mount(CutFlash::new(image.clone())).expect("mounting");
        let taken = take(&mut store, &step);
        let mut after = model.clone();
        if taken.is_ok() {
            after.apply(&step);
        }
        let (flash, _) = store.release();
        let cases = Cases::new(&step, model, after);
        let operations = if number < WARM_UP {
            0
        } else {
            flash.operations().total()
        };
        for operation in 0..operations {
            for outcome in outcomes(&mut random) {
                cases.cut(&image, operation, outcome, &mut tally, &mut random);
            }
        }
        if number >= WARM_UP {
            tally.erases += flash.operations().erases;
        }
        image = flash.into_inner();
        model = cases.after;
        let keep = model.secrets.len().saturating_sub(30);
        model.secrets.drain(..keep);
    }
    tally
}

fn outcomes(random: &mut Random) -> [Outcome; 4] {
    [
        Outcome::Undone,
        Outcome::Done,
        Outcome::Partly(random.next()),
        Outcome::Partly(random.next()),
    ]
}

/// What may be found after a cut in a step, and what must not.
struct Cases<'a> {
    step: &'a Step,
    before: Model,
    after: Model,
    /// For the old and for the new state.
    traces: [Traces; 2],
    traces_of_all: Traces,
}

impl<'a> Cases<'a> {
    fn new(step: &'a Step, before: Model, mut after: Model) -> Self {
        // A step that is cut off has written its secrets, even if it fails without a cut.
        after.secrets.extend(step.ops().iter().filter_map(|op| match op {
            Op::Put(_, value, Secrecy::Secret) => Some(value.clone()),
            _ => None,
        }));
        let traces = [after.traces(&before.state), after.traces(&after.state)];
        Self {
            step,
            traces_of_all: after.traces(&State::new()),
            before,
            after,
            traces,
        }
    }

    /// Cuts the step once, and its recovery everywhere.
    fn cut<const P: usize, const W: usize>(
        &self,
        image: &MemoryFlash<P, W>,
        operation: u64,
        outcome: Outcome,
        tally: &mut Tally,
        random: &mut Random,
    ) {
        let mut store = mount(CutFlash::new(image.clone()).cut_at(operation, outcome)).expect("mounting");
        let result = take(&mut store, self.step);
        let (flash, _) = store.release();
        let what = format!("{outcome:?} in operation {operation} of {:?}", self.step);
        assert!(flash.is_lost(), "not reached: {what}");
        // Dropping a transaction cannot report the cut.
        assert!(
            result.is_err() || matches!(self.step, Step::Abort(_)),
            "not reported: {what}"
        );
        let cut = flash.into_inner();
        let (found, recovery) = self.recover(&cut, &what);
        tally.cuts += 1;
        tally.old += usize::from(found == self.before.state);
        tally.new += usize::from(found == self.after.state);
        for operation in 0..recovery {
            // Long recoveries erase page after page: one way for each of them is enough.
            let ways = if recovery > 4 { 1 } else { 4 };
            let first = random.below(4);
            for outcome in outcomes(random).into_iter().cycle().skip(first).take(ways) {
                let mut flash = CutFlash::new(cut.clone()).cut_at(operation, outcome);
                assert!(
                    Store::mount(&mut flash, INDEX).is_err(),
                    "a cut in recovery was not reported"
                );
                assert!(flash.is_lost());
                let again = format!("{outcome:?} in operation {operation} of recovery after {what}");
                let (found_again, _) = self.recover(&flash.into_inner(), &again);
                assert_eq!(found_again, found, "{again}: recovery changed its mind");
                tally.second_cuts += 1;
            }
        }
    }

    /// Mounts what a cut left, and checks everything; gives the state and how many operations the recovery took.
    fn recover<const P: usize, const W: usize>(&self, cut: &MemoryFlash<P, W>, what: &str) -> (State, u64) {
        let mut store =
            mount(CutFlash::new(cut.clone())).unwrap_or_else(|error| panic!("{error} after {what}"));
        let recovery = store.flash().operations().total();
        let found = dump(&mut store).unwrap_or_else(|error| panic!("{error} when reading after {what}"));
        assert!(
            found == self.before.state || found == self.after.state,
            "neither old nor new after {what}"
        );
        let traces = &self.traces[usize::from(found != self.before.state)];
        assert_eq!(
            traces.find(store.flash().inner().image()),
            None,
            "a secret is left after {what}"
        );
        self.goes_on(store, &found, what);
        (found, recovery)
    }

    /// After a recovery the store can be emptied, leaving no secret; written; and mounted without any repair.
    fn goes_on<const P: usize, const W: usize>(
        &self,
        mut store: Store<CutFlash<P, W>, Index>,
        found: &State,
        what: &str,
    ) {
        for key in found.keys() {
            store
                .delete(*key)
                .unwrap_or_else(|error| panic!("{error} when deleting after {what}"));
        }
        let left = self.traces_of_all.find(store.flash().inner().image());
        assert_eq!(left, None, "a copy of a secret is left after {what}");
        writes_and_mounts(store, what);
    }
}

/// An empty store can be written, and mounted without any repair.
fn writes_and_mounts<const P: usize, const W: usize>(mut store: Store<CutFlash<P, W>, Index>, what: &str) {
    let key = Key::new(9, 9, 9, 9);
    for round in 0..3_u8 {
        let put = store.put(key, &[&[round; 40]], Secrecy::Public);
        put.unwrap_or_else(|error| panic!("{error} when writing after {what}"));
    }
    let (flash, _) = store.release();
    let before = flash.operations();
    let mut store = mount(flash).unwrap_or_else(|error| panic!("{error} at the mount after {what}"));
    assert_eq!(
        store.flash().operations(),
        before,
        "something was left to repair after {what}"
    );
    assert_eq!(
        dump(&mut store).expect("reading"),
        State::from([(key, vec![2; 40])]),
        "after {what}"
    );
}

fn print(what: &str, tally: &Tally) {
    println!("{what}: {tally:?}");
    assert!(
        tally.cuts > 300 && tally.old > 100 && tally.new > 50 && tally.erases >= 5,
        "{what}: too little was cut: {tally:?}"
    );
}

#[test]
fn small_pages() {
    print("512/4", &survives_every_cut::<512, 4>(8, 11, 80, 100));
}

#[test]
fn wide_words() {
    print("512/8", &survives_every_cut::<512, 8>(9, 12, 80, 100));
}

#[test]
fn values_over_pages() {
    print("256/4", &survives_every_cut::<256, 4>(64, 13, 16, 700));
}

#[test]
fn middle_pages() {
    print("1024/4", &survives_every_cut::<1_024, 4>(7, 14, 80, 250));
}

#[test]
fn large_pages() {
    print("4096/4", &survives_every_cut::<4_096, 4>(9, 15, 24, 1_200));
}

/// However often the power fails at the same place, the store is not used up.
#[test]
fn cutting_again_and_again() {
    let mut random = Random(16);
    let mut image = formatted::<512, 4>(8);
    let mut model = Model::default();
    for round in 0..400_u64 {
        let step = random.step(&model, 8, 100);
        // The same step, cut at the same operation, many times.
        let operation = round % 7;
        for _ in 0..20 {
            let Ok(mut store) = mount(CutFlash::new(image.clone())) else {
                panic!("round {round}: not mounted")
            };
            let found = dump(&mut store).expect("reading");
            assert_eq!(found, model.state, "round {round}");
            image = store.release().0.into_inner();
            let outcome = Outcome::Partly(random.next());
            let mut store = mount(CutFlash::new(image.clone()).cut_at(operation, outcome)).expect("mounting");
            let result = take(&mut store, &step);
            let (flash, _) = store.release();
            image = flash.clone().into_inner();
            if !flash.is_lost() {
                if result.is_ok() {
                    model.apply(&step);
                }
                break;
            }
            // The cut may have been after the commit.
            let mut store = mount(CutFlash::new(image.clone())).expect("mounting");
            let found = dump(&mut store).expect("reading");
            image = store.release().0.into_inner();
            if found != model.state {
                model.apply(&step);
                assert_eq!(found, model.state, "round {round}");
                break;
            }
        }
    }
}

/// Formatting that is cut off leaves a blank flash, or an empty store.
#[test]
fn cut_while_formatting() {
    let mut noise = Random(17);
    let dirty: Vec<u8> = (0..8 * 512).map(|_| noise.next().to_le_bytes()[0]).collect();
    for image in [vec![0xFF; 8 * 512], vec![0; 8 * 512], dirty] {
        let flash = MemoryFlash::<512, 4>::from_image(image);
        let mut whole = CutFlash::new(flash.clone());
        Store::format(&mut whole, INDEX, SEED).expect("formatting");
        for operation in 0..whole.operations().total() {
            for outcome in outcomes(&mut noise) {
                let mut cut = CutFlash::new(flash.clone()).cut_at(operation, outcome);
                assert!(Store::format(&mut cut, INDEX, SEED).is_err());
                let store = Store::mount_or_format(CutFlash::new(cut.into_inner()), INDEX, SEED);
                let mut store = store.unwrap_or_else(|error| panic!("{error}: {outcome:?} in {operation}"));
                assert_eq!(dump(&mut store).expect("reading"), State::new());
                writes_and_mounts(store, "formatting");
            }
        }
    }
}
