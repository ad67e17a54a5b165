//! A model of the store, and random workloads for both.

use std::collections::{BTreeMap, HashSet};

use applet::store::{Key, Secrecy, Store, StoreError};
use embedded_storage::nor_flash::MultiwriteNorFlash;
use symbolon_simulator::flash::{CutFlash, MemoryFlash};

/// Room for every object any test makes.
pub(crate) type Index = [u16; 64];
pub(crate) const INDEX: Index = [0; 64];
pub(crate) const SEED: [u8; 4] = [0xA5, 0x17, 0x3C, 0x99];

/// What a store holds.
pub(crate) type State = BTreeMap<Key, Vec<u8>>;

/// The model: what it holds and what was secret.
#[derive(Clone, Debug, Default)]
pub(crate) struct Model {
    pub(crate) state: State,
    secret: BTreeMap<Key, bool>,
    /// Every secret value there ever was, or was tried to be.
    pub(crate) secrets: Vec<Vec<u8>>,
}

/// One change.
#[derive(Clone, Debug)]
pub(crate) enum Op {
    Put(Key, Vec<u8>, Secrecy),
    Patch(Key, usize, Vec<u8>),
    Delete(Key),
}

/// One call or transaction.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    Alone(Op),
    Commit(Vec<Op>),
    Abort(Vec<Op>),
}

impl Step {
    pub(crate) fn ops(&self) -> &[Op] {
        match self {
            Self::Alone(op) => std::slice::from_ref(op),
            Self::Commit(ops) | Self::Abort(ops) => ops,
        }
    }
}

impl Model {
    /// Brings the model up to a step that the store took.
    pub(crate) fn apply(&mut self, step: &Step) {
        let old = self.clone();
        for op in step.ops() {
            self.apply_op(op, &old);
        }
        if matches!(step, Step::Abort(_)) {
            (self.state, self.secret) = (old.state, old.secret);
        }
    }

    fn apply_op(&mut self, op: &Op, old: &Self) {
        match op {
            Op::Put(key, value, secrecy) => {
                let secret = *secrecy == Secrecy::Secret;
                self.set(*key, value.clone(), secret);
            }
            Op::Patch(key, offset, bytes) => {
                let mut value = old.state[key].clone();
                value.resize(value.len().max(offset + bytes.len()), 0);
                value[*offset..offset + bytes.len()].copy_from_slice(bytes);
                self.set(*key, value, old.secret[key]);
            }
            Op::Delete(key) => {
                self.state.remove(key);
                self.secret.remove(key);
            }
        }
    }

    fn set(&mut self, key: Key, value: Vec<u8>, secret: bool) {
        if secret {
            self.secrets.push(value.clone());
        }
        self.state.insert(key, value);
        self.secret.insert(key, secret);
    }

    /// What to look for in flash when `state` is current.
    pub(crate) fn traces(&self, state: &State) -> Traces {
        // Erased flash behind a value is no trace of one that went on with FF.
        let padded = |value: &Vec<u8>| [value.as_slice(), &[0xFF; 4]].concat();
        let values = state.values().map(padded);
        let current: HashSet<u64> = values
            .flat_map(|value| windows(&value).collect::<Vec<_>>())
            .collect();
        let gone = self.secrets.iter().flat_map(|value| windows(value));
        Traces(gone.filter(|window| !current.contains(window)).collect())
    }
}

/// Short byte sequences of secrets that are not current. A sequence is short enough to tell that a part is left, and
/// long enough not to be there by chance.
#[derive(Clone, Debug, Default)]
pub(crate) struct Traces(HashSet<u64>);

impl Traces {
    /// Where in an image something is left, if anywhere.
    pub(crate) fn find(&self, image: &[u8]) -> Option<usize> {
        if self.0.is_empty() {
            return None;
        }
        // Erased and zeroed flash is most of an image and holds nothing.
        let empty = |window: &u64| *window == 0 || *window == 0xFF_FFFF_FFFF;
        windows(image).position(|window| !empty(&window) && self.0.contains(&window))
    }
}

/// All sequences of five bytes.
fn windows(bytes: &[u8]) -> impl Iterator<Item = u64> {
    bytes
        .windows(5)
        .map(|window| window.iter().fold(0, |value, byte| value << 8 | u64::from(*byte)))
}

/// Takes a step on a store.
pub(crate) fn take<F: MultiwriteNorFlash>(
    store: &mut Store<F, Index>,
    step: &Step,
) -> Result<(), StoreError> {
    match step {
        Step::Alone(Op::Put(key, value, secrecy)) => {
            let (first, second) = value.split_at(value.len() / 3);
            store.put(*key, &[first, second], *secrecy)
        }
        Step::Alone(Op::Patch(key, offset, bytes)) => store.patch(*key, *offset, bytes),
        Step::Alone(Op::Delete(key)) => store.delete(*key),
        Step::Commit(ops) => transact(store, ops, true),
        Step::Abort(ops) => transact(store, ops, false),
    }
}

fn transact<F: MultiwriteNorFlash>(
    store: &mut Store<F, Index>,
    ops: &[Op],
    commit: bool,
) -> Result<(), StoreError> {
    let mut needed = 0;
    for op in ops {
        needed += Store::<F, Index>::RECORD_OVERHEAD;
        needed += match op {
            Op::Put(_, value, _) => value.len(),
            Op::Patch(key, offset, bytes) => store.len(*key)?.unwrap_or(0).max(offset + bytes.len()),
            Op::Delete(_) => 0,
        };
    }
    let mut transaction = store.begin(needed)?;
    // Every other transaction that could ends with its last value, the rest with a mark.
    let (marked, last) = match ops {
        [marked @ .., Op::Put(key, value, secrecy)] if commit && value.len() % 2 == 0 => {
            (marked, Some((key, value, secrecy)))
        }
        _ => (ops, None),
    };
    for op in marked {
        match op {
            Op::Put(key, value, secrecy) => transaction.put(*key, &[value], *secrecy)?,
            Op::Patch(key, offset, bytes) => transaction.patch(*key, *offset, bytes)?,
            Op::Delete(key) => transaction.delete(*key)?,
        }
    }
    match last {
        Some((key, value, secrecy)) => transaction.put_last(*key, &[value], *secrecy),
        None if commit => transaction.commit(),
        None => Ok(()),
    }
}

/// Everything a store holds, checksums compared.
pub(crate) fn dump<F: MultiwriteNorFlash>(store: &mut Store<F, Index>) -> Result<State, StoreError> {
    let mut state = State::new();
    let mut next = Some(Key::MIN);
    while let Some(from) = next
        && let Some(key) = store.first_at_or_after(from)?
    {
        let mut value = vec![0; store.len(key)?.expect("a key met on a walk")];
        store.read_checked(key, &mut value)?;
        let mut again = vec![0; value.len()];
        assert_eq!(store.read(key, 0, &mut again)?, value.len());
        assert_eq!(again, value);
        state.insert(key, value);
        next = key.successor();
    }
    Ok(state)
}

pub(crate) fn mount<const P: usize, const W: usize>(
    flash: CutFlash<P, W>,
) -> Result<Store<CutFlash<P, W>, Index>, StoreError> {
    Store::mount(flash, INDEX)
}

pub(crate) fn formatted<const P: usize, const W: usize>(pages: usize) -> MemoryFlash<P, W> {
    let flash = CutFlash::new(MemoryFlash::new(pages));
    Store::format(flash, INDEX, SEED)
        .expect("formatting")
        .release()
        .0
        .into_inner()
}

/// Repeatable random numbers (splitmix64).
#[derive(Clone, Debug)]
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut value = self.0;
        value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        value ^ (value >> 31)
    }

    pub(crate) fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(limit).expect("small")).expect("small")
    }

    pub(crate) fn key(&mut self, keys: usize) -> Key {
        let number = u16::try_from(self.below(keys)).expect("small");
        Key::new(number % 3, 1, number / 3 % 4, number / 12)
    }

    /// A value that is told from every other by any few bytes of it.
    pub(crate) fn value(&mut self, longest: usize) -> Vec<u8> {
        let length = self.below(longest + 1);
        (0..length).map(|_| self.next().to_le_bytes()[3]).collect()
    }

    fn op(&mut self, model: &Model, keys: usize, longest: usize) -> Op {
        let key = self.key(keys);
        let secrecy = if self.below(3) == 0 {
            Secrecy::Secret
        } else {
            Secrecy::Public
        };
        match (self.below(10), model.state.get(&key)) {
            (0 | 1, _) => Op::Delete(key),
            (2 | 3, Some(old)) => {
                let offset = self.below(old.len() + 1);
                let mut bytes = self.value(longest);
                bytes.truncate(longest.saturating_sub(offset));
                Op::Patch(key, offset, bytes)
            }
            _ => Op::Put(key, self.value(longest), secrecy),
        }
    }

    /// A step for `keys` keys with values of up to `longest` bytes.
    pub(crate) fn step(&mut self, model: &Model, keys: usize, longest: usize) -> Step {
        let count = 1 + self.below(4);
        match self.below(8) {
            0 => Step::Abort((0..count).map(|_| self.op(model, keys, longest)).collect()),
            1..=3 => Step::Commit((0..count).map(|_| self.op(model, keys, longest)).collect()),
            _ => Step::Alone(self.op(model, keys, longest)),
        }
    }
}
