//! Whole cards: from erased flash, or from a personalised card, to a stored package.

use std::time::Instant;

use symbolon::scene::steps;

use super::report::{Better, Report};
use super::scene::{self, Card, Scene};
use super::{CoreClock, Effort, Result, median};

/// Cards of a round.
const CARDS: u32 = 100;
/// What the life of a card is made of after it was personalised.
const STEPS: [&str; 5] = ["register", "change_pins", "request_and_sign", "authorize", "load"];

/// Cards a second on one core. Parties and package are made once; everything of a card is new.
///
/// # Errors
/// When card or parties refuse.
pub fn measure(effort: Effort, scene: &Scene, report: &mut Report) -> Result<()> {
    let (mut rates, mut from_erased) = (Vec::new(), Vec::new());
    let mut times = [const { Vec::new() }; STEPS.len()];
    for _ in 0..effort.rounds {
        let whole = CoreClock::start();
        let cards: Result<Vec<Card>> = (0..CARDS).map(|_| scene.personalised()).collect();
        let mut cards = cards?;
        let clock = CoreClock::start();
        for card in &mut cards {
            for (times, seconds) in times.iter_mut().zip(register_and_store(scene, card)?) {
                times.push(seconds);
            }
        }
        rates.push(f64::from(CARDS) / clock.seconds());
        from_erased.push(f64::from(CARDS) / whole.seconds());
    }
    report.goal(
        "sim.cards_per_second_per_core",
        median(rates),
        "1/s",
        300.0,
        Better::Higher,
    );
    report.plain(
        "sim.cards_from_erased_flash_per_second",
        median(from_erased),
        "1/s",
        Better::Higher,
    );
    for (name, times) in STEPS.iter().zip(times) {
        report.plain(
            &format!("sim.card.{name}.microseconds"),
            median(times) * 1e6,
            "us",
            Better::Lower,
        );
    }
    Ok(())
}

/// Seconds that each of [`STEPS`] takes.
fn register_and_store(scene: &Scene, card: &mut Card) -> Result<[f64; STEPS.len()]> {
    let Scene { parties, ware } = scene;
    let mut chip = scene::chip(card);
    let start = Instant::now();
    let registered = steps::register(&mut chip, parties)?;
    let register = start.elapsed();
    steps::change_pins(&mut chip)?;
    let change = start.elapsed();
    steps::consent(&mut chip)?;
    let request = steps::open(&mut chip, &scene.storing()?)?;
    let signatures = steps::sign(parties, &request, &registered.certificate, ware)?;
    let sign = start.elapsed();
    steps::authorize(&mut chip, parties, &signatures)?;
    let authorize = start.elapsed();
    steps::load(&mut chip, ware, 0, signatures.number)?;
    let load = start.elapsed();
    let parts = [
        register,
        change - register,
        sign - change,
        authorize - sign,
        load - authorize,
    ];
    Ok(parts.map(|part| part.as_secs_f64()))
}
