//! What a byte of payload costs in flash.

use std::fs;

use simulator::flash::{Counts, MemoryFlash};
use symbolon::scene::steps;

use super::Result;
use super::report::{Better, Report};
use super::scene::{self, Card, PIECE, Scene};

/// Updates that are counted: the log goes around its flash several times.
const UPDATES: usize = 20_000;

/// Bytes programmed for each byte of UPDATE BINARY, and for each byte of a stored package.
///
/// # Errors
/// When card or parties refuse.
pub fn measure(scene: &Scene, report: &mut Report) -> Result<()> {
    let mut card = scene.card()?;
    for command in scene::select_open_file()? {
        scene::done(&mut card, &command)?;
    }
    let before = counts(&mut card)?;
    for command in scene::updates(1024)?.iter().cycle().take(UPDATES) {
        scene::done(&mut card, command)?;
    }
    let after = counts(&mut card)?;
    let updates = as_f64(u64::try_from(UPDATES)?)?;
    let payload = updates * f64::from(PIECE);
    let written = as_f64(after.programmed_bytes - before.programmed_bytes)?;
    report.plain(
        "flash.bytes_written_per_payload_byte",
        written / payload,
        "B/B",
        Better::Lower,
    );
    let erases = as_f64(after.erases - before.erases)?;
    report.plain(
        "flash.erases_per_1000_updates",
        erases * 1000.0 / updates,
        "1",
        Better::Lower,
    );
    let programs = as_f64(after.programs - before.programs)?;
    report.plain(
        "flash.programs_per_update",
        programs / updates,
        "1",
        Better::Lower,
    );

    let mut card = scene.personalised()?;
    let registered = {
        let mut chip = scene::chip(&mut card);
        let registered = steps::register(&mut chip, &scene.parties)?;
        steps::change_pins(&mut chip)?;
        registered
    };
    let before = counts(&mut card)?;
    let (parties, ware) = (&scene.parties, &scene.ware);
    steps::store(
        &mut scene::chip(&mut card),
        parties,
        &registered.certificate,
        ware,
        &scene.storing()?,
    )?;
    let written = as_f64(counts(&mut card)?.programmed_bytes - before.programmed_bytes)?;
    let package = as_f64(u64::try_from(ware.package().bytes().len())?)?;
    report.plain(
        "flash.store.bytes_written_per_package_byte",
        written / package,
        "B/B",
        Better::Lower,
    );
    Ok(())
}

fn counts(card: &mut Card) -> Result<Counts> {
    card.with_flash(MemoryFlash::counts)
        .ok_or_else(|| "the card is lost".into())
}

fn as_f64(count: u64) -> Result<f64> {
    Ok(f64::from(u32::try_from(count)?))
}

/// Writes the card of a scene to a file, for a process that serves it.
///
/// # Errors
/// When the file cannot be written.
pub fn write_image(scene: &Scene, path: &std::path::Path) -> Result<()> {
    let image = scene.card()?.snapshot().ok_or("the card is lost")?;
    Ok(fs::write(path, image)?)
}
