//! The card's persistent state that is not content: life cycle, date, counters, the receipt chain's head.

use apdu_spec::date::Date;
use apdu_spec::file::LifeCycle;
use apdu_spec::tlv::{Reader, Tag, Writer};

use crate::error::{Error, Result};

/// Length of the encoded record, at most.
pub(crate) const STATE_MAX: usize = 96;

/// Written in every transaction that changes it; the copy in memory changes only after the commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CardState {
    /// Initialisation, operational or terminated.
    pub(crate) life_cycle: LifeCycle,
    /// The date the card believes in.
    pub(crate) date: Date,
    /// Where the search for a free number starts.
    pub(crate) next_number: u16,
    /// The last request number given out.
    pub(crate) requests: u32,
    /// How many receipts were written.
    pub(crate) receipts: u32,
    /// How often the content changed.
    pub(crate) content_counter: u32,
    /// Digest of the newest receipt; zero before the first.
    pub(crate) last_receipt: [u8; 32],
    /// The card's serial number.
    pub(crate) serial_number: [u8; 8],
    /// Receipts below this number were collected.
    pub(crate) collected: u32,
}

impl CardState {
    /// The state of a card that was just made.
    pub(crate) const fn blank(serial_number: [u8; 8], date: Date) -> Self {
        Self {
            life_cycle: LifeCycle::Initialisation,
            date,
            next_number: crate::layout::MASTER_FILE + 1,
            requests: 0,
            receipts: 0,
            content_counter: 0,
            last_receipt: [0; 32],
            serial_number,
            collected: 0,
        }
    }

    /// The search for a free number goes on from there. It is a hint, and not worth a write of its own: what lies under a number
    /// keeps it taken, and whoever reads an older hint finds that out.
    pub(crate) const fn search_from(&mut self, number: u16) {
        self.next_number = number;
    }

    /// How many receipts wait to be collected.
    pub(crate) const fn uncollected(&self) -> u32 {
        self.receipts.saturating_sub(self.collected)
    }

    /// Whether the card has an issuer.
    pub(crate) fn is_registered(&self) -> bool {
        self.life_cycle == LifeCycle::Operational
    }

    /// Writes the record.
    pub(crate) fn write<'b>(&self, buffer: &'b mut [u8; STATE_MAX]) -> Result<&'b [u8]> {
        let mut writer = Writer::new(buffer);
        writer.byte(Tag(0x80), self.life_cycle.to_byte())?;
        writer.object(Tag(0x81), &self.date.to_digits())?;
        writer.u16(Tag(0x82), self.next_number)?;
        writer.u32(Tag(0x83), self.requests)?;
        writer.u32(Tag(0x84), self.receipts)?;
        writer.u32(Tag(0x85), self.content_counter)?;
        writer.object(Tag(0x86), &self.last_receipt)?;
        writer.object(Tag(0x87), &self.serial_number)?;
        writer.u32(Tag(0x88), self.collected)?;
        Ok(writer.finish())
    }

    /// Reads the record; one that does not read is damage, for the store has checked it already.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self> {
        let mut reader = Reader::new(bytes);
        let mut parse = || {
            let life_cycle = LifeCycle::from_byte(reader.byte(Tag(0x80)).ok()?)?;
            let state = Self {
                life_cycle,
                date: Date::from_digits(reader.array(Tag(0x81)).ok()?)?,
                next_number: reader.u16(Tag(0x82)).ok()?,
                requests: reader.u32(Tag(0x83)).ok()?,
                receipts: reader.u32(Tag(0x84)).ok()?,
                content_counter: reader.u32(Tag(0x85)).ok()?,
                last_receipt: reader.array(Tag(0x86)).ok()?,
                serial_number: reader.array(Tag(0x87)).ok()?,
                collected: reader.u32(Tag(0x88)).ok()?,
            };
            reader.is_empty().then_some(state)
        };
        parse().ok_or(Error::Memory)
    }
}
