//! Random scripts. Who makes one knows the model, so that most commands have a chance to be carried out.

#[path = "random/records.rs"]
mod records;

use symbolon_simulator::flash::Outcome;

use super::issued::{FILES, INNER, KEYS, RECORDS, names};
use super::plain::{CHANNELS, Df, Plain, application};
use super::play::{beginning, decode};
use super::script::{Script, Step};

const OFFSETS: [u16; 10] = [0, 0, 0, 1, 39, 100, 254, 255, 256, 511];
const LENGTHS: [u16; 8] = [1, 1, 2, 16, 100, 255, 256, 257];
/// Ids of the files that users create.
pub const CREATED_IDS: [u16; 6] = [0x0021, 0x0022, 0x0023, 0x0024, 0x0025, 0x0026];

/// George Marsaglia, Xorshift RNGs, 2003.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self((seed + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15))
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from((self.next() >> 8) % u64::try_from(limit).unwrap()).unwrap()
    }

    fn one_in(&mut self, often: usize) -> bool {
        self.below(often) == 0
    }

    fn of<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.below(list.len())]
    }

    fn byte(&mut self) -> u8 {
        self.next().to_be_bytes()[0]
    }

    pub fn script(&mut self, steps: usize) -> Script {
        let mut model = beginning();
        let mut script = Script::default();
        while script.steps.len() < steps {
            if self.one_in(400) {
                model.reset();
                script.steps.push(Step::Reset);
            } else if self.one_in(600) {
                model.reset();
                let outcome = match self.below(4) {
                    0 => Outcome::Undone,
                    1 => Outcome::Done,
                    _ => Outcome::Partly(self.next()),
                };
                let records = self.one_in(2);
                let operation = self.below(if records { 10 } else { 7 });
                let operation = u64::try_from(operation).unwrap();
                script.steps.push(Step::Cut(operation, outcome));
                if records {
                    self.change_records(&mut model, &mut script);
                }
            } else {
                let channel = self.channel(&model);
                model.focus(channel);
                if application(model.session.df).is_some() && self.one_in(25) {
                    let step = self.key(&model, channel);
                    let bytes = match &step {
                        Step::Answer(_, key, right) => model.answer_challenge(channel, *key, *right),
                        Step::Command(bytes) => bytes.clone(),
                        _ => unreachable!("a command"),
                    };
                    model.answer(channel, &decode(&bytes));
                    script.steps.push(step);
                    continue;
                }
                let mut bytes = self.command(&model);
                bytes[0] |= u8::try_from(channel).unwrap();
                model.answer(channel, &decode(&bytes));
                script.steps.push(Step::Command(bytes));
            }
        }
        script
    }

    /// One that is open, nearly always.
    fn channel(&mut self, model: &Plain) -> usize {
        let channel = self.below(CHANNELS);
        if model.channels[channel].is_some() || self.one_in(20) {
            channel
        } else {
            0
        }
    }

    fn command(&mut self, model: &Plain) -> Vec<u8> {
        // In an application that is switched off nothing can be done: it does not stay so for long.
        if model.session.deactivated && self.one_in(2) {
            if let Some(number) = application(model.session.df)
                && model.session.verified.contains(&0x02)
            {
                return with_data([0x00, 0x44, 0x04, 0x00], names()[number].as_bytes());
            }
            let value = self.value(model, 0x02);
            return with_data([0x00, 0x20, 0x00, 0x02], &value);
        }
        // Where files come and go, they do so often.
        if matches!(model.session.df, Df::Inner(_)) && !model.session.deactivated && self.one_in(3) {
            return self.manage(model);
        }
        match self.below(100) {
            0..22 => self.select(model),
            22..40 => self.read(model),
            40..53 => self.update(),
            53..70 => self.record(model),
            70..75 => self.manage(model),
            75..88 => self.verify(model),
            88..91 => self.change(model),
            91..93 => {
                // Open or close, the card's choice or a number.
                let number = if self.one_in(2) { 0 } else { 1 + self.byte() % 3 };
                match self.below(3) {
                    0 => vec![0x00, 0x70, 0x80, number],
                    _ if number == 0 => vec![0x00, 0x70, 0x00, 0x00, 0x01],
                    _ => vec![0x00, 0x70, 0x00, number],
                }
            }
            93..96 => {
                let reference = self.reference();
                vec![0x00, 0x20, 0x00, reference]
            }
            _ => self.activity(),
        }
    }

    fn select(&mut self, model: &Plain) -> Vec<u8> {
        let mut command = match self.below(12) {
            0..4 => {
                let name = self.of(&names());
                with_data([0x00, 0xA4, 0x04, 0x0C], name.as_bytes())
            }
            4 => {
                let name = names()[0];
                let p2 = if self.one_in(2) { 0x0E } else { 0x0C };
                with_data([0x00, 0xA4, 0x04, p2], &name.as_bytes()[..5])
            }
            5 => vec![0x00, 0xA4, 0x03, 0x0C],
            6 => {
                let id = self.id(model);
                with_data([0x00, 0xA4, 0x01, 0x0C], &id.to_be_bytes())
            }
            7 | 8 => {
                let id = self.id(model);
                with_data([0x00, 0xA4, 0x02, 0x0C], &id.to_be_bytes())
            }
            9 => {
                let id = self.id(model);
                with_data([0x00, 0xA4, 0x00, 0x0C], &id.to_be_bytes())
            }
            _ => {
                let mut path = Vec::new();
                let from_master = self.one_in(2);
                if from_master {
                    let number = self.below(2);
                    path.extend(model.ids[&Df::Provider].to_be_bytes());
                    path.extend(model.ids[&Df::Application(number)].to_be_bytes());
                }
                if path.is_empty() || self.one_in(2) {
                    path.extend(self.id(model).to_be_bytes());
                }
                with_data([0x00, 0xA4, if from_master { 8 } else { 9 }, 0x0C], &path)
            }
        };
        if self.one_in(8) {
            // The control parameters.
            command[3] = command[3] & 0x02 | 0x04;
            command.push(0);
        }
        command
    }

    fn id(&mut self, model: &Plain) -> u16 {
        match self.below(10) {
            0..4 => {
                let at = self.below(FILES.len());
                FILES[at].id
            }
            7 => self.of(&RECORDS).id,
            8 | 9 => self.of(&CREATED_IDS),
            4 => INNER,
            5 => 0x3F00,
            6 => {
                let ids: Vec<u16> = model.ids.values().copied().collect();
                self.of(&ids)
            }
            _ => 0x4711,
        }
    }

    /// P1 and P2 of READ and UPDATE BINARY.
    fn place(&mut self) -> [u8; 2] {
        let offset = self.of(&OFFSETS);
        if self.one_in(3) {
            let short_id = u8::try_from(1 + self.below(14)).unwrap();
            [0x80 | short_id, u8::try_from(offset).unwrap_or(0)]
        } else {
            offset.to_be_bytes()
        }
    }

    fn read(&mut self, model: &Plain) -> Vec<u8> {
        let mut place = self.place();
        // Who has shown a key reads what waits for it.
        if !model.session.authenticated.is_empty() && self.one_in(3) {
            place = [0x80 | self.of(&[10, 11]), 0x00];
        }
        let [p1, p2] = place;
        let length = if self.one_in(3) { 0 } else { self.of(&LENGTHS) };
        [&[0x00, 0xB0, p1, p2, 0x00][..], &length.to_be_bytes()].concat()
    }

    fn update(&mut self) -> Vec<u8> {
        let [p1, p2] = self.place();
        let length = self.of(&LENGTHS);
        let first = self.byte();
        let data = (0..length).map(|at| first.wrapping_add(at.to_be_bytes()[1]));
        [0x00, 0xD6, p1, p2, 0x00]
            .into_iter()
            .chain(length.to_be_bytes())
            .chain(data)
            .collect()
    }

    fn reference(&mut self) -> u8 {
        self.of(&[0x01, 0x01, 0x02, 0x81, 0x81, 0x82, 0x82, 0x83])
    }

    /// A PIN's value; somebody's, if there is no such PIN here.
    fn value(&mut self, model: &Plain, reference: u8) -> Vec<u8> {
        let owner = if reference < 0x80 {
            None
        } else {
            application(model.session.df)
        };
        match model.pins.get(&(owner, reference)) {
            Some(pin) if !self.one_in(16) => pin.value.clone(),
            _ => b"99999999"[..4 + self.below(5)].to_vec(),
        }
    }

    fn verify(&mut self, model: &Plain) -> Vec<u8> {
        let reference = self.reference();
        let value = self.value(model, reference);
        with_data([0x00, 0x20, 0x00, reference], &value)
    }

    fn change(&mut self, model: &Plain) -> Vec<u8> {
        let reference = self.reference();
        let mut data = self.value(model, reference);
        let length = 4 + self.below(13);
        data.extend((0..length).map(|_| b'0' + self.byte() % 10));
        with_data([0x00, 0x24, 0x00, reference], &data)
    }

    /// Somebody asks for a challenge or answers one, or has a key made anew.
    fn key(&mut self, model: &Plain, channel: usize) -> Step {
        let class = u8::try_from(channel).unwrap();
        let key = if self.one_in(50) {
            0x83
        } else {
            let at = self.below(KEYS.len());
            KEYS[at].reference
        };
        // A key is best made anew while somebody on another channel has shown the old one.
        let here = application(model.session.df);
        let mut others = model.channels.iter().flatten();
        let shown = others
            .any(|other| application(other.df) == here && other.authenticated.contains(&KEYS[1].reference));
        if self.one_in(if shown { 4 } else { 40 }) {
            let key = if self.one_in(8) { key } else { KEYS[1].reference };
            let template = [0xA4, 0x03, 0x83, 0x01, key];
            return Step::Command([&[class, 0x46, 0x80, 0x00, 0x05][..], &template, &[0x00]].concat());
        }
        let asked = model.session.challenge.is_some();
        if asked != self.one_in(30) {
            Step::Answer(class, key, !self.one_in(12))
        } else {
            Step::Command(vec![class, 0x84, 0x00, 0x00, 0x10])
        }
    }

    /// Files come, go and change their state; most of it where that is allowed to somebody.
    fn manage(&mut self, model: &Plain) -> Vec<u8> {
        if matches!(model.session.df, Df::Application(_)) && self.one_in(2) {
            return with_data([0x00, 0xA4, 0x01, 0x0C], &INNER.to_be_bytes());
        }
        if !model.session.verified.contains(&0x81) && self.one_in(4) {
            let value = self.value(model, 0x81);
            return with_data([0x00, 0x20, 0x00, 0x81], &value);
        }
        let instruction = self.of(&[0xE0, 0xE0, 0xE0, 0xE4, 0x04, 0x44, 0x44, 0xE8, 0xE6]);
        if instruction == 0xE0 {
            return self.create(model);
        }
        let rarely = instruction == 0xE6 && !self.one_in(4);
        let instruction = if rarely { 0x44 } else { instruction };
        if self.one_in(4) {
            return vec![0x00, instruction, 0x00, 0x00];
        }
        let id = if self.one_in(2) {
            self.of(&CREATED_IDS)
        } else {
            self.id(model)
        };
        with_data([0x00, instruction, 0x00, 0x00], &id.to_be_bytes())
    }

    fn activity(&mut self) -> Vec<u8> {
        let instruction = self.of(&[0x04, 0x44, 0x44, 0x44]);
        let name = self.of(&names());
        with_data([0x00, instruction, 0x04, 0x00], name.as_bytes())
    }
}

fn with_data(header: [u8; 4], data: &[u8]) -> Vec<u8> {
    [&header, &[u8::try_from(data.len()).unwrap()][..], data].concat()
}
