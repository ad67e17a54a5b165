//! Card A: whatever changes on it, issuer and provider have agreed to it, and the holder has.

use std::path::Path;

use apdu_spec::certificate::{KeyOrigin, Policy};
use apdu_spec::command::{BinaryFile, Command};
use apdu_spec::object::{FLAG_MAC, Mode, Operation};
use apdu_spec::reference::PinReference;
use parties::evidence::comparison;
use parties::office::Manner;

use super::{Aftermath, NOTES, build, rescue, text, upkeep};
use crate::demo::attacks::{self, Ground};
use crate::demo::parties_at_work::Town;
use crate::demo::report::Report;
use crate::demo::stage::Stage;
use crate::demo::table::{self, Deed, Table};
use crate::scene::Result;
use crate::scene::steps::{self, Blank, pins};
use crate::scene::wares::{self, Variation, Ware, files};
use crate::scene::world::World;

/// The file of the application that the holder writes, after the user PIN.
const HOLDERS_FILE: u16 = 0x0102;
/// The file that says which version it is.
const TITLE_FILE: u16 = 0x0101;

/// Tells card A's part.
pub(super) fn tell(
    stage: &mut dyn Stage,
    folder: &Path,
    world: &World,
    town: &mut Town,
    report: &mut Report,
) -> Result<Aftermath> {
    let mut table = issue(stage, world, town, report)?;
    let first = store(stage, folder, &mut table, report)?;
    replace(stage, folder, &mut table, report)?;
    delete(stage, folder, &mut table, report)?;
    lower_floor(stage, &mut table, &first, report)?;
    holder(stage, report)?;
    upkeep::renew(stage, &mut table, world, report)?;
    via_provider(stage, &mut table, world, report)?;
    let present = by_mac(stage, &mut table, report)?;
    let aftermath = upkeep::roll_over(stage, &mut table, world, town, report)?;
    let ground = Ground {
        world,
        issuer: &world.issuer,
        provider: &aftermath.provider,
        rc: table.rc(),
        older: table
            .cards
            .first()
            .map(|(rc, _)| rc.as_slice())
            .unwrap_or_default(),
        policy: table::policy(table.rc())?,
        data_registrar: &aftermath.data_registrar,
        present: &present,
    };
    attacks::on_joint_card(stage, &ground, report)?;
    table.compare(stage, report)?;
    rescue::tell(stage, &mut table, world, town, &aftermath, report)?;
    table.prove(stage, town.roots(), report)?;
    Ok(aftermath)
}

fn issue(stage: &mut dyn Stage, world: &World, town: &Town, report: &mut Report) -> Result<Table> {
    report.chapter("A1. Card A is personalised and registered (modes 5 and 1)");
    let [issuers, _] = &world.issuer_registrars;
    let [data, _] = &world.data_registrars;
    let blank = Blank {
        roots: (issuers.root(), data.root()),
        key: None,
        unblocking: true,
    };
    blank.personalise(stage)?;
    report.say("The issuer puts both registrars' roots, transport PINs and a digest of the holder's data on the card;");
    report.say("the card makes its keys itself. Nobody ever sees their private parts.");
    let issuer = town.issuer(&world.issuer, issuers)?;
    let policy = Policy::NONE.with(Mode::Registration).with(Mode::ViaIssuer);
    let terms = table::terms(policy, KeyOrigin::Card, data.anchor(), world.today);
    let rc = table::certificate(stage, &issuer, &terms, world.today)?;
    report.say("The card asks for registration and signs that; the issuer certifies the card's key.");
    report.done(5, "registration");
    let registered = steps::register_with(stage, world.issuer.certificate(), &rc, None)?;
    report.done(1, "registration");
    report.say(
        "The card checks the issuer's certificate under the issuer registrar's root, and its own under that:",
    );
    report.say("from now on it belongs to this issuer, and nothing on it changes but by agreement.");
    let mut table = Table {
        issuer,
        providers: vec![
            town.provider(&world.provider, data)?,
            town.provider(&world.second_provider, data)?,
        ],
        certifier: town.certifier(&world.certifier, data)?,
        card: table::named(&rc)?,
        cards: vec![(rc, world.issuer.certificate().to_vec())],
        receipts: Vec::new(),
        today: world.today,
    };
    let receipt = table.accept(stage, registered.receipt, None, report)?;
    report.check(
        "receipt 0: the card has signed that it is registered",
        receipt.number == 0,
    );
    steps::change_pins(stage)?;
    report
        .say("The holder replaces both transport PINs: one PIN opens files, the other consents to changes.");
    Ok(table)
}

const fn by_issuer(operation: Operation, ware: &Ware) -> Deed<'_> {
    Deed {
        mode: Mode::ViaIssuer,
        operation,
        ware,
        provider: 0,
        manner: Manner::Signature,
    }
}

fn store(stage: &mut dyn Stage, folder: &Path, table: &mut Table, report: &mut Report) -> Result<Ware> {
    report.chapter("A2. An application is stored by agreement (mode 2, via the issuer)");
    let ware = build(folder, "notes.toml", report)?;
    let deed = by_issuer(Operation::Store, &ware);
    let sdi = table.sdi(&deed)?;
    steps::consent(stage)?;
    let request = steps::open_in(stage, Mode::ViaIssuer, &sdi)?;
    report.say(format!(
        "The holder consents by PIN; the card makes and signs request {}, comparison code {} on every screen.",
        steps::read_request(&request)?.number,
        comparison(&request)
    ));
    let again = steps::open_in(stage, Mode::ViaIssuer, &sdi)?;
    report.check(
        "asked the same again, the card answers the same request",
        again == request,
    );
    report.say("The issuer checks the request against its card's certificate and signs. The provider checks card, issuer");
    report.say("and their registrar, compares the package with its own, and signs. The card checks all of that again;");
    report.say("it loads blocks, each checked before it is written, and changes its content in one commit.");
    table.carry_out(stage, &deed, report)?;
    let title = text(&steps::read_file(stage, &NOTES, TITLE_FILE)?);
    report.check(
        "the file reads back as version 1 has it",
        title.starts_with("Notes 1"),
    );
    let denied = steps::read_file(stage, &NOTES, HOLDERS_FILE).is_err();
    report.check("the holder's file does not open without the user PIN", denied);
    steps::verify_user(stage)?;
    steps::read_file(stage, &NOTES, HOLDERS_FILE)?;
    let command = Command::UpdateBinary {
        file: BinaryFile::Current,
        offset: 0,
        data: b"milk, bread",
    };
    steps::done(stage, "write the note", &command)?;
    report.say("With the user PIN the holder writes a note of his own: \"milk, bread\".");
    Ok(ware)
}

fn replace(stage: &mut dyn Stage, folder: &Path, table: &mut Table, report: &mut Report) -> Result<()> {
    report.chapter("A3. A newer version replaces it");
    let ware = build(folder, "notes-2.toml", report)?;
    table.carry_out(stage, &by_issuer(Operation::Replace, &ware), report)?;
    report.say("The package says of each file whether it is kept, reset or removed. Some are reset, so the card asks again.");
    let title = text(&steps::read_file(stage, &NOTES, TITLE_FILE)?);
    report.check(
        "the file reads back as version 2 has it",
        title.starts_with("Notes 2"),
    );
    steps::verify_user(stage)?;
    let note = steps::read_file(stage, &NOTES, HOLDERS_FILE)?;
    report.check("the holder's own note was kept", note.starts_with(b"milk, bread"));
    Ok(())
}

fn delete(stage: &mut dyn Stage, folder: &Path, table: &mut Table, report: &mut Report) -> Result<()> {
    report.chapter("A4. The application is deleted");
    let ware = build(folder, "notes-2.toml", report)?;
    report.say("Deleting asks the holder once more, at the moment it happens.");
    table.carry_out(stage, &by_issuer(Operation::Delete, &ware), report)?;
    let gone = steps::read_file(stage, &NOTES, TITLE_FILE).is_err();
    report.check("the application is gone from the card", gone);
    Ok(())
}

fn lower_floor(stage: &mut dyn Stage, table: &mut Table, first: &Ware, report: &mut Report) -> Result<()> {
    report.chapter("A5. Version 2 turns out worse than version 1: the floor is lowered");
    let deed = by_issuer(Operation::LowerFloor, first);
    let mut sdi = table.sdi(&deed)?;
    sdi.version = 0;
    table.carry_out_as(stage, &deed, &sdi, report)?;
    report.say("Versions only rise, across deletion too, unless issuer, provider and holder lower the floor together.");
    table.carry_out(stage, &by_issuer(Operation::Store, first), report)?;
    let title = text(&steps::read_file(stage, &NOTES, TITLE_FILE)?);
    report.check("version 1 is back on the card", title.starts_with("Notes 1"));
    Ok(())
}

fn holder(stage: &mut dyn Stage, report: &mut Report) -> Result<()> {
    report.chapter("A6. What the holder decides alone");
    let aid = apdu_spec::aid::Aid::new(&NOTES).ok_or_else(|| crate::scene::coding("AID"))?;
    steps::set_active(stage, aid, false)?;
    let denied = steps::read_file(stage, &NOTES, TITLE_FILE).is_err();
    report.check(
        "an application that the holder switches off answers nobody",
        denied,
    );
    steps::set_active(stage, aid, true)?;
    let title = steps::read_file(stage, &NOTES, TITLE_FILE)?;
    report.check(
        "switched on again, it has everything it had",
        text(&title).starts_with("Notes 1"),
    );
    table::block_user_pin(stage)?;
    let blocked = steps::verify_user(stage).is_err();
    report.check("after three wrong tries the user PIN is blocked", blocked);
    steps::unblock(stage, PinReference::User, pins::USER)?;
    let unblocked = steps::verify_user(stage).is_ok();
    report.check("the unblocking code gives the PIN its tries back", unblocked);
    Ok(())
}

fn via_provider(stage: &mut dyn Stage, table: &mut Table, world: &World, report: &mut Report) -> Result<()> {
    report.chapter("A8. A second provider stores, by way of itself (mode 3)");
    let [_, prefix] = &world.prefixes;
    let ware = wares::notes(World::aid(prefix, &[0x01])?, 1, 900)?;
    let deed = Deed {
        mode: Mode::ViaProvider,
        operation: Operation::Store,
        ware: &ware,
        provider: 1,
        manner: Manner::Signature,
    };
    table.carry_out(stage, &deed, report)?;
    report.say("The provider signs first, the issuer over that: the order in which the holder meets them.");
    let aid = ware.package().aid();
    let title = text(&steps::read_file(stage, aid.as_bytes(), files::TITLE)?);
    report.check("the application reads back", title == "Notes, version 1");
    Ok(())
}

fn by_mac(stage: &mut dyn Stage, table: &mut Table, report: &mut Report) -> Result<Ware> {
    report.chapter("A9. Issuer and provider authorize by MAC");
    table.share_keys(stage)?;
    report.say("Each shares a key with the card, sealed for it and taken with the holder's consent.");
    let aid = apdu_spec::aid::Aid::new(&NOTES).ok_or_else(|| crate::scene::coding("AID"))?;
    let ware = wares::varied(aid, 3, 3000, &Variation::SIX_DIGITS)?;
    let deed = Deed {
        mode: Mode::ViaProvider,
        operation: Operation::Replace,
        ware: &ware,
        provider: 0,
        manner: Manner::Mac,
    };
    let receipt = table.carry_out(stage, &deed, report)?;
    report.say(
        "A small chip is spared two verifications. A MAC proves nothing to others, and the receipt says so.",
    );
    report.check(
        "the receipt tells that an authorization was a MAC",
        receipt.flags & FLAG_MAC != 0,
    );
    Ok(ware)
}
