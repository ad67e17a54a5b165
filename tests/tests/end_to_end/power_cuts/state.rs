//! What a card keeps, compared: the lines of a [dump](simulator::dump).

use std::collections::BTreeMap;

use parties::crypto::sha256;

/// Kinds of objects, as applet's layout numbers them.
mod kind {
    pub(super) const TRIES: &str = "05";
    pub(super) const REQUEST: &str = "06";
    pub(super) const APPLICATION: &str = "08";
    pub(super) const CONTENT: &str = "20";
}

/// Tries of the PINs on the card.
pub(crate) const TRIES: u8 = 3;

/// What may be found between before and after, because the command is more than one transaction.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Between {
    /// Nothing: one transaction.
    Nothing,
    /// This PIN has a try less, or, where the right PIN was given, all of them: a try is written down before the PIN is
    /// compared.
    Try { reference: u8, right: bool },
    /// The last block is kept, and nothing was made of it yet.
    Kept,
}

impl Between {
    /// Whether the try that was written down was the last: then the PIN stays blocked.
    pub(crate) fn is_last_try(self, keeps: &str) -> bool {
        matches!(self, Self::Try { reference, .. } if tries(keeps, reference) == Some(0))
    }
}

/// Which state a card is in after a cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    Before,
    Between,
    After,
}

/// Finds out which state this is.
pub(crate) fn judge(before: &str, after: &str, between: Between, found: &str) -> Found {
    if found == before {
        return Found::Before;
    }
    if found == after {
        return Found::After;
    }
    let changes = changes(before, found);
    match between {
        Between::Try { reference, right } => {
            let left = tries(found, reference).unwrap();
            let spent = tries(before, reference).unwrap() - 1;
            assert!(
                is_only_tries(&changes, reference) && (left == spent || right && left == TRIES),
                "{left} tries after a cut, and {changes:?}"
            );
        }
        Between::Kept => {
            let (progress, content): (Vec<&str>, Vec<&str>) = changes
                .iter()
                .copied()
                .partition(|key| kind_of(key) == kind::REQUEST);
            assert!(
                progress.len() == 1
                    && progress[0].ends_with("0002")
                    && content.iter().all(|key| kind_of(key) == kind::CONTENT),
                "neither old, nor new, nor a block more: {changes:?}"
            );
        }
        Between::Nothing => panic!("neither old nor new: {changes:?}"),
    }
    Found::Between
}

/// Keys of the objects in which two cards differ.
fn changes<'a>(old: &'a str, new: &'a str) -> Vec<&'a str> {
    let (old, new) = (objects(old), objects(new));
    let mut keys: Vec<&str> = old.keys().chain(new.keys()).copied().collect();
    keys.retain(|key| old.get(key) != new.get(key));
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// Key (namespace, kind, id, part) and the rest of each line.
fn objects(keeps: &str) -> BTreeMap<&str, &str> {
    keeps
        .lines()
        .map(|line| line.split_at("0000 00 0000 0000".len()))
        .collect()
}

fn kind_of(key: &str) -> &str {
    &key[5..7]
}

fn is_tries(key: &str, reference: u8) -> bool {
    kind_of(key) == kind::TRIES && key[8..12] == format!("{reference:04X}")
}

fn is_only_tries(changes: &[&str], reference: u8) -> bool {
    matches!(changes, [key] if is_tries(key, reference))
}

/// The tries left of a PIN, which a dump shows as the digest of one byte.
pub(crate) fn tries(keeps: &str, reference: u8) -> Option<u8> {
    let (_, rest) = objects(keeps)
        .into_iter()
        .find(|(key, _)| is_tries(key, reference))?;
    let digest = rest.split(' ').next_back()?;
    (0..=TRIES).find(|tries| hex(&sha256(&[*tries])) == digest)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Whether an application is on the card.
pub(crate) fn has_application(keeps: &str) -> bool {
    objects(keeps).keys().any(|key| kind_of(key) == kind::APPLICATION)
}
