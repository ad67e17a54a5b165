//! Card C: its issuer made its key, and a data certifier stands for what is stored.

use apdu_spec::certificate::{KeyOrigin, Policy};
use apdu_spec::object::{FLAG_KEY_MADE_BY_ISSUER, Mode, Operation};
use parties::office::Manner;
use parties::personalisation::RegistrationKey;

use super::Aftermath;
use crate::demo::attacks::{self, Ground};
use crate::demo::parties_at_work::Town;
use crate::demo::report::Report;
use crate::demo::stage::Stage;
use crate::demo::table::{self, Deed, Table};
use crate::scene::Result;
use crate::scene::steps::{self, Blank};
use crate::scene::wares::{self, Ware};
use crate::scene::world::World;

/// Tells card C's part.
pub(super) fn tell(
    stage: &mut dyn Stage,
    world: &World,
    town: &Town,
    aftermath: &Aftermath,
    report: &mut Report,
) -> Result<()> {
    let mut table = issue(stage, world, town, aftermath, report)?;
    let [prefix, _] = &world.prefixes;
    let aid = World::aid(prefix, &[0x43])?;
    report.chapter("C2. Data that the provider signed and a data certifier countersigned (mode 7)");
    carry_out(
        stage,
        &mut table,
        Mode::RegistrarCertified,
        Operation::Store,
        &wares::notes(aid, 1, 700)?,
        report,
    )?;
    report.say("The certifier has looked at the package for the data registrar; a certifier alone puts nothing on a card.");
    report.chapter("C3. The other modes of this card: 6, 3 and 2");
    carry_out(
        stage,
        &mut table,
        Mode::CertifiedData,
        Operation::Replace,
        &wares::notes(aid, 2, 700)?,
        report,
    )?;
    let present = wares::notes(aid, 3, 700)?;
    carry_out(
        stage,
        &mut table,
        Mode::ViaProvider,
        Operation::Replace,
        &present,
        report,
    )?;
    let other = wares::notes(World::aid(prefix, &[0x44])?, 1, 100)?;
    carry_out(
        stage,
        &mut table,
        Mode::ViaIssuer,
        Operation::Store,
        &other,
        report,
    )?;
    carry_out(
        stage,
        &mut table,
        Mode::ViaIssuer,
        Operation::Delete,
        &other,
        report,
    )?;
    let ground = Ground {
        world,
        issuer: &world.issuer,
        provider: &aftermath.provider,
        rc: table.rc(),
        older: table.rc(),
        policy: table::policy(table.rc())?,
        data_registrar: &aftermath.data_registrar,
        present: &present,
    };
    attacks::on_certified_card(stage, &ground, report)?;
    table.compare(stage, report)?;
    table.prove(stage, town.roots(), report)
}

fn carry_out(
    stage: &mut dyn Stage,
    table: &mut Table,
    mode: Mode,
    operation: Operation,
    ware: &Ware,
    report: &mut Report,
) -> Result<()> {
    let deed = Deed {
        mode,
        operation,
        ware,
        provider: 0,
        manner: Manner::Signature,
    };
    table.carry_out(stage, &deed, report).map(drop)
}

fn issue(
    stage: &mut dyn Stage,
    world: &World,
    town: &Town,
    aftermath: &Aftermath,
    report: &mut Report,
) -> Result<Table> {
    report.chapter("C1. Card C: the issuer makes the card's key");
    let [issuers, _] = &world.issuer_registrars;
    let data = &aftermath.data_registrar;
    let key = RegistrationKey::generate()?;
    let blank = Blank {
        roots: (issuers.root(), data.root()),
        key: Some(key.scalar()),
        unblocking: true,
    };
    blank.personalise(stage)?;
    // The issuer forgets it.
    drop(key);
    steps::verify_certificate(stage, data.newest())?;
    report.say("It is made after the data registrar's roll-over: it gets the first root, and the link to the second.");
    let issuer = town.issuer(&world.issuer, issuers)?;
    let policy = Policy::NONE
        .with(Mode::Registration)
        .with(Mode::ViaIssuer)
        .with(Mode::ViaProvider)
        .with(Mode::CertifiedData)
        .with(Mode::RegistrarCertified);
    let terms = table::terms(policy, KeyOrigin::Issuer, data.anchor(), world.today);
    let rc = table::certificate(stage, &issuer, &terms, world.today)?;
    report.done(5, "registration");
    let registered = steps::register_with(stage, world.issuer.certificate(), &rc, None)?;
    report.done(1, "registration");
    let mut table = Table {
        issuer,
        providers: vec![town.provider(&aftermath.provider, data)?],
        certifier: town.certifier(&world.certifier, data)?,
        card: table::named(&rc)?,
        cards: vec![(rc, world.issuer.certificate().to_vec())],
        receipts: Vec::new(),
        today: world.today,
    };
    let receipt = table.accept(stage, registered.receipt, None, report)?;
    report.check(
        "its receipts tell that the issuer made the key and could have signed them too",
        receipt.flags & FLAG_KEY_MADE_BY_ISSUER != 0,
    );
    steps::change_pins(stage)?;
    Ok(table)
}
