//! A card that is full says so before it begins (rule 5).

use apdu_spec::access::AccessRules;
use apdu_spec::command::{BinaryFile, Command};
use apdu_spec::data;
use apdu_spec::file::{FileControl, FileKind};
use apdu_spec::limits;
use apdu_spec::object::{Mode, Operation, PackageDigests, Sdi};
use apdu_spec::package::OnReplace;
use apdu_spec::reason::Reason;

use super::packages::{Plan, file};
use super::scene::*;
use super::world::World;

#[test]
fn what_does_not_fit_is_refused_before_anything_is_written() {
    let mut scene = Scene::new();
    let status = scene.world.get(data::CARD_STATUS).unwrap();
    let free = data::CardStatus::read(&status).unwrap().free_bytes;
    let most = u32::try_from(limits::PACKAGE_MAX).unwrap();
    for size in [most + 1, free.min(most) + 1, u32::MAX] {
        let mut sdi = scene.sdi(Operation::Store, aid(1), 1);
        sdi.package = Some(PackageDigests {
            size,
            ..sdi.package.unwrap()
        });
        scene.refuse_to_open(Mode::ProviderAlone, sdi, Reason::NoSpace);
    }
}

/// A personalised card on which a personaliser left so many bytes free, or a few less.
fn filled(free: u32) -> World {
    let mut world = World::personalised();
    let left = |world: &mut World| {
        let status = world.get(data::CARD_STATUS).unwrap();
        data::CardStatus::read(&status).unwrap().free_bytes
    };
    for id in 0x0101.. {
        let size = u16::try_from(left(&mut world).saturating_sub(free).min(30_000)).unwrap();
        if size < 300 {
            break;
        }
        world.ok(&Command::CreateFile {
            fcp: FileControl {
                size: Some(size),
                kind: FileKind::Transparent,
                id,
                aid: None,
                short_id: None,
                life_cycle: None,
                rules: AccessRules::NONE,
                version: None,
            },
            rules_from: None,
        });
        let data = vec![7; 1_792];
        let mut offset = 0;
        while offset + 1_792 <= size && left(&mut world) > free + 2_000 {
            let file = BinaryFile::Current;
            let update = Command::UpdateBinary {
                file,
                offset,
                data: &data,
            };
            world.ok(&update);
            offset += 1_792;
        }
        if offset == 0 {
            break;
        }
    }
    world
}

/// A package of which the card would find halfway that it cannot be stored leaves a request that can only be dropped.
#[test]
fn a_manifest_without_room_for_it_is_refused_at_once() {
    let mut plan = Plan::new(1);
    plan.files = (1..=60).map(|id| file(id, 0, OnReplace::Keep)).collect();
    plan.quota = 60 * 320;
    let package = plan.package();
    let (mut stored, mut refused) = (0, 0);
    for free in (6..30).map(|thousand| thousand * 1_000) {
        let world = filled(free);
        let issuer = world.issuer_copy();
        let mut scene = Scene::registered(world, issuer, |_| {});
        let sdi = Sdi {
            package: Some(package.digests),
            ..scene.sdi(Operation::Store, aid(1), 1)
        };
        scene.world.consent();
        let (request, status) = scene
            .world
            .send(&ask(Mode::ProviderAlone, sdi, &mut [0; Sdi::MAX]));
        if status != 0x9000 {
            assert_eq!(scene.world.reason(), Some(Reason::NoSpace));
            continue;
        }
        let asked = Scene::asked(Mode::ProviderAlone, sdi, request);
        scene.show(asked.mode);
        let evidence = scene.evidence(&asked);
        if scene.world.send(&authorize(&asked, &evidence)).1 != 0x9000 {
            continue;
        }
        let before = scene.world.card.dump().unwrap();
        let (_, status) = scene.world.send(&block(&asked, &package, 0));
        if status == 0x9000 {
            stored += 1;
        } else {
            assert_eq!(scene.world.reason(), Some(Reason::NoSpace));
            assert_eq!(scene.world.card.dump().unwrap(), before, "{free} bytes free");
            refused += 1;
        }
    }
    assert!(stored > 0 && refused > 2, "{stored} stored, {refused} refused");
}
