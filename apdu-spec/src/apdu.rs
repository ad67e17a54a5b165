//! Commands and replies as they cross the wire, before anything in them has a meaning.
//!
//! ISO/IEC 7816-3:2006, 12.1 (command-response pairs); 7816-4:2020, 5.3 (class byte). What belongs here: cases 1
//! to 4 with short and extended lengths, and the class byte. What does not: the commands themselves (`command`).

use core::fmt;

use crate::status::Status;

/// The largest Ne of a short command, in bytes.
pub const SHORT_EXPECTED_MAX: usize = 0x100;
/// The largest Nc of a short command, in bytes.
pub const SHORT_DATA_MAX: usize = 0xFF;
/// The largest Ne of an extended command, in bytes.
pub const EXTENDED_EXPECTED_MAX: usize = 0x1_0000;
/// The largest Nc of an extended command, in bytes.
pub const EXTENDED_DATA_MAX: usize = 0xFFFF;

/// CLA, INS, P1 and P2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Header {
    /// CLA.
    pub class: u8,
    /// INS.
    pub instruction: u8,
    /// P1.
    pub p1: u8,
    /// P2.
    pub p2: u8,
}

/// A class byte this card accepts: the first interindustry values without secure messaging. ISO/IEC 7816-4:2020, 5.4.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Class {
    /// Whether more commands of a chain follow: bit 5.
    pub chained: bool,
    /// Logical channel, 0 to 3: bits 2 and 1.
    pub channel: u8,
}

impl Class {
    /// The basic channel, and no chain or the end of one.
    pub const BASIC: Self = Self {
        chained: false,
        channel: 0,
    };
    const CHAINED: u8 = 0x10;
    const CHANNEL: u8 = 0x03;

    /// The class with this byte.
    ///
    /// # Errors
    /// 6881 for a logical channel above 3, 6882 for secure messaging, 6E00 for anything else.
    pub const fn from_byte(byte: u8) -> Result<Self, Status> {
        match byte {
            0x00..=0x03 | 0x10..=0x13 => Ok(Self {
                chained: byte & Self::CHAINED != 0,
                channel: byte & Self::CHANNEL,
            }),
            0x04..=0x1F => Err(Status::SECURE_MESSAGING_NOT_SUPPORTED),
            // Further interindustry values have bit 7 and channels 4 to 19.
            0x40..=0x7F => Err(Status::CHANNEL_NOT_SUPPORTED),
            _ => Err(Status::CLASS_NOT_SUPPORTED),
        }
    }

    /// The class byte.
    #[must_use]
    pub const fn to_byte(self) -> u8 {
        let chained = if self.chained { Self::CHAINED } else { 0 };
        chained | self.channel & Self::CHANNEL
    }
}

/// A command APDU; it borrows its data. `Debug` shows no data, because a PIN may be in it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct CommandApdu<'a> {
    /// CLA.
    pub class: u8,
    /// INS.
    pub instruction: u8,
    /// P1.
    pub p1: u8,
    /// P2.
    pub p2: u8,
    /// Data field, empty in cases 1 and 2.
    pub data: &'a [u8],
    /// Ne, 1 to 65,536 bytes; `None` in cases 1 and 3.
    pub expected: Option<usize>,
    /// Whether length fields are extended; of no effect in case 1.
    pub extended: bool,
}

impl<'a> CommandApdu<'a> {
    /// Reads a command APDU.
    ///
    /// # Errors
    /// [`ApduError::NoHeader`] or [`ApduError::WrongLength`].
    pub fn parse(bytes: &'a [u8]) -> Result<Self, ApduError> {
        let Some((&[class, instruction, p1, p2], body)) = bytes.split_first_chunk() else {
            return Err(ApduError::NoHeader);
        };
        let (data, expected, extended) = parse_body(body).ok_or(ApduError::WrongLength)?;
        Ok(Self {
            class,
            instruction,
            p1,
            p2,
            data,
            expected,
            extended,
        })
    }

    /// Writes the APDU to `out` and tells its length.
    ///
    /// # Errors
    /// [`ApduError::OutOfRange`] if data or Ne do not fit the length fields, [`ApduError::Overflow`].
    pub fn write(&self, out: &mut [u8]) -> Result<usize, ApduError> {
        let data_length = self.data.len();
        let mut buffer = Buffer { out, length: 0 };
        buffer.append(&[self.class, self.instruction, self.p1, self.p2])?;
        // In an extended command the byte 00 tells so once, before the first length field.
        if self.extended && (data_length > 0 || self.expected.is_some()) {
            buffer.append(&[0])?;
        }
        if data_length > 0 {
            self.append_number(&mut buffer, data_length)?;
            buffer.append(self.data)?;
        }
        if let Some(expected) = self.expected {
            let largest = if self.extended {
                EXTENDED_EXPECTED_MAX
            } else {
                SHORT_EXPECTED_MAX
            };
            if expected == 0 {
                return Err(ApduError::OutOfRange);
            }
            // The largest value is written as zero.
            self.append_number(&mut buffer, if expected == largest { 0 } else { expected })?;
        }
        Ok(buffer.length)
    }

    /// CLA, INS, P1 and P2.
    #[must_use]
    pub const fn header(&self) -> Header {
        Header {
            class: self.class,
            instruction: self.instruction,
            p1: self.p1,
            p2: self.p2,
        }
    }

    fn append_number(&self, buffer: &mut Buffer<'_>, number: usize) -> Result<(), ApduError> {
        if self.extended {
            let number = u16::try_from(number).map_err(|_| ApduError::OutOfRange)?;
            buffer.append(&number.to_be_bytes())
        } else {
            buffer.append(&[u8::try_from(number).map_err(|_| ApduError::OutOfRange)?])
        }
    }
}

/// Data, Ne and whether the lengths are extended.
type Body<'a> = (&'a [u8], Option<usize>, bool);

fn parse_body(body: &[u8]) -> Option<Body<'_>> {
    match *body {
        [] => Some((&[], None, false)),
        [le] => Some((&[], Some(short_expected(le)), false)),
        [0, high, low] => Some((&[], Some(extended_expected(high, low)), true)),
        [0, high, low, ref rest @ ..] => {
            let length = usize::from(u16::from_be_bytes([high, low]));
            let (data, le) = rest.split_at_checked(length).filter(|_| length > 0)?;
            match *le {
                [] => Some((data, None, true)),
                [high, low] => Some((data, Some(extended_expected(high, low)), true)),
                _ => None,
            }
        }
        [0, ..] => None,
        [lc, ref rest @ ..] => {
            let (data, le) = rest.split_at_checked(usize::from(lc))?;
            match *le {
                [] => Some((data, None, false)),
                [le] => Some((data, Some(short_expected(le)), false)),
                _ => None,
            }
        }
    }
}

fn short_expected(le: u8) -> usize {
    if le == 0 {
        SHORT_EXPECTED_MAX
    } else {
        usize::from(le)
    }
}

fn extended_expected(high: u8, low: u8) -> usize {
    match u16::from_be_bytes([high, low]) {
        0 => EXTENDED_EXPECTED_MAX,
        le => usize::from(le),
    }
}

impl fmt::Debug for CommandApdu<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            class,
            instruction,
            p1,
            p2,
            data,
            expected,
            extended,
        } = self;
        write!(
            f,
            "CommandApdu({class:02X} {instruction:02X} {p1:02X} {p2:02X}, {} bytes",
            data.len()
        )?;
        write!(f, ", expected {expected:?}, extended {extended})")
    }
}

/// A response APDU; it borrows its data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResponseApdu<'a> {
    /// Data field.
    pub data: &'a [u8],
    /// SW1 and SW2.
    pub status: Status,
}

impl<'a> ResponseApdu<'a> {
    /// Reads a response APDU.
    ///
    /// # Errors
    /// [`ApduError::NoHeader`] without two bytes of status.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, ApduError> {
        let (data, &status) = bytes.split_last_chunk().ok_or(ApduError::NoHeader)?;
        Ok(Self {
            data,
            status: Status(u16::from_be_bytes(status)),
        })
    }

    /// Writes the APDU to `out` and tells its length.
    ///
    /// # Errors
    /// [`ApduError::Overflow`].
    pub fn write(&self, out: &mut [u8]) -> Result<usize, ApduError> {
        let mut buffer = Buffer { out, length: 0 };
        buffer.append(self.data)?;
        buffer.append(&self.status.0.to_be_bytes())?;
        Ok(buffer.length)
    }
}

struct Buffer<'b> {
    out: &'b mut [u8],
    length: usize,
}

impl Buffer<'_> {
    fn append(&mut self, bytes: &[u8]) -> Result<(), ApduError> {
        let rest = self.out.get_mut(self.length..).unwrap_or_default();
        rest.get_mut(..bytes.len())
            .ok_or(ApduError::Overflow)?
            .copy_from_slice(bytes);
        self.length += bytes.len();
        Ok(())
    }
}

/// What is wrong with an APDU.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApduError {
    /// Fewer than four bytes of command header or two of status.
    NoHeader,
    /// Lc or Le do not agree with the number of bytes.
    WrongLength,
    /// Data or Ne are outside what the length fields can tell.
    OutOfRange,
    /// The output buffer is too small.
    Overflow,
}

impl fmt::Display for ApduError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoHeader => "APDU without header or status",
            Self::WrongLength => "Lc or Le do not agree with the length of the APDU",
            Self::OutOfRange => "data or expected length do not fit the length fields",
            Self::Overflow => "output buffer is too small",
        })
    }
}

impl core::error::Error for ApduError {}

/// What a card answers to bytes that are no command.
impl From<ApduError> for Status {
    fn from(_: ApduError) -> Self {
        Self::WRONG_LENGTH
    }
}
