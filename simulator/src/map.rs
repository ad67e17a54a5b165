//! What fills a card's flash: whose each byte is, page by page. For people who look; no card tells this of itself.
//!
//! What belongs here: walking the values of a copy of the flash and finding whose they are, by the keys of
//! `applet/src/layout.rs` (`docs/storage-format.md`). What does not: how it is shown.

use std::collections::BTreeMap;

use apdu_spec::aid::Aid;
use apdu_spec::tlv::{Reader, Tag};
use applet::store::{Key, Stats, Store, StoreError, VALUE_MAX};

use crate::card::OBJECTS_MAX;
use crate::platform::CardFlash;

/// Bytes of a page before its first record.
const PAGE_HEADER: usize = 32;
/// Bytes of a record before its value, with words of four bytes.
const RECORD_HEADER: usize = 24;
/// The namespace of the card itself, and that of the MF.
const CARD: u16 = 0;
const MASTER_FILE: u16 = 1;
/// No DF lies deeper; more steps up are a ring, which only damage makes.
const DEPTH_MAX: usize = 16;

/// Kinds of values that are needed to find whose the others are.
const APPLICATION: u8 = 0x08;
const DF: u8 = 0x10;
const ENTRY: u8 = 0x11;

/// Whose a value is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Owner {
    /// The card's own, and what kind of thing.
    Card(&'static str),
    /// Files directly under the MF, and the DFs of providers.
    Root,
    /// An application's, with all its files, PINs and keys.
    Application(Aid),
    /// A package that is being loaded, or a value that nothing leads to.
    Loading,
}

/// What one owner has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Whose it is.
    pub owner: Owner,
    /// Values.
    pub objects: usize,
    /// Bytes of them.
    pub content: usize,
    /// Bytes of flash that they take, their headers included.
    pub flash: usize,
}

/// What a byte of flash is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// Erased.
    Free,
    /// Replaced or deleted; becomes free when room is made.
    Superseded,
    /// The header of a page.
    Header,
    /// Of a part, by its place among the parts.
    Part(usize),
}

/// What fills a flash.
#[derive(Clone, Debug)]
pub struct FlashMap {
    /// Bytes of a page.
    pub page_size: usize,
    /// Who has what, the card first.
    pub parts: Vec<Part>,
    /// How full the store takes itself to be.
    pub stats: Stats,
    /// How often the least and the most erased page were erased.
    pub erases: (u32, u32),
    bytes: Vec<Use>,
}

impl FlashMap {
    /// The map of a flash, which is a copy: mounting may write to it.
    ///
    /// # Errors
    /// When the flash is damaged or was never formatted.
    pub fn of<F: CardFlash>(flash: F) -> Result<Self, StoreError> {
        let page_size = F::ERASE_SIZE;
        let mut store = Store::mount(flash, vec![0; OBJECTS_MAX])?;
        let values = values(&mut store)?;
        let owners = Owners::of(&mut store, &values)?;
        let mut parts: BTreeMap<Owner, Part> = BTreeMap::new();
        let mut claims = Vec::new();
        for value in &values {
            let owner = owners.of_key(value.key);
            let part = parts.entry(owner.clone()).or_insert_with(|| Part {
                owner: owner.clone(),
                objects: 0,
                content: 0,
                flash: 0,
            });
            part.objects += 1;
            part.content += value.length;
            let taken = RECORD_HEADER + value.length.next_multiple_of(F::WRITE_SIZE);
            part.flash += taken;
            claims.push((owner, value.address, taken));
        }
        let parts: Vec<Part> = parts.into_values().collect();
        let (stats, erases) = (store.stats(), store.erase_counts()?);
        let (flash, _) = store.release();
        let mut bytes = unclaimed(flash.image(), page_size);
        for (owner, address, length) in claims {
            let place = parts
                .iter()
                .position(|part| part.owner == owner)
                .unwrap_or_default();
            claim(&mut bytes, page_size, address, length, Use::Part(place));
        }
        Ok(Self {
            page_size,
            parts,
            stats,
            erases,
            bytes,
        })
    }

    /// Pages of `cells` cells each: what most bytes of a cell are.
    pub fn pages(&self, cells: usize) -> impl Iterator<Item = Vec<Use>> + '_ {
        let cell = self.page_size.checked_div(cells).unwrap_or_default().max(1);
        self.bytes
            .chunks(self.page_size)
            .map(move |page| page.chunks(cell).map(most).collect())
    }

    /// Bytes of the flash that are used like this.
    #[must_use]
    pub fn count(&self, wanted: Use) -> usize {
        self.bytes.iter().filter(|used| **used == wanted).count()
    }

    /// Bytes of the flash.
    #[must_use]
    pub const fn size(&self) -> usize {
        self.bytes.len()
    }
}

struct Value {
    key: Key,
    address: usize,
    length: usize,
}

fn values<F: CardFlash>(store: &mut Store<F, Vec<u16>>) -> Result<Vec<Value>, StoreError> {
    let mut values = Vec::new();
    let mut next = Some(Key::MIN);
    while let Some(from) = next {
        let Some(key) = store.first_at_or_after(from)? else {
            break;
        };
        let extent = store.locate(key)?.ok_or(StoreError::Damaged)?;
        values.push(Value {
            key,
            address: extent.address(),
            length: extent.length(),
        });
        next = key.successor();
    }
    Ok(values)
}

/// Which DF lies in which, which content belongs to which DF, and which DF is an application's.
struct Owners {
    parents: BTreeMap<u16, u16>,
    applications: BTreeMap<u16, Aid>,
}

impl Owners {
    fn of<F: CardFlash>(store: &mut Store<F, Vec<u16>>, values: &[Value]) -> Result<Self, StoreError> {
        let mut owners = Self {
            parents: BTreeMap::new(),
            applications: BTreeMap::new(),
        };
        let mut buffer = vec![0; VALUE_MAX];
        for Value { key, .. } in values {
            let (namespace, kind) = (key.namespace(), key.kind());
            if !matches!(kind, APPLICATION | DF | ENTRY) {
                continue;
            }
            let length = store
                .read_checked(*key, &mut buffer)?
                .ok_or(StoreError::Damaged)?;
            let record = buffer.get(..length).unwrap_or_default();
            match (namespace, kind) {
                (CARD, APPLICATION) => owners.applications.extend(application(record)),
                // Kind, life cycle, then the parent's number.
                (number, DF) => owners
                    .parents
                    .extend(number_at(record, 2).map(|parent| (number, parent))),
                // Kind, then the number of the content.
                (df, ENTRY) => owners
                    .parents
                    .extend(number_at(record, 1).map(|number| (number, df))),
                _ => {}
            }
        }
        Ok(owners)
    }

    fn of_key(&self, key: Key) -> Owner {
        if key.namespace() == CARD {
            return Owner::Card(of_the_card(key.kind()));
        }
        let mut number = key.namespace();
        for _ in 0..DEPTH_MAX {
            if number == MASTER_FILE {
                return Owner::Root;
            }
            if let Some(aid) = self.applications.get(&number) {
                return Owner::Application(*aid);
            }
            match self.parents.get(&number) {
                Some(parent) => number = *parent,
                None => break,
            }
        }
        Owner::Loading
    }
}

/// The number of an application's DF, and its name.
fn application(record: &[u8]) -> Option<(u16, Aid)> {
    let (mut reader, mut aid, mut number) = (Reader::new(record), None, None);
    while !reader.is_empty() {
        let object = reader.any().ok()?;
        match object.tag {
            Tag(0x4F) => aid = Aid::new(object.value),
            Tag(0x8D) => number = number_at(object.value, 0),
            _ => {}
        }
    }
    Some((number?, aid?))
}

fn number_at(record: &[u8], at: usize) -> Option<u16> {
    let bytes = record.get(at..)?.first_chunk::<2>()?;
    Some(u16::from_be_bytes(*bytes))
}

const fn of_the_card(kind: u8) -> &'static str {
    match kind {
        0x01 => "state",
        0x02 => "certificates and lists",
        0x03 | 0x0C => "keys",
        0x04 | 0x05 => "PINs",
        0x06 => "requests",
        0x07 => "receipts",
        0x08..=0x0A => "records of applications",
        _ => "other",
    }
}

/// The flash without its values: each page is written from its start on.
fn unclaimed(image: &[u8], page_size: usize) -> Vec<Use> {
    let mut bytes = Vec::with_capacity(image.len());
    for page in image.chunks(page_size) {
        let end = page
            .iter()
            .rposition(|byte| *byte != 0xFF)
            .map_or(0, |last| last + 1);
        bytes.extend((0..page.len()).map(|at| match at {
            at if at < PAGE_HEADER && end > 0 => Use::Header,
            at if at < end => Use::Superseded,
            _ => Use::Free,
        }));
    }
    bytes
}

/// Gives a record's bytes to its owner. Where a page ends, a value goes on behind the next one's header.
fn claim(bytes: &mut [Use], page_size: usize, address: usize, taken: usize, owner: Use) {
    let (mut at, size) = (address, bytes.len());
    for _ in 0..taken {
        if let Some(byte) = bytes.get_mut(at) {
            *byte = owner;
        }
        at += 1;
        if at.is_multiple_of(page_size) {
            at = at.checked_rem(size).unwrap_or_default() + PAGE_HEADER;
        }
    }
}

/// What most of the bytes are.
fn most(cell: &[Use]) -> Use {
    let mut counts: Vec<(Use, usize)> = Vec::new();
    for used in cell {
        match counts.iter_mut().find(|(known, _)| known == used) {
            Some((_, count)) => *count += 1,
            None => counts.push((*used, 1)),
        }
    }
    counts
        .into_iter()
        .max_by_key(|(_, count)| *count)
        .map_or(Use::Free, |(used, _)| used)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Randomness, SimulatedCard};

    /// Losing this shows a map on which bytes are counted twice or not at all.
    #[test]
    fn every_byte_of_a_new_card_has_one_use() {
        let mut card = SimulatedCard::in_memory(Randomness::seeded(1));
        let map = FlashMap::of(card.with_flash(CardFlash::copy).unwrap()).unwrap();
        let parts: usize = (0..map.parts.len())
            .map(|place| map.count(Use::Part(place)))
            .sum();
        let others: usize = [Use::Free, Use::Superseded, Use::Header]
            .into_iter()
            .map(|used| map.count(used))
            .sum();
        assert_eq!(parts + others, map.size());
        // What the store takes to be live, it is.
        let live: usize = map.parts.iter().map(|part| part.flash).sum();
        assert_eq!(live, map.stats.live_bytes);
        let objects: usize = map.parts.iter().map(|part| part.objects).sum();
        assert_eq!(objects, map.stats.objects);
        assert!(map.parts.iter().all(|part| part.owner != Owner::Loading));
        assert_eq!(map.pages(16).count(), 64);
        assert!(map.pages(16).all(|page| page.len() == 16));
    }

    #[test]
    fn a_value_goes_on_behind_the_next_header() {
        let mut bytes = vec![Use::Free; 256];
        claim(&mut bytes, 128, 100, 44, Use::Part(0));
        let taken: Vec<usize> = (0..256).filter(|at| bytes[*at] == Use::Part(0)).collect();
        assert_eq!(taken, (100..128).chain(160..176).collect::<Vec<_>>());
    }
}
