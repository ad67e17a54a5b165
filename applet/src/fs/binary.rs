//! READ, UPDATE, WRITE, ERASE and SEARCH BINARY.

use core::borrow::Borrow;

use apdu_spec::access::AccessMode;
use apdu_spec::command::{BinaryAction, BinaryAddress, BinaryFile, Expected, write_offset};
use apdu_spec::file::{FileKind, LifeCycle};
use apdu_spec::limits;
use apdu_spec::reason::Reason;
use apdu_spec::status::Status;
use apdu_spec::tlv::{Tag, Writer};

use super::{OpenFile, Source, require, select, virtual_file};
use crate::content::request;
use crate::core::Core;
use crate::error::{Error, Result};
use crate::layout;
use crate::platform::Platform;
use crate::session::Session;
use crate::store::Secrecy;

/// The EF that the command addresses. It becomes the current one when the command has succeeded.
pub(super) fn find<P: Platform>(core: &mut Core<P>, session: &Session, file: BinaryFile) -> Result<OpenFile> {
    usable(session, || match file {
        BinaryFile::Current => session.file.clone().ok_or(Error::NoFileSelected),
        BinaryFile::ShortId(short_id) => match virtual_file::by_short_id(session.df, short_id) {
            Some(file) => virtual_file::open(core, file),
            None => {
                let (id, entry) = core
                    .entry_by_short_id(session.df, short_id)?
                    .ok_or(Error::FileNotFound)?;
                if entry.kind == FileKind::Dedicated {
                    return Err(Error::IncompatibleFile);
                }
                Ok(OpenFile::of(id, entry))
            }
        },
    })
}

/// The EF that `found` gives, unless it is switched off or lies in what is.
pub(super) fn usable<F: Borrow<OpenFile>>(session: &Session, found: impl FnOnce() -> Result<F>) -> Result<F> {
    if session.deactivated {
        return Err(Reason::Deactivated.into());
    }
    let found = found()?;
    match found.borrow().life_cycle {
        LifeCycle::Initialisation | LifeCycle::Operational => Ok(found),
        LifeCycle::Deactivated | LifeCycle::Terminated => Err(Error::WrongState),
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

/// Does what a command asks with the bytes of an EF (ISO/IEC 7816-4, 11.3).
#[inline(never)]
pub(crate) fn act<P: Platform>(
    core: &mut Core<P>,
    session: &mut Session,
    address: BinaryAddress,
    action: BinaryAction<'_>,
    reply: &mut Writer<'_>,
) -> Result<Status> {
    let mut other = None;
    let file: &OpenFile = match address {
        // Most commands are for the current EF, which is used where it is.
        BinaryAddress::Offset(BinaryFile::Current) | BinaryAddress::Objects(BinaryFile::Current) => {
            usable(session, || session.file.as_ref().ok_or(Error::NoFileSelected))?
        }
        BinaryAddress::Offset(file) | BinaryAddress::Objects(file) => {
            other.insert(find(core, session, file)?)
        }
        BinaryAddress::FileId(id) => {
            other.insert(usable(session, || select::child_file(core, session.df, id))?)
        }
    };
    if matches!(file.source, Source::Records(..)) {
        return Err(Error::IncompatibleFile);
    }
    let mode = match action {
        BinaryAction::Read { .. } | BinaryAction::Search { .. } => AccessMode::READ,
        BinaryAction::Update { .. } | BinaryAction::Erase { .. } => AccessMode::UPDATE,
        BinaryAction::Write { .. } => AccessMode::WRITE,
    };
    require(core, session, &file.rules, mode)?;
    let in_object = !matches!(address, BinaryAddress::Offset(_));
    let mut status = Status::SUCCESS;
    match action {
        BinaryAction::Read { offset, length } => status = read(core, file, offset, length, in_object, reply)?,
        BinaryAction::Update { offset, data } => change(core, file, offset, data, false)?,
        BinaryAction::Write { offset, data } => change(core, file, offset, data, true)?,
        BinaryAction::Erase { from, to } => erase(core, file, from, to)?,
        BinaryAction::Search {
            offset,
            pattern,
            length: _,
        } => match search(core, file, offset, pattern)? {
            Some(found) => write_offset(reply, found, in_object)?,
            None => status = Status::END_OF_FILE,
        },
    }
    if other.is_some() {
        session.file = other;
    }
    Ok(status)
}

/// READ BINARY (ISO/IEC 7816-4, 11.3.3).
fn read<P: Platform>(
    core: &mut Core<P>,
    file: &OpenFile,
    offset: u16,
    length: Expected,
    in_object: bool,
    reply: &mut Writer<'_>,
) -> Result<Status> {
    let (offset, most) = (usize::from(offset), length.maximum());
    let (mut length, status) = match length {
        Expected::Exactly(wanted) if in_object => {
            let room = u16::try_from(room(wanted.into())).map_err(|_| Error::Fault)?;
            if room == 0 {
                return Err(Error::WrongLength);
            }
            length_to_read(usize::from(file.size), offset, Expected::Exactly(room))?
        }
        length => length_to_read(usize::from(file.size), offset, length)?,
    };
    if in_object {
        length = length.min(room(most.min(limits::REPLY_DATA_MAX)));
        reply.head(DATA, length)?;
    }
    read_source(core, file.source, offset, reply.space(length)?)?;
    Ok(status)
}

/// The object that bytes come in where the offset does.
pub(super) const DATA: Tag = Tag(0x53);

/// How many bytes such an object has when it has `length` in all.
pub(super) fn room(length: usize) -> usize {
    let with_head = |head: usize, most: usize| length.saturating_sub(head).min(most);
    with_head(2, 0x7F)
        .max(with_head(3, 0xFF))
        .max(with_head(4, 0xFFFF))
}

/// Fills `out`, which is zero.
fn read_source<P: Platform>(core: &mut Core<P>, source: Source, offset: usize, out: &mut [u8]) -> Result<()> {
    match source {
        Source::Chunks(number) => read_chunks(core, number, offset, out),
        Source::Virtual(file) => virtual_file::read(core, file, offset, out.len(), &mut Writer::new(out)),
        Source::Records(..) => Err(Error::IncompatibleFile),
    }
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

/// UPDATE BINARY and WRITE BINARY (ISO/IEC 7816-4, 11.3.5 and 11.3.4). All of it or, if the power fails, nothing.
fn change<P: Platform>(
    core: &mut Core<P>,
    file: &OpenFile,
    offset: u16,
    data: &[u8],
    is_or: bool,
) -> Result<()> {
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
    write_chunks(core, number, offset, data, size, is_or)
}

/// ERASE BINARY (ISO/IEC 7816-4, 11.3.7). What is not kept reads as zero, which is what an erased byte is here.
#[inline(never)]
fn erase<P: Platform>(core: &mut Core<P>, file: &OpenFile, from: u16, to: Option<u16>) -> Result<()> {
    let Source::Chunks(number) = file.source else {
        return Err(Error::AccessDenied);
    };
    let to = to.unwrap_or(file.size);
    if from >= file.size || to > file.size {
        return Err(Error::WrongOffset);
    }
    let (first, start) = place(from.into())?;
    let (last, end) = place(usize::from(to) - 1)?;
    let mut change = core.begin_removal(usize::from(last - first) + 1, 2 * limits::CHUNK)?;
    for chunk in first..=last {
        let key = layout::content(number, chunk);
        let start = if chunk == first { start } else { 0 };
        let end = if chunk == last { end + 1 } else { limits::CHUNK };
        let Some(stored) = change.len(key)?.filter(|stored| *stored > start) else {
            continue;
        };
        let mut bytes = [0; limits::CHUNK];
        change.read(key, 0, bytes.get_mut(..stored).ok_or(Error::Memory)?)?;
        let kept = if end < stored { stored } else { start };
        bytes
            .get_mut(start..end.min(stored))
            .ok_or(Error::Memory)?
            .fill(0);
        // The first chunk reserves the number.
        if kept == 0 && chunk != 0 {
            change.delete(key)?;
        } else {
            change.put(key, &[bytes.get(..kept).ok_or(Error::Memory)?], Secrecy::Public)?;
        }
    }
    Ok(change.commit()?)
}

/// SEARCH BINARY (ISO/IEC 7816-4, 11.3.6): the first place, from an offset on, with these bytes; without any, with an erased byte.
#[inline(never)]
fn search<P: Platform>(
    core: &mut Core<P>,
    file: &OpenFile,
    offset: u16,
    pattern: &[u8],
) -> Result<Option<u16>> {
    let pattern = if pattern.is_empty() { &[0][..] } else { pattern };
    let (size, mut offset) = (usize::from(file.size), usize::from(offset));
    length_to_read(size, offset, Expected::Exactly(1))?;
    let mut window = [0; 2 * limits::CHUNK];
    while offset + pattern.len() <= size {
        let length = window.len().min(size - offset);
        let piece = window.get_mut(..length).ok_or(Error::Fault)?;
        piece.fill(0);
        read_source(core, file.source, offset, piece)?;
        if let Some(at) = piece.windows(pattern.len()).position(|place| place == pattern) {
            return u16::try_from(offset + at).map(Some).map_err(|_| Error::Fault);
        }
        offset += length + 1 - pattern.len();
    }
    Ok(None)
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
    is_or: bool,
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
        let place = old.get_mut(within..end).ok_or(Error::Memory)?;
        for (byte, new) in place.iter_mut().zip(piece) {
            *byte = *new | if is_or { *byte } else { 0 };
        }
        let length = stored.max(end).min(size - usize::from(chunk) * limits::CHUNK);
        let value = &[old.get(..length).ok_or(Error::Memory)?];
        done += piece.len();
        if done == data.len() {
            return Ok(change.put_last(key, value, Secrecy::Public)?);
        }
        change.put(key, value, Secrecy::Public)?;
    }
    Ok(change.commit()?)
}
