//! Versions and their floors (rule 6).

use apdu_spec::aid::Aid;
use apdu_spec::command::Command;
use apdu_spec::data;
use apdu_spec::limits;
use apdu_spec::object::{Mode, Operation, Sdi};
use apdu_spec::reason::Reason;
use apdu_spec::reference::PinReference;

use super::package::package;
use super::parties::*;
use super::scene::*;

const MODE: Mode = Mode::ProviderAlone;

impl Scene {
    fn floors(&mut self) -> Vec<data::FloorEntry> {
        self.world.ok(&Command::Verify {
            reference: PinReference::User,
            pin: Some(USER),
        });
        let list = self.world.get(data::FLOORS).unwrap();
        data::floors(&list).unwrap().collect()
    }

    /// Stored and deleted: the floor stays.
    fn left(&mut self, aid: Aid, version: u32) {
        self.carry(MODE, Operation::Store, aid, version);
        self.carry(MODE, Operation::Delete, aid, version);
    }
}

#[test]
fn a_version_returns_as_the_package_it_was() {
    let mut scene = Scene::new();
    scene.left(aid(1), 2);
    let same = scene.sdi(Operation::Store, aid(1), 2);
    let another = Sdi {
        package: Some(package(aid(1), 2, 1).digests),
        ..same
    };
    scene.refuse_to_open(MODE, another, Reason::VersionTooOld);
    scene.refuse_to_open(
        MODE,
        scene.sdi(Operation::Store, aid(1), 1),
        Reason::VersionTooOld,
    );
    scene.carry(MODE, Operation::Store, aid(1), 2);
}

#[test]
fn a_replacement_is_newer_than_what_it_replaces() {
    let mut scene = Scene::new();
    scene.carry(MODE, Operation::Store, aid(1), 2);
    for version in [1, 2] {
        let sdi = scene.sdi(Operation::Replace, aid(1), version);
        scene.refuse_to_open(MODE, sdi, Reason::VersionTooOld);
    }
    scene.carry(MODE, Operation::Replace, aid(1), 3);
    // The floor rose with it, and stays when it is gone.
    scene.carry(MODE, Operation::Delete, aid(1), 3);
    scene.refuse_to_open(
        MODE,
        scene.sdi(Operation::Store, aid(1), 2),
        Reason::VersionTooOld,
    );
    assert_eq!(scene.floors()[0].version, 3);
}

#[test]
fn after_the_last_version_there_is_no_first() {
    let mut scene = Scene::new();
    scene.left(aid(1), u32::MAX);
    for version in [0, 1, u32::MAX - 1] {
        let sdi = scene.sdi(Operation::Store, aid(1), version);
        scene.refuse_to_open(MODE, sdi, Reason::VersionTooOld);
    }
    scene.carry(MODE, Operation::Store, aid(1), u32::MAX);
}

#[test]
fn a_provider_has_sixteen_floors_and_none_is_forgotten() {
    let mut scene = Scene::new();
    let floors = u8::try_from(limits::PROVIDER_FLOORS).unwrap();
    for last in 0..floors {
        scene.left(aid(last), 2);
        scene.collect();
    }
    let sdi = scene.sdi(Operation::Store, aid(floors), 1);
    scene.refuse_to_open(MODE, sdi, Reason::FloorsFull);
    for last in 0..floors {
        let sdi = scene.sdi(Operation::Store, aid(last), 1);
        scene.refuse_to_open(MODE, sdi, Reason::VersionTooOld);
    }
    scene.carry(MODE, Operation::Store, aid(3), 3);
    scene.provider = copy(&scene.other);
    scene.carry(MODE, Operation::Store, aid(floors), 1);
}

#[test]
fn a_floor_is_another_owners_business() {
    let mut scene = Scene::new();
    scene.left(aid(1), 5);
    let first = core::mem::replace(&mut scene.provider, copy(&scene.other));
    scene.carry(MODE, Operation::Store, aid(1), 1);
    scene.carry(MODE, Operation::Delete, aid(1), 1);
    scene.provider = first;
    scene.refuse_to_open(
        MODE,
        scene.sdi(Operation::Store, aid(1), 4),
        Reason::VersionTooOld,
    );
}

#[test]
fn a_floor_is_lowered_by_joint_authority_where_nothing_stands_on_it() {
    for mode in [Mode::ViaIssuer, Mode::ViaProvider] {
        let mut scene = Scene::new();
        let lower = |scene: &Scene, version| scene.sdi(Operation::LowerFloor, aid(1), version);
        scene.refuse_to_open(mode, lower(&scene, 0), Reason::NoSuchApplication);
        scene.carry(MODE, Operation::Store, aid(1), 4);
        scene.refuse_to_open(mode, lower(&scene, 3), Reason::AidTaken);
        scene.carry(MODE, Operation::Delete, aid(1), 4);
        for version in [4, 5, u32::MAX] {
            scene.refuse_to_open(mode, lower(&scene, version), Reason::VersionNotLower);
        }
        let done = receipt(&scene.carry(mode, Operation::LowerFloor, aid(1), 2));
        let content = done.content.unwrap();
        assert_eq!((content.version, content.package), (2, [0; 32]));
        let floors = scene.floors();
        assert_eq!((floors[0].version, floors[0].package), (2, [0; 32]));
        // Above the floor, not at it.
        scene.refuse_to_open(
            MODE,
            scene.sdi(Operation::Store, aid(1), 2),
            Reason::VersionTooOld,
        );
        scene.carry(MODE, Operation::Store, aid(1), 3);
    }
}

/// What was agreed to while nothing was there is asked again when it is carried out.
#[test]
fn a_floor_under_an_application_is_not_lowered_by_an_older_request() {
    let mut scene = Scene::new();
    scene.left(aid(1), 2);
    let lower = scene.open(Mode::ViaIssuer, scene.sdi(Operation::LowerFloor, aid(1), 1));
    scene.authorize(&lower);
    scene.carry(MODE, Operation::Store, aid(1), 2);
    scene.world.consent();
    scene.world.refused(&carry_out(&lower), Reason::AidTaken);
}

/// Two requests for one name: what the first made true holds for the second.
#[test]
fn a_name_taken_meanwhile_is_not_taken_twice() {
    let mut scene = Scene::new();
    let one = scene.open(MODE, scene.sdi(Operation::Store, aid(1), 1));
    let two = scene.open(MODE, scene.sdi(Operation::Store, aid(1), 2));
    scene.authorize(&one);
    scene.authorize(&two);
    scene.finish(&one, &package(aid(1), 1, 0));
    let late = package(aid(1), 2, 0);
    scene.world.send(&block(&two, &late, 0));
    scene.world.refused(&block(&two, &late, 0), Reason::AidTaken);
}
