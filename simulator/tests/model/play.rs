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
use super::issued::{Extra, RECORDS, TRIES, names, scene};
use super::plain::{Plain, SUCCESS};
use super::script::{Script, Step};
use super::tally::Tally;

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

pub type Chip = SimulatedCard<CutFlash>;

/// The prepared card's flash, and the model of it.
fn prepared() -> &'static (Vec<u8>, Plain) {
    static PREPARED: OnceLock<(Vec<u8>, Plain)> = OnceLock::new();
    PREPARED.get_or_init(|| {
        let mut scene = scene(Extra {
            records: &RECORDS,
            ..Extra::default()
        });
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
    let Some(ef) = session.ef else {
        let id = model.ids[&session.df];
        return if (control.id, control.size) == (id, None) {
            Ok(())
        } else {
            Err(format!("FCP tells {control:04X?}, not DF {id:04X}"))
        };
    };
    let file = &model.files[&ef];
    let told = (
        (control.id, control.short_id, control.kind),
        (control.size.map(usize::from), control.life_cycle),
        control.rules.as_bytes(),
    );
    let right = (
        (ef.1, file.short_id, file.kind()),
        (Some(file.size()), Some(file.state)),
        file.rule.bytes.as_slice(),
    );
    if told == right {
        Ok(())
    } else {
        Err(format!("FCP tells {told:04X?}, not {right:04X?}"))
    }
}

/// Which of these models answer a command as the card did. One is enough: of what a power cut left, nobody may be allowed to tell
/// whether it is the old state or the new one until something depends on it.
fn agree(models: &mut Vec<Plain>, bytes: &[u8], reply: &[u8]) -> Result<u16, String> {
    let (data, status) = reply.split_last_chunk::<2>().ok_or("no status word")?;
    let status = u16::from_be_bytes(*status);
    let mut wrong = None;
    models.retain_mut(|model| match compare(model, bytes, data, status) {
        Ok(_) => true,
        Err(what) => {
            wrong.get_or_insert(what);
            false
        }
    });
    match wrong {
        Some(what) if models.is_empty() => Err(what),
        _ => Ok(status),
    }
}

/// Plays a script on a card and a model of its own.
pub fn play(script: &Script) -> Result<Tally, Difference> {
    let mut tally = Tally::default();
    let mut models = vec![beginning()];
    let mut chip = start(CutFlash::new(MemoryFlash::from_image(prepared().0.clone())));
    let mut armed = false;
    for (at, step) in script.steps.iter().enumerate() {
        let differs = |what: String| Difference { at, what };
        match step {
            Step::Reset => {
                chip.power_off();
                chip.power_on();
                models.iter_mut().for_each(Plain::reset);
                tally.reset();
            }
            Step::Cut(operation, outcome) => {
                let flash = chip.into_flash().expect("a card that did not panic").into_inner();
                chip = start(CutFlash::new(flash).cut_at(*operation, *outcome));
                models.iter_mut().for_each(Plain::reset);
                armed = true;
            }
            Step::Command(_) | Step::Answer(..) => {
                let bytes = &match step {
                    Step::Answer(channel, key, right) => {
                        models[0].answer_challenge(usize::from(*channel), *key, *right)
                    }
                    Step::Command(bytes) => bytes.clone(),
                    _ => Vec::new(),
                };
                let reply = chip.process(bytes);
                if !armed {
                    tally.count(bytes, agree(&mut models, bytes, reply).map_err(differs)?);
                    continue;
                }
                let reply = reply.to_vec();
                if chip.with_flash(CutFlash::is_lost) == Some(true) {
                    let flash = chip.into_flash().expect("a card that did not panic").into_inner();
                    chip = start(CutFlash::new(flash));
                    let (left, which) = survivors(&mut chip, &models, bytes).map_err(differs)?;
                    models = left;
                    tally.cut(bytes, which);
                    armed = false;
                } else {
                    tally.count(bytes, agree(&mut models, bytes, &reply).map_err(differs)?);
                }
            }
        }
    }
    let at = script.steps.len().saturating_sub(1);
    let mut audits = models.iter().map(|model| audit(&mut chip, model));
    let first = audits.next().expect("a model");
    if first.is_ok() || audits.any(|audit| audit.is_ok()) {
        return Ok(tally);
    }
    first.map(|()| tally).map_err(|what| Difference { at, what })
}

/// What may be left of so many tries when the power fails in a command that compares.
fn spent(tries: u8) -> impl Iterator<Item = u8> {
    [tries.saturating_sub(1), TRIES]
        .into_iter()
        .filter(move |left| *left != tries)
}

/// Which states a cut may have left: the one before, the one after, or one with a try spent (or given back) and nothing else.
fn survivors(chip: &mut Chip, before: &[Plain], bytes: &[u8]) -> Result<(Vec<Plain>, usize), String> {
    let command = &decode(bytes);
    let mut wrong = String::new();
    let mut stands = |candidate: &Plain| audit(chip, candidate).map_err(|what| wrong = what).is_ok();
    let mut left: Vec<(Plain, usize)> = Vec::new();
    // How many records there are is told to who may append but not read, and the last try of a key is told by spending it: of these
    // several states may stand. Of all else one does.
    let several = matches!(
        command,
        Command::Record { .. } | Command::AuthenticateByKey { .. }
    );
    for old in before {
        let mut new = old.clone();
        new.answer(channel(bytes), command);
        let mut candidates = vec![(old.clone(), 0), (new, 1)];
        candidates.extend(between(old, command).into_iter().map(|model| (model, 2)));
        candidates.iter_mut().for_each(|(model, _)| model.reset());
        candidates.dedup_by(|(one, _), (other, _)| one == other);
        let standing = candidates.into_iter().filter(|(model, _)| stands(model));
        left.extend(standing.take(if several { usize::MAX } else { 1 }));
    }
    let which = left.iter().map(|(_, which)| *which).min();
    let which = which.ok_or_else(|| {
        let name = command.name();
        format!("after a power cut in {name} neither old nor new state: {wrong}")
    })?;
    Ok((left.into_iter().map(|(model, _)| model).collect(), which))
}

/// States with a try spent of the PIN or the key that the command compares with.
fn between(before: &Plain, command: &Command<'_>) -> Vec<Plain> {
    let (pin, key) = match *command {
        Command::Verify { reference, .. } | Command::ChangeReferenceData { reference, .. } => {
            (Some(reference.to_byte()), None)
        }
        Command::AuthenticateByKey { key, .. } => (None, key),
        _ => (None, None),
    };
    let mut states = Vec::new();
    for (name, known) in before.pins.iter().filter(|(name, _)| Some(name.1) == pin) {
        for tries in spent(known.tries) {
            let mut between = before.clone();
            between.pins.get_mut(name).unwrap().tries = tries;
            states.push(between);
        }
    }
    for (name, known) in before.keys.iter().filter(|(name, _)| Some(name.1) == key) {
        for tries in spent(known.tries) {
            let mut between = before.clone();
            between.keys.get_mut(name).unwrap().tries = tries;
            states.push(between);
        }
    }
    states
}
