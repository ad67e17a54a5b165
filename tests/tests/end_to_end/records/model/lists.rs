//! EFs of records as lists of records, commands for them, and what each answers.

use apdu_spec::file::Structure;

/// FCP, structure, length, number and size.
pub(super) const FILES: [(&str, Structure, usize, usize, usize); 3] = [
    (
        "62 12 80020028 82050241000508 83020101 880108",
        Structure::LinearFixed,
        5,
        8,
        40,
    ),
    (
        "62 12 8002001E 82050441000806 83020102 880110",
        Structure::LinearVariable,
        8,
        6,
        30,
    ),
    (
        "62 12 8002000C 82050641000304 83020103 880118",
        Structure::Cyclic,
        3,
        4,
        12,
    ),
];

/// Numbers that are the same in every run.
pub(super) struct Numbers(pub(super) u64);

impl Numbers {
    /// Below `limit`.
    pub(super) fn below(&mut self, limit: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit
    }

    /// Bytes of an alphabet so small that much is found again.
    fn text(&mut self, length: usize) -> Vec<u8> {
        (0..length).map(|_| b"ABC"[self.below(3)]).collect()
    }
}

/// What a card should have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Model {
    /// Record 1 first.
    pub(super) files: [Vec<Vec<u8>>; 3],
    pub(super) current: Option<usize>,
    /// Index of the current record.
    pub(super) pointer: Option<usize>,
}

pub(super) struct Command {
    pub(super) instruction: u8,
    pub(super) p1: usize,
    pub(super) mode: usize,
    /// By short id, or the current EF.
    pub(super) file: Option<usize>,
    pub(super) data: Vec<u8>,
    pub(super) offset: usize,
}

impl Command {
    pub(super) fn random(numbers: &mut Numbers) -> Self {
        let instruction = [0xB2, 0xB3, 0xDC, 0xDD, 0xD2, 0xE2, 0xE2, 0xA2, 0x0C][numbers.below(9)];
        let file = (numbers.below(3) > 0).then(|| numbers.below(3));
        let mode = match instruction {
            0xB2 => numbers.below(7),
            0xDD => 4 + numbers.below(4),
            0xE2 => 0,
            0xA2 => 4 + numbers.below(2),
            // Erasing all is rare, or nothing else would be seen.
            0x0C => 4 + usize::from(numbers.below(6) == 0),
            _ => numbers.below(5),
        };
        let length = match file.map(|file| FILES[file].2) {
            Some(length) if numbers.below(3) > 0 => length,
            _ => 1 + numbers.below(9),
        };
        let length = match instruction {
            0xDD | 0xA2 => 1 + numbers.below(3),
            _ => length,
        };
        Self {
            instruction,
            p1: if mode < 4 { 0 } else { numbers.below(9) },
            mode,
            file,
            data: numbers.text(length),
            offset: numbers.below(6),
        }
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let p2 = self.file.map_or(0, |file| (file + 1) << 3) | self.mode;
        let byte = |number: usize| u8::try_from(number).unwrap();
        let offset = [0x54, 1, byte(self.offset)];
        let data = match self.instruction {
            0xB2 | 0x0C => vec![],
            0xB3 => offset.to_vec(),
            0xDD => [&offset[..], &[0x53, byte(self.data.len())], &self.data].concat(),
            _ => self.data.clone(),
        };
        let mut apdu = vec![0, self.instruction, byte(self.p1), byte(p2)];
        if !data.is_empty() {
            apdu.push(byte(data.len()));
            apdu.extend(data);
        }
        if matches!(self.instruction, 0xB2 | 0xB3 | 0xA2) {
            apdu.push(0);
        }
        apdu
    }
}

impl Model {
    /// What the card answers; the model follows.
    pub(super) fn answer(&mut self, command: &Command) -> (Vec<u8>, u16) {
        let before = self.clone();
        if let Some(file) = command.file {
            (self.current, self.pointer) = (Some(file), None);
        }
        let answer = match self.current {
            None => Err(0x6986),
            Some(file) => self.carry_out(command, file),
        };
        match answer {
            Ok(data) => (data, 0x9000),
            Err(status) => {
                *self = before;
                (vec![], status)
            }
        }
    }

    fn carry_out(&mut self, command: &Command, file: usize) -> Result<Vec<u8>, u16> {
        let (_, structure, length, _, size) = FILES[file];
        let fixed = structure != Structure::LinearVariable;
        let appends = command.instruction == 0xE2
            || structure == Structure::Cyclic
                && command.mode == 3
                && matches!(command.instruction, 0xDC | 0xD2);
        if appends {
            return self.append(command, file);
        }
        if command.instruction == 0xA2 && fixed && command.data.len() > length {
            return Err(0x6700);
        }
        let at = self.find(command, file).ok_or(0x6A83_u16)?;
        let used: usize = self.files[file].iter().map(Vec::len).sum();
        let records = &mut self.files[file];
        let fits = |data: &[u8]| data.len() == length || !fixed && data.len() < length;
        let mut data = vec![];
        match command.instruction {
            0xB2 => match command.mode {
                5 => data = records[at..].concat(),
                6 => data = records[at..].iter().rev().flatten().copied().collect(),
                _ => data = records[at].clone(),
            },
            0xB3 => {
                let part = records[at]
                    .get(command.offset..)
                    .filter(|part| !part.is_empty())
                    .ok_or(0x6B00_u16)?;
                data = [&[0x53, u8::try_from(part.len()).unwrap()], part].concat();
            }
            0xDC | 0xD2 => {
                if !fits(&command.data) {
                    return Err(0x6700);
                }
                let mut new = command.data.clone();
                if command.instruction == 0xD2 {
                    new.resize(new.len().max(records[at].len()), 0);
                    new.iter_mut()
                        .zip(&records[at])
                        .for_each(|(new, old)| *new |= *old);
                }
                if used - records[at].len() + new.len() > size {
                    return Err(0x6A84);
                }
                records[at] = new;
            }
            0xDD => {
                if command.offset >= records[at].len() {
                    return Err(0x6B00);
                }
                let place = command.offset..command.offset + command.data.len();
                let old = records[at].get_mut(place).ok_or(0x6A84_u16)?;
                for (old, new) in old.iter_mut().zip(&command.data) {
                    match command.mode {
                        4 => *old = *new,
                        5 => *old &= *new,
                        6 => *old |= *new,
                        _ => *old ^= *new,
                    }
                }
            }
            0x0C => {
                let last = if command.mode == 5 { records.len() } else { at + 1 };
                for record in &mut records[at..last] {
                    *record = if fixed { vec![0; length] } else { vec![] };
                }
            }
            _ => {
                let order: Vec<usize> = match command.mode {
                    4 => (at..records.len()).collect(),
                    _ => (0..=at).rev().collect(),
                };
                let found = |record: &[u8]| {
                    record
                        .windows(command.data.len())
                        .any(|window| window == command.data)
                };
                let hits: Vec<usize> = order.into_iter().filter(|&at| found(&records[at])).collect();
                self.pointer = Some(*hits.first().ok_or(0x6282_u16)?);
                return Ok(hits.iter().map(|at| u8::try_from(at + 1).unwrap()).collect());
            }
        }
        if command.mode < 4 {
            self.pointer = Some(at);
        }
        Ok(data)
    }

    fn append(&mut self, command: &Command, file: usize) -> Result<Vec<u8>, u16> {
        let (_, structure, length, number, size) = FILES[file];
        let records = &mut self.files[file];
        let used: usize = records.iter().map(Vec::len).sum();
        let fits = match structure {
            Structure::LinearVariable => command.data.len() <= length,
            Structure::LinearFixed | Structure::Cyclic => command.data.len() == length,
        };
        if !fits {
            return Err(0x6700);
        }
        if structure == Structure::Cyclic {
            records.insert(0, command.data.clone());
            records.truncate(number);
            self.pointer = Some(0);
        } else {
            if records.len() == number || used + command.data.len() > size {
                return Err(0x6A84);
            }
            records.push(command.data.clone());
            self.pointer = Some(records.len() - 1);
        }
        Ok(vec![])
    }

    /// Index of the record that a command names.
    fn find(&self, command: &Command, file: usize) -> Option<usize> {
        let last = self.files[file].len().checked_sub(1)?;
        let at = match (command.mode, self.pointer, command.p1) {
            (0, ..) if command.instruction != 0xDD => 0,
            (1, ..) | (3, None, _) => last,
            (2, None, _) => 0,
            (2, Some(at), _) => at + 1,
            (3, Some(at), _) => at.checked_sub(1)?,
            (_, pointer, 0) => pointer?,
            (_, _, number) => number - 1,
        };
        (at <= last).then_some(at)
    }

    pub(super) fn reset(&mut self) {
        (self.current, self.pointer) = (None, None);
    }
}
