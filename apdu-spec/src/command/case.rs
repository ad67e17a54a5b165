//! The four cases of a command and the checks every command shares. ISO/IEC 7816-4:2020, 5.2.

use super::Instruction;
use crate::apdu::{CommandApdu, EXTENDED_EXPECTED_MAX, SHORT_EXPECTED_MAX};
use crate::limits::COMMAND_DATA_MAX;
use crate::status::Status;

/// How many bytes a reply shall have, as Le tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Expected {
    /// All bits of Le are zero: as many as there are, at most 256, or 65,536 in an extended command.
    Available {
        /// Whether Le is extended.
        extended: bool,
    },
    /// That many, 1 to 65,535.
    Exactly(u16),
}

impl Expected {
    /// The longest reply, in bytes: Ne.
    #[must_use]
    pub fn maximum(self) -> usize {
        match self {
            Self::Available { extended: false } => SHORT_EXPECTED_MAX,
            Self::Available { extended: true } => EXTENDED_EXPECTED_MAX,
            Self::Exactly(length) => usize::from(length),
        }
    }

    /// Whether only an extended Le can tell it.
    pub(super) fn is_extended(self) -> bool {
        match self {
            Self::Available { extended } => extended,
            Self::Exactly(length) => usize::from(length) >= SHORT_EXPECTED_MAX,
        }
    }

    pub(super) fn of(apdu: &CommandApdu<'_>) -> Result<Self, Status> {
        let largest = if apdu.extended {
            EXTENDED_EXPECTED_MAX
        } else {
            SHORT_EXPECTED_MAX
        };
        match apdu.expected {
            Some(length) if length == largest => Ok(Self::Available {
                extended: apdu.extended,
            }),
            Some(length) if length > 0 => u16::try_from(length)
                .map(Self::Exactly)
                .map_err(|_| Status::WRONG_LENGTH),
            _ => Err(Status::WRONG_LENGTH),
        }
    }
}

/// Everything of an encoded command but its data field.
pub(super) struct Frame {
    pub(super) instruction: Instruction,
    pub(super) p1: u8,
    pub(super) p2: u8,
    pub(super) expected: Option<Expected>,
}

/// A reply whose length the command does not tell.
pub(super) const OPEN: Option<Expected> = Some(Expected::Available { extended: false });

impl Frame {
    pub(super) const fn new(instruction: Instruction, p1: u8, p2: u8, expected: Option<Expected>) -> Self {
        Self {
            instruction,
            p1,
            p2,
            expected,
        }
    }
}

/// P1 and P2 as one number.
pub(super) const fn parameters(apdu: &CommandApdu<'_>) -> u16 {
    u16::from_be_bytes([apdu.p1, apdu.p2])
}

/// 6A86 unless P1 and P2 are these.
pub(super) const fn expect_parameters(apdu: &CommandApdu<'_>, wanted: u16) -> Result<(), Status> {
    if parameters(apdu) == wanted {
        Ok(())
    } else {
        Err(Status::INCORRECT_PARAMETERS)
    }
}

const fn check(right: bool) -> Result<(), Status> {
    if right { Ok(()) } else { Err(Status::WRONG_LENGTH) }
}

/// 6700 if a reply is expected where there is none.
pub(super) fn without_reply(apdu: &CommandApdu<'_>) -> Result<(), Status> {
    check(apdu.expected.is_none())
}

/// 6700 if there is data where none is wanted.
pub(super) const fn without_data(apdu: &CommandApdu<'_>) -> Result<(), Status> {
    check(apdu.data.is_empty())
}

/// Case 1: neither data nor a reply.
pub(super) fn case_1(apdu: &CommandApdu<'_>) -> Result<(), Status> {
    check(apdu.data.is_empty())?;
    without_reply(apdu)
}

/// Case 2: no data, a reply.
pub(super) fn case_2(apdu: &CommandApdu<'_>) -> Result<Expected, Status> {
    without_data(apdu)?;
    Expected::of(apdu)
}

/// Case 3: data, no reply.
pub(super) fn case_3<'a>(apdu: &CommandApdu<'a>) -> Result<&'a [u8], Status> {
    without_reply(apdu)?;
    data(apdu)
}

/// Case 4: data and a reply.
pub(super) fn case_4<'a>(apdu: &CommandApdu<'a>) -> Result<&'a [u8], Status> {
    Expected::of(apdu)?;
    data(apdu)
}

fn data<'a>(apdu: &CommandApdu<'a>) -> Result<&'a [u8], Status> {
    check((1..=COMMAND_DATA_MAX).contains(&apdu.data.len()))?;
    Ok(apdu.data)
}
