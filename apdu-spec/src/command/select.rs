//! SELECT. ISO/IEC 7816-4:2020, 11.2.2.

use super::case::{Frame, OPEN, without_reply};
use super::{Command, Instruction};
use crate::aid::Aid;
use crate::apdu::CommandApdu;
use crate::file::MASTER_FILE;
use crate::status::Status;
use crate::tlv::{self, Writer};

/// Which file SELECT means. ISO/IEC 7816-4:2020, table 62.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SelectTarget<'a> {
    /// The MF: file id 3F00, or none.
    MasterFile,
    /// By file id: the current DF, its children, its parent. Not 3F00, which is [`Self::MasterFile`].
    FileId(u16),
    /// A DF in the current DF.
    ChildDf(u16),
    /// An EF in the current DF.
    ChildEf(u16),
    /// The DF around the current DF.
    Parent,
    /// By AID, or its first bytes: 1 to 16.
    Aid(&'a [u8]),
    /// The last application whose AID begins with these bytes.
    LastAid(&'a [u8]),
    /// The application before the last match whose AID begins with these bytes.
    PreviousAid(&'a [u8]),
    /// File ids from below the MF, two bytes each, at least one.
    PathFromMf(&'a [u8]),
    /// File ids from below the current DF, two bytes each, at least one.
    PathFromCurrent(&'a [u8]),
}

/// What SELECT answers. ISO/IEC 7816-4:2020, table 63.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SelectReply {
    /// File control information, 6F.
    Fci,
    /// File control parameters, 62.
    Fcp,
    /// File management data, 64.
    Fmd,
    /// No data.
    Nothing,
}

const BY_ID: u8 = 0x00;
const CHILD_DF: u8 = 0x01;
const CHILD_EF: u8 = 0x02;
const PARENT: u8 = 0x03;
pub(super) const BY_AID: u8 = 0x04;
const PATH_FROM_MF: u8 = 0x08;
const PATH_FROM_CURRENT: u8 = 0x09;

const FCI: u8 = 0x00;
const FCP: u8 = 0x04;
const FMD: u8 = 0x08;
const NOTHING: u8 = 0x0C;
// Bits 2 and 1 of P2; none is the first.
const LAST: u8 = 0x01;
const NEXT: u8 = 0x02;
const PREVIOUS: u8 = 0x03;

pub(super) fn decode<'a>(apdu: &CommandApdu<'a>) -> Result<Command<'a>, Status> {
    is_way(apdu.p1)?;
    let occurrence = apdu.p2 & PREVIOUS;
    let asked = match apdu.p2 & !PREVIOUS {
        FCI => SelectReply::Fci,
        FCP => SelectReply::Fcp,
        FMD => SelectReply::Fmd,
        NOTHING => SelectReply::Nothing,
        _ => return Err(Status::INCORRECT_PARAMETERS),
    };
    if occurrence != 0 && apdu.p1 != BY_AID {
        return Err(Status::INCORRECT_PARAMETERS);
    }
    let reply = if asked == SelectReply::Nothing {
        without_reply(apdu)?;
        asked
    } else if apdu.expected.is_none() {
        // ISO/IEC 7816-4:2020, 5.2: without Le there is no reply data, whatever P2 asks for.
        SelectReply::Nothing
    } else {
        asked
    };
    let target = match (target(apdu.p1, apdu.data)?, occurrence) {
        (SelectTarget::Aid(name), LAST) => SelectTarget::LastAid(name),
        (SelectTarget::Aid(name), PREVIOUS) => SelectTarget::PreviousAid(name),
        (target, _) => target,
    };
    let next = occurrence == NEXT;
    Ok(Command::Select { target, reply, next })
}

const fn is_way(p1: u8) -> Result<(), Status> {
    match p1 {
        BY_ID..=BY_AID | PATH_FROM_MF | PATH_FROM_CURRENT => Ok(()),
        _ => Err(Status::INCORRECT_PARAMETERS),
    }
}

/// The file that P1 and the data field name.
pub(super) fn target(p1: u8, data: &[u8]) -> Result<SelectTarget<'_>, Status> {
    is_way(p1)?;
    Ok(match (p1, data) {
        (BY_ID, []) => SelectTarget::MasterFile,
        (BY_ID, &[high, low]) => match u16::from_be_bytes([high, low]) {
            MASTER_FILE => SelectTarget::MasterFile,
            id => SelectTarget::FileId(id),
        },
        (CHILD_DF, &[high, low]) => SelectTarget::ChildDf(u16::from_be_bytes([high, low])),
        (CHILD_EF, &[high, low]) => SelectTarget::ChildEf(u16::from_be_bytes([high, low])),
        (PARENT, []) => SelectTarget::Parent,
        (BY_AID, name) if (1..=Aid::MAX).contains(&name.len()) => SelectTarget::Aid(name),
        (PATH_FROM_MF, path) if is_path(path) => SelectTarget::PathFromMf(path),
        (PATH_FROM_CURRENT, path) if is_path(path) => SelectTarget::PathFromCurrent(path),
        _ => return Err(Status::WRONG_LENGTH),
    })
}

const fn is_path(path: &[u8]) -> bool {
    !path.is_empty() && path.len().is_multiple_of(2)
}

pub(super) fn encode(
    target: SelectTarget<'_>,
    reply: SelectReply,
    next: bool,
    writer: &mut Writer<'_>,
) -> tlv::Result<Frame> {
    let p1 = write_target(target, writer)?;
    let (asked, expected) = match reply {
        SelectReply::Fci => (FCI, OPEN),
        SelectReply::Fcp => (FCP, OPEN),
        SelectReply::Fmd => (FMD, OPEN),
        SelectReply::Nothing => (NOTHING, None),
    };
    let occurrence = match target {
        SelectTarget::LastAid(_) => LAST,
        SelectTarget::PreviousAid(_) => PREVIOUS,
        _ if next => NEXT,
        _ => 0,
    };
    Ok(Frame::new(Instruction::Select, p1, asked | occurrence, expected))
}

/// Writes what names the file and gives P1.
pub(super) fn write_target(target: SelectTarget<'_>, writer: &mut Writer<'_>) -> tlv::Result<u8> {
    let p1 = match target {
        SelectTarget::MasterFile | SelectTarget::FileId(_) => BY_ID,
        SelectTarget::ChildDf(_) => CHILD_DF,
        SelectTarget::ChildEf(_) => CHILD_EF,
        SelectTarget::Parent => PARENT,
        SelectTarget::Aid(_) | SelectTarget::LastAid(_) | SelectTarget::PreviousAid(_) => BY_AID,
        SelectTarget::PathFromMf(_) => PATH_FROM_MF,
        SelectTarget::PathFromCurrent(_) => PATH_FROM_CURRENT,
    };
    match target {
        SelectTarget::MasterFile => writer.raw(&MASTER_FILE.to_be_bytes())?,
        SelectTarget::FileId(id) | SelectTarget::ChildDf(id) | SelectTarget::ChildEf(id) => {
            writer.raw(&id.to_be_bytes())?;
        }
        SelectTarget::Parent => {}
        SelectTarget::Aid(bytes)
        | SelectTarget::LastAid(bytes)
        | SelectTarget::PreviousAid(bytes)
        | SelectTarget::PathFromMf(bytes)
        | SelectTarget::PathFromCurrent(bytes) => {
            writer.raw(bytes)?;
        }
    }
    Ok(p1)
}
