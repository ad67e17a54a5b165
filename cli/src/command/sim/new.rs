//! `symbolon sim new`

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;
use simulator::flash::{FileErrorKind, PAGE_SIZE};
use simulator::{Randomness, card::DEFAULT_PAGES, image};

use crate::card::{CardArguments, image_failure};
use crate::context::Context;
use crate::failure::{Failure, Result};
use crate::output::{Outcome, Show};
use crate::page::Page;

const STEP: &str = "make a card";

/// Make a new card in a file
///
/// The file is the card: its flash memory, byte for byte. The card has a serial number and nothing else yet; an issuer
/// personalizes it next ("symbolon issuer personalize").
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  symbolon sim new card.img")]
pub struct New {
    /// File to make; it must not exist yet
    pub file: PathBuf,
}

#[derive(Serialize)]
struct NewCard {
    file: String,
    size: usize,
    serial_number: Option<String>,
}

impl New {
    /// Does it.
    ///
    /// # Errors
    /// When the file exists or cannot be written.
    pub fn run(self, context: &Context) -> Result<Outcome> {
        let file = self.file.display().to_string();
        let size = DEFAULT_PAGES * PAGE_SIZE;
        if context.dry_run {
            if self.file.exists() {
                return Err(Failure::usage(
                    STEP,
                    format!("{file} exists"),
                    "Choose another name.",
                ));
            }
            return Ok(Outcome::new(
                "sim new",
                &NewCard {
                    file,
                    size,
                    serial_number: None,
                },
            ));
        }
        let made = image::create(&self.file, Randomness::System);
        drop(made.map_err(|error| match &error.kind {
            // No card is missing here, but the folder for it.
            FileErrorKind::Io(source) if source.kind() == std::io::ErrorKind::NotFound => {
                Failure::usage(STEP, error.to_string(), "Name a file in a folder that exists.")
            }
            _ => image_failure(STEP, &error),
        })?);
        let arguments = CardArguments {
            card: Some(self.file),
            ..CardArguments::default()
        };
        let status = arguments.open(context)?.begin()?.status()?;
        let serial_number = Some(hex::encode_upper(status.serial_number));
        Ok(Outcome::new(
            "sim new",
            &NewCard {
                file,
                size,
                serial_number,
            },
        ))
    }
}

impl Show for NewCard {
    fn show(&self, page: &mut Page) {
        page.done(format!("{} is a new card.", self.file));
        page.optional("serial number", self.serial_number.as_deref());
        page.field("memory", format!("{} bytes", self.size));
    }
}
