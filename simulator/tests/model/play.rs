//! Plays a script on card and model, side by side.

use std::fmt;
use std::sync::OnceLock;

use apdu_spec::apdu::CommandApdu;
use apdu_spec::command::{Command, SelectReply, SelectTarget};
use apdu_spec::file::FileControl;
use symbolon_simulator::card::SimulatedCard;
use symbolon_simulator::flash::{CutFlash, MemoryFlash};
use symbolon_simulator::randomness::Randomness;

use super::audit::audit;
use super::issued::{Extra, TRIES, names, scene};
use super::plain::{Plain, SUCCESS};
use super::script::{Script, Step};

/// Where card and model differ, and how.
#[derive(Clone, Debug)]
pub struct Difference {
    /// Step of the script.
    pub at: usize,
    what: String,
}

impl Difference {
    pub fn at(at: usize, what: impl Into<String>) -> Self {
        Self {
            at,
            what: what.into(),
        }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "step {}: {}", self.at, self.what)
    }
}

/// What happened in a script.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    pub commands: usize,
    done: usize,
    denied: usize,
    wrong_pins: usize,
    deactivated: usize,
    elsewhere: usize,
    created: usize,
    deleted: usize,
    full: usize,
    switched: usize,
    shown: usize,
    made: usize,
    resets: usize,
    cuts: usize,
    /// After a cut: the old state, the new one, one between.
    survived: [usize; 3],
}

impl Tally {
    pub fn add(&mut self, other: &Self) {
        self.commands += other.commands;
        self.done += other.done;
        self.denied += other.denied;
        self.wrong_pins += other.wrong_pins;
        self.deactivated += other.deactivated;
        self.elsewhere += other.elsewhere;
        self.created += other.created;
        self.deleted += other.deleted;
        self.full += other.full;
        self.switched += other.switched;
        self.shown += other.shown;
        self.made += other.made;
        self.resets += other.resets;
        self.cuts += other.cuts;
        for (sum, part) in self.survived.iter_mut().zip(other.survived) {
            *sum += part;
        }
    }

    fn count(&mut self, bytes: &[u8], status: u16) {
        self.commands += 1;
        self.elsewhere += usize::from(channel(bytes) != 0 && status == SUCCESS);
        let of_file = bytes[2] == 0;
        match bytes[1] {
            0xE0 if status == 0x6A84 => self.full += 1,
            _ if status != SUCCESS => {}
            0xE0 => self.created += 1,
            0xE4 => self.deleted += 1,
            0x04 | 0x44 if of_file => self.switched += 1,
            0xE8 => self.switched += 1,
            0x82 => self.shown += 1,
            0x46 => self.made += 1,
            _ => {}
        }
        match status {
            SUCCESS => self.done += 1,
            0x6982 => self.denied += 1,
            0x6283 | 0x6985 => self.deactivated += 1,
            0x63C0..=0x63CF | 0x6983 => self.wrong_pins += 1,
            _ => {}
        }
    }

    /// A run in which something never happened says nothing about it.
    pub fn assert_that_everything_happened(&self) {
        assert!(self.done > self.commands / 4, "{self}");
        for often in [
            self.denied,
            self.wrong_pins,
            self.deactivated,
            self.elsewhere,
            self.created,
            self.deleted,
            self.switched,
            self.shown,
            self.resets,
        ] {
            assert!(often > self.commands / 1_000, "{self}");
        }
        assert!(self.made > 50 && self.full > 50, "{self}");
        assert!(
            self.cuts > 50 && self.survived.iter().all(|often| *often > 5),
            "{self}"
        );
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [old, new, between] = self.survived;
        write!(
            f,
            "{} commands: {} done, {} of them on channels 1 to 3, {} denied, {} wrong or blocked PINs and keys, {} deactivated, \
             {} EFs created, {} refused for the quota, {} deleted, {} switched or terminated, {} keys shown, {} made; {} resets, {} power cuts that left \
             the old state {old} times, the new {new}, a spent try {between}",
            self.commands,
            self.done,
            self.elsewhere,
            self.denied,
            self.wrong_pins,
            self.deactivated,
            self.created,
            self.full,
            self.deleted,
            self.switched,
            self.shown,
            self.made,
            self.resets,
            self.cuts
        )
    }
}

pub type Chip = SimulatedCard<CutFlash>;

/// The prepared card's flash, and the model of it.
fn prepared() -> &'static (Vec<u8>, Plain) {
    static PREPARED: OnceLock<(Vec<u8>, Plain)> = OnceLock::new();
    PREPARED.get_or_init(|| {
        let mut scene = scene(Extra::default());
        let mut id = |target: SelectTarget<'_>| {
            let reply = scene.world.ok(&Command::Select {
                target,
                reply: SelectReply::Fcp,
                next: false,
            });
            FileControl::read(&reply).unwrap().id
        };
        let applications = names().map(|name| id(SelectTarget::Aid(name.as_bytes())));
        let provider = id(SelectTarget::Parent);
        let snapshot = scene.world.card.snapshot().unwrap();
        (snapshot, Plain::prepared(provider, applications))
    })
}

/// The model as it is when a script begins.
pub fn beginning() -> Plain {
    prepared().1.clone()
}

pub fn start(flash: CutFlash) -> Chip {
    SimulatedCard::start(flash, Randomness::seeded(11))
}

/// The channel of a class byte.
pub fn channel(bytes: &[u8]) -> usize {
    usize::from(bytes[0] & 0x03)
}

pub fn decode(bytes: &[u8]) -> Command<'_> {
    Command::decode(&CommandApdu::parse(bytes).unwrap()).unwrap()
}

/// Whether card and model answer a command alike.
pub fn same(chip: &mut Chip, model: &mut Plain, bytes: &[u8]) -> Result<u16, String> {
    let reply = chip.process(bytes);
    let (data, status) = reply.split_last_chunk::<2>().ok_or("no status word")?;
    compare(model, bytes, data, u16::from_be_bytes(*status))
}

fn compare(model: &mut Plain, bytes: &[u8], data: &[u8], status: u16) -> Result<u16, String> {
    let command = &decode(bytes);
    let (expected, right) = model.answer(channel(bytes), command);
    if status != right {
        return Err(format!(
            "{} answers {status:04X}, not {right:04X}",
            command.name()
        ));
    }
    if let Command::Select {
        reply: SelectReply::Fcp,
        ..
    } = command
        && matches!(right, SUCCESS | 0x6283 | 0x6285)
    {
        return described(model, data).map(|()| status);
    }
    if status == SUCCESS && matches!(command, Command::GetChallenge { .. }) {
        // Only the card knows what it draws.
        let challenge = data.try_into().map_err(|_| "a challenge of another length")?;
        model.drew(channel(bytes), challenge);
        return Ok(status);
    }
    if data != expected {
        return Err(format!(
            "{} answers {data:02X?}, not {expected:02X?}",
            command.name()
        ));
    }
    Ok(status)
}

/// Whether control parameters are those of what is selected now.
fn described(model: &Plain, data: &[u8]) -> Result<(), String> {
    let control = FileControl::read(data).map_err(|error| format!("FCP: {error}"))?;
    let session = &model.session;
    let (id, size, state) = match session.ef {
        None => (model.ids[&session.df], None, control.life_cycle),
        Some(ef) => {
            let file = &model.files[&ef];
            (ef.1, Some(file.content.len()), Some(file.state))
        }
    };
    let told = (control.id, control.size.map(usize::from), control.life_cycle);
    if told == (id, size, state) {
        Ok(())
    } else {
        Err(format!("FCP tells {told:04X?}, not {:04X?}", (id, size, state)))
    }
}

/// Plays a script on a card and a model of its own.
pub fn play(script: &Script) -> Result<Tally, Difference> {
    let mut tally = Tally::default();
    let mut model = beginning();
    let mut chip = start(CutFlash::new(MemoryFlash::from_image(prepared().0.clone())));
    let mut armed = false;
    for (at, step) in script.steps.iter().enumerate() {
        let differs = |what: String| Difference { at, what };
        match step {
            Step::Reset => {
                chip.power_off();
                chip.power_on();
                model.reset();
                tally.resets += 1;
            }
            Step::Cut(operation, outcome) => {
                let flash = chip.into_flash().expect("a card that did not panic").into_inner();
                chip = start(CutFlash::new(flash).cut_at(*operation, *outcome));
                model.reset();
                armed = true;
            }
            Step::Command(_) | Step::Answer(..) => {
                let bytes = &match step {
                    Step::Answer(channel, key, right) => {
                        model.answer_challenge(usize::from(*channel), *key, *right)
                    }
                    Step::Command(bytes) => bytes.clone(),
                    _ => Vec::new(),
                };
                if !armed {
                    tally.count(bytes, same(&mut chip, &mut model, bytes).map_err(differs)?);
                    continue;
                }
                let before = model.clone();
                let reply = chip.process(bytes).to_vec();
                let (data, status) = reply.split_last_chunk::<2>().expect("a status word");
                if chip.with_flash(CutFlash::is_lost) == Some(true) {
                    let flash = chip.into_flash().expect("a card that did not panic").into_inner();
                    chip = start(CutFlash::new(flash));
                    let (left, which) = survivor(&mut chip, &before, bytes).map_err(differs)?;
                    model = left;
                    tally.cuts += 1;
                    tally.survived[which] += 1;
                    armed = false;
                } else {
                    let status = u16::from_be_bytes(*status);
                    tally.count(bytes, compare(&mut model, bytes, data, status).map_err(differs)?);
                }
            }
        }
    }
    let at = script.steps.len().saturating_sub(1);
    audit(&mut chip, &model).map_err(|what| Difference { at, what })?;
    Ok(tally)
}

/// What may be left of so many tries when the power fails in a command that compares.
fn spent(tries: u8) -> impl Iterator<Item = u8> {
    [tries.saturating_sub(1), TRIES]
        .into_iter()
        .filter(move |left| *left != tries)
}

/// Which state a cut left: the one before, the one after, or one with a try spent (or given back) and nothing else.
fn survivor(chip: &mut Chip, before: &Plain, bytes: &[u8]) -> Result<(Plain, usize), String> {
    let command = &decode(bytes);
    let mut after = before.clone();
    after.answer(channel(bytes), command);
    let mut candidates = vec![(before.clone(), 0), (after, 1)];
    let pins = matches!(
        command,
        Command::Verify { .. } | Command::ChangeReferenceData { .. }
    );
    for (key, pin) in before.pins.iter().filter(|_| pins) {
        for tries in spent(pin.tries) {
            let mut between = before.clone();
            between.pins.get_mut(key).unwrap().tries = tries;
            candidates.push((between, 2));
        }
    }
    let keys = matches!(command, Command::AuthenticateByKey { .. });
    for (name, key) in before.keys.iter().filter(|_| keys) {
        for tries in spent(key.tries) {
            let mut between = before.clone();
            between.keys.get_mut(name).unwrap().tries = tries;
            candidates.push((between, 2));
        }
    }
    let mut wrong = String::new();
    for (mut candidate, which) in candidates {
        candidate.reset();
        match audit(chip, &candidate) {
            Ok(()) => return Ok((candidate, which)),
            Err(what) => wrong = what,
        }
    }
    Err(format!(
        "after a power cut in {} neither old nor new state: {wrong}",
        command.name()
    ))
}
