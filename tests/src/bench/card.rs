//! Single commands of a card in this process, over flash in memory.

use apdu_spec::command::{Command, SelectTarget};
use applet::crypto::{Crypto, CryptoError, PrivateKey};
use applet::rustcrypto::RustCrypto;
use simulator::image;
use simulator::platform::CardFlash;
use simulator::{Randomness, SimulatedCard};
use symbolon::scene::steps;

use super::report::{Better, Report};
use super::scene::{self, Card, Scene};
use super::{Effort, Numbers, Result, flash};

/// Commands made before the clock starts.
const PREPARED: usize = 1024;
/// File id of the first of many files.
const FIRST_FILE: u16 = 0x1000;

/// READ BINARY, UPDATE BINARY, SELECT, the card's back end alone (where the design's goal for a signature is: the card
/// verifies what it signs, which is no back end's time), and a command that signs.
///
/// # Errors
/// When the card refuses.
pub fn measure(effort: Effort, scene: &Scene, report: &mut Report) -> Result<()> {
    let mut card = scene.card()?;
    let read = repeat(
        effort,
        &mut card,
        &scene::select_application()?,
        &scene::reads(PREPARED)?,
    )?;
    report.goal(
        "sim.read_binary_200.per_second",
        read.recip(),
        "1/s",
        1e6,
        Better::Higher,
    );
    let update = repeat(
        effort,
        &mut card,
        &scene::select_open_file()?,
        &scene::updates(PREPARED)?,
    )?;
    report.goal(
        "sim.update_binary_200.per_second",
        update.recip(),
        "1/s",
        1e5,
        Better::Higher,
    );
    let folder = tempfile::tempdir()?;
    let image = folder.path().join("card.img");
    flash::write_image(scene, &image)?;
    let mut in_file = image::open(&image, Randomness::System)?;
    let update = repeat(
        effort,
        &mut in_file,
        &scene::select_open_file()?,
        &scene::updates(PREPARED)?,
    )?;
    report.plain(
        "sim.update_binary_200_in_file.per_second",
        update.recip(),
        "1/s",
        Better::Higher,
    );
    let (few, many) = (select_among(effort, 10)?, select_among(effort, 1000)?);
    report.plain("sim.select_10_files.nanoseconds", few * 1e9, "ns", Better::Lower);
    // The design's goal is a ratio: at most twice the cost.
    report.goal(
        "sim.select_1000_files.nanoseconds",
        many * 1e9,
        "ns",
        2.0 * few * 1e9,
        Better::Lower,
    );
    crowded(effort, report)?;
    let (key, digest) = (PrivateKey([0x42; 32]), [0x17; 32]);
    let refused = |_| "the back end refused";
    let sign =
        effort.seconds_each(|| Ok(RustCrypto.p256_sign(&key, &digest).map(drop).map_err(refused)?))?;
    report.goal(
        "sim.sign_p256.microseconds",
        sign * 1e6,
        "us",
        80.0,
        Better::Lower,
    );
    let (point, signature) = key_and_signature(&key, &digest).map_err(refused)?;
    let verify = effort.seconds_each(|| {
        Ok(RustCrypto
            .p256_verify(&point, &digest, &signature)
            .map_err(refused)?)
    })?;
    report.plain("sim.verify_p256.microseconds", verify * 1e6, "us", Better::Lower);
    let mut card = scene.personalised()?;
    let command = effort.seconds_each(|| signing_command(&mut card))?;
    report.plain(
        "sim.signing_command.microseconds",
        command * 1e6,
        "us",
        Better::Lower,
    );
    Ok(())
}

/// The same on a card with a thousand files of mixed kinds, and records. The design has the same goals for them.
fn crowded(effort: Effort, report: &mut Report) -> Result<()> {
    let mut card = scene::crowded(FIRST_FILE, 1000 - 3)?;
    let mut each = |name: &str, file, commands: Vec<Vec<u8>>, goal| {
        let seconds = repeat(effort, &mut card, &scene::select_file(file)?, &commands)?;
        report.goal(name, seconds.recip(), "1/s", goal, Better::Higher);
        Ok::<_, Box<dyn std::error::Error>>(())
    };
    let (open, records, cyclic) = (scene::OPEN_FILE, scene::RECORD_FILE, scene::CYCLIC_FILE);
    each(
        "sim.1000_files.read_binary_200.per_second",
        open,
        scene::reads(PREPARED)?,
        1e6,
    )?;
    each(
        "sim.1000_files.update_binary_200.per_second",
        open,
        scene::updates(PREPARED)?,
        1e5,
    )?;
    each(
        "sim.1000_files.read_record_32.per_second",
        records,
        scene::record_reads(PREPARED)?,
        1e6,
    )?;
    each(
        "sim.1000_files.append_record_32.per_second",
        cyclic,
        scene::record_appends(PREPARED)?,
        1e5,
    )?;
    let bytes = card.snapshot().ok_or("the card is lost")?;
    let first = scene::select_file(open)?;
    let mount = effort.seconds_each(|| {
        let mut card = Card::from_snapshot(bytes.clone(), Randomness::System);
        first
            .iter()
            .try_for_each(|command| scene::done(&mut card, command).map(drop))
    })?;
    report.plain(
        "sim.1000_files.mount.microseconds",
        mount * 1e6,
        "us",
        Better::Lower,
    );
    Ok(())
}

/// Seconds that one of `commands` takes, one after the other, after `prepare`.
fn repeat<F: CardFlash>(
    effort: Effort,
    card: &mut SimulatedCard<F>,
    prepare: &[Vec<u8>],
    commands: &[Vec<u8>],
) -> Result<f64> {
    for command in prepare {
        scene::done(card, command)?;
    }
    let mut next = commands.iter().cycle();
    effort.seconds_each(|| match next.next() {
        Some(command) => scene::done(card, command).map(drop),
        None => Ok(()),
    })
}

/// Seconds that SELECT by file id takes, in random order, on a card with `count` files.
fn select_among(effort: Effort, count: u16) -> Result<f64> {
    let mut card = scene::blank();
    let mut chip = scene::chip(&mut card);
    scene::create_mixed(&mut chip, FIRST_FILE, count)?;
    drop(chip);
    let mut numbers = Numbers::new(3);
    let select = |id| scene::select(SelectTarget::ChildEf(id));
    let commands: Result<Vec<_>> = (0..PREPARED)
        .map(|_| select(FIRST_FILE + numbers.below(count)))
        .collect();
    repeat(
        effort,
        &mut card,
        &[scene::select(SelectTarget::MasterFile)?],
        &commands?,
    )
}

fn key_and_signature(
    key: &PrivateKey,
    digest: &[u8; 32],
) -> std::result::Result<([u8; 65], [u8; 64]), CryptoError> {
    Ok((RustCrypto.p256_public(key)?, RustCrypto.p256_sign(key, digest)?))
}

/// A registration request: the shortest command that the card signs something for. Includes that the card reads its key
/// with checksum, verifies its own signature and encodes the request.
fn signing_command(card: &mut Card) -> Result<()> {
    let command = Command::RequestRegistration { nonce: [0x17; 16] };
    scene::done(card, &steps::encode(&command)?).map(drop)
}
