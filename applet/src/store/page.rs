//! Page headers. A page is *prepared* once its erase is known to be complete, and *opened* when the log enters it.

use embedded_storage::nor_flash::MultiwriteNorFlash;

use super::checksum::Checksum;
use super::error::Result;
use super::geometry::{Geometry, PAGE_HEADER, Position};
use super::medium::Medium;

/// The version of the flash format. docs/storage-format.md describes it.
pub const FORMAT_VERSION: u8 = 3;

const MAGIC: [u8; 3] = *b"SYM";
/// Bytes of a header, [`PAGE_HEADER`] as a length.
const HEADER: usize = PREPARED + OPENED;
const PREPARED: usize = 24;
const OPENED: usize = 8;

/// What a page header says when both of its parts are read.
#[derive(Clone, Copy, Debug)]
pub(super) enum Page {
    /// No magic number: never one of ours, or erased, or cut off.
    Foreign,
    /// The magic number of another format version.
    Version(u8),
    /// The magic number of this version, but nothing else fits.
    Damaged,
    /// Made for another number or size of pages.
    Geometry,
    /// Erased and ready, or opened.
    Ours(Header),
}

/// A page header whose first part is valid.
#[derive(Clone, Copy, Debug)]
pub(super) struct Header {
    pub(super) sequence: u32,
    pub(super) seed: [u8; 4],
    pub(super) erases: u32,
    pub(super) state: State,
}

/// What the second part of a page header says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// Not programmed.
    Prepared,
    /// In use: offset of the first record that starts here, and the oldest page of the log when it was opened.
    Opened { first: Option<u32>, tail: u32 },
    /// Neither.
    Unclear,
}

impl Header {
    pub(super) const fn is_prepared(&self, sequence: u32) -> bool {
        self.sequence == sequence && matches!(self.state, State::Prepared)
    }
}

impl<F: MultiwriteNorFlash> Medium<F> {
    /// Reads the header of physical page `page`.
    pub(super) fn page(&mut self, page: u32) -> Result<Page> {
        let mut bytes = [0; HEADER];
        self.read(page * self.geometry.page_size, &mut bytes)?;
        Ok(parse(&self.geometry, &bytes))
    }

    /// The header of the page with this sequence number, if it has one.
    pub(super) fn page_with(&mut self, sequence: u32) -> Result<Option<Header>> {
        match self.page(self.geometry.page_of(sequence))? {
            Page::Ours(header) if header.sequence == sequence => Ok(Some(header)),
            _ => Ok(None),
        }
    }

    /// Whether the page is opened and its first record starts at `first`.
    pub(super) fn is_opened(&mut self, sequence: u32, first: Option<u32>) -> Result<bool> {
        let header = self.page_with(sequence)?;
        Ok(header.is_some_and(|header| matches!(header.state, State::Opened { first: f, .. } if f == first)))
    }

    /// Erases a page and marks the erase as complete.
    pub(super) fn prepare(&mut self, sequence: u32, seed: [u8; 4], erases: u32) -> Result<()> {
        self.erase(self.geometry.page_address(sequence))?;
        self.mark_prepared(sequence, seed, erases)
    }

    /// Marks an erased page.
    pub(super) fn mark_prepared(&mut self, sequence: u32, seed: [u8; 4], erases: u32) -> Result<()> {
        let bytes = prepared_part(&self.geometry, sequence, seed, erases);
        self.program(self.geometry.page_address(sequence), &bytes)
    }

    /// Enters a prepared page.
    pub(super) fn open(&mut self, sequence: u32, seed: [u8; 4], first: Option<u32>, tail: u32) -> Result<()> {
        let bytes = opened_part(&self.geometry, sequence, seed, first, tail);
        let at = Position {
            sequence,
            offset: PAGE_HEADER - 8,
        };
        self.program(self.geometry.address(at), &bytes)
    }
}

/// Magic number and version, sequence number, seed, geometry, erase count, checksum.
fn prepared_part(geometry: &Geometry, sequence: u32, seed: [u8; 4], erases: u32) -> [u8; PREPARED] {
    let [m0, m1, m2] = MAGIC;
    let words = [
        [m0, m1, m2, FORMAT_VERSION],
        sequence.to_le_bytes(),
        seed,
        geometry_word(geometry),
        erases.to_le_bytes(),
    ];
    let sum = words
        .iter()
        .fold(Checksum::keyed(0), |sum, word| sum.update(word))
        .finish();
    let mut bytes = [0; PREPARED];
    let words = words.iter().flatten().copied().chain(sum.to_le_bytes());
    for (to, from) in bytes.iter_mut().zip(words) {
        *to = from;
    }
    bytes
}

/// Number of pages (2), log2 of the page size (1), log2 of the unit times 16 plus log2 of the write size (1).
fn geometry_word(geometry: &Geometry) -> [u8; 4] {
    let [p0, p1, ..] = geometry.pages.to_le_bytes();
    let [size, ..] = geometry.page_size.trailing_zeros().to_le_bytes();
    let [unit, ..] = geometry.unit().trailing_zeros().to_le_bytes();
    let [write, ..] = geometry.write_size.trailing_zeros().to_le_bytes();
    [p0, p1, size, unit << 4 | write]
}

/// Unit of the first record (2), pages from the oldest to this (2), checksum that also covers sequence and seed (4).
fn opened_part(
    geometry: &Geometry,
    sequence: u32,
    seed: [u8; 4],
    first: Option<u32>,
    tail: u32,
) -> [u8; OPENED] {
    let first = first.map_or(u16::MAX, |first| geometry.entry(first));
    let [f0, f1] = first.to_le_bytes();
    let [l0, l1, ..] = sequence.wrapping_sub(tail).to_le_bytes();
    let [s0, s1, s2, s3] = opened_sum(sequence, seed, [f0, f1, l0, l1]).to_le_bytes();
    [f0, f1, l0, l1, s0, s1, s2, s3]
}

fn opened_sum(sequence: u32, seed: [u8; 4], fields: [u8; 4]) -> u32 {
    Checksum::keyed(u32::from_le_bytes(seed))
        .update(&sequence.to_le_bytes())
        .update(&fields)
        .finish()
}

fn parse(geometry: &Geometry, bytes: &[u8; HEADER]) -> Page {
    let Some((prepared, opened)) = bytes.split_first_chunk::<PREPARED>() else {
        return Page::Foreign;
    };
    let (words, _) = prepared.as_chunks::<4>();
    let &[[m0, m1, m2, version], sequence, seed, shape, erases, _] = words else {
        return Page::Foreign;
    };
    if [m0, m1, m2] != MAGIC {
        return Page::Foreign;
    }
    if version != FORMAT_VERSION {
        return Page::Version(version);
    }
    let (sequence, erases) = (u32::from_le_bytes(sequence), u32::from_le_bytes(erases));
    if shape != geometry_word(geometry) {
        return if valid_for_any(prepared) {
            Page::Geometry
        } else {
            Page::Damaged
        };
    }
    if prepared_part(geometry, sequence, seed, erases) != *prepared {
        return Page::Damaged;
    }
    Page::Ours(Header {
        sequence,
        seed,
        erases,
        state: parse_opened(geometry, sequence, seed, opened),
    })
}

/// Whether the checksum holds, whatever geometry it is over.
fn valid_for_any(prepared: &[u8; PREPARED]) -> bool {
    let Some((fields, sum)) = prepared.split_last_chunk::<4>() else {
        return false;
    };
    Checksum::keyed(0).update(fields).finish() == u32::from_le_bytes(*sum)
}

fn parse_opened(geometry: &Geometry, sequence: u32, seed: [u8; 4], bytes: &[u8]) -> State {
    let Some(([f0, f1, l0, l1], sum)) = bytes.split_first_chunk::<4>() else {
        return State::Unclear;
    };
    if bytes.iter().all(|byte| *byte == 0xFF) {
        return State::Prepared;
    }
    if opened_sum(sequence, seed, [*f0, *f1, *l0, *l1]).to_le_bytes() != *sum {
        return State::Unclear;
    }
    let first = match u16::from_le_bytes([*f0, *f1]) {
        u16::MAX => None,
        units => Some(geometry.entry_address(units)),
    };
    let behind = u32::from(u16::from_le_bytes([*l0, *l1]));
    let valid = first.is_none_or(|first| first >= geometry.data_start() && geometry.header_fits(first));
    match sequence.checked_sub(behind) {
        Some(tail) if valid => State::Opened { first, tail },
        _ => State::Unclear,
    }
}

/// What formatting an old card can keep: how often the page was erased.
pub(super) fn erases_of(page: Page) -> u32 {
    match page {
        Page::Ours(header) => header.erases,
        _ => 0,
    }
}

/// What a page holds besides its header, as addresses.
pub(super) fn body(geometry: &Geometry, sequence: u32) -> (u32, u32) {
    let address = geometry.page_address(sequence);
    (address + PAGE_HEADER, address + geometry.page_size)
}
