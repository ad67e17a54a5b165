//! Packages in a few words, cut into blocks, and APDUs for a simulated card.

use apdu_spec::access;
use apdu_spec::aid::Aid;
use apdu_spec::apdu::ResponseApdu;
use apdu_spec::command::{Command, SelectReply, SelectTarget};
use apdu_spec::file::FileKind;
use apdu_spec::limits::{COMMAND_DATA_MAX, MANIFEST_MAX, RULE_MAX};
use apdu_spec::object::PackageDigests;
use apdu_spec::package::{BLOCK_MAX, Block, FileEntry, ManifestBuilder, OnReplace, Package};
use apdu_spec::status::Status;

use super::office::sha256;
use super::{Result, cannot};
use crate::card::SimulatedCard;
use crate::platform::CardFlash;

/// Header, lengths and Le of an extended APDU.
const APDU_OVERHEAD: usize = 16;
/// Le for all there is.
const EVERYTHING: usize = 65_536;

/// A file of a package.
#[derive(Clone, Copy, Debug)]
pub struct File<'a> {
    id: u16,
    rule: &'a str,
    content: &'a [u8],
    size: Option<u16>,
}

impl<'a> File<'a> {
    /// A file with this id, access rule (as in `docs/package-format.md`: `read: always; update: pin 01`) and content.
    #[must_use]
    pub const fn new(id: u16, rule: &'a str, content: &'a [u8]) -> Self {
        Self {
            id,
            rule,
            content,
            size: None,
        }
    }

    /// The same, with room for so many bytes.
    #[must_use]
    pub const fn with_size(self, size: u16) -> Self {
        Self {
            size: Some(size),
            ..self
        }
    }
}

/// A package of transparent files directly in the application. For anything else write TOML and build it with
/// `symbolon package build`.
///
/// # Errors
/// [`IssueError::Encoding`](super::IssueError::Encoding) for an AID that is none or shorter than five bytes, a rule that
/// is none, or more than a package holds.
pub fn package(aid: &str, version: u32, label: &str, files: &[File<'_>]) -> Result<Vec<u8>> {
    let aid: Aid = aid.parse().map_err(|_| cannot(format!("{aid} is no AID")))?;
    let mut buffers = vec![[0; RULE_MAX]; files.len()];
    let rules = files
        .iter()
        .zip(&mut buffers)
        .map(|(file, buffer)| access::parse(file.rule, buffer).map_err(cannot))
        .collect::<Result<Vec<_>>>()?;
    let too_long = |_| cannot("a file has more than 65,535 bytes");
    let entries = (0_u8..)
        .zip(files)
        .map(|(place, file)| {
            let initial = u16::try_from(file.content.len()).map_err(too_long)?;
            Ok(FileEntry {
                position: place.saturating_add(1),
                kind: FileKind::Transparent,
                id: file.id,
                parent: 0,
                short_id: None,
                rule: place,
                replace: OnReplace::Reset,
                size: file.size.unwrap_or(initial),
                initial,
                lengths: &[],
                sealed: false,
            })
        })
        .collect::<Result<Vec<_>>>()?;
    let builder = ManifestBuilder {
        aid,
        version,
        label,
        quota: entries.iter().map(|file| u32::from(file.size)).sum(),
        rules: &rules,
        files: &entries,
        pins: &[],
        keys: &[],
        seal: None,
    };
    let mut bytes = vec![0; MANIFEST_MAX];
    let length = builder.write(&mut bytes)?;
    bytes.truncate(length);
    files
        .iter()
        .for_each(|file| bytes.extend_from_slice(file.content));
    Ok(bytes)
}

/// The blocks of a package, each with the digest of the next.
pub(super) fn blocks(package: &Package<'_>) -> Result<Vec<Vec<u8>>> {
    let data: Vec<&[u8]> = package.block_data().collect();
    let (mut next, mut blocks) = (None, Vec::new());
    for (place, data) in data.into_iter().enumerate().rev() {
        let block = Block {
            index: u16::try_from(place).map_err(cannot)?,
            next: next.as_ref(),
            data,
        };
        let mut out = vec![0; BLOCK_MAX];
        let length = block.write(&mut out)?;
        out.truncate(length);
        next = Some(sha256(&out));
        blocks.push(out);
    }
    blocks.reverse();
    Ok(blocks)
}

pub(super) fn digests(bytes: &[u8], package: &Package<'_>, blocks: &[Vec<u8>]) -> Result<PackageDigests> {
    Ok(PackageDigests {
        size: u32::try_from(bytes.len()).map_err(cannot)?,
        package: sha256(bytes),
        manifest: sha256(package.manifest.encoded()),
        first_block: sha256(blocks.first().map(Vec::as_slice).unwrap_or_default()),
    })
}

pub(super) fn select(aid: &Aid) -> Command<'_> {
    Command::Select {
        target: SelectTarget::Aid(aid.as_bytes()),
        reply: SelectReply::Nothing,
        next: false,
    }
}

/// Sends a command as an extended APDU; gives status word and data.
pub(super) fn transmit<F: CardFlash>(
    card: &mut SimulatedCard<F>,
    command: &Command<'_>,
) -> Result<(Status, Vec<u8>)> {
    let mut buffer = [0; COMMAND_DATA_MAX];
    let mut apdu = command.encode(&mut buffer).map_err(cannot)?;
    apdu.extended = true;
    apdu.expected = apdu.expected.map(|length| match length {
        0 | 256 => EVERYTHING,
        length => length,
    });
    let mut bytes = [0; COMMAND_DATA_MAX + APDU_OVERHEAD];
    let length = apdu.write(&mut bytes).map_err(cannot)?;
    let answer = card.process(bytes.get(..length).unwrap_or_default());
    let answer = ResponseApdu::parse(answer).map_err(cannot)?;
    Ok((answer.status, answer.data.to_vec()))
}
