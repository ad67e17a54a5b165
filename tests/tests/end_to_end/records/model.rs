//! Random commands on three EFs of records against lists of records, with resets and power cuts.
//!
//! The card is a blank one, where no rule is enforced, on a flash so small that its log goes around many times.

use apdu_spec::file::Structure;
use simulator::card::SimulatedCard;
use simulator::flash::{CutFlash, MemoryFlash, Outcome};
use simulator::platform::CardFlash;
use simulator::randomness::Randomness;

use super::stage::bytes;

type Flash = MemoryFlash<1_024, 4>;

const PAGES: usize = 20;
const COMMANDS: usize = 20_000;

/// FCP, structure, length, number and size.
const FILES: [(&str, Structure, usize, usize, usize); 3] = [
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
struct Numbers(u64);

impl Numbers {
    /// Below `limit`.
    fn below(&mut self, limit: usize) -> usize {
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
struct Model {
    /// Record 1 first.
    files: [Vec<Vec<u8>>; 3],
    current: Option<usize>,
    /// Index of the current record.
    pointer: Option<usize>,
}

struct Command {
    instruction: u8,
    p1: usize,
    mode: usize,
    /// By short id, or the current EF.
    file: Option<usize>,
    data: Vec<u8>,
    offset: usize,
}

impl Command {
    fn random(numbers: &mut Numbers) -> Self {
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

    fn encode(&self) -> Vec<u8> {
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
    fn answer(&mut self, command: &Command) -> (Vec<u8>, u16) {
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

    fn reset(&mut self) {
        (self.current, self.pointer) = (None, None);
    }
}

fn send<F: CardFlash>(card: &mut SimulatedCard<F>, command: &[u8]) -> (Vec<u8>, u16) {
    let reply = card.process(command);
    let (data, status) = reply.split_last_chunk::<2>().expect("a status word");
    (data.to_vec(), u16::from_be_bytes(*status))
}

fn start<F: CardFlash>(flash: F) -> SimulatedCard<F> {
    SimulatedCard::start(flash, Randomness::seeded(3))
}

/// All records of a card, read by number.
fn read_all(card: &mut SimulatedCard<Flash>) -> [Vec<Vec<u8>>; 3] {
    [1_u8, 2, 3].map(|file| {
        (1..=254_u8)
            .map(|number| send(card, &[0, 0xB2, number, file << 3 | 4, 0]))
            .take_while(|(_, status)| *status == 0x9000)
            .map(|(record, _)| record)
            .collect()
    })
}

/// Sends a command to a card whose power fails in the given operation; gives the flash that is left and whether it failed.
fn cut(image: &[u8], selected: Option<usize>, command: &[u8], at: u64, outcome: Outcome) -> (Vec<u8>, bool) {
    let flash = CutFlash::new(Flash::from_image(image.to_vec())).cut_at(at, outcome);
    let mut card = start(flash);
    if let Some(file) = selected {
        send(
            &mut card,
            &[0, 0xA4, 2, 0x0C, 2, 1, u8::try_from(file + 1).unwrap()],
        );
    }
    let (_, status) = send(&mut card, command);
    let flash = card.into_flash().unwrap();
    assert_eq!(flash.is_lost(), status == 0x6581, "{command:02X?}");
    (flash.inner().image().to_vec(), flash.is_lost())
}

/// Losing this loses or confuses records after some sequence of commands that nobody thought of, or after a power cut.
#[test]
fn files_of_records_are_lists_of_records() {
    let mut numbers = Numbers(1);
    let mut card = start(Flash::new(PAGES));
    for (fcp, ..) in FILES {
        let fcp = bytes(fcp);
        let create = [&[0, 0xE0, 0, 0, u8::try_from(fcp.len()).unwrap()][..], &fcp].concat();
        assert_eq!(send(&mut card, &create), (vec![], 0x9000));
        send(&mut card, &bytes("00A40000"));
    }
    let mut model = Model {
        files: Default::default(),
        current: None,
        pointer: None,
    };
    let (mut done, mut cuts, mut answers) = (0, 0, std::collections::BTreeMap::new());
    for step in 0..COMMANDS {
        if numbers.below(200) == 0 {
            card.power_off();
            card.power_on();
            model.reset();
        }
        let command = Command::random(&mut numbers);
        let apdu = command.encode();
        let image = (numbers.below(20) == 0).then(|| card.snapshot().unwrap());
        let before = model.clone();
        let expected = model.answer(&command);
        if let Some(image) = image {
            // The pointer is gone with the power, so only what names its record by number means the same again.
            if expected.1 == 0x9000 && (command.mode > 3 && command.p1 > 0 || command.instruction == 0xE2) {
                let at = u64::try_from(numbers.below(6)).unwrap();
                let outcome = [Outcome::Undone, Outcome::Done, Outcome::Partly(at)][numbers.below(3)];
                let (image, lost) = cut(&image, before.current, &apdu, at, outcome);
                let files = read_all(&mut start(Flash::from_image(image)));
                let old_or_new = files == model.files || lost && files == before.files;
                assert!(
                    old_or_new,
                    "step {step}: {apdu:02X?}: {before:?} became {files:?}"
                );
                cuts += usize::from(lost);
            }
        }
        let answer = send(&mut card, &apdu);
        assert_eq!(answer, expected, "step {step}: {apdu:02X?} after {before:?}");
        done += usize::from(answer.1 == 0x9000);
        *answers.entry((command.instruction, answer.1)).or_insert(0) += 1;
        if step % 500 == 0 {
            assert_eq!(
                read_all(&mut card.duplicate().unwrap()),
                model.files,
                "step {step}"
            );
        }
    }
    assert_eq!(read_all(&mut card), model.files);
    // The random commands reach what they are for.
    for (instruction, status) in [
        (0xB2, 0x6A83),
        (0xB3, 0x6B00),
        (0xDC, 0x6700),
        (0xDC, 0x6A84),
        (0xD2, 0x6A84),
        (0xDD, 0x6A84),
        (0xE2, 0x6A84),
        (0xA2, 0x6282),
        (0x0C, 0x6A83),
    ] {
        assert!(
            answers.contains_key(&(instruction, status)),
            "{instruction:02X} never {status:04X}"
        );
    }
    assert!(
        done > COMMANDS / 4 && cuts > 50,
        "{done} done, {cuts} cuts: {answers:?}"
    );
    // The log went around: whatever was written was written in bounded room.
    let (_, most) = card.erase_counts().unwrap();
    assert!(most > 10, "{most} erases");
}
