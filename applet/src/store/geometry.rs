//! Where things lie: pages, units, and addresses. Nothing here touches flash.

use embedded_storage::nor_flash::NorFlash;

use super::record::BODY;

/// Bytes of a page header.
pub(super) const PAGE_HEADER: u32 = 32;
/// The widest write the page header's parts are aligned for.
const WRITE_MAX: usize = 8;
/// Fewer pages leave no room beside the reserve.
const PAGES_MIN: u32 = 4;
/// A page must hold its header and some records.
const PAGE_MIN: u32 = 256;

/// [`BODY`] as an amount of flash.
const BODY_SIZE: u32 = 20;
const _: () = assert!(BODY == 20, "both constants are the same length");

/// The lossless direction on every target with at least 32-bit pointers, which are all this runs on.
pub(super) fn to_usize(value: u32) -> usize {
    usize::try_from(value).unwrap_or(usize::MAX)
}

/// Saturates; lengths here are bounded by a flash of less than 4 GiB.
pub(super) fn to_u32(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

/// `value` rounded up to a multiple of `unit`, a power of two.
pub(super) const fn align_up(value: u32, unit: u32) -> u32 {
    value.saturating_add(unit - 1) & !(unit - 1)
}

/// A place in the log: which page by sequence number, and the offset in it. `offset` may be the page size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Position {
    pub(super) sequence: u32,
    pub(super) offset: u32,
}

/// Page count, page size and alignment of a flash.
#[derive(Clone, Copy, Debug)]
pub(super) struct Geometry {
    pub(super) pages: u32,
    pub(super) page_size: u32,
    pub(super) write_size: u32,
    /// log2 of the granularity of record positions, in bytes.
    unit_bits: u32,
}

impl Geometry {
    /// Length of a record header for flash written in words of `write_size` bytes.
    pub(super) const fn header_size(write_size: usize) -> usize {
        let slot = if write_size > 4 { write_size } else { 4 };
        (slot + BODY).next_multiple_of(slot)
    }

    /// The geometry of a flash; `None` if the store cannot work on it.
    pub(super) fn of<F: NorFlash>(flash: &F) -> Option<Self> {
        let page_size = u32::try_from(F::ERASE_SIZE).ok()?;
        let capacity = u32::try_from(flash.capacity()).ok()?;
        let pages = capacity.checked_div(page_size)?;
        let write_size = u32::try_from(F::WRITE_SIZE).ok()?;
        let usable = page_size.is_power_of_two()
            && page_size >= PAGE_MIN
            && F::WRITE_SIZE.is_power_of_two()
            && F::WRITE_SIZE <= WRITE_MAX
            && F::READ_SIZE.is_power_of_two()
            && F::READ_SIZE <= 4
            && pages >= PAGES_MIN
            && pages <= u32::from(u16::MAX)
            && pages * page_size == capacity;
        // Record positions are 16-bit numbers of units.
        let unit = capacity
            .div_ceil(0x1_0000)
            .next_power_of_two()
            .max(write_size)
            .max(4);
        let usable = usable && align_up(PAGE_HEADER, unit) * 4 <= page_size;
        usable.then_some(Self {
            pages,
            page_size,
            write_size,
            unit_bits: unit.trailing_zeros(),
        })
    }

    pub(super) const fn unit(&self) -> u32 {
        1 << self.unit_bits
    }

    /// Bytes before a record header's body: the slot programmed later.
    pub(super) const fn slot(&self) -> u32 {
        if self.write_size > 4 { self.write_size } else { 4 }
    }

    pub(super) const fn header(&self) -> u32 {
        let slot = self.slot();
        align_up(slot + BODY_SIZE, slot)
    }

    /// Offset in a page of the first byte of records.
    pub(super) const fn data_start(&self) -> u32 {
        align_up(PAGE_HEADER, self.unit())
    }

    /// Bytes of a page that records can take.
    pub(super) const fn data_size(&self) -> u32 {
        self.page_size - self.data_start()
    }

    /// Bytes a record with a value of `length` bytes takes, except for a page's end left empty.
    pub(super) const fn record_size(&self, length: u32) -> u32 {
        align_up(self.header().saturating_add(length), self.unit())
    }

    /// The physical page of a sequence number.
    pub(super) fn page_of(&self, sequence: u32) -> u32 {
        sequence.checked_rem(self.pages).unwrap_or_default()
    }

    pub(super) fn page_address(&self, sequence: u32) -> u32 {
        self.page_of(sequence) * self.page_size
    }

    pub(super) fn address(&self, at: Position) -> u32 {
        self.page_address(at.sequence) + at.offset
    }

    /// The index entry for a record at `address`.
    pub(super) fn entry(&self, address: u32) -> u16 {
        u16::try_from(address >> self.unit_bits).unwrap_or(u16::MAX)
    }

    pub(super) fn entry_address(&self, entry: u16) -> u32 {
        u32::from(entry) << self.unit_bits
    }

    /// Whether a header fits in the page from `offset` on.
    pub(super) const fn header_fits(&self, offset: u32) -> bool {
        offset <= self.page_size - self.header()
    }

    /// Where the first record starts in a page that begins with the last `rest` bytes of another: `None` if in none.
    pub(super) const fn first_after(&self, rest: u32) -> Option<u32> {
        let offset = self.data_start().saturating_add(rest);
        if offset <= self.page_size && self.header_fits(offset) {
            Some(offset)
        } else {
            None
        }
    }

    /// Physical address and room there of byte `offset` of the value of the record at `address`.
    pub(super) fn value_place(&self, address: u32, offset: u32) -> (u32, u32) {
        let start = address.saturating_add(self.header());
        // A header never crosses a page's end, so `address` tells the page.
        let page_end = (address & !(self.page_size - 1)) + self.page_size;
        let here = page_end - start;
        let Some(beyond) = offset.checked_sub(here) else {
            return (start + offset, here - offset);
        };
        let skipped = beyond.checked_div(self.data_size()).unwrap_or_default();
        let within = beyond - skipped * self.data_size();
        let page = self.page_of((page_end >> self.page_size.trailing_zeros()) + skipped);
        (
            page * self.page_size + self.data_start() + within,
            self.data_size() - within,
        )
    }
}
