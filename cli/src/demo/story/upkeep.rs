//! What happens to a card in the course of years: its issuer certifies it anew, registrars and providers get new keys.

use apdu_spec::certificate::{KeyOrigin, Policy};
use apdu_spec::object::Mode;

use super::Aftermath;
use crate::demo::parties_at_work::Town;
use crate::demo::report::Report;
use crate::demo::stage::Stage;
use crate::demo::table::{self, Table};
use crate::scene::Result;
use crate::scene::registry::{Terms, Trade};
use crate::scene::steps;
use crate::scene::world::World;

/// The issuer gives its card a certificate that allows more.
pub(super) fn renew(
    stage: &mut dyn Stage,
    table: &mut Table,
    world: &World,
    report: &mut Report,
) -> Result<()> {
    report.chapter("A7. The issuer registers the card anew, with a policy that allows more");
    let [data, _] = &world.data_registrars;
    let policy = Policy::NONE
        .with(Mode::Registration)
        .with(Mode::ViaIssuer)
        .with(Mode::ViaProvider)
        .with_mac();
    let terms = table::terms(policy, KeyOrigin::Card, data.anchor(), world.today);
    let rc = table::certificate(stage, &table.issuer, &terms, world.today)?;
    steps::consent(stage)?;
    let registered = steps::register_with(stage, world.issuer.certificate(), &rc, None)?;
    report.done(1, "registration");
    report.say(
        "Because it allows more than the certificate before, the holder is asked. Content stays as it was.",
    );
    table.renewed(rc, world.issuer.certificate());
    table.accept(stage, registered.receipt, None, report)?;
    let allowed = steps::status(stage)?.content_policy;
    report.check("the card's policy is the new one", allowed == policy);
    Ok(())
}

/// The data registrar gets a new key, the provider too, and the provider's old certificate is revoked.
pub(super) fn roll_over(
    stage: &mut dyn Stage,
    table: &mut Table,
    world: &World,
    town: &mut Town,
    report: &mut Report,
) -> Result<Aftermath> {
    report.chapter("A10. Registrar and provider get new keys; the old certificate is revoked");
    let [data, _] = &world.data_registrars;
    let data_registrar = data.rolled_over()?;
    steps::verify_certificate(stage, data_registrar.newest())?;
    report.say(
        "The data registrar's link certificate is enough: the card keeps the new root beside the old one.",
    );
    let [prefix, _] = world.prefixes;
    let terms = Terms {
        sequence: 2,
        ..data_registrar.terms()
    };
    let provider = data_registrar.certify("ZZPROVID", &Trade::Provider(vec![prefix]), &terms)?;
    let believed = steps::verify_certificate(stage, provider.certificate()).is_ok();
    report.check("the card believes a certificate under the new root", believed);
    report.check(
        "the provider is still who it was, under the registrar's first root",
        provider.identity()? == world.provider.identity()?,
    );
    let list = data_registrar.revocation_list(1, &[world.provider.digest()])?;
    steps::load_list(stage, &list)?;
    let refused = steps::verify_certificate(stage, world.provider.certificate()).is_err();
    report.check("the card takes no revoked certificate", refused);
    town.hear(&data_registrar, &list)?;
    // Everybody opens again with what has changed.
    let [issuers, _] = &world.issuer_registrars;
    table.issuer = town.issuer(&world.issuer, issuers)?;
    table.providers = vec![
        town.provider(&provider, data)?,
        town.provider(&world.second_provider, data)?,
    ];
    Ok(Aftermath {
        data_registrar,
        provider,
    })
}
