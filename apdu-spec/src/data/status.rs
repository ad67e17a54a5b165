//! Card status, GET DATA 0101.

use crate::certificate::{KeyOrigin, Policy};
use crate::date::Date;
use crate::file::LifeCycle;
use crate::tlv::{Reader, Result, Tag, Writer};

const STATUS: Tag = Tag(0xA0);
const WIRE_FORMAT: Tag = Tag(0x80);
const PLATFORM_VERSION: Tag = Tag(0x81);
const LIFE_CYCLE: Tag = Tag(0x82);
const DATE: Tag = Tag(0x83);
const CONTENT_COUNTER: Tag = Tag(0x84);
const RECEIPTS: Tag = Tag(0x85);
const REQUESTS: Tag = Tag(0x86);
const POLICY: Tag = Tag(0x87);
const FREE: Tag = Tag(0x88);
const SERIAL: Tag = Tag(0x89);
const DAMAGE: Tag = Tag(0x8A);
const UNCOLLECTED: Tag = Tag(0x8B);
const KEY_ORIGIN: Tag = Tag(0x8C);
const TRANSPORT_PINS: Tag = Tag(0x8D);

/// What a card tells everybody about itself. SPEC.md section 5.
///
/// ```text
/// A0 { 80 wire format (2) 81 platform version (2) 82 life cycle (1) 83 date (6) 84 content counter (4)
///      85 receipts written (4) 86 request numbers used (4) 87 content policy (2) 88 free bytes (4)
///      89 serial number (8) 8A damage (1) 8B receipts not collected (1) 8C origin of the registration key (1)
///      8D PINs that still have their transport value (1) }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CardStatus {
    /// Wire format; this crate describes [`super::WIRE_FORMAT`].
    pub wire_format: u16,
    /// Version of the card's program.
    pub platform_version: u16,
    /// Initialisation, operational or terminated; a card is never deactivated.
    pub life_cycle: LifeCycle,
    /// The card's date.
    pub date: Date,
    /// Changes of content so far.
    pub content_counter: u32,
    /// Receipts written so far; the next one gets this number.
    pub receipts_written: u32,
    /// Request numbers used so far.
    pub requests_used: u32,
    /// The modes the card takes part in.
    pub content_policy: Policy,
    /// Room for content, in bytes.
    pub free_bytes: u32,
    /// Serial number.
    pub serial_number: [u8; 8],
    /// Whether something stored was found damaged.
    pub damaged: bool,
    /// Receipts that nobody has collected; at 16 nothing more is stored.
    pub receipts_uncollected: u8,
    /// Where the registration key was made.
    pub key_origin: KeyOrigin,
    /// Which of its PINs still have their transport value.
    pub transport_pins: TransportPins,
}

/// Which of the card's PINs still have a transport value, and open nothing until it is replaced.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct TransportPins {
    /// The user PIN.
    pub user: bool,
    /// The consent PIN.
    pub consent: bool,
}

impl TransportPins {
    const USER: u8 = 0x01;
    const CONSENT: u8 = 0x02;

    const fn from_byte(byte: u8) -> Option<Self> {
        match byte {
            0x00..=0x03 => Some(Self {
                user: byte & Self::USER != 0,
                consent: byte & Self::CONSENT != 0,
            }),
            _ => None,
        }
    }

    const fn to_byte(self) -> u8 {
        (if self.user { Self::USER } else { 0 }) | (if self.consent { Self::CONSENT } else { 0 })
    }
}

impl CardStatus {
    /// Length of the encoding, in bytes.
    pub const ENCODED: usize = 71;

    /// Reads the value of object 0101.
    ///
    /// # Errors
    /// Any other encoding.
    pub fn read(value: &[u8]) -> Result<Self> {
        let mut outer = Reader::new(value);
        let mut reader = outer.nested(STATUS)?;
        outer.finish()?;
        let status = Self {
            wire_format: reader.u16(WIRE_FORMAT)?,
            platform_version: reader.u16(PLATFORM_VERSION)?,
            life_cycle: reader.code(LIFE_CYCLE, |byte| LifeCycle::from_byte(byte).filter(Self::has))?,
            date: reader.field(DATE, Date::from_digits)?,
            content_counter: reader.u32(CONTENT_COUNTER)?,
            receipts_written: reader.u32(RECEIPTS)?,
            requests_used: reader.u32(REQUESTS)?,
            content_policy: reader.field(POLICY, |bits| Policy::from_bits(u16::from_be_bytes(bits)))?,
            free_bytes: reader.u32(FREE)?,
            serial_number: reader.array(SERIAL)?,
            damaged: reader.code(DAMAGE, |code| match code {
                0x00 => Some(false),
                0x01 => Some(true),
                _ => None,
            })?,
            receipts_uncollected: reader.byte(UNCOLLECTED)?,
            key_origin: reader.code(KEY_ORIGIN, KeyOrigin::from_code)?,
            transport_pins: reader.code(TRANSPORT_PINS, TransportPins::from_byte)?,
        };
        reader.finish()?;
        Ok(status)
    }

    /// Writes the value of object 0101 to `out` and tells its length, [`Self::ENCODED`].
    ///
    /// # Errors
    /// [`crate::tlv::ErrorKind::InvalidValue`] for a deactivated card, [`crate::tlv::ErrorKind::Overflow`].
    pub fn write(&self, out: &mut [u8]) -> Result<usize> {
        let mut writer = Writer::new(out);
        writer.demand(LIFE_CYCLE, Self::has(&self.life_cycle))?;
        writer.nested(STATUS, |w| {
            w.u16(WIRE_FORMAT, self.wire_format)?;
            w.u16(PLATFORM_VERSION, self.platform_version)?;
            w.byte(LIFE_CYCLE, self.life_cycle.to_byte())?;
            w.object(DATE, &self.date.to_digits())?;
            w.u32(CONTENT_COUNTER, self.content_counter)?;
            w.u32(RECEIPTS, self.receipts_written)?;
            w.u32(REQUESTS, self.requests_used)?;
            w.u16(POLICY, self.content_policy.bits())?;
            w.u32(FREE, self.free_bytes)?;
            w.object(SERIAL, &self.serial_number)?;
            w.byte(DAMAGE, u8::from(self.damaged))?;
            w.byte(UNCOLLECTED, self.receipts_uncollected)?;
            w.byte(KEY_ORIGIN, self.key_origin.code())?;
            w.byte(TRANSPORT_PINS, self.transport_pins.to_byte())
        })?;
        Ok(writer.len())
    }

    fn has(life_cycle: &LifeCycle) -> bool {
        !matches!(life_cycle, LifeCycle::Deactivated)
    }
}
