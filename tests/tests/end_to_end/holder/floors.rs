//! Floors, and what one reply does not hold of them.

use apdu_spec::command::Command;
use apdu_spec::data::{self, ApplicationSelector, FloorEntry, floors};
use apdu_spec::limits;
use apdu_spec::object::Operation;
use apdu_spec::reference::PinReference;
use symbolon::scene::steps::pins;

use super::stage::{Chip, aid, base, get, notes, verify};

/// Names that both providers have used, one after the other.
const SHARED: u8 = 12;

fn page(chip: &mut Chip, after: Option<apdu_spec::aid::Aid>) -> Vec<u8> {
    let mut selector = [0; ApplicationSelector::ENCODED_MAX];
    let length = after.map_or(0, |aid| ApplicationSelector(aid).write(&mut selector).unwrap());
    let command: Command<'_> = get(data::FLOORS, &selector[..length]);
    chip.done(&command)
}

/// Losing this hides floors from those who have to know which version may come back.
#[test]
fn no_page_ends_between_two_owners_of_a_name() {
    let own = &base().parties.provider;
    let mut chip = Chip::of(&base().registered);
    // Neither ascending nor descending.
    for index in (0..SHARED).map(|index| index * 5 % SHARED) {
        let ware = notes(aid([2, index]), 3);
        for (provider, operation) in [
            (own, Operation::Store),
            (own, Operation::Delete),
            (&base().other, Operation::Store),
        ] {
            chip.carry_out(provider, &ware, operation);
        }
        chip.collect_all();
    }
    chip.done(&verify(PinReference::User, pins::USER));
    let (mut after, mut entries, mut pages) = (None, Vec::new(), 0);
    loop {
        let list = page(&mut chip, after);
        if list.is_empty() {
            break;
        }
        assert!(list.len() <= limits::REPLY_DATA_MAX);
        let listed: Vec<FloorEntry> = floors(&list).unwrap().collect();
        assert!(
            pages > 0 || listed.len() > 2 * usize::from(SHARED) - 8,
            "as many as fit"
        );
        after = listed.last().map(|entry| entry.aid);
        entries.extend(listed);
        pages += 1;
    }
    assert!(pages > 1, "all on one page");
    let expected: Vec<_> = (0..SHARED)
        .flat_map(|index| {
            [own, &base().other].map(|provider| (aid([2, index]), provider.identity().unwrap()))
        })
        .collect();
    assert_eq!(entries.len(), expected.len());
    for entry in &entries {
        assert!(expected.contains(&(entry.aid, entry.provider)));
        assert_eq!(
            (entry.version, entry.package),
            (3, notes(entry.aid, 3).digests().package)
        );
    }
    let mut seen: Vec<_> = entries
        .iter()
        .map(|entry| (entry.aid, entry.provider.name.as_bytes().to_vec()))
        .collect();
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), expected.len(), "each once");
}
