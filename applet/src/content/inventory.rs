//! What a personaliser made on the card: receipt 0 tells its digest (rule 2), so that nobody has to believe the issuer about
//! what was there before it.

use apdu_spec::file::{FileControl, FileKind, RecordFormat};
use apdu_spec::limits;
use apdu_spec::object::FoundFile;

use crate::core::Core;
use crate::crypto::{Crypto, Hash};
use crate::error::{Error, Result};
use crate::fs::record::Records;
use crate::fs::{OpenFile, binary};
use crate::layout::MASTER_FILE;
use crate::platform::Platform;

/// The digest over all files below the MF (SPEC.md section 4).
pub(crate) fn digest<P: Platform>(core: &mut Core<P>) -> Result<[u8; 32]> {
    let mut hash = core.platform.crypto().sha256();
    below(core, MASTER_FILE, 1, &mut hash)?;
    Ok(hash.finish())
}

/// Adds what lies in a DF: ascending file ids, what lies in an inner DF right behind it.
fn below<P: Platform>(
    core: &mut Core<P>,
    df: u16,
    depth: u8,
    hash: &mut <P::Crypto as Crypto>::Hash,
) -> Result<()> {
    if usize::from(depth) > limits::DF_DEPTH {
        return Err(Error::Memory);
    }
    let mut last = None;
    while let Some(id) = core.next_entry(df, last)? {
        last = Some(id);
        let entry = core.entry(df, id)?.ok_or(Error::Memory)?;
        let (kind, number) = (entry.kind, entry.number);
        let file = OpenFile::of(id, entry);
        let content = match kind {
            FileKind::Dedicated => None,
            FileKind::Transparent => Some(content(core, number, usize::from(file.size))?),
            FileKind::Records(format) => Some(records(core, number, format)?),
        };
        let control = match kind {
            // An entry of a DF has all that a DF has before registration: no name, no version.
            FileKind::Dedicated => FileControl {
                size: None,
                kind,
                ..file.control()?
            },
            FileKind::Transparent | FileKind::Records(_) => file.control()?,
        };
        let found = FoundFile {
            depth,
            control,
            content,
        };
        add(&found, hash)?;
        if kind == FileKind::Dedicated {
            below(core, number, depth.saturating_add(1), hash)?;
        }
    }
    Ok(())
}

/// Kept apart from the walk, whose stack would hold its buffer once for each level.
#[inline(never)]
fn add<H: Hash>(found: &FoundFile<'_>, hash: &mut H) -> Result<()> {
    let mut buffer = [0; FoundFile::ENCODED_MAX];
    let length = found.write(&mut buffer)?;
    hash.update(buffer.get(..length).ok_or(Error::Overflow)?);
    Ok(())
}

/// As above.
#[inline(never)]
fn content<P: Platform>(core: &mut Core<P>, number: u16, size: usize) -> Result<[u8; 32]> {
    let mut hash = core.platform.crypto().sha256();
    let mut offset = 0;
    while offset < size {
        let mut chunk = [0; limits::CHUNK];
        let piece = chunk
            .get_mut(..limits::CHUNK.min(size - offset))
            .ok_or(Error::Fault)?;
        binary::read_chunks(core, number, offset, piece)?;
        hash.update(piece);
        offset += piece.len();
    }
    Ok(hash.finish())
}

/// As above; each record with its length before it.
#[inline(never)]
fn records<P: Platform>(core: &mut Core<P>, number: u16, format: RecordFormat) -> Result<[u8; 32]> {
    let mut hash = core.platform.crypto().sha256();
    let mut buffer = [0; limits::RECORD_MAX];
    let records = Records::of(core, number, format)?;
    for record in 1..=records.count() {
        let bytes = records.load(core, record, &mut buffer)?;
        hash.update(&[u8::try_from(bytes.len()).map_err(|_| Error::Fault)?]);
        hash.update(bytes);
    }
    Ok(hash.finish())
}
