//! Cards to measure on: honest parties in memory, one application, and files of the personaliser's.

use apdu_spec::access::AccessRules;
use apdu_spec::aid::Aid;
use apdu_spec::apdu::ResponseApdu;
use apdu_spec::command::{
    BinaryFile, Command, Expected, RecordAction, RecordFile, RecordName, RecordRange, SelectReply,
    SelectTarget,
};
use apdu_spec::file::{FileControl, FileKind, RecordFormat, Structure};
use apdu_spec::object::{Operation, Sdi};
use apdu_spec::status::Status;
use simulator::card::SimulatedCard;
use simulator::flash::MemoryFlash;
use simulator::platform::CardFlash;
use simulator::randomness::Randomness;
use symbolon::scene::steps::{self, Chip};
use symbolon::scene::wares::{self, Ware};
use symbolon::scene::{Cast, Parties};

use super::{Numbers, Result};

/// A card in this process, in memory.
pub type Card = SimulatedCard<MemoryFlash>;

/// The application of every scene.
const AID: [u8; 6] = [0xF0, 0x53, 0x59, 0x4D, 0x01, 0x01];
/// Everybody may read, update and append: `80 07, always`.
const ALWAYS: [u8; 5] = [0x80, 0x01, 0x07, 0x90, 0x00];
/// A file under the MF that everybody may write.
pub const OPEN_FILE: u16 = 0x0101;
/// Its size and that of the application's file.
pub const FILE_SIZE: u16 = 4096;
/// A file of `RECORDS` under the MF.
pub const RECORD_FILE: u16 = 0x0102;
/// A file under the MF where the newest record takes the place of the oldest.
pub const CYCLIC_FILE: u16 = 0x0103;
/// As many records, of as many bytes, as those files have.
const RECORDS: RecordFormat = RecordFormat {
    structure: Structure::LinearFixed,
    length: 32,
    number: 100,
};
/// What files a card of many has, one after the other: bytes, several sizes, and records of each structure.
const MIXED: [(FileKind, u16); 8] = [
    (FileKind::Transparent, 16),
    (records(Structure::LinearFixed, 16, 5), 80),
    (FileKind::Transparent, 40),
    (FileKind::Transparent, 200),
    (records(Structure::LinearVariable, 40, 5), 100),
    (FileKind::Transparent, 64),
    (records(Structure::Cyclic, 20, 4), 80),
    (FileKind::Transparent, 100),
];
/// Bytes that a READ or UPDATE BINARY moves.
pub const PIECE: u8 = 200;

/// Parties and a package, made once.
#[derive(Debug)]
pub struct Scene {
    /// Who takes part.
    pub parties: Parties,
    /// A package with 4 KiB of content.
    pub ware: Ware,
}

impl Scene {
    /// Makes keys and package.
    ///
    /// # Errors
    /// When no keys can be made.
    pub fn new() -> Result<Self> {
        let parties = Parties::new(&Cast::standard()?)?;
        let aid = Aid::new(&AID).ok_or("AID")?;
        Ok(Self {
            parties,
            ware: wares::notes(aid, 1, FILE_SIZE)?,
        })
    }

    /// The storing data of the package.
    ///
    /// # Errors
    /// When the provider has no name.
    pub fn storing(&self) -> Result<Sdi> {
        let expiry = self.parties.today.add_days(30);
        Ok(self
            .ware
            .sdi(Operation::Store, self.parties.provider.identity()?, expiry))
    }

    /// A card with keys and roots, not registered.
    ///
    /// # Errors
    /// When the card refuses.
    pub fn personalised(&self) -> Result<Card> {
        let mut card = blank();
        steps::personalise(&mut chip(&mut card), &self.parties)?;
        Ok(card)
    }

    /// A card with [`OPEN_FILE`] and the application, and nothing selected.
    ///
    /// # Errors
    /// When card or parties refuse.
    pub fn card(&self) -> Result<Card> {
        let mut card = self.personalised()?;
        let mut chip = chip(&mut card);
        create(&mut chip, OPEN_FILE, FileKind::Transparent, FILE_SIZE)?;
        for offset in (0..FILE_SIZE).step_by(256) {
            let update = Command::UpdateBinary {
                file: BinaryFile::Current,
                offset,
                data: &[0xA5; 256],
            };
            steps::done(&mut chip, "fill a file", &update)?;
        }
        let registered = steps::register(&mut chip, &self.parties)?;
        steps::change_pins(&mut chip)?;
        steps::store(
            &mut chip,
            &self.parties,
            &registered.certificate,
            &self.ware,
            &self.storing()?,
        )?;
        drop(chip);
        Ok(card)
    }
}

/// A card that was never used.
#[must_use]
pub fn blank() -> Card {
    SimulatedCard::in_memory(Randomness::System)
}

/// The card as the steps of a scene take it.
pub fn chip(card: &mut Card) -> impl Chip + '_ {
    |command: &[u8]| card.process(command).to_vec()
}

const fn records(structure: Structure, length: u8, number: u8) -> FileKind {
    FileKind::Records(RecordFormat {
        structure,
        length,
        number,
    })
}

/// Creates `count` EFs of mixed kinds in the current DF, with ids from `first` on.
///
/// # Errors
/// When the card refuses.
pub fn create_mixed(chip: &mut dyn Chip, first: u16, count: u16) -> Result<()> {
    for (id, (kind, size)) in (first..first + count).zip(MIXED.into_iter().cycle()) {
        create(chip, id, kind, size)?;
    }
    Ok(())
}

/// A card with [`OPEN_FILE`], [`RECORD_FILE`], full, [`CYCLIC_FILE`] and `count` others of mixed kinds, with ids from `first` on.
///
/// # Errors
/// When the card refuses.
pub fn crowded(first: u16, count: u16) -> Result<Card> {
    let mut card = blank();
    let mut chip = chip(&mut card);
    create_mixed(&mut chip, first, count)?;
    create(&mut chip, OPEN_FILE, FileKind::Transparent, FILE_SIZE)?;
    for (id, structure) in [
        (RECORD_FILE, Structure::LinearFixed),
        (CYCLIC_FILE, Structure::Cyclic),
    ] {
        let kind = records(structure, RECORDS.length, RECORDS.number);
        create(&mut chip, id, kind, RECORDS.most())?;
        for number in 0..RECORDS.number {
            steps::done(&mut chip, "append a record", &append(&[number; 32]))?;
        }
    }
    drop(chip);
    Ok(card)
}

/// Adds a record to the current EF.
const fn append(data: &[u8]) -> Command<'_> {
    Command::Record {
        file: RecordFile::Current,
        action: RecordAction::Append { data },
    }
}

/// READ RECORD of `count` records of [`RECORD_FILE`] once it is selected.
///
/// # Errors
/// None in fact.
pub fn record_reads(count: usize) -> Result<Vec<Vec<u8>>> {
    let mut numbers = Numbers::new(13);
    let read = |number: u16| {
        let number = u8::try_from(number + 1)?;
        let command = Command::Record {
            file: RecordFile::Current,
            action: RecordAction::Read {
                records: RecordRange::One(RecordName::Number(number)),
                length: Expected::Available { extended: false },
            },
        };
        Ok(steps::encode(&command)?)
    };
    (0..count)
        .map(|_| read(numbers.below(RECORDS.number.into())))
        .collect()
}

/// APPEND RECORD of `count` records of their own.
///
/// # Errors
/// None in fact.
pub fn record_appends(count: usize) -> Result<Vec<Vec<u8>>> {
    let mut numbers = Numbers::new(17);
    let mut record = || -> Vec<u8> {
        (0..RECORDS.length)
            .map(|_| numbers.below(256).to_be_bytes()[1])
            .collect()
    };
    (0..count)
        .map(|_| Ok(steps::encode(&append(&record()))?))
        .collect()
}

/// Creates an EF in the current DF that everybody may read, update and append to.
///
/// # Errors
/// When the card refuses.
pub fn create(chip: &mut dyn Chip, id: u16, kind: FileKind, size: u16) -> Result<()> {
    let fcp = FileControl {
        size: Some(size),
        kind,
        id,
        aid: None,
        short_id: None,
        life_cycle: None,
        rules: AccessRules::new(&ALWAYS).map_err(|error| error.to_string())?,
        version: None,
    };
    steps::done(
        chip,
        "create a file",
        &Command::CreateFile {
            fcp,
            rules_from: None,
        },
    )?;
    Ok(())
}

/// Commands that select the application and its largest file.
///
/// # Errors
/// None in fact.
pub fn select_application() -> Result<Vec<Vec<u8>>> {
    Ok(vec![
        select(SelectTarget::Aid(&AID))?,
        select(SelectTarget::ChildEf(wares::files::BULK))?,
    ])
}

/// Commands that select [`OPEN_FILE`].
///
/// # Errors
/// None in fact.
pub fn select_open_file() -> Result<Vec<Vec<u8>>> {
    select_file(OPEN_FILE)
}

/// Commands that select a file under the MF.
///
/// # Errors
/// None in fact.
pub fn select_file(id: u16) -> Result<Vec<Vec<u8>>> {
    Ok(vec![
        select(SelectTarget::MasterFile)?,
        select(SelectTarget::ChildEf(id))?,
    ])
}

/// A SELECT without reply.
///
/// # Errors
/// None in fact.
pub fn select(target: SelectTarget<'_>) -> Result<Vec<u8>> {
    Ok(steps::encode(&Command::Select {
        target,
        reply: SelectReply::Nothing,
        next: false,
    })?)
}

/// READ BINARY of [`PIECE`] bytes at `count` places of the current file, as short APDUs.
///
/// # Errors
/// None in fact.
pub fn reads(count: usize) -> Result<Vec<Vec<u8>>> {
    let mut numbers = Numbers::new(7);
    let read = |offset| Command::ReadBinary {
        file: BinaryFile::Current,
        offset,
        length: Expected::Exactly(PIECE.into()),
    };
    (0..count)
        .map(|_| Ok(steps::encode(&read(numbers.below(FILE_SIZE - u16::from(PIECE))))?))
        .collect()
}

/// UPDATE BINARY of [`PIECE`] bytes at `count` places of the current file, with data of their own.
///
/// # Errors
/// None in fact.
pub fn updates(count: usize) -> Result<Vec<Vec<u8>>> {
    let mut numbers = Numbers::new(11);
    (0..count)
        .map(|_| {
            let offset = numbers.below(FILE_SIZE - u16::from(PIECE));
            let data: Vec<u8> = (0..PIECE).map(|_| numbers.below(256).to_be_bytes()[1]).collect();
            let command = Command::UpdateBinary {
                file: BinaryFile::Current,
                offset,
                data: &data,
            };
            Ok(steps::encode(&command)?)
        })
        .collect()
}

/// Sends a command that must succeed; its answer is not copied.
///
/// # Errors
/// When the card refuses.
pub fn done<'c, F: CardFlash>(card: &'c mut SimulatedCard<F>, command: &[u8]) -> Result<&'c [u8]> {
    let answer = ResponseApdu::parse(card.process(command)).map_err(|error| error.to_string())?;
    match answer.status {
        Status::SUCCESS => Ok(answer.data),
        status => Err(format!("the card answered {status}").into()),
    }
}
