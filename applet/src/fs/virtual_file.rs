//! EF.DIR, EF.ATR/INFO and EF.GDO: read by everyone, written by nobody, made by the card when they are read
//! (ISO/IEC 7816-4, 12.2.2 and 8.2.1.1).

use apdu_spec::access::AccessRules;
use apdu_spec::data::{CardInformation, DirectoryEntry, write_serial_number};
use apdu_spec::file::LifeCycle;
use apdu_spec::tlv::Writer;

use super::{OpenFile, RuleBytes, Source};
use crate::content::application;
use crate::core::Core;
use crate::error::{Error, Result};
use crate::layout::MASTER_FILE;
use crate::platform::Platform;

/// Card service data: selection by whole and shortened AID, EF.DIR and EF.ATR/INFO read by READ BINARY, an MF.
const SERVICE: u8 = 0xF8;
/// Card capabilities: selection by name, path, file id and short id; writing is a logical OR of data units of one byte; chaining and extended length; four channels,
/// whose number card or host may choose.
const CAPABILITIES: [u8; 3] = [0xF6, 0x41, 0xDB];

/// The files that the card makes itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum VirtualFile {
    Dir,
    AtrInfo,
    Gdo,
}

impl VirtualFile {
    const fn id(self) -> u16 {
        match self {
            Self::Dir => 0x2F00,
            Self::AtrInfo => 0x2F01,
            Self::Gdo => 0x2F02,
        }
    }

    /// EF.DIR has short id 30 (ISO/IEC 7816-4, 12.2.2.1); the others none.
    const fn short_id(self) -> Option<u8> {
        match self {
            Self::Dir => Some(0x1E),
            Self::AtrInfo | Self::Gdo => None,
        }
    }
}

/// The virtual file with this id in a DF.
pub(crate) fn by_id(df: u16, id: u16) -> Option<VirtualFile> {
    let in_master = df == MASTER_FILE;
    [VirtualFile::Dir, VirtualFile::AtrInfo, VirtualFile::Gdo]
        .into_iter()
        .find(|file| in_master && file.id() == id)
}

/// The virtual file with this short id in a DF.
pub(crate) fn by_short_id(df: u16, short_id: u8) -> Option<VirtualFile> {
    (df == MASTER_FILE && VirtualFile::Dir.short_id() == Some(short_id)).then_some(VirtualFile::Dir)
}

/// Opens a virtual file; its size is that of the moment.
pub(crate) fn open<P: Platform>(core: &mut Core<P>, file: VirtualFile) -> Result<OpenFile> {
    let mut length = 0;
    produce(core, file, &mut |bytes| {
        length += bytes.len();
        Ok(())
    })?;
    Ok(OpenFile {
        source: Source::Virtual(file),
        id: file.id(),
        size: u16::try_from(length).map_err(|_| Error::NoMemory)?,
        short_id: file.short_id(),
        life_cycle: LifeCycle::Operational,
        rules: RuleBytes::from_slice(AccessRules::ALWAYS_READ.as_bytes()).map_err(|_| Error::Fault)?,
        record: 0,
    })
}

/// Writes `length` bytes from `offset` on.
pub(crate) fn read<P: Platform>(
    core: &mut Core<P>,
    file: VirtualFile,
    offset: usize,
    length: usize,
    reply: &mut Writer<'_>,
) -> Result<()> {
    let (mut skip, mut left) = (offset, length);
    produce(core, file, &mut |bytes| {
        let bytes = bytes.get(skip.min(bytes.len())..).map_or(&[][..], |rest| {
            skip -= bytes.len() - rest.len();
            rest
        });
        let piece = bytes.get(..left.min(bytes.len())).unwrap_or_default();
        left -= piece.len();
        Ok(reply.raw(piece)?)
    })
}

/// Gives the file's bytes, piece by piece.
fn produce<P: Platform>(
    core: &mut Core<P>,
    file: VirtualFile,
    sink: &mut dyn FnMut(&[u8]) -> Result<()>,
) -> Result<()> {
    let mut buffer = [0; 64];
    match file {
        VirtualFile::Dir => {
            let mut last = None;
            while let Some((_, application)) = application::next_after(core, last)? {
                let mut writer = Writer::new(&mut buffer);
                DirectoryEntry {
                    aid: application.aid,
                    label: &application.label,
                }
                .write(&mut writer)?;
                sink(writer.finish())?;
                last = Some(application.aid);
            }
            Ok(())
        }
        VirtualFile::AtrInfo => {
            let information = CardInformation {
                service: SERVICE,
                capabilities: CAPABILITIES,
                command_length: u16::try_from(CardInformation::COMMAND_LENGTH).unwrap_or(u16::MAX),
                reply_length: u16::try_from(CardInformation::REPLY_LENGTH).unwrap_or(u16::MAX),
                platform_version: crate::PLATFORM_VERSION,
                objects: u16::try_from(core.store.stats().index_capacity).unwrap_or(u16::MAX),
            };
            let length = information.write(&mut buffer)?;
            sink(buffer.get(..length).ok_or(Error::Overflow)?)
        }
        VirtualFile::Gdo => {
            let length = write_serial_number(core.state.serial_number, &mut buffer)?;
            sink(buffer.get(..length).ok_or(Error::Overflow)?)
        }
    }
}
