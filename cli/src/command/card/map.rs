//! `symbolon card map`

mod announced;
mod flash;

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde::Serialize;

use crate::card::CardArguments;
use crate::context::Context;
use crate::failure::{Failure, Result};
use crate::output::{Outcome, Show, write_result};
use crate::page::Page;

use announced::Announced;
use flash::Flash;

const STEP: &str = "draw the map";

/// Show what fills the memory of a card
///
/// Of a simulated card in a file (--card) the flash itself is looked at: whose every byte is, what was replaced and still
/// takes room, how often pages were erased. A card in a reader tells only how much room it has left and how large its files
/// are; what it cannot tell is said. "svg" makes a picture of the flash, one row for each page.
#[derive(Args, Debug)]
#[command(after_help = "Example:
  symbolon card map --card card.img
  symbolon card map --card card.img --format svg --output flash.svg
  symbolon card map --reader \"Virtual PCD 00\"")]
pub struct Map {
    #[command(flatten)]
    card: CardArguments,
    /// Text, or a picture
    #[arg(long, value_enum, default_value_t = Format::Text, help_heading = "Output")]
    format: Format,
    /// Write it to this file
    #[arg(long, short, value_name = "FILE", help_heading = "Output")]
    output: Option<PathBuf>,
}

/// How the map is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Tables and letters
    Text,
    /// A picture
    Svg,
}

#[derive(Serialize)]
struct CardMap {
    /// What only the image of a simulated card shows.
    flash: Option<Flash>,
    announced: Announced,
    /// What stays unknown.
    cannot_know: Vec<&'static str>,
}

impl Map {
    /// Does it.
    ///
    /// # Errors
    /// When the card cannot be reached, does not answer or is damaged, or the file cannot be written.
    pub fn run(self, context: &Context) -> Result<Outcome> {
        let flash = match self.card.image()? {
            Some(image) => Some(Flash::of(image)?),
            None => None,
        };
        let mut card = self.card.open(context)?;
        let announced = Announced::of(&mut card.begin()?)?;
        let cannot_know = if flash.is_some() {
            vec![]
        } else {
            announced::CANNOT_KNOW.to_vec()
        };
        let map = CardMap {
            flash,
            announced,
            cannot_know,
        };
        let outcome = match (self.format, &map.flash) {
            (Format::Text, _) => Outcome::new("card map", &map),
            (Format::Svg, Some(flash)) => Outcome::text("card map", flash.picture()),
            (Format::Svg, None) => {
                let message = "a card in a reader does not show its flash, so there is no picture of it";
                let remedy = "Leave --format away, or name a simulated card with --card FILE.";
                return Err(Failure::usage(STEP, message, remedy));
            }
        };
        write_result(outcome, self.output.as_deref(), context)
    }
}

impl Show for CardMap {
    fn show(&self, page: &mut Page) {
        if let Some(flash) = &self.flash {
            flash.show(page);
        }
        self.announced.show(page);
        for what in &self.cannot_know {
            page.field("the card does not tell", *what);
        }
    }
}
