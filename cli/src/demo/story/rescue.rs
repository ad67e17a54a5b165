//! Who is gone, and who winds up: a provider's successor deletes, an issuer's successor registers.

use apdu_spec::certificate::{KeyOrigin, Policy};
use apdu_spec::command::Command;
use apdu_spec::object::{FLAG_RESCUE, Mode, Operation};
use parties::crypto::random;
use parties::issuer::Takeover;
use parties::office::Manner;

use super::Aftermath;
use crate::demo::parties_at_work::Town;
use crate::demo::report::Report;
use crate::demo::stage::Stage;
use crate::demo::table::{self, Deed, Table};
use crate::scene::actor::Actor;
use crate::scene::registry::{Registry, Trade};
use crate::scene::steps::{self, done};
use crate::scene::world::World;
use crate::scene::{Result, granted, wares};

/// Tells what becomes of card A in the end.
pub(super) fn tell(
    stage: &mut dyn Stage,
    table: &mut Table,
    world: &World,
    town: &Town,
    aftermath: &Aftermath,
    report: &mut Report,
) -> Result<()> {
    provider(stage, table, world, town, aftermath, report)?;
    let [issuers, _] = &world.issuer_registrars;
    report.chapter("A12. The issuer releases the card to another issuer");
    let (data_root, policy) = (aftermath.data_registrar.anchor(), table::policy(table.rc())?);
    let to = world.second_issuer.identity()?;
    let release = granted(table.issuer.release(table.rc(), &to, table.today)?.decision)?;
    take_over(
        stage,
        table,
        town,
        (&world.second_issuer, issuers),
        (Some(&release), policy),
        report,
    )?;
    report.say("The old issuer's release names this card and the new issuer; the holder consents.");

    report.chapter(
        "A13. That issuer is gone: its successor registers the card, first as such, then as its own",
    );
    let succession = Trade::SuccessorIssuer(to.name, vec![data_root]);
    let successor = issuers.certify("ZZRESCUE", &succession, &issuers.terms())?;
    let nothing_but = Policy::NONE.with(Mode::Registration);
    take_over(
        stage,
        table,
        town,
        (&successor, issuers),
        (None, nothing_but),
        report,
    )?;
    let rescued = steps::read_receipt(table.receipts.last().map(Vec::as_slice).unwrap_or_default())?;
    report.check(
        "the receipt tells that a successor took part",
        rescued.flags & FLAG_RESCUE != 0,
    );
    let ordinary = issuers.certify("ZZRESCUE", &Trade::Issuer(vec![data_root]), &issuers.terms())?;
    table.issuer = town.issuer(&ordinary, issuers)?;
    let terms = table::terms(policy, KeyOrigin::Card, data_root, table.today);
    let rc = table::certificate(stage, &table.issuer, &terms, table.today)?;
    steps::consent(stage)?;
    let registered = steps::register_with(stage, ordinary.certificate(), &rc, None)?;
    report.done(1, "registration");
    table.renewed(rc, ordinary.certificate());
    table.accept(stage, registered.receipt, None, report)?;
    report.say("A successor's certificate registers and nothing else; storing goes on with an ordinary one:");
    let [prefix, _] = &world.prefixes;
    let ware = wares::notes(World::aid(prefix, &[0x02])?, 1, 200)?;
    let deed = Deed {
        mode: Mode::ViaIssuer,
        operation: Operation::Store,
        ware: &ware,
        provider: 0,
        manner: Manner::Signature,
    };
    table.carry_out(stage, &deed, report)?;
    Ok(())
}

/// The second provider is gone: its successor deletes what it left.
fn provider(
    stage: &mut dyn Stage,
    table: &mut Table,
    world: &World,
    town: &Town,
    aftermath: &Aftermath,
    report: &mut Report,
) -> Result<()> {
    report.chapter("A11. The second provider is gone: its successor deletes what it left");
    let (registrar, gone) = (&aftermath.data_registrar, world.second_provider.identity()?);
    let heir = registrar.certify("ZZHEIR", &Trade::SuccessorProvider(gone.name), &registrar.terms())?;
    let [data, _] = &world.data_registrars;
    table.providers.push(town.provider(&heir, data)?);
    let [_, prefix] = &world.prefixes;
    let ware = wares::notes(World::aid(prefix, &[0x01])?, 1, 900)?;
    let deed = Deed {
        mode: Mode::ViaIssuer,
        operation: Operation::Delete,
        ware: &ware,
        provider: table.providers.len() - 1,
        manner: Manner::Signature,
    };
    let mut sdi = table.sdi(&deed)?;
    sdi.provider = gone;
    let receipt = table.carry_out_as(stage, &deed, &sdi, report)?;
    report.say(
        "The data registrar certified a successor, who may delete and nothing else, with issuer and holder.",
    );
    report.check(
        "the receipt tells that a successor took part",
        receipt.flags & FLAG_RESCUE != 0,
    );
    table.providers.pop();
    Ok(())
}

/// Another issuer registers the card.
fn take_over(
    stage: &mut dyn Stage,
    table: &mut Table,
    town: &Town,
    (issuer, registrar): (&Actor, &Registry),
    (release, policy): (Option<&[u8]>, Policy),
    report: &mut Report,
) -> Result<()> {
    let office = town.issuer(issuer, registrar)?;
    let nonce = random::<16>()?;
    let request = done(
        stage,
        "request registration",
        &Command::RequestRegistration { nonce },
    )?;
    let data_root = table::data_root(table.rc())?;
    let terms = table::terms(policy, KeyOrigin::Card, data_root, table.today);
    let (certificate, issuer_certificate) = table.cards.last().cloned().unwrap_or_default();
    let takeover = Takeover {
        certificate: &certificate,
        issuer_certificate: &issuer_certificate,
        release,
    };
    let rc = granted(
        office
            .take_over(&request, &nonce, &terms, &takeover, table.today)?
            .decision,
    )?;
    table.issuer = office;
    steps::consent(stage)?;
    let registered = steps::register_with(stage, issuer.certificate(), &rc, release)?;
    report.done(1, "registration");
    table.renewed(rc, issuer.certificate());
    table.accept(stage, registered.receipt, None, report)?;
    Ok(())
}
