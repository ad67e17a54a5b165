//! Commands for records, and files that are created: what records say of their rules is part of it.

use apdu_spec::file::{RecordFormat, Structure};

use super::super::issued::{CREATED, RECORDS, names};
use super::super::plain::rules::{APPEND, READ, UPDATE};
use super::super::plain::{Content, Df, File, Plain, Records, Rules, application};
use super::super::play::decode;
use super::super::script::{Script, Step};
use super::{CREATED_IDS, Random, with_data};

const SIZES: [u16; 7] = [1, 16, 255, 256, 300, 700, 1_500];
/// Descriptor, length, number and size.
const FORMATS: [(u8, u8, u8, u16); 5] = [
    (0x02, 5, 4, 20),
    (0x04, 64, 5, 180),
    (0x04, 64, 3, 100),
    (0x04, 9, 6, 30),
    (0x06, 3, 4, 12),
];
/// What is no rule: cut short, a mode too many, a local PIN where none can be; and rules that no file of the prepared card has.
const ODD_RULES: [&[u8]; 6] = [
    &[0x80, 0x01, 0x01, 0x90],
    &[0x80, 0x01, 0x80, 0x90, 0x00],
    &[0x80, 0x01, 0x01, 0xA4, 0x06, 0x83, 0x01, 0x90, 0x95, 0x01, 0x08],
    &[0x80, 0x01, 0x7F, 0x90, 0x00],
    &[0x80, 0x01, 0x05, 0x97, 0x00, 0x80, 0x01, 0x7F, 0x90, 0x00],
    &[
        0x80, 0x01, 0x53, 0xA7, 0x02, 0x97, 0x00, 0x80, 0x01, 0x0C, 0xB4, 0x03, 0x95, 0x01, 0x30,
    ],
];

/// An EF of records that a command can reach.
struct Target<'a> {
    short_id: Option<u8>,
    records: Option<&'a Records>,
    pointer: Option<usize>,
}

/// The mode bit that a command asks.
const fn mode(instruction: u8) -> u8 {
    match instruction {
        0xB2 | 0xB3 | 0xA2 => READ,
        0xD2 | 0xE2 => APPEND,
        _ => UPDATE,
    }
}

impl Random {
    /// A command for records, most of them for an EF that has some.
    pub(super) fn record(&mut self, model: &Plain) -> Vec<u8> {
        if application(model.session.df).is_none() && !self.one_in(8) {
            return self.select(model);
        }
        // Without its PIN little can be done in an application.
        if !model.session.verified.contains(&0x81) && self.one_in(4) {
            let value = self.value(model, 0x81);
            return with_data([0x00, 0x20, 0x00, 0x81], &value);
        }
        let mut instruction = self.of(&[
            0xB2, 0xB2, 0xB2, 0xB2, 0xB3, 0xDC, 0xDC, 0xDC, 0xDD, 0xD2, 0xE2, 0xE2, 0xE2, 0xA2, 0xA2, 0x0C,
        ]);
        let target = self.target(model, mode(instruction));
        let empty = target.records.is_some_and(|records| records.list.is_empty());
        if empty && !self.one_in(4) {
            instruction = 0xE2;
        }
        let short_id = target.short_id.unwrap_or(0) << 3;
        let mode = match instruction {
            0xB2 => self.of(&[0, 1, 2, 2, 3, 3, 4, 4, 4, 5, 5, 6]),
            0xDD => 4 + self.of(&[0, 1, 2, 3]),
            0xE2 => 0,
            0xA2 => self.of(&[4, 4, 5, 6]),
            // Erasing all is rare, or nothing else would be seen.
            0x0C => self.of(&[4, 4, 4, 4, 4, 5]),
            _ => self.of(&[0, 1, 2, 3, 4, 4, 4]),
        };
        let by_number = mode >= 4 || instruction == 0xDD;
        let number = if by_number { self.number(&target) } else { 0 };
        let offset = [0x54, 0x01, self.of(&[0, 0, 1, 2, 4, 8])];
        let data = match instruction {
            0xB2 | 0x0C => Vec::new(),
            0xB3 => offset.to_vec(),
            0xDD => {
                let text = self.text(1, 4);
                [&offset[..], &[0x53, u8::try_from(text.len()).unwrap()], &text].concat()
            }
            0xA2 => {
                let text = self.text(1, 3);
                let head = match (mode, number) {
                    (6, 0) => vec![self.of(&[4, 5, 6, 7, 12, 14, 15]), self.of(b"\0\0\x01A")],
                    (6, _) => vec![self.of(&[4, 5, 12, 13]), self.of(b"\0\0\x01B")],
                    _ => Vec::new(),
                };
                [head, text].concat()
            }
            _ => self.content(target.records.map(|records| records.format)),
        };
        let header = [0x00, instruction, number, short_id | mode];
        let mut command = match data.as_slice() {
            [] => header.to_vec(),
            data => with_data(header, data),
        };
        match instruction {
            // As much as there is: more than a short Le can ask for.
            0xB2 if mode > 4 => command.extend([0x00, 0x00, 0x00]),
            0xB2 | 0xB3 => command.push(self.of(&[0, 0, 0, 0, 3, 6, 9, 100])),
            0xA2 => command.push(0),
            _ => {}
        }
        command
    }

    /// What goes to the records of an application straight away, so that they are what a power cut meets.
    pub(super) fn change_records(&mut self, model: &mut Plain, script: &mut Script) {
        let name = self.of(&names());
        let mut commands = vec![with_data([0x00, 0xA4, 0x04, 0x0C], name.as_bytes())];
        for reference in [0x01, 0x81] {
            if self.one_in(3) {
                let number = names().iter().position(|other| *other == name);
                let pin = &model.pins[&(number.filter(|_| reference > 0x80), reference)];
                commands.push(with_data([0x00, 0x20, 0x00, reference], &pin.value));
            }
        }
        let first = commands.len();
        for at in 0..first + 4 {
            let command = match commands.get(at) {
                Some(command) => command.clone(),
                None => self.record(model),
            };
            model.answer(0, &decode(&command));
            model.focus(0);
            script.steps.push(Step::Command(command));
        }
    }

    /// The current EF or, by short id, another one; mostly one whose rules allow this mode now.
    fn target<'a>(&mut self, model: &'a Plain, mode: u8) -> Target<'a> {
        let session = &model.session;
        let denied_too = self.one_in(5);
        let records = |file: &'a File| match &file.content {
            Content::Records(records) if denied_too || session.allowed(&file.rule, mode) => Some(records),
            _ => None,
        };
        let current = session.ef.and_then(|ef| model.files.get(&ef)).and_then(records);
        if self.one_in(20) || current.is_some() && !self.one_in(3) {
            return Target {
                short_id: None,
                records: current,
                pointer: session.record,
            };
        }
        let here = model.files.iter().filter(|((df, _), _)| *df == session.df);
        let there: Vec<_> = here
            .filter_map(|(_, file)| Some((file.short_id?, records(file)?)))
            .collect();
        let (short_id, records) = match there.as_slice() {
            [] => (self.of(&[9, 10, 12, 16, 17, 18, 19]), None),
            some => {
                let (short_id, records) = self.of(some);
                (short_id, Some(records))
            }
        };
        Target {
            short_id: Some(short_id),
            records,
            pointer: None,
        }
    }

    /// The number of a record, of one that is not there, or none where one is current.
    fn number(&mut self, target: &Target<'_>) -> u8 {
        let count = target.records.map_or(0, |records| records.list.len());
        if self.one_in(if target.pointer.is_some() { 3 } else { 12 }) {
            return 0;
        }
        let limit = if self.one_in(8) { count + 2 } else { count.max(1) };
        u8::try_from(1 + self.below(limit)).unwrap()
    }

    /// Bytes of an alphabet so small that much is found again.
    fn text(&mut self, from: usize, to: usize) -> Vec<u8> {
        let length = from + self.below(to + 1 - from);
        (0..length).map(|_| self.of(b"ABC")).collect()
    }

    /// A record for an EF of this format: rules, where they may fit, or text.
    fn content(&mut self, format: Option<RecordFormat>) -> Vec<u8> {
        let Some(format) = format else {
            return self.text(1, 9);
        };
        let length = usize::from(format.length);
        match format.structure {
            _ if self.one_in(12) => self.text(1, length + 1),
            Structure::LinearFixed | Structure::Cyclic => self.text(length, length),
            Structure::LinearVariable if length > 10 && !self.one_in(4) => self.rules(),
            Structure::LinearVariable => self.text(1, length.min(12)),
        }
    }

    fn rules(&mut self) -> Vec<u8> {
        if self.one_in(4) {
            self.of(&ODD_RULES).to_vec()
        } else {
            self.of(&CREATED).bytes()
        }
    }

    /// CREATE FILE of an EF of bytes or of records, with rules or with those in a record.
    pub(super) fn create(&mut self, model: &Plain) -> Vec<u8> {
        let id = self.of(&CREATED_IDS).to_be_bytes();
        let mut control = if self.one_in(3) {
            let (descriptor, length, number, size) = self.of(&FORMATS);
            let [high, low] = size.to_be_bytes();
            vec![
                0x80, 0x02, high, low, 0x82, 0x05, descriptor, 0x41, 0x00, length, number,
            ]
        } else {
            let [high, low] = self.of(&SIZES).to_be_bytes();
            vec![0x80, 0x02, high, low, 0x82, 0x01, 0x01]
        };
        control.extend([&[0x83, 0x02], &id[..]].concat());
        if self.one_in(2) {
            let short_id = u8::try_from(9 + self.below(6)).unwrap();
            control.extend([0x88, 0x01, short_id << 3]);
        }
        if self.one_in(2) {
            let (file, record) = self.reference_to_rules(model);
            let [high, low] = file.to_be_bytes();
            control.extend([0x8B, 0x03, high, low, record]);
        } else {
            let rule = self.of(&CREATED).bytes();
            control.extend([0xAB, u8::try_from(rule.len()).unwrap()]);
            control.extend(rule);
        }
        let length = u8::try_from(control.len()).unwrap();
        with_data(
            [0x00, 0xE0, 0x00, 0x00],
            &[&[0x62, length], control.as_slice()].concat(),
        )
    }

    /// A record in which there may be rules, mostly.
    fn reference_to_rules(&mut self, model: &Plain) -> (u16, u8) {
        let here = model.session.df;
        let around = match here {
            Df::Inner(number) => Df::Application(number),
            other => other,
        };
        let near = model
            .files
            .iter()
            .filter(|((df, _), _)| *df == here || *df == around);
        let written: Vec<_> = near
            .filter_map(|((_, id), file)| match &file.content {
                Content::Records(records) if model.session.allowed(&file.rule, READ) => Some((*id, records)),
                _ => None,
            })
            .flat_map(|(id, records)| {
                (1..)
                    .zip(&records.list)
                    .map(move |(number, record)| (id, number, record))
            })
            .collect();
        let rules: Vec<_> = written
            .iter()
            .filter(|(.., record)| Rules::read(record).is_some())
            .collect();
        match (rules.as_slice(), written.as_slice()) {
            (some @ [_, ..], _) if !self.one_in(4) => {
                let (id, number, _) = *self.of(some);
                (id, number)
            }
            (_, some @ [_, ..]) if !self.one_in(3) => {
                let (id, number, _) = self.of(some);
                (id, number)
            }
            _ => {
                let id = if self.one_in(2) {
                    self.of(&RECORDS).id
                } else {
                    self.id(model)
                };
                (id, u8::try_from(1 + self.below(7)).unwrap())
            }
        }
    }
}
