//! Everything that can be seen of a card, on a copy of it, by somebody who knows all PINs and keys.

use apdu_spec::file::LifeCycle;
use symbolon_simulator::flash::CutFlash;

use super::issued::{INNER, KEYS, names};
use super::plain::{Content, Df, Ef, Plain};
use super::play::{Chip, same, start};
use super::random::CREATED_IDS;

/// A copy of the card and of the model of it.
struct Copy {
    chip: Chip,
    model: Plain,
}

impl Copy {
    fn send(&mut self, bytes: &[u8]) -> Result<(), String> {
        same(&mut self.chip, &mut self.model, bytes).map(|_| ())
    }

    fn verify(&mut self, owner: Option<usize>, reference: u8) -> Result<(), String> {
        let value = &self.model.pins[&(owner, reference)].value;
        let length = u8::try_from(value.len()).unwrap();
        let command = [&[0x00, 0x20, 0x00, reference, length], value.as_slice()].concat();
        self.send(&command)
    }

    fn answer(&mut self, key: u8, right: bool) -> Result<(), String> {
        self.send(&[0x00, 0x84, 0x00, 0x00, 0x10])?;
        let command = self.model.answer_challenge(0, key, right);
        self.send(&command)
    }

    /// All that is in the current DF, or could be: what it is, and its content.
    fn files(&mut self, df: Df) -> Result<(), String> {
        let here = self.model.files.iter().filter(|((other, _), _)| *other == df);
        let present: Vec<_> = here.map(|((_, id), file)| (*id, file.state)).collect();
        let missing = CREATED_IDS
            .iter()
            .filter(|id| !present.iter().any(|file| file.0 == **id));
        for id in missing {
            let [high, low] = id.to_be_bytes();
            self.send(&[0x00, 0xA4, 0x02, 0x0C, 0x02, high, low])?;
        }
        for (id, state) in present {
            let [high, low] = id.to_be_bytes();
            self.send(&[0x00, 0xA4, 0x02, 0x04, 0x02, high, low, 0x00])?;
            if state == LifeCycle::Deactivated {
                self.send(&[0x00, 0x44, 0x00, 0x00])?;
            }
            self.content((df, id))?;
        }
        Ok(())
    }

    /// Bytes, or records: all of them at once, and one after the other where their lengths differ.
    fn content(&mut self, ef: Ef) -> Result<(), String> {
        let Content::Records(records) = &self.model.files[&ef].content else {
            return self.send(&[0x00, 0xB0, 0x00, 0x00, 0x00, 0x00, 0x00]);
        };
        let last = u8::try_from(records.list.len()).unwrap();
        if records.format.is_fixed() {
            return self.send(&[0x00, 0xB2, 0x01, 0x05, 0x00, 0x00, 0x00]);
        }
        (1..=last + 1).try_for_each(|number| self.send(&[0x00, 0xB2, number, 0x04, 0x00]))
    }
}

pub fn audit(chip: &mut Chip, model: &Plain) -> Result<(), String> {
    let flash = chip
        .with_flash(|flash| flash.inner().clone())
        .ok_or("a card that panicked")?;
    let mut copy = Copy {
        chip: start(CutFlash::new(flash)),
        model: model.clone(),
    };
    copy.model.reset();
    for reference in [0x01, 0x02] {
        copy.send(&[0x00, 0x20, 0x00, reference])?;
        copy.verify(None, reference)?;
    }
    for (number, name) in names().into_iter().enumerate() {
        let name = name.as_bytes();
        let length = u8::try_from(name.len()).unwrap();
        let by_name = |header: [u8; 4]| [&header, &[length][..], name].concat();
        copy.send(&by_name([0x00, 0xA4, 0x04, 0x0C]))?;
        if !copy.model.active[number] {
            // What is switched off is looked at by the holder, who can switch it on if consent is not blocked.
            copy.verify(None, 0x02)?;
            copy.send(&by_name([0x00, 0x44, 0x04, 0x00]))?;
            copy.send(&by_name([0x00, 0xA4, 0x04, 0x0C]))?;
        }
        for reference in [0x81, 0x82] {
            copy.send(&[0x00, 0x20, 0x00, reference])?;
            copy.verify(Some(number), reference)?;
        }
        for key in KEYS {
            // A wrong answer tells the tries, and the last of them is not spent on a right one.
            copy.answer(key.reference, false)?;
            copy.answer(key.reference, true)?;
        }
        copy.files(Df::Application(number))?;
        let [high, low] = INNER.to_be_bytes();
        copy.send(&[0x00, 0xA4, 0x01, 0x0C, 0x02, high, low])?;
        copy.files(Df::Inner(number))?;
    }
    Ok(())
}
