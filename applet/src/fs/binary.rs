//! READ BINARY and UPDATE BINARY.

use apdu_spec::access::AccessMode;
use apdu_spec::command::{BinaryFile, Expected};
use apdu_spec::file::{FileKind, LifeCycle};
use apdu_spec::limits;
use apdu_spec::reason::Reason;
use apdu_spec::status::Status;
use apdu_spec::tlv::Writer;

use super::{OpenFile, Source, require, virtual_file};
use crate::content::request;
use crate::core::Core;
use crate::error::{Error, Result};
use crate::layout;
use crate::platform::Platform;
use crate::session::Session;
use crate::store::Secrecy;

/// The EF that the command addresses. It becomes the current one when the command has succeeded.
pub(super) fn find<P: Platform>(core: &mut Core<P>, session: &Session, file: BinaryFile) -> Result<OpenFile> {
    if session.deactivated {
        return Err(Reason::Deactivated.into());
    }
    let found = match file {
        BinaryFile::Current => session.file.clone().ok_or(Error::NoFileSelected)?,
        BinaryFile::ShortId(short_id) => match virtual_file::by_short_id(session.df, short_id) {
            Some(file) => virtual_file::open(core, file)?,
            None => {
                let (id, entry) = core
                    .entry_by_short_id(session.df, short_id)?
                    .ok_or(Error::FileNotFound)?;
                if entry.kind == FileKind::Dedicated {
                    return Err(Error::IncompatibleFile);
                }
                OpenFile::of(id, entry)
            }
        },
    };
    match found.life_cycle {
        LifeCycle::Initialisation | LifeCycle::Operational => Ok(found),
        LifeCycle::Deactivated | LifeCycle::Terminated => Err(Error::WrongState),
    }
}

/// As [`find`], of an EF that has bytes rather than records.
fn find_bytes<P: Platform>(core: &mut Core<P>, session: &Session, file: BinaryFile) -> Result<OpenFile> {
    let found = find(core, session, file)?;
    match found.source {
        Source::Chunks(_) | Source::Virtual(_) => Ok(found),
        Source::Records(..) => Err(Error::IncompatibleFile),
    }
}

/// How many bytes READ answers, and whether the file ended before Le was met.
fn length_to_read(size: usize, offset: usize, expected: Expected) -> Result<(usize, Status)> {
    let left = size.checked_sub(offset).ok_or(Error::WrongOffset)?;
    if left == 0 && size != 0 {
        return Err(Error::WrongOffset);
    }
    match expected {
        Expected::Available { .. } => Ok((
            left.min(expected.maximum()).min(limits::REPLY_DATA_MAX),
            Status::SUCCESS,
        )),
        Expected::Exactly(wanted) => match usize::from(wanted) {
            wanted if wanted > limits::REPLY_DATA_MAX => Err(Error::WrongLength),
            wanted if wanted > left => Ok((left, Status::END_OF_FILE)),
            wanted => Ok((wanted, Status::SUCCESS)),
        },
    }
}

/// READ BINARY (ISO/IEC 7816-4, 11.3.3).
pub(crate) fn read<P: Platform>(
    core: &mut Core<P>,
    session: &mut Session,
    file: BinaryFile,
    offset: u16,
    length: Expected,
    reply: &mut Writer<'_>,
) -> Result<Status> {
    let file = find_bytes(core, session, file)?;
    require(core, session, &file.rules, AccessMode::READ)?;
    let offset = usize::from(offset);
    let (length, status) = length_to_read(usize::from(file.size), offset, length)?;
    match file.source {
        Source::Chunks(number) => read_chunks(core, number, offset, reply.space(length)?)?,
        Source::Virtual(file) => virtual_file::read(core, file, offset, length, reply)?,
        Source::Records(..) => return Err(Error::IncompatibleFile),
    }
    session.file = Some(file);
    Ok(status)
}

/// Fills `out`, which is zero, from the chunks of an EF; what was never written reads as zero.
pub(crate) fn read_chunks<P: Platform>(
    core: &mut Core<P>,
    number: u16,
    offset: usize,
    out: &mut [u8],
) -> Result<()> {
    let mut done = 0;
    while let Some(rest) = out.get_mut(done..).filter(|rest| !rest.is_empty()) {
        let (chunk, within) = place(offset + done)?;
        let piece = rest.len().min(limits::CHUNK - within);
        let key = layout::content(number, chunk);
        if let Some(extent) = core.store.locate(key)?
            && let Some(space) = rest.get_mut(..piece)
        {
            core.store.read_extent(&extent, within, space)?;
        }
        done += piece;
    }
    Ok(())
}

/// The chunk an offset lies in, and where in it.
fn place(offset: usize) -> Result<(u16, usize)> {
    let chunk = u16::try_from(offset / limits::CHUNK).map_err(|_| Error::WrongOffset)?;
    Ok((chunk, offset % limits::CHUNK))
}

/// UPDATE BINARY (ISO/IEC 7816-4, 11.3.5). All of it or, if the power fails, nothing.
pub(crate) fn update<P: Platform>(
    core: &mut Core<P>,
    session: &mut Session,
    file: BinaryFile,
    offset: u16,
    data: &[u8],
) -> Result<()> {
    let file = find_bytes(core, session, file)?;
    require(core, session, &file.rules, AccessMode::UPDATE)?;
    let Source::Chunks(number) = file.source else {
        return Err(Error::AccessDenied);
    };
    let (size, offset) = (usize::from(file.size), usize::from(offset));
    if offset >= size {
        return Err(Error::WrongOffset);
    }
    if offset + data.len() > size {
        return Err(Error::NoMemory);
    }
    write_chunks(core, number, offset, data, size)?;
    session.file = Some(file);
    Ok(())
}

/// Whether writing there takes room that was not taken before: files get theirs as they are written.
fn grows<P: Platform>(core: &mut Core<P>, number: u16, mut offset: usize, mut length: usize) -> Result<bool> {
    while length > 0 {
        let (chunk, within) = place(offset)?;
        let piece = length.min(limits::CHUNK - within);
        let stored = core.store.len(layout::content(number, chunk))?;
        if stored.unwrap_or(0) < within + piece {
            return Ok(true);
        }
        (offset, length) = (offset + piece, length - piece);
    }
    Ok(false)
}

fn write_chunks<P: Platform>(
    core: &mut Core<P>,
    number: u16,
    offset: usize,
    data: &[u8],
    size: usize,
) -> Result<()> {
    let chunks = data.len() / limits::CHUNK + 2;
    let (records, bytes) = if grows(core, number, offset, data.len())? {
        request::COST
    } else {
        (0, 0)
    };
    let mut change = core.begin(chunks + records, chunks * limits::CHUNK + bytes)?;
    let mut done = 0;
    while let Some(rest) = data.get(done..).filter(|rest| !rest.is_empty()) {
        let (chunk, within) = place(offset + done)?;
        let piece = rest
            .get(..rest.len().min(limits::CHUNK - within))
            .unwrap_or_default();
        let key = layout::content(number, chunk);
        // Read-modify-write of one chunk; it never grows past the file's end.
        let mut old = [0; limits::CHUNK];
        let stored = change.len(key)?.unwrap_or(0);
        change.read(key, 0, old.get_mut(..stored).ok_or(Error::Memory)?)?;
        let end = within + piece.len();
        old.get_mut(within..end)
            .ok_or(Error::Memory)?
            .copy_from_slice(piece);
        let length = stored.max(end).min(size - usize::from(chunk) * limits::CHUNK);
        change.put(key, &[old.get(..length).ok_or(Error::Memory)?], Secrecy::Public)?;
        done += piece.len();
    }
    Ok(change.commit()?)
}
