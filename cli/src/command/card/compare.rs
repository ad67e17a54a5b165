//! `symbolon card compare`

use std::path::{Path, PathBuf};

use clap::Args;
use host::card::Session;
use serde::Serialize;

use super::LookArguments;
use crate::backup::{Backup, Difference, SECTIONS, differences, gather};
use crate::card::CardArguments;
use crate::context::Context;
use crate::failure::{Failure, Result};
use crate::kind::is_card_image;
use crate::output::{Outcome, Show};
use crate::page::Page;

/// The longest value that is shown to people as it is.
const SHOWN: usize = 40;

/// Compare two cards, or a card and a backup
///
/// The first card is the one named as always (--card, --reader, --tcp); the second is a backup or another card's image
/// (--with), or a card in another reader (--with-reader). Both are looked at in the same way. The exit code is 0 if there is
/// no difference and 1 if there is one. Two cards always differ in identity; --only files,applications compares what is on
/// them.
#[derive(Args, Debug)]
#[command(after_help = "Example:
  symbolon card compare --card card.img --with card.json
  symbolon card compare --card card.img --with other.img --only files,applications
  symbolon card compare --reader \"Reader 1\" --with-reader \"Reader 2\" --only files")]
pub struct Compare {
    #[command(flatten)]
    card: CardArguments,
    /// Compare with this backup or card image
    #[arg(
        long,
        value_name = "FILE",
        required_unless_present = "with_reader",
        conflicts_with = "with_reader"
    )]
    with: Option<PathBuf>,
    /// Compare with the card in this PC/SC reader
    #[arg(long, value_name = "NAME")]
    with_reader: Option<String>,
    /// Compare these parts only, separated by commas
    #[arg(long, value_name = "PARTS", value_delimiter = ',', value_parser = SECTIONS)]
    only: Vec<String>,
    #[command(flatten)]
    look: LookArguments,
}

#[derive(Serialize)]
struct Compared {
    first: String,
    second: String,
    compared: Vec<String>,
    same: bool,
    differences: Vec<Difference>,
}

impl Compare {
    /// Does it.
    ///
    /// # Errors
    /// When a card or the backup cannot be read.
    pub fn run(self, context: &Context) -> Result<Outcome> {
        let sections: Vec<&str> = SECTIONS
            .into_iter()
            .filter(|section| self.only.is_empty() || self.only.iter().any(|only| only == section))
            .collect();
        let other = match &self.with {
            Some(path) if !is_card_image(path) => Some(Backup::read(path)?),
            _ => None,
        };
        let first = self.of_card(&self.card, context)?;
        let second_card = CardArguments {
            card: self.with.clone(),
            reader: self.with_reader.clone(),
            tcp: None,
        };
        let second = match other {
            Some(backup) => backup,
            None => self.of_card(&second_card, context)?,
        };
        let differences = differences(&first, &second, &sections);
        let compared = Compared {
            first: name(&self.card),
            second: name(&second_card),
            compared: sections.iter().map(|section| (*section).to_owned()).collect(),
            same: differences.is_empty(),
            differences,
        };
        let code = u8::from(!compared.same);
        Ok(Outcome::new("card compare", &compared).with_exit_code(code))
    }

    fn of_card(&self, card: &CardArguments, context: &Context) -> Result<Backup> {
        let pin = self.look.pin()?;
        let mut card = card.open(context)?;
        let mut session = card.begin()?;
        let verify = |session: &mut Session<'_>| self.look.verify(session, pin.as_ref());
        let backup = gather(&mut session, context.today.to_string(), verify)?;
        if backup.complete {
            return Ok(backup);
        }
        let remedy = "Look at the card with \"symbolon card info\"; \"symbolon card activate\" switches an application on.";
        let message =
            "an application is switched off, there is more on it than was looked for, or it is damaged";
        Err(Failure::usage("read all of the card", message, remedy).by("card"))
    }
}

/// What people call the card.
fn name(card: &CardArguments) -> String {
    let path = |path: &Path| path.display().to_string();
    card.card
        .as_deref()
        .map(path)
        .or_else(|| card.reader.clone())
        .or_else(|| card.tcp.clone())
        .unwrap_or_else(|| "the card".into())
}

impl Show for Compared {
    fn show(&self, page: &mut Page) {
        let Self { first, second, .. } = self;
        if self.same {
            page.done(format!("{first} and {second} are the same."));
            page.field("compared", self.compared.join(", "));
            return;
        }
        let count = match self.differences.len() {
            1 => "1 difference".to_owned(),
            count => format!("{count} differences"),
        };
        page.heading(format!("{count} between {first} and {second}"));
        let row = |difference: &Difference| {
            let (first, second) = both(difference.first.as_deref(), difference.second.as_deref());
            vec![
                difference.section.to_owned(),
                difference.name.clone(),
                first,
                second,
            ]
        };
        let rows = self.differences.iter().map(row).collect();
        page.table(&["part", "what", first, second], rows, "");
    }
}

/// Two values for people: long ones from where they differ.
fn both(first: Option<&str>, second: Option<&str>) -> (String, String) {
    let same = match (first, second) {
        (Some(first), Some(second)) => first
            .bytes()
            .zip(second.bytes())
            .take_while(|(first, second)| first == second)
            .count(),
        _ => 0,
    };
    // Hexadecimal digits come in pairs.
    let from = same - same % 2;
    let shown = |value: Option<&str>| match value {
        None => "-".to_owned(),
        Some(value) if value.len() <= SHOWN => value.to_owned(),
        Some(value) => {
            let piece: String = value.chars().skip(from).take(SHOWN).collect();
            let before = if from > 0 { "…" } else { "" };
            let after = if value.chars().count() > from + SHOWN {
                "…"
            } else {
                ""
            };
            format!("{before}{piece}{after}")
        }
    };
    (shown(first), shown(second))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Losing this shows two equal beginnings of values that differ at their ends.
    #[test]
    fn long_values_are_shown_where_they_differ() {
        let (one, two) = (
            format!("{}4142", "00".repeat(50)),
            format!("{}4342", "00".repeat(50)),
        );
        assert_eq!(both(Some(&one), Some(&two)), ("…4142".into(), "…4342".into()));
        assert_eq!(both(None, Some("41")), ("-".into(), "41".into()));
    }
}
