//! LOAD APPLICATION (ISO/IEC 7816-13): blocks, each compared with the digest announced for it before a byte of it is
//! written, kept under numbers that no directory entry names until the commit.

use apdu_spec::file::{FileKind, LifeCycle};
use apdu_spec::limits;
use apdu_spec::object::{Operation, PackageDigests};
use apdu_spec::package::{Block, Chunk, Manifest};
use apdu_spec::reason::Reason;
use apdu_spec::tlv::Writer;
use zeroize::Zeroizing;

use super::request::{self, OpenRequest};
use super::{authorization, commit, seal};
use crate::core::Core;
use crate::error::{Error, Result};
use crate::fs::RuleBytes;
use crate::fs::directory::{self, Df, DfKind};
use crate::fs::record::Head;
use crate::layout::{self, RequestPart};
use crate::platform::Platform;
use crate::session::Session;
use crate::store::{Secrecy, Store};

/// Length of the record.
const PROGRESS: usize = 75;

/// How far the loading for a request has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Progress {
    /// The block that comes next.
    pub(crate) next_block: u16,
    /// Whether all blocks are there.
    pub(crate) complete: bool,
    /// Number of the application's DF; file n of the manifest has this plus n.
    pub(crate) base: u16,
    /// Files in the manifest.
    pub(crate) files: u16,
    /// Content bytes kept.
    position: u32,
    expected: [u8; 32],
    last: [u8; 32],
}

impl Progress {
    /// What is known of the loading for the request in a slot; `None` before block 0.
    #[inline(never)]
    pub(crate) fn load<P: Platform>(core: &mut Core<P>, slot: u8) -> Result<Option<Self>> {
        let mut buffer = [0; PROGRESS];
        let key = layout::request(slot, RequestPart::Progress);
        let Some(bytes) = core.load_checked(key, &mut buffer)? else {
            return Ok(None);
        };
        Self::read(bytes).map(Some).ok_or(Error::Memory)
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let (next_block, rest) = bytes.split_first_chunk::<2>()?;
        let (&[complete], rest) = rest.split_first_chunk::<1>()?;
        let (base, rest) = rest.split_first_chunk::<2>()?;
        let (files, rest) = rest.split_first_chunk::<2>()?;
        let (position, rest) = rest.split_first_chunk::<4>()?;
        let (expected, rest) = rest.split_first_chunk::<32>()?;
        Some(Self {
            next_block: u16::from_be_bytes(*next_block),
            complete: complete != 0,
            base: u16::from_be_bytes(*base),
            files: u16::from_be_bytes(*files),
            position: u32::from_be_bytes(*position),
            expected: *expected,
            last: rest.try_into().ok()?,
        })
    }

    fn write(&self) -> Result<[u8; PROGRESS]> {
        let mut bytes = [0; PROGRESS];
        let mut writer = Writer::new(&mut bytes);
        writer.raw(&self.next_block.to_be_bytes())?;
        writer.raw(&[u8::from(self.complete)])?;
        writer.raw(&self.base.to_be_bytes())?;
        writer.raw(&self.files.to_be_bytes())?;
        writer.raw(&self.position.to_be_bytes())?;
        writer.raw(&self.expected)?;
        writer.raw(&self.last)?;
        Ok(bytes)
    }

    /// The numbers that were staged: the application's DF and its files.
    pub(crate) fn numbers(&self) -> impl Iterator<Item = u16> + use<> {
        self.base..self.end()
    }

    /// The number behind them.
    pub(crate) const fn end(&self) -> u16 {
        self.base.saturating_add(self.files).saturating_add(1)
    }

    /// The number of the manifest's entry at `position`, counted from 1; 0 is the application's DF.
    pub(crate) fn number(&self, position: u8) -> u16 {
        self.base.saturating_add(u16::from(position))
    }
}

/// The staged manifest's bytes.
pub(crate) type ManifestBytes = [u8; limits::MANIFEST_MAX];

/// Reads the manifest that was staged for a request.
pub(crate) fn manifest<'b, P: Platform>(
    core: &mut Core<P>,
    slot: u8,
    buffer: &'b mut ManifestBytes,
) -> Result<Manifest<'b>> {
    let key = layout::request(slot, RequestPart::Manifest);
    let bytes = core.load_checked(key, buffer)?.ok_or(Error::Memory)?;
    Manifest::parse(bytes).map_err(|_| Error::Memory)
}

/// LOAD APPLICATION: keeps a block; when all are there, commits and answers the receipt.
#[inline(never)]
pub(crate) fn load<P: Platform>(
    core: &mut Core<P>,
    session: &mut Session,
    number: u32,
    index: u16,
    last: bool,
    block: &[u8],
    reply: &mut Writer<'_>,
) -> Result<()> {
    if !core.state.is_registered() {
        return Err(Reason::NotRegistered.into());
    }
    let open = request::by_number(core, number)?;
    let package = match (open.sdi().operation, open.sdi().package) {
        (Operation::Store | Operation::Replace, Some(package)) => package,
        _ => return Err(Reason::WrongOperation.into()),
    };
    authorization::require_kept(core, &open)?;
    let digest = core.hash(&[block]);
    let progress = match Progress::load(core, open.slot)? {
        // The host did not hear the answer to the block just kept, or the commit asked for consent first.
        Some(progress) if progress.next_block.checked_sub(1) == Some(index) => {
            if digest != progress.last {
                return Err(Reason::BlockDigest.into());
            }
            progress
        }
        Some(progress) if progress.next_block == index && !progress.complete => {
            keep_content(core, &open, progress, index, last, block, &digest)?
        }
        None if index == 0 => keep_manifest(core, &open, &package, last, block, &digest)?,
        _ => return Err(Reason::BlockOutOfOrder.into()),
    };
    if progress.complete {
        commit::commit(core, session, &open, &progress, reply)
    } else {
        Ok(())
    }
}

/// Compares a block with what was announced for it and decodes it. Nothing was written yet.
fn authenticate<'a>(
    block: &'a [u8],
    digest: &[u8; 32],
    expected: &[u8; 32],
    index: u16,
    last: bool,
) -> Result<Block<'a>> {
    if digest != expected {
        return Err(Reason::BlockDigest.into());
    }
    let block = Block::parse(block)?;
    if block.index != index || block.next.is_none() != last {
        return Err(Reason::BlockOutOfOrder.into());
    }
    Ok(block)
}

/// Block 0: the manifest. Reserves the numbers of all that it announces.
fn keep_manifest<P: Platform>(
    core: &mut Core<P>,
    open: &OpenRequest,
    package: &PackageDigests,
    last: bool,
    block: &[u8],
    digest: &[u8; 32],
) -> Result<Progress> {
    let block = authenticate(block, digest, &package.first_block, 0, last)?;
    if core.hash(&[block.data]) != package.manifest {
        return Err(Reason::PackageDigest.into());
    }
    let manifest = Manifest::parse(block.data).map_err(|_| Reason::BadManifest)?;
    let content = manifest.total_initial();
    let size = u32::try_from(block.data.len())
        .ok()
        .and_then(|length| length.checked_add(content));
    if manifest.aid() != open.sdi().aid
        || manifest.version() != open.sdi().version
        || size != Some(package.size)
        || last != (content == 0)
    {
        return Err(Reason::PackageDigest.into());
    }
    // Here only to refuse a package for another card at once.
    seal::opener(core, &manifest, open.sdi())?;
    let files = u16::try_from(manifest.files().count()).map_err(|_| Reason::BadManifest)?;
    let progress = Progress {
        next_block: 1,
        complete: last,
        base: core.allocate(files.saturating_add(1))?,
        files,
        position: 0,
        expected: block.next.copied().unwrap_or_default(),
        last: *digest,
    };
    write_manifest(core, open, &progress, block.data, &manifest)?;
    Ok(progress)
}

fn write_manifest<P: Platform>(
    core: &mut Core<P>,
    open: &OpenRequest,
    progress: &Progress,
    bytes: &[u8],
    manifest: &Manifest<'_>,
) -> Result<()> {
    let staged = usize::from(progress.files) + 1;
    let records = staged + 2;
    let values = bytes.len() + PROGRESS + staged * directory::RECORD_MAX;
    require_room(core, manifest, records, values)?;
    let mut change = core.begin(records, values).map_err(no_space)?;
    change.put(
        layout::request(open.slot, RequestPart::Manifest),
        &[bytes],
        Secrecy::Public,
    )?;
    // A number counts as used when something lies under it: DFs get their record, EFs an empty first chunk, or what
    // tells how many records there are once all blocks are.
    let placeholder = Df {
        kind: DfKind::Inner,
        life_cycle: LifeCycle::Initialisation,
        parent: 0,
        id: 0,
        rules: RuleBytes::new(),
    };
    change.put(
        layout::df(progress.base),
        &[&placeholder.header()],
        Secrecy::Public,
    )?;
    for file in manifest.files() {
        let number = progress.number(file.position);
        match file.kind {
            FileKind::Dedicated => {
                change.put(layout::df(number), &[&placeholder.header()], Secrecy::Public)?
            }
            FileKind::Transparent => change.put(layout::content(number, 0), &[&[]], Secrecy::Public)?,
            FileKind::Records(format) => {
                let head = Head::initial(&file, format).to_bytes();
                change.put(layout::content(number, 0), &[&head], Secrecy::Public)?;
            }
        }
    }
    change.put_last(
        layout::request(open.slot, RequestPart::Progress),
        &[&progress.write()?],
        Secrecy::Public,
    )?;
    core.state.search_from(progress.end());
    Ok(())
}

/// Refuses a package for which there is no room, now that its manifest tells all that it will need: what is staged with block 0, its content, and
/// the commit. Whoever stores something else meanwhile may still take that room away; then the commit is refused.
fn require_room<P: Platform>(
    core: &Core<P>,
    manifest: &Manifest<'_>,
    records: usize,
    values: usize,
) -> Result<()> {
    let (commit_records, commit_values) = commit::cost_of(manifest);
    let chunks = manifest.chunks().count();
    let content = usize::try_from(manifest.total_initial()).map_err(|_| Reason::NoSpace)?;
    let records = records + commit_records + chunks;
    let needed = values + commit_values + content + records * Store::<P::Flash, P::Index>::RECORD_OVERHEAD;
    let stats = core.store.stats();
    if needed > stats.free_bytes || records > stats.index_capacity - stats.objects {
        return Err(Reason::NoSpace.into());
    }
    Ok(())
}

/// A block of content: whole chunks, put where they will stay.
fn keep_content<P: Platform>(
    core: &mut Core<P>,
    open: &OpenRequest,
    mut progress: Progress,
    index: u16,
    last: bool,
    block: &[u8],
    digest: &[u8; 32],
) -> Result<Progress> {
    let block = authenticate(block, digest, &progress.expected, index, last)?;
    let mut buffer = [0; limits::MANIFEST_MAX];
    let manifest = manifest(core, open.slot, &mut buffer)?;
    let start = progress.position;
    let mut rest = block.data;
    progress.position = u32::try_from(rest.len())
        .ok()
        .and_then(|length| start.checked_add(length))
        .ok_or(Reason::PackageDigest)?;
    progress.next_block = index.checked_add(1).ok_or(Reason::PackageDigest)?;
    progress.complete = last;
    progress.expected = block.next.copied().unwrap_or_default();
    progress.last = *digest;
    if rest.is_empty() || last != (progress.position == manifest.total_initial()) {
        return Err(Reason::PackageDigest.into());
    }
    let end = progress.position;
    let in_block = |chunk: &Chunk| (start..end).contains(&chunk.offset);
    let records = manifest.chunks().filter(in_block).count() + 1;
    let opener = if manifest.chunks().any(|chunk| chunk.sealed && in_block(&chunk)) {
        seal::opener(core, &manifest, open.sdi())?
    } else {
        None
    };
    let mut opened = Zeroizing::new([0; limits::CHUNK]);
    let (mut change, crypto) = core
        .begin_with_crypto(records, block.data.len() + PROGRESS)
        .map_err(no_space)?;
    for chunk in manifest.chunks().skip_while(|chunk| chunk.offset < start) {
        if rest.is_empty() {
            break;
        }
        let (piece, following) = rest
            .split_at_checked(usize::from(chunk.length))
            .ok_or(Reason::PackageDigest)?;
        let key = layout::content(progress.number(chunk.file), chunk.index);
        match opener.as_ref().filter(|_| chunk.sealed) {
            Some(opener) => {
                let content = opened.get_mut(..piece.len()).ok_or(Error::Fault)?;
                content.copy_from_slice(piece);
                opener.apply(crypto, chunk, content);
                change.put(key, &[content], Secrecy::Secret)?;
            }
            None => change.put(key, &[piece], Secrecy::Public)?,
        }
        rest = following;
    }
    if !rest.is_empty() {
        return Err(Reason::PackageDigest.into());
    }
    change.put_last(
        layout::request(open.slot, RequestPart::Progress),
        &[&progress.write()?],
        Secrecy::Public,
    )?;
    Ok(progress)
}

/// No room while something is stored: the reason is what the protocol calls it.
pub(crate) fn no_space(error: Error) -> Error {
    if error == Error::NoMemory {
        Reason::NoSpace.into()
    } else {
        error
    }
}
