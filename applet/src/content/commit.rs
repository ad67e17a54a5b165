//! The last block: everything is checked again, then one transaction creates or replaces the application, retires the
//! request, raises the floor, and writes the receipt.

mod keys;

use apdu_spec::file::{FileKind, LifeCycle};
use apdu_spec::limits;
use apdu_spec::object::PackageDigests;
use apdu_spec::package::{Manifest, PinEntry};
use apdu_spec::reason::Reason;
use apdu_spec::tlv::Writer;
use zeroize::Zeroizing;

use super::application::{self, Application, Label, Pending};
use super::floor::{self, Floor};
use super::keep::{self, Kept};
use super::load::{self, Progress};
use super::provider::{self, ProviderDf};
use super::receipt::{self, Draft, Prepared};
use super::request::{self, OpenRequest};
use super::{authorization, seal, tree};
use crate::core::{Change, Core};
use crate::crypto::{Crypto, Hash};
use crate::error::{Error, Result};
use crate::fs::RuleBytes;
use crate::fs::directory::{self, Df, DfKind, Entry};
use crate::key::ATTRIBUTES_MAX;
use crate::layout;
use crate::pin::{PIN_RECORD_MAX, Pin, PinRecord};
use crate::platform::Platform;
use crate::session::Session;
use crate::state::CardState;
use crate::store::Secrecy;

/// All that a commit writes, decided before it writes anything.
struct Plan<'a> {
    open: &'a OpenRequest,
    progress: &'a Progress,
    manifest: &'a Manifest<'a>,
    application: Application,
    application_slot: u16,
    old: Option<Application>,
    kept: Kept,
    provider: ProviderDf,
    floor: Floor,
    floor_slot: u16,
    /// Operational, or deactivated if what is replaced is.
    life_cycle: LifeCycle,
}

/// Checks everything again and makes the change.
#[inline(never)]
pub(crate) fn commit<P: Platform>(
    core: &mut Core<P>,
    session: &mut Session,
    open: &OpenRequest,
    progress: &Progress,
    reply: &mut Writer<'_>,
) -> Result<()> {
    // Whatever comes of it, this is the operation that a VERIFY just before was for.
    let consent = session.take_consent();
    let authorized = authorization::check_kept(core, open)?;
    request::check_operation(core, open.sdi())?;
    let package = open.sdi().package.ok_or(Error::Memory)?;
    let mut buffer = [0; limits::MANIFEST_MAX];
    let manifest = load::manifest(core, open.slot, &mut buffer)?;
    check_package(core, open, &package, progress, &manifest)?;
    let (plan, state) = plan(core, open, progress, &manifest, &package)?;
    if plan.kept.drops_data && !consent {
        return Err(Reason::ConsentMissing.into());
    }
    let pending = Pending::Put(&plan.application);
    let draft = Draft::of(core, open, &authorized, package.package, pending)?;
    let prepared = receipt::prepare(core, state, &draft)?;
    write(core, &plan, &prepared).map_err(load::no_space)?;
    core.state = prepared.state;
    // The current DF may be the one that was replaced.
    session.enter(layout::MASTER_FILE, None);
    Ok(reply.raw(prepared.bytes())?)
}

/// The staged package is, byte for byte, the one of the request.
fn check_package<P: Platform>(
    core: &mut Core<P>,
    open: &OpenRequest,
    package: &PackageDigests,
    progress: &Progress,
    manifest: &Manifest<'_>,
) -> Result<()> {
    let mut buffer = [0; limits::MANIFEST_MAX];
    let key = layout::request(open.slot, layout::RequestPart::Manifest);
    let bytes = core.load_checked(key, &mut buffer)?.ok_or(Error::Memory)?;
    let opener = seal::opener(core, manifest, open.sdi())?;
    let mut hash = core.platform.crypto().sha256();
    hash.update(bytes);
    let manifest_digest = core.hash(&[bytes]);
    for chunk in manifest.chunks() {
        let mut content = Zeroizing::new([0; limits::CHUNK]);
        let content = content
            .get_mut(..usize::from(chunk.length))
            .ok_or(Error::Memory)?;
        let key = layout::content(progress.number(chunk.file), chunk.index);
        core.store.read(key, 0, content)?;
        // What was signed for is what travelled.
        if let Some(opener) = opener.as_ref().filter(|_| chunk.sealed) {
            opener.apply(core.platform.crypto(), chunk, content);
        }
        hash.update(content);
    }
    if hash.finish() != package.package || manifest_digest != package.manifest {
        return Err(Reason::PackageDigest.into());
    }
    Ok(())
}

/// Decides what is written where; gives the state too, for the numbers it took.
fn plan<'a, P: Platform>(
    core: &mut Core<P>,
    open: &'a OpenRequest,
    progress: &'a Progress,
    manifest: &'a Manifest<'a>,
    package: &PackageDigests,
) -> Result<(Plan<'a>, CardState)> {
    let sdi = open.sdi();
    let old = application::by_aid(core, &sdi.aid)?;
    let kept = keep::plan(core, manifest, progress, old.as_ref().map(|(_, old)| old.df))?;
    let provider = provider::find_or_plan(core, &sdi.provider)?;
    let id = match &old {
        Some((_, old)) => old.id,
        None => provider::free_id(core, &provider)?,
    };
    let mut salt = [0; 16];
    core.platform.random(&mut salt)?;
    let application = Application {
        aid: sdi.aid,
        label: Label::try_from(manifest.label()).map_err(|_| Reason::BadManifest)?,
        version: sdi.version,
        package: package.package,
        provider: sdi.provider,
        salt,
        df: progress.base,
        id,
        provider_df: provider.number,
        quota: manifest.quota(),
    };
    let application_slot = match &old {
        Some((slot, _)) => *slot,
        None => core.free_slot(layout::application(0))?,
    };
    let floor_slot = match floor::find(core, &sdi.aid, &sdi.provider)? {
        Some((slot, _)) => slot,
        None => core.free_slot(layout::floor(0))?,
    };
    let floor = Floor {
        aid: sdi.aid,
        provider: sdi.provider,
        version: sdi.version,
        package: package.package,
    };
    // Of the numbers taken with block 0 the state in flash does not tell yet.
    let taken = progress.end().max(provider.number.saturating_add(1));
    let state = CardState {
        next_number: core.state.next_number.max(taken),
        ..core.state
    };
    let old = old.map(|(_, old)| old);
    let life_cycle = match &old {
        Some(old) => core.df(old.df)?.life_cycle,
        None => LifeCycle::Operational,
    };
    let plan = Plan {
        open,
        progress,
        manifest,
        application,
        application_slot,
        old,
        kept,
        provider,
        floor,
        floor_slot,
        life_cycle,
    };
    Ok((plan, state))
}

/// Records and bytes that the transaction may need.
fn cost<P: Platform>(core: &mut Core<P>, plan: &Plan<'_>) -> Result<(usize, usize)> {
    let (records, bytes) = cost_of(plan.manifest);
    let old = match &plan.old {
        Some(old) => tree::count(core, old.df)? + tree::count_staged(core, plan.progress)?,
        None => 0,
    };
    Ok((records + old, bytes))
}

/// Records and bytes that a manifest's commit may need, but for what it deletes.
pub(super) fn cost_of(manifest: &Manifest<'_>) -> (usize, usize) {
    let (records, bytes) = Prepared::COST;
    let files = manifest.files().count();
    let (pins, keys) = (manifest.pins().count(), manifest.keys().count());
    (
        records + 12 + 2 * files + 2 * pins + 3 * keys,
        bytes
            + application::RECORD_MAX
            + floor::RECORD_MAX
            + provider::RECORD_MAX
            + (2 * files + 4) * directory::RECORD_MAX
            + pins * (PIN_RECORD_MAX + 1)
            + keys * (ATTRIBUTES_MAX + crate::core::KEY_RECORD + 1),
    )
}

/// The one transaction.
fn write<P: Platform>(core: &mut Core<P>, plan: &Plan<'_>, prepared: &Prepared) -> Result<()> {
    let (records, bytes) = cost(core, plan)?;
    let brings_keys = plan.manifest.keys().any(|key| key.sealed.is_some());
    let opener = if brings_keys {
        seal::opener(core, plan.manifest, plan.open.sdi())?
    } else {
        None
    };
    let (mut change, crypto) = core.begin_with_crypto(records, bytes)?;
    write_application::<P>(&mut change, plan)?;
    write_files::<P>(&mut change, plan)?;
    write_pins::<P>(&mut change, plan)?;
    keys::write::<P>(&mut change, plan, crypto, opener.as_ref())?;
    if let Some(old) = &plan.old {
        tree::delete::<P>(&mut change, old.df, &plan.kept.numbers())?;
    }
    request::retire::<P>(&mut change, plan.open.slot)?;
    prepared.commit::<P>(change)
}

fn write_application<P: Platform>(change: &mut Change<'_, P>, plan: &Plan<'_>) -> Result<()> {
    let application = &plan.application;
    let mut buffer = [0; application::RECORD_MAX];
    change.put(
        layout::application(plan.application_slot),
        &[application.write(&mut buffer)?],
        Secrecy::Public,
    )?;
    let mut buffer = [0; floor::RECORD_MAX];
    change.put(
        layout::floor(plan.floor_slot),
        &[plan.floor.write(&mut buffer)?],
        Secrecy::Public,
    )?;
    if plan.provider.is_new {
        plan.provider.put::<P>(change, &plan.application.provider)?;
    }
    // What a provider's or an application's DF allows is fixed: nothing, outside the storing protocol.
    let df = Df {
        kind: DfKind::Application,
        life_cycle: plan.life_cycle,
        parent: application.provider_df,
        id: application.id,
        rules: RuleBytes::new(),
    };
    put_df::<P>(change, application.df, &df)
}

/// Writes a DF's record and its entry in its parent.
pub(crate) fn put_df<P: Platform>(change: &mut Change<'_, P>, number: u16, df: &Df) -> Result<()> {
    let entry = Entry {
        kind: FileKind::Dedicated,
        number,
        size: 0,
        short_id: None,
        life_cycle: df.life_cycle,
        rules: df.rules.clone(),
    };
    change.put(layout::df(number), &[&df.header(), &df.rules], Secrecy::Public)?;
    change.put(
        layout::entry(df.parent, df.id),
        &[&entry.header(), &entry.rules],
        Secrecy::Public,
    )?;
    Ok(())
}

fn rules(manifest: &Manifest<'_>, index: u8) -> Result<RuleBytes> {
    let rules = manifest.rule(index).ok_or(Reason::BadManifest)?;
    RuleBytes::from_slice(rules.as_bytes()).map_err(|_| Reason::BadManifest.into())
}

fn write_files<P: Platform>(change: &mut Change<'_, P>, plan: &Plan<'_>) -> Result<()> {
    for file in plan.manifest.files() {
        let parent = plan.progress.number(file.parent);
        let rules = rules(plan.manifest, file.rule)?;
        let staged = plan.progress.number(file.position);
        if file.is_removed() {
            tree::delete_number::<P>(change, staged)?;
            continue;
        }
        match file.kind {
            FileKind::Dedicated => {
                let df = Df {
                    kind: DfKind::Inner,
                    life_cycle: plan.kept.life_cycle(file.position),
                    parent,
                    id: file.id,
                    rules,
                };
                put_df::<P>(change, staged, &df)?;
            }
            FileKind::Transparent | FileKind::Records(_) => {
                let number = match plan.kept.file(file.position) {
                    Some(old) => {
                        // The file keeps the content it has; what the package brought for it is not needed.
                        tree::delete_number::<P>(change, staged)?;
                        old
                    }
                    None => staged,
                };
                let entry = Entry {
                    kind: file.kind,
                    number,
                    size: file.size,
                    short_id: file.short_id,
                    life_cycle: plan.kept.life_cycle(file.position),
                    rules,
                };
                change.put(
                    layout::entry(parent, file.id),
                    &[&entry.header(), &entry.rules],
                    Secrecy::Public,
                )?;
            }
        }
    }
    Ok(())
}

fn write_pins<P: Platform>(change: &mut Change<'_, P>, plan: &Plan<'_>) -> Result<()> {
    let df = plan.application.df;
    for pin in plan.manifest.pins().filter(|pin| !pin.is_removed()) {
        if let Some(old) = plan.kept.pin(pin.reference) {
            keep_pin::<P>(change, plan, &pin, old)?;
            continue;
        }
        let rules = rules(plan.manifest, pin.rule)?;
        let (record, length) = Pin::transport(pin.minimum, pin.tries, rules, pin.transport)?.record()?;
        let record = record.get(..length).ok_or(Error::Fault)?;
        change.put(layout::pin(df, pin.reference), &[record], Secrecy::Secret)?;
        change.put(layout::tries(df, pin.reference), &[&[pin.tries]], Secrecy::Public)?;
    }
    Ok(())
}

/// A kept PIN keeps its value and has no more tries left than it had; what was tightened, counts from now on.
fn keep_pin<P: Platform>(
    change: &mut Change<'_, P>,
    plan: &Plan<'_>,
    new: &PinEntry,
    old: u16,
) -> Result<()> {
    let df = plan.application.df;
    let mut record = PinRecord::new([0; PIN_RECORD_MAX]);
    let from = layout::pin(old, new.reference);
    let length = change.len(from)?.ok_or(Error::Memory)?;
    let record = record.get_mut(..length).ok_or(Error::Memory)?;
    change.read(from, 0, record)?;
    let mut pin = Pin::read(record).ok_or(Error::Memory)?;
    pin.tighten(new.minimum, new.tries, rules(plan.manifest, new.rule)?);
    let (record, length) = pin.record()?;
    let record = record.get(..length).ok_or(Error::Fault)?;
    change.put(layout::pin(df, new.reference), &[record], Secrecy::Secret)?;
    let mut left = [0; 1];
    change.read(layout::tries(old, new.reference), 0, &mut left)?;
    let left = left.map(|left| left.min(new.tries));
    change.put(layout::tries(df, new.reference), &[&left], Secrecy::Public)?;
    Ok(())
}
