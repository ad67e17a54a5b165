//! The model: files, rules, PINs and keys of the prepared card as plain maps, and what each command answers.
//!
//! It knows nothing of flash, chunks and transactions. What belongs here: what SPEC.md and ISO/IEC 7816-4 say a card does. This file has
//! what there is and the channels, those below what commands do to it.

#[path = "plain/binary.rs"]
mod binary;
#[path = "plain/manage.rs"]
mod manage;
#[path = "plain/records.rs"]
mod records;
#[path = "plain/rules.rs"]
pub mod rules;
#[path = "plain/secrets.rs"]
mod secrets;
#[path = "plain/select.rs"]
mod select;
#[path = "plain/session.rs"]
mod session;

use std::collections::BTreeMap;

use apdu_spec::aid::Aid;
use apdu_spec::command::{Command, KeyTemplate};
use apdu_spec::file::{FileKind, LifeCycle};
use apdu_spec::reference::KeyReference;

use super::issued::{FILES, INNER, KEYS, RECORDS, TRIES, names, pins};
pub use records::Records;
pub use rules::Rules;
pub use session::Session;

pub const SUCCESS: u16 = 0x9000;
const DEACTIVATED: u16 = 0x6283;
const TERMINATED: u16 = 0x6285;
const END_OF_FILE: u16 = 0x6282;
const BLOCKED: u16 = 0x6983;
const DENIED: u16 = 0x6982;
const CONDITIONS: u16 = 0x6985;
const NO_EF: u16 = 0x6986;
const INCOMPATIBLE: u16 = 0x6981;
const INCORRECT_DATA: u16 = 0x6A80;
const FILE_NOT_FOUND: u16 = 0x6A82;
const NO_RECORD: u16 = 0x6A83;
const NO_MEMORY: u16 = 0x6A84;
const NOT_FOUND: u16 = 0x6A88;
const FILE_EXISTS: u16 = 0x6A89;
const WRONG_OFFSET: u16 = 0x6B00;
const WRONG_LENGTH: u16 = 0x6700;
const NO_CHANNEL: u16 = 0x6881;
const NO_CHANNEL_LEFT: u16 = 0x6A81;
pub const CHANNELS: usize = 4;

/// A DF; numbers are those of [`names`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Df {
    Master,
    Provider,
    Application(usize),
    Inner(usize),
}

/// An EF: its DF and its id.
pub type Ef = (Df, u16);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Found {
    Df(Df),
    Ef(Ef),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    Bytes(Vec<u8>),
    Records(Records),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    pub content: Content,
    pub short_id: Option<u8>,
    pub rule: Rules,
    pub state: LifeCycle,
}

impl File {
    /// A new one: bytes are zeros, and there are no records.
    fn new(kind: FileKind, size: u16, short_id: Option<u8>, rule: Rules) -> Self {
        let size = usize::from(size);
        let content = match kind.records() {
            None => Content::Bytes(vec![0; size]),
            Some(format) => Content::Records(Records {
                format,
                size,
                list: Vec::new(),
            }),
        };
        Self {
            content,
            short_id,
            rule,
            state: LifeCycle::Operational,
        }
    }

    /// What a file of this size takes of the quota, however many records there are.
    pub const fn size(&self) -> usize {
        match &self.content {
            Content::Bytes(bytes) => bytes.len(),
            Content::Records(records) => records.size,
        }
    }

    pub const fn kind(&self) -> FileKind {
        match &self.content {
            Content::Bytes(_) => FileKind::Transparent,
            Content::Records(records) => FileKind::Records(records.format),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pin {
    pub value: Vec<u8>,
    pub minimum: usize,
    pub tries: u8,
}

/// A key for EXTERNAL AUTHENTICATE.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// `None` when the card made it: nobody else has it.
    pub value: Option<[u8; 16]>,
    pub tries: u8,
}

/// What the card keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plain {
    pub files: BTreeMap<Ef, File>,
    /// Of the card (no application) and of applications.
    pub pins: BTreeMap<(Option<usize>, u8), Pin>,
    /// Of applications.
    pub keys: BTreeMap<(usize, u8), Key>,
    pub active: [bool; 2],
    /// File ids of the DFs, which the card chose.
    pub ids: BTreeMap<Df, u16>,
    /// Of the channel that was spoken on last.
    pub session: Session,
    /// Of the channels that are open.
    pub channels: [Option<Session>; CHANNELS],
}

pub const fn application(df: Df) -> Option<usize> {
    match df {
        Df::Master | Df::Provider => None,
        Df::Application(number) | Df::Inner(number) => Some(number),
    }
}

type Answer = Result<(Vec<u8>, u16), u16>;

impl Plain {
    /// The prepared card, whose provider's and applications' DFs have these ids.
    pub fn prepared(provider: u16, applications: [u16; 2]) -> Self {
        let mut model = Self {
            files: BTreeMap::new(),
            pins: BTreeMap::new(),
            keys: BTreeMap::new(),
            active: [true; 2],
            ids: BTreeMap::from([(Df::Master, 0x3F00), (Df::Provider, provider)]),
            session: Session::new(),
            channels: [Some(Session::new()), None, None, None],
        };
        for (number, id) in applications.into_iter().enumerate() {
            model.ids.insert(Df::Application(number), id);
            model.ids.insert(Df::Inner(number), INNER);
            for planned in FILES {
                let df = if planned.inner {
                    Df::Inner(number)
                } else {
                    Df::Application(number)
                };
                let rule = Rules::read(&planned.rule.bytes()).unwrap();
                let file = File::new(FileKind::Transparent, planned.size, Some(planned.short_id), rule);
                model.files.insert((df, planned.id), file);
            }
            for planned in RECORDS {
                let rule = Rules::read(&planned.rule.bytes()).unwrap();
                let file = File::new(planned.kind, planned.size, Some(planned.short_id), rule);
                model.files.insert((Df::Application(number), planned.id), file);
            }
            for planned in KEYS {
                let key = Key {
                    value: Some(planned.value),
                    tries: TRIES,
                };
                model.keys.insert((number, planned.reference), key);
            }
        }
        for (reference, value) in pins() {
            for owner in if reference < 0x80 {
                vec![None]
            } else {
                vec![Some(0), Some(1)]
            } {
                let pin = Pin {
                    value: value.to_vec(),
                    minimum: if matches!(reference, 0x02 | 0x82) { 6 } else { 4 },
                    tries: TRIES,
                };
                model.pins.insert((owner, reference), pin);
            }
        }
        model
    }

    pub fn reset(&mut self) {
        self.session = Session::new();
        self.channels = [Some(Session::new()), None, None, None];
    }

    /// Makes the session of a channel the one that is looked at.
    pub fn focus(&mut self, channel: usize) {
        if let Some(session) = self.channels[channel] {
            self.session = session;
        }
    }

    /// What a command answers on a channel.
    pub fn answer(&mut self, channel: usize, command: &Command<'_>) -> (Vec<u8>, u16) {
        let Some(session) = self.channels[channel].take() else {
            return (Vec::new(), NO_CHANNEL);
        };
        self.session = session;
        let answer = match *command {
            Command::OpenChannel { number } => self.open(channel, number.map(usize::from)),
            Command::CloseChannel { number } => {
                let number = number.map_or(channel, usize::from);
                if number == channel && channel != 0 {
                    return (Vec::new(), SUCCESS);
                }
                let open = number != 0 && self.channels[number].take().is_some();
                if open {
                    Ok((Vec::new(), SUCCESS))
                } else {
                    Err(CONDITIONS)
                }
            }
            _ => self.carry_out(command),
        };
        self.channels[channel] = Some(self.session);
        answer.unwrap_or_else(|status| (Vec::new(), status))
    }

    /// ISO/IEC 7816-4, 11.2.3: from the basic channel one begins at the MF, from another where that one is.
    fn open(&mut self, from: usize, number: Option<usize>) -> Answer {
        let closed = |number: usize| number != from && self.channels[number].is_none();
        let (number, reply) = match number {
            None => {
                let free = (0..CHANNELS)
                    .find(|number| closed(*number))
                    .ok_or(NO_CHANNEL_LEFT)?;
                (free, vec![u8::try_from(free).unwrap()])
            }
            Some(number) if closed(number) => (number, Vec::new()),
            Some(_) => return Err(CONDITIONS),
        };
        let mut session = Session::new();
        if from != 0 {
            session.df = self.session.df;
            session.deactivated = self.session.deactivated;
        }
        self.channels[number] = Some(session);
        Ok((reply, SUCCESS))
    }

    fn carry_out(&mut self, command: &Command<'_>) -> Answer {
        match *command {
            Command::Select { target, next, .. } => self.select(target, next),
            Command::ReadBinary { file, offset, length } => self.read(file, usize::from(offset), length),
            Command::UpdateBinary { file, offset, data } => self.update(file, usize::from(offset), data),
            Command::Verify { reference, pin: None } => self.tries(reference),
            Command::Verify {
                reference,
                pin: Some(pin),
            } => self.verify(reference, pin),
            Command::ChangeReferenceData { reference, data } => self.change(reference, data),
            Command::DeactivateFile { ref aid } => self.set_active(aid, false),
            Command::ActivateFile { ref aid } => self.set_active(aid, true),
            Command::CreateFile { ref fcp, rules_from } => self.create(fcp, rules_from),
            Command::Record { file, ref action } => self.record(file, action),
            Command::ManageFile { change, id } => self.manage(change, id),
            Command::GetChallenge { length: 16 } => Ok((self.challenge().to_vec(), SUCCESS)),
            Command::AuthenticateByKey {
                key: Some(key),
                random: None,
                mac,
            } => self.authenticate(key, mac),
            Command::GenerateKeyPair {
                reference: KeyReference::Local(key),
                template: KeyTemplate::Authentication,
                make: true,
            } => self.make(key),
            ref other => panic!("the model does not know {}", other.name()),
        }
    }

    fn parent(&self, df: Df) -> Option<Df> {
        match df {
            Df::Master => None,
            Df::Provider => Some(Df::Master),
            Df::Application(_) => Some(Df::Provider),
            Df::Inner(number) => Some(Df::Application(number)),
        }
    }
}
