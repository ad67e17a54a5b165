//! Whole cards: from erased flash, or from a personalised card, to a stored package.

use std::time::Instant;

use symbolon::scene::steps;

use super::report::{Better, Report};
use super::scene::{self, Card, Scene};
use super::{Effort, Result, median};

/// Cards a second on one core. Parties and package are made once; everything of a card is new.
///
/// # Errors
/// When card or parties refuse.
pub fn measure(effort: Effort, scene: &Scene, report: &mut Report) -> Result<()> {
    let (mut rates, mut from_blank, mut parts) = (Vec::new(), Vec::new(), [const { Vec::new() }; PARTS.len()]);
    for _ in 0..effort.rounds {
        let start = Instant::now();
        let (mut cards, mut personalising) = (0_u32, 0.0);
        // A longer round than others': a card takes milliseconds.
        while start.elapsed() < effort.round * 2 {
            let times = one_card(scene)?;
            cards += 1;
            personalising += times.first().copied().unwrap_or_default();
            for (part, time) in parts.iter_mut().zip(times) {
                part.push(time);
            }
        }
        let all = start.elapsed().as_secs_f64();
        rates.push(f64::from(cards) / (all - personalising));
        from_blank.push(f64::from(cards) / all);
    }
    report.goal("sim.cards_per_second_per_core", median(rates), "1/s", 300.0, Better::Higher);
    report.plain("sim.cards_from_erased_flash_per_second", median(from_blank), "1/s", Better::Higher);
    for (name, times) in PARTS.iter().zip(parts) {
        report.plain(&format!("sim.card.{name}.microseconds"), median(times) * 1e6, "us", Better::Lower);
    }
    Ok(())
}

/// What the life of a card is made of; the first part is not in the rate the design sets a goal for.
const PARTS: [&str; 6] = ["personalise", "register", "change_pins", "request_and_sign", "authorize", "load"];

fn one_card(scene: &Scene) -> Result<[f64; PARTS.len()]> {
    let mut times = [0.0; PARTS.len()];
    let mut slots = times.iter_mut();
    let mut last = Instant::now();
    let mut mark = || {
        if let Some(slot) = slots.next() {
            *slot = last.elapsed().as_secs_f64();
        }
        last = Instant::now();
    };
    let Scene { parties, ware } = scene;
    let mut card: Card = scene::blank();
    let mut chip = scene::chip(&mut card);
    steps::personalise(&mut chip, parties)?;
    mark();
    let registered = steps::register(&mut chip, parties)?;
    mark();
    steps::change_pins(&mut chip)?;
    mark();
    steps::consent(&mut chip)?;
    let request = steps::open(&mut chip, &scene.storing()?)?;
    let signatures = steps::sign(parties, &request, &registered.certificate, ware)?;
    mark();
    steps::authorize(&mut chip, parties, &signatures)?;
    mark();
    steps::load(&mut chip, ware, 0, signatures.number)?;
    mark();
    Ok(times)
}
