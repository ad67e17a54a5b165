//! Card B: its provider may act alone, and needs no consent for a request once it has shown that it is there.

use apdu_spec::certificate::{KeyOrigin, Policy};
use apdu_spec::object::{Consent, Mode, Operation};
use parties::office::Manner;

use crate::demo::attacks::{self, Ground};
use crate::demo::parties_at_work::Town;
use crate::demo::report::Report;
use crate::demo::stage::Stage;
use crate::demo::table::{self, Deed, Table};
use crate::scene::Result;
use crate::scene::steps::{self, Blank};
use crate::scene::wares::{self, Ware};
use crate::scene::world::World;

/// Tells card B's part.
pub(super) fn tell(stage: &mut dyn Stage, world: &World, town: &Town, report: &mut Report) -> Result<()> {
    let mut table = issue(stage, world, town, report)?;
    let [prefix, _] = &world.prefixes;
    let aid = World::aid(prefix, &[0x42])?;
    alone(stage, &mut table, &wares::notes(aid, 1, 700)?, report)?;
    certified(stage, &mut table, &wares::notes(aid, 2, 700)?, report)?;
    let present = wares::notes(aid, 3, 700)?;
    replace(stage, &mut table, &present, report)?;
    let [_, data] = &world.data_registrars;
    let ground = Ground {
        world,
        issuer: &world.second_issuer_elsewhere,
        provider: &world.provider_elsewhere,
        rc: table.rc(),
        older: table.rc(),
        policy: table::policy(table.rc())?,
        data_registrar: data,
        present: &present,
    };
    attacks::on_alone_card(stage, &ground, report)?;
    table.compare(stage, report)?;
    table.prove(stage, town.roots(), report)
}

fn issue(stage: &mut dyn Stage, world: &World, town: &Town, report: &mut Report) -> Result<Table> {
    report.chapter("B1. Card B: another issuer, other registrars, another policy");
    let [_, issuers] = &world.issuer_registrars;
    let [_, data] = &world.data_registrars;
    let blank = Blank {
        roots: (issuers.root(), data.root()),
        key: None,
        unblocking: false,
    };
    blank.personalise(stage)?;
    let irc = &world.second_issuer_elsewhere;
    let issuer = town.issuer(irc, issuers)?;
    let policy = Policy::NONE
        .with(Mode::Registration)
        .with(Mode::ViaIssuer)
        .with(Mode::ProviderAlone)
        .with(Mode::CertifiedData)
        .with_consent_waived();
    let terms = table::terms(policy, KeyOrigin::Card, data.anchor(), world.today);
    let rc = table::certificate(stage, &issuer, &terms, world.today)?;
    report.done(5, "registration");
    let registered = steps::register_with(stage, irc.certificate(), &rc, None)?;
    report.done(1, "registration");
    report.say("Its policy: via the issuer, the provider alone, certified data; authenticated parties open requests.");
    let [first_data, _] = &world.data_registrars;
    let mut table = Table {
        issuer,
        providers: vec![town.provider(&world.provider_elsewhere, data)?],
        certifier: town.certifier(&world.certifier, first_data)?,
        card: table::named(&rc)?,
        cards: vec![(rc, irc.certificate().to_vec())],
        receipts: Vec::new(),
        today: world.today,
    };
    table.accept(stage, registered.receipt, None, report)?;
    steps::change_pins(stage)?;
    Ok(table)
}

const fn deed(mode: Mode, operation: Operation, ware: &Ware) -> Deed<'_> {
    Deed {
        mode,
        operation,
        ware,
        provider: 0,
        manner: Manner::Signature,
    }
}

/// The provider shows that it is there, opens the request without the holder, and authorizes alone.
fn alone(stage: &mut dyn Stage, table: &mut Table, ware: &Ware, report: &mut Report) -> Result<()> {
    report.chapter("B2. The provider stores alone, and is there itself (mode 4)");
    let deed = deed(Mode::ProviderAlone, Operation::Store, ware);
    let sdi = table.sdi(&deed)?;
    let provider = table
        .providers
        .first()
        .ok_or_else(|| crate::scene::coding("provider"))?;
    provider.add_package(ware.package(), table.today)?;
    steps::verify_certificate(stage, provider.provider().certificate().encoded())?;
    let challenge = steps::challenge(stage)?;
    let answer = provider.authenticate(&table.card, &challenge)?;
    let command = apdu_spec::command::Command::ExternalAuthenticate {
        authentication: &answer,
    };
    steps::done(stage, "authenticate", &command)?;
    report.say(
        "The provider answers the card's challenge; so the card opens a request for it without the holder.",
    );
    let request = steps::open_in(stage, deed.mode, &sdi)?;
    report.check(
        "the request tells that the holder was not asked",
        steps::read_request(&request)?.consent == Consent::None,
    );
    let evidence = table.agree(&request, &deed)?;
    evidence.give(stage)?;
    let receipt = steps::carry_out(stage, Operation::Store, ware, evidence.number)?;
    report.done(4, "store");
    table.accept(stage, receipt, Some(0), report)?;
    Ok(())
}

fn certified(stage: &mut dyn Stage, table: &mut Table, ware: &Ware, report: &mut Report) -> Result<()> {
    report.chapter("B3. The holder takes a version that the provider certified for everybody (mode 6)");
    table.carry_out(
        stage,
        &deed(Mode::CertifiedData, Operation::Replace, ware),
        report,
    )?;
    report.say(
        "The provider signed the data once, for every card, and is asked nothing now. The holder always is.",
    );
    Ok(())
}

fn replace(stage: &mut dyn Stage, table: &mut Table, ware: &Ware, report: &mut Report) -> Result<()> {
    report.chapter("B4. The same application once more, via the issuer (mode 2)");
    table.carry_out(stage, &deed(Mode::ViaIssuer, Operation::Replace, ware), report)?;
    report.say("Whichever way a version comes, it is above the one before.");
    Ok(())
}
