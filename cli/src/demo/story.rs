//! The story: three cards, one after the other, and everybody who has to do with them.
//!
//! What belongs here: who takes part, and the order. How each card fares is told in the modules below.

mod alone;
mod certified;
mod joint;
mod rescue;
mod upkeep;

use std::fs;
use std::path::Path;

use apdu_spec::aid::Aid;
use parties::package::Package;

use super::parties_at_work::Town;
use super::report::Report;
use super::stage::Stage;
use crate::scene::actor::Actor;
use crate::scene::registry::Registry;
use crate::scene::wares::Ware;
use crate::scene::world::World;
use crate::scene::{Cast, Result, coding};

/// The first provider's application, and its prefix: F0 (proprietary), then "NOTES".
const NOTES: [u8; 6] = [0xF0, b'N', b'O', b'T', b'E', b'S'];
/// The second provider's prefix.
const VAULT: [u8; 6] = [0xF0, b'V', b'A', b'U', b'L', b'T'];

/// What the first card's part leaves behind for the others.
struct Aftermath {
    /// The first data registrar, which has a new key.
    data_registrar: Registry,
    /// The first provider, which has a new key too.
    provider: Actor,
}

/// Tells the whole story.
pub(super) fn tell(stage: &mut dyn Stage, folder: &Path, report: &mut Report) -> Result<()> {
    let prefix = Aid::new(&NOTES).ok_or_else(|| coding("AID"))?;
    let second = Aid::new(&VAULT).ok_or_else(|| coding("AID"))?;
    let cast = Cast {
        prefix,
        ..Cast::standard()?
    };
    let world = World::new(&cast, second)?;
    let [issuers, issuers_too] = &world.issuer_registrars;
    let [data, data_too] = &world.data_registrars;
    let mut town = Town::new(folder, &[issuers, issuers_too, data, data_too])?;
    introduce(stage, report);
    let aftermath = joint::tell(stage, folder, &world, &mut town, report)?;
    next(stage, "B", report)?;
    alone::tell(stage, &world, &town, report)?;
    next(stage, "C", report)?;
    certified::tell(stage, &world, &town, &aftermath, report)
}

fn next(stage: &mut dyn Stage, name: &'static str, report: &mut Report) -> Result<()> {
    stage.next()?;
    report.card(name);
    Ok(())
}

fn introduce(stage: &dyn Stage, report: &Report) {
    report.chapter("symbolon: a smart card whose content changes only when everyone concerned agrees");
    report.say(format!(
        "There are three cards, A, B and C, each {}.",
        stage.place()
    ));
    report.say(
        "ZZISSREG and ZZISSRE2 vouch for issuers, ZZDATREG and ZZDATRE2 for providers and data certifiers.",
    );
    report.say("ZZISSUER and ZZISSUE2 issue cards. ZZPROVID and ZZPROVI2 provide applications. ZZCERTIF certifies data.");
    report.say(
        "Each has a key, a database and a policy of its own, and knows the others through registrars only.",
    );
}

/// Builds one of our packages from its TOML, as a provider would.
fn build(folder: &Path, name: &str, report: &Report) -> Result<Ware> {
    const SOURCES: [(&str, &str); 4] = [
        ("notes.toml", include_str!("../../../packages/notes.toml")),
        ("notes-2.toml", include_str!("../../../packages/notes-2.toml")),
        (
            "notes/guide-1.txt",
            include_str!("../../../packages/notes/guide-1.txt"),
        ),
        (
            "notes/guide-2.txt",
            include_str!("../../../packages/notes/guide-2.txt"),
        ),
    ];
    let fail = |error: std::io::Error| crate::scene::SceneError::Coding(error.to_string());
    fs::create_dir_all(folder.join("notes")).map_err(fail)?;
    for (file, source) in SOURCES {
        fs::write(folder.join(file), source).map_err(fail)?;
    }
    let package = Package::build_file(&folder.join(name))?;
    report.say(format!(
        "{name} becomes a package: {} version {}, {} bytes in {} blocks.",
        package.aid(),
        package.version(),
        package.bytes().len(),
        package.blocks().len()
    ));
    Ok(Ware::from(package))
}

/// What a file says, as text.
fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim_end_matches('\0').to_string()
}
