//! The model: files, rules and PINs of the prepared card as plain maps, and what each command of the file system answers.
//!
//! It knows nothing of flash, chunks and transactions. What belongs here: what SPEC.md and ISO/IEC 7816-4 say a card does.

use std::collections::{BTreeMap, BTreeSet};

use apdu_spec::aid::Aid;
use apdu_spec::command::{BinaryFile, Command, Expected, SelectTarget};
use apdu_spec::reference::PinReference;

use super::prepared::{FILES, INNER, Rule, names, pins};

pub const SUCCESS: u16 = 0x9000;
const DEACTIVATED: u16 = 0x6283;
const END_OF_FILE: u16 = 0x6282;
const BLOCKED: u16 = 0x6983;
const DENIED: u16 = 0x6982;
const CONDITIONS: u16 = 0x6985;
const NO_EF: u16 = 0x6986;
const INCORRECT_DATA: u16 = 0x6A80;
const FILE_NOT_FOUND: u16 = 0x6A82;
const NO_MEMORY: u16 = 0x6A84;
const NOT_FOUND: u16 = 0x6A88;
const WRONG_OFFSET: u16 = 0x6B00;
const WRONG_LENGTH: u16 = 0x6700;
const NO_CHANNEL: u16 = 0x6881;
const NO_CHANNEL_LEFT: u16 = 0x6A81;
pub const CHANNELS: usize = 4;
const TRIES: u8 = 3;
const REPLY_MAX: usize = 2_048;

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
pub struct File {
    pub content: Vec<u8>,
    pub short_id: u8,
    pub rule: Rule,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pin {
    pub value: Vec<u8>,
    pub minimum: usize,
    pub tries: u8,
}

/// What a reset forgets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    pub df: Df,
    pub ef: Option<Ef>,
    /// Verified references of the card and of the current application.
    pub verified: BTreeSet<u8>,
    /// The application last found by SELECT with a name.
    pub last_match: Option<Aid>,
    /// Whether the application was deactivated when it was selected.
    pub deactivated: bool,
}

impl Session {
    pub const fn new() -> Self {
        Self {
            df: Df::Master,
            ef: None,
            verified: BTreeSet::new(),
            last_match: None,
            deactivated: false,
        }
    }

    fn enter(&mut self, df: Df) {
        if application(self.df) != application(df) {
            self.verified.retain(|reference| *reference < 0x80);
        }
        self.df = df;
        self.ef = None;
        self.deactivated = false;
    }
}

/// What the card keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plain {
    pub files: BTreeMap<Ef, File>,
    /// Of the card (no application) and of applications.
    pub pins: BTreeMap<(Option<usize>, u8), Pin>,
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
                let file = File {
                    content: vec![0; usize::from(planned.size)],
                    short_id: planned.short_id,
                    rule: planned.rule,
                };
                model.files.insert((df, planned.id), file);
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
        if let Some(session) = &self.channels[channel] {
            self.session = session.clone();
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
        self.channels[channel] = Some(self.session.clone());
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

    fn child(&self, df: Df, id: u16) -> Option<Found> {
        let folder = self
            .ids
            .iter()
            .find(|(other, known)| **known == id && self.parent(**other) == Some(df));
        let folder = folder.map(|(found, _)| Found::Df(*found));
        folder.or_else(|| self.files.contains_key(&(df, id)).then_some(Found::Ef((df, id))))
    }

    fn path(&self, from: Df, path: &[u8]) -> Option<Found> {
        let mut found = Found::Df(from);
        for step in path.chunks(2) {
            let Found::Df(df) = found else {
                return None;
            };
            found = self.child(df, u16::from_be_bytes([step[0], step[1]]))?;
        }
        Some(found)
    }

    /// ISO/IEC 7816-4, 11.2.2: a child, the current DF, its parent, or a DF beside it.
    fn by_id(&self, id: u16) -> Option<Found> {
        let here = self.session.df;
        let parent = self.parent(here);
        let known = |df: Option<Df>| df.filter(|df| self.ids[df] == id).map(Found::Df);
        let sibling = || match self.child(parent?, id)? {
            Found::Df(df) => Some(Found::Df(df)),
            Found::Ef(_) => None,
        };
        self.child(here, id)
            .or_else(|| known(Some(here)))
            .or_else(|| known(parent))
            .or_else(sibling)
    }

    fn select(&mut self, target: SelectTarget<'_>, next: bool) -> Answer {
        let here = self.session.df;
        let found = match target {
            SelectTarget::MasterFile => Some(Found::Df(Df::Master)),
            SelectTarget::FileId(id) => self.by_id(id),
            SelectTarget::ChildDf(id) => self.child(here, id).filter(|found| matches!(found, Found::Df(_))),
            SelectTarget::ChildEf(id) => self.child(here, id).filter(|found| matches!(found, Found::Ef(_))),
            SelectTarget::Parent => self.parent(here).map(Found::Df),
            SelectTarget::PathFromMf(path) => {
                self.path(Df::Master, path.strip_prefix(&[0x3F, 0x00]).unwrap_or(path))
            }
            SelectTarget::PathFromCurrent(path) => self.path(here, path),
            SelectTarget::Aid(name) => {
                let after = if next { self.session.last_match } else { None };
                let mut after = names()
                    .into_iter()
                    .enumerate()
                    .filter(|(_, aid)| Some(*aid) > after);
                let found = after.find(|(_, aid)| aid.as_bytes().starts_with(name));
                let (number, aid) = found.ok_or(FILE_NOT_FOUND)?;
                self.session.last_match = Some(aid);
                Some(Found::Df(Df::Application(number)))
            }
        };
        let (df, ef) = match found.ok_or(FILE_NOT_FOUND)? {
            Found::Df(df) => (df, None),
            Found::Ef(ef) => (ef.0, Some(ef)),
        };
        self.session.enter(df);
        self.session.ef = ef;
        self.session.deactivated = application(df).is_some_and(|number| !self.active[number]);
        Ok((
            Vec::new(),
            if self.session.deactivated {
                DEACTIVATED
            } else {
                SUCCESS
            },
        ))
    }

    fn find(&self, file: BinaryFile) -> Result<Ef, u16> {
        if self.session.deactivated {
            return Err(CONDITIONS);
        }
        match file {
            BinaryFile::Current => self.session.ef.ok_or(NO_EF),
            BinaryFile::ShortId(short_id) => {
                let mut here = self.files.iter().filter(|((df, _), _)| *df == self.session.df);
                let found = here.find(|(_, file)| file.short_id == short_id);
                found.map(|(ef, _)| *ef).ok_or(FILE_NOT_FOUND)
            }
        }
    }

    fn may(&self, rule: Rule, update: bool) -> bool {
        let verified = |pin: u8| self.session.verified.contains(&pin);
        match rule {
            Rule::Open => true,
            Rule::ReadOnly => !update,
            Rule::Closed => false,
            Rule::Pin(pin) => verified(pin),
            Rule::ReadPin(pin) => !update || verified(pin),
            Rule::Both(one, other) => verified(one) && verified(other),
            Rule::Either(one, other) => verified(one) || verified(other),
        }
    }

    fn read(&mut self, file: BinaryFile, offset: usize, length: Expected) -> Answer {
        let ef = self.find(file)?;
        let file = &self.files[&ef];
        if !self.may(file.rule, false) {
            return Err(DENIED);
        }
        let rest = file
            .content
            .get(offset..)
            .filter(|rest| !rest.is_empty())
            .ok_or(WRONG_OFFSET)?;
        let (data, status) = match length {
            Expected::Available { extended } => {
                let most = if extended { REPLY_MAX } else { 256 };
                (&rest[..rest.len().min(most)], SUCCESS)
            }
            Expected::Exactly(wanted) if usize::from(wanted) > REPLY_MAX => return Err(WRONG_LENGTH),
            Expected::Exactly(wanted) if usize::from(wanted) > rest.len() => (rest, END_OF_FILE),
            Expected::Exactly(wanted) => (&rest[..usize::from(wanted)], SUCCESS),
        };
        let data = data.to_vec();
        self.session.ef = Some(ef);
        Ok((data, status))
    }

    fn update(&mut self, file: BinaryFile, offset: usize, data: &[u8]) -> Answer {
        let ef = self.find(file)?;
        if !self.may(self.files[&ef].rule, true) {
            return Err(DENIED);
        }
        let content = &mut self.files.get_mut(&ef).unwrap().content;
        if offset >= content.len() {
            return Err(WRONG_OFFSET);
        }
        content
            .get_mut(offset..offset + data.len())
            .ok_or(NO_MEMORY)?
            .copy_from_slice(data);
        self.session.ef = Some(ef);
        Ok((Vec::new(), SUCCESS))
    }

    fn pin(&mut self, reference: PinReference) -> Result<&mut Pin, u16> {
        let owner = match reference {
            PinReference::User | PinReference::Consent => None,
            PinReference::Local(_) => {
                let number = application(self.session.df).ok_or(NOT_FOUND)?;
                if self.session.deactivated {
                    return Err(CONDITIONS);
                }
                Some(number)
            }
        };
        self.pins.get_mut(&(owner, reference.to_byte())).ok_or(NOT_FOUND)
    }

    fn tries(&mut self, reference: PinReference) -> Answer {
        let verified = self.session.verified.contains(&reference.to_byte());
        Err(match self.pin(reference)?.tries {
            0 => BLOCKED,
            _ if verified => SUCCESS,
            left => 0x63C0 + u16::from(left),
        })
    }

    /// Spends a try, which a right value gives back.
    fn compare(
        &mut self,
        reference: PinReference,
        right: impl FnOnce(&[u8]) -> bool,
    ) -> Result<&mut Pin, u16> {
        self.pin(reference)?;
        self.session.verified.remove(&reference.to_byte());
        let pin = self.pin(reference)?;
        if pin.tries == 0 {
            return Err(BLOCKED);
        }
        pin.tries -= 1;
        if !right(&pin.value) {
            return Err(match pin.tries {
                0 => BLOCKED,
                left => 0x63C0 + u16::from(left),
            });
        }
        pin.tries = TRIES;
        Ok(pin)
    }

    fn verify(&mut self, reference: PinReference, candidate: &[u8]) -> Answer {
        self.compare(reference, |value| value == candidate)?;
        self.session.verified.insert(reference.to_byte());
        Ok((Vec::new(), SUCCESS))
    }

    fn change(&mut self, reference: PinReference, data: &[u8]) -> Answer {
        let pin = self.compare(reference, |value| data.starts_with(value))?;
        let new = &data[pin.value.len()..];
        if !(pin.minimum..=16).contains(&new.len()) {
            return Err(INCORRECT_DATA);
        }
        pin.value = new.to_vec();
        // Whoever verified the old one: on all other channels it is to be verified again, an application's own in that application.
        let (local, here) = (reference.to_byte() >= 0x80, application(self.session.df));
        for session in self.channels.iter_mut().flatten() {
            if !local || application(session.df) == here {
                session.verified.remove(&reference.to_byte());
            }
        }
        Ok((Vec::new(), SUCCESS))
    }

    fn set_active(&mut self, aid: &Aid, active: bool) -> Answer {
        if !self.session.verified.remove(&0x02) {
            return Err(DENIED);
        }
        let number = names().iter().position(|known| known == aid).ok_or(NOT_FOUND)?;
        if self.active[number] != active {
            self.active[number] = active;
            if application(self.session.df) == Some(number) {
                self.session.enter(Df::Master);
            }
            // Who is in it on another channel is shown out of it, or let in.
            for session in self.channels.iter_mut().flatten() {
                if application(session.df) == Some(number) && active {
                    session.deactivated = false;
                } else if application(session.df) == Some(number) && !session.deactivated {
                    session.enter(Df::Master);
                }
            }
        }
        Ok((Vec::new(), SUCCESS))
    }
}
